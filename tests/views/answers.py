"""Every private answer and every form, in every variant that reads differently."""

from __future__ import annotations

import typing
from collections.abc import Iterator
from dataclasses import dataclass, fields

from bot import errors
from bot.errors import Problem
from bot.i18n.translator import Markup
from bot.model.campaign import Campaign, Campaigns
from bot.model.dns_providers import HOSTS
from bot.model.domain import EmailDomain
from bot.model.lifecycle import State
from bot.model.message import Message
from bot.model.names import NAME_REASONS
from bot.model.observations import Observations
from bot.services.adopting import Outcome, Row
from bot.services.holding import Differences
from bot.views import notes, replies
from bot.views.context import Context
from tests.views import samples as s


@dataclass(frozen=True)
class Described:
    name: str
    usage: str
    aliases: tuple[str, ...]


COMMANDS = [
    Described("add", "add <domain>...", ("追加",)),
    Described("check", "check <domain>", ("確認",)),
    Described("activate", "activate <domain>", ("有効化",)),
    Described("status", "status [domain]", ("状態",)),
    Described("list", "list [words]", ("一覧",)),
    Described("remove", "remove <domain>", ("削除",)),
    Described("release", "release <domain>", ("解放",)),
    Described("hold", "hold [off]", ()),
    Described("help", "help [command]", ("ヘルプ", "?")),
]
MANY = [f"sales-of-region-number-{n}.some-long-company-name.example.com" for n in range(60)]


def _tree(base: type[Problem]) -> Iterator[type[Problem]]:
    yield base
    for child in base.__subclasses__():
        yield from _tree(child)


#: Every class that a person may be told about.
CLASSES = [c for base in (errors.UserError, errors.Trouble) for c in _tree(base)]

_FACTS: dict[str, object] = {
    "name": s.NAME, "state": "open", "outcome": "approved", "who": s.SATO, "why": "guest", "action": "approve",
    "who_may": "approvers", "reason": "single", "said": "no <!channel> *x*", "platform": "embedded",
    "usage": "add <domain>", "command": "add", "typed": "ad <x>", "suggestion": "",
}  # fmt: skip


def an(error: type[Problem], **facts: object) -> Problem:
    """An instance with plausible facts."""
    hints = typing.get_type_hints(error)
    given: dict[str, object] = {}
    for field in fields(error):
        number = hints[field.name] in (int, float)
        given[field.name] = 2 if number else _FACTS.get(field.name, "something")
    return error(**(given | facts))


PROBLEMS: list[Problem] = [
    *(an(c) for c in CLASSES),
    *(an(errors.BadName, name="*<x>*", reason=reason) for reason in NAME_REASONS),
    *(an(errors.PlatformRefused, reason=r) for r in ("permission", "licence", "limit", "elsewhere", "failed", "?")),
    *(an(errors.DatabaseUnusable, why=why) for why in errors.UNUSABLE),
    *(an(errors.NotAPerson, why=why) for why in ("guest", "bot", "deactivated", "stranger")),
    an(errors.Forbidden, action="withdraw", who_may="asker"),
    an(errors.Forbidden, action="extend", who_may="owner_or_approver"),
    an(errors.Forbidden, action="remove", who_may="owner_or_approver"),
    an(errors.UnknownCommand, suggestion="add"),
    an(errors.NotFound, suggestion="news.xyzcorp.com"),
    *(an(errors.AlreadyDecided, outcome=o) for o in ("rejected", "withdrawn", "expired", "lapsed")),
    an(errors.RootDomain, name="xyzcorp.co.jp"),
]


def all_answers(c: Context) -> Iterator[tuple[str, Message]]:
    waiting = s.domain(State.WAITING)
    for host in (None, *HOSTS):
        served = s.served_by(host)
        title = host.id if host else "unknown"
        yield f"how, {title}", replies.how(served, c)
        yield f"formats, {title}", replies.formats(served, c)
    yield "how, removing", replies.how(s.domain(State.REMOVING), c)
    for title, about in (
        ("add", s.domain()), ("remove", s.domain(State.REMOVING)),
        ("nothing known", s.domain(zone=None, nameservers=())),
    ):  # fmt: skip
        yield f"letter, {title}", replies.letter(about, c)
    yield "preparing", replies.preparing(s.domain(State.REGISTERING), c)
    yield "preparing, IDN", replies.preparing(s.domain(State.REGISTERING, name="xn--u8j.example.com", channel="D1"), c)
    yield "conflict", replies.conflict(s.NAME, ("MX", "A"), c)
    rows: list[tuple[str, str, Problem | None]] = [(s.NAME, w, None) for w in ("added", "known", "conflict")]
    yield "results", replies.results([*rows, ("xyzcorp.com", "refused", errors.RootDomain("xyzcorp.com"))], c)
    yield "results, many", replies.results([(name, "added", None) for name in MANY], c)
    yield "confirm_many", replies.confirm_many(MANY[:4], c)
    yield "confirm_many, too many", replies.confirm_many(MANY, c)
    yield "not_in_channel", replies.not_in_channel(s.domain(), "C0MAIL", c)
    yield "not_in_channel, early", replies.not_in_channel(s.domain(State.REGISTERING), "D0TANAKA", c)
    for title, look in (
        ("right", s.RIGHT), ("mistake", s.MISTAKE), ("nothing", s.NOTHING), ("silent", s.SILENT), ("half", s.HALF),
        ("slow", s.SLOW), ("no recursor", s.BROKEN), ("alone", s.ALONE),
    ):  # fmt: skip
        yield f"diagnosis, {title}", replies.diagnosis(s.domain(look=look), look, c)
        yield f"early, {title}", replies.early(s.domain(look=look), look, c)
    yield "early, removing", replies.early(s.domain(State.REMOVING), s.HALF, c)
    for title, txt, cname in (
        ("missing", s.M, s.R), ("unknown", s.U, s.R), ("both wrong", s.W, s.W), ("lame", s.U, s.U),
    ):  # fmt: skip
        why = "lame" if title == "lame" else "refused"
        look = s.look(s.answers(*[txt] * 4, why=why), s.answers(*[cname] * 4, why="truncated"))
        yield f"diagnosis, {title}, no finding", replies.diagnosis(s.domain(look=look), look, c)
    yield "diagnosis, ready", replies.diagnosis(s.domain(State.READY), s.RIGHT, c)
    for look in (s.NOTHING, s.HALF, s.SILENT):
        yield "diagnosis, removing", replies.diagnosis(s.domain(State.REMOVING), look, c)
    yield "asked", replies.asked(s.domain(State.AWAITING_APPROVAL), c)
    for state in State:
        yield f"activation_state, {state}", replies.activation_state(s.domain(state), c, missing_look=None)
    yield "activation_state, unlooked", replies.activation_state(s.domain(look=None), c)
    yield "activation_state, held", replies.activation_state(s.domain(State.WAITING, held_by="dns", hold_until=1), c)
    yield "activation_state, lost early", replies.activation_state(s.domain(State.WAITING, held_by="dns"), c)
    for state in State:
        yield f"status, {state}", replies.status(s.domain(state), s.ENTRIES, c)
    yield "status, no changes", replies.status(waiting, [], c)
    everything = sorted((s.domain(x) for x in State), key=lambda d: list(State).index(d.state))
    yield "listing", replies.listing(everything, 1, 1, len(everything), "", c)
    yield "listing, page", replies.listing(everything[:10], 2, 3, 25, "xyz *corp*", c)
    yield from imported(everything, c)
    yield "listing, nothing", replies.listing([], 1, 1, 0, "", c)
    yield "listing, nothing found", replies.listing([], 1, 1, 0, "<!here>", c)
    yield from removals(c)
    yield "help", replies.help_all(COMMANDS, c)
    for command in COMMANDS:
        yield f"help {command.name}", replies.help_one(command, c)
    for problem in PROBLEMS:
        yield f"problem {problem}", replies.problem(problem, c)
    for failed in ("add", "remove"):
        refused = an(errors.PlatformRefused, reason="failed")
        yield f"problem, failed {failed}", replies.problem(refused, c, command=failed)
    yield "problem, all", replies.problem(errors.Busy(), c, reference="a1b2c3", retry=("add:1", s.NAME))
    yield "bug", replies.bug("a1b2c3", c)
    yield "plain", replies.plain("bullet", c, words=Markup("x"))


def removals(c: Context) -> Iterator[tuple[str, Message]]:
    using = Campaigns((Campaign("1", "Spring <!channel> *sale*", live=True), Campaign("2", "x", live=False)), seen=True)
    unseen = s.domain(observations=Observations())
    for title, found in (("campaigns", using), ("none", Campaigns(seen=True)), ("not seen", None)):
        yield f"confirm_remove, {title}", replies.confirm_remove(s.domain(), False, found, c)
        yield f"confirm_remove, open, {title}", replies.confirm_remove(s.domain(State.OPEN), True, found, c)
    yield "confirm_remove, unseen", replies.confirm_remove(unseen, False, None, c)
    yield "removing", replies.removing(s.domain(State.REMOVING), c)
    yield "removing, unseen", replies.removing(s.domain(State.REMOVING, observations=s.removal(published=False)), c)
    yield "removal_asked", replies.removal_asked(s.domain(State.OPEN, round=s.REMOVAL), c)
    yield "finish asked", replies.removal_asked(s.domain(State.REMOVING, round=s.FORCED), c)
    yield "confirm_release", replies.confirm_release(s.domain(State.OPEN), c)
    yield "release_asked", replies.release_asked(s.domain(State.OPEN, round=s.RELEASE), c)
    yield "clean_up", replies.clean_up(s.domain(State.REMOVED), c)
    yield "import_question", replies.import_question(s.NAME, "0123456789ab", c)
    yield "import_asked", replies.import_asked(s.domain(State.REGISTERING, round=s.IMPORT), c)
    yield "outdated", replies.outdated(s.NAME, s.domain(State.OPEN), c)
    yield "outdated, removed", replies.outdated(s.NAME, None, c)
    for why in ("asked", "started", "restored"):
        yield f"on_hold, {why}", replies.on_hold(s.SATO, s.NOW, why, Differences(("a.xyz.com",), ("b.xyz.com",)), c)
    yield "preparing, on hold", replies.noted(replies.preparing(s.domain(State.REGISTERING), c), True, c)
    yield "on_hold, another org", replies.on_hold(s.SATO, s.NOW, "asked", Differences(connected="XYZ Sandbox"), c)
    yield "on_hold, same", replies.on_hold(s.SATO, s.NOW, "asked", Differences(), c)
    yield "on_hold, unread", replies.on_hold(s.SATO, s.NOW, "asked", None, c)
    for key in ("another_org", "another_team"):
        yield f"operators, {key}", notes.operators(key, c, {"connected": "Other <Org>", "own": "XYZ *Corp*"})
    for key in ("restored", "restored_unread"):
        yield f"operators, {key}", notes.operators(key, c, {"here": "a.xyz.com", "there": "-"})
    yield "operators, other", notes.operators("new_one", c, {})


def all_forms(c: Context) -> Iterator[tuple[str, dict[str, typing.Any]]]:
    yield "reject activation", replies.reject_form(s.domain(State.AWAITING_APPROVAL), s.ROUND, c)
    yield "reject removal", replies.reject_form(s.domain(State.OPEN), s.REMOVAL, c)
    for asked in (s.FORCED, s.IMPORT, s.RELEASE):
        yield f"reject {asked.purpose}", replies.reject_form(s.domain(State.OPEN), asked, c)
    yield "finish anyway", replies.finish_form(s.domain(State.REMOVING), c)
    silent = s.domain(State.REMOVING, observations=s.removal("no_answer"))
    yield "finish anyway, silent", replies.finish_form(silent, c)
    yield "name", replies.name_form(c)
    yield "another name", replies.name_form(c, initial=s.NAME)
    yield "name and channel", replies.name_form(c, channel=True)


def homes(c: Context) -> Iterator[tuple[str, Message]]:
    """Home tabs: of a newcomer, of somebody with everything to do, and the fullest one there can be."""
    yield "home, newcomer", replies.home([], [], [], 0, c)
    states = [s.domain(x) for x in State if x is not State.REMOVED]
    yield "home, nothing", replies.home([], [], states, len(states), c)
    votes = [s.domain(State.AWAITING_APPROVAL), s.domain(State.OPEN, round=s.REMOVAL, conflicts=("MX",))]
    held = [
        s.domain(State.WAITING, held_by=why, hold_until=until) for why in ("dns", "platform") for until in (None, 1)
    ]
    own = [s.domain(x) for x in (State.DEGRADED, State.STALLED, State.READY, State.AWAITING_DNS, State.REMOVING)]
    own += [s.domain(State.DEGRADED, trouble="platform", look=None), s.domain(look=s.SILENT), *held]
    own += [s.outside(), s.outside("over"), s.domain(State.DEGRADED, trouble="key")]
    yield "home, everything", replies.home(votes, own, states, 1000, c, more_waiting=True)
    many = [s.domain(x, name=name, look=s.MISTAKE) for x in (State.STALLED, State.AWAITING_DNS) for name in MANY[:50]]
    every = [d.but(state=x) for d in many[:10] for x in State if x is not State.REMOVED]
    yield "home, full", replies.home(votes[:1] * 2, many[:8], sorted(every, key=by_turn), 100_000, c, more_waiting=True)


def by_turn(domain: EmailDomain) -> int:
    return list(State).index(domain.turn)


def imported(domains: list[EmailDomain], c: Context) -> Iterator[tuple[str, Message]]:
    here = {domains[0].name}
    yield "listing, one side", replies.listing(domains, 1, 1, len(domains), "", c, there=["a.xyz.com"], here=here)
    yield "listing, only there", replies.listing([], 1, 1, 0, "", c, there=[f"n{n}.xyz.com" for n in range(20)])
    yield "adopted, nothing", replies.adopted([], c)
    told = [("adopted", State.READY), ("known", State.OPEN), ("known", None), ("smtp", None), ("failed", None)]
    known = [Row(f"n{n}.xyz.com", Outcome(outcome), state) for n, (outcome, state) in enumerate(told)]
    asked = [Row(f"m{n}.xyz.com", Outcome.ASK, version="0123456789ab") for n in range(17)]
    yield "adopted", replies.adopted([*known, *asked], c)
