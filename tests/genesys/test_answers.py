"""What answers mean: both spellings, words nobody knows yet, refusals by status and words, never one exact code."""

from __future__ import annotations

from typing import Any

import pytest

from bot.model.observations import Org
from bot.model.records import RecordType
from bot.model.registration import Stage, Verification
from bot.platforms.genesys import answers
from tests.genesys import contract

NAME = "news.example.com"
TXT = {"host": f"scph1126._domainkey.{NAME}", "recordContents": "v=DKIM1; k=rsa; h=sha256; p=MIIB"}
CNAME = {"host": NAME, "recordContents": "eu.sparkpostmail.com"}


def body(status: Any = "RequestReceived", **changes: Any) -> dict[str, Any]:
    return {"senderStatus": status, "dnsTxtSendingRecord": TXT, "dnsCnameBounceRecord": CNAME} | changes


@pytest.mark.parametrize(
    ("given", "stage"),
    [
        pytest.param(body(), Stage.PENDING, id="both records are there"),
        pytest.param(body(dnsTxtSendingRecord=None), Stage.PREPARING, id="one is not enough"),
        pytest.param(body(dnsTxtSendingRecord={"host": "x"}), Stage.PREPARING, id="a host without a value"),
        pytest.param({}, Stage.PREPARING, id="nothing is required"),
        pytest.param(body("Provisioned"), Stage.PROVISIONED, id="provisioned"),
        pytest.param(body("PROVISIONED"), Stage.PROVISIONED, id="in capitals"),
        pytest.param(body("Error"), Stage.FAILED, id="error"),
        pytest.param(body("Deprovisioned"), Stage.DEPROVISIONED, id="deprovisioned"),
        pytest.param(body("SomethingNew"), Stage.UNKNOWN, id="a word nobody knows"),
        pytest.param(body(7), Stage.UNKNOWN, id="no word at all"),
        pytest.param(body(surprise={"deep": [1]}), Stage.PENDING, id="a field nobody knows"),
    ],
)
def test_stages(given: dict[str, Any], stage: Stage) -> None:
    assert answers.registration(NAME, given).stage is stage


@pytest.mark.parametrize(
    ("status", "verdict"),
    [
        pytest.param("Verified", Verification.VERIFIED, id="activation spells it so"),
        pytest.param("VERIFIED", Verification.VERIFIED, id="the domain spells it so"),
        pytest.param("failed", Verification.FAILED, id="failed"),
        pytest.param("Sideways", Verification.UNKNOWN, id="a new word"),
        pytest.param(None, Verification.UNKNOWN, id="no word"),
    ],
)
def test_verification(status: Any, verdict: Verification) -> None:
    given = answers.registration(NAME, body(dnsTxtSendingRecord=TXT | {"verificationStatus": status}))
    assert given.verified[RecordType.TXT] is verdict


def test_verified_alone_is_not_done_and_neither_is_provisioned() -> None:
    verified = {"verificationStatus": "Verified"}
    both = {"dnsTxtSendingRecord": TXT | verified, "dnsCnameBounceRecord": CNAME | verified}
    assert not answers.registration(NAME, body(**both)).done
    assert not answers.registration(NAME, body("Provisioned")).done
    assert answers.registration(NAME, body("Provisioned", **both)).done


def test_values_are_the_platforms_own() -> None:
    txt, cname = answers.registration(NAME, body()).records
    assert (txt.host, txt.value) == (TXT["host"], TXT["recordContents"])
    assert (cname.host, cname.value) == (NAME, "eu.sparkpostmail.com")
    quoted = TXT | {"host": "scph1126._domainkey", "recordContents": '"v=DKIM1; p=MI" "IB"'}
    txt, _ = answers.registration(NAME, body(dnsTxtSendingRecord=quoted)).records
    assert (txt.host, txt.value) == (TXT["host"], "v=DKIM1; p=MIIB")


def test_every_example_of_the_contract_is_understood() -> None:
    path = "/api/v2/routing/email/outbound/domains/x/activation"
    for method in ("GET", "PUT"):
        found = contract.operation(method, path)
        assert found is not None
        examples = contract.resolve(found[1]["responses"]["200"])["content"]["application/json"]["examples"]
        stages = {name: answers.registration(NAME, e["value"]).stage for name, e in examples.items()}
        assert stages["provisioned"] is Stage.PROVISIONED
        assert set(stages.values()) <= {*Stage} - {Stage.ABSENT}
        assert contract.bad_answer(method, path, 200, examples["provisioned"]["value"]) == []


@pytest.mark.parametrize(
    ("status", "code", "message", "reason"),
    [
        (403, "missing.permissions", "You are missing the following permission(s): routing:email:manage", "permission"),
        (403, "not.authorized", "You are not authorized to perform the requested action.", "permission"),
        (403, "not.authorized", "The organization does not have the required product license.", "licence"),
        (400, "postino.max.domains.exceeded", "The maximum number of domains for the org has been exceeded.", "limit"),
        (400, "bad.request", "Domain in use by another account", "elsewhere"),
        (400, "bad.request", "Restricted domain", "failed"),
        (400, "", "", "failed"),
        (401, "ip.not.authorized", "no", "credentials"),
    ],
)
def test_refusals(status: int, code: str, message: str, reason: str) -> None:
    assert answers.reason(status, {"code": code, "message": message}) == reason


def test_already_there_is_told_from_elsewhere() -> None:
    for status, code, message in (
        (400, "postino.domain.exists", "The inbound domain already exists."),
        (400, "bad.request", "domain already exists"),
        (409, "general.conflict", "The request conflicts with the current state of the target resource."),
    ):
        assert answers.exists(status, {"code": code, "message": message})
    assert not answers.exists(400, {"code": "bad.request", "message": "Restricted domain"})
    assert answers.exists(400, {"errors": [{"message": "domain already exists"}]})


@pytest.mark.parametrize(
    ("policies", "may"),
    [
        ([{"domain": "routing", "entityName": "email", "actions": ["manage"]}], True),
        ([{"domain": "routing", "entityName": "*", "actions": ["*"]}], True),
        ([{"domain": "routing", "entityName": "email", "actions": ["view"]}], False),
        ([{"domain": "outbound", "entityName": "*", "actions": ["*"]}], False),
        ([], False),
    ],
)
def test_permissions_are_read_from_the_grants(policies: list[Any], may: bool) -> None:
    assert answers.may({"grants": [{"role": {"policies": policies}}]}, "routing", "email", "manage") is may


def test_unknown_shapes_of_grants_refuse_nobody() -> None:
    assert answers.may({}, "routing", "email", "manage") is None
    assert answers.may({"grants": [None, {"role": None}]}, "routing", "email", "manage") is False


def test_inbound_names_are_those_of_mail_from_as_well() -> None:
    names = answers.inbound_names(
        [
            {"id": "Support.Example.com."},
            {"id": "acme.mypurecloud.com", "mailFromSettings": {"mailFromDomain": "mail.example.com"}},
            {"mailFromSettings": None},
        ]
    )
    assert names == {"support.example.com", "acme.mypurecloud.com", "mail.example.com"}


def page(*names: str, **told: Any) -> dict[str, Any]:
    return {"entities": [{"id": name, "name": name} for name in names]} | told


FULL = tuple(f"n{n}" for n in range(100))


@pytest.mark.parametrize(
    "pages",
    [
        pytest.param([page()], id="nothing, and nothing told"),
        pytest.param([page(total=0, pageCount=0)], id="no page at all"),
        pytest.param([page("a", total=1, pageCount=1)], id="one"),
        pytest.param([page("a")], id="no figures, and room for more"),
        pytest.param([page("a", total=0, pageCount=1)], id="a total that is not filled in, on the only page"),
        pytest.param([page(*FULL, pageCount=1)], id="a full page that is said to be the only one"),
        pytest.param([page("a", total=2, pageCount=2), page("b", total=2, pageCount=2)], id="two pages"),
        pytest.param([page("a", "b", total=1, pageCount=1)], id="more than told"),
        pytest.param([{"entities": [{}], "total": 1}], id="one that has no id"),
    ],
)
def test_complete_listings(pages: list[dict[str, Any]]) -> None:
    assert answers.gap(pages, 100) == ""


@pytest.mark.parametrize(
    "pages",
    [
        pytest.param([{}], id="no entities"),
        pytest.param([{"entities": None, "total": 0}], id="entities that are none"),
        pytest.param([{"entities": {"id": "a"}, "total": 1}], id="entities that are no list"),
        pytest.param([page("a", total=1), {"total": 1}], id="no entities on the second page"),
        pytest.param([{"entities": ["a"], "total": 1}], id="an entity that is none"),
        pytest.param([page("a", total=2, pageCount=1)], id="fewer than told"),
        pytest.param([page(total=1, pageCount=1)], id="none, one told"),
        pytest.param([page("a", total=2, pageCount=2), page("a", total=2, pageCount=2)], id="one page twice"),
        pytest.param([page("a", total=3), page("b", total=2)], id="fewer than one of them told"),
        pytest.param([page("a", pageCount=2), page("b", pageCount=2)], id="two pages, no total"),
        pytest.param([page("a", total=0, pageCount=2), page("b", total=0, pageCount=2)], id="two pages of nothing"),
        pytest.param([page("a", total=True, pageCount=2), page(pageCount=2)], id="a total that is no number"),
        pytest.param([page(*FULL)], id="a full page, and nothing that says it is the last"),
        pytest.param([page("a", "b", pageSize=2)], id="the same, of the platform's own size"),
    ],
)
def test_listings_that_may_lack_something(pages: list[dict[str, Any]]) -> None:
    assert answers.gap(pages, 100)


@pytest.mark.parametrize(
    ("pages", "more"),
    [
        ([page(pageCount=1)], False),
        ([page(pageCount=2)], True),
        ([page(pageCount=2), page(pageCount=2)], False),
        ([page(pageCount=3), page(pageCount=1)], True),
        ([page(nextUri="/x")], True),
        ([page(nextUri="/x"), page()], False),
        ([page(pageCount=1, nextUri="/x")], False),
        ([page(pageCount="2")], False),
    ],
)
def test_pages_go_on(pages: list[dict[str, Any]], more: bool) -> None:
    assert answers.goes_on(pages) is more


@pytest.mark.parametrize(
    ("body", "org"),
    [
        ({"organization": {"id": "0c0c", "name": "XYZ Corp"}}, Org("genesys", "0c0c", "XYZ Corp")),
        ({"organization": {"id": " 0c0c "}}, Org("genesys", "0c0c", "0c0c")),
        ({"organization": {"name": "XYZ Corp"}}, None),
        ({"organization": {"id": ""}}, None),
        ({"organization": {"id": 7}}, None),
        ({"organization": None, "homeOrganization": {"id": "0c0c"}}, None),
        ({}, None),
    ],
)
def test_whose_a_token_is(body: dict[str, Any], org: Org | None) -> None:
    assert answers.org(body) == org


def test_the_platforms_own_words_are_cut_and_carry_the_id() -> None:
    assert answers.said({"message": "No\nway", "contextId": "c1"}, "h1") == "No way (id c1)"
    assert answers.said({"message": "No"}, "h1") == "No (id h1)"
    assert answers.said({"error": "invalid_client"}, "") == "invalid_client"
    assert len(answers.said({"message": "x" * 5000}, "h1")) < 400
