"""The App Home: what waits for its reader first, then the domains of the workspace by who acts next."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from bot.i18n.translator import Markup
from bot.model.domain import EmailDomain
from bot.model.lifecycle import State
from bot.model.look import Finding
from bot.model.message import Message
from bot.views import buttons, findings, kit, words
from bot.views.card import actions
from bot.views.context import Context
from bot.views.listing import groups
from bot.views.news_approval import campaigns, fingerprints


def home(
    votes: Sequence[EmailDomain],
    own: Sequence[EmailDomain],
    domains: Sequence[EmailDomain],
    total: int,
    c: Context,
    *,
    more_waiting: bool = False,
) -> Message:
    """``votes``: a request the reader may answer; ``own``: the reader's, that wait for them.

    ``domains`` come in the order in which they are shown, the first of ``total``.
    """
    lead = c.t("home.waiting", n=len(votes) + len(own)) if votes or own else c.t("home.nothing")
    blocks = [
        *([kit.context(c.t("practice"))] if c.practice else []),
        _bar(c, primary=not total),
        *(_newcomer(c) if not total else ()),
        *([kit.header(c.t.plain("home.for_you")), kit.section(lead)] if total else []),
        *(block for domain in votes for block in _vote(domain, c)),
        *(block for domain in own for block in _own(domain, c)),
        *([kit.context(c.t("home.more_waiting"))] if more_waiting else []),
        *(_everything(domains, total, c) if total else ()),
    ]
    return Message(lead, blocks)


def _bar(c: Context, *, primary: bool) -> kit.Block:
    add = kit.button(c.t.plain("button.new"), "rename", style="primary" if primary else "")
    admin = [kit.link_button(c.t.plain("button.admin"), "open_admin", c.admin_url)] if c.admin_url else []
    return kit.actions(add, kit.button(c.t.plain("button.home"), "home"), *admin)


def _newcomer(c: Context) -> Iterator[kit.Block]:
    yield kit.header(c.t.plain("home.welcome.title"))
    yield kit.section(c.t("home.welcome.what"))
    yield kit.section(c.t("home.welcome.how"))


def _vote(domain: EmailDomain, c: Context) -> Iterator[kit.Block]:
    """One request, with everything an approver answers for."""
    asked = domain.round
    if asked is None:
        return
    purpose = asked.purpose.value
    sentences = [
        c.t(f"approval.{purpose}", name=domain.name, org=domain.org or c.org, asked_by=words.who(asked.asked_by, c)),
        campaigns(domain, purpose, c),
        c.t(f"approval.deadline_{purpose}", n=asked.missing, at=c.at(asked.expires_at)),
        words.not_yet(domain, c),
    ]
    yield kit.section(words.join(sentences, c), *fingerprints(domain, c), words.conflicts(domain, c))
    row = buttons.vote(domain, asked.token, purpose, c)
    yield kit.actions(*row["elements"], buttons.simple("status", domain, c))


def _own(domain: EmailDomain, c: Context) -> Iterator[kit.Block]:
    """Where it stands, what is to be done, and the card's own buttons; the last of them shows the records."""
    state = "held" if words.held(domain) else domain.state.value
    title = c.t("home.title", name=domain.name, state=c.t(f"state.{state}.name"))
    what = words.join([c.t(f"home.do.{_do(domain)}", where=words.where(domain, c)), words.not_yet(domain, c)], c)
    yield kit.section(title, what, *_said(_mistakes(domain), c))
    asked = domain.outside
    yield kit.actions(
        *(buttons.outside(domain, asked.at, c) if asked is not None and not asked.said else ()),
        *(
            buttons.simple(action, domain, c, style="primary" if action in ("activate", "wait") else "")
            for action in (*actions(domain), "status")
        ),
    )


def _do(domain: EmailDomain) -> str:
    """The key of what its owner is to do."""
    if domain.outside is not None:
        return "outside_over" if domain.outside.said else "outside"
    trouble = domain.held_by if domain.state is State.WAITING else domain.trouble
    if domain.state is State.AWAITING_DNS and any(f.kind == "wrong" for f in _mistakes(domain)):
        return "mend"
    if domain.state in (State.WAITING, State.DEGRADED):
        return f"repair_{trouble or 'dns'}"
    return domain.state.value


def _mistakes(domain: EmailDomain) -> Sequence[Finding]:
    """Most likely cause first. What counts minutes would change by itself, as on the card."""
    if domain.look is None or domain.state in (State.READY, State.REMOVING):
        return ()
    return [f for f in domain.look.findings if f.kind in ("wrong", "missing") and "minutes" not in f.facts]


def _said(mistakes: Sequence[Finding], c: Context) -> Sequence[Markup]:
    """The first of them, with its fix where something is to be mended; what is to be added is said already."""
    if not mistakes:
        return ()
    what, fix = findings.finding(mistakes[0], c)
    return (what, fix) if mistakes[0].kind == "wrong" else (what,)


def _everything(domains: Sequence[EmailDomain], total: int, c: Context) -> Iterator[kit.Block]:
    yield kit.divider()
    yield kit.header(c.t.plain("home.all"))
    yield kit.section(c.t("listing.lead", n=total))
    yield from groups(domains, c)
    if total > len(domains):
        yield kit.section(c.t("home.more", n=total - len(domains)))
