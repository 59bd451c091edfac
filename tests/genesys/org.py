"""The org inside the simulated Genesys Cloud: its domains, permissions, limits and campaigns, and how they change."""

from __future__ import annotations

import base64
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from bot.model.records import DnsRecord, RecordType
from bot.ports import Clock

DOMAINS = "/api/v2/routing/email/outbound/domains"
ORG, CLIENT_ID = "XYZ Corp", "0b0e1c1d-0000-4000-8000-000000000009"
ORG_ID, OTHER_ORG_ID = "0c0c0c0c-0000-4000-8000-000000000001", "0c0c0c0c-0000-4000-8000-000000000002"
MANAGE = {"domain": "routing", "entityName": "email", "actions": ["manage"]}
CAMPAIGNS = {"domain": "outbound", "entityName": "emailCampaign", "actions": ["view"]}
SCHEDULES = {"domain": "outbound", "entityName": "emailCampaignSchedule", "actions": ["view"]}

#: Looks at DNS as the platform does: ``Verified``, ``Failed`` or ``Unknown`` for each record.
Verify = Callable[[str, tuple[DnsRecord, ...]], Awaitable[Mapping[RecordType, str]]]


@dataclass
class Domain:
    """One outbound domain of the org."""

    name: str
    created_at: int
    key: str
    status: str = "RequestReceived"
    type: str = "EmailDomain"
    verified: dict[RecordType, str] = field(default_factory=lambda: dict.fromkeys(RecordType, "Pending"))
    verified_at: int | None = None
    deleted_at: int | None = None
    target: str = "sparkpostmail.com"

    @property
    def records(self) -> tuple[DnsRecord, ...]:
        return (
            DnsRecord(RecordType.TXT, f"scph1126._domainkey.{self.name}", f"v=DKIM1; k=rsa; h=sha256; p={self.key}"),
            DnsRecord(RecordType.CNAME, self.name, self.target),
        )


class Refusal(Exception):
    def __init__(self, status: int, code: str, message: str) -> None:
        self.status, self.code, self.message = status, code, message


class Org:
    """Everything behind the wire. Time is the clock's: what was created or deleted shows when it is due."""

    def __init__(self, clock: Clock, org_id: str = ORG_ID, org: str = ORG) -> None:
        self._clock = clock
        self.org_id, self.org = org_id, org
        self.domains: dict[str, Domain] = {}
        self.created: list[str] = []  #: every creation that really happened
        self.elsewhere: set[str] = set()  #: names that other orgs have
        self.inbound: list[dict[str, Any]] = [
            {"id": "support.xyzcorp.com", "name": "support.xyzcorp.com", "subDomain": False}
        ]
        self.root = "mypurecloud.com"
        self.policies: list[dict[str, Any]] = [MANAGE, CAMPAIGNS, SCHEDULES]
        self.campaigns: list[dict[str, Any]] = []
        self.schedules: list[dict[str, Any]] = []
        self.limit, self.licensed = 15, True
        self.prepare, self.provision = 2_000, 3_000  #: ms until the records are there; from verification on
        self.show_after, self.gone_after = 0, 0  #: ms of eventual consistency after creating, after deleting
        self.verify: Verify = self.blind
        self._serial = 0

    async def blind(self, name: str, records: tuple[DnsRecord, ...]) -> Mapping[RecordType, str]:
        return {}

    async def act(self, method: str, path: str, query: Mapping[str, str], body: Any) -> tuple[int, Any]:
        """Status and body of a call by somebody with a token; raises :class:`Refusal`."""
        if path == "/api/v2/tokens/me":
            org = {"id": self.org_id, "name": self.org}
            client = {"id": CLIENT_ID, "name": "emaildomain", "authorizedGrantType": "CLIENT-CREDENTIALS"}
            return 200, {"organization": org, "homeOrganization": org, "OAuthClient": client}
        if path == "/api/v2/authorization/subjects/me":
            role = {"id": "0b0e1c1d-0000-4000-8000-00000000000a", "name": "Email domain bot", "policies": self.policies}
            return 200, {"id": CLIENT_ID, "name": "", "grants": [{"subjectId": CLIENT_ID, "role": role}], "version": 1}
        if path == "/api/v2/organizations/limits/namespaces/email":
            return 200, {"entities": [{"key": "outbound.domains.max", "namespace": "email", "value": self.limit}]}
        if path.startswith("/api/v2/outbound/"):
            return self._outbound(path, query)
        self._need("routing", "email", "manage")
        if path == "/api/v2/routing/email/setup":
            return 200, {"rootDomain": self.root}
        if path == "/api/v2/routing/email/domains":
            return 200, self._page(query, self.inbound)
        if path == DOMAINS:
            return self._create(body) if method == "POST" else (200, self._list(query))
        name, _, what = path.removeprefix(f"{DOMAINS}/").partition("/")
        return await self._one(method, name, what)

    def _need(self, domain: str, entity: str, action: str) -> None:
        for policy in self.policies:
            if (policy["domain"], policy["entityName"]) == (domain, entity) and action in policy["actions"]:
                return
        text = "Unable to perform the requested action. You are missing the following permission(s): "
        raise Refusal(403, "missing.permissions", f"{text}{domain}:{entity}:{action}")

    def _page(self, query: Mapping[str, str], entities: list[Any], size: int | None = None) -> dict[str, Any]:
        size = size or int(query.get("pageSize", 25))
        number = int(query.get("pageNumber", 1))
        count = max(1, -(-len(entities) // size))
        return {
            "entities": entities[(number - 1) * size : number * size], "pageSize": size, "pageNumber": number,
            "total": len(entities), "pageCount": count,
        }  # fmt: skip

    # ---- domains

    def _create(self, body: dict[str, Any]) -> tuple[int, Any]:
        name = str(body["id"]).lower()
        known = self.domains.get(name)
        if not self.licensed:
            raise Refusal(403, "not.authorized", "The organization does not have the required product license.")
        if known is not None and known.deleted_at is None:
            raise Refusal(400, "postino.domain.exists", "The outbound domain already exists.")
        if name in self.elsewhere:
            raise Refusal(400, "postino.domain.exists", "The outbound domain already exists.")
        if len(self._here()) >= self.limit:
            raise Refusal(
                400, "postino.max.domains.exceeded", "The maximum number of domains for the org has been exceeded."
            )
        self._serial += 1
        key = base64.b64encode(bytes([self._serial % 256]) * 294).decode()
        self.domains[name] = Domain(name, self._clock.now(), key)
        self.created.append(name)
        return 202, {"domainName": name, "senderStatus": "RequestReceived", "senderType": "EmailDomain"}

    def add(
        self, name: str, *, provisioned: bool = False, age: int = 10 * 86_400_000, type: str = "EmailDomain"
    ) -> Domain:
        """A domain that somebody made in Genesys Cloud itself, ``age`` ms ago."""
        self._serial += 1
        key = base64.b64encode(bytes([self._serial % 256]) * 294).decode()
        made = self.domains[name] = Domain(name, self._clock.now() - age, key, type=type)
        if provisioned:
            made.verified, made.verified_at = dict.fromkeys(RecordType, "Verified"), made.created_at
        return made

    def _here(self) -> list[Domain]:
        """What a look shows at this moment: creation and deletion take a while to be seen."""
        now = self._clock.now()
        return [
            d for d in self.domains.values()
            if now >= d.created_at + self.show_after
            and (d.deleted_at is None or now < d.deleted_at + self.gone_after)
        ]  # fmt: skip

    def _list(self, query: Mapping[str, str]) -> dict[str, Any]:
        return self._page(query, [self._short(d) for d in sorted(self._here(), key=lambda d: d.name)])

    @staticmethod
    def _short(d: Domain) -> dict[str, Any]:
        """The single domain spells its statuses in capitals."""
        txt, cname = ({"status": d.verified[t].upper()} for t in (RecordType.TXT, RecordType.CNAME))
        return {
            "id": d.name, "name": d.name, "cnameVerificationResult": cname, "dkimVerificationResult": txt,
            "senderType": d.type, "selfUri": f"{DOMAINS}/{d.name}",
        }  # fmt: skip

    async def _one(self, method: str, name: str, what: str) -> tuple[int, Any]:
        found = next((d for d in self._here() if d.name == name), None)
        if found is None:
            raise Refusal(404, "postino.error.not.found", f"The domain {name} was not found.")
        if what == "activation":
            if method == "PUT":
                await self._verify(found)
            return 200, self._result(found)
        if method == "DELETE":
            if found.deleted_at is None:
                found.deleted_at = self._clock.now()
            return 204, None
        return 200, self._short(found)

    async def _verify(self, d: Domain) -> None:
        seen = await self.verify(d.name, d.records)
        d.verified = {t: seen.get(t, "Failed") for t in RecordType}
        if set(d.verified.values()) == {"Verified"} and d.verified_at is None:
            d.verified_at = self._clock.now()

    def _result(self, d: Domain) -> dict[str, Any]:
        now = self._clock.now()
        status = d.status
        if status == "RequestReceived" and d.verified_at is not None:
            done = now >= d.verified_at + self.provision
            status = "Provisioned" if done else "ProvisionRequestSentVendor"
        body: dict[str, Any] = {"domainName": d.name, "senderStatus": status, "senderType": d.type}
        if now < d.created_at + self.prepare:
            return body
        for record, key in zip(d.records, ("dnsTxtSendingRecord", "dnsCnameBounceRecord"), strict=True):
            body[key] = {
                "host": record.host, "recordContents": record.value, "verificationStatus": d.verified[record.type],
            }  # fmt: skip
        return body

    # ---- campaigns

    def _outbound(self, path: str, query: Mapping[str, str]) -> tuple[int, Any]:
        if path == "/api/v2/outbound/messagingcampaigns":
            self._need("outbound", "emailCampaign", "view")
            return 200, self._page(query, self.campaigns)
        self._need("outbound", "emailCampaignSchedule", "view")
        return 200, {"entities": self.schedules}

    def campaign(self, name: str, domain: str, status: str = "on", starts: str | None = None) -> None:
        """A campaign that sends from ``domain``; ``starts``: scheduled for then (ISO 8601, UTC)."""
        number = f"0d0d0d0d-0000-4000-8000-{len(self.campaigns):012d}"
        sender = {"domain": {"id": domain, "name": domain}, "localPart": "hello"}
        self.campaigns.append(
            {
                "id": number, "name": name, "campaignStatus": status, "messagesPerMinute": 10,
                "contactList": {"id": "0f0f0f0f-0000-4000-8000-000000000001"},
                "emailConfig": {
                    "fromAddress": sender,
                    "emailColumns": ["Email"],
                    "contentTemplate": {"id": "0e0e0e0e-0000-4000-8000-000000000001"},
                },
            }
        )  # fmt: skip
        if starts:
            self.schedules.append(
                {
                    "id": f"{number[:-1]}s",
                    "emailCampaign": {"id": number},
                    "intervals": [{"start": starts, "end": starts}],
                }
            )
