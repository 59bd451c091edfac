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
from tests.simulation.voting import agreed, answers, decision, requests
from tests.simulation.world import World

_TWO_HOURS = 2 * HOUR
#: What only says what the platform did: activated there, or again in service.
_TOLD_ONLY = ("without approval", "again reports")
_UNDER_WAY = 30_000  #: what was decided just before arrives by then
_DEAF = 15 * MINUTE  #: so long it may take to find out what time it is, from the first request that looks old
#: What has to be said before. A removal that was stopped may leave a domain that has to be repaired.
_AFTER = {"sending_allowed": ("activated",), "decided": ("approval",), "recovered": ("degraded", "removing")}
_SERVED = frozenset({"sending_allowed", "recovered", "activated"})
_IRREVOCABLE = frozenset({"sending_allowed", "removed", "recovered", "records", "activated"})


@dataclass
class Judge:
    """``check`` counts one thing that was looked at; ``breaches`` is what was wrong, ``gaps`` what may be, as yet."""

    world: World
    checks: int = 0
    breaches: list[Breach] = field(default_factory=list)
    gaps: Counter[str] = field(default_factory=Counter)
    held_since: int | None = None
    _deaf_since: int | None = None

    def __post_init__(self) -> None:
        self.truth = Truth(self.world)
        self._posts: Counter[str] = Counter()
        self._said: dict[tuple[str, int], Counter[str]] = {}
        self._on: Mapping[str, Callable[[Line], None]] = {
            "post": self._post, "org create": self._created, "org verify": self._verified, "org delete": self._deleted,
            "acknowledged": self._acknowledged,
            "deaf": self._refused, "heard": self._heard, "started": self._heard,
            "presses": self._pressed, "answer": self._hold, "types": self._released,
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
        if not key:
            return
        if line.facts["channel"].startswith("D"):
            if kind == "removed":
                removals.given_up(self, line)
            return
        self._posts[key] += 1
        self.check("once", name, f"{key} is there {self._posts[key]} times", self._posts[key] == 1)
        said = self._said.setdefault((name, life_of(key)), Counter())
        self.check("order", name, f"{key} after {dict(said)}", self._in_order(kind, said))
        said[kind] += 1
        if kind == "card" and said["removed"]:
            self.world.meet("found again")
        if kind == "records" and "is activated" in line.facts["says"]:
            said["activated"] += 1  # imported, and nobody was sure since when: the card says that it waits
        known, truth = self.truth.of(name), self.truth
        if kind == "ready":
            self.check("ready", name, "DNS was not right", truth.lately(known.right_last, within=HOUR))
        elif kind in _SERVED:
            served = truth.lately(known.serves_last) and truth.lately(known.right_last)
            self.check("served", name, f"{kind}, and it is not served", served)
        elif kind == "removed":
            removals.ended(self, line)
        elif kind == "decided":
            self._decided(line)
        elif kind == "degraded":
            self._degraded(line)
        if kind == "sending_allowed":
            self._two_hours(name, line.at)
            self.world.meet("two hours passed")
        self.world.meet(f"said {kind}")
        if kind in ("records", "activated", "ready"):
            self.check("taken", name, f"{kind} of a name that is somebody else's", removals.ours(self, name))
        if kind in _IRREVOCABLE and not any(words in line.facts["says"] for words in _TOLD_ONLY):
            self.hold_kept(name, kind)

    @staticmethod
    def _in_order(kind: str, said: Counter[str]) -> bool:
        return kind not in _AFTER or any(said[first] for first in _AFTER[kind])

    def _two_hours(self, name: str, now: int) -> None:
        first = self.truth.of(name).serves_first
        waited = now - first if first is not None else 0
        rule = "two clocks" if self.truth.skewed else "two hours"
        self.check(rule, name, f"allowed after {waited / MINUTE:.1f} min", waited >= _TWO_HOURS)
        since = now - self._other_last(name)
        self.check("unbroken", name, f"allowed {since / MINUTE:.1f} min after another word", since >= _TWO_HOURS)

    def _other_last(self, name: str) -> int:
        """When the bot was last told that it is not provisioned, and lived long enough to write that down."""
        deaths = [line.at for line in self.world.history.of("killed")]
        told = [r.at for r in self.world.genesys.readings.get(name, ()) if r.other and r.org == "1"]
        return max((at for at in told if not any(at <= death <= at + 30_000 for death in deaths)), default=0)

    def _pressed(self, line: Line) -> None:
        if line.facts["verb"] == "stop_removal":
            self.world.loop.call_later(60, partial(removals.stopping, self, line))

    # ---- what is heard

    def _refused(self, line: Line) -> None:
        """A request that Slack has signed, and that looks old to the bot."""
        since = self._deaf_since
        if since is None or self.truth.clocks_at >= since or self.truth.trouble_at >= since:
            since = self._deaf_since = line.at
        self.check("heard", "", f"refused since {(line.at - since) / MINUTE:.1f} min", line.at - since <= _DEAF)

    def _heard(self, line: Line) -> None:
        self._deaf_since = None

    # ---- what is done at the platform

    def _write(self, line: Line) -> None:
        self.check("other org", line.name, f"{line.what} in another org", line.facts["org"] == "1")
        self.hold_kept(line.name, line.what, said=False)

    def _hold(self, line: Line) -> None:
        """Somebody reads that it is on hold."""
        if line.facts["says"].startswith("*On hold*"):
            self.held_since = line.at if self.held_since is None else self.held_since

    def _released(self, line: Line) -> None:
        if line.facts["text"] == "hold off":
            self.held_since = None

    def hold_kept(self, name: str, what: str, *, said: bool = True) -> None:
        """``said``: it may have been decided before, and only the message of it be late."""
        now, since = self.world.clocks.now(), self.held_since
        late = said and now - self.truth.mute_at < 12 * MINUTE
        self.check("hold", name, f"{what} on hold", since is None or now - since < _UNDER_WAY or late)

    def _created(self, line: Line) -> None:
        self._write(line)
        if line.facts["status"] != 202:
            return
        held = self.world.genesys.home.has(line.name)
        self.check("created", line.name, "created twice", held is None or held.created_at == self.world.clocks.now())

    def _verified(self, line: Line) -> None:
        self._write(line)
        if line.facts["status"] == 200:
            self._activates(line)

    def _activates(self, line: Line) -> None:
        """The first time counts: afterwards it is asked to verify again."""
        world, name, known = self.world, line.name, self.truth.of(line.name)
        anyhow = agreed(world, name, "activation", standing=False)
        self.check("votes", name, "activated without votes", anyhow is not None)
        asked = agreed(world, name, "activation")
        self.check("votes now", name, "activated with votes of people who may not", asked is not None or anyhow is None)
        if asked is None:
            return
        votes = [p.at for p in world.history.of("presses", name) if p.facts["value"] == asked.token]
        vote = min((at for at in votes), default=asked.at)
        right = known.right_last is not None and known.right_last >= vote
        self.check("sound", name, "DNS was not right since the vote", right)
        told = any(r.present and r.org == "1" and r.at >= vote for r in world.genesys.readings.get(name, ()))
        self.check("sound", name, "the platform was not read since the vote", told)

    def _decided(self, line: Line) -> None:
        """Who decided it could."""
        world, name = self.world, line.name
        purpose, how = decision(line)
        asked = list(requests(world, name, purpose))
        if how == "approved":
            self.check("votes", name, f"{purpose} approved", agreed(world, name, purpose, standing=False) is not None)
            self.check("votes now", name, f"{purpose} approved", agreed(world, name, purpose) is not None)
            self.hold_kept(name, "a vote counts")
            self._kept_vote(line)
        elif how == "rejected":
            self.check(
                "rejected",
                name,
                purpose,
                any(not one.token or answers(world, one, name, "reject") for one in asked[-1:]),
            )

    def _kept_vote(self, line: Line) -> None:
        """Cast while Slack could not say who that is, and counted soon after."""
        lately = [p for p in self.world.history.of("presses", line.name) if 0 < line.at - p.at < 11 * MINUTE]
        lies = [at for at, _, kind in self.world.lies if kind == "Slack knows nobody"]
        voted = [p for p in lately if p.facts["verb"] == "approve"]
        if voted and line.at - voted[-1].at > 10_000 and any(at <= voted[-1].at for at in lies):
            self.world.meet("a vote was kept")

    def _degraded(self, line: Line) -> None:
        """*Degraded* takes away: not for one reading."""
        name, known = line.name, self.truth.of(line.name)
        wrong = self.truth.lately(known.wrong_last, within=HOUR)
        told = [r.at for r in self.world.genesys.readings.get(name, ()) if r.other and r.org == "1"]
        twice = any(later - at >= 9 * MINUTE for at in told for later in told)
        self.check("taken away", name, f"told {len(told)} times", wrong or twice)

    def _deleted(self, line: Line) -> None:
        self._write(line)
        told = [r for r in self.world.genesys.readings.get(line.name, ()) if r.org == "1"]
        seen = bool(told) and told[-1].present and line.at - told[-1].at < 6 * MINUTE
        if line.facts["status"] == 204:  # one that was on its way for long comes to nothing
            self.check("seen", line.name, "it was not read just before", seen)
        if line.facts["status"] == 204:
            removals.deleted(self, line)

    # ---- answers

    def _acknowledged(self, line: Line) -> None:
        if line.facts["problem"] is None and not line.facts["said"] and line.facts["hook"]:
            self.world.loop.call_later(150, partial(self._answered, line))

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
