"""Mail platforms: choosing one, counting its failures, and what a step that cannot be taken back needs."""

from __future__ import annotations

import importlib
import inspect
from typing import Any, cast

from bot.config.settings import Settings
from bot.errors import PlatformDown, PlatformRefused
from bot.model.permits import DELETES, Permit, Step
from bot.ports import MailPlatform
from bot.runtime.counters import LabelledCounter


def build(settings: Settings, **parts: Any) -> MailPlatform:
    """The adapter whose file has the setting's name."""
    built: MailPlatform = importlib.import_module(f"{__name__}.{settings.platform}").build(settings, **parts)
    return built


def for_activation(permit: object) -> Permit:
    """``permit``, where it is one for an activation; anything else is a mistake in the program."""
    if not isinstance(permit, Permit) or permit.step is not Step.ACTIVATE:
        raise TypeError(f"no permit for an activation: {permit!r}")
    return permit


def for_deletion(permit: object) -> Permit:
    """``permit``, where it is one for a deletion; anything else is a mistake in the program."""
    if not isinstance(permit, Permit) or permit.step not in DELETES:
        raise TypeError(f"no permit for a deletion: {permit!r}")
    return permit


def counted(platform: MailPlatform, errors: LabelledCounter) -> MailPlatform:
    """The platform as before, its failures counted by call and reason."""
    return cast(MailPlatform, _Counted(platform, errors))


class _Counted:
    def __init__(self, platform: MailPlatform, errors: LabelledCounter) -> None:
        self._platform, self._errors = platform, errors

    def __getattr__(self, name: str) -> Any:
        found = getattr(self._platform, name)
        if not inspect.iscoroutinefunction(found):
            return found

        async def counted(*arguments: Any, **named: Any) -> Any:
            try:
                return await found(*arguments, **named)
            except (PlatformDown, PlatformRefused) as error:
                self._errors.add(name, error.reason if isinstance(error, PlatformRefused) else "down")
                raise

        return counted
