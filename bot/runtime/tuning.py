"""How the interpreter is set for one event loop beside a few threads."""

from __future__ import annotations

import gc
import sys

#: Seconds for which a thread may keep the others waiting. The loop gives up its turn at every packet it sends; with
#: Python's 5 ms it waits that long for each while the database's threads decode rows.
_SWITCH_INTERVAL = 0.0005


def tune_interpreter() -> None:
    """Let the event loop pre-empt worker threads; freeze start-up objects so that garbage collection skips them.

    Little of what comes later is garbage in circles: looking for it at Python's pace would take a tenth of the time,
    and in 20,000 objects at once 20 ms.
    """
    sys.setswitchinterval(_SWITCH_INTERVAL)
    gc.freeze()
    gc.set_threshold(5_000, 50, 20)
