"""Messages about a request: what is to be approved, and what was decided."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from bot.i18n.translator import Markup
from bot.model.approval import Outcome, Purpose
from bot.model.domain import EmailDomain
from bot.model.lifecycle import State
from bot.model.message import Message
from bot.model.observations import CnameAnswer
from bot.model.records import DnsRecord
from bot.model.registration import INBOUND
from bot.views import buttons, kit, removal, words
from bot.views.context import Context

Facts = dict[str, Any]


def approval(domain: EmailDomain, facts: Facts, c: Context, mentions: tuple[str, ...]) -> Message:
    """The request. While its round is open it has buttons; afterwards it says who decided."""
    purpose = facts["purpose"]
    current = domain.round if domain.round and domain.round.id == facts["round"] else None
    decision = facts.get("decided")
    org = domain.org or c.org
    asked = c.t(f"approval.{purpose}", name=domain.name, org=org, asked_by=words.who(facts["asked_by"], c))
    members = facts.get("members") or ()
    if len(members) > 1 and current and not decision:
        return _together(domain, facts, current.token, c, mentions)
    if decision:
        result = _decision(domain, {"purpose": purpose, **decision, "done": True}, c)
        then = _then(_about(domain, facts), purpose, decision["outcome"])
        return words.said(then, c, [result], [*_content(then, facts, c)], practice=True)
    sentences = [asked, *_because(facts, c), _stake(domain, facts, c), _deadline(facts, c)]
    blocks = [*_content(domain, facts, c)]
    if current:
        if current.votes:
            voted = c.t("approval.votes", who=words.people(current.voters, c), missing=current.missing)
            blocks.append(kit.section(voted))
        blocks.append(buttons.vote(domain, current.token, purpose, c, withdraw=True))
        blocks.append(_rules(facts, c))
        if c.held:
            blocks.append(kit.context(c.t("hold.waits")))
    return words.said(domain, c, sentences, blocks, to=mentions, practice=True)


def _together(domain: EmailDomain, facts: Facts, token: str, c: Context, mentions: tuple[str, ...]) -> Message:
    """One request for several domains: each with what is approved of it, and one button for all."""
    members, org = facts["members"], domain.org or c.org
    named = words.listed([one["name"] for one in members], c)
    asked = c.t(
        "approval.activation_many", n=len(members), names=named, org=org, asked_by=words.who(facts["asked_by"], c)
    )  # fmt: skip
    blocks: list[kit.Block | None] = []
    for one in members:
        records = tuple(DnsRecord.from_json(record) for record in one["records"])
        lines = fingerprints(domain.but(records=records), c)
        blocks.append(kit.section(c.t("strong", words=one["name"]), *lines))
    number = token.partition(".")[0]
    question = buttons.ask("approve_all", c, n=str(len(members)), org=kit.cut(org, 60))
    button = buttons.simple(
        "approve_all", domain, c, style="primary", ask=question, more=f"{number}.{facts['digest']}"
    )  # fmt: skip
    blocks += [kit.actions(button), _rules(facts, c), kit.context(c.t("approval.each"))]
    sentences = [asked, campaigns(domain, facts["purpose"], c), _deadline(facts, c)]
    return words.said(domain, c, sentences, blocks, to=mentions, practice=True)


def _about(domain: EmailDomain, facts: Facts) -> EmailDomain:
    """The domain as it was when it was asked about, as far as the request shows it."""
    about = facts.get("about")
    if about is None:  # asked by an older version
        return domain
    records = tuple(DnsRecord.from_json(record) for record in about["records"])
    return domain.but(records=records, conflicts=tuple(about["conflicts"]), org=about["org"])


def _then(domain: EmailDomain, purpose: str, outcome: str) -> EmailDomain:
    """Where nothing was activated: whatever became of it since, the decision reads as it was."""
    failed = purpose == Purpose.ACTIVATION and outcome != Outcome.APPROVED
    return domain.but(state=State.READY, opens_at=None) if failed else domain


#: What is at stake, in one sentence, by what is asked.
_AT_STAKE = {
    Purpose.REMOVAL: "no_campaign",
    Purpose.REMOVAL_FORCED: "forced",
    Purpose.RELEASE: "released",
    Purpose.IMPORT: "imported",
    Purpose.ACTIVATION: "every_campaign",
}


def _stake(domain: EmailDomain, facts: Facts, c: Context) -> Markup:
    """What is at stake; of a CNAME that is left behind, where it was seen last."""
    left = [row["server"] for row in facts.get("servers") or () if row["said"] == CnameAnswer.OURS]
    if facts["purpose"] == Purpose.REMOVAL_FORCED and left:
        return c.t("approval.forced_still", servers=words.codes(list(dict.fromkeys(left))[:4], c))
    return campaigns(domain, facts["purpose"], c)


def campaigns(domain: EmailDomain, purpose: str, c: Context) -> Markup:
    """Which campaigns it concerns, and where their mail goes out."""
    return c.t(f"approval.{_AT_STAKE[Purpose(purpose)]}", hosting=words.hosting(domain, c, short=True))


def _because(facts: Facts, c: Context) -> list[Markup]:
    """What whoever asked has said."""
    if facts["purpose"] == Purpose.IMPORT and facts.get("importing"):
        return [c.t(f"approval.import_{facts['importing']}", who=words.who(facts["asked_by"], c))]
    if facts.get("reason"):
        return [c.t("approval.reason", who=words.who(facts["asked_by"], c), reason=facts["reason"])]
    return []


def _deadline(facts: Facts, c: Context) -> Markup:
    return c.t(f"approval.deadline_{facts['purpose']}", n=facts["quorum"], at=c.at(facts["expires_at"]))


def fingerprints(domain: EmailDomain, c: Context) -> list[Markup]:
    """A line for each record: its host, and the fingerprint of its value."""
    return [
        c.t("approval.record", record=words.record(r.type, c), host=r.host, fingerprint=r.fingerprint)
        for r in words.ordered(domain.records)
    ]


def _content(domain: EmailDomain, facts: Facts, c: Context) -> Iterator[kit.Block]:
    """Everything an approver answers for."""
    purpose = Purpose(facts["purpose"])
    pairs = [
        (c.t("approval.org"), c.t("as_is", words=domain.org or c.org)),
        (c.t("approval.hosting"), words.hosting(domain, c)),
    ]
    if purpose is Purpose.ACTIVATION:
        pairs.append((c.t("approval.conflicts"), _before(domain, c)))
    yield kit.fields(*pairs)
    if purpose is Purpose.REMOVAL:
        yield kit.section(*removal.todo(domain, facts.get("campaigns"), c))
    if facts.get("servers"):
        yield kit.section(c.t("strong", words=c.t("approval.servers")), *removal.server_lines(facts["servers"], c))
    yield kit.section(c.t("strong", words=c.t("approval.records")), *fingerprints(domain, c))
    if purpose is not Purpose.REMOVAL and facts.get("campaigns") is not None:
        lines = words.campaigns(facts["campaigns"], c) or [c.t("approval.no_campaigns")]
        yield kit.section(c.t("strong", words=c.t("approval.campaigns")), *lines)
    evidence = facts.get("evidence")
    if evidence:
        yield kit.context(words.evidence(evidence, c))


def _before(domain: EmailDomain, c: Context) -> Markup:
    """What stood at the name before it was registered."""
    found = domain.conflicts
    if not found:
        return c.t("approval.no_conflicts")
    inbound = c.t("card.inbound") if INBOUND in found else Markup("")
    types = [one for one in found if one != INBOUND]
    if "imported" in types:
        said = c.t("approval.registered_before")
    else:
        said = c.t("approval.unchecked") if "unchecked" in types else words.codes(types, c) if types else Markup("")
    return words.join([inbound, said], c)


def _rules(facts: Facts, c: Context) -> kit.Block:
    own = c.t("approval.own")
    return kit.context(words.join([own, c.t("approval.anyone") if facts.get("anyone") else ""], c))


def decided(domain: EmailDomain, facts: Facts, c: Context, mentions: tuple[str, ...]) -> Message:
    """What became of a request; one can always ask again."""
    again = (
        facts["outcome"] != Outcome.APPROVED
        and facts["purpose"] == Purpose.ACTIVATION
        and domain.state is State.READY
        and domain.round is None
    )
    button = buttons.simple("activate", domain, c, text="again") if again else None
    then = _then(domain, facts["purpose"], facts["outcome"])
    return words.said(then, c, [_decision(domain, facts, c)], [kit.actions(button) if button else None], to=mentions)


def _decision(domain: EmailDomain, facts: Facts, c: Context) -> Markup:
    outcome, purpose = facts["outcome"], facts["purpose"]
    reason = facts.get("reason") or ""
    if outcome == Outcome.LAPSED:
        why = c.t(f"lapsed.{reason}" if c.t.has(f"lapsed.{reason}") else "lapsed.other")
        return c.t(f"decided.lapsed_{purpose}", name=domain.name, why=why)
    by = facts.get("voters") if outcome == Outcome.APPROVED else None
    who = words.people(by, c) if by else words.who(facts.get("by"), c)
    reason = reason or c.t("decided.no_reason")
    if outcome == Outcome.APPROVED and facts.get("done"):  # the request stays; what was going on then is over
        outcome = "done"
    return c.t(f"decided.{outcome}_{purpose}", name=domain.name, who=who, reason=reason)
