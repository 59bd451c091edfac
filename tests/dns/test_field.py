"""Thirty zones as people had them: what a look says of each, in both languages, and what it never says."""

from __future__ import annotations

import re

import pytest

from bot.dns.look import Dns
from bot.i18n.translator import translator
from bot.model.look import Look
from bot.tryout.dns.mistakes import Place
from bot.views.report import as_data
from tests.dns.conftest import RECORDS
from tests.dns.field import SHAPES, Shape

#: Each text is checked in both.
LANGUAGES = ("en", "ja")


def texts(look: Look, language: str) -> str:
    """All that is said of the findings."""
    found = as_data(look, translator(language))["findings"]
    return "\n".join(f"{one['what']} {one['fix']}" for one in found)


@pytest.mark.parametrize("shape", SHAPES, ids=lambda shape: shape.id)
async def test_what_people_had_is_told_as_it_is(at: Place, dns: Dns, shape: Shape) -> None:
    wanted = shape.make(at) or RECORDS
    look = await dns.look(wanted[1].host, wanted, confirm=True, fresh=True)
    codes = {finding.code for finding in look.findings}
    assert look.verdict in shape.verdict
    assert not codes & shape.never
    assert bool(codes & shape.codes) is bool(shape.codes)
    assert not codes - shape.codes, "nobody is accused of more"
    for language in LANGUAGES:
        said = texts(look, language)
        for pattern in shape.said:
            assert re.search(pattern, said), language
        for pattern in shape.unsaid:
            assert not re.search(pattern, said), language
        assert "``" not in said
        assert "? min" not in said
