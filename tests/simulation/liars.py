"""Everything that can lie, by name. A new liar is a small class and one row in one of these tables."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from tests.simulation import liars_dns, liars_near, liars_org
from tests.simulation.liar import Liar

LIARS: Mapping[str, type[Liar]] = MappingProxyType({**liars_dns.LIARS, **liars_org.LIARS, **liars_near.LIARS})
