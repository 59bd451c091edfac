"""The shapes of what Slack sends to an app: slash commands, clicks, submitted forms, shortcuts, events."""

from __future__ import annotations

from typing import Any

from bot.tryout.slack.forms import Form
from bot.tryout.slack.message import Json, Message
from bot.tryout.slack.workspace import Channel, Person, Workspace

#: The deprecated verification token; every payload still carries one.
TOKEN = "verification-token"  # noqa: S105

#: The name Slack puts where a conversation has none the app may know.
_NAMES = {"im": "directmessage", "groups": "privategroup"}


def command(workspace: Workspace, person: Person, channel: Channel, name: str, text: str) -> dict[str, str]:
    """The fields of a slash command's form, without ``trigger_id`` and ``response_url``.

    A person of another workspace comes with that workspace's team id (as in shared channels).
    """
    return {
        "token": TOKEN,
        "team_id": _acting_in(workspace, person),
        "team_domain": workspace.domain,
        "channel_id": channel.id,
        "channel_name": _NAMES.get(channel.kind, channel.name),
        "user_id": person.id,
        "user_name": person.name,
        "command": name,
        "text": text,
        "api_app_id": workspace.app_id,
        "is_enterprise_install": "false",
    }


def interaction(workspace: Workspace, person: Person, kind: str) -> Json:
    """What all interactive payloads share."""
    return {
        "type": kind,
        "user": {"id": person.id, "username": person.name, "name": person.name, "team_id": person.team_id},
        "api_app_id": workspace.app_id,
        "token": TOKEN,
        "team": {"id": _acting_in(workspace, person), "domain": workspace.domain},
        "enterprise": None,
        "is_enterprise_install": False,
    }


def on_message(workspace: Workspace, message: Message, shown: Json) -> Json:
    """Where a click on a message happened."""
    channel = workspace.channels[message.channel]
    container: Json = {
        "type": "message",
        "message_ts": message.ts,
        "channel_id": channel.id,
        "is_ephemeral": message.private_to is not None,
    }
    if message.thread_ts:
        container["thread_ts"] = message.thread_ts
    place: Json = {
        "container": container,
        "channel": {"id": channel.id, "name": _NAMES.get(channel.kind, channel.name)},
        "state": {"values": {}},
    }
    if message.private_to is None:  # an ephemeral message itself is not sent along
        place["message"] = shown
    return place


def on_form(workspace: Workspace, form: Form, values: Json) -> Json:
    """Where a click in a form or on a Home tab happened."""
    return {
        "container": {"type": "view", "view_id": form.id},
        "view": workspace.forms.payload(form, values),
    }


def action(element: Json, block_id: str, ts: str, value: str | None) -> Json:
    """The entry of ``actions`` for one element; ``value`` is the choice where there is one to make."""
    kind = element["type"]
    entry: Json = {"type": kind, "action_id": element["action_id"], "block_id": block_id, "action_ts": ts}
    if kind == "button":
        entry["text"] = element["text"]
        for key in ("value", "style", "url"):
            if key in element:
                entry[key] = element[key]
    else:
        entry |= chosen(element, value)
    return entry


def chosen(element: Json, value: Any) -> Json:
    """What a person put into an element, in the keys Slack uses for its type. None is "nothing"."""
    match element["type"]:
        case "static_select" | "radio_buttons" | "overflow":
            return {"selected_option": None if value is None else option(element, value)}
        case "checkboxes" | "multi_static_select":
            return {"selected_options": [option(element, v) for v in value or []]}
        case "users_select":
            return {"selected_user": value}
        case "multi_users_select":
            return {"selected_users": list(value or [])}
        case "conversations_select":
            return {"selected_conversation": value}
        case "multi_conversations_select":
            return {"selected_conversations": list(value or [])}
    return {"value": value or None}


def option(element: Json, value: str) -> Json:
    """The option of a select with this value; LookupError where there is none."""
    groups = [g.get("options", []) for g in element.get("option_groups", [])]
    for candidate in [*element.get("options", []), *(o for group in groups for o in group)]:
        if candidate["value"] == value:
            found: Json = candidate
            return found
    raise LookupError(f"no option {value!r} in {element['action_id']}")


def initial(element: Json) -> Any:
    """The value an element shows before anybody touches it."""
    match element["type"]:
        case "static_select" | "radio_buttons":
            return (element.get("initial_option") or {}).get("value")
        case "checkboxes" | "multi_static_select":
            return [o["value"] for o in element.get("initial_options", [])]
        case "users_select":
            return element.get("initial_user")
        case "multi_users_select":
            return element.get("initial_users", [])
        case "conversations_select":
            return element.get("initial_conversation")
        case "multi_conversations_select":
            return element.get("initial_conversations", [])
    return element.get("initial_value")


def event(workspace: Workspace, body: Json, event_id: str, at: int) -> Json:
    """The envelope around an event; ``at`` in milliseconds."""
    return {
        "token": TOKEN,
        "team_id": workspace.team_id,
        "api_app_id": workspace.app_id,
        "event": body,
        "type": "event_callback",
        "event_id": event_id,
        "event_time": at // 1000,
        "authorizations": [
            {
                "enterprise_id": None,
                "team_id": workspace.team_id,
                "user_id": workspace.bot_user,
                "is_bot": True,
                "is_enterprise_install": False,
            }
        ],
        "is_ext_shared_channel": False,
    }


def _acting_in(workspace: Workspace, person: Person) -> str:
    """The workspace they act in. Members of an Enterprise Grid may have their home in another one of it."""
    return workspace.team_id if workspace.team_id in person.teams else person.team_id
