"""What Genesys Cloud has to say of the settings: whether it lets us in, whose org it is, and what we may do there."""

from __future__ import annotations

import email.utils
from typing import TYPE_CHECKING, Any

from bot.config.settings import Settings
from bot.doctor.finding import Finding, Findings, Level
from bot.errors import PlatformDown, PlatformRefused
from bot.model.observations import Org
from bot.ports import Clock
from bot.runtime.advisory import NotChecked, advisory

if TYPE_CHECKING:
    from bot.platforms.genesys import Client

#: Licences with which Genesys Cloud sends campaigns by email (S2).
LICENCES = "Genesys Cloud CX 2, CX 2 Digital, CX 3, CX 3 Digital, or CX 1 Digital Add-on II"

#: A clock further from Genesys Cloud's than this is worth a word (s).
CLOCK = 120

#: The settings that lead there.
VARIABLES = (
    "GENESYSCLOUD_REGION", "GENESYSCLOUD_API_URL", "GENESYSCLOUD_LOGIN_URL", "GENESYSCLOUD_OAUTHCLIENT_ID",
    "GENESYSCLOUD_OAUTHCLIENT_SECRET",
)  # fmt: skip

_ABOUT = "Genesys Cloud"
_REFUSED = "Check that GENESYSCLOUD_API_URL and GENESYSCLOUD_LOGIN_URL belong together; ask a Genesys Cloud admin."
_NO_ORG = "Try again later: until it is known, the bot registers, activates and deletes nothing."
_MANAGE = "Routing > Email > Manage (routing:email:manage)"
_UNREAD = "The bot goes on without it, and reads it again every hour."
_ROLE = "Add it to the role of the OAuth client (Admin > People & Permissions > Roles / Permissions)."


async def genesys(settings: Settings, clock: Clock, own: Org | None) -> Findings:
    """Where it does not let us in, that is said once. ``own``: the org the database belongs to, if it says."""
    from bot.platforms.genesys import connect

    client = connect(settings, clock)
    try:
        try:
            await client.token()
        except PlatformRefused as refused:
            yield _login(settings, refused.said)
            return
        async for finding in _inside(client, settings, own):
            yield finding
        if client.date is not None:
            yield _time(client.date, clock)
    except PlatformDown as down:
        mend = "Check that this machine reaches Genesys Cloud over https (HTTPS_PROXY, firewall), and try again."
        yield Finding(Level.PROBLEM, _ABOUT, f"no clear answer from {_where(settings)} ({down.why})", mend)
    except PlatformRefused as refused:
        yield Finding(Level.PROBLEM, _ABOUT, f"it refuses: {refused.said or refused.reason}", _REFUSED)
    finally:
        await client.close()


async def _inside(client: Client, settings: Settings, own: Org | None) -> Findings:
    from bot.platforms.genesys import answers
    from bot.platforms.genesys.adapter import usage

    lets_in = f"{_where(settings)} lets the OAuth client in"
    org = answers.org((await client.get("/api/v2/tokens/me")).body)
    if org is None:
        yield Finding(Level.PROBLEM, _ABOUT, f"{lets_in}, but does not say to which org", _NO_ORG)
    else:
        yield Finding(Level.OK, _ABOUT, f"{lets_in}; org {org.name} ({org.id})")
        if own is not None and not own.is_same(org):
            yield other_org(org, own)
    subject = await advisory("grants", client.get("/api/v2/authorization/subjects/me"))
    if isinstance(subject, NotChecked):
        yield Finding(Level.WARNING, "Permission", "Genesys Cloud does not say what the OAuth client may", _UNREAD)
    elif answers.may(subject.body, "routing", "email", "manage") is False:
        yield Finding(Level.PROBLEM, "Permission", f"the OAuth client lacks {_MANAGE}", _ROLE)
        return
    else:
        yield Finding(Level.OK, "Permission", _MANAGE)
        yield _campaigns(subject.body)
    async for finding in _advice(client):
        yield finding
    try:
        used, limit, *_ = await usage(client)
    except PlatformRefused as refused:
        mend = f"A licence is needed: {LICENCES}. Orgs that bought theirs before 2022-11-02 switch it on in AppFoundry."
        yield Finding(Level.PROBLEM, "Campaign domains", f"Genesys Cloud refuses to list them ({refused.said})", mend)
        return
    if used is not None and used >= limit:
        mend = "Remove a domain that is not used any more before you add one."
        yield Finding(Level.WARNING, "Campaign domains", f"{used} of {limit} are used, so none can be added", mend)
    else:
        yield Finding(Level.OK, "Campaign domains", f"{'?' if used is None else used} of {limit} are used")


async def _advice(client: Client) -> Findings:
    """What only advises: without it the bot works, and notices less."""
    reads = {
        "/api/v2/routing/email/domains": "inbound email domains cannot be read, so nobody is told of one that is added",
        "/api/v2/routing/email/setup": "the org's own domain cannot be read, so nobody is told of a name below it",
    }
    for path, what in reads.items():
        answer = await advisory(path, client.call("GET", path))
        if isinstance(answer, NotChecked) or not answer.ok:
            why = _ROLE if not isinstance(answer, NotChecked) and answer.status == 403 else _UNREAD
            yield Finding(Level.WARNING, "Names in use", what, why)


def other_org(org: Org, own: Org) -> Finding:
    """The settings lead elsewhere than the database."""
    what = f"connected to {org.name} ({org.id}), but the database belongs to {own.name} ({own.id})"
    mend = (
        "Registering, activating and deleting wait. Check EMAILDOMAIN_PLATFORM and GENESYSCLOUD_OAUTHCLIENT_ID; if the"
        f" change is on purpose, stop the bot and type: emaildomain rebind --org {org.id}"
    )
    return Finding(Level.PROBLEM, "Org", what, mend)


def _campaigns(subject: Any) -> Finding:
    """A note, not a complaint: the guard against early sends is silent without these."""
    from bot.platforms.genesys import answers

    def lacks(*ways: tuple[str, str]) -> bool:
        return all(answers.may(subject, "outbound", entity, action) is False for entity, action in ways)

    missing = []
    if lacks(("emailCampaign", "view"), ("messagingCampaign", "view")):
        missing.append("Outbound > Email Campaign > View (outbound:emailCampaign:view)")
    if lacks(("emailCampaignSchedule", "view"), ("emailCampaign", "viewSchedule")):
        missing.append("Outbound > Email Campaign Schedule > View (outbound:emailCampaignSchedule:view)")
    if not missing:
        return Finding(Level.OK, "Campaigns", "seen, so that early sends can be named")
    what = "not all can be seen, so nobody is told of early sends"
    return Finding(Level.OK, "Campaigns", what, f"To change that, add {' and '.join(missing)} to the role.")


def _login(settings: Settings, said: str) -> Finding:
    """A client exists in one region only, so *not found* means the region more often than the id."""
    words = said.lower()
    unknown, wrong = "not found" in words, "authentication" in words or "secret" in words
    if unknown and not wrong:
        what = f"{_where(settings)} does not know this OAuth client"
        mend = "Check GENESYSCLOUD_REGION first: a client exists in one region only. Then GENESYSCLOUD_OAUTHCLIENT_ID."
    elif wrong and not unknown:
        what = f"{_where(settings)} does not accept the secret of this OAuth client"
        mend = "Copy it anew into GENESYSCLOUD_OAUTHCLIENT_SECRET (Admin > Integrations > OAuth)."
    else:
        what = f"{_where(settings)} does not let the OAuth client in ({said})"
        mend = "Check GENESYSCLOUD_REGION, GENESYSCLOUD_OAUTHCLIENT_ID and GENESYSCLOUD_OAUTHCLIENT_SECRET."
    return Finding(Level.PROBLEM, _ABOUT, what, mend)


def _where(settings: Settings) -> str:
    region = settings.genesys_region
    if settings.genesys_login_url or region is None:
        return str(settings.genesys_login_url)
    return f"{region.code} ({region.host})"


def _time(date: str, clock: Clock) -> Finding:
    try:
        ahead = email.utils.parsedate_to_datetime(date).timestamp() * 1000 + 500 - clock.now()
    except ValueError:
        return Finding(Level.WARNING, "Genesys Cloud's clock", "it does not say what time it is")
    seconds = round(abs(ahead) / 1000)
    if seconds <= CLOCK:
        return Finding(Level.OK, "Genesys Cloud's clock", "agrees with this machine's")
    what = f"this machine is {seconds} s {'behind' if ahead > 0 else 'ahead'}"
    mend = "Switch on time synchronisation (NTP) on this machine."
    return Finding(Level.WARNING, "Genesys Cloud's clock", what, mend)
