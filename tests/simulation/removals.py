"""The judge's rules for what cannot be taken back: deleting, and saying that something is gone."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.simulation.history import Line
from tests.simulation.truth import HOUR, MINUTE
from tests.simulation.voting import agreed

if TYPE_CHECKING:
    from tests.simulation.judge import Judge

_POLLS_APART, _SILENT, _DAYS = 10 * MINUTE, 24 * HOUR, 7 * 24 * HOUR
_SLACK = 4_000  #: clocks that are right differ by so much (ms)
_CLEAN = frozenset({"none", "other"})
_AGAINST = frozenset({"ours", "not_known"})


def deleted(judge: Judge, line: Line) -> None:
    """The platform has just been asked to delete, and did."""
    world, name, known = judge.world, line.name, judge.truth.of(line.name)
    wish = _wish(judge, name)
    judge.check("wished", name, "nobody wanted it deleted", wish is not None)
    if wish is None:
        return
    voted = agreed(world, name, "removal", "forced", since=wish) is not None
    judge.check("agreed", name, "it is in service or not ours, and nobody voted", voted or not _at_stake(judge, name))
    forced = any(p.facts["verb"] == "finish_anyway" for p in world.history.of("presses", name))
    world.meet("deleted after a vote" if voted else "deleted without a vote")
    if forced and _polls(judge, line, wish) and not judge.truth.skewed:
        world.meet("deleted without proof")
        judge.check("a week", name, "it was wanted a moment ago", line.at - wish >= _DAYS)
        given = any(world.zone.ours(s, name) for s in world.zone.counted if not s.silent)
        judge.check("in use", name, "a campaign is on, and it is in DNS", not (given and _campaign(judge, name)))
    if not known.published:
        world.meet("deleted unpublished")
    if judge.truth.skewed or forced:
        return
    judge.check("polled", name, _polls(judge, line, wish) or "", not _polls(judge, line, wish))
    answering = [s for s in world.zone.counted if not s.silent and not world.zone.unregistered]
    judge.check("live", name, "a server gives our CNAME", not any(world.zone.ours(s, name) for s in answering)
                or not _long(judge, name))  # fmt: skip
    judge.check("in use", name, "a campaign is on", not _campaign(judge, name))
    judge.check("polled", name, "never seen in DNS", known.made_at is not None)


def _long(judge: Judge, name: str) -> bool:
    """Nothing was entered for the name for some minutes: what a server gives now it gave when it was asked."""
    now = judge.world.clocks.now()
    last = max((e.at for e in judge.world.history.of("published")), default=0)
    lies = max((at for at, _, kind in judge.world.lies if "server" in kind or "zone" in kind), default=0)
    return now - max(last, lies) > 40 * MINUTE and not any(s.lag for s in judge.world.zone.servers)


def _wish(judge: Judge, name: str) -> int | None:
    """When somebody last began to want it removed."""
    verbs = ("remove_anyway", "finish_anyway")
    pressed = [p.at for p in judge.world.history.of("presses", name) if p.facts["verb"] in verbs]
    return min(pressed) if pressed else None


def _at_stake(judge: Judge, name: str) -> bool:
    """At the moment before: it was in service, or somebody else had made it."""
    home = judge.world.genesys.home
    held = home.domains.get(name)
    if held is None:
        return False
    made = [c for c in judge.world.history.of("org create", name) if c.facts["status"] == 202]
    ours = bool(made)  # what somebody made again in its place, never shown before, cannot be told from it
    verified = "Verified" in held.verified.values()
    lately = any(kind in ("deprovisioned", "a rotated key") for _, about, kind in judge.world.lies if about == name)
    return not ours or (verified and not lately)


def _polls(judge: Judge, line: Line, wish: int) -> str:
    """Why the rounds of the servers do not suffice; empty where they do."""
    rounds = [p for p in judge.world.history.of("poll", line.name) if wish - _SLACK <= p.at <= line.at]
    clean: list[Line] = []
    for one in rounds:
        said = set(one.facts["said"])
        if said & _AGAINST:
            clean = []
        elif said & _CLEAN or "denied" in said:
            clean.append(one)
    if len(clean) < 2:
        return f"{len(clean)} clean rounds"
    apart = _POLLS_APART if judge.truth.of(line.name).published else 5_000
    if clean[-1].at - clean[0].at < apart - _SLACK:
        return f"the rounds are {(clean[-1].at - clean[0].at) / 1000:.0f} s apart"
    silent = "no_answer" in clean[-1].facts["said"] or all("no_answer" in one.facts["said"] for one in clean[:-1])
    if silent and line.at - clean[0].at < _SILENT - 10 * MINUTE:
        return "a server said nothing, and no day has passed"
    if silent:
        judge.world.meet("waited a day")
    asked = set(clean[-1].facts.get("at", ()))
    wanted = (
        {s.address for s in judge.world.zone.servers if s.listed} if "denied" not in clean[-1].facts["said"] else set()
    )
    lately = {a for at, a in judge.world.zone.listings if wish < at and line.at - at < 47 * HOUR}
    missing = (
        wanted | (lately if rounds[0].at < min((at for at, _ in judge.world.zone.listings), default=0) else set())
    ) - asked
    fresh = max((at for at, _, kind in judge.world.lies if kind == "the zone moves"), default=0)
    return f"{missing} were not asked" if missing and line.at - fresh > 20 * MINUTE else ""


def _campaign(judge: Judge, name: str) -> bool:
    """One is on, has been for a while, and could be seen."""
    now = judge.world.clocks.now()
    blind = ("campaigns are forbidden", "a part of the API fails")
    if any(kind in blind for _, _, kind in judge.world.lies):
        return False
    if any(kind == "a campaign is on" and now - at < 8 * MINUTE for at, _, kind in judge.world.lies):
        return False
    return any(
        c["campaignStatus"] == "on" and c["emailConfig"]["fromAddress"]["domain"]["id"] == name
        for c in judge.world.genesys.home.campaigns
    )


def ended(judge: Judge, line: Line) -> None:
    """The channel reads that it is removed."""
    world, name, known = judge.world, line.name, judge.truth.of(line.name)
    if any(p.facts["verb"] == "release_anyway" for p in world.history.of("presses", name)):
        return
    if "was found" in line.facts["says"]:
        return
    truly = known.present_last is None or known.present_last < line.at - 1_000
    asked = any(d.at <= line.at for d in world.history.of("org delete", name) if d.facts["status"] == 204)
    judge.check("gone", name, "it is there, and nobody deleted it", truly or asked or _missed(judge, name))
    if _wish(judge, name) is None and not asked and not judge.truth.skewed:
        judge.check("gone", name, "it was not missed three times an hour apart", _missed(judge, name))


def given_up(judge: Judge, line: Line) -> None:
    """Whoever added it reads in private that it comes to nothing."""
    name, world = line.name, judge.world
    if "already has this name" not in line.facts["says"]:  # that takes nothing from anybody
        judge.hold_kept(name, "given up")
    held = world.genesys.home.has(name)
    ended = [p.at for p in world.history.of("post", name) if p.facts["kind"] == "removed" and p.at < line.at]
    begins = max(ended, default=0)  # of this life
    creates = [c.at for c in world.history.of("org create", name) if c.facts["status"] == 202 and c.at > begins]
    ours = held is not None and any(abs(at - held.created_at) < 1_000 for at in creates)
    judge.check("given up", name, "our own registration is there", not ours)


def stopping(judge: Judge, line: Line) -> None:
    """Somebody wants it back; what the platform has deleted for us is not said to be there."""
    world, name = judge.world, line.name
    asked = [d.at for d in world.history.of("org delete", name) if d.facts["status"] == 204]
    made = [c.at for c in world.history.lines if c.name == name and c.what in ("org create", "org made by somebody")]
    gone = bool(asked) and world.genesys.home.has(name) is None and max(made, default=0) < asked[-1] < line.at - 1_000
    if gone and judge.truth.trouble_at < line.at - 20 * MINUTE:
        world.meet("stopped too late")
        state = world.screen.state(name)
        judge.check(
            "kept", name, f"it is deleted, and the card says {state}", state in ("removing", "removed", "released", "")
        )


def _missed(judge: Judge, name: str) -> bool:
    """Three readings of our own org without it, an hour apart, and none with it between."""
    row: list[int] = []
    apart = 0 if judge.truth.skewed else HOUR - _SLACK  # an hour of Slack's time, which was wrong then
    for reading in judge.world.genesys.readings.get(name, ()):
        if reading.org != "1":
            continue
        if reading.present:
            row = []
        elif not row or reading.at - row[-1] >= apart:
            row.append(reading.at)
            if len(row) >= 3:
                judge.world.meet("missed three times")
                return True
    return False


def ours(judge: Judge, name: str) -> bool:
    """Our own create is on record for what the org holds, or somebody agreed to import it."""
    home = judge.world.genesys.home
    held = home.has(name)
    if held is None:
        return True
    created = any(abs(c.at - held.created_at) < 1_000 for c in judge.world.history.of("org create", name))
    if created or agreed(judge.world, name) is not None:
        return True
    imported = any(t.facts["text"].startswith("import") for t in judge.world.history.lines if t.what == "types")
    known_before = any(abs(c.at) for c in judge.world.history.of("org create", name) if c.facts["status"] == 202)
    return imported or known_before
