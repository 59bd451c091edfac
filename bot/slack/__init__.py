"""Slack in: the only package that knows Bolt."""

from __future__ import annotations

from bot.slack.incoming import BURST, COMMAND, RATE, SlackIn
from bot.slack.socketmode import SocketMode

__all__ = ["BURST", "COMMAND", "RATE", "SlackIn", "SocketMode"]
