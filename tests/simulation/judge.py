"""The judge: watches what the bot does and says, knows what is true, and never reads what the bot remembers."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import partial

from tests.simulation import removals
from tests.simulation.history import Line
from tests.simulation.rules import RULES, Breach
from tests.simulation.screen import life_of
from tests.simulation.truth import HOUR, MINUTE, Truth
from tests.simulation.world import GUEST, World

_TWO_HOURS = 2 * HOUR
_JITTER = 15_000  #: by so much the Date of an answer that was on its way for long is wrong (ms)
#: What has to be said before. A removal that was stopped may leave a domain that has to be repaired.
_AFTER = {"sending_allowed": ("activated",), "decided": ("approval",), "recovered": ("degraded", "removing")}
_ALLOWED = frozenset({"sending_allowed", "recovered"})


@dataclass
class Judge:
    """``check`` counts one thing that was looked at; ``breaches`` is what was wrong, ``gaps`` what may be, as yet."""

    world: World
    checks: int = 0
    breaches: list[Breach] = field(default_factory=list)
    gaps: Counter[str] = field(default_factory=Counter)
    held_since: int | None = None

    def __post_init__(self) -> None:
        self.truth = Truth(self.world)
        self._posts: Counter[str] = Counter()
        self._said: dict[tuple[str, int], Counter[str]] = {}
        self._on: Mapping[str, Callable[[Line], None]] = {
            "post": self._post, "org create": self._created, "org verify": self._verified, "org delete": self._deleted,
            "acknowledged": self._acknowledged,
            "deaf": lambda line: self.check("heard", line.name, "a signed request was refused", holds=False),
        }  # fmt: skip
        self.world.history.watchers.append(self.see)

    def check(self, rule: str, name: str, why: str, holds: bool) -> None:
        self.checks += 1
        if holds:
            return
        if RULES[rule].not_yet:
            self.gaps[rule] += 1
        else:
            self.breaches.append(Breach(rule, self.world.clocks.now(), name, why))

    def see(self, line: Line) -> None:
        self.truth.look()
        if (judge := self._on.get(line.what)) is not None:
            judge(line)

    # ---- what is said

    def _post(self, line: Line) -> None:
        key, kind, name = line.facts["key"], line.facts["kind"], line.name
        if not key or line.facts["channel"].startswith("D"):
            return
        self._posts[key] += 1
        self.check("once", name, f"{key} is there {self._posts[key]} times", self._posts[key] == 1)
        said = self._said.setdefault((name, life_of(key)), Counter())
        self.check("order", name, f"{key} after {dict(said)}", self._in_order(kind, said))
        said[kind] += 1
        known, truth = self.truth.of(name), self.truth
        if kind == "ready":
            self.check("ready", name, "DNS was not right", truth.lately(known.right_last, within=HOUR))
        elif kind in _ALLOWED:
            served = truth.lately(known.serves_last) and truth.lately(known.right_last)
            self.check("served", name, f"{kind}, and it is not served", served)
        elif kind == "removed":
            removals.ended(self, line)
        if kind == "sending_allowed":
            self._two_hours(name, line.at)
            self.world.meet("two hours passed")
        self.world.meet(f"said {kind}")
        if kind in ("records", "activated", "ready"):
            self.check("taken", name, f"{kind} of a name that is somebody else's", removals.ours(self, name))
        if kind in ("sending_allowed", "removed", "recovered", "records"):
            self.hold_kept(name, kind)

    @staticmethod
    def _in_order(kind: str, said: Counter[str]) -> bool:
        return kind not in _AFTER or any(said[first] for first in _AFTER[kind])

    def _two_hours(self, name: str, now: int) -> None:
        known = self.truth.of(name)
        first, unbroken = known.serves_first, known.serves_since
        waited = now - first if first is not None else 0
        short = 0 < _TWO_HOURS - waited <= _JITTER  # a Date that came late put the clock back for a while
        rule = "two clocks" if self.truth.skewed or short else "two hours"
        self.check(rule, name, f"allowed after {waited / MINUTE:.1f} min", waited >= _TWO_HOURS)
        since = now - unbroken if unbroken is not None else 0
        self.check("unbroken", name, f"allowed {since / MINUTE:.1f} min after a break", since >= _TWO_HOURS)

    # ---- what is done at the platform

    def _write(self, line: Line) -> None:
        self.check("other org", line.name, f"{line.what} in another org", line.facts["org"] == "1")
        self.hold_kept(line.name, line.what)

    def hold_kept(self, name: str, what: str) -> None:
        since = self.held_since
        now = self.world.clocks.now()
        held = since is not None and now - since > 2 * MINUTE and now - self.truth.trouble_at > 10 * MINUTE
        self.check("hold", name, f"{what} on hold", not held)

    def _created(self, line: Line) -> None:
        self._write(line)
        if line.facts["status"] != 202:
            return
        held = self.world.genesys.home.has(line.name)
        self.check("created", line.name, "created twice", held is None or held.created_at == self.world.clocks.now())

    def _verified(self, line: Line) -> None:
        self._write(line)
        if line.facts["status"] == 200:
            self.check("votes", line.name, "activated without votes", self.votes(line.name) >= self.world.quorum)

    def votes(self, name: str, since: int = 0) -> int:
        """Of people who may, on one request; the most there are."""
        asked = {
            line.facts["person"] for line in self.world.history.of("types", name) if "activate" in line.facts["text"]
        }
        asked |= {
            line.facts["person"] for line in self.world.history.of("presses", name) if line.facts["verb"] == "activate"
        }
        votes: dict[str, set[str]] = {}
        for line in self.world.history.of("presses", name):
            if line.facts["verb"] == "approve" and line.at >= since and line.facts["person"] != GUEST:
                votes.setdefault(line.facts["value"], set()).add(line.facts["person"])
        own = asked if len(asked) == 1 else set()
        return max((len(people - own) for people in votes.values()), default=0)

    def _deleted(self, line: Line) -> None:
        self._write(line)
        if line.facts["status"] == 204:
            removals.deleted(self, line)

    # ---- answers

    def _acknowledged(self, line: Line) -> None:
        if line.facts["problem"] is None and not line.facts["said"] and line.facts["hook"]:
            self.world.loop.call_later(150, partial(self._answered, line))
        if line.facts["verb"] == "hold" and line.facts["problem"] is None:
            self.held_since = None if line.name == "off" else line.at

    def _answered(self, line: Line) -> None:
        """Where nothing stood in the way: by the response URL, in a form, or beside it."""
        world = self.world
        if self.truth.trouble_at >= line.at - 30_000 or self.truth.skewed:
            return
        hooks = {a.facts["hook"] for a in world.history.of("answer") if a.at >= line.at - 5_000}
        forms = any(s.at >= line.at for s in world.history.of("submitted"))
        duplicate = line.facts["verb"] not in world.answering
        answered = line.facts["hook"] in hooks or forms or duplicate
        self.check(
            "answered", line.name, f"{line.facts['verb']} of {line.facts['person']} was never answered", answered
        )
