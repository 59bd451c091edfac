"""What answers prove: when a record is published, when it is visible, and what never leads to *ready*."""

from __future__ import annotations

import json

import pytest

from bot.model.look import Answer, Finding, Look, RecordLook, Status, quorum, visible
from bot.model.name_survey import DnsHealth
from bot.model.records import DnsRecord, RecordType

R, W, M, U = Status.RIGHT, Status.WRONG, Status.MISSING, Status.UNKNOWN

TXT = DnsRecord(RecordType.TXT, "scph1126._domainkey.sales.xyzcorp.com", "v=DKIM1; k=rsa; h=sha256; p=AAAA")
CNAME = DnsRecord(RecordType.CNAME, "sales.xyzcorp.com", "sparkpostmail.com")


def answers(statuses: str, *, why: str | None = "timeout") -> tuple[Answer, ...]:
    """One answer for each letter: r(ight), w(rong), m(issing), u(nknown)."""
    of = {"r": R, "w": W, "m": M, "u": U}
    return tuple(Answer(f"s{i}", f"192.0.2.{i}", of[s], why=why if s == "u" else None) for i, s in enumerate(statuses))


def look(servers: str, resolvers: str = "", *findings: Finding, why: str | None = "timeout") -> Look:
    records = tuple(RecordLook(r, answers(servers), answers(resolvers, why=why)) for r in (TXT, CNAME))
    return Look("sales.xyzcorp.com", 1, records, findings=findings)


@pytest.mark.parametrize(
    ("servers", "published", "status"),
    [
        pytest.param("rr", True, R, id="all right"),
        pytest.param("ru", True, R, id="a silent server does not block"),
        pytest.param("uu", False, U, id="at least one must answer"),
        pytest.param("rm", False, M, id="one that lacks it blocks"),
        pytest.param("rw", False, W, id="one that has another value blocks"),
        pytest.param("mw", False, W, id="wrong is said before missing"),
        pytest.param("mu", False, M, id="missing beside silent is missing"),
        pytest.param("", False, U, id="nobody asked"),
    ],
)
def test_published(servers: str, published: bool, status: Status) -> None:
    one = RecordLook(TXT, answers(servers))
    assert (one.published, one.status) == (published, status)


@pytest.mark.parametrize(("answering", "needed"), [(0, 0), (1, 1), (2, 1), (3, 2), (5, 4), (6, 4), (7, 5)])
def test_quorum(answering: int, needed: int) -> None:
    assert quorum(answering) == needed


@pytest.mark.parametrize(
    ("resolvers", "why", "expected"),
    [
        pytest.param("rrr", None, True, id="all agree"),
        pytest.param("rrm", None, True, id="one may lag"),
        pytest.param("rmm", None, False, id="two may not"),
        pytest.param("r", None, True, id="the only one agrees"),
        pytest.param("m", None, False, id="the only one must agree"),
        pytest.param("rm", None, True, id="one of two may lag"),
        pytest.param("rrrrmm", None, True, id="of six two may lag"),
        pytest.param("rrrmmm", None, False, id="but not three"),
        pytest.param("ruu", "timeout", True, id="silent ones do not count"),
        pytest.param("rmu", "timeout", True, id="one of the two that answer may lag"),
        pytest.param("uuu", "timeout", None, id="all silent: published alone counts"),
        pytest.param("", None, None, id="none asked"),
        pytest.param("uuu", "servfail", False, id="SERVFAIL is an answer: the domain is broken there"),
        pytest.param("rru", "servfail", True, id="one that fails may be outvoted"),
        pytest.param("ruu", "servfail", False, id="two that fail may not"),
    ],
)
def test_visible(resolvers: str, why: str | None, expected: bool | None) -> None:
    assert visible(answers(resolvers, why=why)) is expected


@pytest.mark.parametrize(
    ("made", "good", "verdict"),
    [
        pytest.param(look("rr", "rrr"), True, "visible", id="published and visible"),
        pytest.param(look("rr", "uuu"), True, "published", id="resolvers silent"),
        pytest.param(look("rr", "mmm"), False, "published", id="not visible yet"),
        pytest.param(look("rr", "uuu", why="servfail"), False, "published", id="resolvers fail"),
        pytest.param(look("rm"), False, "missing", id="a server lacks it"),
        pytest.param(look("uu"), False, "unknown", id="silence is not missing"),
        pytest.param(look("rr", "rrr", Finding("X", "wrong")), False, "wrong", id="a wrong finding never is ready"),
        pytest.param(look("rr", "rrr", Finding("X", "unknown")), False, "unknown", id="nor is an unknown one"),
        pytest.param(look("rr", "rrr", Finding("X", "note")), True, "visible", id="a note does not make it wrong"),
        pytest.param(look("rr", "rrr", Finding("X", "right")), True, "visible", id="nor does what is fine"),
        pytest.param(look("", "", Finding("X", "missing")), False, "missing", id="nobody to ask, and known why"),
        pytest.param(Look("sales.xyzcorp.com", 1, ()), False, "published", id="no records, nothing proven"),
    ],
)
def test_good_and_verdict(made: Look, good: bool, verdict: str) -> None:
    assert made.good is good
    if made.records:
        assert made.verdict == verdict


@pytest.mark.parametrize(
    ("servers", "bad", "unanimous", "seen"),
    [
        ("rr", False, False, True),
        ("mm", True, True, False),
        ("rm", True, False, True),
        ("ww", True, True, True),
        ("mu", True, False, False),
        ("uu", False, False, False),
    ],
)
def test_bad_unanimous_seen(servers: str, bad: bool, unanimous: bool, seen: bool) -> None:
    made = look(servers)
    assert (made.bad, made.unanimous, made.seen) == (bad, unanimous, seen)


def test_counts_are_of_addresses_that_are_right_on_both_records() -> None:
    one = RecordLook(TXT, answers("rr"), answers("rrr"))
    other = RecordLook(CNAME, answers("rm"), answers("rur"))
    made = Look("sales.xyzcorp.com", 1, (one, other))
    assert (made.servers(), made.resolvers()) == ((1, 2), (2, 3))


def test_a_look_survives_storage() -> None:
    made = look("rwmu", "rm", Finding("KEY_MISMATCH", "wrong", "TXT", {"found": "x"}))
    assert Look.from_json(json.loads(json.dumps(made.as_json()))) == made


def test_a_finding_is_the_same_whoever_shows_it() -> None:
    one = Finding("NS_INCONSISTENT", "wrong", "TXT", {"host": "h", "servers": "ns1", "good": "ns2"})
    assert one.identity == Finding("NS_INCONSISTENT", "wrong", "TXT", {"host": "h", "servers": "ns2"}).identity
    assert one.identity != Finding("NS_INCONSISTENT", "wrong", "TXT", {"host": "other"}).identity


@pytest.mark.parametrize(
    ("recursor", "egress", "ok"), [(True, True, True), (True, False, False), (False, None, False), (True, None, False)]
)
def test_health_needs_the_recursor_and_a_way_out(recursor: bool, egress: bool | None, ok: bool) -> None:
    assert DnsHealth("127.0.0.1:53", recursor, egress).ok is ok
