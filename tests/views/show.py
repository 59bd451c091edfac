"""``python -m tests.views.show FILE``: every message in both languages, as text that people can read."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from bot.model.lifecycle import Kind
from bot.model.message import Message
from bot.views import notices
from bot.views.card import card
from bot.views.context import Context
from tests.views import answers, samples, samples_removal

EVERY = [*samples.NOTICES, *samples_removal.NOTICES]


def everything(c: Context) -> Iterator[tuple[str, Message]]:
    for title, domain in samples.DOMAINS.items():
        yield f"CARD {title}", card(domain, c)
    for title, kind, domain, facts, mentions in EVERY:
        if kind not in (Kind.RECORDS, Kind.CARD):
            yield f"{kind.value.upper()} {title}", notices.render(kind, domain, facts, c, mentions)
    for title, message in answers.all_answers(c):
        yield f"ANSWER {title}", message


def lines(block: dict[str, Any]) -> Iterator[str]:
    """A block as text."""
    match block["type"]:
        case "header":
            yield f"# {block['text']['text']}"
        case "divider":
            yield "-----"
        case "context":
            for element in block["elements"]:
                yield from (f"  ~ {line}" for line in element["text"].splitlines())
        case "rich_text":
            for element in block["elements"]:
                text = element["elements"][0]["text"]
                yield f"  {text}" if element["type"] == "rich_text_section" else f"      | {text[:70]}"
        case "actions":
            yield "  ".join(f"[{e['text']['text']} -> {e['action_id']}]" for e in block["elements"])
            for element in block["elements"]:
                if "confirm" in element:
                    ask = element["confirm"]
                    yield f"    ? {ask['title']['text']} {ask['text']['text']} ({ask['confirm']['text']})"
        case "input":
            yield f"{block['label']['text']}: ____ ({block.get('hint', {}).get('text', '')})"
        case _:
            if "text" in block:
                yield block["text"]["text"]
            yield from ("    " + f["text"].replace("\n", ": ") for f in block.get("fields", ()))


def show(language: str, *, practice: bool = False) -> Iterator[str]:
    c = samples.context(language, practice=practice)
    for title, message in everything(c):
        yield f"\n=== {title}"
        yield f"({message.text})"
        for block in message.blocks:
            yield from lines(block)
    for title, message in answers.homes(c):
        yield f"\n=== HOME {title}"
        for block in message.blocks:
            yield from lines(block)
    for title, form in answers.all_forms(c):
        yield f"\n=== FORM {title}: {form['title']['text']} [{form['submit']['text']}] [{form['close']['text']}]"
        for block in form["blocks"]:
            yield from lines(block)


if __name__ == "__main__":
    text = "\n".join(line for language in ("en", "ja") for line in (f"\n##### {language}", *show(language)))
    Path(sys.argv[1]).write_text(text, "utf-8")
