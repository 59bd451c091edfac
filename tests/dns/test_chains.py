"""Records behind aliases: silence there is silence, and every look sees what changed behind the first hop."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from bot.dns.look import Dns
from bot.i18n.translator import translator
from bot.model.look import Look, Status
from bot.tryout.dns import Server
from bot.tryout.dns import mistakes as m
from bot.tryout.dns.mistakes import Place
from bot.views.report import as_data
from tests.dns import odd_servers as odd
from tests.dns.conftest import CNAME, NAME, RECORDS, TXT, Clock


async def seen(dns: Dns) -> Look:
    return await dns.look(NAME, RECORDS, confirm=True, fresh=True)


def codes(look: Look) -> list[str]:
    return [finding.code for finding in look.findings]


def said(look: Look, language: str = "en") -> str:
    return "\n".join(f"{one['what']} {one['fix']}" for one in as_data(look, translator(language))["findings"])


# ---- behind a CNAME, silence is silence

_NO_ANSWER = [Server.silence, Server.refuse, Server.servfail, Server.lame, Server.garble]


@pytest.mark.parametrize("fault", _NO_ANSWER)
async def test_a_chain_into_a_zone_without_an_answer_is_unknown(
    at: Place, dns: Dns, fault: Callable[[Server], None]
) -> None:
    odd.all_of(at.elsewhere("hub.net"), fault)
    at.zone.replace(CNAME, "bounce.hub.net.")
    look = await seen(dns)
    assert (look.verdict, look.bad, look.unanimous) == ("unknown", False, False)
    assert codes(look) == ["CNAME_CHAIN_SILENT"]
    assert "ns1.hub.net" in said(look)
    assert "hub.net" in said(look, "ja")


@pytest.mark.parametrize("fault", _NO_ANSWER)
async def test_a_key_behind_such_a_chain_is_unknown_too(at: Place, dns: Dns, fault: Callable[[Server], None]) -> None:
    odd.all_of(at.elsewhere("hub.net"), fault)
    m.no_txt(at)
    at.zone.add(TXT.host, "CNAME", "k.hub.net.")
    look = await seen(dns)
    assert (look.verdict, look.bad) == ("unknown", False)
    assert codes(look) == ["CNAME_CHAIN_SILENT"]


async def test_it_is_the_last_zone_that_is_silent(at: Place, dns: Dns) -> None:
    at.elsewhere("via.net").add("a.via.net", "CNAME", "b.hub.net.")
    odd.all_of(at.elsewhere("hub.net"), Server.silence)
    at.zone.replace(CNAME, "a.via.net.")
    look = await seen(dns)
    assert (look.verdict, codes(look)) == ("unknown", ["CNAME_CHAIN_SILENT"])
    assert look.findings[0].facts["alias_zone"] == "hub.net"


async def test_one_silent_server_behind_a_chain_is_no_obstacle(at: Place, dns: Dns) -> None:
    hub = at.lab.zone("hub.net", nameservers=2)
    hub.add("bounce.hub.net", "CNAME", f"{CNAME.value}.")
    hub.servers[0].silence()
    at.zone.replace(CNAME, "bounce.hub.net.")
    look = await seen(dns)
    assert (look.verdict, codes(look)) == ("visible", ["OK_CHAIN"])


@pytest.mark.parametrize("target", ["nobody.nowhere-at-all.net.", "sparkpostmail.con.", "com.", "localhost.", "."])
async def test_a_target_that_does_not_exist_is_wrong_and_not_silence(at: Place, dns: Dns, target: str) -> None:
    at.zone.replace(CNAME, target)
    look = await seen(dns)
    assert (look.verdict, codes(look)) == ("wrong", ["WRONG_TARGET"])
    assert "``" not in said(look)
    assert f"`{target.rstrip('.') or '.'}`" in said(look)


# ---- aliases at every server, in every look


async def test_a_server_with_the_record_and_one_with_an_alias_to_it_are_both_right(at: Place, dns: Dns) -> None:
    at.elsewhere("hub.net").add("bounce.hub.net", "CNAME", f"{CNAME.value}.")
    at.zone.remove(NAME, "CNAME", only=1)
    at.zone.add(NAME, "CNAME", "bounce.hub.net.", only=1)
    look = await seen(dns)
    assert look.verdict == "visible"
    assert {answer.status for answer in look.records[1].servers} == {Status.RIGHT}


@pytest.mark.parametrize("record", [CNAME, TXT], ids=["CNAME", "TXT"])
async def test_a_repeated_look_sees_what_changed_behind_the_first_hop(
    at: Place, dns: Dns, clock: Clock, record: object
) -> None:
    hub = at.elsewhere("hub.net")
    if record is CNAME:
        at.zone.replace(CNAME, "via.hub.net.")
        hub.add("via.hub.net", "CNAME", "end.hub.net.")
        hub.add("end.hub.net", "CNAME", f"{CNAME.value}.")
    else:
        m.no_txt(at)
        at.zone.add(TXT.host, "CNAME", "via.hub.net.")
        hub.add("via.hub.net", "CNAME", "end.hub.net.")
        hub.add("end.hub.net", "TXT", TXT.value)
    last = await dns.look(NAME, RECORDS)
    assert last.good
    clock.forward(60)
    before = len(at.lab.questions)
    same = await dns.look(NAME, RECORDS, last=last)
    assert same.repeats(last)
    assert len(at.lab.questions) - before == 4 + 2  # one for each hop
    hub.remove("end.hub.net", "CNAME" if record is CNAME else "TXT")
    clock.forward(60)
    look = await dns.look(NAME, RECORDS, last=same)
    assert not look.repeats(same)
    assert look.verdict == "wrong"


async def test_what_is_put_right_behind_the_first_hop_is_seen_as_soon(at: Place, dns: Dns, clock: Clock) -> None:
    hub = at.elsewhere("hub.net")
    at.zone.replace(CNAME, "via.hub.net.")
    last = await dns.look(NAME, RECORDS)
    assert last.verdict == "wrong"
    hub.add("via.hub.net", "CNAME", f"{CNAME.value}.")
    clock.forward(60)
    assert (await dns.look(NAME, RECORDS, last=last)).good


# ---- what shows at resolvers only


async def test_a_repeated_look_sees_dnssec_that_broke(at: Place, dns: Dns, clock: Clock) -> None:
    for resolver in at.lab.resolvers:
        resolver.validate(broken=False)
    last = await dns.look(NAME, RECORDS)
    assert (last.good, last.signed) == (True, True)
    assert Look.from_json(last.as_json()).signed
    clock.forward(60)
    before = len(at.lab.questions)
    same = await dns.look(NAME, RECORDS, last=last)
    assert same.repeats(last)
    assert len(at.lab.questions) - before == 4 + 1
    for resolver in at.lab.resolvers:
        resolver.validate(broken=True)
    clock.forward(60)
    look = await dns.look(NAME, RECORDS, last=same)
    assert (look.verdict, codes(look)) == ("unknown", ["DNSSEC_BOGUS"])
