"""One look at one domain, over real packets: what each kind of server makes of it, and whom nobody asked too early."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

import pytest

from bot.dns.look import build
from bot.model.look import Status
from bot.model.records import DnsRecord, RecordType
from bot.tryout.dns import DnsLab, Server
from tests.dns.conftest import CNAME, KEY, NAME, RECORDS, TIMEOUT, TXT, Clock, Desk, look_at

OTHER = TXT.value.replace("Zx9", "Yw8")


def codes(look: object) -> list[str]:
    return [finding.code for finding in look.findings]  # type: ignore[attr-defined]


# ---- right


async def test_published_and_visible(desk: Desk) -> None:
    desk.publish()
    look = await desk.look()
    assert look.good
    assert look.verdict == "visible"
    assert (look.servers(), look.resolvers()) == ((2, 2), (3, 3))
    assert (look.zone, look.nameservers) == ("xyzcorp.com", ("ns1.xyzcorp.com", "ns2.xyzcorp.com"))
    assert look.findings == ()
    assert look.at == desk.clock.now()


@pytest.mark.parametrize(
    "values",
    [
        pytest.param((f"v=DKIM1;k=rsa;p={KEY}",), id="h left out allows every hash"),
        pytest.param((f"v=DKIM1; p={KEY[:90]} {KEY[90:]}; h=sha256;",), id="other order, white space inside the key"),
        pytest.param((TXT.value, "v=spf1 -all"), id="a TXT beside it that is no key"),
        pytest.param((TXT.value, "v=DMARC1; p=none"), id="DMARC has a p= too, but is no key"),
    ],
)
async def test_other_ways_to_write_the_same_key_are_right(desk: Desk, values: tuple[str, ...]) -> None:
    desk.publish()
    desk.zone.replace(TXT, *values)
    assert (await desk.look()).good


@pytest.mark.parametrize("target", ["SparkPostMail.com.", "sparkpostmail.com."])
async def test_case_and_final_dot_of_the_target_do_not_matter(desk: Desk, target: str) -> None:
    desk.publish()
    desk.zone.replace(CNAME, target)
    assert (await desk.look()).good


async def test_a_txt_behind_an_alias_is_right_and_says_so(desk: Desk, lab: DnsLab) -> None:
    desk.publish()
    lab.zone("elsewhere.net", nameservers=1).add("key.elsewhere.net", "TXT", TXT.value)
    desk.zone.remove(TXT.host, "TXT")
    desk.zone.add(TXT.host, "CNAME", "key.elsewhere.net.")
    look = await desk.look(confirm=True)
    assert look.good
    assert look.confirmed
    assert codes(look) == ["OK_DKIM_CNAME"]


async def test_the_bounce_cname_is_compared_by_its_first_hop(desk: Desk, lab: DnsLab) -> None:
    desk.publish()
    lab.zone("sparkpostmail.com", nameservers=1).add("sparkpostmail.com", "A", "192.0.2.1")
    assert (await desk.look()).good
    assert not lab.asked("ns1.sparkpostmail.com")


@pytest.mark.parametrize("cut", [f"_domainkey.{NAME}", NAME.partition(".")[2]])
async def test_records_in_a_zone_of_their_own_are_found_there(desk: Desk, cut: str) -> None:
    holder = desk.zone if cut == "xyzcorp.com" else desk.zone.child(cut)
    desk.zone.publish(CNAME)
    holder.publish(TXT)
    look = await desk.look()
    assert look.good
    assert {a.server for a in look.records[0].servers} == {s.name for s in holder.servers}


async def test_a_cut_made_after_the_first_look_is_noticed_at_once(desk: Desk) -> None:
    desk.publish()
    await desk.look()
    child = desk.zone.child(f"_domainkey.{NAME}")
    assert (await desk.look()).records[0].status is Status.MISSING
    child.publish(TXT)
    assert (await desk.look()).good


# ---- whom nobody asks too early


async def test_resolvers_are_not_asked_before_everything_is_published(desk: Desk) -> None:
    await desk.look()
    desk.zone.publish(TXT)
    await desk.look()
    desk.zone.publish(CNAME, only=0)
    await desk.look()
    assert not [name for name in desk.resolver_questions() if name.endswith(NAME)]
    desk.zone.publish(CNAME, only=1)
    await desk.look()
    assert [name for name in desk.resolver_questions() if name.endswith(NAME)]


async def test_so_a_record_is_visible_the_moment_it_is_published(desk: Desk) -> None:
    for _ in range(3):
        await desk.look()
    desk.publish()
    assert (await desk.look()).good


async def test_resolvers_may_be_left_out(desk: Desk) -> None:
    desk.publish()
    look = await desk.look(resolvers=False)
    assert look.visible is None
    assert look.good
    assert not [name for name in desk.resolver_questions() if name.endswith(NAME)]


# ---- servers that misbehave


@pytest.mark.parametrize(
    ("fault", "why"),
    [
        (Server.silence, "timeout"),
        (Server.servfail, "servfail"),
        (Server.refuse, "refused"),
        (Server.lame, "lame"),
        (Server.garble, "malformed"),
        (lambda server: server.truncate(tcp=False), "truncated"),
    ],
)
async def test_no_usable_answer_is_unknown_and_does_not_block(
    desk: Desk, fault: Callable[[Server], None], why: str
) -> None:
    desk.publish()
    fault(desk.zone.servers[1])
    look = await desk.look()
    assert [a.why for a in look.records[0].servers] == [None, why]
    assert look.records[0].status is Status.RIGHT
    assert look.good


@pytest.mark.parametrize(
    ("fault", "code"),
    [
        (Server.silence, "NS_UNREACHABLE"),
        (Server.servfail, "LAME_DELEGATION"),
        (Server.refuse, "LAME_DELEGATION"),
        (Server.lame, "LAME_DELEGATION"),
        (lambda server: server.truncate(tcp=False), "TCP_BLOCKED"),
    ],
)
async def test_unknown_everywhere_is_never_missing(desk: Desk, fault: Callable[[Server], None], code: str) -> None:
    for server in desk.zone.servers:
        fault(server)
    look = await desk.look()
    assert look.verdict == "unknown"
    assert not look.good
    assert not look.bad
    assert codes(look) == [code]


@pytest.mark.parametrize(
    ("fault", "code"), [(Server.silence, "NS_UNREACHABLE_PARTIAL"), (Server.refuse, "LAME_PARTIAL")]
)
async def test_one_bad_server_among_good_ones_is_a_note(desk: Desk, fault: Callable[[Server], None], code: str) -> None:
    desk.publish()
    fault(desk.zone.servers[0])
    look = await desk.look()
    assert [(f.code, f.kind) for f in look.findings] == [(code, "note")]
    assert look.findings[0].facts["servers"] == "ns1.xyzcorp.com"


@pytest.mark.parametrize(
    "harmless",
    [
        pytest.param(lambda s: s.slow(TIMEOUT * 1.5), id="slow"),
        pytest.param(Server.recase, id="changes the case of the question"),
        pytest.param(lambda s: s.flood(50), id="forged answers before each true one"),
        pytest.param(Server.truncate, id="cut on UDP, whole on TCP"),
    ],
)
async def test_what_servers_may_do_without_being_wrong(desk: Desk, harmless: Callable[[Server], None]) -> None:
    desk.publish()
    for server in desk.zone.servers:
        harmless(server)
    look = await desk.look()
    assert look.good
    assert look.findings == ()


async def test_a_stale_secondary_blocks(desk: Desk) -> None:
    desk.zone.servers[1].freeze()
    desk.publish()
    look = await desk.look()
    assert not look.good
    assert look.verdict == "wrong"
    assert codes(look) == ["NS_INCONSISTENT", "NS_INCONSISTENT"]
    assert look.findings[0].facts["servers"] == "ns2.xyzcorp.com"
    desk.zone.servers[1].heal()
    assert (await desk.look()).good


async def test_a_server_without_a_route_from_here_is_left_out(desk: Desk) -> None:
    desk.publish()
    desk.zone.nameserver("ns6.xyzcorp.com", "fe80::53")
    look = await desk.look()
    assert {a.server for a in look.records[0].servers} == {"ns1.xyzcorp.com", "ns2.xyzcorp.com"}
    assert look.good


async def test_a_name_server_without_address_is_a_note(desk: Desk) -> None:
    desk.publish()
    for zone in (desk.zone, desk.zone.parent):
        assert zone is not None
        zone.add("xyzcorp.com", "NS", "ns9.nobody-has-this.net.")
    look = await desk.look()
    assert codes(look) == ["NS_NAME_PARTIAL"]
    assert look.good


# ---- wrong and missing


@pytest.mark.parametrize(
    ("published", "expected", "verdict"),
    [
        pytest.param({}, ["MISSING_BOTH"], "missing", id="nothing"),
        pytest.param({"CNAME": ["sparkpostmail.com."]}, ["MISSING_DKIM"], "missing", id="no TXT"),
        pytest.param({"TXT": [TXT.value]}, ["MISSING_CNAME"], "missing", id="no CNAME"),
        pytest.param({"TXT": [OTHER], "CNAME": ["sparkpostmail.com."]}, ["KEY_MISMATCH"], "wrong", id="another key"),
        pytest.param(
            {"TXT": [TXT.value], "CNAME": ["eu.sparkpostmail.com."]}, ["WRONG_REGION"], "wrong", id="another region"
        ),
        pytest.param({"TXT": [TXT.value], "CNAME": ["mail.example."]}, ["WRONG_TARGET"], "wrong", id="another target"),
        pytest.param(
            {"TXT": ["v=spf1 -all"], "CNAME": ["sparkpostmail.com."]}, ["OTHER_TXT_ONLY"], "wrong", id="SPF only"
        ),
        pytest.param(
            {"TXT": [TXT.value, OTHER], "CNAME": ["sparkpostmail.com."]},
            ["MULTIPLE_KEYS"],
            "wrong",
            id="two keys are wrong even if ours is one of them",
        ),
        pytest.param(
            {"TXT": [TXT.value], "CNAME": ["sparkpostmail.com.", "example.com."]},
            ["MULTIPLE_CNAMES"],
            "wrong",
            id="two CNAMEs",
        ),
    ],
)
async def test_what_is_wrong_is_named(
    desk: Desk, published: dict[str, list[str]], expected: list[str], verdict: str
) -> None:
    for record in RECORDS:
        if record.type in published:
            desk.zone.add(record.host, record.type.value, *published[record.type.value])
    look = await desk.look()
    assert codes(look) == expected
    assert look.verdict == verdict
    assert not look.good


async def test_a_name_that_exists_without_txt_is_told_from_one_that_does_not(desk: Desk) -> None:
    desk.zone.publish(CNAME)
    assert codes(await desk.look()) == ["MISSING_DKIM"]
    desk.zone.add(TXT.host, "A", "192.0.2.1")
    assert codes(await desk.look()) == ["MISSING_DKIM_NODATA"]


async def test_other_records_at_the_name_explain_the_missing_cname(desk: Desk) -> None:
    desk.zone.publish(TXT)
    desk.zone.add(NAME, "MX", "10 mail.xyzcorp.com.")
    look = await desk.look()
    assert codes(look) == ["EXISTING_RECORDS_CONFLICT"]
    assert look.findings[0].facts["types"] == "MX"


async def test_what_a_wildcard_gives_is_no_conflict(desk: Desk) -> None:
    desk.zone.add("*.xyzcorp.com", "A", "192.0.2.80")
    desk.zone.publish(TXT)
    assert codes(await desk.look()) == ["MISSING_CNAME"]


async def test_a_repeated_look_asks_for_no_other_types(desk: Desk) -> None:
    desk.publish()
    last = await desk.look()
    desk.lab.questions.clear()
    await desk.dns.look(NAME, RECORDS, last=last)
    assert not [q for q in desk.lab.questions if q.type in ("MX", "A", "AAAA") and q.name == NAME]


async def test_txt_beside_the_cname(desk: Desk) -> None:
    desk.publish()
    desk.zone.add(NAME, "TXT", "v=spf1 -all")
    look = await desk.look()
    assert codes(look) == ["CNAME_AND_OTHER_DATA"]
    assert not look.good


async def test_swapped_records(desk: Desk) -> None:
    desk.zone.add(TXT.host, "CNAME", "sparkpostmail.com.")
    desk.zone.publish(CNAME)
    look = await desk.look()
    assert "DKIM_IS_CNAME" in codes(look)
    assert look.verdict == "wrong"


@pytest.mark.parametrize("target", ["key.nobody-has-this.net.", f"{TXT.host}."], ids=["to nothing", "to itself"])
async def test_an_alias_that_leads_nowhere_ends(desk: Desk, target: str) -> None:
    desk.zone.publish(CNAME)
    desk.zone.add(TXT.host, "CNAME", target)
    look = await desk.look()
    assert not look.good
    assert look.records[0].status is not Status.RIGHT


async def test_the_sending_name_as_a_zone_of_its_own(desk: Desk) -> None:
    desk.zone.child(NAME).publish(TXT)
    look = await desk.look()
    assert codes(look) == ["DELEGATED_SUBDOMAIN"]
    assert look.verdict == "wrong"


async def test_a_domain_nobody_registered(lab: DnsLab, clock: Clock) -> None:
    dns = look_at(lab, clock)
    look = await dns.look(NAME, RECORDS)
    assert (look.problem, codes(look), look.verdict) == ("unregistered", ["DOMAIN_NOT_REGISTERED"], "missing")
    await dns.close()


async def test_a_silent_recursor_is_unknown(desk: Desk) -> None:
    desk.publish()
    desk.lab.recursor_server.silence()
    look = await desk.look()
    assert (look.problem, look.verdict, look.good) == ("recursor", "unknown", False)


async def test_what_is_known_of_the_zone_outlives_the_recursor(desk: Desk) -> None:
    desk.publish()
    await desk.look()
    desk.lab.recursor_server.silence()
    assert (await desk.look()).good
    assert (await desk.look(fresh=True)).good  # the parent's servers are known, too
    desk.clock.forward(3601)
    assert (await desk.look()).problem == "recursor"


# ---- resolvers


async def test_one_of_three_resolvers_may_lag_but_not_two(desk: Desk) -> None:
    desk.publish()
    await desk.look()
    desk.zone.replace(CNAME, "elsewhere.net.")
    for resolver in desk.lab.resolvers[1:]:
        resolver.forget()
        resolver.resolve(NAME, "CNAME")  # these two now remember another target
    desk.zone.replace(CNAME, "sparkpostmail.com.")
    look = await desk.look()
    assert not look.good
    assert look.verdict == "published"
    assert codes(look) == ["RESOLVER_DISAGREES"] * 2
    desk.lab.resolvers[1].forget()
    assert (await desk.look()).good


async def test_a_negative_answer_says_until_when(desk: Desk) -> None:
    desk.lab.resolvers[0].resolve(NAME, "CNAME")  # somebody else asked too early
    desk.clock.forward(100)
    desk.publish()
    look = await desk.look()
    answer = look.records[1].resolvers[0]
    assert answer.status is Status.MISSING
    assert answer.until == desk.clock.now() + 200_000  # the SOA allowed 300 s, 100 of them are over
    assert [(f.code, f.facts["minutes"]) for f in look.findings] == [("NEGATIVE_CACHE", "4")]
    desk.clock.forward(200)
    assert (await desk.look()).resolvers() == (3, 3)


async def test_silent_resolvers_leave_published_alone_to_count(desk: Desk) -> None:
    desk.publish()
    for resolver in desk.lab.resolvers:
        resolver.silence()
    look = await desk.look()
    assert look.visible is None
    assert look.good


async def test_resolvers_that_fail_are_not_silent(desk: Desk) -> None:
    desk.publish()
    for resolver in desk.lab.resolvers:
        resolver.servfail()
    look = await desk.look()
    assert look.visible is False
    assert not look.good


async def test_a_validating_resolver_tells_broken_dnssec(desk: Desk) -> None:
    desk.publish()
    desk.lab.resolvers[1].validate(broken=True)
    look = await desk.look()
    assert [(f.code, f.facts["resolvers"]) for f in look.findings if f.kind == "unknown"] == [
        ("DNSSEC_BOGUS", "google")
    ]
    assert not look.good


# ---- confirmation, time


async def test_one_server_is_confirmed_over_tcp_and_two_by_each_other(lab: DnsLab, clock: Clock) -> None:
    zone = lab.zone("xyzcorp.com", nameservers=1)
    for record in RECORDS:
        zone.publish(record)
    dns = look_at(lab, clock)
    assert not (await dns.look(NAME, RECORDS)).confirmed
    assert not any(q.tcp for q in lab.questions)
    assert (await dns.look(NAME, RECORDS, confirm=True)).confirmed
    assert {q.type for q in lab.questions if q.tcp} == {"TXT", "CNAME"}
    await dns.close()


async def test_two_servers_need_no_tcp(desk: Desk) -> None:
    desk.publish()
    assert (await desk.look(confirm=True)).confirmed
    assert not any(q.tcp for q in desk.lab.questions)


async def test_nothing_right_is_nothing_confirmed(desk: Desk) -> None:
    assert not (await desk.look(confirm=True)).confirmed


async def test_the_deadline_holds_whatever_is_silent(lab: DnsLab, clock: Clock) -> None:
    zone = lab.zone("xyzcorp.com", nameservers=2)
    for record in RECORDS:
        zone.publish(record)
    dns = look_at(lab, clock, deadline=0.5, timeout=10)
    await dns.look(NAME, RECORDS)
    zone.servers[1].silence()
    started = asyncio.get_running_loop().time()
    look = await dns.look(NAME, RECORDS)
    assert 0.45 < asyncio.get_running_loop().time() - started < 0.8
    assert [a.status for a in look.records[0].servers] == [Status.RIGHT, Status.UNKNOWN]
    await dns.close()


# ---- survey and health


@pytest.mark.parametrize(
    ("types", "expected"),
    [
        pytest.param({}, (), id="nothing there"),
        pytest.param({"MX": "10 mail.xyzcorp.com."}, ("MX",), id="mail would stop"),
        pytest.param({"A": "192.0.2.1", "TXT": "v=spf1 -all"}, ("A", "TXT"), id="a web site with SPF"),
        pytest.param({"CNAME": "sparkpostmail.com."}, (), id="the CNAME itself is no conflict"),
    ],
)
async def test_a_survey_sees_what_stands_at_the_name(
    desk: Desk, types: dict[str, str], expected: tuple[str, ...]
) -> None:
    for rdtype, value in types.items():
        desk.zone.add(NAME, rdtype, value)
    survey = await desk.dns.survey(NAME)
    assert (survey.checked, survey.types, survey.apex) == (True, expected, False)
    assert not [name for name in desk.resolver_questions() if name.endswith(NAME)]


async def test_a_survey_is_not_fooled_by_a_wildcard(desk: Desk) -> None:
    desk.zone.add("*.xyzcorp.com", "A", "192.0.2.80")
    assert (await desk.dns.survey(NAME)).types == ()
    desk.zone.add(NAME, "A", "192.0.2.1")
    assert (await desk.dns.survey(NAME)).types == ("A",)


async def test_a_survey_tells_a_zone_of_its_own(desk: Desk) -> None:
    desk.zone.child(NAME)
    survey = await desk.dns.survey(NAME)
    assert (survey.checked, survey.apex, survey.zone) == (True, True, NAME)


@pytest.mark.parametrize("fault", [Server.silence, Server.refuse, Server.servfail])
async def test_a_survey_that_learned_nothing_says_so(desk: Desk, fault: Callable[[Server], None]) -> None:
    for server in desk.zone.servers:
        fault(server)
    survey = await desk.dns.survey(NAME)
    assert (survey.checked, survey.problem) == (False, "silent")


async def test_a_survey_names_what_keeps_it_from_looking(desk: Desk) -> None:
    assert (await desk.dns.survey("sales.nobody-has-this.com")).problem == "unregistered"
    desk.lab.recursor_server.silence()
    assert (await desk.dns.survey("sales.other.net")).problem == "recursor"


async def test_health(desk: Desk) -> None:
    health = await desk.dns.health()
    assert health.ok
    assert health.recursor == ":".join(map(str, desk.lab.recursor))
    assert [answers for _, _, answers in health.resolvers] == [True] * 3
    assert health.tcp is True


async def test_health_tells_where_only_tcp_is_blocked(desk: Desk) -> None:
    root = desk.lab.zones[""].servers[0]
    assert root._tcp is not None
    asyncio.get_running_loop().remove_reader(root._tcp)
    root._tcp.close()
    root._tcp = None
    health = await desk.dns.health()
    assert (health.egress, health.tcp, health.ok) == (True, False, True)


async def test_health_tells_a_blocked_port_from_a_silent_recursor(desk: Desk) -> None:
    desk.lab.zones[""].servers[0].silence()
    health = await desk.dns.health()
    assert (health.recursor_answers, health.egress, health.ok) == (True, False, False)
    desk.lab.recursor_server.silence()
    desk.lab.resolvers[2].silence()
    health = await desk.dns.health()
    assert (health.recursor_answers, health.egress, health.ok) == (False, None, False)
    assert [answers for _, _, answers in health.resolvers] == [True, True, False]


@pytest.mark.parametrize("private", [False, True])
async def test_only_the_setting_lets_us_ask_inside_whatever_the_recursor_is(desk: Desk, *, private: bool) -> None:
    lab = desk.lab
    dns = build(recursor=lab.recursor, resolvers=(), dns_port=lab.port, clock=desk.clock, private=private)
    desk.zone.publish(TXT)
    lab.questions.clear()
    look = await dns.look(NAME, (TXT,))
    assert bool([q for q in lab.questions if q.server.startswith("ns")]) is private
    assert look.records[0].published is private
    await dns.close()


async def test_only_records_given_are_looked_at(desk: Desk) -> None:
    other = DnsRecord(RecordType.CNAME, "other.xyzcorp.com", "sparkpostmail.com")
    desk.zone.publish(other)
    look = await desk.look(other)
    assert [r.record for r in look.records] == [other]
    assert look.good
