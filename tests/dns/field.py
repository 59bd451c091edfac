"""Zones as people had them: from public threads, each with what a look must say of it and must never say.

A row is made in a zone in which both records are right (see :mod:`bot.tryout.dns.mistakes`). ``source`` is the thread
the shape was seen in; other members of the same kind are tested where the code that judges them is.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from urllib.parse import quote

from bot.model.records import DnsRecord
from bot.tryout.dns import aliases
from bot.tryout.dns import mistakes as m
from bot.tryout.dns.mistakes import Place
from tests.dns import odd_servers as odd

GOOD = frozenset({"published", "visible"})
WRONG = frozenset({"wrong"})
UNKNOWN = frozenset({"unknown"})

#: What a maker leaves: the records to look for where they are not the zone's usual ones.
Wanted = tuple[DnsRecord, ...] | None

_GITHUB = "https://github.com/"
_LINE = "https://it-sicherheit.softperten.de/wissen/wie-sieht-die-syntax-eines-dkim-txt-eintrags-aus"
_GLUE = "https://www.fixwikihub.com/articles/hosting-nameserver-glue-record-mismatch-at-registrar"


@dataclass(frozen=True)
class Shape:
    """``codes``: one of them is found, and nothing else (none: nothing at all); ``never``: none of them.

    ``said`` and ``unsaid`` are patterns of the texts in both languages; ``{name}`` stands for the sending name.
    """

    id: str
    source: str
    holds: str
    make: Callable[[Place], Wanted | None]
    verdict: frozenset[str]
    codes: frozenset[str] = frozenset()
    never: frozenset[str] = frozenset()
    said: tuple[str, ...] = ()
    unsaid: tuple[str, ...] = ()


def _shape(
    id: str, source: str, holds: str, make: Callable[[Place], Wanted | None], verdict: frozenset[str],
    codes: str = "", never: str = "", *, said: Iterable[str] = (), unsaid: Iterable[str] = (),
) -> Shape:  # fmt: skip
    where = source if source.startswith("https:") else _GITHUB + source
    return Shape(
        id, where, holds, make, verdict, frozenset(codes.split()), frozenset(never.split()), tuple(said), tuple(unsaid)
    )


# ---- how they are made


def _named(at: Place, name: str) -> tuple[DnsRecord, ...]:
    """The records of another sending name."""
    return tuple(DnsRecord(r.type, r.host.replace(at.name, name), r.value) for r in (at.txt, at.cname))


def _key_in_silence(at: Place) -> None:
    """Somebody else's zone whose servers give no answer just now."""
    odd.all_of(at.elsewhere("hub.net"), lambda server: server.silence())
    m.no_txt(at)
    at.zone.add(at.txt.host, "CNAME", "k.hub.net.")


def _cname_beside_the_key(at: Place) -> None:
    at.zone.add(at.txt.host, "CNAME", "k.vendor.net.")
    odd.all_of(at.zone, odd.each_by_itself)


def _mail_beside_the_cname(at: Place) -> None:
    at.zone.add(at.name, "MX", "10 mx.host.net.")
    odd.all_of(at.zone, odd.each_by_itself)


def _foundation(at: Place) -> None:
    names = ("blue.foundationdns.com", "blue.foundationdns.net")
    at.zone.servers[:] = at.lab.zone("proxied.com", nameservers=names).servers
    for server in at.zone.servers:
        server.serve(at.zone.master)
    at.listed(*names, only=True)
    m.no_cname(at)
    at.zone.add(at.name, "A", "104.16.1.1", "104.16.2.2")
    at.zone.add(at.name, "AAAA", "2606:4700::6810:101")


def _own_zone(at: Place) -> Wanted:
    """``jp.<zone>`` is a zone of its own; of the two records the TXT is in it."""
    child = at.zone.child(f"jp.{at.zone.name}")
    wanted = _named(at, f"mail.jp.{at.zone.name}")
    child.publish(wanted[0])
    return wanted


def _wildcard(at: Place) -> None:
    m.neither(at)
    at.zone.add(f"*.{at.zone.name}", "TXT", "v=spf1 -all")


def _twice(at: Place) -> None:
    m.neither(at)
    for record in (at.txt, at.cname):
        value = record.value if record is at.txt else f"{record.value}."
        at.zone.add(f"{record.host}.{at.zone.name}", record.type.value, value)


def _one_lags(at: Place) -> None:
    at.zone.remove(at.name, "CNAME", only=1)


def _in_use(at: Place) -> Wanted:
    name = f"news.{at.zone.name}"
    wanted = _named(at, name)
    at.zone.publish(wanted[0])
    at.zone.add(name, "A", "192.0.2.5")
    return wanted


def _brackets(at: Place) -> str:
    return f'( "v=DKIM1; k=rsa; h=sha256; " "p={at.key[:180]}" "{at.key[180:]}" )'


def _single_quotes(at: Place) -> str:
    return f'\'"v=DKIM1\\; k=rsa\\; h=sha256\\; \\"  \\"p={at.key}"\''


#: The host's console took the last semicolon away.
def _without_last(at: Place) -> Wanted:
    wanted = f"v=DKIM1; t=s; h=sha256; p={at.key}"
    at.zone.replace(at.txt, wanted)
    return (DnsRecord(at.txt.type, at.txt.host, f"{wanted};"), at.cname)


_other_key = ("holds another key", "別の鍵")

SHAPES: tuple[Shape, ...] = (
    # The value of the TXT.
    _shape("s-tlsrpt", "lieser/dkim_verifier/issues/134", "a key for another service is not for email",
        m.txt(lambda at: f"v=DKIM1; k=rsa; h=sha256; s=tlsrpt; p={at.key}"), WRONG, "BAD_S_TAG"),
    _shape("tail-beside", "forwardemail/forwardemail.net/issues/316", "what is left of an earlier try is in the way",
        m.txt(m.value, lambda at: at.txt.value[255:]), WRONG, "MULTIPLE_KEYS SPLIT_INTO_RECORDS",
        "OK_EXTRA_TXT"),
    _shape("same-twice", "forwardemail/forwardemail.net/issues/394", "our key twice is ours both times",
        m.txt(m.value, lambda at: at.txt.value.replace("; ", ";")), WRONG, "MULTIPLE_KEYS",
        unsaid=("Not ours", "不要な値")),
    _shape("no-semi", _LINE, "the key is there, its separators are not",
        m.spoiled(";", ""), WRONG, "KEY_SPOILT", "MISSING_P KEY_MISMATCH",
        unsaid=("stops before the key", "手前で切れて")),
    _shape("paren", "virtualmin/virtualmin-gpl/issues/1147", "brackets and quotes are a zone file's",
        m.txt(_brackets), WRONG, "WHOLE_RECORD_PASTED LITERAL_QUOTES", "OTHER_TXT_ONLY KEY_MISMATCH"),
    _shape("single-quote", "tuxis-ie/nsedit/issues/66", "quotes of both kinds around an escaped value",
        m.txt(_single_quotes), WRONG, "LITERAL_QUOTES LITERAL_BACKSLASH", "OTHER_TXT_ONLY KEY_MISMATCH"),
    _shape("percent", "giuseppelt/EmailFlare/issues/8", "a percent-encoded key is the right key",
        m.txt(lambda at: f"v=DKIM1; k=rsa; h=sha256; p={quote(at.key, safe='')}"), WRONG, "KEY_ENCODED", "KEY_MISMATCH",
        unsaid=_other_key),
    _shape("escaped-middle", "cloudflare/Cloudflare-CPanel/issues/186", "quotes in the middle of the value",
        m.txt(lambda at: f'{at.txt.value[:255]}" "{at.txt.value[255:]}'), WRONG, "LITERAL_QUOTES", "KEY_MISMATCH"),
    _shape("last-semi", "postalserver/postal/issues/812", "the last semicolon does not matter", _without_last, GOOD),
    _shape("cut-255", "docker-mailserver/docker-mailserver/issues/1035", "a long TXT was cut without a word",
        m.txt(lambda at: at.txt.value[:255]), WRONG, "KEY_TRUNCATED", "KEY_MISMATCH"),
    _shape("target-in-txt", "lieser/dkim_verifier/issues/195", "the CNAME's target as a TXT at the selector",
        m.txt(lambda at: at.cname.value), WRONG, "OTHER_TXT_ONLY"),
    # Names and aliases.
    _shape("appended", "mail-in-a-box/mailinabox/issues/272", "NXDOMAIN beside a CNAME speaks of its target",
        m.target(lambda at: f"{at.cname.value}.{at.zone.name}."), WRONG, "TARGET_GOT_ZONE_APPENDED",
        "BROKEN_EMPTY_NON_TERMINAL"),
    _shape("chain-silent", "anonaddy/anonaddy/issues/662", "silence behind a CNAME is silence",
        aliases.silent_chain, UNKNOWN, "CNAME_CHAIN_SILENT", "WRONG_TARGET CNAME_CHAIN_BROKEN", said=("hub.net",)),
    _shape("key-chain-silent", "anonaddy/anonaddy/issues/662", "it is said whose servers are silent",
        _key_in_silence, UNKNOWN, "CNAME_CHAIN_SILENT", "CNAME_CHAIN_BROKEN", said=("hub.net",)),
    _shape("long-chain", "NLnetLabs/unbound/issues/438", "a long chain is no circle",
        aliases.long_chain, WRONG | UNKNOWN, "CNAME_CHAIN_LONG", "CNAME_LOOP WRONG_TARGET"),
    _shape("cname-and-txt-d", "cloudflare/cloudflare-docs/issues/30376", "a CNAME beside the TXT hides it",
        _cname_beside_the_key, WRONG, "CNAME_AND_OTHER_DATA CNAME_CHAIN_BROKEN", "NEGATIVE_CACHE"),
    _shape("cname-mx", "is-cool-me/dnscontrol-action/issues/16", "MX beside the CNAME",
        _mail_beside_the_cname, WRONG, "CNAME_AND_OTHER_DATA"),
    _shape("cf-foundation", "open-craft/opencraft/pull/859", "Cloudflare has more name servers than two sets",
        _foundation, WRONG, "PROXIED_CLOUDFLARE", "EXISTING_RECORDS_CONFLICT"),
    _shape("sub-half", "acmesh-official/acme.sh/issues/3066", "a zone of one's own is no mistake",
        _own_zone, frozenset({"missing"}), "MISSING_CNAME", "DELEGATED_SUBDOMAIN"),
    _shape("wild-apex", "srvrco/getssl/pull/668", "the wildcard that answers is named",
        _wildcard, WRONG, "WILDCARD_MASKS_TXT MISSING_CNAME",
        said=(r"`\*\.xyzcorp\.com`",), unsaid=(r"\*\._domainkey",)),
    _shape("t-words", "acmesh-official/acme.sh/issues/2524", "an explanation typed behind the target",
        m.target(lambda at: f"{at.cname.value}\\032\\040a\\032cname\\032entry\\041."), WRONG, "WRONG_TARGET"),
    _shape("doubled", "maillab/cloud-mail/issues/356", "the console appended the zone again",
        _twice, WRONG, "DUPLICATED_ZONE", "MISSING_BOTH"),
    # Servers.
    _shape("case-sens", "angristan/local-dns-resolver/issues/8", "a server that knows only small letters is heard",
        lambda at: odd.all_of(at.zone, lambda server: server.small_letters()), GOOD,
        never="MISSING_BOTH MISSING_DKIM MISSING_CNAME"),
    _shape("edns-notimp", "nil0x42/dnsanity/issues/3", "NOTIMP to EDNS is asked again without",
        lambda at: odd.all_of(at.zone, odd.refuses_edns("NOTIMP")), GOOD, never="LAME_DELEGATION LAME_PARTIAL"),
    _shape("edns-formerr", "zonemaster/zonemaster/issues/1308", "FORMERR to EDNS is asked again without",
        lambda at: odd.all_of(at.zone, odd.refuses_edns("FORMERR")), GOOD, never="LAME_DELEGATION LAME_PARTIAL"),
    _shape("glue-old", _GLUE, "the registrar's address is old, not the server",
        m.old_glue, GOOD, "OLD_GLUE", "LAME_PARTIAL",
        said=("ns1.xyzcorp.com",), unsaid=("Remove `?ns1", "ns1[^。]*を外す")),
    _shape("disagree", "thunderbird/thunderbird-accounts/issues/934", "one of two servers lacks the CNAME",
        _one_lags, WRONG, "NS_INCONSISTENT", "BROKEN_EMPTY_NON_TERMINAL"),
    _shape("conf", "it-projects-llc/odoo-saas-tools/issues/806", "no name is offered that was just refused",
        _in_use, WRONG, "EXISTING_RECORDS_CONFLICT",
        unsaid=(r"such as `news\.xyzcorp\.com`", r"`news\.xyzcorp\.com` のような")),
    _shape("neg-no-soa", "d2iq-archive/mesos-dns/issues/57", "a resolver that does not say for how long",
        lambda at: at.lab.resolvers[0].deny(at.txt.host), GOOD, "NEGATIVE_CACHE", unsaid=(r"\? min", r"\?分")),
    _shape("v6-only", "zonemaster/zonemaster/issues/1037", "servers out of reach from here are not a dead network",
        m.only_v6, UNKNOWN, "NS_IPV6_ONLY", "EGRESS_BLOCKED", unsaid=("not even those of the root", "ルートを含め")),
    _shape("v6-and-v4", "eferdman/dehydrated-hook-ddns-tsig/issues/39", "one server that is reached is enough",
        lambda at: m.only_v6(at, but=1), GOOD),
)  # fmt: skip
