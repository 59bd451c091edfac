"""Reading settings: every problem at once, and something in the place of what cannot be used."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any, TypeVar

from pydantic import ValidationError
from pydantic.fields import FieldInfo
from pydantic_settings import BaseSettings, DotEnvSettingsSource

from bot.config import names
from bot.config.fields import example, own, stand_in
from bot.config.parsing import BadSetting

S = TypeVar("S", bound=BaseSettings)


def read(
    environ: Mapping[str, str], env_file: Path | None, of: type[S], every: Mapping[str, str]
) -> tuple[S, tuple[BadSetting, ...]]:
    """The settings and what is wrong with them. ``every``: all variables that any command reads, with examples."""
    fields = {str(field.alias): field for field in of.model_fields.values()}
    problems: list[BadSetting] = []
    try:
        given = _given(environ, env_file, of)
    except (OSError, UnicodeDecodeError):
        problems.append(BadSetting(str(env_file), "cannot be read as UTF-8 text", "PORT=3000"))
        given = _given(environ, None, of)
    problems += names.unknown(given, every)
    values: dict[str, Any] = {name: value for name, value in given.items() if name in fields}
    for name, field in fields.items():
        kind = own(field)
        if kind and name in values and names.is_blank(values[name], example(field), secret=kind == "secret"):
            problems.append(BadSetting(name, f"still has the example of the documentation. {field.description}"))
            values[name] = stand_in(field)
    found = problems
    while True:
        try:
            return of(**values), tuple(problems)
        except ValidationError as error:
            for entry in error.errors():
                field = next(f for n, f in of.model_fields.items() if entry["loc"][0] in {n, f.alias})
                found.append(_bad(field, fields, entry["type"], entry["msg"]))
                values[str(field.alias)] = stand_in(field)
            found = []  # what follows from what stands in is nobody's mistake


def _given(environ: Mapping[str, str], env_file: Path | None, of: type[BaseSettings]) -> dict[str, str]:
    """Every name with a value, whoever reads it; the environment goes before the file."""
    in_file: Mapping[str, str | None] = {}
    if env_file is not None:
        in_file = DotEnvSettingsSource(of, env_file=env_file, env_file_encoding="utf-8", case_sensitive=True).env_vars
    given = {name: (value or "").strip() for name, value in in_file.items()}
    given |= {name: value.strip() for name, value in environ.items() if value.strip()}
    for name in ("HTTPS_PROXY", "NO_PROXY"):  # many systems write these in small letters
        given[name] = given.get(name) or given.get(name.lower(), "")
    return {name: value for name, value in given.items() if value}


def _bad(field: FieldInfo, fields: Mapping[str, FieldInfo], kind: str, message: str) -> BadSetting:
    """pydantic's finding about one field, as the end of a sentence that begins with the variable's name.

    A message that begins with the name of another one is about that one.
    """
    what = "is missing" if kind == "missing" else message.removeprefix("Value error, ")
    other, _, rest = what.partition(" ")
    if other in fields:
        field, what = fields[other], rest
    return BadSetting(str(field.alias), what, f"{field.alias}={example(field)}")
