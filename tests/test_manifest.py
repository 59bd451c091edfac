"""The Slack app: what Slack accepts, what its own schema misses, and that every right we ask for has a reason."""

from __future__ import annotations

import copy
import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from bot.manifest import SCOPES, app, manifest

ROOT = Path(__file__).parent.parent
URL = "https://emaildomain.example.com"

#: The bot scopes Slack knows, of those that could ever be of use here (docs.slack.dev, reference/scopes).
KNOWN_SCOPES = {
    "app_mentions:read",
    "channels:history",
    "channels:join",
    "channels:read",
    "chat:write",
    "commands",
    "groups:history",
    "groups:read",
    "im:write",
    "usergroups:read",
    "users:read",
}


@pytest.fixture(params=[None, URL], ids=["socket mode", "http"])
def written(request: pytest.FixtureRequest) -> Any:
    """The manifest as Slack reads it."""
    return yaml.safe_load(manifest(request.param))


def test_the_yaml_says_what_the_data_says() -> None:
    assert yaml.safe_load(manifest()) == app()
    assert yaml.safe_load(manifest(URL)) == app(URL)


def test_the_file_is_what_the_bot_prints() -> None:
    assert (ROOT / "manifest.yml").read_text(encoding="utf-8") == manifest(), "write it again with `make docs`"


def test_slacks_limits_on_lengths(written: Any) -> None:
    about = written["display_information"]
    assert 1 <= len(about["name"]) <= 35
    assert 1 <= len(about["description"]) <= 140
    assert 175 <= len(about["long_description"]) <= 4000
    assert re.fullmatch(r"#(?:[0-9a-fA-F]{3}){1,2}", about["background_color"])
    assert 1 <= len(written["features"]["bot_user"]["display_name"]) <= 80


def test_slacks_rules_on_commands(written: Any) -> None:
    (command,) = written["features"]["slash_commands"]
    assert re.fullmatch(r"/[a-z0-9_-]{1,31}", command["command"])
    assert 1 <= len(command["description"]) <= 2000
    assert len(command["usage_hint"]) <= 1000
    assert command["should_escape"] is False  # the literal text; auto-links are understood, too


def test_only_scopes_slack_knows_and_each_once(written: Any) -> None:
    scopes = written["oauth_config"]["scopes"]["bot"]
    assert set(scopes) <= KNOWN_SCOPES
    assert len(scopes) == len(set(scopes))
    assert list(written["oauth_config"]["scopes"]) == ["bot"]


def test_no_events_are_subscribed(written: Any) -> None:
    assert "event_subscriptions" not in written["settings"]


def test_addresses_are_there_for_http_only() -> None:
    socket, http = app(), app(URL)
    assert "http" not in str(socket)
    assert socket["settings"]["socket_mode_enabled"] is True
    assert http["settings"]["socket_mode_enabled"] is False
    assert http["settings"]["interactivity"]["request_url"] == f"{URL}/slack/events"


def test_the_two_differ_in_nothing_else() -> None:
    http = copy.deepcopy(app(URL))
    http["settings"]["socket_mode_enabled"] = True
    del http["settings"]["interactivity"]["request_url"]
    for command in http["features"]["slash_commands"]:
        assert command.pop("url") == f"{URL}/slack/events"
    assert http == app()


@pytest.mark.parametrize("url", [URL, f"{URL}/", f"{URL}/slack/events", f"{URL}/slack/events/"])
def test_the_address_may_be_given_in_full(url: str) -> None:
    assert manifest(url) == manifest(URL)


@pytest.mark.parametrize(
    "url", ["http://emaildomain.example.com", "emaildomain.example.com", "", f"{URL}/?a=b", "https://"]
)
def test_an_address_slack_cannot_use_is_refused(url: str) -> None:
    with pytest.raises(ValueError, match="https address"):
        manifest(url)


def test_the_readme_gives_a_reason_for_every_scope() -> None:
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    assert re.findall(r"^\| `([a-z.:_]+)` \| .{10,} \|$", readme, re.MULTILINE) == list(SCOPES)
