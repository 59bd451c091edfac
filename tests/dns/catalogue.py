"""Every mistake of the catalogue that DNS can show, as a zone in the laboratory: code -> what to do to a right one.

Each begins with both records published rightly at the two servers of ``xyzcorp.com``.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from bot.model.records import DnsRecord, RecordType
from bot.tryout.dns import DnsLab, Server, Zone

NAME = "sales.xyzcorp.com"
KEY = "MIIBIjANBgkqhkiG9w0BAQEFAAOCAQ8AMIIBCgKCAQEA" + "Zx9+/" * 66
TXT = DnsRecord(RecordType.TXT, f"scph1126._domainkey.{NAME}", f"v=DKIM1; k=rsa; h=sha256; p={KEY}")
CNAME = DnsRecord(RecordType.CNAME, NAME, "sparkpostmail.com")
OTHER = TXT.value.replace("Zx9", "Yw8")


@dataclass(frozen=True, slots=True)
class Desk:
    """What a mistake may touch. ``forward`` moves the clock by seconds."""

    lab: DnsLab
    zone: Zone
    forward: Callable[[float], None]

    def both(self, change: Callable[[Server], None]) -> None:
        for server in self.zone.servers:
            change(server)

    def everything(self, change: Callable[[Server], None]) -> None:
        """All authoritative servers, those of the root included."""
        for zone in self.lab.zones.values():
            for server in zone.servers:
                change(server)


Mistake = Callable[[Desk], None]


def txt(*values: str, ttl: int | None = None) -> Mistake:
    """The TXT's values are these instead."""

    def make(desk: Desk) -> None:
        desk.zone.remove(TXT.host, "TXT")
        desk.zone.add(TXT.host, "TXT", *values, ttl=ttl)

    return make


def target(value: str) -> Mistake:
    return lambda desk: desk.zone.replace(CNAME, value)


def without(*records: DnsRecord) -> Mistake:
    def make(desk: Desk) -> None:
        for record in records:
            desk.zone.remove(record.host, record.type.value)

    return make


def moved(record: DnsRecord, host: str, value: str | None = None) -> Mistake:
    """The record stands at ``host`` instead."""

    def make(desk: Desk) -> None:
        desk.zone.remove(record.host, record.type.value)
        desk.zone.publish(DnsRecord(record.type, host, value or record.value))

    return make


def instead(record: DnsRecord, *others: tuple[str, str, str]) -> Mistake:
    """Without the record, and with these (host, type, value)."""

    def make(desk: Desk) -> None:
        desk.zone.remove(record.host, record.type.value)
        for host, rdtype, value in others:
            desk.zone.add(host, rdtype, value)

    return make


def beside(*others: tuple[str, str, str]) -> Mistake:
    def make(desk: Desk) -> None:
        for host, rdtype, value in others:
            desk.zone.add(host, rdtype, value)

    return make


def servers(change: Callable[[Server], None]) -> Mistake:
    return lambda desk: desk.both(change)


def one(change: Callable[[Server], None]) -> Mistake:
    return lambda desk: change(desk.zone.servers[1])


def spoiled(pattern: str, by: str) -> Mistake:
    return txt(re.sub(pattern, by, TXT.value))


def only_wildcard(rdtype: str, value: str) -> Mistake:
    """Neither record, so that the wildcard answers: a TXT below the sending name would already hide it (RFC 4592)."""

    def make(desk: Desk) -> None:
        without(TXT, CNAME)(desk)
        desk.zone.add("*.xyzcorp.com", rdtype, value)

    return make


# ---- what takes more than a line


def unregistered(desk: Desk) -> None:
    assert desk.zone.parent is not None
    desk.zone.parent.remove("xyzcorp.com", "NS")
    for server in desk.zone.servers:
        desk.zone.parent.remove(server.name, "A")
    del desk.lab.zones["xyzcorp.com"]


def own_zone(desk: Desk) -> None:
    without(CNAME, TXT)(desk)
    desk.zone.child(NAME).publish(TXT)


def key_zone(desk: Desk) -> None:
    without(TXT)(desk)
    desk.zone.child(f"_domainkey.{NAME}")


def stale(desk: Desk) -> None:
    without(TXT)(desk)
    desk.zone.servers[1].freeze()
    desk.zone.publish(TXT)


def other_provider(desk: Desk) -> None:
    """The parent lists two servers; only the zone itself lists a third, and the records are there alone."""
    old = desk.lab.zone("old-provider.net", nameservers=1)
    server = old.servers[0]
    server.serve(desk.zone.master.copy())
    without(TXT, CNAME)(desk)
    desk.zone.add("xyzcorp.com", "NS", f"{server.name}.")


def cloudflare(desk: Desk) -> None:
    zone = desk.lab.zone("proxied.com", nameservers=("ada.ns.cloudflare.com", "bob.ns.cloudflare.com"))
    for server in zone.servers:
        server.serve(desk.zone.master)
    desk.zone.servers[:] = zone.servers
    assert desk.zone.parent is not None
    for holder in (desk.zone, desk.zone.parent):
        holder.remove("xyzcorp.com", "NS")
        holder.add("xyzcorp.com", "NS", "ada.ns.cloudflare.com.", "bob.ns.cloudflare.com.")
    instead(CNAME, (NAME, "A", "104.21.3.4"))(desk)


def flattened(desk: Desk) -> None:
    desk.lab.zone("sparkpostmail.com", nameservers=1).add("sparkpostmail.com", "A", "198.51.100.7")
    instead(CNAME, (NAME, "A", "198.51.100.7"))(desk)


def chain(desk: Desk) -> None:
    desk.zone.replace(CNAME, "bounce.xyzcorp.com.")
    desk.lab.zone("hop.net", nameservers=1).add("b.hop.net", "CNAME", "sparkpostmail.com.")
    desk.zone.add("bounce.xyzcorp.com", "CNAME", "b.hop.net.")


def broken_chain(desk: Desk) -> None:
    desk.zone.replace(CNAME, "bounce.xyzcorp.com.")
    desk.zone.add("bounce.xyzcorp.com", "CNAME", "gone.xyzcorp.com.")


def loop(desk: Desk) -> None:
    desk.zone.replace(CNAME, "one.xyzcorp.com.")
    desk.zone.add("one.xyzcorp.com", "CNAME", "two.xyzcorp.com.")
    desk.zone.add("two.xyzcorp.com", "CNAME", "one.xyzcorp.com.")


def key_by_alias(desk: Desk) -> None:
    desk.lab.zone("elsewhere.net", nameservers=1).add("key.elsewhere.net", "TXT", TXT.value)
    instead(TXT, (TXT.host, "CNAME", "key.elsewhere.net."))(desk)


def redirected(desk: Desk) -> None:
    without(TXT)(desk)
    desk.zone.add(f"_domainkey.{NAME}", "DNAME", "keys.xyzcorp.com.")
    desk.zone.add("scph1126.keys.xyzcorp.com", "TXT", TXT.value)


def without_address(desk: Desk) -> None:
    assert desk.zone.parent is not None
    for holder in (desk.zone, desk.zone.parent):
        holder.remove("xyzcorp.com", "NS")
        holder.add("xyzcorp.com", "NS", "ns1.nobody-has-this.net.")


def one_without_address(desk: Desk) -> None:
    assert desk.zone.parent is not None
    for holder in (desk.zone, desk.zone.parent):
        holder.add("xyzcorp.com", "NS", "ns9.nobody-has-this.net.")


def remembered(desk: Desk) -> None:
    without(TXT)(desk)
    desk.lab.resolvers[0].resolve(TXT.host, "TXT")
    desk.zone.publish(TXT)


def older(desk: Desk) -> None:
    desk.zone.replace(CNAME, "old.net.")
    desk.lab.resolvers[0].resolve(NAME, "CNAME")
    desk.zone.replace(CNAME, "sparkpostmail.com.")


def forgetful(desk: Desk) -> None:
    """Absence may be remembered for two hours."""
    without(TXT, CNAME)(desk)
    for data in (desk.zone.master, *(server.data["xyzcorp.com"] for server in desk.zone.servers)):
        data.negative = 7200


_HALF = len(TXT.value) // 2

#: Code -> the mistake.
MISTAKES: Mapping[str, Mistake] = {
    "DOMAIN_NOT_REGISTERED": unregistered,
    "EGRESS_BLOCKED": lambda desk: desk.everything(Server.block),
    "DELEGATED_SUBDOMAIN": own_zone,
    "FLAPPING": one(Server.flap),
    "NS_INCONSISTENT": stale,
    "DUPLICATED_ZONE": moved(TXT, f"{TXT.host}.xyzcorp.com"),
    "RECORDS_AT_OTHER_PROVIDER": other_provider,
    "PROXIED_CLOUDFLARE": cloudflare,
    "KEY_MISMATCH": txt(OTHER),
    "KEY_TRUNCATED": txt(TXT.value[:255]),
    "MISSING_SUB": moved(TXT, "scph1126._domainkey.xyzcorp.com"),
    "DUPLICATED_SUB": moved(TXT, "scph1126._domainkey.sales.sales.xyzcorp.com"),
    "WHOLE_RECORD_PASTED": txt(f'{TXT.host}. 3600 IN TXT "{TXT.value}"'),
    "LITERAL_QUOTES": txt(f'"{TXT.value}"'),
    "EXISTING_RECORDS_CONFLICT": instead(CNAME, (NAME, "MX", "10 mail.xyzcorp.com."), (NAME, "A", "192.0.2.9")),
    "TARGET_GOT_ZONE_APPENDED": target("sparkpostmail.com.xyzcorp.com."),
    "WRONG_REGION": target("eu.sparkpostmail.com."),
    "CNAME_PUBLISHED_AS_TXT": instead(CNAME, (NAME, "TXT", "sparkpostmail.com")),
    "MISSING_UNDERSCORE": moved(TXT, f"scph1126.domainkey.{NAME}"),
    "MISSING_DOMAINKEY_LABEL": moved(TXT, f"scph1126.{NAME}"),
    "MISPLACED_UNDERSCORE": moved(TXT, f"scph1126_domainkey.{NAME}"),
    "WRONG_TARGET": target("sparkpostmial.com."),
    "ALIAS_FLATTENED": flattened,
    "WILDCARD_MASKS": only_wildcard("CNAME", "www.xyzcorp.net."),
    "WILDCARD_MASKS_TXT": instead(TXT, (f"*.{NAME}", "TXT", "v=spf1 -all")),
    "WILDCARD_MASKS_A": only_wildcard("A", "192.0.2.80"),
    "DKIM_AT_SUB": moved(TXT, NAME),
    "DKIM_AT_APEX": moved(TXT, "xyzcorp.com"),
    "OTHER_TXT_ONLY": txt("v=spf1 -all"),
    "DKIM_IS_CNAME": instead(TXT, (TXT.host, "CNAME", "sparkpostmail.com.")),
    "MISSING_P": txt("v=DKIM1"),
    "LITERAL_BACKSLASH": spoiled(";", r"\\;"),
    "SPLIT_INTO_RECORDS": txt(TXT.value[:_HALF], TXT.value[_HALF:]),
    "MULTIPLE_KEYS": txt(TXT.value, OTHER),
    "OTHER_SELECTOR": moved(TXT, f"scph0926._domainkey.{NAME}", OTHER),
    "DELEGATED_DOMAINKEY": key_zone,
    "MISSING_TAGS": txt(KEY),
    "KEY_LOWERCASED": txt(TXT.value.replace(KEY, KEY.lower())),
    "PLUS_TO_SPACE": spoiled(r"\+", " "),
    "NON_ASCII": spoiled(";", "；"),
    "CONTROL_CHARS": txt(f"{TXT.value[:90]}\n{TXT.value[90:]}"),
    "PEM_IN_KEY": spoiled("p=", "p=-----BEGIN PUBLIC KEY-----"),
    "TARGET_IS_URL": target("https://sparkpostmail.com."),
    "TARGET_HAS_QUOTES": target(r"\"sparkpostmail.com\"."),
    "SUB_SELECTOR_SWAPPED": moved(TXT, "sales._domainkey.scph1126.xyzcorp.com"),
    "KEY_REVOKED": spoiled("p=.*", "p="),
    "V_NOT_FIRST": txt(f"k=rsa; v=DKIM1; h=sha256; p={KEY}"),
    "BAD_V_TAG": spoiled("DKIM1", "DKIM2"),
    "BAD_K_TAG": spoiled("rsa", "ed25519"),
    "BAD_H_TAG": spoiled("sha256", "sha1"),
    "CNAME_LOOP": loop,
    "CNAME_CHAIN_BROKEN": broken_chain,
    "CNAME_AND_OTHER_DATA": beside((NAME, "TXT", "v=spf1 -all")),
    "SERVFAIL": servers(lambda server: server.fail("TXT")),
    "MISSING_BOTH": without(TXT, CNAME),
    "MISSING_DKIM": without(TXT),
    "MISSING_DKIM_NODATA": instead(TXT, (TXT.host, "A", "192.0.2.1")),
    "MISSING_CNAME": without(CNAME),
    "NS_UNREACHABLE": servers(Server.silence),
    "LAME_DELEGATION": servers(Server.refuse),
    "NS_NAME_DOES_NOT_RESOLVE": without_address,
    "DNSSEC_BOGUS": lambda desk: desk.lab.resolvers[1].validate(broken=True),
    "TYPE_NOT_SUPPORTED": servers(lambda server: server.fail("TXT", "NOTIMP")),
    "TXT_FILTERED": servers(lambda server: server.fail("TXT", "")),
    "TCP_BLOCKED": servers(lambda server: server.truncate(tcp=False)),
    "NEGATIVE_CACHE": remembered,
    "OLD_VALUE_TTL": txt(OTHER, ttl=86_400),
    "PARENT_CHILD_NS_MISMATCH": beside(("xyzcorp.com", "NS", "ns3.xyzcorp.com.")),
    "LAME_PARTIAL": one(Server.refuse),
    "NS_UNREACHABLE_PARTIAL": one(Server.silence),
    "NEGATIVE_TTL_LONG": forgetful,
    "RESOLVER_DISAGREES": older,
    "TEST_MODE": txt(f"{TXT.value}; t=y"),
    "NS_NAME_PARTIAL": one_without_address,
    "BROKEN_EMPTY_NON_TERMINAL": servers(Server.deny_empty),
    "EDNS_DROPPED": servers(Server.drop_edns),
    "DNAME": redirected,
    "OK_CHAIN": chain,
    "OK_DKIM_CNAME": key_by_alias,
    "OK_EXTRA_TXT": txt(TXT.value, "v=spf1 -all"),
}

#: Notes that come with something that is not right.
NOT_ALONE = frozenset({"OLD_VALUE_TTL", "NEGATIVE_TTL_LONG", "EGRESS_BLOCKED"})
