"""Every message in both languages: within Slack's limits, nothing from outside as markup, the rules of our voice."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

import pytest
from slack_sdk.models.blocks import Block

from bot.i18n.translator import LANGUAGES
from bot.model.lifecycle import Kind
from bot.tryout.slack.blocks import validate, validate_view
from bot.views import kit, notices, replies, words
from bot.views.card import card
from bot.views.context import Context
from tests.views import answers, samples
from tests.views.show import EVERY, everything

ACTIONS = {
    "add", "check", "activate", "approve", "reject", "withdraw", "wait", "add:1", "add:2", "rename", "channel",
    "ask_anyway", "add_anyway", "add_all", "how", "format", "letter", "adopt_open", "adopt_wait",
    "home", "remove", "remove_anyway", "stop_removal", "finish_anyway", "release_anyway", "gone_yes", "gone_no",
    "outside_over", "outside_unsure", "activate_all", "approve_all",
    "ask_import", "ask_import_open", "ask_import_wait", "list:prev", "list:next", "status", "open_admin",
}  # fmt: skip

CONTEXTS = [
    pytest.param(samples.context(language, practice=practice), id=f"{language}{'-practice' if practice else ''}")
    for language in LANGUAGES
    for practice in (False, True)
]


def marked(blocks: Any) -> Iterator[str]:
    """Every mrkdwn text."""
    if isinstance(blocks, list):
        for item in blocks:
            yield from marked(item)
    elif isinstance(blocks, dict):
        if blocks.get("type") == "mrkdwn":
            yield blocks["text"]
        for value in blocks.values():
            yield from marked(value)


def buttons(blocks: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [element for block in blocks if block["type"] == "actions" for element in block["elements"]]


@pytest.mark.parametrize("c", CONTEXTS)
def test_slack_takes_every_message(c: Context) -> None:
    for title, message in everything(c):
        assert validate(message.blocks, "message") == [], title
        for block in Block.parse_all(message.blocks):
            block.to_dict()
        assert len(message.blocks) <= 50
        assert len(json.dumps(message.blocks, ensure_ascii=False)) < 13_000
        assert 0 < len(message.text) <= 4000
        assert {b["action_id"] for b in buttons(message.blocks)} <= ACTIONS
        json.dumps(message.blocks)  # plain data


@pytest.mark.parametrize("c", CONTEXTS)
def test_only_our_own_words_are_markup(c: Context) -> None:
    for _, message in everything(c):
        for text in [message.text, *marked(message.blocks)]:
            for tag in re.findall(r"<[^>]*>?", text):
                assert re.fullmatch(
                    r"<@U0[A-Z]+>|<!subteam\^S0[A-Z]+>|<#C0[A-Z]+>|<https://[^|>]+\|[^>]+>"
                    r"|<!date\^\d+\^\{date_short\} \{time\}\|\d{4}-\d\d-\d\d \d\d:\d\d JST \(UTC\+9\)>",
                    tag,
                ), tag
            assert not re.search(r"<!(channel|here|everyone)", text)


@pytest.mark.parametrize("c", CONTEXTS)
def test_the_fallback_has_no_marks(c: Context) -> None:
    for _, message in everything(c):
        assert "`" not in message.text
        assert "*" not in message.text
        assert "<!date" not in message.text


@pytest.mark.parametrize("c", CONTEXTS)
def test_the_marks_are_seen_by_slack(c: Context) -> None:
    """Bold and code need a space or ASCII punctuation around them, or Slack shows the marks themselves."""
    for _, message in everything(c):
        for text in marked(message.blocks):
            for line in text.splitlines():
                assert line.count("`") % 2 == 0, line
                assert len(re.sub(r"`[^`]*`", "", line).split("*")) % 2 == 1, line
                tokens = re.sub(r"<[^>]*>", "x", line)
                for found in re.finditer(r"`[^`]*`|\*[^*]+\*", tokens):
                    around = tokens[: found.start()][-1:] + tokens[found.end() :][:1]
                    assert all((c.isascii() and not c.isalnum()) or c in "“”…" for c in around), line


@pytest.mark.parametrize("c", CONTEXTS[2:])
def test_japanese_has_courtesy_and_room(c: Context) -> None:
    for _, message in everything(c):
        for text in [message.text, *marked(message.blocks)]:
            for found in re.finditer(r"(.?)<(@U|!subteam)[^>]*>(.{0,3})", text):
                assert found[3] == " さん", text
                assert found[1] in ("", " ", "（"), text
            for found in re.finditer(r"(.?)<(!date|#C)[^>]*>(.?)", text):
                assert found[1] in ("", " "), text
                assert found[3] in ("", " ", ":"), text
            assert not re.search(r"！|あなた|<@here|[。、]{2}|。 。|  [^ ]*さん", text)


# ---- saying that sending is not allowed yet


@pytest.mark.parametrize("language", LANGUAGES)
def test_s25_every_message_before_open_says_not_yet(language: str) -> None:
    c = samples.context(language)
    word = "まだ" if language == "ja" else "Do not send"
    for title, domain in samples.DOMAINS.items():
        assert (word in card(domain, c).text.split("\n")[0]) == (domain.state in words.BEFORE_OPEN), title
    for title, kind, domain, facts, mentions in EVERY:
        if domain.state in words.BEFORE_OPEN:
            assert word in notices.render(kind, domain, facts, c, mentions).text, title
    for title, message in answers.all_answers(c):
        if title.startswith(("preparing", "asked", "diagnosis, right", "not_in_channel")):
            assert word in message.text, title


@pytest.mark.parametrize("language", LANGUAGES)
def test_s25_nothing_says_that_genesys_blocks_or_that_mail_will_arrive(language: str) -> None:
    for _, message in everything(samples.context(language)):
        shown = message.text + " ".join(marked(message.blocks))
        assert not re.search(r"block(s|ed) (sending|mail)|will (arrive|be delivered)|ブロック|必ず届", shown)


# ---- practice mode


@pytest.mark.parametrize("language", LANGUAGES)
def test_practice_mode_is_said_first(language: str) -> None:
    c = samples.context(language, practice=True)
    first = c.t("practice")
    for domain in samples.DOMAINS.values():
        assert card(domain, c).text.startswith(first)
        assert card(domain, c).blocks[0]["elements"][0]["text"] == first
    for _, kind, domain, facts, mentions in EVERY:
        if kind in (Kind.APPROVAL, Kind.SENDING_ALLOWED, Kind.RECORDS):
            message = notices.render(kind, domain, facts, c, mentions)
            assert message.text.startswith(first)
            assert first in json.dumps(message.blocks[0], ensure_ascii=False)


def test_real_platforms_do_not_speak_of_practice() -> None:
    for language in LANGUAGES:
        c = samples.context(language)
        assert all(c.t("practice") not in message.text for _, message in everything(c))


# ---- mentions


@pytest.mark.parametrize("language", LANGUAGES)
def test_who_should_act_comes_first(language: str) -> None:
    """Slack notifies nobody of a reply in a thread the bot began, unless it mentions them."""
    c = samples.context(language)
    for title, kind, domain, facts, mentions in EVERY:
        if mentions and "over" not in title:
            message = notices.render(kind, domain, facts, c, mentions)
            start = f"<!subteam^{mentions[0]}>" if mentions[0][0] == "S" else f"<@{mentions[0]}>"
            assert message.text.startswith(start), title
            assert message.blocks[0]["text"]["text"].startswith(start), title


def test_a_request_that_is_over_calls_nobody_and_has_no_buttons() -> None:
    title, kind, domain, facts, mentions = next(n for n in EVERY if n[0] == "approval, over")
    message = notices.render(kind, domain, facts, samples.context(), mentions)
    assert not buttons(message.blocks), title
    assert "rejected by <@U0SATO>" in message.text


def test_an_open_request_names_who_voted_and_has_buttons() -> None:
    _, kind, domain, facts, mentions = next(n for n in EVERY if n[0] == "approval")
    message = notices.render(kind, domain, facts, samples.context(), mentions)
    made = {b["action_id"]: b for b in buttons(message.blocks)}
    assert set(made) == {"approve", "reject", "withdraw"}
    assert made["approve"]["value"] == f"{samples.NAME}#1 {samples.ROUND.token}"
    ask = made["approve"]["confirm"]["text"]["text"]
    assert all(word in ask for word in (samples.NAME, "XYZ Corp", "the US", "every email campaign"))
    assert "Approved so far: <@U0SATO>" in json.dumps(message.blocks)


# ---- forms


@pytest.mark.parametrize("language", LANGUAGES)
def test_slack_takes_every_form(language: str) -> None:
    for _, form in answers.all_forms(samples.context(language)):
        view = {"type": "modal", "callback_id": "x", **form}
        assert validate_view(view, "modal") == []


# ---- the Home tab


@pytest.mark.parametrize("c", CONTEXTS)
def test_slack_takes_every_home_tab_with_the_longest_answer_on_it(c: Context) -> None:
    longest = max((m for _, m in everything(c)), key=lambda m: len(m.blocks))
    for title, home in answers.homes(c):
        for about in ("", samples.NAME):
            blocks = kit.answered(home.blocks, longest.blocks, about)
            view = {"type": "home", "blocks": blocks}
            assert validate_view(view, "home") == [], title
            assert len(json.dumps(view).encode()) < 250_000, title
            assert blocks[-1] == home.blocks[-1], f"{title}: nothing had to go"
        assert {b["action_id"] for b in buttons(home.blocks)} <= ACTIONS


@pytest.mark.parametrize("c", CONTEXTS)
def test_the_home_tab_keeps_the_rules_of_our_voice(c: Context) -> None:
    only = ("<!channel>", "<!here>")
    for title, home in answers.homes(c):
        for text in marked(home.blocks):
            assert not any(mark in text for mark in only), title
            for line in text.splitlines():
                tokens = re.sub(r"<[^>]*>", "x", line)
                for found in re.finditer(r"`[^`]*`|\*[^*]+\*", tokens):
                    around = tokens[: found.start()][-1:] + tokens[found.end() :][:1]
                    assert all((c.isascii() and not c.isalnum()) or c in "“”…" for c in around), line


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_home_tab_says_practice_first_and_not_yet_everywhere(language: str) -> None:
    c = samples.context(language, practice=True)
    word = "まだ" if language == "ja" else "Do not send"
    for _, home in answers.homes(c):
        assert home.blocks[0]["elements"][0]["text"] == c.t("practice")
    for domain in samples.DOMAINS.values():
        if domain.state in words.BEFORE_OPEN and domain.state.value not in ("registering", "activating"):
            votes, own = ([domain], []) if domain.round else ([], [domain])
            home = replies.home(votes, own, [domain], 1, c)
            item = next(b for b in home.blocks if domain.name in b.get("text", {}).get("text", ""))
            assert word in item["text"]["text"], domain.state


@pytest.mark.parametrize("c", CONTEXTS)
def test_more_than_fits_is_said_with_where_to_find_it(c: Context) -> None:
    full = dict(answers.homes(c))["home, full"]
    shown = "\n".join(marked(full.blocks))
    assert ("/emaildomain 一覧" if c.t.language == "ja" else "and 99900 more: `/emaildomain list`") in shown
    assert "99900" in shown
    assert shown.count("/emaildomain") == 2, "of what waits, and of all"
