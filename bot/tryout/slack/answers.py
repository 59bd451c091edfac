"""What Slack makes of an app's acknowledgement: words for the person, the next step of a form, or its own notice."""

from __future__ import annotations

from typing import Any

from bot.tryout.slack.blocks import validate_view
from bot.tryout.slack.forms import Form, FormError
from bot.tryout.slack.hooks import BadAnswerError, Hook, Hooks
from bot.tryout.slack.message import Json
from bot.tryout.slack.workspace import SLACKBOT, Workspace


class Answers:
    """Shows acknowledgements to the person who acted."""

    def __init__(self, workspace: Workspace, hooks: Hooks) -> None:
        self._workspace, self._hooks = workspace, hooks

    def notice(self, person: str, channel: str, text: str) -> None:
        """Slack itself tells a person something."""
        self._workspace.post(channel, SLACKBOT, text, private_to=person)

    def to_command(self, hook: Hook, name: str, body: Any, problem: str | None) -> None:
        """A command's acknowledgement may carry an answer, private unless it says otherwise."""
        if problem is None and body:
            try:
                self._hooks.show(hook, body if isinstance(body, dict) else {"text": str(body)})
            except BadAnswerError as refused:
                problem = str(refused)
        if problem:
            self.notice(hook.person, hook.channel, f'{name} failed with the error "{problem}"')

    def to_click(self, hook: Hook, problem: str | None) -> None:
        """A click's acknowledgement says nothing. Slack shows a warning sign where it fails; here it is a notice."""
        if problem:
            self.notice(hook.person, hook.channel, f'That did not work: the app failed with the error "{problem}"')

    def to_form(self, form: Form, body: Any, problem: str | None) -> str | None:
        """Close, correct, change or stack the form; an answer Slack cannot use leaves it open, and is returned."""
        if problem is None:
            problem = self._carry_out(form, body)
        if problem:
            form.errors = {"": f"We had some trouble connecting. Try again? ({problem})"}
        self._workspace.touch()
        return problem

    def _carry_out(self, form: Form, body: Any) -> str | None:
        forms = self._workspace.forms
        if not body:
            forms.close(form)
            return None
        if not isinstance(body, dict):
            return "invalid_response"
        match body.get("response_action"):
            case "clear":
                forms.clear(form.person)
                return None
            case "errors":
                return self._errors(form, body.get("errors"))
            case "update" | "push" as step:
                return self._change(form, step, body.get("view"))
        return "invalid_response_action"

    def _errors(self, form: Form, errors: Any) -> str | None:
        inputs = {block["block_id"] for block in form.blocks if block["type"] == "input"}
        if not isinstance(errors, dict) or not errors or not set(errors) <= inputs:
            return "invalid_errors"
        form.errors = dict(errors)
        return None

    def _change(self, form: Form, step: str, view: Json | None) -> str | None:
        if not isinstance(view, dict) or validate_view(view, "modal"):
            return "invalid_view"
        try:
            if step == "update":
                self._workspace.forms.update(form, view)
            else:
                self._workspace.forms.push(form.person, view)
        except FormError as refused:
            return str(refused)
        return None
