"""The tables of the documentation, written from the code itself, so that they cannot lie.

``make docs`` calls cog, which puts these tables into README.md and ``docs/``, and :func:`main`, which writes the files
that are generated whole. The gate fails where one of them is not current.
"""

from __future__ import annotations

import importlib
import importlib.util
import inspect
import re
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

import click

from bot.config.settings import Settings
from bot.i18n.translator import Translate, translator
from bot.model.diagnosis.table import TABLE
from bot.model.lifecycle import TIMERS, TRANSITIONS, Event, State
from bot.model.needs import Need
from bot.model.permits import NEEDS, Step
from bot.model.roles import MAY, Action, Role
from bot.routing import Command
from bot.slack import manifest
from commands import discover

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
    dns = {"EMAILDOMAIN_RESOLVERS", "EMAILDOMAIN_RECURSOR", "EMAILDOMAIN_DNS_PORT", "EMAILDOMAIN_DNS_PRIVATE"}
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
        ((f"`{c.usage}`", " ".join(f"`{alias}`" for alias in c.aliases), summary(c)) for c in typed_commands()),
    )


def summary(command: Command) -> str:
    """One line about a command, as help says it."""
    words = translator("en").plain(f"command.{command.name}.summary")
    return f"{words[0].upper()}{words[1:]}."


def typed_commands() -> Sequence[Command]:
    """What can be typed, in the order of help."""
    return discover().typed


def command_reference() -> str:
    """Every command with what help says of it, for docs/commands.md."""
    t = translator("en")
    parts: list[str] = []
    for command in typed_commands():
        aliases = ", ".join(f"`{alias}`" for alias in command.aliases)
        parts += [
            f"## `{command.usage}`",
            f"{summary(command)} {t(f'command.{command.name}.help')}",
            f"Also: {aliases}." if aliases else "",
            f"```\n{t.plain(f'command.{command.name}.examples').strip()}\n```",
        ]
    return "\n\n".join(part for part in parts if part)


#: Buttons whose words are not filed under their action.
_LABELS = {
    "activate": ("activate", "again"),
    "add": ("retry",),
    "list": ("previous", "next"),
    "rename": ("rename", "new"),
    "remove_anyway": ("remove_now", "ask_removal"),
}


def button_table() -> str:
    """Every button, in both languages, for docs/commands.md."""
    english, japanese = translator("en"), translator("ja")
    rows: list[tuple[str, str, str]] = []
    for command in discover().all:
        keys = [f"button.{label}" for label in _LABELS.get(command.name, (command.name,))]
        does = f"as `{command.usage}`" if command.typed else "by this button only"
        rows += [(_label(english, key), _label(japanese, key), does) for key in keys if english.has(key)]
    return _table(("Button", "Japanese", "Does"), rows)


def _label(t: Translate, key: str) -> str:
    return re.sub(r"\{\w+\}", "…", t.texts[key])


def lifecycle_table() -> str:
    """Every transition, for docs/lifecycle.md."""
    rows: list[tuple[str, str, str, str, str]] = []
    who = dict(re.findall(r'= "(\w+)"  #: (.+)', inspect.getsource(State)))
    for state in State:
        edges = [(event, edge) for (before, event), edge in TRANSITIONS.items() if before is state]
        for n, (event, edge) in enumerate(edges):
            first = ("", "") if n else (f"`{state}`", who[state])
            to = ", ".join(f"`{one}`" for one in sorted({edge.to, *edge.landings}, key=list(State).index))
            rows.append((*first, f"`{event}`", to, f"`{edge.says}`" if edge.says else ""))
        if not edges:
            rows.append((f"`{state}`", who[state], "", "", ""))
    return _table(("State", "Who acts next", "Event", "Leads to", "Message"), rows)


def lifecycle_diagram() -> str:
    """The transitions as a picture, but for those that lead out of almost every state."""
    usual = [
        (before, event, to)
        for (before, event), edge in TRANSITIONS.items()
        if event not in _everywhere()
        for to in sorted({edge.to, *edge.landings}, key=list(State).index)
    ]
    lines = [f"    {before} --> {to}: {event}" for before, event, to in usual]
    ends = [f"    [*] --> {State.REGISTERING}", *lines, f"    {State.REMOVED} --> [*]"]
    said = ", ".join(f"`{event}`" for event in _everywhere())
    return "\n".join(
        [
            "```mermaid",
            "stateDiagram-v2",
            *ends,
            "```",
            "",
            f"Not in the picture, because they lead out of almost every state: {said}.",
        ]
    )


def _everywhere() -> list[Event]:
    return [event for event in Event if sum(e is event for _, e in TRANSITIONS) > len(State) / 2]


def timers_table() -> str:
    """What the clock itself does, for docs/lifecycle.md."""
    return _table(
        ("State", "After", "Event"),
        ((f"`{state}`", f"{wait.total_seconds() / 3600:g} h", f"`{event}`") for state, (wait, event) in TIMERS.items()),
    )


def permits_table() -> str:
    """Every step that cannot be taken back and what it needs, for docs/lifecycle.md."""
    words = {enum: dict(re.findall(r'= "(\w+)"  #: (.+)', inspect.getsource(enum))) for enum in (Step, Need)}
    rows = ((f"{words[Step][step]}", "; ".join(words[Need][need] for need in needs)) for step, needs in NEEDS.items())
    return _table(("Step", "Needs, of the same org and life"), rows)


def roles_table() -> str:
    """Who may do what, for docs/security.md."""
    action, role = (dict(re.findall(r'= "(\w+)"  #: (.+)', inspect.getsource(enum))) for enum in (Action, Role))
    return _table(("May", "Who"), ((action[one], "; ".join(role[who] for who in MAY[one])) for one in Action))


def mistakes_table() -> str:
    """Every mistake in DNS the bot can name: how it is recognised and what it means, for docs/diagnosis.md."""
    return _table(
        ("Code", "Means", "How it is recognised"),
        ((f"[`{row.code}`](#{row.code.lower()})", row.kind, row.how) for row in TABLE if row.how),
    )


def mistakes_texts() -> str:
    """What people read about each mistake, in both languages, for docs/diagnosis.md."""
    parts: list[str] = []
    for code in dict.fromkeys(row.code for row in TABLE):
        parts.append(f"### {code}")
        for language, t in (("English", translator("en")), ("日本語", translator("ja"))):
            what, fix = (_gaps(t.texts[f"finding.{code}.{part}"]) for part in ("what", "fix"))
            parts.append(f"{language}: {what}\n\n> {fix}")
            forms = [k for k in t.texts if k.startswith((f"finding.{code}.what_", f"finding.{code}.fix_"))]
            parts += [f"{'> ' * ('.fix_' in k)}({k.rpartition('_')[2]}) {_gaps(t.texts[k])}" for k in forms]
            if whose := t.texts.get(f"finding_whose.{code}"):
                parts.append(f"({_gaps('{whose}')}) {_gaps(whose)}")
            if mail := t.texts.get(f"finding_mail.{code}"):
                parts.append(f"> (MX) {_gaps(mail)}")
    return "\n\n".join(parts)


def _gaps(text: str) -> str:
    """A text whose facts are shown by their names."""
    return re.sub(r"\{(\w+)\}", r"‹\1›", text)


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
    return "\n".join(re.sub(r"\|  (?=\|)", "| ", f"| {' | '.join(row)} |") for row in cells)


def whole_files() -> dict[Path, str]:
    """The files that are generated whole, with what belongs into them."""
    return {ROOT / "manifest.yml": manifest.manifest(), ROOT / ".env.example": env_example()}


def main() -> None:
    """Write the files that are generated whole."""
    for path, text in whole_files().items():
        path.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
