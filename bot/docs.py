"""The tables of the documentation, written from the code itself, so that they cannot lie.

``make docs`` calls cog, which puts these tables into README.md and ``docs/``, and :func:`main`, which writes the files
that are generated whole. The gate fails where one of them is not current.
"""

from __future__ import annotations

import importlib
import importlib.util
import pkgutil
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

import click

import commands
from bot import manifest
from bot.config import Settings

ROOT = Path(__file__).parent.parent


class Setting(NamedTuple):
    """One row of the reference of settings. ``default`` is in words where it is no fixed text; empty: there is none."""

    name: str
    default: str
    meaning: str
    example: str


def settings() -> list[Setting]:
    """Every setting, in the order of ``Settings``, with those of DNS last."""
    rows = [
        Setting(
            name=str(field.alias),
            default=field.title or (f"`{field.default}`" if field.default and isinstance(field.default, str) else ""),
            meaning=str(field.description),
            example=str((field.examples or [""])[0]),
        )
        for field in Settings.model_fields.values()
    ]
    dns = {"EMAILDOMAIN_RESOLVERS", "EMAILDOMAIN_RECURSOR", "EMAILDOMAIN_DNS_PORT"}
    return sorted(rows, key=lambda row: row.name in dns)


def settings_table() -> str:
    """The settings, for docs/configuration.md."""
    return _table(
        ("Variable", "Default", "Meaning", "Example"),
        ((f"`{row.name}`", row.default, row.meaning, f"`{row.example}`") for row in settings()),
    )


def env_example() -> str:
    """The text of ``.env.example``: every setting as a comment, so that a copy changes nothing by itself."""
    lines = [
        "# Copy this file to .env and take the # away in front of what you set.",
        "# The environment goes before this file. docs/configuration.md has the same as a table.",
    ]
    for row in settings():
        default = f" Default: {row.default}." if row.default else ""
        lines += ["", f"# {row.meaning}{default}".replace("`", ""), f"#{row.name}={row.example}"]
    return "\n".join([*lines, ""])


def scopes_table() -> str:
    """The rights the Slack app asks for, each with its reason, for the README."""
    return _table(("Scope", "What the bot does with it"), ((f"`{name}`", why) for name, why in manifest.SCOPES.items()))


def command_table() -> str:
    """What can be typed after ``/emaildomain``, for the README."""
    return _table(
        ("Command", "Japanese", "What it does"),
        (
            (f"`{command.usage}`", " ".join(f"`{alias}`" for alias in command.aliases), command.summary)
            for command in typed_commands()
        ),
    )


def typed_commands() -> Iterator[Any]:
    """The ``COMMAND`` of every file in ``commands/`` that can be typed, by name."""
    for found in sorted(pkgutil.iter_modules(commands.__path__), key=lambda module: module.name):
        command = getattr(importlib.import_module(f"commands.{found.name}"), "COMMAND", None)
        if command is not None and getattr(command, "typed", True):
            yield command


def cli_table() -> str:
    """The command line, for docs/operations.md."""
    return _table(
        ("Command", "What it does"),
        ((f"`emaildomain {name}`", command.get_short_help_str(200)) for name, command in cli_commands()),
    )


def cli_commands() -> Iterator[tuple[str, click.Command]]:
    """Every subcommand of ``emaildomain``, by name."""
    if importlib.util.find_spec("bot.__main__") is None:
        return
    main = importlib.import_module("bot.__main__").main
    if isinstance(main, click.Group):
        yield from sorted(main.commands.items())


def _table(head: Iterable[str], rows: Iterable[Iterable[str]]) -> str:
    cells = [list(head)]
    cells += [["---"] * len(cells[0])]
    cells += [[cell.replace("|", "\\|") for cell in row] for row in rows]
    return "\n".join(f"| {' | '.join(row)} |".replace("|  |", "| |") for row in cells)


def whole_files() -> dict[Path, str]:
    """The files that are generated whole, with what belongs into them."""
    return {ROOT / "manifest.yml": manifest.manifest(), ROOT / ".env.example": env_example()}


def main() -> None:
    """Write the files that are generated whole."""
    for path, text in whole_files().items():
        path.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
