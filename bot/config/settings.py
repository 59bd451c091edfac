"""Settings: the only place that reads the environment and the ``.env`` file.

Each setting is one field: its type, the text it defaults to, what it means and an example; ``docs/configuration.md``
and ``.env.example`` are written from these fields. :func:`load` checks all of them and names every problem at once.
No message contains a value that was given: a secret may have been pasted into the wrong line.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Collection, Mapping
from pathlib import Path
from typing import Annotated, Any, Literal, TypeVar, overload
from zoneinfo import ZoneInfo

from pydantic import BeforeValidator, SecretStr, ValidationInfo, field_validator
from pydantic_settings import (
    BaseSettings,
    NoDecode,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
)

from bot.config import parsing, reading
from bot.config.fields import example, setting
from bot.config.parsing import Approvers, BadSetting, ConfigError, Endpoint, Resolver
from bot.model.approval import ANYONE
from bot.model.regions import Region

__all__ = ["BadSetting", "ConfigError", "DnsSettings", "Settings", "load", "read", "setting"]


_REQUIRED: Any = ...
#: Said of the token that the README's steps set, though either would do.
_NO_WAY_IN = "SLACK_APP_TOKEN is missing: Socket Mode, as in the README, needs it; HTTP needs SLACK_SIGNING_SECRET"
_UNKNOWN = ""  #: stands for a setting that is malformed itself, and named for that


def _maybe(parse: Callable[[str], Any]) -> BeforeValidator:
    """``parse``, which a setting that is not there does not reach."""
    return BeforeValidator(lambda text: text if text is None else parse(text))


Url = Annotated[str | None, _maybe(parsing.url)]
Port = Annotated[int, _maybe(parsing.whole(1, 65535))]
Positive = Annotated[float, _maybe(parsing.positive)]


class DnsSettings(BaseSettings):
    """What looking at DNS needs; all that ``emaildomain check`` reads."""

    model_config = SettingsConfigDict(frozen=True, extra="ignore", case_sensitive=True)

    resolvers: Annotated[tuple[Resolver, ...], NoDecode, _maybe(parsing.resolvers)] = setting(
        "EMAILDOMAIN_RESOLVERS",
        "cloudflare=1.1.1.1,google=8.8.8.8,quad9=9.9.9.9",
        "The public resolvers that have to see a record, as `name=address[:port]`, comma separated.",
        "cloudflare=1.1.1.1,google=8.8.8.8,office=10.0.0.53:5353",
    )
    recursor: Annotated[Endpoint | None, NoDecode, _maybe(parsing.endpoint)] = setting(
        "EMAILDOMAIN_RECURSOR",
        None,
        "The resolver used to find the servers of a zone, as `address[:port]`.",
        "10.0.0.53",
        shown="the system's",
    )
    dns_port: Port = setting("EMAILDOMAIN_DNS_PORT", "53", "The port on which authoritative servers are asked.", "5353")
    dns_private: Annotated[bool, NoDecode, BeforeValidator(parsing.yes_or_no)] = setting(
        "EMAILDOMAIN_DNS_PRIVATE",
        "no",
        "`yes`: name servers at private, loopback and link-local addresses are asked, too (split horizon, a lab).",
        "yes",
    )

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Environment and file are handed in by :func:`read`."""
        return (init_settings,)


class Settings(DnsSettings):
    """Everything ``emaildomain run`` reads. A field may look at the ones above it, so their order matters."""

    slack_bot_token: Annotated[SecretStr, _maybe(parsing.bot_token)] = setting(
        "SLACK_BOT_TOKEN",
        _REQUIRED,
        "The bot's token, from *OAuth & Permissions*.",
        "xoxb-your-bot-token",
        own="secret",
    )
    slack_app_token: Annotated[SecretStr | None, _maybe(parsing.app_token)] = setting(
        "SLACK_APP_TOKEN",
        None,
        "The app-level token with the scope `connections:write`. When it is set, the bot uses Socket Mode.",
        "xapp-your-app-token",
        own="secret",
    )
    slack_signing_secret: SecretStr | None = setting(
        "SLACK_SIGNING_SECRET",
        None,
        "From *Basic Information* of the Slack app. Needed for HTTP, that is without `SLACK_APP_TOKEN`.",
        "0123456789abcdef0123456789abcdef",
        own="secret",
    )
    slack_api_url: Annotated[str, _maybe(parsing.folder_url)] = setting(
        "SLACK_API_URL",
        "https://slack.com/api/",
        "Another Slack: a proxy or a simulator.",
        "http://127.0.0.1:4000/api/",
    )
    slack_timeout: Positive = setting(
        "SLACK_TIMEOUT",
        "10",
        "Seconds for one call of the Web API; a message that got no answer is looked for after three times as long.",
        "10",
    )
    host: str = setting("HOST", "0.0.0.0", "The address the HTTP server listens on.", "127.0.0.1")  # noqa: S104
    port: Annotated[int, _maybe(parsing.whole(0, 65535))] = setting(
        "PORT",
        "3000",
        "The port of the HTTP server: `/healthz`, `/readyz`, `/metrics`, and `/slack/events` in HTTP mode.",
        "3000",
    )
    channel: Annotated[str | None, _maybe(parsing.channel)] = setting(
        "EMAILDOMAIN_CHANNEL",
        None,
        "The id of the channel for posts.",
        "C0123456789",
        shown="where `add` was typed",
        own="id",
    )
    language: Annotated[Literal["en", "ja"], _maybe(parsing.one_of("en", "ja"))] = setting(
        "EMAILDOMAIN_LANGUAGE", "en", "The language of posts, `en` or `ja`. Private answers follow the reader.", "ja"
    )
    timezone: Annotated[ZoneInfo, _maybe(parsing.timezone)] = setting(
        "EMAILDOMAIN_TIMEZONE", "UTC", "The time zone of posts and of working days.", "Asia/Tokyo"
    )
    database: Annotated[Path, _maybe(parsing.database)] = setting(
        "EMAILDOMAIN_DATABASE", "emaildomain.db", "The SQLite file.", "/var/lib/emaildomain/emaildomain.db"
    )
    platform: Literal["embedded", "genesys"] = setting(
        "EMAILDOMAIN_PLATFORM",
        None,
        "`genesys`: Genesys Cloud. `embedded`: practice, nothing is registered there.",
        "embedded",
        shown="none with slack.com, else `embedded`",
    )
    genesys_api_url: Url = setting(
        "GENESYSCLOUD_API_URL",
        None,
        "Another Platform API: a proxy or a simulator.",
        "http://127.0.0.1:4010",
        shown="from the region",
    )
    genesys_login_url: Url = setting(
        "GENESYSCLOUD_LOGIN_URL",
        None,
        "Another login service: a proxy or a simulator.",
        "http://127.0.0.1:4010",
        shown="from the region",
    )
    genesys_region: Annotated[Region | None, NoDecode] = setting(
        "GENESYSCLOUD_REGION",
        None,
        "The region of the Genesys Cloud org, as a code (`ap-northeast-1`) or as a host (`mypurecloud.jp`).",
        "ap-northeast-1",
    )
    genesys_client_id: str | None = setting(
        "GENESYSCLOUD_OAUTHCLIENT_ID",
        None,
        "The id of an OAuth client of type *Client Credentials*.",
        "01234567-89ab-cdef-0123-456789abcdef",
        own="secret",
    )
    genesys_client_secret: SecretStr | None = setting(
        "GENESYSCLOUD_OAUTHCLIENT_SECRET",
        None,
        "The secret of that client.",
        "your-client-secret",
        own="secret",
    )
    https_proxy: Annotated[SecretStr | None, _maybe(parsing.proxy)] = setting(
        "HTTPS_PROXY",
        None,
        "The proxy for https connections to Slack (Socket Mode too) and Genesys Cloud.",
        "http://proxy.example.com:3128",
    )
    no_proxy: Annotated[tuple[str, ...], NoDecode, _maybe(parsing.entries)] = setting(
        "NO_PROXY", "", "Hosts reached without the proxy, comma separated.", "localhost,.example.com"
    )
    approvers: Annotated[Approvers, NoDecode, _maybe(parsing.approvers)] = setting(
        "EMAILDOMAIN_APPROVERS",
        None,
        "Who may approve: user ids and user group ids, comma separated; or `channel`, any full member of the channel."
        " A user group is best: it changes in Slack, without a restart.",
        "U0123456789,S0123456789",
        shown="on `genesys` it must be said, else `channel`",
        own="id",
    )
    requesters: Annotated[Approvers, NoDecode, _maybe(parsing.approvers)] = setting(
        "EMAILDOMAIN_REQUESTERS",
        "channel",
        "Who may add domains and ask for approval: user ids and user group ids, comma separated; or `channel`.",
        "U0123456789,S0123456789",
        own="id",
    )
    operators: Annotated[Approvers, NoDecode, _maybe(parsing.people)] = setting(
        "EMAILDOMAIN_OPERATORS",
        "",
        "Who runs the bot: imports, puts it on hold, and is told what concerns the bot itself, by direct message."
        " User ids and user group ids, comma separated.",
        "U0123456789,S0123456789",
        shown="admins of the workspace",
        own="id",
    )
    approvals: Annotated[int, _maybe(parsing.whole(1, 100))] = setting(
        "EMAILDOMAIN_APPROVALS", "1", "How many of them have to approve.", "2"
    )
    pace: Positive = setting(
        "EMAILDOMAIN_PACE",
        "1",
        "Divides all waiting: `720` makes two hours ten seconds. For trying out; refused with Genesys Cloud.",
        "1",
    )
    log: Annotated[Literal["text", "json"] | None, _maybe(parsing.one_of("text", "json"))] = setting(
        "EMAILDOMAIN_LOG",
        None,
        "How logs are written, `text` or `json`.",
        "json",
        shown="`text` on a terminal, else `json`",
    )

    @field_validator("slack_signing_secret", mode="before")
    @classmethod
    def _one_way_in(cls, value: str | None, info: ValidationInfo) -> str | None:
        """Without an app token requests come over HTTP, and only the signing secret proves whose they are."""
        if value is None and info.data.get("slack_app_token", _UNKNOWN) is None:
            raise ValueError(_NO_WAY_IN)
        return value if value is None else parsing.word(value)

    @field_validator("platform", mode="before")
    @classmethod
    def _no_practice_by_accident(cls, value: str | None, info: ValidationInfo) -> str:
        """In a real workspace somebody has to say whether this is practice."""
        if value is not None:
            return parsing.one_of("embedded", "genesys")(value)
        if parsing.is_slack(info.data.get("slack_api_url", "")):
            raise ValueError(
                "is missing; with a real workspace, say genesys, or embedded: practice, nothing is registered anywhere"
            )
        return "embedded"

    @field_validator("approvers", mode="before")
    @classmethod
    def _no_approvers_by_accident(cls, value: str | None, info: ValidationInfo) -> str:
        """Who stands between a request and mail that goes out has to be said, even if it is everybody."""
        if value is None and info.data.get("platform") == "genesys":
            raise ValueError("is missing; EMAILDOMAIN_PLATFORM=genesys needs it: ids, or channel for any full member")
        return ANYONE if value is None else value

    @field_validator("genesys_region", mode="before")
    @classmethod
    def _region(cls, value: str | None, info: ValidationInfo) -> Region | None:
        given = (info.data.get("genesys_api_url", _UNKNOWN), info.data.get("genesys_login_url", _UNKNOWN))
        if value is None and info.data.get("platform") == "genesys" and None in given:
            raise ValueError("is missing; EMAILDOMAIN_PLATFORM=genesys needs it")
        return value if value is None else parsing.region(value)

    @field_validator("genesys_client_id", "genesys_client_secret", mode="before")
    @classmethod
    def _client(cls, value: str | None, info: ValidationInfo) -> str | None:
        if value is None and info.data.get("platform") == "genesys":
            raise ValueError("is missing; EMAILDOMAIN_PLATFORM=genesys needs it")
        return value if value is None else parsing.word(value)

    @field_validator("pace")
    @classmethod
    def _no_haste_with_the_real_one(cls, value: float, info: ValidationInfo) -> float:
        """The two hours are the vendor's compliance checks: on the real platform they are never shortened (S25)."""
        given = info.data.get("genesys_api_url", _UNKNOWN)
        if value != 1 and info.data.get("platform") == "genesys" and (given is None or not parsing.is_loopback(given)):
            raise ValueError("has to be 1 when the platform is the real Genesys Cloud")
        return value

    @property
    def mode(self) -> Literal["socket", "http"]:
        """How requests of Slack arrive."""
        return "socket" if self.slack_app_token else "http"

    @property
    def practice(self) -> bool:
        """Whether nothing is registered anywhere, which every card and request has to say."""
        return self.platform == "embedded"

    def log_format(self, *, isatty: bool) -> Literal["text", "json"]:
        """How logs are written; ``isatty`` says whether a person is watching."""
        return self.log or ("text" if isatty else "json")

    def proxy_for(self, url: str) -> str | None:
        """The proxy to reach ``url`` through, if any. It may hold a password: never log it."""
        if self.https_proxy is None or not url.startswith(("https:", "wss:")):
            return None
        return None if parsing.bypasses_proxy(url, self.no_proxy) else self.https_proxy.get_secret_value()


S = TypeVar("S", bound=DnsSettings)
Problems = tuple[BadSetting, ...]


@overload
def load(
    environ: Mapping[str, str] | None = None, env_file: Path | None = None, *, only: Collection[str] | None = None
) -> Settings: ...
@overload
def load(environ: Mapping[str, str] | None, env_file: Path | None, of: type[S]) -> S: ...
def load(
    environ: Mapping[str, str] | None = None, env_file: Path | None = None, of: type[DnsSettings] = Settings,
    *, only: Collection[str] | None = None,
) -> DnsSettings:  # fmt: skip
    """The settings in ``environ`` and, for what it does not have, in ``env_file``.

    Without arguments: those of this process and of ``.env`` in the current directory. An empty value counts as none.
    ``only``: what the caller uses; what is wrong with the rest is none of its business, and the rest is not to be used.
    Raises :class:`ConfigError` with every problem at once; the error carries names and advice, never a given value.
    """
    settings, problems = read(environ, env_file, of)
    wrong = tuple(bad for bad in problems if only is None or bad.unknown or bad.variable in only)
    if wrong:
        raise ConfigError(wrong)
    return settings


@overload
def read(environ: Mapping[str, str] | None = None, env_file: Path | None = None) -> tuple[Settings, Problems]: ...
@overload
def read(environ: Mapping[str, str] | None, env_file: Path | None, of: type[S]) -> tuple[S, Problems]: ...
def read(
    environ: Mapping[str, str] | None = None, env_file: Path | None = None, of: type[DnsSettings] = Settings
) -> tuple[DnsSettings, Problems]:
    """As :func:`load`; what cannot be used is returned, and something stands in its place (``fields.FILLERS``)."""
    if environ is None:
        environ, env_file = os.environ, env_file or Path(".env")
    every = {str(field.alias): example(field) for field in (*Settings.model_fields.values(), *of.model_fields.values())}
    return reading.read(environ, env_file, of, every)
