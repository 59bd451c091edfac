"""What steps that cannot be taken back need (:mod:`bot.model.permits`): each need by name, and the check of it."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from bot.model.needs import activation, endings, platform, removal, votes
from bot.model.needs.case import DURATIONS, FRESH, Case, Check, Lack, Need

CHECKS: Mapping[Need, Check] = MappingProxyType(
    {**platform.CHECKS, **removal.CHECKS, **endings.CHECKS, **votes.CHECKS, **activation.CHECKS}
)

__all__ = ["CHECKS", "DURATIONS", "FRESH", "Case", "Lack", "Need"]
