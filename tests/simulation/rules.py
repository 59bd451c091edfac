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
        "two clocks": Rule("the two hours hold whatever one clock says"),
        "unbroken": Rule("a deprovisioning that the bot was told of begins the two hours anew"),
        "votes": Rule("nothing is activated without the votes of people who may, of this life, and not who asked"),
        "votes now": Rule("a vote counts by the lists of its round and of today, and by who somebody is now"),
        "rejected": Rule("a request is rejected by people who may, and by nobody else"),
        "sound": Rule("nothing is activated before DNS was right and the platform was read, after the vote"),
        "other org": Rule("nothing is written in another org"),
        "hold": Rule("nothing that cannot be taken back happens on hold"),
        "wished": Rule("nothing is deleted that nobody wanted deleted"),
        "agreed": Rule("what is at stake is deleted with a vote only, and what is not ours never without"),
        "polled": Rule("two rounds of every counted server, far enough apart, come before a deletion"),
        "seen": Rule("nothing is deleted that was not read there just before"),
        "a week": Rule("nothing is deleted without proof within a week"),
        "in use": Rule("nothing is deleted while a campaign that can be seen is on"),
        "live": Rule("nothing is deleted of which a server that answers still gives the CNAME"),
        "gone": Rule("'removed' is said of what is gone: by our own deletion, or missed three times an hour apart"),
        "given up": Rule("a name is not given up while our own registration of it is there"),
        "kept": Rule("what was deleted is not said to be there again"),
        "taken away": Rule("a domain is degraded where DNS is wrong, or the platform said so twice"),
        "created": Rule("nothing is created twice"),
        "taken": Rule("a name that is somebody else's is not watched as ours without a vote or an operator"),
        "heard": Rule("what Slack has signed is heard: minutes after a clock was wrong at the latest"),
        "answered": Rule("whoever was acknowledged is answered"),
        "decided": Rule("once it is decided nobody is asked to approve any more"),
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
