"""A file in this folder is a command; there is nothing else to register."""

from __future__ import annotations

import importlib
import pkgutil

from bot.routing import Command, Commands


def discover() -> Commands:
    """Every file in ``commands/`` is a command, with the buttons that belong to it."""
    found: list[Command] = []
    for module in pkgutil.iter_modules(__path__):
        loaded = importlib.import_module(f"{__name__}.{module.name}")
        found += [loaded.COMMAND, *getattr(loaded, "BUTTONS", ())]
    return Commands(found)
