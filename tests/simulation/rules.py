"""What may be true: each rule with its words, and whether the product keeps it yet."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import NamedTuple


class Rule(NamedTuple):
    """``not_yet``: what has to be built before the product can keep it; a breach is counted then and fails nothing."""

    says: str
    not_yet: str = ""


RULES: Mapping[str, Rule] = MappingProxyType(
    {
        "once": Rule("each message stands in the channel once"),
        "order": Rule("the messages of a life come in the order of what they say"),
        "ready": Rule("'DNS is ready' is said when it was"),
        "served": Rule("'sending allowed' and 'recovered' are said while DNS is right and the platform serves it"),
        "two hours": Rule("'sending allowed' comes two hours after the first moment of truth, or later"),
        "two clocks": Rule(
            "the two hours hold whatever one clock says", not_yet="the clock of the two hours on two witnesses"
        ),
        "unbroken": Rule(
            "a deprovisioning begins the two hours anew", not_yet="the step 'pass to waiting' with its clock"
        ),
        "votes": Rule("nothing is activated without the votes of people who may, of this life, and not who asked"),
        "votes now": Rule(
            "a vote counts by the standing of today only", not_yet="the step 'count a vote' with a reading of people"
        ),
        "other org": Rule("nothing is written in another org"),
        "hold": Rule("nothing that cannot be taken back happens on hold"),
        "wished": Rule("nothing is deleted that nobody wanted deleted"),
        "agreed": Rule("what is at stake is deleted with a vote only, and what is not ours never without"),
        "polled": Rule("two rounds of every counted server, far enough apart, come before a deletion"),
        "in use": Rule("nothing is deleted while a campaign that can be seen is on"),
        "live": Rule("nothing is deleted of which a server that answers still gives the CNAME"),
        "gone": Rule("'removed' is said of what is gone: by our own deletion, or missed three times an hour apart"),
        "created": Rule("nothing is created twice"),
        "taken": Rule("a name that is somebody else's is not watched as ours without a vote or an operator"),
        "heard": Rule(
            "what Slack has signed is heard, whatever a clock says", not_yet="asking Slack the time for what looks old"
        ),
        "answered": Rule("whoever was acknowledged is answered"),
        "decided": Rule(
            "once it is decided nobody is asked to approve any more", not_yet="reminders that lose their buttons, too"
        ),
        "stuck": Rule("once the world is honest, everything that was due happens"),
        "card": Rule("once the world is honest, the card says what is so"),
    }
)


class Breach(NamedTuple):
    """``at`` is true time (UTC ms)."""

    rule: str
    at: int
    name: str
    why: str

    def __str__(self) -> str:
        return f"{self.rule}: {self.name}: {self.why} ({RULES[self.rule].says})"
