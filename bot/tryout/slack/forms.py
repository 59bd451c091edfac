"""The forms (modals) and Home tabs that are open: their stack, their hashes, what was typed into them."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from bot.tryout.slack.message import Json

#: A modal may have this many views on top of each other (docs.slack.dev, views.push).
DEPTH = 3


class FormError(Exception):
    """Slack's name for why a form could not be opened or changed."""


@dataclass(eq=False)
class Form:
    """One open view. ``errors`` are the sentences shown at its inputs, by block id."""

    id: str
    person: str
    view: Json
    hash: str
    root: str
    previous: str | None
    errors: dict[str, str] = field(default_factory=dict)

    @property
    def text(self) -> str:
        return str(self.view.get("title", {}).get("text", ""))

    @property
    def blocks(self) -> list[Json]:
        blocks: list[Json] = self.view["blocks"]
        return blocks

    @property
    def callback_id(self) -> str:
        return str(self.view.get("callback_id", ""))


class Forms:
    """Open modals by person, and the Home tab of each person."""

    def __init__(self, *, team_id: str, app_id: str, bot_id: str, touch: Callable[[], None]) -> None:
        self._identity = {"team_id": team_id, "app_id": app_id, "app_installed_team_id": team_id, "bot_id": bot_id}
        self._touch = touch
        self._ids = itertools.count(1)
        self.stacks: dict[str, list[Form]] = {}
        self.homes: dict[str, Form] = {}

    def open(self, person: str, view: Json) -> Form:
        """A modal over whatever was open: a second one replaces the first, as the client does."""
        self.stacks[person] = []
        return self.push(person, view)

    def push(self, person: str, view: Json) -> Form:
        stack = self.stacks.setdefault(person, [])
        if len(stack) >= DEPTH:
            raise FormError("push_limit_reached")
        self._external_id_free(view, None)
        form = self._form(person, view, stack[-1] if stack else None)
        stack.append(form)
        self._touch()
        return form

    def publish(self, person: str, view: Json, seen: str | None) -> Form:
        """Replace a person's Home tab; ``seen`` (a hash) guards against a newer one."""
        old = self.homes.get(person)
        self._external_id_free(view, old)
        if old is None:
            old = self.homes[person] = self._form(person, view, None)
        elif seen and seen != old.hash:
            raise FormError("hash_conflict")
        old.view, old.hash = self._named(view), self._hash()
        self._touch()
        return old

    def update(self, form: Form, view: Json, seen: str | None = None) -> Form:
        if seen and seen != form.hash:
            raise FormError("hash_conflict")
        self._external_id_free(view, form)
        form.view, form.hash, form.errors = self._named(view), self._hash(), {}
        self._touch()
        return form

    def find(self, *, view_id: str | None = None, external_id: str | None = None) -> Form:
        for form in self._all():
            if view_id == form.id or (external_id and form.view.get("external_id") == external_id):
                return form
        raise FormError("not_found")

    def top(self, person: str) -> Form | None:
        stack = self.stacks.get(person)
        return stack[-1] if stack else None

    def close(self, form: Form) -> None:
        self.stacks[form.person] = [other for other in self.stacks.get(form.person, []) if other is not form]
        self._touch()

    def clear(self, person: str) -> None:
        self.stacks[person] = []
        self._touch()

    def payload(self, form: Form, values: Json | None = None) -> Json:
        """The view as Slack shows it to the app."""
        shown: Json = {
            "id": form.id,
            **self._identity,
            "private_metadata": "",
            "callback_id": "",
            "external_id": "",
            "clear_on_close": False,
            "notify_on_close": False,
            **form.view,
            "state": {"values": values or {}},
            "hash": form.hash,
            "root_view_id": form.root,
            "previous_view_id": form.previous,
        }
        if form.view["type"] == "modal":
            shown = {"submit": None, "close": None, "submit_disabled": False, **shown}
        return shown

    def _form(self, person: str, view: Json, below: Form | None) -> Form:
        view_id = f"V{next(self._ids):08d}"
        root, previous = (below.root, below.id) if below else (view_id, None)
        return Form(view_id, person, self._named(view), self._hash(), root, previous)

    def _named(self, view: Json) -> Json:
        blocks: list[Any] = view.get("blocks", [])
        return {**view, "blocks": [{"block_id": f"auto-{index}", **block} for index, block in enumerate(blocks)]}

    def _hash(self) -> str:
        return f"hash.{next(self._ids):08d}"

    def _external_id_free(self, view: Json, form: Form | None) -> None:
        external = view.get("external_id")
        if external and any(f is not form and f.view.get("external_id") == external for f in self._all()):
            raise FormError("duplicate_external_id")

    def _all(self) -> list[Form]:
        return [form for stack in self.stacks.values() for form in stack] + list(self.homes.values())
