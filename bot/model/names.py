"""From what people paste to the one form of a domain name we work with."""

from __future__ import annotations

import difflib
import re
import unicodedata
from collections.abc import Iterable
from functools import cache

import idna
from publicsuffixlist import PublicSuffixList

from bot.errors import BadName, NotYours, RootDomain
from bot.model.free_mail import FREE_MAIL

#: Names nobody who reads this can prove to own (S7): free mail, the vendor's and the carrier's own domains.
OTHERS = FREE_MAIL | {
    "mypurecloud.com", "mypurecloud.ie", "mypurecloud.de", "mypurecloud.jp", "mypurecloud.com.au",
    "pure.cloud", "use2.us-gov-pure.cloud", "us-gov-pure.cloud", "eusc-pure.cloud", "genesys.com", "genesys.cloud",
    "sparkpostmail.com", "sparkpost.com", "bird.com",
}  # fmt: skip

#: The longest name that DNS has, in characters of its ASCII form without the final dot (RFC 1035 section 3.1).
LONGEST = 253

#: Longest sending name: the host of its TXT record, ``scph1126._domainkey.<name>``, is a name as well.
MAX_LENGTH = LONGEST - len("scph1126._domainkey.")

#: Why a text is no usable name; each has texts ``name.<reason>``.
NAME_REASONS = ("empty", "shape", "single", "address", "length", "label", "idn", "wildcard", "underscore")

#: No part of it takes another "<": thousands of them in a row would be read to the end from each of them.
_LINK = re.compile(r"<(?:mailto:|[a-z][a-z0-9+.-]*://)?([^<|>\s]*)(?:\|([^<>]*))?>", re.IGNORECASE)
#: Marks that turn the direction of writing: invisible, and pasted along from mails and chats (Unicode UAX 9).
_TURNS = dict.fromkeys((1564, 8206, 8207, *range(8234, 8239), *range(8294, 8298)))

#: What people put around a name to make it bold, slanted, struck through or code.
_DRESSED = re.compile(r"([*_~`]{1,3})(\S+?)\1")
_LABEL = re.compile(r"[a-z0-9]([a-z0-9-]*[a-z0-9])?")


@cache
def _suffixes() -> PublicSuffixList:
    # The private section counts: nobody owns github.io, and foo.github.io is somebody's root.
    return PublicSuffixList(only_icann=False)


def tidy(text: str) -> str:
    """Whole input of a command: NFKC, U+3000 and line breaks as spaces (S19)."""
    return re.sub(r"\s+", " ", unicodedata.normalize("NFKC", text)).translate(_TURNS).strip()


def clean(text: str) -> str:
    """The bare name inside what was pasted, in ASCII form (S19).

    Understands ``user@name``, URLs, Slack's ``<http://name|name>``, capitals, full-width characters, the
    ideographic full stop, a trailing dot, quotation marks, ``*bold*`` and the like, and IDN. Raises :class:`BadName`.
    """
    shown = tidy(text)
    name = shown
    link = _LINK.search(name)
    if link:
        name = link[2] or link[1]
    name = _undressed(name)
    name = re.sub(r"^[a-z][a-z0-9+.-]*://", "", name, flags=re.IGNORECASE)
    name = re.sub(r"^mailto:", "", name, flags=re.IGNORECASE)
    name = re.split(r"[/?#\\]", name, maxsplit=1)[0]
    name = name.rpartition("@")[2]
    name = re.sub(r":\d+$", "", name)
    name = re.sub(r"[。．｡]", ".", name).strip().lower()
    name = name.removesuffix(".")
    if not name:
        raise BadName(shown[:100], "empty")
    if not name.isascii():
        name = _to_ascii(name, shown)
    return name


def _undressed(name: str) -> str:
    """Without quotation marks, brackets, and Slack's and Markdown's marks around it."""
    for _ in range(4):
        name = name.strip("<>\"'`“”‘’「」『』,;、()[]")
        if not (dressed := _DRESSED.fullmatch(name)):
            break
        name = dressed[2]
    return name


def _to_ascii(name: str, shown: str) -> str:
    try:
        return idna.encode(name, uts46=True, transitional=False).decode("ascii")
    except (idna.IDNAError, UnicodeError):
        raise BadName(shown[:100], "idn") from None


def parse(text: str) -> str:
    """A name that may become a campaign domain. Raises :class:`BadName`, :class:`NotYours`, :class:`RootDomain`."""
    name = clean(text)
    reason = _fault(name)
    if reason:
        raise BadName(name[:100], reason)
    root = registrable(name)
    if root is None or any(name == other or name.endswith(f".{other}") for other in OTHERS):
        raise NotYours(name)
    if name == root:
        raise RootDomain(name)
    return name


def _fault(name: str) -> str | None:
    labels = name.split(".")
    checks = {
        "address": bool(re.fullmatch(r"[0-9.]+|\[?[0-9a-f:]+:[0-9a-f:.]*\]?", name)),
        "single": len(labels) < 2,
        "length": len(name) > MAX_LENGTH or any(len(label) > 63 for label in labels),
        "wildcard": "*" in name,
        "underscore": "_" in name,
        "shape": " " in name or ".." in name or name.startswith("."),
        "idn": any(label.startswith("xn--") and not _decodes(label) for label in labels),
        "label": any(not _LABEL.fullmatch(label) for label in labels),
    }
    return next((reason for reason, fails in checks.items() if fails), None)


def _decodes(label: str) -> bool:
    try:
        idna.decode(label)
    except (idna.IDNAError, UnicodeError):
        return False
    return True


def registrable(name: str) -> str | None:
    """The registrable domain (root domain) of ``name`` by the Public Suffix List; None for a public suffix."""
    found: str | None = _suffixes().privatesuffix(name.rstrip(".").lower(), accept_unknown=True)
    return found


def unicode_form(name: str) -> str:
    """How people write it: U-labels for an IDN, else the same name."""
    try:
        return idna.decode(name) if "xn--" in name else name
    except (idna.IDNAError, UnicodeError):
        return name


def relative(host: str, zone: str) -> str:
    """``host`` as a console that appends the zone wants it; ``@`` for the zone itself."""
    host, zone = host.rstrip("."), zone.rstrip(".")
    if host == zone:
        return "@"
    return host.removesuffix(f".{zone}")


def nearest(word: str, known: Iterable[str]) -> str:
    """The known word somebody most likely meant, or empty. *approve* is not a misspelt *remove*."""
    found = difflib.get_close_matches(word, list(known), n=1, cutoff=0.65)
    return found[0] if found else ""


def nearest_name(name: str, known: Iterable[str]) -> str:
    """The known domain name somebody most likely meant, or empty.

    What two names share because they have the same owner says nothing: ``news`` is no misspelt ``sales``.
    """
    root = registrable(name) or name
    heads = {k.removesuffix(f".{root}"): k for k in known if k.endswith(f".{root}")}
    return heads.get(nearest(name.removesuffix(f".{root}"), heads), "") or nearest(name, set(known) - {*heads.values()})
