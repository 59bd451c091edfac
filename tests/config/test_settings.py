"""Settings: every variable is read, every bad one is named, all at once, and nothing given is ever repeated."""

from __future__ import annotations

import traceback
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from bot.config.parsing import Approvers, Endpoint, Resolver
from bot.config.settings import ConfigError, DnsSettings, Settings, load

SIMULATED = {
    "SLACK_BOT_TOKEN": "xoxb-1",
    "SLACK_APP_TOKEN": "xapp-1",
    "SLACK_API_URL": "http://127.0.0.1:4000/api/",
}
REAL = {"SLACK_BOT_TOKEN": "xoxb-1", "SLACK_APP_TOKEN": "xapp-1", "EMAILDOMAIN_PLATFORM": "embedded"}
GENESYS = {
    **REAL,
    "EMAILDOMAIN_PLATFORM": "genesys",
    "GENESYSCLOUD_REGION": "ap-northeast-1",
    "GENESYSCLOUD_OAUTHCLIENT_ID": "id",
    "GENESYSCLOUD_OAUTHCLIENT_SECRET": "secret",
    "EMAILDOMAIN_APPROVERS": "channel",
}


def problems(environ: Mapping[str, str]) -> dict[str, str]:
    """What is wrong, by variable; fails when nothing is."""
    with pytest.raises(ConfigError) as caught:
        load(environ)
    return {bad.variable: bad.what for bad in caught.value.problems}


def test_the_defaults_are_those_of_the_documentation() -> None:
    settings = load(REAL)
    assert settings.slack_api_url == "https://slack.com/api/"
    assert (settings.slack_timeout, settings.host, settings.port) == (10, "0.0.0.0", 3000)
    assert (settings.channel, settings.language, settings.timezone.key) == (None, "en", "UTC")
    assert settings.database == Path("emaildomain.db")
    assert settings.resolvers == (
        Resolver("cloudflare", "1.1.1.1", 53),
        Resolver("google", "8.8.8.8", 53),
        Resolver("quad9", "9.9.9.9", 53),
    )
    assert (settings.recursor, settings.dns_port) == (None, 53)
    assert (settings.approvers, settings.approvals, settings.pace) == (Approvers((), ()), 1, 1)
    assert (settings.https_proxy, settings.no_proxy, settings.log) == (None, (), None)


@pytest.mark.parametrize(
    ("variable", "text", "field", "value"),
    [
        ("SLACK_API_URL", "http://127.0.0.1:1/api", "slack_api_url", "http://127.0.0.1:1/api/"),
        ("SLACK_TIMEOUT", "2.5", "slack_timeout", 2.5),
        ("HOST", "127.0.0.1", "host", "127.0.0.1"),
        ("PORT", "0", "port", 0),
        ("PORT", "65535", "port", 65535),
        ("EMAILDOMAIN_CHANNEL", "C0MAIL", "channel", "C0MAIL"),
        ("EMAILDOMAIN_LANGUAGE", "ja", "language", "ja"),
        ("EMAILDOMAIN_DATABASE", "/var/lib/bot.db", "database", Path("/var/lib/bot.db")),
        ("EMAILDOMAIN_RESOLVERS", "a=10.0.0.1:5353", "resolvers", (Resolver("a", "10.0.0.1", 5353),)),
        (
            "EMAILDOMAIN_RESOLVERS",
            "a=[::1]:5353, b=2001:db8::1,",
            "resolvers",
            (Resolver("a", "::1", 5353), Resolver("b", "2001:db8::1", 53)),
        ),
        ("EMAILDOMAIN_RECURSOR", "10.0.0.53", "recursor", Endpoint("10.0.0.53", 53)),
        ("EMAILDOMAIN_RECURSOR", "10.0.0.53:54", "recursor", Endpoint("10.0.0.53", 54)),
        ("EMAILDOMAIN_RECURSOR", "[2001:db8::1]", "recursor", Endpoint("2001:db8::1", 53)),
        ("EMAILDOMAIN_DNS_PORT", "5353", "dns_port", 5353),
        ("EMAILDOMAIN_APPROVERS", "U1, W2 ,S3,U1", "approvers", Approvers(("U1", "W2"), ("S3",))),
        ("EMAILDOMAIN_APPROVALS", "2", "approvals", 2),
        ("EMAILDOMAIN_PACE", "720", "pace", 720),
        ("EMAILDOMAIN_LOG", "json", "log", "json"),
        ("NO_PROXY", "localhost, .corp", "no_proxy", ("localhost", ".corp")),
        ("GENESYSCLOUD_API_URL", "http://127.0.0.1:4010/", "genesys_api_url", "http://127.0.0.1:4010"),
    ],
)
def test_a_setting_is_read(variable: str, text: str, field: str, value: Any) -> None:
    assert getattr(load({**SIMULATED, variable: text}), field) == value


@pytest.mark.parametrize(
    ("variable", "text", "says"),
    [
        ("SLACK_BOT_TOKEN", "", "is missing"),
        ("SLACK_BOT_TOKEN", "xapp-1-swapped", "begins with xoxb-"),
        ("SLACK_BOT_TOKEN", "xoxb-1 2", "begins with xoxb-"),
        ("SLACK_APP_TOKEN", "xoxb-swapped", "begins with xapp-"),
        ("SLACK_SIGNING_SECRET", "two words", "space"),
        ("SLACK_API_URL", "slack.com/api", "not an http or https address"),
        ("SLACK_API_URL", "ftp://slack.com/", "not an http or https address"),
        ("SLACK_API_URL", "http://[::1/api", "not an http or https address"),
        ("SLACK_API_URL", "http://slack.com/api/", "use https"),
        ("SLACK_API_URL", "http://10.0.0.5/api/", "use https"),
        ("SLACK_API_URL", "http://127.0.0.1.evil.example/api/", "use https"),
        ("GENESYSCLOUD_API_URL", "http://api.mypurecloud.jp", "use https"),
        ("GENESYSCLOUD_LOGIN_URL", "http://login.mypurecloud.jp", "use https"),
        ("SLACK_API_URL", "https://me:hunter2@slack.com/api/", "user name or password"),
        ("SLACK_TIMEOUT", "ten", "not a number above 0"),
        ("SLACK_TIMEOUT", "0", "not a number above 0"),
        ("SLACK_TIMEOUT", "nan", "not a number above 0"),
        ("PORT", "65536", "from 0 to 65535"),
        ("PORT", "-1", "from 0 to 65535"),
        ("PORT", "3e3", "from 0 to 65535"),
        ("PORT", "３０００", "from 0 to 65535"),
        ("EMAILDOMAIN_CHANNEL", "#email", "id of a channel"),
        ("EMAILDOMAIN_LANGUAGE", "de", "not en or ja"),
        ("EMAILDOMAIN_TIMEZONE", "Asia/Tokio", "time zone"),
        ("EMAILDOMAIN_TIMEZONE", "../etc/passwd", "time zone"),
        ("EMAILDOMAIN_TIMEZONE", "Asia", "time zone"),
        ("EMAILDOMAIN_DATABASE", "postgresql://bot@db/bot", "not in this version yet"),
        ("EMAILDOMAIN_DATABASE", "postgres://bot@db/bot", "not in this version yet"),
        ("EMAILDOMAIN_DATABASE", "sqlite:///bot.db", "not the path of a file"),
        ("EMAILDOMAIN_DATABASE", ":memory:", "not the path of a file"),
        ("EMAILDOMAIN_PLATFORM", "sparkpost", "not embedded or genesys"),
        ("EMAILDOMAIN_RESOLVERS", "1.1.1.1", "name=address"),
        ("EMAILDOMAIN_RESOLVERS", "a=dns.example.com", "name=address"),
        ("EMAILDOMAIN_RESOLVERS", "a=1.1.1.1:0", "name=address"),
        ("EMAILDOMAIN_RESOLVERS", "=1.1.1.1", "without a name"),
        ("EMAILDOMAIN_RESOLVERS", "a=1.1.1.1,a=8.8.8.8", "same name twice"),
        ("EMAILDOMAIN_RESOLVERS", ",", "no entry"),
        ("EMAILDOMAIN_RECURSOR", "localhost", "not an IP address"),
        ("EMAILDOMAIN_RECURSOR", "1.1.1.1:", "not an IP address"),
        ("EMAILDOMAIN_RECURSOR", "1.1.1.1:dns", "not an IP address"),
        ("EMAILDOMAIN_DNS_PORT", "0", "from 1 to 65535"),
        ("EMAILDOMAIN_APPROVERS", "U1,@tanaka", "neither a user id"),
        ("EMAILDOMAIN_APPROVERS", "C1", "neither a user id"),
        ("EMAILDOMAIN_APPROVALS", "0", "from 1 to 100"),
        ("EMAILDOMAIN_PACE", "0", "not a number above 0"),
        ("EMAILDOMAIN_PACE", "inf", "not a number above 0"),
        ("EMAILDOMAIN_LOG", "xml", "not text or json"),
        ("HTTPS_PROXY", "proxy:3128", "not an http or https address"),
        ("GENESYSCLOUD_REGION", "mars-north-1", "ap-northeast-1"),
        ("GENESYSCLOUD_API_URL", "api", "not an http or https address"),
        ("GENESYSCLOUD_LOGIN_URL", "login", "not an http or https address"),
        ("GENESYSCLOUD_OAUTHCLIENT_ID", "a b", "space"),
        ("GENESYSCLOUD_OAUTHCLIENT_SECRET", "a b", "space"),
    ],
)
def test_a_malformed_setting_is_named_and_nothing_else_is(variable: str, text: str, says: str) -> None:
    found = problems({**SIMULATED, variable: text})
    assert list(found) == [variable]
    assert says in found[variable]


def test_everything_wrong_is_said_at_once_each_with_an_example() -> None:
    with pytest.raises(ConfigError) as caught:
        load({"PORT": "x", "EMAILDOMAIN_LANGUAGE": "x", "EMAILDOMAIN_PACE": "x", "EMAILDOMAIN_DATABASE": "mysql://x"})
    named = [bad.variable for bad in caught.value.problems]
    assert sorted(named) == [
        "EMAILDOMAIN_DATABASE",
        "EMAILDOMAIN_LANGUAGE",
        "EMAILDOMAIN_PACE",
        "EMAILDOMAIN_PLATFORM",
        "PORT",
        "SLACK_APP_TOKEN",
        "SLACK_BOT_TOKEN",
    ]
    lines = str(caught.value).splitlines()
    assert len(lines) == 1 + len(named)
    assert all(f"For example: {name}=" in line for name, line in zip(named, lines[1:], strict=True))


def test_every_example_is_a_right_one_or_refused_as_an_example() -> None:
    """Whoever takes the # away in .env.example and changes nothing is told so, and of nothing else."""
    examples = {str(field.alias): str((field.examples or [""])[0]) for field in Settings.model_fields.values()}
    found = problems(examples)
    assert all("still has the example" in what for what in found.values()), found
    assert set(found) == {
        "SLACK_BOT_TOKEN", "SLACK_APP_TOKEN", "SLACK_SIGNING_SECRET", "GENESYSCLOUD_OAUTHCLIENT_ID",
        "GENESYSCLOUD_OAUTHCLIENT_SECRET", "EMAILDOMAIN_CHANNEL", "EMAILDOMAIN_APPROVERS", "EMAILDOMAIN_REQUESTERS",
        "EMAILDOMAIN_OPERATORS",
    }  # fmt: skip
    own = {"SLACK_BOT_TOKEN": "xoxb-1", "SLACK_APP_TOKEN": "xapp-1", "SLACK_SIGNING_SECRET": "s"}
    clients = {"GENESYSCLOUD_OAUTHCLIENT_ID": "id", "GENESYSCLOUD_OAUTHCLIENT_SECRET": "s"}
    people = {f"EMAILDOMAIN_{who}": "U0SAM" for who in ("APPROVERS", "REQUESTERS", "OPERATORS")}
    real = {**examples, **own, **clients, **people, "EMAILDOMAIN_CHANNEL": "C0MAIL"}
    assert load(real).practice
    assert load({**real, "EMAILDOMAIN_PLATFORM": "genesys"}).genesys_region is not None


# --- one way in ---------------------------------------------------------------------------------------------------


def test_socket_mode_when_there_is_an_app_token() -> None:
    assert load(SIMULATED).mode == "socket"


def test_http_needs_the_signing_secret() -> None:
    without = {k: v for k, v in SIMULATED.items() if k != "SLACK_APP_TOKEN"}
    assert load({**without, "SLACK_SIGNING_SECRET": "s"}).mode == "http"
    found = problems(without)
    assert list(found) == ["SLACK_APP_TOKEN"], "what the README's steps set"
    assert found["SLACK_APP_TOKEN"].index("Socket Mode") < found["SLACK_APP_TOKEN"].index(
        "HTTP needs SLACK_SIGNING_SECRET"
    )


# --- platforms ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("url", ["", "https://slack.com/api/", "https://SLACK.com/api", "https://www.slack.com/api/"])
def test_a_real_workspace_wants_the_platform_said(url: str) -> None:
    environ = {**SIMULATED, "SLACK_API_URL": url}
    assert list(problems(environ)) == ["EMAILDOMAIN_PLATFORM"]
    assert load({**environ, "EMAILDOMAIN_PLATFORM": "embedded"}).practice


@pytest.mark.parametrize("url", ["http://127.0.0.1:4000/api/", "https://notslack.com/api/"])
def test_any_other_slack_is_practice_by_default(url: str) -> None:
    assert load({**SIMULATED, "SLACK_API_URL": url}).practice


def test_genesys_needs_its_settings_and_the_approvers_and_says_so_at_once() -> None:
    assert not load(GENESYS).practice
    assert set(problems({**REAL, "EMAILDOMAIN_PLATFORM": "genesys"})) == {
        "GENESYSCLOUD_REGION",
        "GENESYSCLOUD_OAUTHCLIENT_ID",
        "GENESYSCLOUD_OAUTHCLIENT_SECRET",
        "EMAILDOMAIN_APPROVERS",
    }


@pytest.mark.parametrize("text", ["", " ", ",", "channel,U0SAM", "S0OPS,channel", "#mail", "Channel"])
def test_on_genesys_who_approves_is_said(text: str) -> None:
    assert set(problems({**GENESYS, "EMAILDOMAIN_APPROVERS": text})) == {"EMAILDOMAIN_APPROVERS"}


@pytest.mark.parametrize("name", ["approvers", "requesters"])
def test_everybody_in_the_channel_is_a_word(name: str) -> None:
    settings = load({**GENESYS, f"EMAILDOMAIN_{name.upper()}": " channel "})
    assert getattr(settings, name) == Approvers((), ())
    assert getattr(settings, name).listed == ("channel",)


def test_everybody_in_the_channel_does_not_run_the_bot() -> None:
    assert set(problems({**GENESYS, "EMAILDOMAIN_OPERATORS": "channel"})) == {"EMAILDOMAIN_OPERATORS"}


def test_two_addresses_stand_in_for_the_region() -> None:
    urls = {"GENESYSCLOUD_API_URL": "http://127.0.0.1:1", "GENESYSCLOUD_LOGIN_URL": "http://127.0.0.1:2"}
    assert load({**GENESYS, **urls, "GENESYSCLOUD_REGION": ""}).genesys_region is None


@pytest.mark.parametrize("text", ["ap-northeast-1", "AP-Northeast-1", "mypurecloud.jp"])
def test_a_region_is_a_code_or_a_host(text: str) -> None:
    region = load({**GENESYS, "GENESYSCLOUD_REGION": text}).genesys_region
    assert region is not None
    assert region.api_url == "https://api.mypurecloud.jp"
    assert region.login_url == "https://login.mypurecloud.jp"


@pytest.mark.parametrize("text", ["evil.example", "mypurecloud.jp.evil.example", "api.mypurecloud.jp/x", "pure.cloud"])
def test_a_host_outside_the_list_is_never_asked(text: str) -> None:
    assert list(problems({**GENESYS, "GENESYSCLOUD_REGION": text})) == ["GENESYSCLOUD_REGION"]


@pytest.mark.parametrize(
    ("more", "refused"),
    [
        pytest.param({}, True, id="the host of the region"),
        pytest.param({"GENESYSCLOUD_API_URL": "https://api.mypurecloud.jp"}, True, id="a real host"),
        pytest.param({"GENESYSCLOUD_API_URL": "https://127.0.0.1.evil.example"}, True, id="only looks like loopback"),
        pytest.param({"GENESYSCLOUD_API_URL": "http://127.0.0.1:4010"}, False, id="a simulator"),
        pytest.param({"GENESYSCLOUD_API_URL": "http://[::1]:4010"}, False, id="a simulator on IPv6"),
        pytest.param({"GENESYSCLOUD_API_URL": "http://localhost:4010"}, False, id="a simulator by name"),
        pytest.param({"EMAILDOMAIN_PACE": "1.0"}, False, id="pace 1 is always right"),
    ],
)
def test_the_real_two_hours_are_never_shortened(more: dict[str, str], refused: bool) -> None:
    environ = {**GENESYS, "EMAILDOMAIN_PACE": "720", **more}
    if refused:
        assert list(problems(environ)) == ["EMAILDOMAIN_PACE"]
    else:
        assert load(environ).pace in {1, 720}


def test_a_malformed_address_does_not_let_a_fast_pace_through() -> None:
    environ = {**GENESYS, "EMAILDOMAIN_PACE": "720", "GENESYSCLOUD_API_URL": "x"}
    assert set(problems(environ)) == {"GENESYSCLOUD_API_URL", "EMAILDOMAIN_PACE"}


# --- secrets ------------------------------------------------------------------------------------------------------

SECRETS = {
    "SLACK_BOT_TOKEN": "xoxb-hush-1",
    "SLACK_APP_TOKEN": "xapp-hush-2",
    "SLACK_SIGNING_SECRET": "hush-3",
    "GENESYSCLOUD_OAUTHCLIENT_SECRET": "hush-4",
    "HTTPS_PROXY": "http://me:hush-5@proxy:3128",
}


def test_secrets_are_not_in_any_text_of_the_settings() -> None:
    settings = load({**GENESYS, **SECRETS})
    assert settings.slack_bot_token.get_secret_value() == "xoxb-hush-1"
    shown = f"{settings!r} {settings!s} {settings.model_dump()} {settings.model_dump_json()}"
    assert "hush" not in shown


@pytest.mark.parametrize("variable", sorted(str(field.alias) for field in Settings.model_fields.values()))
def test_a_secret_in_the_wrong_place_is_not_repeated(variable: str) -> None:
    environ = {**SIMULATED, variable: "hush hush://hush@", "PORT": "hush"}
    with pytest.raises(ConfigError) as caught:
        load(environ)
    shown = "".join(traceback.format_exception(caught.value)) + repr(caught.value) + str(caught.value)
    assert "hush" not in shown


def test_settings_cannot_be_changed() -> None:
    settings = load(SIMULATED)
    with pytest.raises(ValidationError):
        settings.pace = 720


# --- where they come from -----------------------------------------------------------------------------------------


def test_the_environment_goes_before_the_file_and_an_empty_value_counts_as_none(tmp_path: Path) -> None:
    file = tmp_path / ".env"
    file.write_text("PORT=1\nHOST=127.0.0.9\nSLACK_BOT_TOKEN='xoxb-file'\nUNKNOWN=1\nNO_PROXY=\n# a comment\n")
    settings = load({"SLACK_APP_TOKEN": "xapp-1", "EMAILDOMAIN_PLATFORM": "embedded", "PORT": "2", "HOST": " "}, file)
    assert (settings.port, settings.host) == (2, "127.0.0.9")
    assert settings.slack_bot_token.get_secret_value() == "xoxb-file"


def test_a_fault_in_the_file_is_named_by_its_variable(tmp_path: Path) -> None:
    (tmp_path / ".env").write_text("PORT=x\nEMAILDOMAIN_APPROVERS=me\n")
    with pytest.raises(ConfigError) as caught:
        load(SIMULATED, tmp_path / ".env")
    assert {bad.variable for bad in caught.value.problems} == {"PORT", "EMAILDOMAIN_APPROVERS"}


def test_a_file_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    (tmp_path / ".env").write_bytes(b"PORT=\xff\xfe")
    with pytest.raises(ConfigError, match="UTF-8"):
        load(SIMULATED, tmp_path / ".env")


def test_a_file_that_is_not_there_is_no_fault(tmp_path: Path) -> None:
    assert load(SIMULATED, tmp_path / ".env").port == 3000


def test_the_process_is_asked_when_nothing_is_given(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.chdir(tmp_path)
    for name, value in SIMULATED.items():
        monkeypatch.setenv(name, value)
    (tmp_path / ".env").write_text("PORT=4321\n")
    assert load().port == 4321


def test_what_is_given_is_all_there_is(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PORT", "4321")
    assert load(SIMULATED).port == 3000


def test_looking_at_dns_needs_no_slack() -> None:
    assert load({"EMAILDOMAIN_DNS_PORT": "5353", "PORT": "x"}, None, DnsSettings).dns_port == 5353


# --- logs and proxies ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "isatty", "written"),
    [("", True, "text"), ("", False, "json"), ("text", False, "text"), ("json", True, "json")],
)
def test_logs_are_for_whoever_reads_them(text: str, isatty: bool, written: str) -> None:
    assert load({**SIMULATED, "EMAILDOMAIN_LOG": text}).log_format(isatty=isatty) == written


@pytest.mark.parametrize(
    ("url", "no_proxy", "used"),
    [
        ("https://slack.com/api/", "", True),
        ("wss://wss-primary.slack.com/link", "", True),
        ("http://127.0.0.1:4000/api/", "", False),
        ("https://slack.com/api/", "slack.com", False),
        ("https://api.slack.com/", ".slack.com", False),
        ("https://slack.com/api/", "*", False),
        ("https://notslack.com/api/", "slack.com", True),
        ("https://slack.com/api/", "localhost,.corp", True),
    ],
)
def test_the_proxy_is_used_for_https_unless_the_host_is_excepted(url: str, no_proxy: str, used: bool) -> None:
    settings = load({**SIMULATED, "HTTPS_PROXY": "http://proxy:3128", "NO_PROXY": no_proxy})
    assert settings.proxy_for(url) == ("http://proxy:3128" if used else None)


def test_small_letters_do_too_for_the_proxy() -> None:
    settings = load({**SIMULATED, "https_proxy": "http://proxy:3128", "no_proxy": "slack.com"})
    assert settings.proxy_for("https://example.com/") == "http://proxy:3128"
    assert settings.proxy_for("https://slack.com/") is None
