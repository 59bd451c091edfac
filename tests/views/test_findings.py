"""What is said about each mistake, whatever stands in DNS: never markup, never a gap, the whole fix to paste."""

from __future__ import annotations

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.i18n.translator import LANGUAGES, translator, written_out
from bot.model.diagnosis.table import TABLE
from bot.model.lifecycle import State
from bot.model.look import Finding
from bot.views.findings import as_lost, finding, fix_key
from tests.views.samples import NAME, NOW, context
from tests.views.samples import domain as sample

_EN = translator("en").texts
_FACTS = {
    code: {f for part in ("what", "fix") for f in re.findall(r"\{(\w+)\}", _EN[f"finding.{code}.{part}"])}
    for code in dict.fromkeys(row.code for row in TABLE)
}
_HOSTILE = st.one_of(
    st.text(max_size=60), st.sampled_from(["<!channel>", "<@U1>", "`<!here>`", "*b* _i_ ~s~", "{name}"])
)


@pytest.mark.parametrize("language", LANGUAGES)
@settings(max_examples=30)
@given(st.data())
def test_what_stands_in_dns_never_becomes_markup(language: str, data: st.DataObject) -> None:
    code = data.draw(st.sampled_from(sorted(_FACTS)))
    facts = {name: data.draw(_HOSTILE) for name in _FACTS[code]}
    for said in finding(Finding(code, "wrong", "TXT", facts), context(language)):
        assert "<" not in said
        assert ">" not in said
        assert said.count("`") % 2 == 0


@pytest.mark.parametrize("language", LANGUAGES)
@given(_HOSTILE)
def test_a_terminal_gets_the_values_as_they_are(language: str, value: str) -> None:
    facts = dict.fromkeys(_FACTS["KEY_MISMATCH"], value)
    told = translator(language).told(fix_key("KEY_MISMATCH", facts, translator(language)), **facts)
    assert f"`{value}`" in told
    assert all(c.isprintable() for c in written_out(told))


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("mark", ["\x1b[2J", "\u202e", "\u2066", "\x9b", "\u200f", "\x00"])
def test_what_steers_a_screen_is_written_out_in_slack_too(language: str, mark: str) -> None:
    facts = dict.fromkeys(_FACTS["KEY_MISMATCH"], f"before{mark}after")
    said = finding(Finding("KEY_MISMATCH", "wrong", "TXT", facts), context(language))
    assert mark not in "".join(said)
    assert f"\\x{ord(mark[0]):02x}" in said[0]


@pytest.mark.parametrize(
    ("language", "gone", "never"),
    [("en", "are gone since", "published yet"), ("ja", "から見つかりません", "まだ公開されていません")],
)
@pytest.mark.parametrize("state", [State.WAITING, State.OPEN, State.DEGRADED])
def test_what_was_once_right_is_gone_and_never_not_there_yet(
    language: str, gone: str, never: str, state: State
) -> None:
    domain = sample(state).but(bad_since=NOW - 3_600_000)
    facts = {"name": NAME, "zone": "xyzcorp.com", "nameservers": "ns1", "txt_host": "x", "txt_value": "v"}
    facts |= {"cname_host": NAME, "cname_value": "t", "txt_relative": "x", "cname_relative": "sales"}
    c = context(language)
    shown = as_lost(Finding("MISSING_BOTH", "missing", None, facts), domain, NOW, c)
    what = finding(shown, c)[0]
    assert gone in what
    assert never not in what
    assert "<!date^" in what
    fresh = as_lost(Finding("MISSING_BOTH", "missing", None, facts), domain.but(state=State.AWAITING_DNS), NOW, c)
    assert never in finding(fresh, c)[0]
