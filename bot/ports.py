"""What the product needs of the world, as Protocols, and :class:`Ports`, the one thing handed around."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from bot.config.settings import Settings
from bot.i18n.translator import Translate
from bot.model.approval import Round
from bot.model.campaign import Campaigns
from bot.model.change import Change
from bot.model.domain import EmailDomain, Entry
from bot.model.lifecycle import Kind, State
from bot.model.look import Look
from bot.model.message import Message
from bot.model.name_survey import DnsHealth, Survey
from bot.model.observations import CnamePoll, ListedServer, Org
from bot.model.outbox import Intent, Notice, Post, Reach
from bot.model.people import Identity, Person, Seen
from bot.model.permits import Permit
from bot.model.records import DnsRecord
from bot.model.registration import Preflight, Registration
from bot.model.schedule import Rhythm
from bot.model.store_stats import Vitals


class Clock(Protocol):
    """Time comes in from outside. Instants are UTC ms; ``monotonic`` is seconds and never steps."""

    def now(self) -> int: ...

    def monotonic(self) -> float: ...

    def delay_until(self, instant: int) -> float:
        """Real seconds until ``instant``; 0 where it is past."""
        ...


class Clocks(Clock, Protocol):
    """Every clock this machine can be asked for. ``now()`` is Slack's time; see :mod:`bot.runtime.clock`."""

    boot: str  #: names the boot that ``boottime`` is of; empty where it cannot be compared with another one

    @property
    def sure(self) -> bool:
        """Whether ``now()`` is more than the word of one witness. It may be False after a start, for a minute or two:
        no step that cannot be taken back is taken then, and nothing that was seen then proves how much time passed."""
        ...

    def machine(self) -> int:
        """The machine's own date (UTC ms): it may be wrong, and it may jump."""
        ...

    def boottime(self) -> int:
        """Ms since the machine was started, sleep included; never steps."""
        ...


class Dns(Protocol):
    """Looks at DNS. Never raises for what servers do: silence and nonsense are *unknown* answers."""

    async def look(
        self, name: str, records: tuple[DnsRecord, ...], *, resolvers: bool = True, confirm: bool = False,
        fresh: bool = False, last: Look | None = None, early: Callable[[Look], None] | None = None,
    ) -> Look: ...  # fmt: skip

    async def survey(self, name: str) -> Survey: ...

    async def poll(self, name: str, *, target: str | None, former: Sequence[ListedServer] = ()) -> CnamePoll:
        """Ask every counted server for the CNAME at ``name``, over UDP and TCP: for steps that cannot be taken back.

        Counted are the addresses that the parent delegates to or the zone itself lists now, and ``former``. Nothing
        remembered is believed; ``target`` is what our CNAME points to.
        """
        ...

    async def health(self) -> DnsHealth: ...

    @property
    def results(self) -> Mapping[str, int]: ...  #: questions asked so far, by how they ended

    async def close(self) -> None: ...


class MailPlatform(Protocol):
    """A service that sends mail for a domain once its DNS proves ownership.

    Every method may be repeated after a crash without harm. When the platform does not answer clearly it raises
    ``PlatformDown``, when it refuses for good ``PlatformRefused``, never a client library's error.
    ``tests/contracts/test_platform.py`` holds every adapter to this.
    """

    @property
    def name(self) -> str: ...

    @property
    def admin_url(self) -> str | None: ...  #: where its people see their email domains in a browser

    async def organisation(self) -> Org:
        """The org we are connected to now, by the token in use. Raises where the platform does not say."""
        ...

    async def inbound(self) -> Collection[str]:
        """Names the contact centre itself receives mail on (S8), in ASCII form; not those that may send as well."""
        ...

    async def preflight(self) -> Preflight:
        """What it is good to know before the first write, as far as it can be read.

        Raises ``PlatformRefused`` (``credentials``) where we are not let in at all, and nothing else.
        """
        ...

    async def register(self, name: str, org: Org) -> Registration:
        """Ask for the name to be created in ``org``. Returns once that is accepted; records may follow later.

        Raises ``PlatformUnclear`` where it may have been carried out, and ``PlatformRefused`` with the reason
        ``exists`` where there is one already, ``another_org`` where we are connected to another one.
        """
        ...

    async def look(self, name: str) -> Registration:
        """What the platform says now; ``Stage.ABSENT``: neither the name nor its complete listing shows it."""
        ...

    async def activate(self, permit: Permit) -> Registration:
        """Ask for the verification of both records that ``permit`` is for; what it says at that moment.

        Raises ``PlatformRefused`` with the reason ``another_org`` where we are connected to another org.
        """
        ...

    async def delete(self, permit: Permit) -> bool:
        """Ask for the deletion that ``permit`` is for; False where the platform does not find the name.

        It is over when :meth:`look` says ``ABSENT``. Raises ``PlatformDown`` where it may have been carried out, and
        ``PlatformRefused`` with the reason ``another_org`` where we are connected to another one.
        """
        ...

    async def domains(self) -> Collection[str]:
        """Names of all sending domains of the org, whoever made them."""
        ...

    async def campaigns(self, name: str) -> Campaigns:
        """Those that send from the domain, as far as we may see them."""
        ...

    async def close(self) -> None: ...


class Store(Protocol):
    """Everything that must survive. Every write is one durable transaction.

    Raises ``Superseded`` where somebody else was faster, ``AlreadyDone`` where the intention was carried out
    before, ``StorageBusy`` where the database did not take it in time, ``Unreadable`` where one row is asked for that
    this version cannot read; of many, those that can be read are returned.
    """

    # intentions
    async def take(self, intent: Intent) -> bool: ...
    async def finish(self, key: str) -> None: ...
    async def keep(self, key: str) -> None: ...  #: whoever asked was told until when it is kept
    async def unfinished(self) -> Sequence[Intent]: ...

    # domains
    async def domain(self, team: str, name: str) -> EmailDomain | None: ...
    async def past(self, team: str, name: str, life: int) -> EmailDomain | None: ...  #: while messages of it are unsent
    async def domains(self, team: str) -> Sequence[EmailDomain]: ...
    async def owned(self, team: str, owner: str, states: Sequence[State], most: int) -> Sequence[EmailDomain]: ...
    async def asked(self, team: str, most: int) -> Sequence[EmailDomain]: ...  #: open rounds, soonest over first
    async def names(self, team: str, among: Collection[str] | None = None) -> Mapping[str, State]: ...
    async def similar(self, team: str, name: str) -> Sequence[str]: ...
    async def holder(self, key: str) -> str | None: ...  #: the domain a public key (``p=``) belongs to
    async def page(
        self, team: str, order: Sequence[State], number: int, size: int, words: Sequence[str] = (),
        seen: Seen | None = None,
    ) -> tuple[Sequence[EmailDomain], int, int]: ...  # fmt: skip
    async def channels(self, team: str) -> Sequence[str]: ...  #: where domains are posted to
    async def round(self, team: str, name: str, id: int) -> Round | None: ...
    async def save(self, change: Change) -> EmailDomain: ...
    async def due(self, now: int, limit: int, skip: Collection[tuple[str, str]]) -> Sequence[EmailDomain]: ...
    async def due_after(self, instant: int) -> Sequence[EmailDomain]: ...
    async def next_due(self) -> int | None: ...
    async def history(self, domain: EmailDomain, limit: int) -> Sequence[Entry]: ...

    # messages
    async def sendable(self, now: int, limit: int, skip: Collection[str] = ()) -> Sequence[Notice]: ...
    async def next_sendable(self, after: int = 0) -> int | None: ...
    async def begin_sending(
        self, notice: Notice, owner: str, anchor: int, channel: str, thread: str | None
    ) -> Notice | None: ...
    async def sent(self, notice: Notice, channel: str, ts: str, shown: str, version: int) -> None: ...
    async def put_back(
        self, notice: Notice, not_before: int, problem: str | None = None, *, failed_at: int | None = None,
        aside: bool = False,
    ) -> None: ...  # fmt: skip
    async def step_aside(self, notice: Notice, problem: str, failed_at: int) -> None: ...
    async def end(self, notice: Notice, why: str) -> None: ...  #: it is not sent any more, and stands nowhere
    async def ambiguous(self, limit: int, skip: Collection[str] = ()) -> Sequence[Notice]: ...
    async def waiting(self, domain: EmailDomain) -> Sequence[Notice]: ...
    async def hurry(self, domain: EmailDomain, *, afresh: bool = False) -> None: ...
    async def hasten(self, instant: int) -> None: ...  #: what would be tried again later than that is tried now
    async def card(self, domain: EmailDomain) -> Post | None: ...
    async def stale_posts(self, now: int, limit: int, kinds: Sequence[Kind]) -> Sequence[tuple[Post, Notice]]: ...
    async def shown(self, post: Post, hash: str, version: int) -> None: ...
    async def freeze(self, post: Post, hash: str) -> None: ...  #: Slack accepted ``hash``, and it stays like that
    async def look_again(self, key: str) -> None: ...  #: this post may say something else by now
    async def retry_post(self, post: Post, at: int) -> None: ...
    async def lost_post(self, post: Post, domain: EmailDomain) -> bool: ...
    async def mark_all_stale(self, kinds: Sequence[Kind]) -> None: ...

    # what is remembered of people and of ourselves; and a platform's own documents
    async def remember(self, person: Person) -> None: ...
    async def people(self, team: str) -> Sequence[Person]: ...
    async def identity(self) -> Identity | None: ...
    async def set_identity(self, identity: Identity) -> None: ...
    async def bound_team(self) -> str | None: ...  #: the workspace the database belongs to; None in a new one
    async def document(self, kind: str, key: str) -> dict[str, Any] | None: ...
    async def put_document(self, kind: str, key: str, body: dict[str, Any] | None) -> None: ...
    async def documents(self, kind: str) -> Mapping[str, dict[str, Any]]: ...  #: every one of a kind, by key

    async def tidy(self, wishes: int, lives: int) -> Mapping[str, int]: ...
    async def check(self) -> str: ...
    async def checkpoint(self) -> bool: ...
    async def vitals(self, now: int) -> Vitals: ...
    async def close(self) -> None: ...


class Directory(Protocol):
    """Who people are, as the workspace says. Raises ``Trouble`` where Slack cannot tell now.

    ``now``: nothing remembered counts; for votes.
    """

    async def person(self, user: str, *, now: bool = False) -> Person: ...

    def known(self, user: str) -> Person | None:
        """What is remembered of somebody, without asking anybody."""
        ...

    async def members(self, channel: str, *, now: bool = False) -> frozenset[str] | None:
        """User ids in a channel; None where this Slack cannot tell."""
        ...

    async def group(self, id: str, *, now: bool = False) -> frozenset[str]:
        """User ids in a user group."""
        ...


class Messenger(Protocol):
    """Slack out. Raises ``SlackBusy`` (surely nothing happened), ``SlackUnclear`` or ``SlackRefused``."""

    async def reach(self, channel: str) -> Reach:
        """Join a public channel if need be; say whether posting will work."""
        ...

    async def post(
        self, channel: str, message: Message, *, metadata: dict[str, Any], thread: str | None = None,
        broadcast: bool = False,
    ) -> tuple[str, str]:  # fmt: skip
        """One attempt, never repeated by itself; returns (channel, ts)."""
        ...

    async def find(self, channel: str, key: str, *, since: int, thread: str | None) -> str | None:
        """The ts of our own message with this key, posted at or after ``since`` (UTC ms); None if there is none."""
        ...

    async def update(self, channel: str, ts: str, message: Message) -> None: ...

    async def whisper(self, channel: str, user: str, message: Message) -> None:
        """An ephemeral message, best effort."""
        ...


@dataclass(frozen=True, slots=True)
class Ports:
    """Everything a service may use. Built once in ``bot.app``."""

    settings: Settings
    rhythm: Rhythm
    clock: Clocks
    store: Store
    dns: Dns
    platform: MailPlatform
    messenger: Messenger
    directory: Directory
    translate: Callable[[str], Translate]  #: texts of a language: ``"en"`` or ``"ja"``
    identity: Callable[[], Identity | None]  #: who we are in Slack, once that is known
    foreign: Callable[[], bool]  #: we are in another workspace than the one the database belongs to
    wake: Callable[[], None]  #: something became due: look at the agenda now
