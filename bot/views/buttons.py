"""The buttons: what each is called, what it carries, and what it asks before it acts."""

from __future__ import annotations

from bot.model.approval import Purpose
from bot.model.domain import EmailDomain
from bot.views import kit
from bot.views import words as wording
from bot.views.context import Context

_NAME = 120  #: of a name inside a question, so that all of it is seen


def carried(domain: EmailDomain) -> str:
    """What a button says of its domain: the name, and which life of it. In another life it does nothing."""
    return f"{domain.name}#{domain.life}"


def simple(
    action: str,
    domain: EmailDomain,
    c: Context,
    *,
    text: str = "",
    style: str = "",
    ask: kit.Block | None = None,
    more: str = "",
) -> kit.Block:
    """A button for one domain. ``text`` is another word for the same action, ``ask`` the question before it.

    ``more`` is what it carries beside the domain.
    """
    words = c.t.plain(f"button.{text or action}")
    value = f"{carried(domain)} {more}".strip()
    return kit.button(words, action, value, style=style, ask=ask, label=_spoken(words, domain.name))


def _spoken(words: str, name: str) -> str:
    """What a screen reader says. It begins with what is seen, so that it can also be called by voice (WCAG 2.5.3)."""
    return f"{words}: {name}"


def outside(domain: EmailDomain, at: int, c: Context) -> list[kit.Block]:
    """How long ago a domain was activated elsewhere, which was found at ``at`` (UTC ms)."""
    return [
        simple("outside_over", domain, c, text="adopt_open", more=f"{at}"),
        simple("outside_unsure", domain, c, text="adopt_wait", more=f"{at}"),
    ]


def vote(domain: EmailDomain, token: str, purpose: str, c: Context, *, withdraw: bool = False) -> kit.Block:
    """*Approve* and *Reject* of one round, for exactly what was shown when they were drawn."""
    value = f"{carried(domain)} {token}"

    def one(action: str, style: str, ask: kit.Block | None) -> kit.Block:
        words = c.t.plain(f"button.{action}")
        return kit.button(words, action, value, style=style, ask=ask, label=_spoken(words, domain.name))

    removal = purpose in (Purpose.REMOVAL, Purpose.REMOVAL_FORCED)
    key = "removal_still" if purpose == Purpose.REMOVAL_FORCED and wording.still_on(domain) else purpose
    approve = one("approve", "primary", question(f"approve_{key}", domain, c, danger=removal))
    rest = [one("withdraw", "", question("withdraw", domain, c))] if withdraw else []
    return kit.actions(approve, one("reject", "danger", None), *rest)


def question(key: str, domain: EmailDomain, c: Context, *, danger: bool = False) -> kit.Block:
    """The dialog before something that cannot be undone, with all that is at stake."""
    facts = {
        "name": kit.cut(domain.name, _NAME),
        "org": kit.cut(domain.org or c.org, 60),
        "hosting": wording.hosting(domain, c, short=True),
        "servers": kit.cut(", ".join(wording.still_on(domain)), 60),
    }
    return ask(key, c, danger=danger, **facts)


def ask(key: str, c: Context, *, danger: bool = False, **facts: str) -> kit.Block:
    title, text, yes = (c.t.plain(f"confirm.{key}.{part}", **facts) for part in ("title", "text", "yes"))
    return kit.confirm(title, text, yes, c.t.plain("confirm.cancel"), danger=danger)
