"""The card: every fact that has to be seen on it, and nothing that changes by itself."""

from __future__ import annotations

import json

import pytest

from bot.errors import PlatformRefused
from bot.model.lifecycle import State
from bot.model.look import Status
from bot.model.message import Message
from bot.model.observations import Observations
from bot.model.records import quoted
from bot.views.card import BUTTONS, card
from bot.views.problems import problem
from bot.views.removal import finish_form
from tests.views import samples as s
from tests.views.test_views import buttons


def shown(message: Message) -> str:
    return message.text + json.dumps(message.blocks, ensure_ascii=False)


@pytest.mark.parametrize("title", s.DOMAINS)
def test_the_same_domain_gives_the_same_bytes(title: str) -> None:
    once, again = (json.dumps(card(s.DOMAINS[title], s.context()).blocks) for _ in range(2))
    assert once == again


def test_a_later_look_with_the_same_result_changes_nothing() -> None:
    domain = s.domain(State.READY)
    assert domain.look
    later = s.look(
        domain.look.records[0].servers, domain.look.records[1].servers, seen=domain.look.records[0].resolvers
    )
    assert card(domain, s.context()) == card(domain.but(look=later, version=99, next_look_at=5), s.context())


def test_a_resolver_that_remembers_is_named_with_a_rounded_time() -> None:
    def at(minutes: float) -> Message:
        look = s.look(
            s.answers(*[Status.RIGHT] * 4),
            s.answers(*[Status.RIGHT] * 4),
            seen=s.resolvers(Status.RIGHT, Status.RIGHT, Status.MISSING, until=s.NOW + round(minutes * 60_000)),
        )
        return card(s.domain(look=look), s.context())

    assert at(16.1) == at(17.2)
    assert "`quad9`: may still remember" in shown(at(17))


def copied(message: Message) -> list[str]:
    """The values that can be copied whole."""
    alone: list[str] = [
        element["elements"][0]["text"]
        for block in message.blocks
        if block["type"] == "rich_text"
        for element in block["elements"]
        if element["type"] == "rich_text_preformatted"
    ]
    return alone


def test_s22_host_and_value_can_each_be_copied_whole() -> None:
    assert copied(card(s.domain(), s.context())) == [
        "scph1126._domainkey.sales", quoted(s.TXT.value), "sales", "sparkpostmail.com",
    ]  # fmt: skip


def test_an_unknown_company_gets_the_short_host_first_and_the_whole_one_below() -> None:
    assert copied(card(s.DOMAINS["awaiting_dns, other provider"], s.context())) == [
        "scph1126._domainkey.sales", s.TXT.host, s.TXT.value, "sales", s.NAME, "sparkpostmail.com",
    ]  # fmt: skip


@pytest.mark.parametrize("state", State)
def test_where_to_edit_is_said_while_somebody_has_to(state: State) -> None:
    said = "a change at another company" in shown(card(s.domain(state), s.context()))
    assert said == (state in (State.AWAITING_DNS, State.STALLED))


def test_s22_without_a_known_zone_only_the_full_host_is_shown() -> None:
    assert "is added for you" not in shown(card(s.domain(zone=None), s.context()))


def test_s1_and_s28_are_said_in_the_first_reply() -> None:
    first = shown(card(s.domain(look=None), s.context()))
    assert "email campaigns and agentless notifications" in first
    assert "no email address has to be registered" in first


def test_s5_the_reply_checklist_links_to_the_scenarios() -> None:
    for state in (State.AWAITING_DNS, State.OPEN):
        text = shown(card(s.domain(state), s.context()))
        assert "<https://help.mypurecloud.com/articles/email-routing-scenarios/|Email routing scenarios>" in text


def test_s13_the_hosting_location_is_read_off_the_platforms_cname() -> None:
    eu = s.CNAME.__class__(s.CNAME.type, s.CNAME.host, "eu.sparkpostmail.com")
    assert "United States" in shown(card(s.domain(), s.context()))
    assert "European Union" in shown(card(s.domain(records=(s.TXT, eu)), s.context()))


def test_s18_both_paths_and_the_link_only_where_there_is_one() -> None:
    with_link, without = (card(s.domain(), s.context(admin_url=url)) for url in ("https://x.example/", None))
    for message in (with_link, without):
        assert "Admin &gt; Contact Center &gt; Email" in shown(message)
        assert "Digital and Telephony &gt; Email &gt; Domains" in shown(message)
    assert "open_admin" in shown(with_link)
    assert "open_admin" not in shown(without)


def test_s9_conflicts_are_shown() -> None:
    assert "`MX`, `TXT`" in shown(card(s.domain(conflicts=("MX", "TXT")), s.context()))
    assert "not checked" in shown(card(s.domain(conflicts=("unchecked",)), s.context()))


@pytest.mark.parametrize("state", State)
def test_the_buttons_of_a_state(state: State) -> None:
    made = [b["action_id"] for b in buttons(card(s.domain(state), s.context(admin_url=None)).blocks)]
    votes = ["approve", "reject"] if state is State.AWAITING_APPROVAL else []
    help_ = ["how", "format", "letter"] if state in (State.AWAITING_DNS, State.STALLED) else []
    assert made == [*votes, *BUTTONS[state], *help_]


def test_nobody_votes_on_a_private_copy() -> None:
    made = buttons(card(s.domain(State.AWAITING_APPROVAL), s.context(), private=True).blocks)
    assert "approve" not in {b["action_id"] for b in made}


@pytest.mark.parametrize(
    ("look", "words"),
    [
        pytest.param(s.RIGHT, "right on 4 of 4 DNS servers, visible on 3 of 3 public resolvers", id="right"),
        pytest.param(s.MISTAKE, "wrong on 4 of 4 DNS servers", id="wrong"),
        pytest.param(s.NOTHING, "not there on 4 of 4 DNS servers", id="missing"),
        pytest.param(s.SILENT, "could not be checked: 4 of 4 DNS servers", id="not knowing is not missing"),
        pytest.param(s.HALF, "not there on 1 of 4 DNS servers, right on 3", id="servers that disagree"),
        pytest.param(s.ALONE, "public resolvers did not answer", id="published alone counts, and is said"),
        pytest.param(s.BROKEN, "my own resolver did not answer", id="nobody could be asked"),
        pytest.param(None, "not looked at yet", id="not looked"),
    ],
)
def test_what_dns_shows_per_record(look: object, words: str) -> None:
    assert words in shown(card(s.domain(look=look), s.context()))


def test_while_a_domain_is_removed_a_record_that_is_gone_is_good() -> None:
    gone, left = (s.domain(State.REMOVING, observations=s.removal(*said)) for said in (("none",), ("ours", "none")))
    assert "✅ gone" in shown(card(gone, s.context()))
    assert "❌ still on 1 of 2" in shown(card(left, s.context()))


def test_the_longest_name_still_makes_a_card() -> None:
    label = "a" * 60
    name = f"{label}.{label}.{label}.{label}.example.com"
    records = (s.TXT.__class__(s.TXT.type, name, "v=DKIM1; p=" + "A" * 900), s.CNAME)
    message = card(s.domain(name=name, records=records, org="<!channel> " * 30), s.context())
    assert len(json.dumps(message.blocks)) < 13_000
    assert message.blocks[-1]["type"] == "actions"


def test_the_card_says_how_a_domain_ended_and_who_acts_next() -> None:
    c = s.context()
    released = shown(card(s.DOMAINS["released"], c))
    assert "No longer managed" in released
    assert "changed nothing in Genesys Cloud or DNS" in released
    assert "deletes the CNAME" in shown(card(s.DOMAINS["removed, CNAME left"], c))
    assert "says whether that was meant" in shown(card(s.DOMAINS["removed, gone"], c))
    answered = s.domain(State.REMOVED, gone_at=s.NOW, gone_answer="no", gone_by=s.SATO)
    assert "says whether that was meant" not in shown(card(answered, c))


def test_where_nothing_was_published_nothing_is_to_be_deleted() -> None:
    text = shown(card(s.DOMAINS["removing, nothing published"], s.context()))
    assert "Next: nobody." in text
    assert "to be deleted" not in text


def test_an_imported_domain_has_no_empty_section() -> None:
    blocks = card(s.domain(State.OPEN, conflicts=("imported",)), s.context()).blocks
    assert all(block.get("text", {}).get("text") not in ("…", "") for block in blocks if block["type"] == "section")
    assert len(blocks) == len(card(s.domain(State.OPEN), s.context()).blocks)


def test_try_again_adds_only_what_could_not_be_added() -> None:
    c = s.context()
    failed, elsewhere = (PlatformRefused("genesys", reason, name=s.NAME) for reason in ("failed", "another_org"))
    assert "add:1" in str(problem(failed, c, command="add").blocks)
    for error, command in ((failed, "remove"), (failed, ""), (elsewhere, "add")):
        assert "add:1" not in str(problem(error, c, command=command).blocks)


@pytest.mark.parametrize("state", [State.READY, State.OPEN])
def test_what_the_platform_does_not_show_just_now_is_neither_ready_nor_open(state: State) -> None:
    missed = s.domain(state, observations=Observations(published_at=s.NOW, absences=(s.NOW,)))
    message = card(missed, s.context())
    assert "Not found in Genesys Cloud" in shown(message)
    assert "Next: nobody. I check again by myself." in shown(message)
    assert "Sending allowed" not in shown(message) and "asks for approval" not in shown(message)
    assert "activate" not in [b["action_id"] for b in buttons(message.blocks)]
    assert card(missed, s.context("ja")).text


SEEN = pytest.mark.parametrize(
    ("language", "said", "left"),
    [
        ("en", "ours", f"Its CNAME is still on `{s.NS[0]}`."),
        ("en", "no_answer", "although I can't confirm that its CNAME is gone"),
        ("ja", "ours", f"CNAMEが `{s.NS[0]}` に残っています。"),
        ("ja", "no_answer", "CNAMEがなくなったことを確認できないまま"),
    ],
)


@SEEN
def test_finishing_anyway_says_what_servers_say(language: str, said: str, left: str) -> None:
    form = finish_form(s.domain(State.REMOVING, observations=s.removal(said)), s.context(language))
    assert left in json.dumps(form, ensure_ascii=False)
    label = next(b["label"]["text"] for b in form["blocks"] if b["type"] == "input")
    assert label == {"en": "Why?", "ja": "完了させる理由"}[language]


@pytest.mark.parametrize(("said", "sure"), [("ours", True), ("no_answer", False)])
def test_who_approves_finishing_is_asked_with_what_servers_say(said: str, sure: bool) -> None:
    asked = s.domain(State.REMOVING, observations=s.removal(said), round=s.FORCED)
    approve = next(b for b in buttons(card(asked, s.context()).blocks) if b["action_id"] == "approve")
    text = approve["confirm"]["text"]["text"]
    assert (f"Its CNAME is still on {s.NS[0]}." in text) == sure
    assert ("I can't confirm" in text) != sure
