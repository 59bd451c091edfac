"""Which CNAME targets are the carrier's. What a target was meant to be is tested with the diagnosis."""

from __future__ import annotations

import pytest

from bot.model.diagnosis.cname_targets import is_carrier


@pytest.mark.parametrize(
    ("name", "target", "expected"),
    [
        pytest.param("sparkpostmail.com", None, True, id="the US service"),
        pytest.param("eu.sparkpostmail.com", "sparkpostmail.com", True, id="the EU service, though ours is the US one"),
        pytest.param("sparkpost.com", None, True, id="the carrier's other domain"),
        pytest.param("acme.mail.e.sparkpost.com", None, True, id="a tenant's host"),
        pytest.param("SparkPostMail.COM.", None, True, id="capitals and a final dot"),
        pytest.param("bounce.platform.example", "Bounce.Platform.example.", True, id="what our record points to"),
        pytest.param("x.bounce.platform.example", "bounce.platform.example", False, id="below our target: not it"),
        pytest.param("notsparkpostmail.com", None, False, id="ends with the same letters, another domain"),
        pytest.param("sparkpostmail.com.xyzcorp.com", None, False, id="a zone appended: a name of the zone's own"),
        pytest.param("sparkpostmail.co", None, False, id="a misspelt one"),
        pytest.param("com", None, False, id="above the carrier"),
        pytest.param("", None, False, id="the root"),
        pytest.param("", "", False, id="an empty target is none"),
    ],
)
def test_the_carrier_in_any_region(name: str, target: str | None, expected: bool) -> None:
    assert is_carrier(name, target) is expected
