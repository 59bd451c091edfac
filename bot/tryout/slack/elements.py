"""What a person can press, choose or fill in among blocks, and what the client makes of it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from bot.tryout.slack import payloads
from bot.tryout.slack.message import Json

REQUIRED = "Please complete this required field."


@dataclass(frozen=True)
class Found:
    """An element and the block it is in."""

    block_id: str
    element: Json


def interactive(blocks: list[Json]) -> Iterator[Found]:
    """Every element with an action id: in actions, as a section's accessory, in inputs."""
    for block in blocks:
        candidates = [*block.get("elements", []), block.get("accessory"), block.get("element")]
        for element in candidates:
            if isinstance(element, dict) and "action_id" in element:
                yield Found(block["block_id"], element)


def find(blocks: list[Json], action: str, block_id: str | None = None) -> Found | None:
    """The element with this action id, or the first whose id has it before a colon; in one block if that is named."""
    found = [f for f in interactive(blocks) if block_id in (None, f.block_id)]
    for candidate in found:
        if candidate.element["action_id"] == action:
            return candidate
    return next((c for c in found if c.element["action_id"].partition(":")[0] == action), None)


def state_of(blocks: list[Json], values: Mapping[str, Any]) -> Json:
    """``state.values`` of a form: what was put in, else what the elements began with. Unknown names are refused."""
    state: Json = {}
    unknown = set(values)
    for found in interactive(blocks):
        kind = found.element["type"]
        if kind in ("button", "overflow"):
            continue
        key = found.block_id if found.block_id in values else found.element["action_id"]
        unknown.discard(key)
        value = values.get(key, payloads.initial(found.element))
        state.setdefault(found.block_id, {})[found.element["action_id"]] = {
            "type": kind,
            **payloads.chosen(found.element, value),
        }
    if unknown:
        raise LookupError(f"not in this form: {sorted(unknown)}")
    return state


def unfilled(blocks: list[Json], state: Json) -> dict[str, str]:
    """The client's own complaints, by block id: empty required inputs, text too short or too long."""
    errors = {}
    for block in blocks:
        if block["type"] != "input":
            continue
        element = block["element"]
        entry = state[block["block_id"]][element["action_id"]]
        value = next(v for k, v in entry.items() if k != "type")
        if not value:
            if not block.get("optional"):
                errors[block["block_id"]] = REQUIRED
        elif element["type"] == "plain_text_input":
            least, most = element.get("min_length", 0), element.get("max_length", 3000)
            if not least <= len(value) <= most:
                errors[block["block_id"]] = f"Between {least} and {most} characters."
    return errors
