"""What is said of a finding: what is wrong, since when, what to do about it, and what it means for mail."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from bot.i18n.translator import Markup, Translate
from bot.model.domain import EmailDomain
from bot.model.lifecycle import State
from bot.model.look import Finding
from bot.views import kit
from bot.views.context import Context
from bot.views.words import FACT

#: Its records were right once in this life.
ONCE_RIGHT = frozenset({State.WAITING, State.OPEN, State.DEGRADED})

_FINDINGS = 3

#: Values that are to be pasted: a sentence shows their beginning, what can be copied stands below it.
_PASTED = frozenset({"entered", "txt_entered", "cname_entered"})
_BEGINNING = 48


def finding(found: Finding | Mapping[str, Any], c: Context) -> tuple[Markup, Markup]:
    """What is wrong and what to do, in the words of the catalogue of mistakes."""
    code, kind, facts = _parts(found)
    facts = _with_entries(facts)
    short = {name: _shortened(name, value) for name, value in facts.items()}
    if not c.t.has(f"finding.{code}.what"):
        return c.t("finding_other.what", status=c.t(f"status.{kind}")), c.t("finding_other.fix")
    key = fix_key(code, facts, c.t)
    fix = c.t(key, **short) if c.t.has(key) else Markup("")
    return c.t(what_key(code, facts, c.t), **short), fix


def _shortened(name: str, value: Any) -> Any:
    if isinstance(value, Markup):
        return value
    return kit.cut(str(value), _BEGINNING if name in _PASTED else FACT)


def as_lost(found: Finding | Mapping[str, Any], domain: EmailDomain, at: int | None, c: Context) -> Mapping[str, Any]:
    """What is missing of a domain that was right is gone since then, never *not there yet*; ``at`` is when it was
    noticed, where nothing earlier is known."""
    code, kind, facts = _parts(found)
    record = found.record if isinstance(found, Finding) else found.get("record")
    if kind == "missing" and domain.state in ONCE_RIGHT:
        facts = {**facts, "form": "gone", "since": c.at(domain.bad_since or at)}
    return {"code": code, "kind": kind, "record": record, "facts": facts}


def effect(found: Mapping[str, Any] | None, c: Context) -> Markup:
    """What a broken record means for mail that is sent now."""
    record = (found or {}).get("record") or ("both" if (found or {}).get("code") == "MISSING_BOTH" else "none")
    return c.t(f"degraded.effect_{record}")


def _with_entries(facts: Mapping[str, Any]) -> Mapping[str, Any]:
    """With what is entered in a console: a finding that an earlier version stored has only host and value."""
    known: dict[str, Any] = {}
    for prefix in ("", "txt_", "cname_"):
        if f"{prefix}value" in facts:
            known[f"{prefix}entered"] = facts[f"{prefix}value"]
            known[f"{prefix}entry"] = facts.get(f"{prefix}relative") or facts.get(f"{prefix}host", "")
    return known | dict(facts)


def what_key(code: str, facts: Mapping[str, Any], t: Translate) -> str:
    """The text that says what is wrong, in the form it has here; whose key it is where that is known."""
    formed = f"finding.{code}.what_{facts.get('form')}"
    return f"finding_whose.{code}" if "whose" in facts else formed if t.has(formed) else f"finding.{code}.what"


def fix_key(code: str, facts: Mapping[str, Any], t: Translate) -> str:
    """The text that says what to do; where mail is received, nobody is ever told to take it away (S9)."""
    form = facts.get("form")
    mail = f"finding_mail.{code}" if "MX" in str(facts.get("types", "")) else ""
    tried = (mail, f"finding.{code}.fix_{form}", f"finding_fix.{form}")
    return next((key for key in tried if key and t.has(key)), f"finding.{code}.fix")


def naming(found: Finding | Mapping[str, Any], domain: EmailDomain, c: Context) -> list[Markup] | None:
    """A finding's sentences, where they say by themselves which domain they are about."""
    said = finding(found, c)
    return [*said] if domain.name in said[0] else None


def paragraphs(found: Sequence[Finding | Mapping[str, Any]], c: Context, limit: int = _FINDINGS) -> list[kit.Block]:
    """One paragraph each, most likely cause first; what works all the same is left out."""
    said = [f for f in found if _parts(f)[1] != "right"]
    blocks = [kit.section(*finding(f, c)) for f in said[:limit]]
    return [*blocks, kit.context(c.t("more", n=len(said) - limit))] if len(said) > limit else blocks


def _parts(found: Finding | Mapping[str, Any]) -> tuple[str, str, Mapping[str, Any]]:
    if isinstance(found, Finding):
        return found.code, found.kind, found.facts
    return found["code"], found.get("kind", "wrong"), found.get("facts") or {}
