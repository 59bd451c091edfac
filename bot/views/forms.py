"""Forms: bodies of modals, not yet wired to what happens when they are sent."""

from __future__ import annotations

from bot.i18n.translator import Markup
from bot.model.approval import Round
from bot.model.domain import EmailDomain
from bot.model.names import LONGEST
from bot.views import kit, words
from bot.views.context import Context

_REASON = 500  #: of a reason: it is quoted in one message


def reject_form(domain: EmailDomain, round: Round, c: Context) -> kit.Form:
    """Asks why; says who will read it."""
    lead = c.t(f"reject.{round.purpose.value}", name=domain.name, asked_by=_who(round, c))
    hint = c.t.plain("reject.hint")
    field = kit.text_input("reason", c.t.plain("reject.label"), hint=hint, multiline=True, longest=_REASON)
    return _form("reject", c, kit.section(lead), field)


def name_form(c: Context, initial: str = "", *, channel: bool = False) -> kit.Form:
    """Asks for the sending name, and for the ``channel`` of its posts where nothing else says which."""
    field = kit.text_input(
        "name", c.t.plain("name_form.label"),
        hint=c.t.plain("name_form.hint"), initial=initial, placeholder="sales.example.com", longest=LONGEST,
    )  # fmt: skip
    where = kit.channel_input(
        "channel", c.t.plain("name_form.channel"), hint=c.t.plain("name_form.invite"), focus=False
    )
    return _form("name_form", c, kit.section(c.t("name_form.lead")), field, *([where] if channel else []))


def channel_form(domain: EmailDomain, c: Context, *, lapses: bool = False) -> kit.Form:
    """Asks where the posts of a domain go; ``lapses``: that ends the open request."""
    field = kit.channel_input("channel", c.t.plain("channel_form.label"))
    lead = [c.t("channel_form.lead", name=domain.name)]
    if lapses:
        lead.append(c.t("channel_form.lapses"))
    return _form("channel_form", c, kit.section(*lead), field)


def _form(key: str, c: Context, *blocks: kit.Block) -> kit.Form:
    return kit.form(c.t.plain(f"{key}.title"), c.t.plain(f"{key}.submit"), c.t.plain("button.cancel"), *blocks)


def _who(round: Round, c: Context) -> Markup:
    return words.who(round.asked_by, c)
