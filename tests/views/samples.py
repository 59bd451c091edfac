"""One domain in every state, and the facts of every kind of message, as the services send them."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from bot.i18n.translator import translator
from bot.model.approval import Purpose, Round, Vote
from bot.model.dns_providers import HOSTS, Host
from bot.model.domain import EmailDomain, Entry
from bot.model.lifecycle import Kind, State
from bot.model.look import Answer, Finding, Look, RecordLook, Status
from bot.model.observations import (
    CampaignReading,
    CnameAnswer,
    CnamePoll,
    Delete,
    Observations,
    Org,
    Others,
    Outside,
    ServerAnswer,
    Wish,
)
from bot.model.records import DnsRecord, RecordType
from bot.model.registration import OTHER
from bot.views.context import Context

NAME = "sales.xyzcorp.com"
KEY = "MIIBIjANBgkqhkiG9w0BAQEFAAOCAQ8AMIIBCgKCAQEA" + "wVb7pRkT3nXz9QmL5sYhJ2cF8dGa" * 11 + "wIDAQAB"
TXT = DnsRecord(RecordType.TXT, f"scph1126._domainkey.{NAME}", f"v=DKIM1; k=rsa; h=sha256; p={KEY}")
CNAME = DnsRecord(RecordType.CNAME, NAME, "sparkpostmail.com")
NS = ("ns-12.awsdns-01.com", "ns-700.awsdns-02.net", "ns-1100.awsdns-03.org", "ns-1900.awsdns-04.co.uk")
NOW = 1_795_502_520_000  # 2026-11-24 15:42 in Tokyo
HOUR = 3_600_000
TANAKA, SATO, SUZUKI = "U0TANAKA", "U0SATO", "U0SUZUKI"


def context(language: str = "en", **changes: Any) -> Context:
    facts: dict[str, Any] = {
        "timezone": "Asia/Tokyo", "practice": False, "org": "XYZ Corp", "bot_user": "U0BOT",
        "admin_url": "https://apps.mypurecloud.jp/directory/#/admin/routing/email",
    }  # fmt: skip
    return Context(t=translator(language), **(facts | changes))


def answers(*statuses: Status, found: str = "", why: str | None = None, names: tuple[str, ...] = NS) -> Any:
    return tuple(
        Answer(names[n], f"192.0.2.{n + 1}", status, (found,) if found and status is Status.WRONG else (), why)
        for n, status in enumerate(statuses)
    )


def resolvers(*statuses: Status, until: int | None = None) -> Any:
    names = ("cloudflare", "google", "quad9")
    return tuple(
        Answer(names[n], f"198.51.100.{n + 1}", s, until=until if s is Status.MISSING else None)
        for n, s in enumerate(statuses)
    )


R, W, M, U = Status.RIGHT, Status.WRONG, Status.MISSING, Status.UNKNOWN

_COMMON = {
    "name": NAME, "host": TXT.host, "relative": "scph1126._domainkey.sales", "zone": "xyzcorp.com", "value": TXT.value,
    "type": "TXT", "found": f"{TXT.host}.xyzcorp.com", "domain": "xyzcorp.com", "nameservers": ", ".join(NS[:2]),
    "txt_host": TXT.host, "txt_relative": "scph1126._domainkey.sales", "txt_value": TXT.value, "cname_host": NAME,
    "cname_relative": "sales", "cname_value": "sparkpostmail.com", "other_name": "news.xyzcorp.com",
    "servers": NS[3], "good": ", ".join(NS[:3]), "count": "2", "total": "4", "affected": "1", "minutes": "15",
    "serials": "-",
    "parent": "xyzcorp.com", "resolver": "google", "resolvers": "google", "suffix": "com", "types": "MX",
}  # fmt: skip


def finding(code: str = "KEY_MISMATCH", kind: str = "wrong", record: str | None = "TXT", **facts: str) -> Finding:
    return Finding(code, kind, record, _COMMON | facts)


def as_facts(found: Finding) -> dict[str, Any]:
    return {"code": found.code, "kind": found.kind, "record": found.record, "facts": dict(found.facts)}


def look(txt: Any, cname: Any, *findings: Finding, seen: Any = (), problem: str | None = None) -> Look:
    return Look(
        NAME, NOW, (RecordLook(TXT, txt, seen), RecordLook(CNAME, cname, seen)), "xyzcorp.com", NS, findings, problem
    )


NOTHING = look(answers(M, M, M, M), answers(M, M, M, M), finding("MISSING_BOTH", "missing", None))
RIGHT = look(answers(R, R, R, R), answers(R, R, R, R), seen=resolvers(R, R, R))
MISTAKE = look(answers(W, W, W, W, found="v=spf1 <!channel> `x` -all"), answers(R, R, R, U), finding())
SILENT = look(answers(U, U, U, U, why="timeout"), answers(U, U, U, U, why="servfail"))
HALF = look(answers(R, R, R, M), answers(R, R, R, R), finding("NS_INCONSISTENT"))
SLOW = look(answers(R, R, R, R), answers(R, R, R, R), seen=resolvers(R, M, M, until=NOW + 17 * 60_000))
BROKEN = look((), (), problem="recursor")
ALONE = look(answers(R, R, R, R), answers(R, R, R, R), seen=resolvers(U, U, U))

ROUND = Round(7, Purpose.ACTIVATION, TANAKA, NOW - HOUR, "0123456789abcdef", 2, NOW + 23 * HOUR, votes=(Vote(SATO, 1),))
REMOVAL = Round(8, Purpose.REMOVAL, TANAKA, NOW - HOUR, "0123456789abcdef", 1, NOW + 23 * HOUR)

_LOOKS = {
    State.REGISTERING: None,
    State.AWAITING_DNS: MISTAKE,
    State.STALLED: NOTHING,
    State.DEGRADED: HALF,
    State.REMOVING: HALF,
    State.REMOVED: NOTHING,
}


FORCED = replace(REMOVAL, purpose=Purpose.REMOVAL_FORCED)
RELEASE = replace(REMOVAL, purpose=Purpose.RELEASE)
IMPORT = replace(REMOVAL, purpose=Purpose.IMPORT)


def removal(
    *said: str, problem: str | None = None, deleted: bool = False, published: bool = True, on: tuple[str, ...] = ()
) -> Observations:
    """What is seen while a domain is removed: what each server says of the CNAME."""
    servers = tuple(ServerAnswer(NS[n], f"192.0.2.{n + 1}", CnameAnswer(word)) for n, word in enumerate(said))
    poll = CnamePoll(NOW, servers, problem, denied=False)
    return Observations(
        wish=Wish(NOW - 30 * HOUR, TANAKA),
        last=poll if said or problem else None,
        deleted=Delete(NOW, Org("genesys", "1", "XYZ Corp")) if deleted else None,
        campaigns=CampaignReading(NOW, seen=True, on=on) if on else None,
        published_at=NOW - 40 * HOUR if published else None,
    )


def domain(state: State = State.AWAITING_DNS, **changes: Any) -> EmailDomain:
    facts: dict[str, Any] = {
        "records": () if state is State.REGISTERING else (TXT, CNAME),
        "org": "XYZ Corp", "zone": "xyzcorp.com", "nameservers": NS, "look": _LOOKS.get(state, RIGHT),
        "told": ("seen",), "round": ROUND if state is State.AWAITING_APPROVAL else None,
        "opens_at": NOW + 2 * HOUR if state in (State.WAITING, State.OPEN, State.DEGRADED) else None,
        "trouble": "dns" if state is State.DEGRADED else None,
        "observations": removal("ours", "none") if state is State.REMOVING else Observations(published_at=NOW),
    }  # fmt: skip
    base = EmailDomain("T1", NAME, 1, 3, state, NOW, TANAKA, "C0MAIL", TANAKA, NOW - 30 * HOUR)
    return base.but(**(facts | changes))


def outside(said: str = "") -> EmailDomain:
    """Activated elsewhere; what its owner says of that."""
    found = domain(State.READY)
    seen = Outside(NOW, found.digest, said, TANAKA if said else "")
    return found.but(observations=Observations(published_at=NOW, outside=seen))


#: NS names of every company in the table, as they are seen.
SERVERS: dict[str, tuple[str, ...]] = {
    "route53": NS,
    "cloudflare": ("amy.ns.cloudflare.com", "bob.ns.cloudflare.com"),
    "azure": ("ns1-04.azure-dns.com", "ns2-04.azure-dns.net", "ns3-04.azure-dns.org", "ns4-04.azure-dns.info"),
    "google": ("ns-cloud-a1.googledomains.com", "ns-cloud-a2.googledomains.com"),
    "godaddy": ("ns37.domaincontrol.com", "ns38.domaincontrol.com"),
    "namecheap": ("dns1.registrar-servers.com", "dns2.registrar-servers.com"),
    "ionos": ("ns1045.ui-dns.com", "ns1062.ui-dns.de", "ns1090.ui-dns.biz", "ns1116.ui-dns.org"),
    "ovh": ("dns104.ovh.net", "ns104.ovh.net"),
    "gandi": ("ns-12-a.gandi.net", "ns-13-b.gandi.net", "ns-14-c.gandi.net"),
    "digitalocean": ("ns1.digitalocean.com", "ns2.digitalocean.com"),
    "hetzner": ("hydrogen.ns.hetzner.com", "oxygen.ns.hetzner.com", "helium.ns.hetzner.de"),
    "ns1": ("dns1.p01.nsone.net", "dns2.p01.nsone.net"),
    "vercel": ("ns1.vercel-dns.com", "ns2.vercel-dns.com"),
    "hostinger": ("ns1.dns-parking.com", "ns2.dns-parking.com"),
    "onamae": ("01.dnsv.jp", "02.dnsv.jp", "03.dnsv.jp", "04.dnsv.jp"),
    "onamae_server": ("ns-rs1.gmoserver.jp", "ns-rs2.gmoserver.jp"),
    "sakura": ("ns1.dns.ne.jp", "ns2.dns.ne.jp"),
    "sakura_cloud": ("ns1.gslb2.sakura.ne.jp", "ns2.gslb2.sakura.ne.jp"),
    "xserver": ("ns1.xserver.jp", "ns2.xserver.jp", "ns3.xserver.jp", "ns4.xserver.jp", "ns5.xserver.jp"),
    "muumuu": ("dns01.muumuu-domain.com", "dns02.muumuu-domain.com"),
    "lolipop": ("uns01.lolipop.jp", "uns02.lolipop.jp"),
    "conoha": ("ns-a1.conoha.io", "ns-a2.conoha.io", "ns-a3.conoha.io"),
    "value_domain": ("ns1.value-domain.com", "ns2.value-domain.com", "ns3.value-domain.com"),
    "gehirn": ("ns2.gehirndns.gehirn.jp", "ns3.gehirndns.gehirn.jp"),
    "cpi": ("ns1.cpi.ad.jp", "ns2.cpi.ad.jp"),
    "kddi": ("nsk0.secure.ne.jp", "nsk1.secure.ne.jp"),
}


def served_by(host: Host | None, **changes: Any) -> EmailDomain:
    return domain(nameservers=SERVERS[host.id] if host else ("ns1.example.net", "ns2.example.net"), **changes)


#: Variants of a state that read differently.
DOMAINS: dict[str, EmailDomain] = {state.value: domain(state) for state in State} | {
    "awaiting_dns, nothing known": domain(zone=None, nameservers=(), look=None, conflicts=("MX", "TXT")),
    "awaiting_dns, unchecked": domain(look=SILENT, conflicts=("unchecked",)),
    "awaiting_dns, other provider": domain(look=SLOW, nameservers=("ns1.example.net", "ns2.example.net")),
    "awaiting_dns, no recursor": domain(look=BROKEN),
    "ready, resolvers silent": domain(State.READY, look=ALONE),
    "waiting, held by DNS": domain(State.WAITING, held_by="dns", hold_until=NOW, look=HALF),
    "waiting, held by platform": domain(State.WAITING, held_by="platform", hold_until=NOW),
    "waiting, held by a clock": domain(State.WAITING, held_by="clock", hold_until=NOW),
    **{
        f"open, reported as {word}": domain(State.OPEN, observations=Observations(others=Others((NOW,), word)))
        for word in sorted(OTHER)
    },
    "waiting, DNS lost early": domain(State.WAITING, held_by="dns", look=HALF),
    "waiting, platform lost early": domain(State.WAITING, held_by="platform"),
    **{
        f"awaiting_dns, {why}": domain(look=look((), (), problem=why))
        for why in ("unregistered", "egress", "delegation")
    },
    **{f"awaiting_dns, {host.id}": served_by(host, look=NOTHING) for host in HOSTS if host.id != "route53"},
    "awaiting_dns, EU": domain(records=(TXT, DnsRecord(RecordType.CNAME, NAME, "eu.sparkpostmail.com"))),
    "open, removal asked": domain(State.OPEN, round=REMOVAL),
    "degraded, platform": domain(State.DEGRADED, trouble="platform", look=RIGHT),
    "removing, deleting": domain(State.REMOVING, observations=removal(deleted=True), look=NOTHING),
    "removing, our CNAME": domain(State.REMOVING, observations=removal("ours", "none"), told=("seen", "still_1")),
    "removing, silent": domain(State.REMOVING, observations=removal("none", "no_answer")),
    "removing, nobody": domain(State.REMOVING, observations=removal("no_answer")),
    "removing, odd CNAME": domain(State.REMOVING, observations=removal("not_known", "other")),
    "removing, second round": domain(State.REMOVING, observations=removal("none", "none")),
    "removing, campaigns": domain(State.REMOVING, observations=removal("none", on=("Black *Friday* 1",))),
    "removing, nothing published": domain(State.REMOVING, observations=removal("none", published=False)),
    "removing, unseen": domain(State.REMOVING, observations=removal(published=False), records=()),
    **{
        f"removing, {why}": domain(State.REMOVING, observations=removal(problem=why))
        for why in ("unregistered", "recursor", "delegation", "egress")
    },
    "removing, absent": domain(State.REMOVING, observations=replace(removal("none"), absences=(NOW,))),
    "removing, forced asked": domain(State.REMOVING, observations=removal("ours"), round=FORCED),
    "open, missed": domain(State.OPEN, observations=Observations(absences=(NOW,)), next_platform_at=NOW + HOUR),
    "open, release asked": domain(State.OPEN, round=RELEASE),
    "registering, import asked": domain(State.REGISTERING, importing="over", round=IMPORT),
    "removed, CNAME left": domain(State.REMOVED, told=("seen", "left")),
    "released": domain(State.REMOVED, told=("seen", "released")),
    "removed, gone": domain(State.REMOVED, gone_at=NOW),
    "open, left behind": domain(State.OPEN, left_at=NOW),
}

_FOUND = [as_facts(finding())]
_GONE = [as_facts(finding("MISSING_CNAME", "missing", "CNAME", host=NAME, relative="sales", value="sparkpostmail.com",
                          type="CNAME"))]  # fmt: skip
_EVIDENCE = {"servers": [4, 4], "resolvers": [3, 3]}
_ASKED = {
    "round": 7, "token": ROUND.token, "purpose": "activation", "asked_by": TANAKA, "expires_at": NOW + 23 * HOUR,
    "quorum": 2, "anyone": True, "evidence": {"at": NOW, **_EVIDENCE},
}  # fmt: skip


def _decided(outcome: str, purpose: str = "activation", by: str = SATO, reason: str | None = None) -> dict[str, Any]:
    voters = [SATO, SUZUKI] if outcome == "approved" else []
    return {
        "round": 7, "outcome": outcome, "purpose": purpose, "asked_by": TANAKA, "by": by, "voters": voters,
        "reason": reason, "at": NOW,
    }  # fmt: skip


#: Several domains in one message.
_MANY = [NAME, "news.xyzcorp.com", "shop.xyzcorp.com"]
_TOGETHER = {
    "members": [
        {"name": name, "life": 1, "token": ROUND.token, "records": [TXT.as_json(), CNAME.as_json()]} for name in _MANY
    ],
    "digest": "0123456789abcdef",
}  # fmt: skip
_REASON = "Use *news* first,\nsee <@U0SUZUKI> & `x`"
_OVER = {"outcome": "rejected", "by": SATO, "voters": [], "reason": _REASON, "at": NOW}
_S = State

#: (title, kind, state in which it is worded, facts, who is mentioned)
NOTICES: list[tuple[str, Kind, EmailDomain, dict[str, Any], tuple[str, ...]]] = [
    ("records", Kind.RECORDS, domain(look=None), {}, ()),
    ("another key", Kind.DEGRADED, domain(_S.DEGRADED, trouble="key"), {"since": NOW, "trouble": "key"}, (TANAKA,)),
    (
        "the old key", Kind.REMINDER, domain(_S.OPEN),
        {"why": "old_key", "host": TXT.host, "value": TXT.value}, (TANAKA,),
    ),
    ("card, another key", Kind.CARD, domain(_S.DEGRADED, trouble="key"), {}, ()),
    (
        "many taken out", Kind.DEGRADED, domain(_S.DEGRADED, trouble="platform"),
        {"since": NOW, "trouble": "platform", "names": _MANY, "group": "T1/x#1/degraded/1"}, (TANAKA,),
    ),
    (
        "many owed", Kind.READY, domain(_S.READY, unprovisioned=True),
        {"again": True, "unprovisioned": True, "names": _MANY, "group": "T1/x#1/ready/2"}, (TANAKA,),
    ),
    ("many asked for", Kind.APPROVAL, domain(_S.AWAITING_APPROVAL), _ASKED | _TOGETHER, (SATO,)),
    ("many, over", Kind.APPROVAL, domain(_S.READY), _ASKED | _TOGETHER | {"decided": _OVER}, (SATO,)),
    ("card again", Kind.CARD, domain(_S.READY), {}, ()),
    ("card, activated elsewhere", Kind.CARD, outside(), {}, ()),
    ("card, activated elsewhere long ago", Kind.CARD, outside("over"), {}, ()),
    ("wrong", Kind.WRONG_RECORD, domain(), {"findings": _FOUND, "lost": False}, (SUZUKI,)),
    ("wrong, two", Kind.WRONG_RECORD, domain(), {"findings": [*_FOUND, *_GONE], "lost": False}, (SUZUKI,)),
    ("lost", Kind.WRONG_RECORD, domain(look=HALF), {"findings": _GONE, "lost": True}, (SUZUKI,)),
    ("lost, nothing found", Kind.WRONG_RECORD, domain(look=HALF), {"findings": [], "lost": True}, (SUZUKI,)),
    ("ready", Kind.READY, domain(_S.READY), _EVIDENCE | {"again": False}, (TANAKA,)),
    ("ready again", Kind.READY, domain(_S.READY), _EVIDENCE | {"again": True}, (TANAKA,)),
    ("ready, alone", Kind.READY, domain(_S.READY), {"servers": [4, 4], "resolvers": None, "again": False}, (TANAKA,)),
    ("ready again, alone", Kind.READY, domain(_S.READY), {"servers": [4, 4], "resolvers": None, "again": True}, ()),
    ("ready, later", Kind.READY, domain(_S.OPEN), _EVIDENCE | {"again": False}, (TANAKA,)),
    ("ready, taken back", Kind.READY, domain(_S.READY), {"again": True, "unprovisioned": True}, (TANAKA,)),
    ("ready, no counts", Kind.READY, domain(_S.READY), {"again": True}, (TANAKA,)),
    ("approval", Kind.APPROVAL, domain(_S.AWAITING_APPROVAL, conflicts=("MX",)), _ASKED, (SATO, "S0APPROVERS")),
    ("approval, later", Kind.APPROVAL, domain(_S.READY), _ASKED, (SATO,)),
    (
        "approval, unchecked", Kind.APPROVAL, domain(_S.AWAITING_APPROVAL, conflicts=("unchecked",)),
        _ASKED | {"evidence": {"at": NOW, "servers": [3, 4], "resolvers": None}}, (SATO,),
    ),
    ("approval, over", Kind.APPROVAL, domain(_S.READY), _ASKED | {"decided": _OVER}, (SATO,)),
    (
        "approval of removal", Kind.APPROVAL, domain(_S.OPEN, round=REMOVAL),
        _ASKED | {"round": 8, "purpose": "removal", "quorum": 1, "evidence": None, "anyone": False}, (SATO,),
    ),
    ("approved", Kind.DECIDED, domain(_S.ACTIVATING), _decided("approved"), (TANAKA,)),
    ("rejected", Kind.DECIDED, domain(_S.READY), _decided("rejected", reason=_REASON), (TANAKA,)),
    ("withdrawn", Kind.DECIDED, domain(_S.READY), _decided("withdrawn", by=TANAKA), (TANAKA,)),
    ("expired", Kind.DECIDED, domain(_S.READY), _decided("expired", by="clock"), (TANAKA,)),
    *(
        (f"lapsed, {why}", Kind.DECIDED, domain(), _decided("lapsed", by="dns", reason=why), (TANAKA,))
        for why in ("dns", "records", "org", "outside", "gone", "removed", "")
    ),
    *(
        (f"removal {outcome}", Kind.DECIDED, domain(_S.OPEN), _decided(outcome, "removal", reason="x"), (TANAKA,))
        for outcome in ("approved", "rejected", "withdrawn", "expired", "lapsed")
    ),
    ("activated", Kind.ACTIVATED, domain(_S.WAITING), {"opens_at": NOW + 2 * HOUR, "outside": False}, ()),
    ("activated anew", Kind.ACTIVATED, domain(_S.WAITING), {"opens_at": NOW + 2 * HOUR, "how": "anew"}, ()),
    ("second clock", Kind.ACTIVATED, domain(_S.WAITING), {"opens_at": NOW + 2 * HOUR, "how": "upgraded"}, ()),
    ("activated outside", Kind.ACTIVATED, domain(_S.WAITING), {"opens_at": NOW + 2 * HOUR, "outside": True}, ()),
    ("asked how long ago", Kind.ACTIVATED, outside(), {"asked_at": NOW}, (TANAKA,)),
    ("long ago", Kind.ACTIVATED, outside("over"), {"asked_at": NOW}, ()),
    ("nobody is sure", Kind.ACTIVATED, outside("unsure"), {"asked_at": NOW}, ()),
    ("no longer asked", Kind.ACTIVATED, domain(_S.READY), {"asked_at": NOW}, ()),
    ("open long ago", Kind.SENDING_ALLOWED, domain(_S.OPEN), {"outside": True, "by": TANAKA}, ()),
    ("sending allowed", Kind.SENDING_ALLOWED, domain(_S.OPEN), {"opened_at": NOW, "late": False}, (TANAKA,)),
    ("sending allowed, late", Kind.SENDING_ALLOWED, domain(_S.OPEN), {"opened_at": NOW, "late": True}, (TANAKA,)),
    (
        "slow", Kind.FAILED, domain(_S.ACTIVATING),
        {"why": "activation_slow", "missing": ["TXT", "provisioning"], "findings": []}, (TANAKA,),
    ),
    (
        "slow, silent", Kind.FAILED, domain(_S.ACTIVATING),
        {"why": "activation_slow", "missing": ["platform"], "findings": []}, (TANAKA,),
    ),
    ("delete in vain", Kind.FAILED, domain(_S.REMOVING), {"why": "delete_in_vain", "findings": []}, (TANAKA,)),
    ("gave up", Kind.FAILED, domain(_S.READY), {"why": "activation_gave_up", "findings": []}, (TANAKA,)),
    (
        "gave up, why", Kind.FAILED, domain(_S.READY),
        {"why": "activation_gave_up", "missing": ["CNAME"], "findings": []}, (TANAKA,),
    ),
    ("lost while activating", Kind.FAILED, domain(look=HALF), {"why": "dns_lost", "findings": _GONE}, (TANAKA,)),
    (
        "held by DNS", Kind.FAILED, domain(_S.WAITING, held_by="dns", hold_until=NOW, look=HALF),
        {"why": "held_dns", "findings": _GONE}, (TANAKA,),
    ),
    (
        "held by platform", Kind.FAILED, domain(_S.WAITING, held_by="platform", hold_until=NOW),
        {"why": "held_platform", "findings": []}, (TANAKA,),
    ),
    (
        "lost by platform while waiting", Kind.FAILED, domain(_S.WAITING, held_by="platform"),
        {"why": "held_platform", "findings": []}, (TANAKA,),
    ),
    (
        "refused, why", Kind.REMOVED, domain(_S.REMOVED, records=()),
        {"why": "refused", "reason": "failed", "by": "platform", "said": ""}, (),
    ),
    ("lost while waiting", Kind.FAILED, domain(_S.WAITING), {"why": "waiting_dns", "findings": _FOUND}, (TANAKA,)),
    ("stalled", Kind.STALLED, domain(_S.STALLED), {"txt": "missing", "cname": "right", "until": NOW}, (TANAKA,)),
    ("stalled, later", Kind.STALLED, domain(_S.READY), {"txt": "missing", "cname": "right", "until": NOW}, (TANAKA,)),
    (
        "degraded", Kind.DEGRADED, domain(_S.DEGRADED),
        {"since": NOW, "trouble": "dns", "findings": _GONE, "servers": [4, 4]}, (TANAKA,),
    ),
    (
        "degraded, wrong", Kind.DEGRADED, domain(_S.DEGRADED),
        {"since": NOW, "trouble": "dns", "findings": _FOUND, "servers": [4, 4]}, (TANAKA,),
    ),
    (
        "degraded, platform", Kind.DEGRADED, domain(_S.DEGRADED, trouble="platform"),
        {"since": NOW, "trouble": "platform", "findings": [], "servers": [0, 0],
         "campaigns": [{"name": "Spring", "live": True, "starts": None}]}, (TANAKA,),
    ),
    ("recovered", Kind.RECOVERED, domain(_S.OPEN), {"since": NOW - HOUR, "until": NOW}, ()),
    (
        "remind approvers", Kind.REMINDER, domain(_S.AWAITING_APPROVAL),
        {"why": "approval", "round": 7, "token": ROUND.token, "expires_at": NOW + HOUR, "missing": 1}, (SATO,),
    ),
    (
        "remind approvers, later", Kind.REMINDER, domain(_S.ACTIVATING),
        {"why": "approval", "round": 7, "expires_at": NOW + HOUR, "missing": 1}, (SATO,),
    ),
    (
        "remind approvers of removal", Kind.REMINDER, domain(_S.OPEN, round=REMOVAL),
        {"why": "approval", "round": 8, "purpose": "removal", "expires_at": NOW + HOUR, "missing": 1}, (SATO,),
    ),
    ("remind: nothing in 24 h", Kind.REMINDER, domain(look=NOTHING), {"why": "missing"}, (TANAKA,)),
    ("remind: watching ends", Kind.REMINDER, domain(_S.STALLED), {"why": "watch_ends", "until": NOW}, (TANAKA,)),
    ("remind: nothing found", Kind.REMINDER, domain(look=NOTHING), {"why": "nothing"}, (TANAKA,)),
    ("remind: preparing", Kind.REMINDER, domain(_S.REGISTERING), {"why": "preparing"}, ()),
    (
        "guard", Kind.GUARD, domain(_S.WAITING),
        {
            "campaigns": [
                {"name": "Spring <!channel> *sale*", "live": True, "starts": None},
                {"name": "Newsletter", "live": False, "starts": NOW + HOUR},
            ],
            "schedules": False,
        },
        (TANAKA,),
    ),
    ("removed", Kind.REMOVED, domain(_S.REMOVED), {"why": "removed", "by": TANAKA, "said": ""}, ()),
    (
        "removed, unseen", Kind.REMOVED, domain(_S.REMOVED, observations=Observations()),
        {"why": "removed", "by": TANAKA, "said": ""}, (),
    ),
    (
        "refused", Kind.REMOVED, domain(_S.REMOVED, records=()),
        {"why": "refused", "by": "platform", "said": "The <name> is *blocked* & refused"}, (),
    ),
]  # fmt: skip

ENTRIES = [
    Entry(NOW - 9 * HOUR, "added", None, "registering", TANAKA),
    Entry(NOW - 8 * HOUR, "records_known", "registering", "awaiting_dns", "platform"),
    Entry(NOW - 7 * HOUR, "wrong_record", "awaiting_dns", "awaiting_dns", "dns", "DUPLICATED_ZONE"),
    Entry(NOW - 6 * HOUR, "dns_ready", "awaiting_dns", "ready", "dns"),
    Entry(NOW - 5 * HOUR, "asked", "ready", "awaiting_approval", TANAKA),
    Entry(NOW - 4 * HOUR, "rejected", "awaiting_approval", "ready", SATO, _REASON),
]
