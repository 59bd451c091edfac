"""What Genesys Cloud's answers mean. Pure; whatever it does not know is *unknown*, never an error.

The same status comes in two spellings (``Verified`` and ``VERIFIED``), every field may be missing, and new words appear
every few months.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from bot.errors import BadName
from bot.model import names
from bot.model.observations import Org
from bot.model.records import DnsRecord, RecordType
from bot.model.registration import Registration, Stage, Verification

PLATFORM = "genesys"

Body = Mapping[str, Any]

_STAGES = {
    "requestreceived": Stage.PENDING,
    "provisionrequestsentvendor": Stage.PENDING,
    "provisioned": Stage.PROVISIONED,
    "error": Stage.FAILED,
    "deprovisioned": Stage.DEPROVISIONED,
}
_RECORDS = {RecordType.TXT: "dnsTxtSendingRecord", RecordType.CNAME: "dnsCnameBounceRecord"}

#: ``senderType`` of a domain that sends through a server of the customer's own: its DNS is not ours to ask for.
SMTP = "emailsmtpdomain"

_SAID = 300

#: Which refusal is meant: the codes of the outbound calls are not public, so codes and words are looked at together.
_EXISTS = re.compile(r"already exists|\.exists\b|domain\.exists|duplicate", re.IGNORECASE)
_ELSEWHERE = re.compile(
    r"(another|other|different) (org|account|customer|tenant)|in use by|already in use|belongs to", re.IGNORECASE
)
_LIMIT = re.compile(
    r"max\.domains|maximum number|limit.{0,20}exceeded|exceeded.{0,20}limit|too many domains", re.IGNORECASE
)
_LICENCE = re.compile(r"licen[sc]e|subscription|entitle|product|feature.{0,20}(enabled|available)", re.IGNORECASE)


def registration(name: str, body: Body) -> Registration:
    """From an ``EmailOutboundDomainResult``."""
    records, verified = [], {}
    for kind, field in _RECORDS.items():
        entry = body.get(field)
        if not isinstance(entry, Mapping):
            continue
        record = _record(name, kind, entry)
        if record is not None:
            records.append(record)
            verified[kind] = verification(entry.get("verificationStatus"))
    complete = len(records) == len(_RECORDS)
    stage = _STAGES.get(_word(body.get("senderStatus")), Stage.UNKNOWN)
    if stage in (Stage.PENDING, Stage.UNKNOWN) and not complete:
        stage = Stage.PREPARING
    return Registration(name, stage, tuple(records) if complete else (), verified if complete else {})


def _record(name: str, type: RecordType, entry: Body) -> DnsRecord | None:
    host, value = entry.get("host"), entry.get("recordContents")
    if not (isinstance(host, str) and isinstance(value, str) and host.strip() and value.strip()):
        return None
    host = host.strip().rstrip(".").lower()
    if host.endswith("._domainkey"):  # documented nowhere; every known answer has the full name
        host = f"{host}.{name}"
    return DnsRecord(type, host, _joined(value.strip()) if type is RecordType.TXT else value.strip())


def _joined(value: str) -> str:
    """The character data of a TXT value, should it ever come in quotation marks; else as it is."""
    if value.startswith('"') and value.endswith('"'):
        return "".join(re.findall(r'"((?:[^"\\]|\\.)*)"', value))
    return value


def verification(status: object) -> Verification:
    try:
        return Verification(_word(status))
    except ValueError:
        return Verification.UNKNOWN


def by_smtp(body: Body) -> bool:
    return _word(body.get("senderType")) == SMTP


def _word(value: object) -> str:
    return value.strip().lower() if isinstance(value, str) else ""


# ---- refusals


def said(body: Body, correlation: str) -> str:
    """The platform's own words, cut, and the id its support asks for."""
    text = next((t for key in ("message", "error_description", "description") if (t := _text(body.get(key)))), "")
    text = text or _text(body.get("code")) or _text(body.get("error"))
    context = _text(body.get("contextId")) or correlation
    return f"{text[:_SAID]} (id {context[:64]})" if text and context else text[:_SAID]


def _text(value: object) -> str:
    return " ".join(value.split()) if isinstance(value, str) else ""


def _words(body: Body) -> str:
    """Everything an ErrorBody says, its inner errors included."""
    inner = [e for e in listed(body.get("errors")) if isinstance(e, Mapping)]
    own = (_text(body.get(key)) for key in ("code", "message", "messageWithParams"))
    details = (_text(d.get("errorCode")) for d in listed(body.get("details")) if isinstance(d, Mapping))
    return " ".join((*own, *details, *(_words(e) for e in inner[:5])))


def exists(status: int, body: Body) -> bool:
    """*There is one already*: perhaps our own earlier try, perhaps somebody else's."""
    return status == 409 or (status == 400 and bool(_EXISTS.search(_words(body))))


def elsewhere(body: Body) -> bool:
    return bool(_ELSEWHERE.search(_words(body)))


def reason(status: int, body: Body) -> str:
    """A key of ``[refused.*]``."""
    words = _words(body)
    if status == 401:
        return "credentials"
    if status == 403:
        missing = "missing" in words and "permission" in words
        return "licence" if not missing and _LICENCE.search(words) else "permission"
    if _LIMIT.search(words) or isinstance(body.get("limit"), Mapping):
        return "limit"
    if _ELSEWHERE.search(words):
        return "elsewhere"
    return "licence" if _LICENCE.search(words) else "failed"


# ---- listings


def goes_on(pages: Sequence[Body]) -> bool:
    """Whether there are more pages than these: by the highest ``pageCount``, else by ``nextUri``."""
    counts = [page["pageCount"] for page in pages if whole(page.get("pageCount")) is not None]
    return len(pages) < max(counts) if counts else bool(pages[-1].get("nextUri"))


def gap(pages: Sequence[Body], size: int) -> str:
    """Why a listing that was asked for in pages of ``size`` may lack something; empty where it is complete."""
    if not all(isinstance(page.get("entities"), list) for page in pages):
        return "no entities"
    found = entities(pages)
    if not all(isinstance(entity, Mapping) for entity in found):
        return "an entity that is none"
    # By id, should a page ever come twice.
    ids = [entity.get("id") for entity in found]
    count = len({one for one in ids if isinstance(one, str)}) + sum(not isinstance(one, str) for one in ids)
    total = max(whole(page.get("total")) or 0 for page in pages)
    if count < total:
        return f"{count} of {total}"
    if total:
        return ""
    if len(pages) > 1:
        return "pages without a total"
    full = count >= min(size, whole(pages[0].get("pageSize")) or size)
    return "a full page that may not be the last" if full and whole(pages[0].get("pageCount")) is None else ""


def entities(pages: Iterable[Body]) -> list[Body]:
    return [entity for page in pages for entity in page["entities"]]


def whole(value: object) -> int | None:
    """A number of things; what no list is as long as is none."""
    fits = isinstance(value, int) and not isinstance(value, bool) and abs(value) < 10**9
    return value if fits else None  # type: ignore[return-value]


# ---- what else is read


def org(body: Body) -> Org | None:
    """The org that a token is for, from a ``TokenInfo``; None where it has no id."""
    found = body.get("organization")
    if not isinstance(found, Mapping):
        return None
    known = _text(found.get("id"))
    return Org(PLATFORM, known, _text(found.get("name")) or known) if known else None


def may(subject: Body, domain: str, entity: str, *actions: str) -> bool | None:
    """Whether the grants of an ``AuthzSubject`` allow any of ``actions``; None where it names no grants at all."""
    grants = subject.get("grants")
    if not isinstance(grants, list):
        return None
    return any(
        policy.get("domain") in (domain, "*")
        and policy.get("entityName") in (entity, "*")
        and any(action in (*actions, "*") for action in listed(policy.get("actions")))
        for policy in _policies(grants)
    )


def _policies(grants: Iterable[object]) -> Iterable[Body]:
    for grant in grants:
        role = grant.get("role") if isinstance(grant, Mapping) else None
        for policy in listed(role.get("policies")) if isinstance(role, Mapping) else ():
            if isinstance(policy, Mapping):
                yield policy


def inbound_names(entities: Iterable[Body]) -> frozenset[str]:
    """Names on which the contact centre receives mail, and those its mail comes from: a CNAME would break both."""
    found = set()
    for entity in entities:
        if entity.get("graphApiSettings"):
            continue  # through Microsoft Graph: the vendor supports the same name as a sending domain
        settings = entity.get("mailFromSettings")
        sender = settings.get("mailFromDomain") if isinstance(settings, Mapping) else None
        found |= {plain(n) for n in (entity.get("id"), entity.get("name"), sender) if isinstance(n, str)}
    return frozenset(found - {""})


def plain(name: str) -> str:
    """As the bot writes names: small letters, no final dot, ASCII."""
    name = name.strip().rstrip(".").lower()
    if name.isascii():
        return name
    try:
        return names.clean(name)
    except BadName:
        return name


def limit(body: Body) -> int | None:
    """How many outbound domains the org may have, if its limits say so; the keys are not documented."""
    for entity in listed(body.get("entities")):
        key, value = (entity.get("key"), entity.get("value")) if isinstance(entity, Mapping) else ("", None)
        words = _word(key)
        count = whole(value)
        if "domain" in words and ("outbound" in words or "campaign" in words) and count is not None and count >= 0:
            return count
    return None


def listed(value: object) -> Sequence[Any]:
    """A list as it came; nothing where something else stands in its place."""
    return value if isinstance(value, list) else ()
