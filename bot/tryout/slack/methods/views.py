"""``views``: opening and changing forms, publishing Home tabs."""

from __future__ import annotations

import json
from typing import Any

from bot.tryout.slack.blocks import validate_view
from bot.tryout.slack.forms import Form, FormError
from bot.tryout.slack.message import Json
from bot.tryout.slack.webmethod import Args, Context, Method, SlackError, invalid_arguments

#: docs.slack.dev, views.publish: a view above 250 KB is refused.
BYTES = 250_000


def open_(context: Context, args: Args) -> Json:
    view = checked(args, "modal")
    person = context.triggers.take(args.need("trigger_id"))
    return _answer(context, lambda: context.workspace.forms.open(person, view))


def push(context: Context, args: Args) -> Json:
    view = checked(args, "modal")
    person = context.triggers.take(args.need("trigger_id"))
    return _answer(context, lambda: context.workspace.forms.push(person, view))


def update(context: Context, args: Args) -> Json:
    forms = context.workspace.forms

    def change() -> Form:
        form = forms.find(view_id=args.text("view_id"), external_id=args.text("external_id"))
        return forms.update(form, checked(args, form.view["type"]), args.text("hash"))

    return _answer(context, change)


def publish(context: Context, args: Args) -> Json:
    if not context.has_home:
        raise SlackError("not_enabled")
    view = checked(args, "home")
    person = args.need("user_id")
    if person not in context.workspace.people:
        raise SlackError("user_not_found")
    return _answer(context, lambda: context.workspace.forms.publish(person, view, args.text("hash")))


def checked(args: Args, surface: str) -> Json:
    """The ``view`` argument, or Slack's refusal of it."""
    view: Any = args.structure("view", "invalid_arguments")
    if not isinstance(view, dict):
        raise invalid_arguments("[ERROR] missing required field: view")
    if problems := validate_view(view, surface):
        raise invalid_arguments(*problems)
    if len(json.dumps(view, ensure_ascii=False).encode()) > BYTES:
        raise SlackError("view_too_large")
    return view


def _answer(context: Context, act: Any) -> Json:
    try:
        form: Form = act()
    except FormError as refused:
        raise SlackError(str(refused)) from None
    return {"view": context.workspace.forms.payload(form)}


METHODS = {
    "views.open": Method(open_, 100),
    "views.push": Method(push, 100),
    "views.update": Method(update, 100),
    "views.publish": Method(publish, 100),
}
