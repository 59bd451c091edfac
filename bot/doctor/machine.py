"""What this machine and its surroundings allow: database, DNS, platform."""

from __future__ import annotations

from datetime import datetime

import bot.dns.look
from bot.config.settings import Settings
from bot.doctor.finding import Finding, Findings, Level, count
from bot.doctor.genesys import genesys, other_org
from bot.model.observations import Org
from bot.platforms.embedded import ORG as PRACTICE
from bot.ports import Clock
from storage.inspection import Belongings, Inspection


async def database(settings: Settings, found: Inspection) -> Findings:
    path = settings.database
    if not found.exists:
        if found.creatable:
            yield Finding(Level.OK, "Database", f"{path} will be made at the first start")
        else:
            mend = "Set EMAILDOMAIN_DATABASE to a file in a folder this user may write to."
            yield Finding(Level.PROBLEM, "Database", f"{path} is not there and cannot be made", mend)
        return
    if found.problem:
        mend = "Run doctor as the user that runs the bot; if the file is damaged, go back to a backup."
        yield Finding(Level.PROBLEM, "Database", f"{path}: {found.problem}", mend)
    elif found.newer:
        mend = "Install that version again, or go back to a backup."
        yield Finding(Level.PROBLEM, "Database", f"{path} was written by a newer version ({found.newer})", mend)
    else:
        running = "a bot is running on it" if found.running else "no bot is running on it"
        later = f"; {count(found.pending, 'change')} of the schema at the next start" if found.pending else ""
        yield Finding(Level.OK, "Database", f"{path} is sound; {running}{later}")
    if found.exposed:
        mend = f"Type: chmod 600 {path}*"
        yield Finding(Level.PROBLEM, "Database", f"others may read {', '.join(found.exposed)}", mend)


async def dns(settings: Settings, clock: Clock) -> Findings:
    looker = bot.dns.look.build(
        recursor=settings.recursor,
        resolvers=settings.resolvers,
        dns_port=settings.dns_port,
        private=settings.dns_private,
        clock=clock,
    )
    try:
        health = await looker.health()
    finally:
        await looker.close()
    mend = "Set EMAILDOMAIN_RECURSOR to a resolver this machine may use, as address[:port]."
    if not health.recursor_answers:
        yield Finding(Level.PROBLEM, "DNS recursor", f"{health.recursor} does not answer", mend)
    elif health.egress is None:
        yield Finding(Level.PROBLEM, "DNS recursor", f"{health.recursor} does not name the root's servers", mend)
    else:
        yield Finding(Level.OK, "DNS recursor", f"{health.recursor} answers")
    mend = f"Open {{}} port {settings.dns_port} from this machine to the internet: the bot asks name servers directly."
    for protocol, open_, level in (("UDP", health.egress, Level.PROBLEM), ("TCP", health.tcp, Level.WARNING)):
        if open_ is None:
            yield Finding(Level.WARNING, f"DNS over {protocol}", "not tried, because the recursor names nobody to ask")
        elif open_:
            yield Finding(Level.OK, f"DNS over {protocol}", "a root server answers")
        else:
            yield Finding(level, f"DNS over {protocol}", "no root server answers", mend.format(protocol))
    for name, address, answers in health.resolvers:
        if answers:
            yield Finding(Level.OK, f"Resolver {name}", f"{address} answers")
        else:
            mend = "It will not be counted; open port 53 to it, or change EMAILDOMAIN_RESOLVERS."
            yield Finding(
                Level.WARNING, f"Resolver {name}", f"{address} does not answer, or denies what must exist", mend
            )


async def platform(settings: Settings, clock: Clock, known: Belongings) -> Findings:
    own = Org(*known.org) if known.org else None
    if settings.practice:
        yield Finding(Level.OK, "Platform", "practice; nothing is registered at Genesys Cloud")
        if own is not None and not own.is_same(PRACTICE):
            yield other_org(PRACTICE, own)
        return
    async for finding in genesys(settings, clock, own):
        yield finding


#: Why the bot is on hold, in words.
_WHY = {"asked": "somebody asked for it", "started": "by run --hold", "restored": "it was started on a backup"}


async def hold(settings: Settings, known: Belongings) -> Findings:
    mend = "Compare what /emaildomain hold lists, then end it with /emaildomain hold off."
    if known.restored:
        what = "the database is a backup, so the bot will begin on hold: nothing is registered, activated or deleted"
        yield Finding(Level.WARNING, "Hold", what, mend)
    elif known.hold is not None:
        at, why, by = known.hold
        since = datetime.fromtimestamp(at / 1000, settings.timezone).strftime("%Y-%m-%d %H:%M")
        who = f", {by}" if why == "asked" else ""
        what = f"on hold since {since} ({_WHY.get(why, why)}{who}): nothing is registered, activated or deleted"
        yield Finding(Level.WARNING, "Hold", what, mend)
