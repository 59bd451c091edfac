"""The catalogues: both languages say everything, with the same facts, and nothing from outside becomes markup."""

from __future__ import annotations

import re
import warnings

import pytest

from bot.i18n.translator import LANGUAGES, Markup, MissingText, escape, translator, unmarked
from bot.model.approval import Outcome
from bot.model.lifecycle import Event, State
from bot.model.names import NAME_REASONS
from bot.tryout.dns.catalogue import GROUPS
from tests.views.answers import CLASSES

EN, JA = (translator(code).texts for code in LANGUAGES)


def bare(key: str) -> str:
    """A key without its plural form."""
    return key.removesuffix(".one").removesuffix(".other")


def topic(key: str) -> str:
    """What has to say the same in every language: a text, or both sentences about a mistake in DNS."""
    return key.rpartition(".")[0] if key.startswith("finding.") else bare(key)


def facts(text: str) -> set[str]:
    return set(re.findall(r"\{(\w+)\}", text))


def test_both_catalogues_have_the_same_keys() -> None:
    assert {bare(k) for k in EN} == {bare(k) for k in JA}


def test_both_languages_use_the_same_facts() -> None:
    used: dict[str, list[set[str]]] = {}
    for n, texts in enumerate((EN, JA)):
        for key, text in texts.items():
            used.setdefault(topic(key), [set(), set()])[n] |= facts(text) - {"n"}
    assert {key: both for key, both in used.items() if both[0] != both[1]} == {}


@pytest.mark.parametrize("texts", [EN, JA], ids=LANGUAGES)
def test_every_error_says_what_happened_and_what_to_do(texts: dict[str, str]) -> None:
    wanted = {f"error.{problem.__name__}.{part}" for problem in CLASSES for part in ("what", "fix")}
    assert wanted - {bare(k) for k in texts} == set()


@pytest.mark.parametrize("texts", [EN, JA], ids=LANGUAGES)
def test_every_word_of_the_model_has_a_text(texts: dict[str, str]) -> None:
    wanted = {
        *(f"name.{reason}" for reason in NAME_REASONS),
        *(f"state.{state.value}.{part}" for state in State for part in ("name", "next")),
        *(f"event.{event.value}" for event in Event),
        *(f"outcome.{outcome.value}" for outcome in Outcome),
        *(f"mistake_group.{group}" for group in GROUPS),
        *(f"mistake.{code}.{part}" for group in GROUPS.values() for code in group for part in ("name", "did")),
    }
    assert wanted - set(texts) == set()


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        pytest.param("<!channel>", "&lt;!channel&gt;", id="nobody is called by a TXT record"),
        pytest.param("*x* <@U1>", "∗x∗ &lt;@U1&gt;", id="a reason is not bold and mentions nobody"),
        pytest.param("_x_ ~y~ `z`", "ˍxˍ ∼y∼ ˋzˋ", id="no other mark either"),
        pytest.param("a & b", "a &amp; b", id="entities"),
        pytest.param("one\n> two", "one &gt; two", id="a line break does not begin a quotation"),
        pytest.param("snake_case", "snake_case", id="what is no mark stays"),
    ],
)
def test_facts_are_never_markup(value: str, shown: str) -> None:
    assert translator("en")("quote", words=value) == f"“{shown}”"


def test_code_stays_as_it_is_and_cannot_be_left() -> None:
    t = translator("en")
    assert "`scph1._domainkey.x`" in t("finding.MISSING_CNAME.what", host="scph1._domainkey.x")
    assert escape("a` *b* _c_", code=True) == "aˋ *b* _c_"


def test_markup_of_our_own_passes() -> None:
    assert translator("en")("quote", words=Markup("<@U1>")) == "“<@U1>”"


def test_plain_text_has_neither_marks_nor_entities() -> None:
    t = translator("en")
    date = Markup("<!date^1^{date_short_pretty} {time}|1970-01-01 00:00 UTC>")
    assert t.plain("not_before", at=date) == "Do not send before 1970-01-01 00:00 UTC."
    assert t.plain("quote", words="<a> & *b*") == "“<a> & *b*”"
    assert ">" in t.plain("card.paths")


def test_a_notification_has_words_instead_of_marks() -> None:
    text = "*Bold* `co*de` <!date^1^{time}|then> <https://x.example/|link> <@U1> &amp;"
    assert unmarked(text) == "Bold co∗de then link <@U1> &amp;"


def test_plurals() -> None:
    t = translator("en")
    assert t("results.lead", n=1) == "1 name:"
    assert t("results.lead", n=2) == "2 names:"
    assert translator("ja")("results.lead", n=1) == "1件の結果:"


def test_a_text_that_is_not_there_is_a_warning_and_never_an_error() -> None:
    t = translator("ja")
    with pytest.warns(MissingText):
        assert t("no.such_text") == "no.such text"
    with pytest.warns(MissingText):
        assert t("quote") == "「…」"
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert t("not_yet")


def test_an_unknown_language_is_english() -> None:
    assert translator("de").language == "en"


@pytest.mark.parametrize(
    ("texts", "never"),
    [
        pytest.param(JA, r"！|!|あなた|エラーが発生|失敗し|不正|伝播|@here|@channel", id="ja"),
        pytest.param(EN, r"!|successfully|[Pp]lease note|blocks? (you|sending)|@here|@channel", id="en"),
    ],
)
def test_the_voice(texts: dict[str, str], never: str) -> None:
    assert {key: text for key, text in texts.items() if re.search(never, text)} == {}
