"""How a setting is written down, and what stands in for one that cannot be used."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, Literal

from pydantic import Field
from pydantic.fields import FieldInfo

#: ``id``: of somebody's own workspace; ``secret``: the same, and words that stand for one are known, too.
Own = Literal["", "id", "secret"]

#: What stands in where a setting is missing or malformed and has no default, so that the others can be looked at.
#: Nobody uses it: whoever needs the setting is told what is wrong with it.
FILLERS: Mapping[str, str] = MappingProxyType(
    {
        "SLACK_BOT_TOKEN": "xoxb-missing",
        "SLACK_APP_TOKEN": "xapp-missing",
        "SLACK_SIGNING_SECRET": "missing",
        "EMAILDOMAIN_PLATFORM": "embedded",
        "EMAILDOMAIN_APPROVERS": "channel",
        "GENESYSCLOUD_REGION": "us-east-1",
        "GENESYSCLOUD_OAUTHCLIENT_ID": "missing",
        "GENESYSCLOUD_OAUTHCLIENT_SECRET": "missing",
    }
)


def setting(name: str, default: str | None, meaning: str, example: str, *, shown: str = "", own: Own = "") -> Any:
    """A field read from ``name``. ``shown`` words a default that is no fixed text.

    ``own``: everybody has another value, so the example is refused.
    """
    words: dict[str, Any] = {"description": meaning, "examples": [example], "title": shown or None}
    return Field(default, alias=name, validate_default=True, json_schema_extra={"own": own}, **words)


def example(field: FieldInfo) -> str:
    return str((field.examples or [""])[0])


def own(field: FieldInfo) -> str:
    extra = field.json_schema_extra
    return str(extra.get("own", "")) if isinstance(extra, dict) else ""


def stand_in(field: FieldInfo) -> str | None:
    """Its default, or what is put in its place."""
    default = field.default if isinstance(field.default, str) else None
    return FILLERS.get(str(field.alias), default)
