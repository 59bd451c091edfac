"""An answer before the answer, shown only where the answer can take its place.

Slack lets us replace the first answer to a command. Of a click it replaces the message that was clicked, which may be
everybody's; a Home tab is drawn anew anyway.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from bot.model.message import Message


class Interim:
    """``shown``: something was, and the answer has to replace it."""

    def __init__(self, tell: Callable[[Message], Awaitable[None]], *, pressed: bool, home: bool) -> None:
        self._tell, self._pressed, self._home = tell, pressed, home
        self.shown = False

    async def show(self, message: Message) -> None:
        if self._pressed and not self._home:
            return
        self.shown = not self._home
        await self._tell(message)
