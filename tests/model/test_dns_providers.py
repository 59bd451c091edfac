"""Who serves a zone, and what its console wants typed: one row for each company."""

from __future__ import annotations

from typing import Any

import dns.rdata
import dns.zone
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.i18n.translator import LANGUAGES, translator
from bot.model.dns_providers import HOSTS, Host, serving
from bot.model.records import quoted, zone_line
from tests.views.samples import CNAME, SERVERS, TXT

ZONE = "xyzcorp.com"
SHORT, WHOLE, DOTTED = "scph1126._domainkey.sales", TXT.host, f"{TXT.host}."
PLAIN, QUOTED = TXT.value, quoted(TXT.value)
TARGET, TARGET_DOT = "sparkpostmail.com", "sparkpostmail.com."

#: id: name, host of the TXT, value of the TXT, value of the CNAME
FORMS: dict[str, tuple[str, str, str, str]] = {
    "route53": ("Route 53", SHORT, QUOTED, TARGET),
    "cloudflare": ("Cloudflare", SHORT, PLAIN, TARGET),
    "azure": ("Azure DNS", SHORT, PLAIN, TARGET),
    "google": ("Google Cloud DNS", SHORT, QUOTED, TARGET),
    "godaddy": ("GoDaddy", SHORT, PLAIN, TARGET),
    "namecheap": ("Namecheap", SHORT, PLAIN, TARGET),
    "ionos": ("IONOS", SHORT, PLAIN, TARGET),
    "ovh": ("OVHcloud", SHORT, PLAIN, TARGET_DOT),
    "gandi": ("Gandi", SHORT, PLAIN, TARGET),
    "digitalocean": ("DigitalOcean", SHORT, PLAIN, TARGET),
    "hetzner": ("Hetzner", SHORT, QUOTED, TARGET_DOT),
    "ns1": ("NS1", SHORT, PLAIN, TARGET),
    "vercel": ("Vercel", SHORT, PLAIN, TARGET),
    "hostinger": ("Hostinger", SHORT, PLAIN, TARGET),
    "onamae": ("お名前.com", SHORT, PLAIN, TARGET),
    "onamae_server": ("お名前.comレンタルサーバー", SHORT, PLAIN, TARGET),
    "sakura": ("さくらインターネット", SHORT, PLAIN, TARGET_DOT),
    "sakura_cloud": ("さくらのクラウド", SHORT, PLAIN, TARGET_DOT),
    "xserver": ("Xserver", SHORT, PLAIN, TARGET),
    "muumuu": ("ムームードメイン", SHORT, PLAIN, TARGET),
    "lolipop": ("ロリポップ", SHORT, PLAIN, TARGET),
    "conoha": ("ConoHa", DOTTED, PLAIN, TARGET_DOT),
    "value_domain": ("バリュードメイン", SHORT, PLAIN, TARGET_DOT),
    "gehirn": ("Gehirn", SHORT, PLAIN, TARGET),
    "cpi": ("CPI", SHORT, PLAIN, TARGET),
    "kddi": ("KDDI", SHORT, PLAIN, TARGET),
}


@pytest.mark.parametrize("host", HOSTS, ids=lambda host: host.id)
def test_a_company_is_known_by_its_servers_and_gets_its_own_form(host: Host) -> None:
    assert serving(SERVERS[host.id]) is host
    assert serving(f"{name.upper()}." for name in SERVERS[host.id]) is host
    assert (host.name, host.host(TXT, ZONE), host.value(TXT), host.value(CNAME)) == FORMS[host.id]


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("host", HOSTS, ids=lambda host: host.id)
def test_every_company_has_its_steps_and_its_warnings_in_both_languages(host: Host, language: str) -> None:
    texts = translator(language).texts
    assert "{zone}" in texts[f"host.{host.id}"]
    assert all(f"trap.{key}" in texts for key in (*host.traps, "length"))


def test_no_text_is_left_without_a_company() -> None:
    texts = translator("en").texts
    assert {key for key in texts if key.startswith("host.")} == {f"host.{host.id}" for host in HOSTS}
    used = {f"trap.{trap}" for host in HOSTS for trap in host.traps} | {"trap.length"}
    assert {key for key in texts if key.startswith("trap.")} == used


@pytest.mark.parametrize(
    "nameservers",
    [
        pytest.param((), id="nothing known"),
        pytest.param(("ns1.example.net",), id="a company we do not know"),
        pytest.param(("ns-12.awsdns-01.com", "ns1.example.net"), id="not all of them"),
        pytest.param(("ns1.dns.ne.jp", "ns1.xserver.jp"), id="two companies"),
        pytest.param(("ns1.vercel-dns.com.example.net",), id="only the beginning"),
    ],
)
def test_a_company_is_named_only_where_it_is_sure(nameservers: tuple[str, ...]) -> None:
    assert serving(nameservers) is None


def test_a_value_that_is_too_long_for_a_console_is_said_and_never_shortened() -> None:
    sakura = next(host for host in HOSTS if host.id == "sakura")
    short = TXT.__class__(TXT.type, TXT.host, "v=DKIM1; p=AAAA")
    assert [*sakura.warnings([TXT, CNAME])] == ["length", *sakura.traps]
    assert [*sakura.warnings([short, CNAME])] == [*sakura.traps]
    assert sakura.value(TXT) == TXT.value


# ---- as a zone file has it


@given(st.text(max_size=800).filter(lambda text: text.isprintable()))
def test_a_quoted_value_is_read_back_whole(value: str) -> None:
    read: Any = dns.rdata.from_text("IN", "TXT", quoted(value))
    strings: tuple[bytes, ...] = read.strings
    assert b"".join(strings) == value.encode()
    assert all(len(string) <= 255 for string in strings)


def test_a_value_is_split_only_where_it_has_to_be() -> None:
    assert quoted("v=DKIM1; p=AAAA") == '"v=DKIM1; p=AAAA"'
    assert quoted("x" * 255).count('"') == 2
    assert quoted("x" * 256) == f'"{"x" * 255}" "x"'


def test_lines_of_a_zone_file_are_read_back_whole() -> None:
    text = "\n".join(["@ 60 IN SOA ns1 host 1 2 3 4 5", "@ 60 IN NS ns1.example.net.", *map(zone_line, (TXT, CNAME))])
    zone = dns.zone.from_text(text, origin=ZONE)
    assert zone.find_rdataset(SHORT, "TXT")[0].strings == (TXT.value[:255].encode(), TXT.value[255:].encode())
    assert zone.find_rdataset("sales", "CNAME")[0].target.to_text() == TARGET_DOT
