"""Names that nobody reads, values that are only examples, and each command with its own settings."""

from __future__ import annotations

from pathlib import Path

import pytest

from bot.config.settings import ConfigError, DnsSettings, load, read
from tests.config.test_settings import GENESYS, SIMULATED, problems


@pytest.mark.parametrize(
    ("name", "says"),
    [
        ("EMAILDOMAIN_APPROVER", "did you mean EMAILDOMAIN_APPROVERS?"),
        ("EMAILDOMAIN_LANGAUGE", "did you mean EMAILDOMAIN_LANGUAGE?"),
        ("EMAILDOMAIN_DATABSE", "did you mean EMAILDOMAIN_DATABASE?"),
        ("EMAILDOMAIN_WHATEVER", "is no setting"),
        ("EMAILDOMAIN_", "is no setting"),
        ("EMAILDOMAIN_QUIET_HOURS", "not in this version yet"),
        ("EMAILDOMAIN_ALERT_URL", "not in this version yet"),
        ("SLACK_BOT_TOKENS", "did you mean SLACK_BOT_TOKEN?"),
        ("SLACK_APPTOKEN", "did you mean SLACK_APP_TOKEN?"),
        ("SLACK_SIGNING_SECRE", "did you mean SLACK_SIGNING_SECRET?"),
        ("GENESYSCLOUD_OAUTHCLIENTID", "did you mean GENESYSCLOUD_OAUTHCLIENT_ID?"),
        ("GENESYSCLOUD_REGIONS", "did you mean GENESYSCLOUD_REGION?"),
    ],
)
@pytest.mark.parametrize("where", ["environment", "file"])
def test_a_name_that_nobody_reads_is_named(tmp_path: Path, name: str, says: str, where: str) -> None:
    file = tmp_path / ".env"
    file.write_text(f"{name}=hush\n" if where == "file" else "")
    environ = {**SIMULATED, **({name: "hush"} if where == "environment" else {})}
    with pytest.raises(ConfigError) as caught:
        load(environ, file)
    (bad,) = caught.value.problems
    assert bad.variable == name
    assert says in str(bad)
    assert "hush" not in str(bad)


@pytest.mark.parametrize(
    "name",
    [
        "EMAILDOMAIN_SERVICE_HOST", "EMAILDOMAIN_SERVICE_PORT", "EMAILDOMAIN_SERVICE_PORT_HTTP", "EMAILDOMAIN_PORT",
        "EMAILDOMAIN_PORT_3000_TCP", "EMAILDOMAIN_PORT_3000_TCP_ADDR", "EMAILDOMAIN_PAGE_SERVICE_HOST",
        "SLACK_WEBHOOK_URL", "SLACK_CLIENT_ID", "GENESYSCLOUD_SDK_DEBUG", "SLACK_TEAM", "PORTS", "HOSTNAME",
        "emaildomain_x",
    ],
)  # fmt: skip
def test_names_of_kubernetes_and_of_other_tools_are_theirs(name: str) -> None:
    assert load({**SIMULATED, name: "tcp://10.0.0.1:3000"}).port == 3000


def test_a_wrong_name_concerns_every_command_that_reads_settings() -> None:
    with pytest.raises(ConfigError, match="EMAILDOMAIN_RESOLVERS"):
        load({"EMAILDOMAIN_RESOLVER": "a=1.1.1.1"}, None, DnsSettings)
    assert load({"EMAILDOMAIN_CHANNEL": "not mine to judge"}, None, DnsSettings).dns_port == 53


@pytest.mark.parametrize(
    ("variable", "value"),
    [
        ("SLACK_BOT_TOKEN", "xoxb-your-bot-token"), ("SLACK_BOT_TOKEN", "xoxb-..."),
        ("SLACK_APP_TOKEN", "xapp-<token>"),
        ("SLACK_APP_TOKEN", "xapp-xxxxxxxx"), ("SLACK_SIGNING_SECRET", "your-signing-secret"),
        ("GENESYSCLOUD_OAUTHCLIENT_SECRET", "changeme"), ("EMAILDOMAIN_APPROVERS", "U0SAM,S0123456789"),
        ("EMAILDOMAIN_CHANNEL", "C0123456789"),
    ],
)  # fmt: skip
def test_an_example_is_no_value(variable: str, value: str) -> None:
    found = problems({**SIMULATED, variable: value})
    assert list(found) == [variable]
    assert "still has the example" in found[variable]


# --- each command its own -------------------------------------------------------------------------------------------


def test_a_command_is_told_only_of_what_it_reads() -> None:
    assert load({"PORT": "x"}, only={"EMAILDOMAIN_DATABASE"}).database == Path("emaildomain.db")
    with pytest.raises(ConfigError) as caught:
        load({"PORT": "x", "EMAILDOMAIN_DATABASE": "mysql://x"}, only={"EMAILDOMAIN_DATABASE"})
    assert [bad.variable for bad in caught.value.problems] == ["EMAILDOMAIN_DATABASE"]


def test_what_cannot_be_used_has_something_in_its_place() -> None:
    settings, bad = read({"PORT": "x", "EMAILDOMAIN_TIMEZONE": "Mars", "EMAILDOMAIN_DATABASE": "/data/bot.db"})
    assert {one.variable for one in bad} == {
        "PORT", "EMAILDOMAIN_TIMEZONE", "SLACK_BOT_TOKEN", "SLACK_APP_TOKEN", "EMAILDOMAIN_PLATFORM",
    }  # fmt: skip
    assert (settings.port, settings.timezone.key, settings.database) == (3000, "UTC", Path("/data/bot.db"))
    assert read({**GENESYS, "GENESYSCLOUD_REGION": "mars"})[0].platform == "genesys"
