"""Who may talk to the simulated Slack: programs and pages of this machine, and no page of another site.

Its tokens are known to everybody. Without this any page in the same browser could send forms to it, and one whose name
leads to this machine (DNS rebinding) could read and press everything.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from urllib.parse import urlsplit

from aiohttp import web
from aiohttp.typedefs import Middleware

_LOOPBACK = frozenset({"127.0.0.1", "localhost", "::1"})
_FOREIGN = "This Slack is for this machine only. Open it at the address that `emaildomain try` has printed."

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


def guard(host: str) -> Middleware:
    """Refuses, with 403, what was sent to another name than ``host`` or this machine's own, or by another site."""
    names = _LOOPBACK | {host}

    @web.middleware
    async def guarded(request: web.Request, handler: Handler) -> web.StreamResponse:
        if _hostname(f"//{request.headers.get('Host', '')}") not in names or not _same_site(request):
            return web.Response(status=403, text=_FOREIGN)
        return await handler(request)

    return guarded


def _same_site(request: web.Request) -> bool:
    """What browsers say of a request; programs say nothing. A link to the page may stand anywhere."""
    origin = request.headers.get("Origin")
    if origin is not None and urlsplit(origin).netloc != request.headers.get("Host"):
        return False
    site, mode = (request.headers.get(f"Sec-Fetch-{what}", "") for what in ("Site", "Mode"))
    followed = mode == "navigate" and request.method == "GET" and request.path == "/"
    return site in {"", "same-origin", "none"} or followed


def _hostname(url: str) -> str | None:
    try:
        return urlsplit(url).hostname
    except ValueError:
        return None
