"""THE card of a domain: where it stands, who acts next, and the records to publish.

A pure function of the domain: nothing on it depends on the present moment, so the same domain gives the same bytes.
"""

from __future__ import annotations

from collections.abc import Iterator

from bot.i18n.translator import Markup
from bot.model.approval import Round
from bot.model.domain import EmailDomain
from bot.model.lifecycle import State
from bot.model.look import Look, RecordLook, Status
from bot.model.message import Message
from bot.model.names import unicode_form
from bot.model.observations import CnameAnswer
from bot.model.records import RecordType
from bot.views import buttons, findings, kit, publishing, removal, words
from bot.views.context import Context

#: What changes by itself from minute to minute: *remembers* says the same with an instant.
_PASSING = frozenset({"NEGATIVE_CACHE", "RESOLVER_DISAGREES"})

#: The buttons of each state, the most helpful first. Votes stand beside their request
BUTTONS: dict[State, tuple[str, ...]] = {
    State.REGISTERING: (),
    State.AWAITING_DNS: ("check",),
    State.STALLED: ("wait", "check", "remove"),
    State.READY: ("activate", "check"),
    State.AWAITING_APPROVAL: ("check",),
    State.ACTIVATING: ("check",),
    State.WAITING: ("check",),
    State.OPEN: ("check",),
    State.DEGRADED: ("check",),
    State.REMOVING: ("check", "stop_removal"),
    State.REMOVED: (),
}

#: States in which somebody has to enter the records; help with that has buttons of its own.
_PUBLISHING = (State.AWAITING_DNS, State.STALLED)
_ENDING = (State.REMOVING, State.REMOVED)
#: Instants that servers tell are rounded up to this, or the card would change with every look (ms).
_STEP = 5 * 60 * 1000


def card(domain: EmailDomain, c: Context, *, private: bool = False) -> Message:
    """``private``: for one person; votes are then left to the card in the channel."""
    lead = words.join([_lead(domain, c), words.not_yet(domain, c)], c)
    title = c.t.plain("card.title", name=kit.cut(unicode_form(domain.name), 100), state=_name(domain, c))
    practice = c.t("practice") if c.practice else ""
    blocks = [
        kit.context(practice) if practice else None,
        kit.header(title),
        kit.section(lead),
        kit.context(c.t(_next(domain), owner=words.who(domain.owner, c))),
        *(_removal(domain, c) if domain.state is State.REMOVING and domain.left_at is None else ()),
        *(_round(domain, domain.round, c, private) if domain.round else ()),
        *_records(domain, c),
        *_about(domain, c),
        _buttons(domain, c),
    ]
    return kit.message([practice, lead], blocks)


def _name(domain: EmailDomain, c: Context) -> str:
    return c.t.plain(f"state.{_state(domain)}.name")


def _state(domain: EmailDomain) -> str:
    if domain.left_at is not None:
        return "left_behind"
    if missed(domain):
        return "missed"
    return words.state(domain)


def _next(domain: EmailDomain) -> str:
    """Who acts next."""
    if domain.left_at is None:
        if domain.questioned:
            return "card.next.gone"
        if domain.state is State.REMOVED and "left" in domain.told:
            return "card.next.left"
        if domain.state is State.REMOVING and not domain.published:
            return "card.next.unseen"
        if domain.outside is not None and not domain.outside.said:
            return "card.next.outside"
        if missed(domain) and _broken(domain):
            return f"state.{domain.state.value}.next"
    return f"state.{_state(domain)}.next"


def _broken(domain: EmailDomain) -> bool:
    """Its owner has something to do, whatever else is open."""
    return domain.state is State.DEGRADED and domain.trouble in ("dns", "key")


def missed(domain: EmailDomain) -> bool:
    """The platform did not find it; until it is clear why, nothing that cannot be taken back is done."""
    return bool(domain.observations.absences) and domain.state not in _ENDING


def reported(domain: EmailDomain) -> bool:
    """The platform said once that it is not provisioned; what that means is said after a second reading."""
    return domain.observations.others is not None and domain.state is State.OPEN


def _lead(domain: EmailDomain, c: Context) -> Markup:
    key = domain.state.value
    if domain.left_at is not None:
        return c.t("card.lead.left_behind", name=domain.name, org=domain.org or domain.org_id)
    if missed(domain):
        return c.t(
            f"card.lead.{'missed_degraded' if _broken(domain) else 'missed'}",
            name=domain.name,
            at=c.at(domain.next_platform_at),
        )
    if domain.state is State.REGISTERING and domain.importing is not None:
        return c.t("card.lead.importing", name=domain.name)
    if (outside := domain.outside) is not None:
        key = "outside_over" if outside.said else "outside"
        return c.t(f"card.lead.{key}", name=domain.name, who=words.who(outside.by, c))
    if domain.state is State.WAITING and domain.held_by:
        key = f"{'held' if words.held(domain) else 'early'}_{domain.held_by}"
    elif reported(domain):
        key = f"reported_{domain.observations.others.said}" if domain.observations.others else key
        return c.t(f"card.lead.{key}", name=domain.name, at=c.at(domain.next_platform_at))
    elif domain.state is State.DEGRADED:
        key = f"degraded_{domain.trouble if domain.trouble in ('platform', 'key') else 'dns'}"
    elif domain.released:
        key = "released"
    elif domain.state is State.REMOVED and domain.gone_at is not None:
        key = "gone"
    elif domain.state is State.REMOVING and domain.deleting:
        key = "deleting"
    elif domain.state is State.REMOVING and not domain.published:
        key = "removing_unseen"
    return c.t(f"card.lead.{key}", name=domain.name, where=words.where(domain, c), at=c.at(domain.since))


def _removal(domain: EmailDomain, c: Context) -> Iterator[kit.Block]:
    """What it waits for, and from when it can be finished all the same."""
    wish = domain.observations.wish
    if wish is None:
        return
    lines = [removal.waits_for(domain, c)]
    if domain.published and not domain.deleting:
        lines.append(c.t("removal.finish", since=c.at(wish.at), at=c.at(wish.at + c.finish_anyway)))
    yield kit.section(*lines)
    yield from removal.progress(domain, c, dated=False)


# ---- the open round


def _round(domain: EmailDomain, round: Round, c: Context, private: bool) -> Iterator[kit.Block]:
    voters = c.t("card.round.voters", who=words.people(round.voters, c)) if round.votes else Markup("")
    yield kit.section(
        c.t(
            f"card.round.{round.purpose.value}",
            asked_by=words.who(round.asked_by, c), votes=len(round.votes), quorum=round.quorum,
            voters=voters, at=c.at(round.expires_at),
        )
    )  # fmt: skip
    if not private:
        yield buttons.vote(domain, round.token, round.purpose.value, c)


# ---- the records


def _records(domain: EmailDomain, c: Context) -> Iterator[kit.Block]:
    if domain.state is State.REMOVED or domain.left_at is not None:
        return
    if domain.state is State.REMOVING and not domain.published:
        return  # there is nothing to be deleted
    looks = {r.record.type: r for r in domain.look.records} if domain.look else {}
    for n, record in enumerate(words.ordered(domain.records), 1):
        look = looks.get(record.type)
        title = c.t("card.record_title", n=n, record=words.record(record.type.value, c), status=status(domain, look, c))
        yield kit.section(title, _remembers(look, c))
        yield kit.copyable(*words.to_copy(record, domain, c))
    if domain.state in _PUBLISHING and domain.records:
        yield kit.context(words.join([c.t("card.here"), *words.traps(domain, c)], c))
    if domain.look and domain.state not in _ENDING:
        if domain.look.problem and not domain.look.findings:
            yield kit.section(problem(domain.look.problem, domain.name, c))
        yield from findings.paragraphs(
            [findings.as_lost(f, domain, domain.look.at, c) for f in domain.look.findings if f.code not in _PASSING], c
        )
        yield from _mended(domain, domain.look, c)


def _mended(domain: EmailDomain, look: Look, c: Context) -> Iterator[kit.Block]:
    """A mistake that was reported and is not there any more; said as long as records are waited for."""
    waiting = domain.state in (State.AWAITING_DNS, State.STALLED)
    if waiting and domain.said and not any(f.identity in domain.said for f in look.findings):
        yield kit.section(c.t("card.mended"))


def status(domain: EmailDomain, look: RecordLook | None, c: Context) -> Markup:
    """What DNS shows of one record; while a domain is removed, a record that is gone is good news."""
    if domain.state is not State.REMOVING:
        return dns_line(look, c)
    poll = domain.observations.last
    if look is not None and look.record.type is RecordType.TXT:
        return c.t("card.left.unwatched")
    if poll is None or not (poll.ours or poll.clean):
        return c.t("card.left.to_delete")
    left = sum(one.said is CnameAnswer.OURS for one in poll.servers)
    mark = c.t("mark.wrong" if left else "mark.right")
    servers = words.servers((left, len(poll.servers)), c)
    return c.t(f"card.left.{'still' if left else 'gone'}", mark=mark, servers=servers)


def dns_line(look: RecordLook | None, c: Context) -> Markup:
    """What DNS shows of one record now, with counts."""
    if look is None or not look.servers:
        return c.t("card.dns.none")
    status, asked = look.status, len(look.servers)
    mark = c.t(f"mark.{status.value}")
    counted = words.servers((look.count(status), asked), c)
    if status is Status.UNKNOWN:
        return c.t("card.dns.unknown", mark=mark, silent=look.count(status), asked=asked)
    if status is Status.RIGHT:
        line = _right(look, mark, counted, c)
    else:
        line = c.t(f"card.dns.{status.value}", mark=mark, servers=counted)
    others = [s for s in (Status.RIGHT, Status.MISSING, Status.UNKNOWN) if s is not status and look.count(s)]
    parts = [line, *(c.t(f"card.dns.also_{s.value}", n=look.count(s)) for s in others)]
    return Markup(c.t("separator").join(parts))


def _right(look: RecordLook, mark: str, counted: str, c: Context) -> Markup:
    facts = {"mark": mark, "servers": counted}
    if not look.resolvers:
        return c.t("card.dns.right", **facts)
    if all(a.status is Status.UNKNOWN and a.why != "servfail" for a in look.resolvers):
        return c.t("card.dns.right_silent", **facts)
    seen = (sum(a.status is Status.RIGHT for a in look.resolvers), len(look.resolvers))
    return c.t("card.dns.right_resolvers", **facts, resolvers=words.resolvers(seen, c))


def _remembers(look: RecordLook | None, c: Context) -> Markup:
    """Resolvers that still repeat an old *does not exist*, and until when they may."""
    if look is None or look.status is not Status.RIGHT:
        return Markup("")
    old = [a for a in look.resolvers if a.status is Status.MISSING and a.until]
    if not old:
        return Markup("")
    until = max(a.until or 0 for a in old)
    until = -(-until // _STEP) * _STEP
    return c.t("card.dns.remembers", resolvers=words.codes([a.server for a in old], c), at=c.at(until))


def problem(code: str, name: str, c: Context) -> Markup:
    """Why DNS could not be looked at at all."""
    return c.t(f"problem.{code}" if c.t.has(f"problem.{code}") else "problem.other", name=name)


# ---- the rest


def _about(domain: EmailDomain, c: Context) -> Iterator[kit.Block]:
    if domain.state is State.REMOVED:
        return
    yield kit.fields(
        (c.t("card.hosting"), words.hosting(domain, c)),
        (c.t("card.org"), c.t("as_is", words=domain.org or c.org or "—")),
        (c.t("card.owner"), words.who(domain.owner, c)),
    )
    if domain.state in _ENDING or not domain.records or domain.left_at is not None:
        return
    if conflicts := words.conflicts(domain, c):
        yield kit.section(conflicts)
    if unread := words.unread(domain, c):
        yield kit.context(unread)
    yield kit.section(c.t("card.replies"))
    yield kit.context(c.t("card.paths"))


def actions(domain: EmailDomain) -> tuple[str, ...]:
    """Its buttons, the most helpful first."""
    found = BUTTONS[domain.state]
    if missed(domain) or domain.outside is not None:
        found = tuple(action for action in found if action != "activate")
    if domain.state is State.REMOVING:
        found = tuple(action for action in found if action != "stop_removal" or removal.can_stop(domain))
        if "still_1" in domain.told and not domain.deleting and domain.round is None and not removal.forced(domain):
            found = (*found, "finish_anyway")
    return found


def _buttons(domain: EmailDomain, c: Context) -> kit.Block | None:
    made = []
    if domain.left_at is not None:
        return None
    if domain.outside is not None and not domain.outside.said:
        made += buttons.outside(domain, domain.outside.at, c)
    for n, action in enumerate(actions(domain)):
        primary = n == 0 and action in ("activate", "wait")
        made.append(buttons.simple(action, domain, c, style="primary" if primary else ""))
    if domain.state in _PUBLISHING and domain.records:
        made += publishing.helpful(domain, c)
    if c.admin_url and domain.state is not State.REMOVED:
        made.append(kit.link_button(c.t.plain("button.admin"), "open_admin", c.admin_url))
    return kit.actions(*made) if made else None
