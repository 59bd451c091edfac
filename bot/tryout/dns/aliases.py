"""Records that are found, or not, through other names: how somebody made such aliases (see ``mistakes``)."""

from __future__ import annotations

from bot.tryout.dns import mistakes
from bot.tryout.dns.mistakes import Place


def chain(at: Place) -> None:
    at.elsewhere("hop.net").add("b.hop.net", "CNAME", f"{at.cname.value}.")
    at.zone.replace(at.cname, f"bounce.{at.zone.name}.")
    at.zone.add(f"bounce.{at.zone.name}", "CNAME", "b.hop.net.")


def long_chain(at: Place) -> None:
    """Twelve names on the way to the right target."""
    hops = [f"hop{n}.{at.zone.name}" for n in range(1, 13)]
    at.zone.replace(at.cname, f"{hops[0]}.")
    for hop, following in zip(hops, [*hops[1:], at.cname.value], strict=True):
        at.zone.add(hop, "CNAME", f"{following}.")


def silent_chain(at: Place) -> None:
    """On to a zone whose servers give no answer just now."""
    for server in at.elsewhere("hub.net").servers:
        server.silence()
    at.zone.replace(at.cname, "bounce.hub.net.")


def broken_chain(at: Place) -> None:
    at.zone.replace(at.cname, f"bounce.{at.zone.name}.")
    at.zone.add(f"bounce.{at.zone.name}", "CNAME", f"gone.{at.zone.name}.")


def loop(at: Place) -> None:
    at.zone.replace(at.cname, f"one.{at.zone.name}.")
    at.zone.add(f"one.{at.zone.name}", "CNAME", f"two.{at.zone.name}.")
    at.zone.add(f"two.{at.zone.name}", "CNAME", f"one.{at.zone.name}.")


def key_by_alias(at: Place) -> None:
    at.elsewhere("elsewhere.net").add("key.elsewhere.net", "TXT", at.txt.value)
    mistakes.no_txt(at)
    at.zone.add(at.txt.host, "CNAME", "key.elsewhere.net.")


def redirected(at: Place) -> None:
    mistakes.no_txt(at)
    at.zone.add(f"_domainkey.{at.name}", "DNAME", f"keys.{at.zone.name}.")
    at.zone.add(f"{at.selector}.keys.{at.zone.name}", "TXT", at.txt.value)
