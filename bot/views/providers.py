"""Which company serves a zone's DNS, told from the names of its servers. A help to people, never a condition."""

from __future__ import annotations

import re
from collections.abc import Iterable

#: Patterns of NS names and the name people know. Only what is documented by the company or in public client code.
_PROVIDERS: tuple[tuple[str, str], ...] = (
    (r"ns-\d+\.awsdns-\d+\.(com|net|org|co\.uk)", "Route 53"),
    (r".+\.ns\.cloudflare\.com", "Cloudflare"),
    (r".+\.domaincontrol\.com", "GoDaddy"),
    (r".+\.azure-dns\.(com|net|org|info)", "Azure DNS"),
    (r"ns-cloud-.+\.googledomains\.com", "Google Cloud DNS"),
    (r".+\.registrar-servers\.com", "Namecheap"),
    (r".+\.nsone\.net", "NS1"),
    (r".+\.vercel-dns\.com", "Vercel"),
    (r".+\.dns-parking\.com", "Hostinger"),
    (r".+\.ui-dns\.(com|org|de|biz)", "IONOS"),
    (r".+\.ovh\.net", "OVH"),
    (r"0\d\.dnsv\.jp", "お名前.com"),
    (r"ns\d\.dns\.ne\.jp", "さくらインターネット"),
    (r"dns0\d\.muumuu-domain\.com", "ムームードメイン"),
    (r"ns-a\d\.conoha\.io", "ConoHa"),
    (r".+\.value-domain\.com", "バリュードメイン"),
    (r".+\.gehirn\.jp", "Gehirn"),
    (r"ns\d+\.cpi\.ad\.jp", "CPI"),
)


def provider(nameservers: Iterable[str]) -> str | None:
    """The one company all these servers belong to; None where that is not known."""
    found = {_one(name.rstrip(".").lower()) for name in nameservers}
    return found.pop() if len(found) == 1 else None


def _one(nameserver: str) -> str | None:
    return next((name for pattern, name in _PROVIDERS if re.fullmatch(pattern, nameserver)), None)
