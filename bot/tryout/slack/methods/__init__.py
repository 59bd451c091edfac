"""The methods of the simulated Web API, one module per family as in Slack's own reference."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from bot.tryout.slack.methods import chat, conversations, people, views
from bot.tryout.slack.webmethod import Method

METHODS: Mapping[str, Method] = MappingProxyType(
    {**people.METHODS, **chat.METHODS, **conversations.METHODS, **views.METHODS}
)
