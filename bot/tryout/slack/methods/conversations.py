"""``conversations``: channels, who is in them, and what was said there."""

from __future__ import annotations

from bot.tryout.slack.message import Json, Message
from bot.tryout.slack.methods.chat import as_slack
from bot.tryout.slack.paging import page
from bot.tryout.slack.webmethod import Args, Context, Method, SlackError
from bot.tryout.slack.workspace import Channel

#: ``types`` of conversations.list, and the kind of channel each means.
TYPES = {"public_channel": "channels", "private_channel": "groups", "im": "im", "mpim": "mpim"}


def info(context: Context, args: Args) -> Json:
    channel = context.seen(args.text("channel"), "read")
    shown = _channel(context, channel)
    if args.flag("include_num_members"):
        shown["num_members"] = len(channel.members)
    return {"channel": shown}


def listing(context: Context, args: Args) -> Json:
    kinds = []
    for kind in (args.text("types") or "public_channel").split(","):
        if kind.strip() not in TYPES:
            raise SlackError("invalid_types")
        kinds.append(TYPES[kind.strip()])
        context.require(f"{kinds[-1]}:read")
    channels = [
        _channel(context, channel)
        for channel in context.workspace.channels.values()
        if channel.kind in kinds
        and (channel.kind == "channels" or context.is_in(channel))
        and not (args.flag("exclude_archived") and channel.is_archived)
    ]
    return page("channels", channels, args, default=100, most=1000)


def members(context: Context, args: Args) -> Json:
    channel = context.seen(args.text("channel"), "read")
    return page("members", channel.members, args, default=100, most=1000)


def join(context: Context, args: Args) -> Json:
    channel = context.workspace.channels.get(args.text("channel") or "")
    if channel is None or (channel.is_private and not context.is_in(channel)):
        raise SlackError("channel_not_found")
    if channel.kind != "channels":
        raise SlackError("method_not_supported_for_channel_type")
    if channel.is_archived:
        raise SlackError("is_archived")
    if context.is_in(channel):
        return {
            "channel": _channel(context, channel),
            "warning": "already_in_channel",
            "response_metadata": {"warnings": ["already_in_channel"]},
        }
    context.workspace.join(channel.id, context.workspace.bot_user)
    return {"channel": _channel(context, channel)}


def open_(context: Context, args: Args) -> Json:
    users = [u for u in (args.text("users") or "").split(",") if u]
    if len(users) != 1:
        raise SlackError("users_list_not_supplied" if not users else "not_enabled")  # group messages: not simulated
    person = context.workspace.people.get(users[0])
    if person is None:
        raise SlackError("user_not_found")
    if person.deleted:
        raise SlackError("user_disabled")
    if person.is_bot:
        raise SlackError("cannot_dm_bot")
    channel = context.workspace.dm(person.id)
    return {"channel": _channel(context, channel) if args.flag("return_im") else {"id": channel.id}}


def history(context: Context, args: Args) -> Json:
    channel = _readable(context, args)
    shown = [m for m in channel.messages.values() if not m.is_reply or m.broadcast]
    return _messages(context, args, _between(shown, args)[::-1], default=100)


def replies(context: Context, args: Args) -> Json:
    channel = _readable(context, args)
    found = channel.messages.get(args.need("ts"))
    if found is None:
        raise SlackError("thread_not_found")
    parent = channel.messages.get(found.thread_ts or found.ts)
    thread = context.workspace.replies(channel.id, found.thread_ts or found.ts)
    # The parent comes along whatever ``oldest`` says, as it does from Slack.
    shown = [*([parent] if parent else []), *_between(thread, args)]
    return _messages(context, args, shown, default=1000)


def _readable(context: Context, args: Args) -> Channel:
    channel = context.seen(args.text("channel"), "history")
    if not context.is_in(channel):
        raise SlackError("not_in_channel")
    return channel


def _between(messages: list[Message], args: Args) -> list[Message]:
    """Messages after ``oldest`` and before ``latest``; with ``inclusive``, these two as well."""
    oldest, latest, inclusive = _ts(args, "oldest"), _ts(args, "latest"), args.flag("inclusive")
    return [
        m
        for m in sorted(messages, key=lambda m: m.ts)
        if (oldest is None or float(m.ts) > oldest or (inclusive and float(m.ts) == oldest))
        and (latest is None or float(m.ts) < latest or (inclusive and float(m.ts) == latest))
    ]


def _ts(args: Args, name: str) -> float | None:
    value = args.text(name)
    try:
        return None if value is None else float(value)
    except ValueError:
        raise SlackError(f"invalid_ts_{name}") from None


def _messages(context: Context, args: Args, messages: list[Message], *, default: int) -> Json:
    metadata = args.flag("include_all_metadata")
    answer = page("messages", messages, args, default=default, most=999)
    answer["messages"] = [as_slack(context, m, metadata=metadata) for m in answer["messages"]]
    answer["has_more"] = bool(answer["response_metadata"]["next_cursor"])
    return answer


def _channel(context: Context, channel: Channel) -> Json:
    shown: Json = {
        "id": channel.id,
        "created": channel.created,
        "is_archived": channel.is_archived,
        "is_im": channel.is_im,
        "is_org_shared": False,
        "context_team_id": context.workspace.team_id,
        "updated": channel.created * 1000,
    }
    if channel.is_im:
        return {**shown, "user": next(u for u in channel.members if u != context.workspace.bot_user)}
    return {
        **shown,
        "name": channel.name,
        "name_normalized": channel.name,
        "is_channel": not channel.is_private,
        "is_group": channel.is_private,
        "is_mpim": False,
        "is_private": channel.is_private,
        "is_general": False,
        "is_shared": False,
        "is_ext_shared": False,
        "is_member": context.is_in(channel),
        "topic": {"value": "", "creator": "", "last_set": 0},
        "purpose": {"value": "", "creator": "", "last_set": 0},
        "previous_names": [],
    }


METHODS = {
    "conversations.info": Method(info, 50),
    "conversations.list": Method(listing, 20),
    "conversations.members": Method(members, 100),
    "conversations.join": Method(join, 50, "channels:join"),
    "conversations.open": Method(open_, 50, "im:write"),
    "conversations.history": Method(history, 50),
    "conversations.replies": Method(replies, 50),
}
