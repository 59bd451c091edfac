"""``emaildomain check`` as somebody types it: a process of its own that looks at a laboratory."""

from __future__ import annotations

import asyncio
import json
import os
import sys
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from bot.i18n.translator import translator
from bot.model.records import DnsRecord, RecordType
from bot.terminal import BadUsage, records
from bot.tryout.dns import DnsLab, Zone
from bot.tryout.dns.catalogue import MISTAKES
from bot.tryout.dns.mistakes import Place
from tests.dns.conftest import CNAME, NAME, TXT

BOTH = (f"--txt={TXT.host}={TXT.value}", f"--cname={CNAME.value}")
ROOT = str(Path(__file__).parent.parent)


@dataclass
class Said:
    status: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        return json.loads(self.out)


@dataclass
class Terminal:
    """A zone where both records are right, and a terminal to look at it from."""

    desk: Place

    @property
    def zone(self) -> Zone:
        return self.desk.zone

    async def check(self, *arguments: str, name: str = NAME, **environ: str) -> Said:
        env = {"PATH": os.defpath, "PYTHONPATH": ROOT, "PYTHONUTF8": "1", **self.desk.lab.settings, **environ}
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "bot", "check", name, *arguments,
            env=env, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE,
        )  # fmt: skip
        out, err = await process.communicate()
        assert process.returncode is not None
        return Said(process.returncode, out.decode(), err.decode())


@pytest.fixture
async def terminal() -> AsyncIterator[Terminal]:
    lab = DnsLab()
    await lab.start()
    zone = lab.zone("xyzcorp.com")
    for record in (TXT, CNAME):
        zone.publish(record)
    yield Terminal(Place(lab, zone, TXT, CNAME))
    await lab.stop()


async def test_right_and_visible(terminal: Terminal) -> None:
    said = await terminal.check(*BOTH)
    assert (said.status, said.err) == (0, "")
    assert said.out.startswith(f"{NAME}: right and visible\nZone xyzcorp.com, served by ns1.xyzcorp.com")
    assert TXT.value in said.out
    assert "\x1b" not in said.out, "no colour where nobody looks"


async def test_the_json_has_exactly_its_keys(terminal: Terminal) -> None:
    terminal.zone.replace(CNAME, "sparkpostmial.com.")
    said = await terminal.check(*BOTH, "--json")
    assert said.status == 1
    servers = [{"server": f"ns{n}.xyzcorp.com", "status": "right", "found": [TXT.value]} for n in (1, 2)]
    wrong = [{"server": f"ns{n}.xyzcorp.com", "status": "wrong", "found": ["sparkpostmial.com"]} for n in (1, 2)]
    findings = said.json.pop("findings")
    data = said.json
    del data["findings"]
    assert data == {
        "name": NAME,
        "verdict": "wrong",
        "records": [
            {"type": "TXT", "host": TXT.host, "expected": TXT.value, "servers": servers},
            {"type": "CNAME", "host": NAME, "expected": "sparkpostmail.com", "servers": wrong},
        ],
    }
    assert [set(finding) for finding in findings] == [{"code", "what", "fix"}]
    assert findings[0]["code"] == "WRONG_TARGET"
    assert "sparkpostmial.com" in findings[0]["what"]
    assert "`sparkpostmail.com`" in findings[0]["fix"]


@pytest.mark.parametrize(
    ("code", "status", "verdict"),
    [
        ("DUPLICATED_ZONE", 1, "wrong"),
        ("MISSING_BOTH", 1, "missing"),
        ("DOMAIN_NOT_REGISTERED", 1, "missing"),
        ("LAME_DELEGATION", 3, "unknown"),
        ("NS_UNREACHABLE", 3, "unknown"),
        ("EGRESS_BLOCKED", 3, "unknown"),
        ("DNSSEC_BOGUS", 3, "unknown"),
        ("NS_UNREACHABLE_PARTIAL", 0, "visible"),
        ("OK_CHAIN", 0, "visible"),
    ],
)
async def test_exit_status_and_verdict(terminal: Terminal, code: str, status: int, verdict: str) -> None:
    MISTAKES[code](terminal.desk)
    said = await terminal.check(*BOTH, "--json")
    assert (said.status, said.json["verdict"]) == (status, verdict)
    assert said.json["findings"][0]["code"] == code


async def test_published_but_not_visible_is_not_there_yet(terminal: Terminal) -> None:
    for resolver in terminal.desk.lab.resolvers:
        resolver.silence()
    said = await terminal.check(*BOTH, "--json")
    assert (said.status, said.json["verdict"]) == (1, "published")


async def test_one_record_alone(terminal: Terminal) -> None:
    terminal.zone.remove(NAME, "CNAME")
    said = await terminal.check(BOTH[0], "--json")
    assert (said.status, [r["type"] for r in said.json["records"]]) == (0, ["TXT"])
    said = await terminal.check(BOTH[1], "--json")
    assert (said.status, [f["code"] for f in said.json["findings"]]) == (1, ["MISSING_CNAME"])


@pytest.mark.parametrize(
    ("environ", "words"),
    [
        ({"LANG": "ja_JP.UTF-8"}, "二重に付き"),
        ({"EMAILDOMAIN_LANGUAGE": "ja"}, "二重に付き"),
        ({"EMAILDOMAIN_LANGUAGE": "en", "LANG": "ja_JP.UTF-8"}, "appended"),
        ({"LANG": "de_DE.UTF-8"}, "appended"),
    ],
)
async def test_in_the_language_of_the_terminal(terminal: Terminal, environ: dict[str, str], words: str) -> None:
    MISTAKES["DUPLICATED_ZONE"](terminal.desk)
    said = await terminal.check(*BOTH, **environ)
    assert words in said.out
    assert "scph1126._domainkey.sales" in said.out
    assert TXT.value not in said.out.splitlines()[-1], "only the host has to be changed"


@pytest.mark.parametrize(
    ("code", "status", "words"),
    [
        ("OK_CHAIN", 3, "CNAME to bounce.xyzcorp.com"),
        ("MISSING_CNAME", 3, "At the name itself: nothing"),
        ("EXISTING_RECORDS_CONFLICT", 1, "leave it as it is"),
        ("DELEGATED_SUBDOMAIN", 1, "zone of its own"),
        ("DOMAIN_NOT_REGISTERED", 1, "not registered"),
        ("NS_UNREACHABLE", 3, "could not be checked"),
    ],
)
async def test_without_values_it_says_what_it_can(terminal: Terminal, code: str, status: int, words: str) -> None:
    MISTAKES[code](terminal.desk)
    said = await terminal.check()
    assert said.status == status
    assert words in said.out
    assert (await terminal.check("--json")).json["records"] == []


@pytest.mark.parametrize(
    ("name", "arguments", "words"),
    [
        (NAME, ("--txt", "no equals sign"), "HOST=VALUE"),
        (NAME, ("--txt", f"scph1126._domainkey.sales={TXT.value}"), "scph1126._domainkey.sales.xyzcorp.com?"),
        (NAME, ("--cname", "https://sparkpostmail.com/"), "sparkpostmail.com"),
        (NAME, ("--unknown",), "No such option"),
        (NAME, (*BOTH, BOTH[0]), "--txt can be given once only"),
        (NAME, (*BOTH, BOTH[1]), "--cname can be given once only"),
        ("not a name", (), "not a"),
        ("xyzcorp.com", (), "root domain"),
        (NAME, (), "EMAILDOMAIN_DNS_PORT"),
    ],
)
async def test_wrong_usage(terminal: Terminal, name: str, arguments: tuple[str, ...], words: str) -> None:
    environ = {} if arguments or name != NAME else {"EMAILDOMAIN_DNS_PORT": "many"}
    said = await terminal.check(*arguments, name=name, **environ)
    assert (said.status, said.out) == (2, "")
    assert words in said.err
    assert not terminal.desk.lab.questions


async def test_a_terminal_that_cannot_show_japanese_shows_the_rest(terminal: Terminal) -> None:
    said = await terminal.check(*BOTH, EMAILDOMAIN_LANGUAGE="ja", PYTHONUTF8="0", PYTHONIOENCODING="latin-1")
    assert (said.status, said.err) == (0, "")
    assert TXT.value in said.out


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs /dev/full")
async def test_a_full_disk_is_no_verdict(terminal: Terminal) -> None:
    env = {"PATH": os.defpath, "PYTHONPATH": ROOT, "PYTHONUTF8": "1", **terminal.desk.lab.settings}
    with Path("/dev/full").open("wb") as full:  # noqa: ASYNC230  (a device that never waits)
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "bot", "check", NAME, *BOTH, env=env, stdout=full, stderr=asyncio.subprocess.PIPE
        )
        _, err = await process.communicate()
    assert process.returncode == 3
    assert b"could not be written" in err
    assert b"Traceback" not in err


async def test_what_stands_in_dns_cannot_steer_the_terminal(terminal: Terminal) -> None:
    terminal.zone.replace(TXT, "v=DKIM1; p=\x1b]0;owned\x07\x1b[2J\x9b31m<!channel>`")
    said = await terminal.check(*BOTH)
    assert said.status == 1
    assert all(c == "\n" or c.isprintable() for c in said.out)
    assert r"\x1b]0;owned" in said.out
    assert (await terminal.check(*BOTH, "--json")).out.isascii()


async def test_it_ends_in_time_whatever_is_silent(terminal: Terminal) -> None:
    for server in terminal.desk.lab.servers:
        server.silence()
    for resolver in (*terminal.desk.lab.resolvers, terminal.desk.lab.recursor_server):
        resolver.silence()
    said = await asyncio.wait_for(terminal.check(*BOTH, "--json"), 15)
    assert (said.status, said.json["findings"][0]["code"]) == (3, "EGRESS_BLOCKED")


@pytest.mark.parametrize(
    ("value", "understood"),
    [
        ("v=DKIM1; p=a=b", "v=DKIM1; p=a=b"),
        ('"v=DKIM1; p=ab" "cd"', "v=DKIM1; p=abcd"),
        (' "token" ', "token"),
        (r"v=DKIM1\; p=ab", "v=DKIM1; p=ab"),
        (r'"v=DKIM1\; p=ab" "cd"', "v=DKIM1; p=abcd"),
        (r"v=DKIM1\059 p=ab", "v=DKIM1; p=ab"),
    ],
)
def test_how_a_value_may_be_typed(value: str, understood: str) -> None:
    found = records(NAME, [f"{TXT.host.upper()}.={value}"], ["SparkPostMail.com."], translator("en"))
    assert found == (DnsRecord(RecordType.TXT, TXT.host, understood), CNAME)


@pytest.mark.parametrize("txt", ["", "=v", "host=", "a b.sales.xyzcorp.com=v", "other.example=v"])
def test_what_cannot_be_meant(txt: str) -> None:
    with pytest.raises(BadUsage):
        records(NAME, [txt], [], translator("en"))


@pytest.mark.parametrize("language", ["en", "ja"])
def test_a_host_of_another_domain_is_not_put_under_this_one(language: str) -> None:
    with pytest.raises(BadUsage) as refused:
        records(NAME, ["mail.other.example=v"], [], translator(language))
    assert "mail.other.example.xyzcorp.com" not in str(refused.value)
