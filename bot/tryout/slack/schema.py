"""A small language for tables of rules about JSON, complaining in Slack's words with JSON pointers."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

#: A rule looks at a value and its JSON pointer, and yields complaints.
Rule = Callable[[Any, str], Iterator[str]]


def error(words: str, pointer: str) -> str:
    """One line of ``response_metadata.messages``."""
    return f"[ERROR] {words} [json-pointer:{pointer}]"


@dataclass(frozen=True)
class Needed:
    """A property that must be there."""

    rule: Rule


#: The properties of an object; those not wrapped in :class:`Needed` may be left out. Others are refused.
Shape = Mapping[str, Rule | Needed]


def string(most: int, least: int = 1) -> Rule:
    """Text of so many characters."""

    def check(value: Any, at: str) -> Iterator[str]:
        if not isinstance(value, str):
            yield error("must be a string", at)
        elif len(value) > most:
            yield error(f"must be less than {most + 1} characters", at)
        elif len(value) < least:
            yield error(f"must be more than {least - 1} characters", at)

    return check


def boolean(value: Any, at: str) -> Iterator[str]:
    if not isinstance(value, bool):
        yield error("must be a boolean", at)


def anything(value: Any, at: str) -> Iterator[str]:
    yield from ()


def integer(least: int, most: int | None = None) -> Rule:
    def check(value: Any, at: str) -> Iterator[str]:
        if not isinstance(value, int) or isinstance(value, bool):
            yield error("must be an integer", at)
        elif value < least:
            yield error(f"must be greater than or equal to {least}", at)
        elif most is not None and value > most:
            yield error(f"must be less than or equal to {most}", at)

    return check


def one_of(*allowed: str) -> Rule:
    def check(value: Any, at: str) -> Iterator[str]:
        if value not in allowed:
            yield error("must be a valid enum value", at)

    return check


def items(rule: Rule, most: int, least: int = 1) -> Rule:
    """A list of so many things, each following ``rule``."""

    def check(value: Any, at: str) -> Iterator[str]:
        if not isinstance(value, list):
            yield error("must provide an array", at)
            return
        if len(value) > most:
            yield error(f"no more than {most} items allowed", at)
        if len(value) < least:
            yield error(f"no less than {least} items allowed", at)
        for index, item in enumerate(value):
            yield from rule(item, f"{at}/{index}")

    return check


def shape(properties: Shape) -> Rule:
    """An object with these properties and no others."""

    def check(value: Any, at: str) -> Iterator[str]:
        if not isinstance(value, dict):
            yield error("must provide an object", at)
            return
        for name, rule in properties.items():
            if name in value:
                yield from (rule.rule if isinstance(rule, Needed) else rule)(value[name], f"{at}/{name}")
            elif isinstance(rule, Needed):
                yield error(f"missing required field: {name}", at)
        for name in value:
            if name not in properties:
                yield error(f"invalid additional property: {name}", at)

    return check


def typed(table: Mapping[str, Rule], only: Collection[str] | None = None) -> Rule:
    """An object whose ``type`` picks its rule from ``table``; ``only`` narrows the types allowed here."""

    def check(value: Any, at: str) -> Iterator[str]:
        if not isinstance(value, dict):
            yield error("must provide an object", at)
            return
        kind = value.get("type")
        if kind is None:
            yield error("missing required field: type", at)
        elif not isinstance(kind, str) or kind not in table or (only is not None and kind not in only):
            yield error(f"unsupported type: {kind}", f"{at}/type")
        else:
            yield from table[kind](value, at)

    return check


def both(*rules: Rule) -> Rule:
    """Every one of these rules."""

    def check(value: Any, at: str) -> Iterator[str]:
        for rule in rules:
            yield from rule(value, at)

    return check


def exactly_one(*names: str) -> Rule:
    """An object that has one of these properties, and only one."""

    def check(value: Any, at: str) -> Iterator[str]:
        if isinstance(value, dict) and sum(name in value for name in names) != 1:
            yield error(f"must have exactly one of: {', '.join(names)}", at)

    return check


def at_least_one(*names: str) -> Rule:
    def check(value: Any, at: str) -> Iterator[str]:
        if isinstance(value, dict) and not any(name in value for name in names):
            yield error(f"missing required field: {names[0]}", at)

    return check
