"""What a person reads when something cannot be done: what happened, and what to do."""

from __future__ import annotations

from typing import Any

from bot.errors import (
    AlreadyDecided,
    AlreadyThere,
    AlreadyVoted,
    BadName,
    CannotSee,
    DatabaseUnusable,
    Forbidden,
    InboundDomain,
    NotAllowed,
    NotAPerson,
    NotFound,
    NotInChannel,
    PlatformRefused,
    Problem,
    RootDomain,
    RoundOpen,
    TooEarly,
    TooFewApprovers,
    UnknownCommand,
    Usage,
)
from bot.i18n.translator import Markup
from bot.model.message import Message
from bot.views import kit, words
from bot.views.context import Context

_LONG = 300

#: Reasons for which we refuse before the platform is asked: ``said`` is then no words of the platform's.
_OURS = frozenset({"another_org"})
#: Only where one of these has failed, *Try again* adds.
_ADDING = frozenset({"add", "add_anyway", "add_name"})


def problem(
    error: Problem, c: Context, *, reference: str | None = None, retry: tuple[str, str] | None = None, command: str = ""
) -> Message:
    """``command``: the one that failed; ``retry``: the action id and value of a *Try again* button.

    ``reference``: what the log calls it.
    """
    what, fix = said(error, c)
    if isinstance(error, PlatformRefused) and error.said and error.reason not in _OURS:
        what = words.join([what, c.t("removed.said", said=kit.cut(error.said, _LONG))], c)
    chosen = _helpful(error, command, c)
    if retry:
        action, value = retry
        chosen.append(kit.button(c.t.plain("button.retry"), action, value, style="primary"))
    blocks: list[kit.Block | None] = [kit.section(what, fix)]
    if reference:
        blocks.append(kit.context(c.t("reference", reference=reference)))
    blocks.append(kit.actions(*chosen) if chosen else None)
    return kit.message([what, fix], blocks)


def said(error: Problem, c: Context) -> tuple[Markup, Markup]:
    """*What* and *fix* of an error; special reasons have words of their own."""
    facts = _facts(error, c)
    key = _key(error, c)
    return c.t(f"{key}.what", **facts), c.t(f"{key}.fix", **facts)


def bug(reference: str, c: Context) -> Message:
    """Something we did not foresee: nothing of it is shown but a reference."""
    sentences = [c.t("bug.what"), c.t("bug.fix", reference=reference)]
    return kit.message(sentences, [kit.section(*sentences)])


def _key(error: Problem, c: Context) -> str:
    if isinstance(error, UnknownCommand | NotFound) and error.suggestion:
        return f"error.{error.code}.near"
    if isinstance(error, PlatformRefused) and c.t.has(f"refused.{error.reason}.what"):
        return f"refused.{error.reason}"
    if isinstance(error, AlreadyThere | TooEarly):
        key = f"error.{error.code}.{error.stage if isinstance(error, AlreadyThere) else error.why}"
        return key if c.t.has(f"{key}.what") else f"error.{error.code}"
    if isinstance(error, DatabaseUnusable) and c.t.has(f"unusable.{error.why}.what"):
        return f"unusable.{error.why}"
    return f"error.{error.code}" if c.t.has(f"error.{error.code}.what") else "error.other"


def _facts(error: Problem, c: Context) -> dict[str, Any]:
    facts = {k: kit.cut(v, _LONG) if isinstance(v, str) else v for k, v in error.facts.items()}
    facts["platform"] = c.t("by.platform")
    if isinstance(error, AlreadyVoted):
        facts["n"] = error.missing
    if isinstance(error, TooFewApprovers):
        facts["n"] = error.needed
    match error:
        case Usage():
            facts["usage"] = words.usage(error.command, error.usage, c)
        case NotAllowed():
            facts["state"] = c.t(f"state.{error.state}.name")
        case AlreadyDecided():
            facts["who"] = words.who(error.who, c)
            facts["outcome"] = c.t(f"outcome.{error.outcome}")
        case NotInChannel() | CannotSee():
            facts["channel"] = kit.mention(error.channel)
        case Forbidden():
            facts["action"] = _or_itself("may", error.action, c)
            facts["who_may"] = _or_itself("who_may", error.who_may, c)
        case RoundOpen():
            facts["purpose"] = _or_itself("purpose", error.purpose, c)
        case NotAPerson():
            facts["why"] = _or_itself("barred", error.why, c)
        case BadName():
            facts["reason"] = _or_itself("name", error.reason, c)
        case _:
            pass
    return facts


def _or_itself(topic: str, key: str, c: Context) -> Markup:
    return c.t(f"{topic}.{key}") if c.t.has(f"{topic}.{key}") else c.t("as_is", words=key)


def _helpful(error: Problem, command: str, c: Context) -> list[kit.Block]:
    """Buttons that do what the text advises."""
    if isinstance(error, RootDomain):
        names = [f"{label}.{error.name}" for label in ("sales", "marketing")]
        return [_add(name, n, c) for n, name in enumerate(names, 1)]
    if isinstance(error, InboundDomain):
        return [kit.button(c.t.plain("button.retry"), "add:1", error.name)]
    if isinstance(error, PlatformRefused) and error.name and error.reason not in _OURS and command in _ADDING:
        return [kit.button(c.t.plain("button.retry"), "add:1", error.name)]
    if isinstance(error, AlreadyThere):
        return [ask_import(error.name, error.version, c)]
    if isinstance(error, NotFound) and error.suggestion:
        return [kit.button(c.t.plain("button.status"), "status", error.suggestion)]
    return []


def ask_import(name: str, version: str, c: Context) -> kit.Block:
    return kit.button(c.t.plain("button.ask_import"), "ask_import", f"{name} {version}".strip(), style="primary")


def _add(name: str, n: int, c: Context) -> kit.Block:
    label = c.t.plain("label.add", name=name)
    return kit.button(kit.cut(name, kit.MAX_BUTTON), f"add:{n}", name, label=label)
