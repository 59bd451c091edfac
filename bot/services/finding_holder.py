"""Whose key it is that was published: for looks at DNS, which go on without where the database cannot say."""

from __future__ import annotations

import structlog

from bot.errors import StorageBusy
from bot.ports import Store

log = structlog.get_logger(__name__)


async def holder(store: Store, key: str) -> str | None:
    """The domain a public key (``p=``) belongs to; None if it is nobody's, or the database does not answer now."""
    try:
        return await store.holder(key)
    except StorageBusy as busy:
        log.warning("whose key it is stays open", why=busy.why)
        return None
