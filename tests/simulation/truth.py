"""What is so in the world, and since when. Looked at once a minute and at everything that happens."""

from __future__ import annotations

from dataclasses import dataclass, field

from tests.simulation.world import World

MINUTE, HOUR = 60_000, 3_600_000


@dataclass
class Known:
    """Of one name. Instants in true UTC ms; None: never."""

    made_at: int | None = None  #: the registration that the org has now
    serves_first: int | None = None  #: provisioned with both records verified, first of this registration
    serves_last: int | None = None
    serves_since: int | None = None  #: without a break
    right_last: int | None = None  #: both records of the org at every server that speaks
    wrong_last: int | None = None  #: or not so, or not for everybody
    ours_last: int | None = None  #: some server gave the carrier's CNAME
    present_last: int | None = None  #: the org had it
    published: bool = False  #: the bot was shown a record since it was made


@dataclass
class Truth:
    """``world`` as it is; never what the bot remembers."""

    world: World
    names: dict[str, Known] = field(default_factory=dict)
    trouble_at: int = 0  #: something last kept messages or processes from their way
    skewed: bool = False  #: Slack said a wrong time, or the machine slept, in this run
    clocks_at: int = 0  #: a clock was last wrong
    mute_at: int = 0  #: something last kept the bot from saying what it has decided to say

    def of(self, name: str) -> Known:
        return self.names.setdefault(name, Known())

    def look(self) -> None:
        world, now = self.world, self.world.clocks.now()
        home, zone = world.genesys.home, world.zone
        for name in world.names:
            known, held = self.of(name), home.has(name)
            if held is not None:
                known.present_last = now
                if known.made_at != held.created_at:
                    known.made_at, known.published = held.created_at, False
                    zone.shown.discard(name)
                    known.serves_first = known.serves_since = None
                if zone.right(name, held.records):
                    known.right_last = now
                elsewhere = zone.denying or zone.unregistered or name in zone.hidden | zone.twice
                if elsewhere or known.right_last != now:
                    known.wrong_last = now
            else:
                known.wrong_last = now
                known.published = name in zone.shown
            if home.serves(name):
                known.serves_last = now
                if known.serves_first is None and held is not None:  # it began between two looks
                    known.serves_first = min(now, (held.verified_at or now) + home.provision)
                known.serves_since = now if known.serves_since is None else known.serves_since
            else:
                known.serves_since = None
            if any(zone.ours(server, name) for server in zone.servers):
                known.ours_last = now
        if world.to_slack.weather.trouble or world.to_slack.forced or world.slack.lies or world.fuse.full:
            self.mute_at = now
        if not world.process.up:
            self.mute_at = now
        away = world.to_slack.weather.trouble or world.to_slack.forced or world.to_org.weather.trouble
        if (
            away
            or not world.process.up
            or world.fuse.full
            or world.slack.lies
            or world.genesys.lies
            or world.genesys.credentials is not home
        ):
            self.trouble_at = now
        if not world.clocks.honest:
            self.clocks_at = now
        world.clocks.ever_wrong = world.clocks.ever_wrong or not world.clocks.honest or world.clocks.slept > 0
        self.skewed = self.skewed or bool(world.clocks.error["slack"]) or world.clocks.slept > 0

    def lately(self, at: int | None, *, within: int = 30 * MINUTE) -> bool:
        """It was so lately; with trouble on the way, a message that says so may come later."""
        now = self.world.clocks.now()
        patience = within if now - self.trouble_at > 8 * HOUR else 14 * HOUR
        return at is not None and now - at <= patience
