"""Mail platforms, and what each of them asks of whoever wants something that cannot be taken back."""

from __future__ import annotations

from bot.model.permits import DELETES, Permit


def for_deletion(permit: object) -> Permit:
    """``permit``, where it is one for a deletion; anything else is a mistake in the program."""
    if not isinstance(permit, Permit) or permit.step not in DELETES:
        raise TypeError(f"no permit for a deletion: {permit!r}")
    return permit
