"""The Slack app: the only place that says what it may do and why. ``manifest.yml`` and the README's table follow it.

Slack reads a manifest as YAML or JSON. ``manifest.yml`` at the top of the repository is :func:`manifest` written down
(``make docs``), to be copied from a browser; an installed bot prints the same with ``emaildomain manifest``.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from types import MappingProxyType
from typing import Any
from urllib.parse import urlsplit

#: The one path Slack sends everything to in HTTP mode.
EVENTS_PATH = "/slack/events"

#: Each bot scope and what the bot does with it.
SCOPES: Mapping[str, str] = MappingProxyType(
    {
        "commands": "`/emaildomain` itself.",
        "chat:write": "Post the card of a domain and its messages, and keep the card up to date.",
        "channels:join": "Join a public channel before the first post there, so that nobody has to invite the bot.",
        "users:read": "Tell full members from guests and bots, and answer in the reader's language and time zone.",
        "usergroups:read": "Find the members of a user group that is named as approver.",
        "channels:read": "See that a public channel exists, is not archived, and who may approve in it.",
        "groups:read": "The same for a private channel the bot was invited to.",
        "channels:history": "Find the bot's own message in its own thread or among its cards after a lost answer, so "
        "that nothing is posted twice. No message events are subscribed.",
        "groups:history": "The same in a private channel the bot was invited to.",
    }
)

#: Each event and what the bot does when it happens. None of them tells what people write.
EVENTS: Mapping[str, str] = MappingProxyType(
    {"app_home_opened": "Show the Home tab: what waits for the reader, then every domain."}
)

_SHORT = 'Takes an email sending domain from "add" to "you may send now", and keeps watching it.'
_LONG = (
    "Prepares campaign domains for outbound email on Genesys Cloud. Type /emaildomain add with a subdomain: the bot "
    "shows the two DNS records to publish, looks for them by itself, says what is wrong when something is, asks the "
    "team for approval, activates, and tells the channel when the two hours of waiting are over and mail may be sent. "
    "Afterwards it keeps watching the records. People decide; the bot remembers, looks and explains."
)


def app(http_url: str | None = None) -> dict[str, Any]:
    """The manifest as data: for Socket Mode, or for HTTP where ``http_url`` is the bot's public address.

    Raises :class:`ValueError` if Slack could not reach that address.
    """
    address = None if http_url is None else _request_url(http_url)
    return {
        "display_information": {
            "name": "emaildomain",
            "description": _SHORT,
            "long_description": _LONG,
            "background_color": "#1d3557",
        },
        "features": {
            # Owners get a direct message when a channel is gone; they cannot write back.
            "app_home": {
                "home_tab_enabled": True,
                "messages_tab_enabled": True,
                "messages_tab_read_only_enabled": True,
            },
            "bot_user": {"display_name": "emaildomain", "always_online": True},
            "slash_commands": [
                {
                    "command": "/emaildomain",
                    **({"url": address} if address else {}),
                    "description": "Prepare and watch email sending domains",
                    "usage_hint": "add | check | activate | status | list | remove <domain>, or help",
                    "should_escape": False,
                }
            ],
        },
        "oauth_config": {"scopes": {"bot": list(SCOPES)}},
        "settings": {
            "event_subscriptions": {**({"request_url": address} if address else {}), "bot_events": list(EVENTS)},
            "interactivity": {"is_enabled": True, **({"request_url": address} if address else {})},
            "org_deploy_enabled": False,
            "socket_mode_enabled": address is None,
            "token_rotation_enabled": False,
        },
    }


def manifest(http_url: str | None = None) -> str:
    """The manifest as YAML, ready to paste under *Create New App*, *From a manifest*."""
    way = "HTTP" if http_url else "Socket Mode"
    return "\n".join([f"# The Slack app, for {way}. Written by `emaildomain manifest`.", *_yaml(app(http_url)), ""])


def _request_url(http_url: str) -> str:
    parts = urlsplit(http_url)
    if parts.scheme != "https" or not parts.hostname or parts.query or parts.fragment:
        raise ValueError("Slack needs an https address without ? and #, for example https://emaildomain.example.com")
    return http_url.rstrip("/").removesuffix(EVENTS_PATH) + EVENTS_PATH


def _yaml(value: object, indent: str = "") -> Iterator[str]:
    """The lines of ``value`` in YAML. Scalars are written as JSON, which YAML reads alike."""
    if isinstance(value, Mapping):
        for key, item in value.items():
            if isinstance(item, Mapping | list):
                yield f"{indent}{key}:"
                yield from _yaml(item, f"{indent}  ")
            else:
                yield f"{indent}{key}: {json.dumps(item, ensure_ascii=False)}"
    elif isinstance(value, Sequence) and not isinstance(value, str):
        for item in value:
            first, *rest = _yaml(item, f"{indent}  ")
            yield f"{indent}- {first.lstrip()}"
            yield from rest
    else:
        yield indent + json.dumps(value, ensure_ascii=False)
