"""Genesys Cloud as the mail platform: its API for outbound ("Campaign/Agentless") email domains.

``client`` is the wire, ``answers`` reads what comes back, ``adapter`` is the platform. httpx: ``client`` only.
"""

from __future__ import annotations

from typing import Any

from bot.config.settings import Settings
from bot.platforms.genesys import answers
from bot.platforms.genesys.adapter import Genesys
from bot.platforms.genesys.client import Client
from bot.ports import Clock

__all__ = ["Client", "Genesys", "answers", "build", "connect"]


def connect(settings: Settings, clock: Clock) -> Client:
    """The wire as the settings say; hosts come from the closed list of regions, or whole from the settings."""
    region = settings.genesys_region
    api = settings.genesys_api_url or (region.api_url if region else "")
    login = settings.genesys_login_url or (region.login_url if region else "")
    secret = settings.genesys_client_secret
    if not (api and login and settings.genesys_client_id and secret):  # bot.config.settings has refused this before
        raise ValueError("the settings do not say how to reach Genesys Cloud")
    return Client(
        api, login, settings.genesys_client_id, secret.get_secret_value, clock=clock, proxy_for=settings.proxy_for
    )


def build(settings: Settings, *, clock: Clock, **_: Any) -> Genesys:
    region = settings.genesys_region
    return Genesys(connect(settings, clock), clock, admin_url=region.apps_url if region else None)
