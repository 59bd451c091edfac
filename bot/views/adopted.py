"""The answer to ``import``: what became of each domain, and the one question only a person can answer."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from bot.i18n.translator import Markup
from bot.model.domain import EmailDomain
from bot.model.lifecycle import State
from bot.model.message import Message
from bot.views import kit, words
from bot.views.context import Context


class Row(Protocol):
    """What became of one name: ``outcome`` is a key of ``adopted.*``, ``version`` goes into the buttons."""

    @property
    def name(self) -> str: ...
    @property
    def outcome(self) -> str: ...
    @property
    def state(self) -> State | None: ...
    @property
    def version(self) -> str: ...


_ASKED = 15  #: questions in one message; *import* again shows the rest
_LINES = 10


def adopted(rows: Sequence[Row], c: Context) -> Message:
    """What became of each, and the questions only a person can answer."""
    if not rows:
        lead = c.t("adopted.none")
        return kit.message(lead, [kit.section(lead)])
    lead = c.t("adopted.lead", n=len(rows))
    told = [_line(row, c) for row in rows if row.outcome != "ask"]
    asked = [row for row in rows if row.outcome == "ask"]
    blocks: list[kit.Block | None] = [kit.section(lead)]
    blocks += [kit.section(*told[n : n + _LINES]) for n in range(0, min(len(told), 100), _LINES)]
    for row in asked[:_ASKED]:
        blocks += [kit.section(c.t("adopted.ask", name=row.name)), _question(row.name, row.version, c)]
    if len(asked) > _ASKED:
        blocks.append(kit.context(c.t("more", n=len(asked) - _ASKED)))
    questions = [c.t("adopted.ask", name=row.name) for row in asked[:_ASKED]]
    return kit.message([lead, *told[:30], *questions], blocks)


def _line(row: Row, c: Context) -> Markup:
    shown = c.t(f"state.{row.state.value}.name") if row.state else ""
    key = f"adopted.{row.outcome}" if row.state or row.outcome != "known" else "adopted.known_bare"
    return c.t(key, name=row.name, state=shown)


def _question(name: str, version: str, c: Context) -> kit.Block:
    """``version``: of what the platform holds now; should it be another one when it is pressed, nothing happens."""
    value = f"{name} {version}"
    return kit.actions(
        kit.button(c.t.plain("button.adopt_open"), "adopt_open", value),
        kit.button(c.t.plain("button.adopt_wait"), "adopt_wait", value),
    )


# ---- asking the approvers to import


def import_question(name: str, version: str, c: Context) -> Message:
    """Before the approvers are asked: only a person can know whether the two hours are over."""
    sentence = c.t("import.question", name=name)
    value = f"{name} {version}"
    row = kit.actions(
        kit.button(c.t.plain("button.adopt_open"), "ask_import_open", value),
        kit.button(c.t.plain("button.adopt_wait"), "ask_import_wait", value),
    )
    return kit.message(sentence, [kit.section(sentence), row])


def import_asked(domain: EmailDomain, c: Context) -> Message:
    return words.asked(domain, c.t("import.asked", name=domain.name), c)
