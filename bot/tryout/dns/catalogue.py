"""Every mistake of the catalogue that DNS can show, by what it is about: group -> code -> how it is made.

The codes are those of :mod:`bot.model.diagnosis.table`; what people read about each is in ``bot/i18n/mistakes.*.toml``.
Every mistake begins with both records published rightly at the two servers of their zone. The tests look at each of
them, and the DNS desk of the try-out offers them.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from urllib.parse import quote

from bot.tryout.dns import aliases
from bot.tryout.dns import mistakes as m
from bot.tryout.dns.mistakes import Maker
from bot.tryout.dns.servers import Server

#: Group -> code -> the mistake.
GROUPS: Mapping[str, Mapping[str, Maker]] = MappingProxyType({
    "missing": {
        "MISSING_BOTH": m.neither,
        "MISSING_DKIM": m.no_txt,
        "MISSING_CNAME": m.no_cname,
        "MISSING_DKIM_NODATA": m.all_of(m.no_txt, m.beside(m.host, "A", m.always("192.0.2.1"))),
        "NEGATIVE_TTL_LONG": m.forgetful,
    },
    "host": {
        "DUPLICATED_ZONE": m.moved(lambda at: f"{at.txt.host}.{at.zone.name}"),
        "MISSING_SUB": m.moved(lambda at: f"{at.selector}._domainkey.{at.zone.name}"),
        "DUPLICATED_SUB": m.moved(lambda at: f"{at.selector}._domainkey.{at.sub}.{at.name}"),
        "DUPLICATED_NAME": m.moved(lambda at: f"{at.txt.host}.{at.name}"),
        "MISSING_SELECTOR": m.moved(lambda at: f"_domainkey.{at.name}"),
        "MISSING_UNDERSCORE": m.moved(lambda at: f"{at.selector}.domainkey.{at.name}"),
        "MISSING_DOMAINKEY_LABEL": m.moved(lambda at: f"{at.selector}.{at.name}"),
        "MISPLACED_UNDERSCORE": m.moved(lambda at: f"{at.selector}_domainkey.{at.name}"),
        "DKIM_AT_SUB": m.moved(m.name),
        "DKIM_AT_APEX": m.moved(lambda at: at.zone.name),
        "SUB_SELECTOR_SWAPPED": m.moved(lambda at: f"{at.sub}._domainkey.{at.selector}.{at.zone.name}"),
        "OTHER_SELECTOR": m.moved(lambda at: f"{at.earlier}._domainkey.{at.name}", m.other),
        "WILDCARD_MASKS_TXT": m.all_of(
            m.no_txt, m.beside(lambda at: f"*.{at.name}", "TXT", m.always("v=spf1 -all"))
        ),
    },
    "value": {
        "KEY_MISMATCH": m.txt(m.other),
        "KEY_TRUNCATED": m.txt(lambda at: at.txt.value[:255]),
        "WHOLE_RECORD_PASTED": m.txt(lambda at: f'{at.txt.host}. 3600 IN TXT "{at.txt.value}"'),
        "LITERAL_QUOTES": m.txt(lambda at: f'"{at.txt.value}"'),
        "LITERAL_BACKSLASH": m.spoiled(";", r"\\;"),
        "SPLIT_INTO_RECORDS": m.halves,
        "MULTIPLE_KEYS": m.txt(m.value, m.other),
        "OTHER_TXT_ONLY": m.txt(m.always("v=spf1 -all")),
        "DKIM_IS_CNAME": m.all_of(m.no_txt, m.beside(m.host, "CNAME", lambda at: f"{at.cname.value}.")),
        "MISSING_P": m.txt(m.always("v=DKIM1")),
        "MISSING_TAGS": m.txt(lambda at: at.key),
        "KEY_LOWERCASED": m.txt(lambda at: at.txt.value.replace(at.key, at.key.lower())),
        "PLUS_TO_SPACE": m.spoiled(r"\+", " "),
        "KEY_ENCODED": m.txt(lambda at: quote(at.txt.value)),
        "KEY_SPOILT": m.spoiled(";", ","),
        "NON_ASCII": m.spoiled(";", "；"),
        "CONTROL_CHARS": m.txt(lambda at: f"{at.txt.value[:90]}\n{at.txt.value[90:]}"),
        "PEM_IN_KEY": m.spoiled("p=", "p=-----BEGIN PUBLIC KEY-----"),
        "KEY_REVOKED": m.spoiled("p=.*", "p="),
        "V_NOT_FIRST": m.txt(lambda at: f"k=rsa; v=DKIM1; h=sha256; p={at.key}"),
        "BAD_V_TAG": m.spoiled("DKIM1", "DKIM2"),
        "BAD_K_TAG": m.spoiled("rsa", "ed25519"),
        "BAD_H_TAG": m.spoiled("sha256", "sha1"),
        "BAD_S_TAG": m.txt(lambda at: f"{at.txt.value}; s=tlsrpt"),
        "OLD_VALUE_TTL": m.txt(m.other, ttl=86_400),
    },
    "cname": {
        "TARGET_GOT_ZONE_APPENDED": m.target(lambda at: f"{at.cname.value}.{at.zone.name}."),
        "WRONG_TARGET": m.target(m.always("sparkpostmial.com.")),
        "WRONG_REGION": m.target(lambda at: f"eu.{at.cname.value}."),
        "TARGET_IS_URL": m.target(lambda at: f"https://{at.cname.value}."),
        "TARGET_HAS_QUOTES": m.target(lambda at: rf"\"{at.cname.value}\"."),
        "CNAME_PUBLISHED_AS_TXT": m.all_of(m.no_cname, m.beside(m.name, "TXT", lambda at: at.cname.value)),
        "EXISTING_RECORDS_CONFLICT": m.somewhere,
        "CNAME_AND_OTHER_DATA": m.beside(m.name, "TXT", m.always("v=spf1 -all")),
        "PROXIED_CLOUDFLARE": m.cloudflare,
        "ALIAS_FLATTENED": m.flattened,
        "WILDCARD_MASKS": m.only_wildcard("CNAME", "www.xyzcorp.net."),
        "WILDCARD_MASKS_A": m.only_wildcard("A", "192.0.2.80"),
        "MULTIPLE_CNAMES": m.beside(m.name, "CNAME", m.always("bounce.other.net.")),
        "CNAME_LOOP": aliases.loop,
        "CNAME_CHAIN_LONG": aliases.long_chain,
        "CNAME_CHAIN_SILENT": aliases.silent_chain,
        "CNAME_CHAIN_BROKEN": aliases.broken_chain,
    },
    "zone": {
        "DOMAIN_NOT_REGISTERED": m.unregistered,
        "RECORDS_AT_OTHER_PROVIDER": m.other_provider,
        "DELEGATED_SUBDOMAIN": m.own_zone,
        "DELEGATED_DOMAINKEY": m.key_zone,
        "NS_NAME_DOES_NOT_RESOLVE": lambda at: at.listed("ns1.nobody-has-this.net", only=True),
        "NS_NAME_PARTIAL": lambda at: at.listed("ns9.nobody-has-this.net", only=False),
        "PARENT_CHILD_NS_MISMATCH": m.beside(lambda at: at.zone.name, "NS", lambda at: f"ns3.{at.zone.name}."),
    },
    "servers": {
        "NS_INCONSISTENT": m.stale,
        "FLAPPING": m.second(Server.flap),
        "NS_UNREACHABLE": m.servers(Server.silence),
        "NS_UNREACHABLE_PARTIAL": m.second(Server.silence),
        "LAME_DELEGATION": m.servers(Server.refuse),
        "LAME_PARTIAL": m.second(Server.refuse),
        "SERVFAIL": m.servers(lambda server: server.fail("TXT")),
        "TYPE_NOT_SUPPORTED": m.servers(lambda server: server.fail("TXT", "NOTIMP")),
        "NAME_REFUSED": m.refuses_key,
        "TXT_FILTERED": m.servers(lambda server: server.fail("TXT", "")),
        "TCP_BLOCKED": m.servers(lambda server: server.truncate(tcp=False)),
        "EDNS_DROPPED": m.servers(Server.drop_edns),
        "BROKEN_EMPTY_NON_TERMINAL": m.servers(Server.deny_empty),
    },
    "resolvers": {
        "NEGATIVE_CACHE": m.remembered,
        "RESOLVER_DISAGREES": m.older,
        "DNSSEC_BOGUS": lambda at: at.lab.resolvers[1].validate(broken=True),
        "EGRESS_BLOCKED": m.blocked,
    },
    "right": {
        "OK_CHAIN": aliases.chain,
        "OK_DKIM_CNAME": aliases.key_by_alias,
        "OK_EXTRA_TXT": m.txt(m.value, m.always("v=spf1 -all")),
        "DNAME": aliases.redirected,
        "TEST_MODE": m.txt(lambda at: f"{at.txt.value}; t=y"),
    },
})  # fmt: skip

#: What nobody makes at a desk: it is about who asks, or about servers that are named below the zone they serve.
ELSEWHERE: Mapping[str, Maker] = MappingProxyType({
    "NS_IPV6_ONLY": m.only_v6,
    "OLD_GLUE": m.old_glue,
    "RECURSOR_DENIES": lambda at: at.lab.recursor_server.deny(),
})  # fmt: skip

#: Code -> the mistake.
MISTAKES: Mapping[str, Maker] = MappingProxyType(
    {code: make for group in (*GROUPS.values(), ELSEWHERE) for code, make in group.items()}
)

#: Codes of what people can make at the desk.
OFFERED = frozenset(code for group in GROUPS.values() for code in group)

#: Notes that come with something that is not right.
NOT_ALONE = frozenset({"OLD_VALUE_TTL", "NEGATIVE_TTL_LONG", "EGRESS_BLOCKED"})
