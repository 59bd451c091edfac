"""What one server knows of one zone, and what RFC 1034 section 4.3.2 makes it answer. No sockets, no clock."""

from __future__ import annotations

import copy
from collections import Counter
from dataclasses import dataclass, field

import dns.name
import dns.rcode
import dns.rdata
import dns.rdataclass
import dns.rdatatype
import dns.rdtypes.ANY.TXT
import dns.rrset

TXT_STRING = 255  #: longest string inside a TXT record, in bytes (RFC 1035 section 3.3.14)


@dataclass
class Node:
    """The records of one name: type -> (ttl in seconds, values as text)."""

    sets: dict[str, tuple[int, list[str]]] = field(default_factory=dict)


@dataclass
class Response:
    """An answer before it becomes bytes. ``ede`` is an extended error code (RFC 8914), ``validated`` the AD flag."""

    rcode: dns.rcode.Rcode = dns.rcode.NOERROR
    authoritative: bool = True
    answer: list[dns.rrset.RRset] = field(default_factory=list)
    authority: list[dns.rrset.RRset] = field(default_factory=list)
    additional: list[dns.rrset.RRset] = field(default_factory=list)
    ede: int | None = None
    validated: bool = False

    def values(self, rdtype: str) -> list[str]:
        """The answer's values of this type as people write them: texts whole, names without their final dot."""
        sets = [rrset for rrset in self.answer if rrset.rdtype == dns.rdatatype.from_text(rdtype)]
        return [_written(rdata) for rrset in sets for rdata in rrset]

    @property
    def said(self) -> str:
        """In a word what came where the wanted records did not."""
        if self.rcode == dns.rcode.NXDOMAIN:
            return "no such name"
        if self.rcode != dns.rcode.NOERROR:
            return dns.rcode.to_text(self.rcode)
        leads = [_written(rdata) for rrset in self.authority if rrset.rdtype == dns.rdatatype.NS for rdata in rrset]
        return f"ask {', '.join(leads)}" if leads else "no such record"


class ZoneData:
    """One zone: names (lower case, no final dot) to records. ``negative`` is the SOA minimum in seconds."""

    def __init__(self, apex: str, nameserver: str, *, negative: int = 300, ttl: int = 300) -> None:
        self.apex, self.negative, self.ttl = apex, negative, ttl
        self.serial = 1
        self._mname = nameserver
        self.nodes: dict[str, Node] = {}
        self._below: Counter[str] = Counter()  # how many names with records there are below each name

    def copy(self) -> ZoneData:
        return copy.deepcopy(self)

    def add(self, host: str, rdtype: str, values: tuple[str, ...], ttl: int | None = None) -> None:
        """Adds records; the set takes the new TTL."""
        host = _plain(host)
        if host not in self.nodes:
            self.nodes[host] = Node()
            self._below.update(self._above(host))
        node = self.nodes[host]
        _, old = node.sets.get(rdtype, (0, []))
        node.sets[rdtype] = (self.ttl if ttl is None else ttl, [*old, *(v for v in values if v not in old)])
        self.serial += 1

    def remove(self, host: str, rdtype: str) -> None:
        """Removes a whole set; nothing happens where there is none."""
        host = _plain(host)
        node = self.nodes.get(host)
        if node and node.sets.pop(rdtype, None):
            self.serial += 1
            if not node.sets:
                del self.nodes[host]
                self._below.subtract(self._above(host))

    def holds(self, name: str) -> bool:
        return not self.apex or name == self.apex or name.endswith(f".{self.apex}")

    def respond(self, name: str, rdtype: str) -> Response:
        """The answer to a question within this zone."""
        name = _plain(name)
        cut = self._cut(name, rdtype)
        if cut is not None:
            ns = self._rrset(cut, "NS")
            return Response(authoritative=False, authority=[ns], additional=self._glue(ns))
        answer: list[dns.rrset.RRset] = []
        for _ in range(8):
            target = self._redirected(name, answer)
            if target:
                if rdtype == "CNAME":
                    break
                name = target
                if not self.holds(name):
                    break
                continue
            node, exists = self._node(name)
            own = [t for t in dict.fromkeys((rdtype, "CNAME")) if t in node.sets]
            answer.extend(self._rrset(name, t, node) for t in own)
            if rdtype in own:
                additional = self._glue(answer[0]) if rdtype == "NS" else []
                return Response(answer=answer, additional=additional)
            if not own:
                rcode = dns.rcode.NOERROR if exists else dns.rcode.NXDOMAIN
                return Response(rcode, answer=answer, authority=[self.soa()])
            name = node.sets["CNAME"][1][0].rstrip(".").lower()
            if not self.holds(name) or self._cut(name, rdtype) is not None:
                break
        return Response(answer=answer)

    def is_empty(self, name: str) -> bool:
        """Whether the name is there only by what is below it (an empty non-terminal)."""
        return bool(self._below[name]) and name not in self.nodes

    def _redirected(self, name: str, answer: list[dns.rrset.RRset]) -> str | None:
        """Where a DNAME above sends ``name`` (RFC 6672), with the records that say so added to ``answer``."""
        for above in [*self._above(name), self.apex] if name != self.apex else []:
            if "DNAME" in self.nodes.get(above, Node()).sets:
                dname = self._rrset(above, "DNAME")
                target = f"{name.removesuffix(above)}{_plain(dname[0].to_text())}"
                answer += [dname, _rrset(name, "CNAME", dname.ttl, [f"{target}."])]
                return target
        return None

    def soa(self) -> dns.rrset.RRset:
        """The SOA with the TTL for which a negative answer may be kept (RFC 2308 section 3)."""
        mname = self._mname or "."
        text = f"{mname}. hostmaster.{self.apex or 'invalid'}. {self.serial} 7200 900 1209600 {self.negative}"
        return _rrset(self.apex, "SOA", self.negative, [text.replace("..", ".")])

    def _node(self, name: str) -> tuple[Node, bool]:
        """The records at ``name`` (from a wildcard if need be), and whether the name exists."""
        if name == self.apex:
            own = self.nodes.get(name, Node())
            soa = self.soa()
            return Node({**own.sets, "SOA": (soa.ttl, [soa[0].to_text()])}), True
        if name in self.nodes:
            return self.nodes[name], True
        if self._below[name]:
            return Node(), True  # an empty non-terminal (RFC 8020)
        above = name
        while above != self.apex:
            above = above.partition(".")[2]
            if f"*.{above}" in self.nodes:
                return self.nodes[f"*.{above}"], True
            if above in self.nodes or self._below[above]:
                break  # the closest encloser has no wildcard (RFC 4592)
        return Node(), False

    def _above(self, host: str) -> list[str]:
        """The names between ``host`` and the apex, without both."""
        found: list[str] = []
        while host != self.apex and host:
            host = host.partition(".")[2]
            found.append(host)
        return found[:-1]

    def _cut(self, name: str, rdtype: str) -> str | None:
        """The topmost delegation at or above ``name`` inside the zone; DS is answered by the parent."""
        inside = name[: len(name) - len(self.apex)].rstrip(".").split(".") if name != self.apex else []
        at = self.apex
        for label in reversed(inside):
            at = f"{label}.{at}" if at else label
            if "NS" in self.nodes.get(at, Node()).sets and not (rdtype == "DS" and at == name):
                return at
        return None

    def _glue(self, ns: dns.rrset.RRset) -> list[dns.rrset.RRset]:
        found: list[dns.rrset.RRset] = []
        for rdata in ns:
            server = _plain(rdata.to_text())
            node = self.nodes.get(server, Node())
            found.extend(self._rrset(server, t, node) for t in ("A", "AAAA") if t in node.sets)
        return found

    def _rrset(self, name: str, rdtype: str, node: Node | None = None) -> dns.rrset.RRset:
        ttl, values = (node or self.nodes[name]).sets[rdtype]
        return _rrset(name, rdtype, ttl, values)


def _rrset(name: str, rdtype: str, ttl: int, values: list[str]) -> dns.rrset.RRset:
    rrset = dns.rrset.RRset(dns.name.from_text(name), dns.rdataclass.IN, dns.rdatatype.from_text(rdtype))
    # Built by hand: dnspython would drop the first of two CNAMEs, and our servers may be wrong on purpose.
    rrset.ttl = ttl
    rrset.items = {_rdata(rdtype, value): None for value in values}
    return rrset


def _rdata(rdtype: str, value: str) -> dns.rdata.Rdata:
    if rdtype == "TXT":
        data = value.encode()
        strings = [data[i : i + TXT_STRING] for i in range(0, len(data), TXT_STRING)] or [b""]
        return dns.rdtypes.ANY.TXT.TXT(dns.rdataclass.IN, dns.rdatatype.TXT, strings)
    return dns.rdata.from_text("IN", rdtype, value, origin=dns.name.root, relativize=False)


def _written(rdata: dns.rdata.Rdata) -> str:
    if isinstance(rdata, dns.rdtypes.ANY.TXT.TXT):
        return b"".join(rdata.strings).decode(errors="replace")
    return rdata.to_text().rstrip(".")


def _plain(name: str) -> str:
    return name.rstrip(".").lower()
