"""The order in which Python keeps its sets of words is chance, too: it is fixed, in a process of its own."""

from __future__ import annotations

import os
import sys

_NAME, _FIXED = "PYTHONHASHSEED", "0"


def environ() -> dict[str, str]:
    """This process's, with that order fixed."""
    return {**os.environ, _NAME: _FIXED}  # noqa: TID251 - for a process of our own


def fix() -> None:
    """Begin again in the same process with the order fixed, where it is not."""
    if os.environ.get(_NAME) != _FIXED:  # noqa: TID251 - it is read before anything else
        module = sys.modules["__main__"].__spec__
        name = (module.name if module else "tests.simulation").removesuffix(".__main__")
        os.execve(sys.executable, [sys.executable, "-m", name, *sys.argv[1:]], environ())  # noqa: S606 - ourselves
