"""Which company serves a zone's DNS, told from the names of its servers, and what its console wants typed.

A help to people, never a condition. A new company is a row here and its way through the menus in
``bot/i18n/hosts.*.toml`` (``host.<id>``); a new peculiarity is a text ``trap.<key>`` there.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import lru_cache

from bot.model.names import relative
from bot.model.records import DnsRecord, RecordType, quoted


@dataclass(frozen=True, slots=True)
class Host:
    """A company that serves DNS.

    ``servers`` are patterns of NS names. ``full``: its console wants the whole host name, else it adds the zone by
    itself; ``dot``: whole names end with a dot there, or the zone is added behind them; ``quoted``: it wants the
    TXT as a zone file has it, in quotation marks and in parts of at most 255 octets; ``longest``: characters its TXT
    field takes, None where no limit is known. ``verified``: its documentation, or a current guide by others,
    describes the way through the menus as we do; else we say that we could not verify it.
    """

    id: str
    name: str
    servers: tuple[str, ...]
    full: bool = False
    dot: bool = False
    quoted: bool = False
    longest: int | None = None
    traps: tuple[str, ...] = ()
    verified: bool = False

    def host(self, record: DnsRecord, zone: str) -> str:
        """What goes into the field for the host."""
        return _dotted(record.host, self.dot) if self.full else relative(record.host, zone)

    def value(self, record: DnsRecord) -> str:
        """What goes into the field for the value: always all of it."""
        if record.type is RecordType.CNAME:
            return _dotted(record.value, self.dot)
        return quoted(record.value) if self.quoted else record.value

    def warnings(self, records: Iterable[DnsRecord]) -> Iterator[str]:
        """Keys of what goes wrong there easily, the worst first."""
        longest = max((len(r.value) for r in records if r.type is RecordType.TXT), default=0)
        if self.longest is not None and longest > self.longest:
            yield "length"
        yield from self.traps


def _dotted(name: str, dot: bool) -> str:
    return f"{name.rstrip('.')}." if dot else name


#: NS names as the companies or public client code document them.
HOSTS: tuple[Host, ...] = (
    Host(
        "route53", "Route 53", (r"ns-\d+\.awsdns-\d+\.(com|net|org|co\.uk)",),
        quoted=True, longest=4000, traps=("quotes",),  # docs.aws.amazon.com: API_ResourceRecord, TXTFormat
    ),
    Host("cloudflare", "Cloudflare", (r".+\.ns\.cloudflare\.com",), traps=("proxy",), verified=True),
    Host("azure", "Azure DNS", (r".+\.azure-dns\.(com|net|org|info)",), longest=1024),  # DnsRecordBase
    Host(
        "google", "Google Cloud DNS", (r"ns-cloud-.+\.googledomains\.com",),
        quoted=True, traps=("quotes", "squarespace"), verified=True,
    ),
    Host("godaddy", "GoDaddy", (r".+\.domaincontrol\.com",), verified=True),
    Host("namecheap", "Namecheap", (r".+\.registrar-servers\.com",), verified=True),
    Host("ionos", "IONOS", (r".+\.ui-dns\.(com|org|de|biz)",)),
    Host("ovh", "OVHcloud", (r".+\.ovh\.net", r".+\.anycast\.me"), dot=True, traps=("dot",), verified=True),
    Host("gandi", "Gandi", (r".+\.gandi\.net",)),
    Host("digitalocean", "DigitalOcean", (r"ns\d\.digitalocean\.com",)),
    Host("hetzner", "Hetzner", (r".+\.ns\.hetzner\.(com|de)",), dot=True, quoted=True, traps=("dot", "quotes")),
    Host("ns1", "NS1", (r".+\.nsone\.net",)),
    Host("vercel", "Vercel", (r".+\.vercel-dns\.com",)),
    Host("hostinger", "Hostinger", (r".+\.dns-parking\.com",)),
    Host("onamae", "お名前.com", (r"0\d\.dnsv\.jp",), traps=("unticked", "navi")),
    Host("onamae_server", "お名前.comレンタルサーバー", (r"ns-rs\d+\.gmoserver\.jp",), traps=("panel",)),
    Host(
        "sakura", "さくらインターネット", (r"ns\d\.dns\.ne\.jp",),
        dot=True, longest=255, traps=("dot", "slow"),  # help.sakura.ad.jp/domain/2712
    ),
    Host("sakura_cloud", "さくらのクラウド", (r".+\.sakura\.ne\.jp",), dot=True, traps=("dot",)),
    Host("xserver", "Xserver", (r"ns\d\.xserver\.jp",), traps=("alone",)),
    Host("muumuu", "ムームードメイン", (r"dns0\d\.muumuu-domain\.com",), traps=("no_dot", "fixed_ttl")),
    Host("lolipop", "ロリポップ", (r"uns0\d\.lolipop\.jp",), traps=("no_editor",)),
    Host("conoha", "ConoHa", (r"ns-a\d\.conoha\.io",), full=True, dot=True, traps=("dot",)),
    Host("value_domain", "バリュードメイン", (r".+\.value-domain\.com",), dot=True, traps=("lines", "dot")),
    Host("gehirn", "Gehirn", (r".+\.gehirn\.jp",)),
    Host("cpi", "CPI", (r"ns\d+\.cpi\.ad\.jp",)),
    Host("kddi", "KDDI", (r"nsk\d\.secure\.ne\.jp",)),
)  # fmt: skip


def serving(nameservers: Iterable[str]) -> Host | None:
    """The one company all these servers belong to; None where that is not known."""
    found = {_one(name.rstrip(".").lower()) for name in nameservers}
    return found.pop() if len(found) == 1 else None


@lru_cache(maxsize=4096)
def _one(nameserver: str) -> Host | None:
    return next((h for h in HOSTS if any(re.fullmatch(pattern, nameserver) for pattern in h.servers)), None)
