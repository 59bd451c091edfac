"""The try-out is for this machine: another site's pages neither read it nor press anything in it."""

from __future__ import annotations

from collections.abc import AsyncIterator

import aiohttp
import pytest

from bot.tryout.page import Page, settle
from bot.tryout.slack.simulated import SimulatedSlack
from tests.tryout.conftest import SCOPES, HandClock


@pytest.fixture
async def slack() -> AsyncIterator[SimulatedSlack]:
    made = SimulatedSlack(clock=HandClock(), scopes=SCOPES, commands=["/emaildomain"])
    settle(made.workspace)
    await made.start(routes=Page(made).routes())
    yield made
    await made.stop()


async def status(slack: SimulatedSlack, method: str, path: str, **headers: str) -> int:
    sent = {name.replace("_", "-"): value for name, value in headers.items()}
    form = {"token": slack.bot_token, "channel": "C0MAIL", "text": "forged"} if path.startswith("/api/") else None
    body = {"as": "U0TANAKA", "channel": "C0MAIL", "text": "hello"} if path == "/tryout/say" else None
    async with aiohttp.request(method, f"{slack.url}{path}", headers=sent, data=form, json=body) as answer:
        return answer.status


ASKED = [("GET", "/"), ("GET", "/tryout/state"), ("POST", "/tryout/say"), ("POST", "/api/chat.postMessage"),
         ("GET", "/link/?ticket=1"), ("POST", "/actions/T0XYZCORP/1/2")]  # fmt: skip


@pytest.mark.parametrize(("method", "path"), ASKED)
@pytest.mark.parametrize("host", ["evil.example", "evil.example:8700", "127.0.0.1.evil.example", "", "[", "10.0.0.5"])
async def test_another_name_than_this_machines_is_refused(
    slack: SimulatedSlack, method: str, path: str, host: str
) -> None:
    assert await status(slack, method, path, Host=host) in (400, 403)
    assert slack.calls == []


@pytest.mark.parametrize(("method", "path"), ASKED)
@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": "https://evil.example"},
        {"Origin": "null"},
        {"Origin": "http://127.0.0.1:1"},
        {"Sec_Fetch_Site": "cross-site", "Sec_Fetch_Mode": "no-cors"},
        {"Sec_Fetch_Site": "same-site", "Sec_Fetch_Mode": "cors"},
    ],
)
async def test_another_sites_page_is_refused(
    slack: SimulatedSlack, method: str, path: str, headers: dict[str, str]
) -> None:
    assert await status(slack, method, path, **headers) == 403
    assert slack.calls == []


async def test_a_form_of_another_site_posts_nothing(slack: SimulatedSlack) -> None:
    """With the token that everybody knows: what a browser sends for a form, with its site and its mode."""
    assert (
        await status(slack, "POST", "/api/chat.postMessage", Sec_Fetch_Site="cross-site", Sec_Fetch_Mode="navigate")
        == 403
    )
    assert slack.messages("C0MAIL") == []


async def test_the_page_itself_programs_and_links_to_it_are_let_in(slack: SimulatedSlack) -> None:
    own = slack.url.removeprefix("http://")
    assert await status(slack, "GET", "/") == 200
    assert await status(slack, "POST", "/api/auth.test") == 200
    assert await status(slack, "GET", "/", Sec_Fetch_Site="cross-site", Sec_Fetch_Mode="navigate") == 200
    port = own.rpartition(":")[2]
    assert await status(slack, "GET", "/tryout/state", Host=f"localhost:{port}", Sec_Fetch_Site="same-origin") == 200
    said = await status(slack, "POST", "/tryout/say", Origin=slack.url, Sec_Fetch_Site="same-origin")
    assert said == 200
    assert [message.text for message in slack.messages("C0MAIL")] == ["hello"]


async def test_nobody_frames_the_page(slack: SimulatedSlack) -> None:
    async with aiohttp.request("GET", f"{slack.url}/") as answer:
        assert "frame-ancestors 'none'" in answer.headers["Content-Security-Policy"]
