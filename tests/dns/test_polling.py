"""Every counted server asked for the CNAME, over real packets: never clean where ours may still stand."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bot.dns import polling
from bot.dns.client.client import DnsClient
from bot.dns.client.messages import Outcome, Reply, RRset
from bot.dns.client.query import InFlightQuery
from bot.dns.client.rate_limits import UNPACED
from bot.dns.look import Dns
from bot.dns.public_resolvers import Resolvers
from bot.dns.recursor import Recursor
from bot.dns.verdict import Verdict, both, verdict
from bot.dns.zone import Zones
from bot.model.observations import CnameAnswer, CnamePoll, ListedServer, Observations, ServerAnswer
from bot.tryout.dns import DnsLab, Server, Zone
from tests.dns.conftest import CNAME, NAME, TIMEOUT, Clock, Desk, look_at

OURS, NOT_KNOWN, NO_ANSWER, OTHER, NONE = CnameAnswer
TARGET = CNAME.value


async def poll(desk: Desk, *former: Server, target: str | None = TARGET) -> CnamePoll:
    listed = tuple(ListedServer(server.name, server.address, desk.clock.now()) for server in former)
    found = await desk.dns.poll(NAME, target=target, former=listed)
    assert Observations.from_json(Observations(last=found).as_json()).last == found
    return found


def said(found: CnamePoll) -> list[tuple[CnameAnswer, str]]:
    return [(row.said, row.why) for row in found.servers]


def row(found: CnamePoll, server: str) -> ServerAnswer:
    return next(one for one in found.servers if one.server == server)


# ---- none


async def test_nothing_stands_there(desk: Desk) -> None:
    found = await poll(desk)
    assert found == CnamePoll(
        desk.clock.now(), tuple(ServerAnswer(s.name, s.address, NONE, "nxdomain") for s in desk.zone.servers)
    )
    assert (found.clean, found.answered, found.against) == (True, True, False)


async def test_a_name_with_other_records_has_no_cname_either(desk: Desk) -> None:
    desk.zone.add(NAME, "MX", "10 mail.xyzcorp.com.")
    found = await poll(desk)
    assert said(found) == [(NONE, "nodata")] * 2
    assert found.clean


async def test_every_server_is_asked_over_udp_and_tcp_and_no_resolver_is(desk: Desk) -> None:
    await poll(desk)
    asked = [q for q in desk.lab.questions if q.name == NAME]
    assert {(q.server, q.tcp) for q in asked if q.type == "CNAME"} == {
        (server.name, tcp) for server in desk.zone.servers for tcp in (False, True)
    }
    assert not [q for q in asked if q.rd]
    assert NAME not in desk.resolver_questions()


async def test_udp_silent_and_tcp_clear_counts(desk: Desk) -> None:
    for server in desk.zone.servers:
        server.mute("udp")
    found = await poll(desk)
    assert said(found) == [(NONE, "nxdomain")] * 2
    assert found.clean


@pytest.mark.parametrize("without", [lambda s: s.mute("tcp"), Server.close_tcp], ids=["silent", "closed"])
async def test_without_tcp_nothing_is_confirmed(desk: Desk, without: Callable[[Server], None]) -> None:
    for server in desk.zone.servers:
        without(server)
    found = await poll(desk)
    assert said(found) == [(NO_ANSWER, "unconfirmed")] * 2
    assert (found.clean, found.answered, found.problem) == (False, False, None)


async def test_without_tcp_ours_still_counts(desk: Desk) -> None:
    desk.zone.publish(CNAME)
    desk.zone.servers[0].mute("tcp")
    assert said(await poll(desk)) == [(OURS, "")] * 2


async def test_a_server_that_knows_small_letters_only(desk: Desk) -> None:
    for server in desk.zone.servers:
        server.small_letters()
    found = await poll(desk)
    assert (said(found), found.problem) == ([(NONE, "nxdomain")] * 2, None)
    desk.zone.publish(CNAME, only=1)
    assert said(await poll(desk)) == [(NONE, "nxdomain"), (OURS, "")]


@pytest.mark.parametrize(("how", "small"), [({"tcp": True}, True), ({"plain": True}, True), ({}, False)])
async def test_in_which_letters_a_question_goes_out(how: dict[str, bool], small: bool) -> None:
    client = DnsClient(budgets=lambda _address, _recursive: UNPACED)
    known = client._server("127.0.0.1", 53, recursive=False)
    name = "a" * 60 + ".example"  # by chance all small once in 2^67
    flight = InFlightQuery(known, name, "CNAME", {"recursive": False, **how})  # type: ignore[typeddict-item]
    assert (flight.asked == flight.asked.lower()) is small
    await client.close()


@pytest.mark.parametrize("harmless", [Server.recase, Server.truncate, lambda s: s.slow(TIMEOUT * 1.5)])
async def test_what_servers_may_do_without_being_doubted(desk: Desk, harmless: Callable[[Server], None]) -> None:
    for server in desk.zone.servers:
        harmless(server)
    assert (await poll(desk)).clean


# ---- ours


@pytest.mark.parametrize(
    "targets",
    [
        pytest.param((f"{TARGET}.",), id="ours"),
        pytest.param(("SparkPostMail.com.",), id="in capitals"),
        pytest.param(("eu.sparkpostmail.com.",), id="another region's"),
        pytest.param(("acme.mail.e.sparkpost.com.",), id="a tenant's"),
        pytest.param(("www.example.com.", f"{TARGET}."), id="one of two CNAMEs"),
        pytest.param(("via.elsewhere.net.",), id="at the end of a chain"),
        pytest.param(("www.example.com.", "via.elsewhere.net."), id="at the end of one of two chains"),
        pytest.param(("through.elsewhere.net.",), id="a chain that goes on behind the carrier"),
    ],
)
async def test_the_carriers_cname_is_ours(desk: Desk, targets: tuple[str, ...]) -> None:
    elsewhere = desk.lab.zone("elsewhere.net")
    elsewhere.add("via.elsewhere.net", "CNAME", "eu.sparkpostmail.com.")
    elsewhere.add("through.elsewhere.net", "CNAME", "bounce.sparkpostmail.com.")
    desk.lab.zone("sparkpostmail.com").add("bounce.sparkpostmail.com", "CNAME", "www.example.com.")
    desk.zone.add(NAME, "CNAME", *targets)
    found = await poll(desk)
    assert said(found) == [(OURS, "")] * 2
    assert not found.clean
    assert found.ours
    assert set(found.servers[0].found) >= {target.rstrip(".").lower() for target in targets}


async def test_the_carrier_is_also_what_our_record_points_to(desk: Desk) -> None:
    desk.zone.add(NAME, "CNAME", "bounce.platform.example.")
    assert (await poll(desk, target="Bounce.platform.example.")).ours
    assert not (await poll(desk, target=None)).ours


async def test_one_lagging_server_is_enough(desk: Desk) -> None:
    desk.zone.publish(CNAME)
    desk.zone.servers[1].freeze()
    desk.zone.remove(NAME, "CNAME")
    found = await poll(desk)
    assert said(found) == [(NONE, "nxdomain"), (OURS, "")]
    assert not found.clean


async def test_a_wildcard_that_leads_to_the_carrier_is_ours(desk: Desk) -> None:
    desk.zone.add("*.xyzcorp.com", "CNAME", f"{TARGET}.")
    assert (await poll(desk)).ours


async def test_a_redirection_of_what_is_above_is_followed(desk: Desk) -> None:
    desk.zone.add("xyzcorp.com", "DNAME", "xyzgroup.net.")
    desk.lab.zone("xyzgroup.net").add("sales.xyzgroup.net", "CNAME", f"{TARGET}.")
    assert (await poll(desk)).ours


# ---- elsewhere


async def test_a_cname_elsewhere_that_ends_in_an_answer(desk: Desk) -> None:
    elsewhere = desk.lab.zone("elsewhere.net")
    elsewhere.add("a.elsewhere.net", "CNAME", "b.elsewhere.net.")
    elsewhere.add("b.elsewhere.net", "A", "192.0.2.1")
    desk.zone.add(NAME, "CNAME", "a.elsewhere.net.")
    found = await poll(desk)
    assert said(found) == [(OTHER, "")] * 2
    assert found.servers[0].found == ("a.elsewhere.net", "b.elsewhere.net")
    assert found.clean


async def test_the_end_of_a_chain_need_not_be_confirmed(desk: Desk) -> None:
    desk.lab.zone("elsewhere.net", nameservers=1).servers[0].close_tcp()
    desk.zone.add(NAME, "CNAME", "a.elsewhere.net.")
    assert said(await poll(desk)) == [(OTHER, "")] * 2


@pytest.mark.parametrize("target", ["gone.elsewhere.net.", "nobody-has-this.net."], ids=["no name", "no domain"])
async def test_a_cname_into_nothing_ends_in_an_answer(desk: Desk, target: str) -> None:
    desk.lab.zone("elsewhere.net")
    desk.zone.add(NAME, "CNAME", target)
    found = await poll(desk)
    assert said(found) == [(OTHER, "")] * 2
    assert found.clean


async def test_a_target_in_a_zone_below_is_asked_there(desk: Desk) -> None:
    below = desk.lab.zone("elsewhere.net").child("deep.elsewhere.net")
    below.add("a.deep.elsewhere.net", "CNAME", f"{TARGET}.")
    desk.zone.add(NAME, "CNAME", "a.deep.elsewhere.net.")
    assert (await poll(desk)).ours


@pytest.mark.parametrize("fault", [Server.silence, Server.refuse, Server.servfail, Server.lame, Server.garble])
async def test_a_chain_whose_end_nobody_tells_is_not_known(desk: Desk, fault: Callable[[Server], None]) -> None:
    for server in desk.lab.zone("elsewhere.net").servers:
        fault(server)
    desk.zone.add(NAME, "CNAME", "a.elsewhere.net.")
    found = await poll(desk)
    assert said(found) == [(NOT_KNOWN, "chain")] * 2
    assert (found.clean, found.against, found.servers[0].found) == (False, True, ("a.elsewhere.net",))


async def test_that_a_target_is_unregistered_is_not_taken_from_a_resolver(desk: Desk) -> None:
    desk.zone.add(NAME, "CNAME", "nobody-has-this.net.")
    desk.lab.zones["com"].servers[0].silence()  # it serves all top-level domains
    found = await poll(desk)
    assert {row.said for row in found.servers if row.address} == {NOT_KNOWN}


@pytest.mark.parametrize("target", ["com.", ".", f"{NAME}."], ids=["a public suffix", "the root", "itself"])
async def test_a_cname_to_where_nothing_can_end(desk: Desk, target: str) -> None:
    desk.zone.add(NAME, "CNAME", target)
    assert {one for one, _ in said(await poll(desk))} == {NOT_KNOWN}


async def test_a_loop_is_not_known(desk: Desk) -> None:
    desk.zone.add(NAME, "CNAME", "one.xyzcorp.com.")
    desk.zone.add("one.xyzcorp.com", "CNAME", "two.xyzcorp.com.")
    desk.zone.add("two.xyzcorp.com", "CNAME", "one.xyzcorp.com.")
    assert said(await poll(desk)) == [(NOT_KNOWN, "loop")] * 2


async def test_chains_that_cross_end_at_once(desk: Desk) -> None:
    desk.zone.add(NAME, "CNAME", "one.xyzcorp.com.", only=0)
    desk.zone.add(NAME, "CNAME", "two.xyzcorp.com.", only=1)
    desk.zone.add("one.xyzcorp.com", "CNAME", "two.xyzcorp.com.")
    desk.zone.add("two.xyzcorp.com", "CNAME", "one.xyzcorp.com.")
    started = asyncio.get_running_loop().time()
    assert said(await poll(desk)) == [(NOT_KNOWN, "loop")] * 2
    assert asyncio.get_running_loop().time() - started < 2


@pytest.mark.parametrize(("hops", "expected"), [(8, OTHER), (9, NOT_KNOWN)])
async def test_a_chain_of_more_than_eight_hops_is_not_known(
    lab: DnsLab, clock: Clock, hops: int, expected: CnameAnswer
) -> None:
    zone = lab.zone("xyzcorp.com", nameservers=1)
    for n in range(1, hops):
        zone.add(f"h{n}.xyzcorp.com", "CNAME", f"h{n + 1}.xyzcorp.com.")
    zone.add(NAME, "CNAME", "h1.xyzcorp.com.")
    dns = look_at(lab, clock)
    assert [one.said for one in (await dns.poll(NAME, target=TARGET)).servers] == [expected]
    await dns.close()


# ---- no answer


@pytest.mark.parametrize(
    ("fault", "why"),
    [
        (Server.silence, "timeout"),
        (Server.refuse, "refused"),
        (Server.servfail, "servfail"),
        (Server.lame, "lame"),
        (Server.garble, "malformed"),
        (lambda server: server.truncate(tcp=False), "truncated"),
        (lambda server: server.fail("CNAME", "NOTIMP"), "servfail"),
    ],
)
async def test_what_is_no_answer_and_never_none(desk: Desk, fault: Callable[[Server], None], why: str) -> None:
    fault(desk.zone.servers[1])
    found = await poll(desk)
    assert said(found) == [(NONE, "nxdomain"), (NO_ANSWER, why)]
    assert (found.clean, found.answered) == (True, False)
    fault(desk.zone.servers[0])
    found = await poll(desk)
    assert said(found) == [(NO_ANSWER, why)] * 2
    assert not found.clean


async def test_nobody_listens(desk: Desk) -> None:
    await desk.zone.servers[1].close()
    assert said(await poll(desk)) == [(NONE, "nxdomain"), (NO_ANSWER, "closed")]


async def test_an_address_without_a_route_from_here_is_shown(desk: Desk) -> None:
    desk.zone.nameserver("ns6.xyzcorp.com", "fe80::53")
    found = await poll(desk)
    assert row(found, "ns6.xyzcorp.com") == ServerAnswer("ns6.xyzcorp.com", "fe80::53", NO_ANSWER, "family")
    assert (found.clean, found.answered) == (True, False)


async def test_a_name_server_without_an_address_is_shown(desk: Desk) -> None:
    for zone in filter(None, (desk.zone, desk.zone.parent)):
        zone.add("xyzcorp.com", "NS", "ns9.nobody-has-this.net.")
    found = await poll(desk)
    assert row(found, "ns9.nobody-has-this.net")[1:4] == ("", NO_ANSWER, "no_address")
    assert (found.clean, found.answered) == (True, False)


async def test_addresses_that_the_recursor_cannot_tell_are_missed(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    recursor = desk.dns._zones.recursor
    ask = recursor.ask

    async def without_aaaa(name: str, rdtype: str) -> Reply:
        return Reply(Outcome.TIMEOUT) if rdtype == "AAAA" else await ask(name, rdtype)

    desk.lab.zone("hosted.com", nameservers=("ns.hosting.net",))
    monkeypatch.setattr(recursor, "ask", without_aaaa)
    found = await desk.dns.poll("sales.hosted.com", target=TARGET)
    assert sorted(said(found)) == [(NO_ANSWER, "no_address"), (NONE, "nxdomain")]


@pytest.fixture
async def outside(lab: DnsLab, clock: Clock) -> AsyncIterator[Dns]:
    """A bot that may not ask at private and loopback addresses, where the laboratory is."""
    client = DnsClient()
    recursor = Recursor(client, lab.recursor, allow_private=False, clock=clock, timeout=TIMEOUT)
    zones = Zones(client, recursor, port=lab.port, clock=clock, timeout=TIMEOUT)
    dns = Dns(client, zones, Resolvers(client, (), TIMEOUT), clock, 2.4)
    yield dns
    await dns.close()


async def test_private_addresses_are_shown_and_not_asked(lab: DnsLab, outside: Dns) -> None:
    zone = lab.zone("xyzcorp.com")
    former = ListedServer("ns.old.net", "10.1.2.3", 0)
    found = await outside.poll(NAME, target=TARGET, former=[former])
    assert {one.server: (one.said, one.why) for one in found.servers} == {
        "com": (NO_ANSWER, "parent"),
        **{server.name: (NO_ANSWER, "private") for server in zone.servers},
        "ns.old.net": (NO_ANSWER, "private"),
    }
    assert found.problem == "delegation"
    assert not lab.asked("ns1.xyzcorp.com")


async def test_a_strangers_zone_cannot_make_us_send_without_bound(desk: Desk) -> None:
    zone = desk.lab.zone("many.com", nameservers=20)
    for n, server in enumerate(zone.servers):
        zone.nameserver(server.name, f"127.9.{n}.1")
        server.silence()
    before = len(desk.lab.questions)
    found = await desk.dns.poll("sales.many.com", target=TARGET)
    assert len(desk.lab.questions) - before <= polling.MAX_PACKETS + 10  # beside the parent
    assert {one.server for one in found.servers} == {server.name for server in zone.servers}
    whys = {one.why for one in found.servers}
    assert "not_asked" in whys
    assert whys <= {"timeout", "closed", "not_asked"}


async def test_however_many_servers_there_are_some_are_shown_as_not_asked(desk: Desk) -> None:
    zone = desk.lab.zone("many.com", nameservers=1)
    zone.add("many.com", "NS", *(f"ns{n}.many.com." for n in range(2, 200)))
    found = await desk.dns.poll("sales.many.com", target=TARGET)
    assert len([one for one in found.servers if one.why == "not_asked"]) == 26
    assert not found.answered


async def test_the_deadline_holds(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(polling, "DEADLINE", 0.5)
    dns = look_at(desk.lab, desk.clock, timeout=10)
    desk.zone.servers[1].silence()
    started = asyncio.get_running_loop().time()
    found = await dns.poll(NAME, target=TARGET)
    assert asyncio.get_running_loop().time() - started < 1.5
    assert said(found) == [(NONE, "nxdomain"), (NO_ANSWER, "timeout")]
    await dns.close()


# ---- who is counted


async def test_a_server_that_only_the_zone_lists_is_counted(desk: Desk) -> None:
    server = desk.lab.zone("old-provider.net", nameservers=1).servers[0]
    desk.zone.publish(CNAME)
    server.serve(desk.zone.master.copy())
    desk.zone.remove(NAME, "CNAME")
    desk.zone.add("xyzcorp.com", "NS", f"{server.name}.")
    found = await poll(desk)
    assert row(found, server.name)[:3] == (server.name, server.address, OURS)
    assert not found.clean


async def test_whom_the_zone_lists_is_asked_in_small_letters_too(desk: Desk) -> None:
    for server in desk.zone.servers:
        server.small_letters()
    desk.zone.add("xyzcorp.com", "NS", "ns9.nobody-has-this.net.")
    found = await poll(desk)
    assert (found.problem, row(found, "ns9.nobody-has-this.net").why) == (None, "no_address")


async def test_a_server_that_only_the_parent_lists_is_counted(desk: Desk) -> None:
    desk.zone.publish(CNAME, only=1)
    desk.zone.remove("xyzcorp.com", "NS")
    desk.zone.add("xyzcorp.com", "NS", "ns1.xyzcorp.com.")
    assert said(await poll(desk)) == [(NONE, "nxdomain"), (OURS, "")]


async def test_an_address_that_only_the_zone_knows_is_counted_beside_the_parents_glue(desk: Desk) -> None:
    moved = desk.lab.zone("moved.net", nameservers=1).servers[0]
    moved.serve(desk.zone.master.copy())
    desk.zone.add("ns1.xyzcorp.com", "A", moved.address)
    found = await poll(desk)
    assert {one.address for one in found.servers} == {moved.address, *(s.address for s in desk.zone.servers)}


async def test_where_no_server_says_whom_the_zone_lists_that_is_not_known(desk: Desk) -> None:
    for server in desk.zone.servers:
        server.fail("NS", "REFUSED")
    found = await poll(desk)
    assert said(found) == [(NONE, "nxdomain")] * 2
    assert (found.problem, found.clean) == ("delegation", False)


async def test_a_former_server_that_still_has_it(desk: Desk) -> None:
    old = desk.lab.zone("old-provider.net", nameservers=1).servers[0]
    desk.zone.publish(CNAME)
    old.serve(desk.zone.master.copy())
    desk.zone.remove(NAME, "CNAME")
    found = await poll(desk, old, desk.zone.servers[0])
    assert [(one.server, one.said) for one in found.servers] == [
        ("ns1.xyzcorp.com", NONE), ("ns2.xyzcorp.com", NONE), ("ns1.old-provider.net", OURS),
    ]  # fmt: skip
    assert not found.clean
    old.drop("xyzcorp.com")
    assert row(await poll(desk, old), old.name)[2:4] == (NO_ANSWER, "refused")


async def test_former_servers_alone_do_not_make_a_poll_clean(desk: Desk) -> None:
    old = desk.lab.zone("old-provider.net", nameservers=1).servers[0]
    old.serve(desk.zone.master.copy())
    for server in desk.zone.servers:
        server.silence()
    found = await poll(desk, old)
    assert row(found, old.name).said is NONE
    assert not found.clean


async def test_each_former_server_is_asked_once(desk: Desk) -> None:
    await poll(desk, *desk.zone.servers)
    assert len([q for q in desk.lab.questions if q.name == NAME and q.type == "CNAME"]) == 4


async def test_nothing_remembered_is_believed(desk: Desk) -> None:
    await desk.look()
    new = desk.lab.zone("new-provider.net", nameservers=1).servers[0]
    for zone in filter(None, (desk.zone, desk.zone.parent)):
        zone.remove("xyzcorp.com", "NS")
        zone.add("xyzcorp.com", "NS", f"{new.name}.")
    new.serve(desk.zone.master.copy())
    assert [one.server for one in (await poll(desk)).servers] == [new.name]


# ---- zones below


@pytest.mark.parametrize("same", [False, True], ids=["other servers", "the parent's own too"])
@pytest.mark.parametrize("cut", [NAME, "deep.xyzcorp.com"])
async def test_the_servers_of_a_zone_below_are_counted(desk: Desk, cut: str, same: bool) -> None:
    name = NAME if cut == NAME else f"sales.{cut}"
    child = desk.zone.child(cut, nameservers=2)
    for server in desk.zone.servers if same else ():
        server.serve(child.master)
    found = await desk.dns.poll(name, target=TARGET)
    assert [one.server for one in found.servers] == [server.name for server in child.servers]
    assert found.clean
    child.add(name, "CNAME", f"{TARGET}.", only=1)
    assert not (await desk.dns.poll(name, target=TARGET)).clean


async def test_a_server_that_missed_a_cut_and_still_has_it_speaks_against_us(desk: Desk) -> None:
    desk.zone.publish(CNAME)
    desk.zone.servers[1].freeze()
    desk.zone.remove(NAME, "CNAME")
    child = desk.zone.child(NAME)
    found = await poll(desk)
    assert {one.server: one.said for one in found.servers} == {"ns2.xyzcorp.com": OURS, child.servers[0].name: NONE}


async def test_where_a_silent_zone_below_holds_the_name_nothing_is_clean(desk: Desk) -> None:
    desk.zone.child(NAME).servers[0].silence()
    desk.zone.servers[1].freeze()
    found = await poll(desk)
    assert said(found) == [(NO_ANSWER, "timeout")]
    assert (found.clean, found.problem) == (False, "delegation")


# ---- who serves it cannot be told


async def test_a_silent_recursor(desk: Desk) -> None:
    desk.lab.recursor_server.silence()
    found = await poll(desk, desk.zone.servers[0])
    assert (found.problem, found.denied, found.clean) == ("recursor", False, False)
    assert said(found) == [(NONE, "nxdomain")]


@pytest.fixture
def expired(desk: Desk) -> Zone:
    """The parent knows the domain no more; its servers still have our CNAME."""
    desk.zone.publish(CNAME)
    desk.lab.expire(desk.zone)
    return desk.zone


async def test_the_parent_denies_it_while_the_zone_is_still_served(desk: Desk, expired: Zone) -> None:
    found = await poll(desk, expired.servers[0])
    assert (found.problem, found.denied) == ("unregistered", True)
    assert said(found) == [(OURS, "")]
    assert not found.clean


async def test_a_denial_that_is_not_confirmed_over_tcp_is_none(desk: Desk, expired: Zone) -> None:
    desk.lab.zones["com"].servers[0].mute("tcp")
    found = await poll(desk)
    assert (found.problem, found.denied) == ("delegation", False)


async def test_a_denial_because_of_capitals_is_none(desk: Desk) -> None:
    desk.lab.zones["com"].servers[0].small_letters()
    found = await poll(desk)
    assert (found.problem, found.denied, found.clean) == (None, False, True)


@pytest.mark.parametrize("fault", [Server.silence, Server.refuse, Server.servfail, Server.lame])
async def test_a_denial_by_anybody_but_the_parents_servers_is_none(
    desk: Desk, expired: Zone, fault: Callable[[Server], None]
) -> None:
    fault(desk.lab.zones["com"].servers[0])
    found = await poll(desk)
    assert (found.problem, found.denied) == ("delegation", False)


async def test_a_recursor_that_denies_everything(desk: Desk) -> None:
    desk.lab.recursor_server.deny()
    found = await poll(desk, desk.zone.servers[0])
    assert (found.problem, found.denied, found.clean) == ("delegation", False, False)
    assert said(found) == [(NONE, "nxdomain")]


@pytest.mark.parametrize("fault", [Server.silence, Server.refuse, Server.servfail])
async def test_without_the_parent_the_recursor_tells_and_that_is_shown(
    desk: Desk, fault: Callable[[Server], None]
) -> None:
    fault(desk.lab.zones["com"].servers[0])
    found = await poll(desk)
    assert found.servers[0] == ServerAnswer("com", "", NO_ANSWER, "parent")
    assert said(found)[1:] == [(NONE, "nxdomain")] * 2
    assert (found.problem, found.clean, found.answered) == (None, True, False)


async def test_nothing_gets_out(desk: Desk) -> None:
    for server in desk.lab.servers:
        server.block()
    found = await poll(desk)
    assert (found.problem, found.clean) == ("egress", False)
    assert {one.why for one in found.servers} == {"parent", "timeout"}


async def test_only_addresses_without_a_route_from_here(desk: Desk) -> None:
    zone = desk.lab.zone("six.com", nameservers=1)
    for holder in filter(None, (zone, zone.parent)):
        holder.remove("ns1.six.com", "A")
        holder.add("ns1.six.com", "AAAA", "fe80::53")
    found = await desk.dns.poll("sales.six.com", target=TARGET)
    assert (said(found), found.problem) == ([(NO_ANSWER, "family")], "egress")


async def test_a_public_suffix_is_nobodys(desk: Desk) -> None:
    assert (await desk.dns.poll("co.jp", target=TARGET)).problem == "delegation"


# ---- pure


def reply(rcode: str = "NOERROR", *answer: tuple[str, str, str], aa: bool = True, cut: bool = False) -> Reply:
    sets = tuple(RRset(name, rdtype, 300, (value,)) for name, rdtype, value in answer)
    return Reply(Outcome.ANSWER, rcode, aa, cut, sets)


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        pytest.param(reply("NXDOMAIN"), Verdict(NONE, "nxdomain"), id="no such name"),
        pytest.param(reply(), Verdict(NONE, "nodata"), id="other types"),
        pytest.param(reply(aa=False), Verdict(NO_ANSWER, "lame"), id="nothing, without authority"),
        pytest.param(reply("NXDOMAIN", aa=False), Verdict(NO_ANSWER, "lame"), id="a denial without authority"),
        pytest.param(reply(cut=True), Verdict(NO_ANSWER, "truncated"), id="cut"),
        pytest.param(reply("YXDOMAIN"), Verdict(NO_ANSWER, "servfail"), id="any other code"),
        pytest.param(Reply(Outcome.NOT_ASKED), Verdict(NO_ANSWER, "family"), id="no such family here"),
        pytest.param(
            reply("NOERROR", (NAME, "A", "192.0.2.1")), Verdict(NO_ANSWER, "malformed"), id="not the question"
        ),
        pytest.param(
            reply("NOERROR", ("xyzcorp.com", "DNAME", "net.")), Verdict(NO_ANSWER, "malformed"), id="a bare DNAME"
        ),
        pytest.param(
            reply("NXDOMAIN", (NAME, "CNAME", "a.net")), Verdict(OTHER, "", ("a.net",)), id="NXDOMAIN of its target"
        ),
        pytest.param(
            reply("NOERROR", (NAME, "CNAME", "a.net"), ("a.net", "CNAME", "sparkpost.com")),
            Verdict(OURS, "", ("sparkpost.com", "a.net")),
            id="the rest of the chain in the same answer",
        ),
        pytest.param(
            reply("NOERROR", (NAME, "CNAME", TARGET), aa=False), Verdict(OURS, "lame", (TARGET,)), id="ours, but lame"
        ),
        pytest.param(
            reply("NOERROR", (NAME, "CNAME", "a.net"), aa=False), Verdict(NO_ANSWER, "lame"), id="elsewhere, but lame"
        ),
    ],
)
def test_what_one_reply_says(given: Reply, expected: Verdict) -> None:
    assert verdict(given, NAME, TARGET) == expected


CLEAR, SILENT, REFUSED = Verdict(NONE, "nxdomain"), Verdict(NO_ANSWER, "timeout"), Verdict(NO_ANSWER, "refused")
AWAY, HERE, LOST = Verdict(OTHER, "", ("a.net",)), Verdict(OURS, "", (TARGET,)), Verdict(NOT_KNOWN, "chain", ("b.net",))


@pytest.mark.parametrize(
    ("udp", "tcp", "expected"),
    [
        (CLEAR, CLEAR, CLEAR),
        (SILENT, CLEAR, CLEAR),
        (SILENT, AWAY, AWAY),
        (Verdict(NO_ANSWER, "closed"), CLEAR, CLEAR),
        (Verdict(NO_ANSWER, "truncated"), CLEAR, CLEAR),
        (CLEAR, SILENT, Verdict(NO_ANSWER, "unconfirmed")),
        (CLEAR, Verdict(NO_ANSWER, "closed"), Verdict(NO_ANSWER, "unconfirmed")),
        (AWAY, SILENT, Verdict(NO_ANSWER, "unconfirmed", ("a.net",))),
        (CLEAR, REFUSED, REFUSED),
        (REFUSED, CLEAR, REFUSED),
        (SILENT, REFUSED, REFUSED),
        (Verdict(NO_ANSWER, "truncated"), SILENT, Verdict(NO_ANSWER, "truncated")),
        (CLEAR, AWAY, AWAY),
        (AWAY, CLEAR, AWAY),
        (AWAY, LOST, LOST._replace(found=("b.net", "a.net"))),
        (SILENT, LOST, LOST),
        (LOST, SILENT, LOST),
        (HERE, LOST, HERE._replace(found=(TARGET, "b.net"))),
        (REFUSED, HERE, HERE),
        (HERE, SILENT, HERE),
    ],
)
def test_the_worse_of_udp_and_tcp_counts(udp: Verdict, tcp: Verdict, expected: Verdict) -> None:
    assert both(udp, tcp) == expected


# ---- whatever the servers are like

_HAVE: dict[str, tuple[str, ...]] = {
    "nothing": (),
    "elsewhere": ("a.elsewhere.net.",),
    "unknown": ("a.silent.net.",),
    "ours": (f"{TARGET}.",),
    "eu": ("eu.sparkpostmail.com.",),
    "among": ("a.elsewhere.net.", f"{TARGET}."),
    "behind": ("via.elsewhere.net.",),
}
_CARRIER = {"ours", "eu", "among", "behind"}
_REACHABLE: dict[str, Callable[[Server], None]] = {
    "well": Server.heal,
    "truncates": Server.truncate,
    "no TCP": lambda server: server.mute("tcp"),
    "no UDP": lambda server: server.mute("udp"),
    "small letters": Server.small_letters,
    "recases": Server.recase,
}
_FAULTS: dict[str, Callable[[Server], None]] = {
    **_REACHABLE,
    "silent": Server.silence,
    "refuses": Server.refuse,
    "fails": Server.servfail,
    "lame": Server.lame,
    "garbles": Server.garble,
}
_SERVERS = st.tuples(st.sampled_from(sorted(_HAVE)), st.sampled_from(sorted(_FAULTS)))


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.tuples(_SERVERS, _SERVERS, _SERVERS))
async def test_no_poll_is_clean_while_a_reachable_server_gives_the_carriers_cname(
    desk: Desk, drawn: tuple[tuple[str, str], ...]
) -> None:
    lab = desk.lab
    if "elsewhere.net" not in lab.zones:
        elsewhere = lab.zone("elsewhere.net", nameservers=1)
        elsewhere.add("a.elsewhere.net", "A", "192.0.2.1")
        elsewhere.add("via.elsewhere.net", "CNAME", "eu.sparkpostmail.com.")
        lab.zone("silent.net", nameservers=1).servers[0].silence()
        third = lab.zone("third.net", nameservers=("ns.hosting.net",)).servers[0]
        third.serve(desk.zone.master)
        desk.zone.servers.append(third)  # the zone lists it, its parent does not
        desk.zone.add("xyzcorp.com", "NS", f"{third.name}.")
    desk.zone.remove(NAME, "CNAME")
    for index, (server, (has, fault)) in enumerate(zip(desk.zone.servers, drawn, strict=True)):
        server.heal()
        _FAULTS[fault](server)
        if _HAVE[has]:
            desk.zone.add(NAME, "CNAME", *_HAVE[has], only=index)
    found = await poll(desk)
    told = {one.server: one.said for one in found.servers}
    by_name = dict(zip((server.name for server in desk.zone.servers), drawn, strict=True))
    listed = any(fault in _REACHABLE for _, fault in drawn[:2])  # else nobody names the third
    counted = {name: one for name, one in by_name.items() if listed or name != "ns.hosting.net"}
    for name, (has, fault) in counted.items():
        assert name in told
        if has in _CARRIER and fault in _REACHABLE:
            assert told[name] is OURS
            assert not found.clean
        if told[name] in (NONE, OTHER):
            assert has in ("nothing", "elsewhere")
            assert fault in _REACHABLE
    if found.clean:
        assert not [
            has for has, fault in counted.values() if has not in ("nothing", "elsewhere") and fault in _REACHABLE
        ]
