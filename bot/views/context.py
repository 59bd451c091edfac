"""For whom a message is worded: the one thing every view is given beside its data."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from bot.i18n.translator import Markup, Translate
from bot.model import calendar
from bot.views import kit

if TYPE_CHECKING:
    from bot.ports import Ports


@dataclass(frozen=True, slots=True)
class Context:
    """``practice``: the platform is the embedded one. ``admin_url``: where Genesys Cloud shows its email domains."""

    t: Translate
    timezone: str
    practice: bool
    org: str
    admin_url: str | None
    bot_user: str
    held: bool = False  #: the bot is on hold
    finish_anyway: int = 7 * 86_400_000  #: ms after the wish from which a removal can be finished anyway

    def at(self, ms: int | None) -> Markup:
        """A moment, as the reader sees it; a word where it is not known."""
        return self.t("unknown_time") if ms is None else kit.instant(ms, self.t, self.timezone)


def context(ports: Ports, language: str, timezone: str, org: str = "") -> Context:
    """The context of a reader, or of a channel. Where this machine does not know their time zone: the workspace's."""
    if calendar.zone(timezone) is None:
        timezone = str(ports.settings.timezone)
    identity = ports.identity()
    return Context(
        t=ports.translate(language),
        timezone=timezone,
        practice=ports.settings.practice,
        org=org,
        admin_url=ports.platform.admin_url,
        bot_user=identity.user if identity else "",
        finish_anyway=ports.rhythm["finish_anyway"],
    )
