"""Which addresses of name servers belong to the public internet: a stranger's zone must not make us ask inside ours."""

from __future__ import annotations

import ipaddress

_Address = ipaddress.IPv4Address | ipaddress.IPv6Address

#: What ``is_global`` of some Python or other lets through, and leads inside all the same: an address of IPv4 in other
#: clothes, or a network of our own.
_INSIDE = tuple(
    ipaddress.ip_network(network)
    for network in (
        "64:ff9b::/96",  # NAT64 (RFC 6052)
        "64:ff9b:1::/48",  # NAT64 of one's own (RFC 8215)
        "2002::/16",  # 6to4 (RFC 3056, RFC 7526)
        "2001::/32",  # Teredo (RFC 4380)
        "fec0::/10",  # site-local (RFC 3879)
        "::/96",  # IPv4-compatible (RFC 4291 section 2.5.5.1), unspecified and loopback among them
        "::ffff:0:0/96",  # IPv4-mapped
        "::ffff:0:0:0/96",  # IPv4-translated (RFC 7915)
        "192.88.99.0/24",  # relays of 6to4 (RFC 7526)
        "0.0.0.0/8",  # this network
    )
)


def is_public(address: str) -> bool:
    """Whether it can be asked as anybody on the internet can; False for what is no address."""
    found = _read(address)
    return found is not None and found.is_global and not any(found in network for network in _INSIDE)


def is_askable(address: str) -> bool:
    """Whether any name server can be there at all."""
    found = _read(address)
    return found is not None and not (found.is_multicast or found.is_unspecified)


def _read(address: str) -> _Address | None:
    try:
        return ipaddress.ip_address(address)
    except ValueError:
        return None
