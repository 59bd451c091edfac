"""What is said about each mistake, whatever stands in DNS: never markup, never a gap, the whole fix to paste."""

from __future__ import annotations

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.i18n.translator import LANGUAGES, translator
from bot.model.diagnosis.table import TABLE
from bot.model.look import Finding
from bot.views.report import printable
from bot.views.words import finding, fix_key
from tests.views.samples import context

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
    assert all(c.isprintable() for c in printable(told))
