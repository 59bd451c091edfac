"""The Slack app: what Slack accepts, what its own schema misses, and that every right we ask for has a reason."""

from __future__ import annotations

import ast
import copy
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from bot.slack import listeners
from bot.slack.manifest import EVENTS, SCOPES, app, manifest
from bot.views import card, publishing, replies
from commands import discover

ROOT = Path(__file__).parents[2]
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


def test_no_event_tells_what_people_write(written: Any) -> None:
    assert written["settings"]["event_subscriptions"]["bot_events"] == ["app_home_opened"] == list(EVENTS)
    assert written["features"]["app_home"]["home_tab_enabled"] is True


def test_the_code_listens_to_every_event_that_is_subscribed() -> None:
    files = sorted((ROOT / "bot" / "slack").glob("*.py"))
    calls = [n for file in files for n in nodes(file) if isinstance(n, ast.Call)]
    heard = {constants(n)[0] for n in calls if isinstance(n.func, ast.Attribute) and n.func.attr == "event"}
    assert heard == set(EVENTS)


def test_addresses_are_there_for_http_only() -> None:
    socket, http = app(), app(URL)
    assert "http" not in str(socket)
    assert socket["settings"]["socket_mode_enabled"] is True
    assert http["settings"]["socket_mode_enabled"] is False
    assert http["settings"]["interactivity"]["request_url"] == f"{URL}/slack/events"
    assert http["settings"]["event_subscriptions"]["request_url"] == f"{URL}/slack/events"


def test_the_two_differ_in_nothing_else() -> None:
    http = copy.deepcopy(app(URL))
    http["settings"]["socket_mode_enabled"] = True
    del http["settings"]["interactivity"]["request_url"]
    del http["settings"]["event_subscriptions"]["request_url"]
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
    assert re.findall(r"^\| `([a-z.:_]+)` \| [^|]{10,} \|$", readme, re.MULTILINE) == list(SCOPES)


# ---- the code, both ways

#: Each method of the Web API the bot calls, and the scopes of which it needs one for public, the other for private
#: channels (docs.slack.dev, reference/methods). None: any token will do.
METHODS: dict[str, set[str]] = {
    "auth.test": set(),
    "chat.postEphemeral": {"chat:write"},
    "chat.postMessage": {"chat:write"},
    "chat.update": {"chat:write"},
    "conversations.history": {"channels:history", "groups:history"},
    "conversations.info": {"channels:read", "groups:read"},
    "conversations.join": {"channels:join"},
    "conversations.members": {"channels:read", "groups:read"},
    "conversations.replies": {"channels:history", "groups:history"},
    "usergroups.users.list": {"usergroups:read"},
    "users.info": {"users:read"},
    "views.open": set(),
    "views.publish": set(),
}
#: What Slack asks for without a method being called: the slash command.
FEATURES = {"commands"}

#: Pressed, but nothing of ours: a link, and the fields of forms.
NO_COMMAND = {"open_admin"}


def nodes(*files: Path) -> Iterator[ast.AST]:
    for file in files:
        yield from ast.walk(ast.parse(file.read_text(encoding="utf-8")))


def constants(call: ast.Call) -> list[str]:
    """The texts among a call's arguments; of an f-string, what it begins with."""
    found: list[str] = []
    for argument in call.args:
        part = argument.values[0] if isinstance(argument, ast.JoinedStr) else argument
        if isinstance(part, ast.Constant) and isinstance(part.value, str):
            found.append(part.value)
    return found


def called_methods() -> set[str]:
    """Every text that looks like a method of the Web API where the bot calls it."""
    files = [ROOT / "bot" / "app.py", *(ROOT / "bot" / "slack").glob("*.py")]
    texts = {n.value for n in nodes(*files) if isinstance(n, ast.Constant) and isinstance(n.value, str)}
    return {
        text for text in texts if re.fullmatch(r"(auth|chat|conversations|usergroups|users|views)\.[A-Za-z.]+", text)
    }


def action_ids() -> set[str]:
    """The verbs of all buttons that views make: those written where a button is made, and those in tables."""
    found = (
        {action for row in card.BUTTONS.values() for action in row}
        | set(replies._HELPFUL.values())
        | set(publishing.HELP)
    )
    makers = {"simple": 0, "one": 0, "turn": 0, "button": 1, "link_button": 1}
    for call in nodes(*(ROOT / "bot" / "views").glob("*.py")):
        if isinstance(call, ast.Call):
            name = call.func.attr if isinstance(call.func, ast.Attribute) else getattr(call.func, "id", "")
            texts = constants(call)
            place = makers.get(name)
            if place is not None and texts:
                found.add(texts[-1] if place and len(texts) > 1 else texts[0])
    return {action.partition(":")[0] for action in found if re.fullmatch(r"[a-z_]+(:.*)?", action)}


def test_the_command_is_the_one_the_code_listens_to(written: Any) -> None:
    assert [command["command"] for command in written["features"]["slash_commands"]] == [listeners.COMMAND]


def test_the_hint_names_what_can_be_typed(written: Any) -> None:
    (command,) = written["features"]["slash_commands"]
    assert set(re.findall(r"[a-z]{3,}", command["usage_hint"])) - {"domain"} <= set(discover().words)


def test_every_button_runs_a_command() -> None:
    assert action_ids() - NO_COMMAND <= {command.name for command in discover().all}


def test_every_command_that_cannot_be_typed_has_a_button_or_a_form() -> None:
    forms = {text for file in (ROOT / "commands").glob("*.py") for text in submitted(file)}
    assert {command.name for command in discover().all if not command.typed} <= action_ids() | forms


def submitted(file: Path) -> set[str]:
    """What the forms that a command opens are submitted to."""
    calls = [n for n in nodes(file) if isinstance(n, ast.Call) and getattr(n.func, "id", "") == "Form"]
    return {constants(call)[0] for call in calls}


def test_every_form_is_submitted_to_a_command() -> None:
    names = {command.name for command in discover().all}
    for file in (ROOT / "commands").glob("*.py"):
        assert submitted(file) <= names


def test_every_method_the_bot_calls_is_covered_by_a_scope() -> None:
    assert called_methods() == set(METHODS)
    assert set().union(*METHODS.values()) <= set(SCOPES)


def test_every_scope_is_needed_by_something() -> None:
    assert set(SCOPES) == set().union(*METHODS.values()) | FEATURES
