"""``chat``: posting, editing and deleting messages."""

from __future__ import annotations

import json
from typing import Any

from bot.tryout.slack.blocks import validate
from bot.tryout.slack.message import Json, Message
from bot.tryout.slack.webmethod import Args, Context, Method, SlackError, invalid_arguments
from bot.tryout.slack.workspace import Channel

#: docs.slack.dev, "Truncating really long messages". Slack cuts here; a simulator had better refuse.
TEXT = 40_000

#: Undocumented (slackapi/bolt-js issue 2509): blocks above about 13,200 characters are refused. Counted here as JSON.
BLOCKS = 13_200

#: Metadata is limited too; the number is not in the reference, so this one is ours, on the small side.
METADATA = 8_000


def post_message(context: Context, args: Args) -> Json:
    channel = _writable(context, args.need("channel", "channel_not_found"))
    text, blocks, metadata = content(args)
    if text is None and not blocks:
        raise SlackError("no_text")
    thread = args.text("thread_ts")
    if thread is not None and not _is_ts(thread):
        raise SlackError("invalid_thread_ts")
    # A thread whose parent is gone still takes replies in Slack; so it does here.
    message = context.workspace.post(
        channel.id,
        context.workspace.bot_user,
        text or "",
        blocks or [],
        thread_ts=thread,
        broadcast=args.flag("reply_broadcast"),
        metadata=metadata,
    )
    return {"channel": channel.id, "ts": message.ts, "message": as_slack(context, message, metadata=True)}


def update(context: Context, args: Args) -> Json:
    channel = _visible(context, args.need("channel", "channel_not_found"))
    message = _own(context, channel, args.need("ts", "message_not_found"), "cant_update_message")
    if channel.is_archived:
        raise SlackError("is_inactive")
    text, blocks, metadata = content(args)
    if text is None and blocks is None:
        raise SlackError("no_text")
    # The reference: text without blocks removes the blocks; blocks alone keep the text; metadata left out is kept.
    changes: dict[str, Any] = {"blocks": blocks or []}
    if text is not None:
        changes["text"] = text
    if "metadata" in args.raw:
        changes["metadata"] = metadata
    if args.flag("reply_broadcast") and message.is_reply:
        changes["broadcast"] = True
    new = context.workspace.edit(message, **changes)
    shown = as_slack(context, new, metadata=True)
    return {"channel": channel.id, "ts": new.ts, "text": new.text, "message": shown}


def delete(context: Context, args: Args) -> Json:
    channel = _visible(context, args.need("channel", "channel_not_found"))
    message = _own(context, channel, args.need("ts", "message_not_found"), "cant_delete_message")
    context.workspace.delete(message)
    return {"channel": channel.id, "ts": message.ts}


def post_ephemeral(context: Context, args: Args) -> Json:
    channel = _writable(context, args.need("channel", "channel_not_found"))
    user = args.need("user")
    if user not in channel.members:
        raise SlackError("user_not_in_channel" if user in context.workspace.people else "user_not_found")
    text, blocks, _ = content(args)
    if text is None and not blocks:
        raise SlackError("no_text")
    message = context.workspace.post(
        channel.id,
        context.workspace.bot_user,
        text or "",
        blocks or [],
        thread_ts=args.text("thread_ts"),
        private_to=user,
    )
    return {"message_ts": message.ts}


def content(args: Args) -> tuple[str | None, list[Json] | None, Json | None]:
    """Text, blocks and metadata of a message, or the refusal Slack would give."""
    text = args.text("text")
    if text is not None and len(text) > TEXT:
        raise SlackError("msg_too_long")
    blocks = args.structure("blocks", "invalid_blocks_format")
    if blocks is not None:
        if not isinstance(blocks, list):
            raise SlackError("invalid_blocks_format")
        if problems := validate(blocks, "message"):
            raise invalid_arguments(*problems, error="invalid_blocks")
        if len(json.dumps(blocks, ensure_ascii=False, separators=(",", ":"))) > BLOCKS:
            raise SlackError("msg_blocks_too_long")
    if args.raw.get("attachments"):
        raise SlackError("invalid_attachments")  # this bot uses none; refused rather than shown wrongly
    return text, blocks, _metadata(args)


def _metadata(args: Args) -> Json | None:
    metadata = args.structure("metadata", "invalid_metadata_format")
    if metadata is None or metadata == {}:
        return None
    if not isinstance(metadata, dict) or set(metadata) != {"event_type", "event_payload"}:
        raise SlackError("invalid_metadata_format")
    if not isinstance(metadata["event_type"], str) or not isinstance(metadata["event_payload"], dict):
        raise SlackError("invalid_metadata_format")
    if len(json.dumps(metadata)) > METADATA:
        raise SlackError("metadata_too_large")
    return metadata


def as_slack(context: Context, message: Message, *, metadata: bool) -> Json:
    """A message as the Web API shows it."""
    workspace = context.workspace
    shown: Json = {"type": "message", "user": message.user, "text": message.text, "ts": message.ts}
    shown["team"] = workspace.team_id
    if message.user == workspace.bot_user:
        shown |= {"bot_id": workspace.bot_id, "app_id": workspace.app_id}
    if message.blocks:
        shown["blocks"] = message.blocks
    if message.edited:
        shown["edited"] = {"user": workspace.bot_id, "ts": message.edited}
    if metadata and message.metadata:
        shown["metadata"] = message.metadata
    if message.tombstone:
        shown |= {"subtype": "tombstone", "hidden": True}
    if message.broadcast:
        shown["subtype"] = "thread_broadcast"
    if message.thread_ts:
        shown["thread_ts"] = message.thread_ts
        if message.user == workspace.bot_user:
            shown["parent_user_id"] = workspace.bot_user
    replies = workspace.replies(message.channel, message.ts)
    if replies:
        users = list(dict.fromkeys(r.user for r in replies))
        shown |= {
            "thread_ts": message.ts,
            "reply_count": len(replies),
            "reply_users_count": len(users),
            "latest_reply": replies[-1].ts,
            "reply_users": users,
            "is_locked": False,
            "subscribed": False,
        }
    return shown


def _writable(context: Context, target: str) -> Channel:
    """Where the app may post: a channel it is in, or a person's direct messages."""
    person = context.workspace.people.get(target)
    if person is not None:
        if person.deleted or person.is_bot:
            raise SlackError("channel_not_found")
        return context.workspace.dm(target)
    channel = _visible(context, target)
    if not context.is_in(channel):
        raise SlackError("not_in_channel")
    if channel.is_archived:
        raise SlackError("is_archived")
    return channel


def _visible(context: Context, channel_id: str) -> Channel:
    channel = context.workspace.channels.get(channel_id)
    if channel is None or (channel.kind != "channels" and not context.is_in(channel)):
        raise SlackError("channel_not_found")
    return channel


def _own(context: Context, channel: Channel, ts: str, refusal: str) -> Message:
    message = channel.messages.get(ts)
    if message is None or message.tombstone:  # also what Slack says of an ephemeral message
        raise SlackError("message_not_found")
    if message.user != context.workspace.bot_user:
        raise SlackError(refusal)
    return message


def _is_ts(text: str) -> bool:
    seconds, dot, micro = text.partition(".")
    return bool(dot) and seconds.isdigit() and micro.isdigit() and len(micro) == 6


METHODS = {
    # Special tier: one a second and channel is counted in pace.py; this is the workspace's "several hundred a minute".
    "chat.postMessage": Method(post_message, 300, "chat:write"),
    "chat.postEphemeral": Method(post_ephemeral, 100, "chat:write"),
    "chat.update": Method(update, 50, "chat:write"),
    "chat.delete": Method(delete, 50, "chat:write"),
}
