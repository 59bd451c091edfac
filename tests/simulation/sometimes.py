"""What has to happen now and then, or the search does not see what it should: names, and how they are told."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType

Met = Mapping[str, int]


def _log(text: str) -> Callable[[Met], int]:
    return lambda met: met.get(f"log: {text}", 0)


def _met(text: str) -> Callable[[Met], int]:
    return lambda met: met.get(text, 0)


#: By what it is called: how often it happened.
SOMETIMES: Mapping[str, Callable[[Met], int]] = MappingProxyType(
    {
        "a lost answer was found again": _log("message settled found=True"),
        "a lost message was sent again": _log("message settled found=False"),
        "a message was unclear": _log("message unclear"),
        "the process was killed": _met("killed"),
        "a wish was taken up after a death": _log("resumed"),
        "somebody was faster": _met("superseded"),
        "a wish was tried again later": _log("tried again later"),
        "a step failed and rested": _log("step failed"),
        "another org was noticed": _log("connected to another org"),
        "half a listing was refused": _log("half a listing"),
        "the clock was put right": _log("clock differs from Slack's"),
        "the machine's clock stepped": _log("clock stepped"),
        "the bot was on hold": _log("on hold"),
        "operators were told": _log("operators have to know"),
        "an odd reading was outvoted": _met("outvoted"),
        "a name was missed three times": _met("missed three times"),
        "a life was resumed": _met("found again"),
        "a removal waited a day for a silent server": _met("waited a day"),
        "something live was deleted after a vote": _met("deleted after a vote"),
        "something never published was deleted at once": _met("deleted unpublished"),
        "something was deleted without proof after a week": _met("deleted without proof"),
        "a vote was kept and then counted": _met("a vote was kept"),
        "a removal was stopped too late": _met("stopped too late"),
        "another bot was at work": _met("a second bot"),
        "the disk was full": _met("the disk is full"),
        "two hours passed": _met("two hours passed"),
        "a domain recovered": _met("said recovered"),
        "a name was imported": _met("imported"),
        "a removal was stopped": _met("stopped"),
        "an old button was pressed": _met("an old button was pressed"),
        "a vote came from a guest or who asked": _met("a race"),
        "somebody typed too fast": _met("typed too fast"),
    }
)


def never(met: Met) -> list[str]:
    """What did not happen once."""
    return [name for name, count in SOMETIMES.items() if not count(met)]
