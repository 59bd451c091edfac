"""Where a missing record is looked for, and what counts as ours there."""

from __future__ import annotations

import pytest

from bot.model.diagnosis.case import Place
from bot.model.diagnosis.wrong_hosts import candidates, earlier, is_ours
from bot.model.records import DnsRecord, RecordType

NAME = "news.sales.xyzcorp.co.jp"
ZONE = "xyzcorp.co.jp"
KEY = "MIIBIjANBgkqhkiG9w0BAQEFAAOCAQ8A"
TXT = DnsRecord(RecordType.TXT, f"scph0126._domainkey.{NAME}", f"v=DKIM1; k=rsa; h=sha256; p={KEY}")
CNAME = DnsRecord(RecordType.CNAME, NAME, "sparkpostmail.com")


def test_the_names_people_and_consoles_make_of_a_host() -> None:
    hosts = {p.code: p.host for p in candidates(TXT, NAME, ZONE) if p.code != "OTHER_SELECTOR"}
    assert hosts == {
        "DUPLICATED_ZONE": f"scph0126._domainkey.{NAME}.{ZONE}",
        "MISSING_SUB": f"scph0126._domainkey.{ZONE}",
        "DUPLICATED_SUB": f"scph0126._domainkey.news.sales.{NAME}",
        "MISSING_UNDERSCORE": f"scph0126.domainkey.{NAME}",
        "MISSING_DOMAINKEY_LABEL": f"scph0126.{NAME}",
        "MISPLACED_UNDERSCORE": f"scph0126_domainkey.{NAME}",
        "DUPLICATED_NAME": f"scph0126._domainkey.{NAME}.{NAME}",
        "MISSING_SELECTOR": f"_domainkey.{NAME}",
        "DKIM_AT_SUB": NAME,
        "DKIM_AT_APEX": ZONE,
        "SUB_SELECTOR_SWAPPED": f"news.sales._domainkey.scph0126.{ZONE}",
    }
    assert [p.host for p in candidates(CNAME, NAME, ZONE)] == [
        f"{NAME}.{ZONE}", f"news.sales.{NAME}", f"{NAME}.{NAME}",
    ]  # fmt: skip


@pytest.mark.parametrize("zone", [NAME, f"_domainkey.{NAME}"], ids=["the name's own", "below the name"])
def test_a_zone_of_its_own_has_no_console_that_appends(zone: str) -> None:
    assert candidates(TXT, NAME, zone) == []


def test_earlier_selectors_of_the_platform_go_back_a_year() -> None:
    found = list(earlier("scph0126"))
    assert (found[0], found[-1], len(found)) == ("scph1225", "scph0125", 12)
    assert list(earlier("scph0200")) == ["scph0100"]
    assert list(earlier("s1")) == list(earlier("scph1326")) == []


@pytest.mark.parametrize(
    ("code", "value", "ours"),
    [
        pytest.param("DUPLICATED_ZONE", TXT.value, True, id="our key"),
        pytest.param("DUPLICATED_ZONE", f'"{TXT.value[:60]}', True, id="our key, spoiled on the way"),
        pytest.param("DUPLICATED_ZONE", "v=spf1 -all", False, id="no key"),
        pytest.param("MISSING_SUB", TXT.value, True, id="our key without the sub-domain"),
        pytest.param("MISSING_SUB", "v=DKIM1; p=OTHER", False, id="the root domain's own key"),
        pytest.param("OTHER_SELECTOR", "v=DKIM1; p=OTHER", True, id="an earlier key is another by its nature"),
    ],
)
def test_what_counts_as_ours(code: str, value: str, ours: bool) -> None:
    assert (is_ours(Place(RecordType.TXT, code, "x"), TXT, [value]) == value) is ours


def test_a_cname_elsewhere_has_to_have_our_target() -> None:
    place = Place(RecordType.CNAME, "DUPLICATED_ZONE", "x")
    assert is_ours(place, CNAME, ["SparkPostMail.com."]) == "SparkPostMail.com."
    assert is_ours(place, CNAME, ["www.example.net"]) is None
