"""The answer to ``import``: what became of each domain, and the one question only a person can answer."""

from __future__ import annotations

from collections.abc import Sequence

from bot.i18n.translator import Markup
from bot.model.lifecycle import State
from bot.ports import Message
from bot.views import kit
from bot.views.context import Context

Row = tuple[str, str, State | None]

_ASKED = 15  #: questions in one message; *import* again shows the rest
_LINES = 10


def adopted(rows: Sequence[Row], c: Context) -> Message:
    """Each row: name, key of ``adopted.*``, the state it is in."""
    if not rows:
        lead = c.t("adopted.none")
        return kit.message(lead, [kit.section(lead)])
    lead = c.t("adopted.lead", n=len(rows))
    told = [_line(row, c) for row in rows if row[1] != "ask"]
    asked = [row for row in rows if row[1] == "ask"]
    blocks: list[kit.Block | None] = [kit.section(lead)]
    blocks += [kit.section(*told[n : n + _LINES]) for n in range(0, min(len(told), 100), _LINES)]
    for name, _, _ in asked[:_ASKED]:
        blocks += [kit.section(c.t("adopted.ask", name=name)), _question(name, c)]
    if len(asked) > _ASKED:
        blocks.append(kit.context(c.t("more", n=len(asked) - _ASKED)))
    questions = [c.t("adopted.ask", name=row[0]) for row in asked[:_ASKED]]
    return kit.message([lead, *told[:30], *questions], blocks)


def _line(row: Row, c: Context) -> Markup:
    name, outcome, state = row
    shown = c.t(f"state.{state.value}.name") if state else ""
    return c.t(f"adopted.{outcome}" if state or outcome != "known" else "adopted.known_bare", name=name, state=shown)


def _question(name: str, c: Context) -> kit.Block:
    return kit.actions(
        kit.button(c.t.plain("button.adopt_open"), "adopt_open", name),
        kit.button(c.t.plain("button.adopt_wait"), "adopt_wait", name),
    )
