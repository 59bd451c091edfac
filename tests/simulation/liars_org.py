"""The mail platform and its people, when they lie."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from bot.model.records import RecordType
from tests.genesys.org import DOMAINS
from tests.genesys.simulator import LIES
from tests.simulation.liar import Liar
from tests.simulation.neighbour import Neighbour
from tests.simulation.network import Weather


class _Answers(Liar):
    """Answers are changed on their way out."""

    def begin(self) -> None:
        self.world.genesys.lies[type(self).__name__ + self.name] = self.lie

    def end(self) -> None:
        self.world.genesys.lies.pop(type(self).__name__ + self.name, None)

    def lie(self, method: str, path: str, status: int, body: Any) -> tuple[int, Any]:
        raise NotImplementedError


_GONE = {"message": "The domain was not found.", "code": "postino.error.not.found", "status": 404}


class NotFound(_Answers):
    """404 for a name that is there; the listing may leave it out as well, or be empty, or cut."""

    def begin(self) -> None:
        self._listing = self.dice.choice(("", "without", "without", "without", "empty", *LIES))
        super().begin()

    def lie(self, method: str, path: str, status: int, body: Any) -> tuple[int, Any]:
        if method == "GET" and path.startswith(f"{DOMAINS}/{self.name}"):
            return 404, _GONE
        whole = status == 200 and isinstance(body.get("entities"), list)
        if method == "GET" and path == DOMAINS and whole and self._listing:
            if self._listing != "without":
                return status, LIES[self._listing](body)
            rest = [one for one in body["entities"] if one["id"] != self.name]
            return status, body | {"entities": rest, "total": len(rest)}
        return status, body


class Fields(_Answers):
    """Fields are missing."""

    def begin(self) -> None:
        self._gone = self.dice.choice(
            ("senderStatus", "dnsTxtSendingRecord", "dnsCnameBounceRecord", "verificationStatus")
        )
        super().begin()

    def lie(self, method: str, path: str, status: int, body: Any) -> tuple[int, Any]:
        if status == 200 and path.endswith("/activation"):
            return status, _without(body, self._gone)
        return status, body


def _without(body: dict[str, Any], key: str) -> dict[str, Any]:
    return {k: _without(v, key) if isinstance(v, dict) else v for k, v in body.items() if k != key}


class Words(_Answers):
    """A word nobody knows, which passes."""

    def lie(self, method: str, path: str, status: int, body: Any) -> tuple[int, Any]:
        if status == 200 and path.endswith("/activation"):
            return status, body | {"senderStatus": "UnderMaintenance"}
        return status, body


#: What only advises.
_ADVICE = (
    "/api/v2/outbound/", "/api/v2/routing/email/domains", "/api/v2/routing/email/setup", "/api/v2/organizations/limits",
    "/api/v2/authorization/subjects/me",
)  # fmt: skip


class Forbids(_Answers):
    """403, 404, or a body that makes no sense, for a part of what only advises."""

    def begin(self) -> None:
        self._part, self._status = self.dice.choice(_ADVICE), self.dice.choice((403, 403, 404, 200))
        super().begin()

    def lie(self, method: str, path: str, status: int, body: Any) -> tuple[int, Any]:
        if not path.startswith(self._part):
            return status, body
        if self._status == 200:
            return 200, {"entities": 5, "grants": {"x": []}, "rootDomain": ["x"], "total": "many"}
        return self._status, {"message": "missing permission", "code": "missing.permissions", "status": self._status}


class Fails(_Answers):
    """500 for a part of the API."""

    def begin(self) -> None:
        self._part = self.dice.choice(("/api/v2/outbound/", DOMAINS, "/api/v2/tokens/me", f"{DOMAINS}/{self.name}"))
        super().begin()

    def lie(self, method: str, path: str, status: int, body: Any) -> tuple[int, Any]:
        if path.startswith(self._part):
            return 500, {"message": "internal", "code": "internal", "status": 500}
        return status, body


class OtherOrg(Liar):
    """The credentials are those of another org, from the next token on."""

    def begin(self) -> None:
        machine = self.world.genesys
        if not machine.known:  # the first org that the bot meets is its own
            return
        machine.credentials = machine.sandbox
        machine.tokens.clear()

    def end(self) -> None:
        machine = self.world.genesys
        machine.credentials = machine.home
        machine.tokens.clear()


class Deprovisions(Liar):
    """The org takes it out of service, and perhaps back in."""

    def begin(self) -> None:
        found = self.world.genesys.home.has(self.name)
        if found is not None and found.verified_at is not None:
            found.status = "Deprovisioned"
            self.world.history.note("org deprovisioned", self.name)

    def end(self) -> None:
        found = self.world.genesys.home.has(self.name)
        if found is not None and found.status == "Deprovisioned":
            found.status = "RequestReceived"
            self.world.history.note("org provisioned again", self.name)


class Rotates(Liar):
    """The key is another one."""

    def begin(self) -> None:
        found = self.world.genesys.home.has(self.name)
        if found is not None:
            found.key = f"{self.dice.getrandbits(64):016x}{found.key[16:]}"
            found.verified[RecordType.TXT] = "Failed"
            self.world.history.note("org rotated", self.name)


class Deleted(Liar):
    """Somebody deletes it in the org's pages, and may make it again."""

    def begin(self) -> None:
        self.world.genesys.home.forget(self.name)

    def end(self) -> None:
        home = self.world.genesys.home
        if self.dice.random() < 0.5 and home.has(self.name) is None and self.name in home.domains:
            home.add(self.name, age=0)
            self.world.history.note("org made by somebody", self.name)


class Made(Liar):
    """Somebody else makes the name in the org just before, and it is in service: theirs."""

    def begin(self) -> None:
        home = self.world.genesys.home
        if self.name in home.domains:
            return
        made = home.add(self.name, provisioned=True)
        self.world.history.note("org made by somebody", self.name)
        self.world.zone.publish(made.records)
        home.campaign("Weekly newsletter", self.name)


class Campaign(Liar):
    """A campaign is switched on."""

    def begin(self) -> None:
        self.world.genesys.home.campaign("Black Friday", self.name)
        self._campaign = self.world.genesys.home.campaigns[-1]

    def end(self) -> None:
        self._campaign["campaignStatus"] = "off"


class Taken(Liar):
    """Another org has the name."""

    def begin(self) -> None:
        self.world.genesys.home.elsewhere.add(self.name)

    def end(self) -> None:
        self.world.genesys.home.elsewhere.discard(self.name)


class Verifies(Liar):
    """Somebody asks the org to verify the name, so that it is activated from outside."""

    def begin(self) -> None:
        home = self.world.genesys.home
        found = home.has(self.name)
        if found is not None:
            found.verified = {
                t: self.world.zone.verified(self.name, found.records).get(t, "Failed") for t in RecordType
            }
            if set(found.verified.values()) == {"Verified"} and found.verified_at is None:
                found.verified_at = self.world.clocks.now()
                self.world.history.note("org activated by somebody", self.name)


class SecondBot(Liar):
    """Another real bot on the same org, for another workspace, whose people have their own idea of the name."""

    EVERY, LONGEST = 90.0, 3 * 3600.0

    def begin(self) -> None:
        world = self.world
        self._on = world.neighbour is None
        if self._on:
            world.neighbour = Neighbour(world)
            wishes = world.neighbour.people.wishes
            wishes[self.name] = "keep"
            if self.dice.random() < 0.6:
                world.loop.call_later(self.dice.choice((200.0, 900.0, 3000.0)), wishes.__setitem__, self.name, "remove")
            self._help()
            world.loop.call_later(self.LONGEST, self.end)

    def _help(self) -> None:
        if self._on and self.world.neighbour is not None:
            self.world.neighbour.people.helpful()
            self.world.loop.call_later(self.EVERY, self._help)

    def end(self) -> None:
        if self._on and self.world.neighbour is not None:
            self._on = False
            self.world.neighbour.process.kill()


class Slow(Liar):
    """Everything there takes long, and what was made or deleted shows late."""

    def begin(self) -> None:
        home = self.world.genesys.home
        home.prepare, home.provision = 1_500_000, 900_000
        home.show_after, home.gone_after = 60_000, 120_000

    def end(self) -> None:
        home = self.world.genesys.home
        home.prepare, home.provision, home.show_after, home.gone_after = 2_000, 3_000, 0, 0


class Storm(Liar):
    """The way there is bad."""

    def begin(self) -> None:
        kind = self.dice.choice(("unreached", "lost", "unanswered", "dropped", "page", "busy", "late"))
        self.world.to_org.weather = Weather(2.0, {kind: 0.3, "dropped": 0.1})

    def end(self) -> None:
        self.world.to_org.weather = Weather()


LIARS: Mapping[str, type[Liar]] = {
    "404 for what is there": NotFound,
    "fields are missing": Fields,
    "an unknown word": Words,
    "campaigns are forbidden": Forbids,
    "a part of the API fails": Fails,
    "another org's token": OtherOrg,
    "deprovisioned": Deprovisions,
    "a rotated key": Rotates,
    "deleted by somebody": Deleted,
    "made by somebody before": Made,
    "a campaign is on": Campaign,
    "another org has it": Taken,
    "activated from outside": Verifies,
    "a second bot": SecondBot,
    "the platform is slow": Slow,
    "the way to the platform is bad": Storm,
}
