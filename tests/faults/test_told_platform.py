"""Genesys Cloud limits, fails, hangs, loses answers, refuses, shows things late: what people read then."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from bot.model.lifecycle import State
from bot.platforms.genesys import client
from tests.faults.test_duplicates import deliver, typed
from tests.faults.told import Said, once, speak, told
from tests.genesys.org import MANAGE
from tests.genesys.simulator import DOMAINS
from tests.genesys.world import GenesysWorld
from tests.scenarios.world import ALEX, NAME, SAM

LOOK, CREATE, VERIFY, DELETE = f"GET {DOMAINS}/", f"POST {DOMAINS}$", "PUT ", "DELETE "

DOWN = {
    "en": "Genesys Cloud doesn't answer at the moment, so nothing was done",
    "ja": "現在 Genesys Cloud の応答がないため、処理は行っていません",
}
CARD = {
    "en": "`sales.xyzcorp.com` is registered. Add these 2 records",
    "ja": "`sales.xyzcorp.com` を登録しました。次の2件を",
}
ACTIVATED = {
    "en": "mail sent earlier may not be delivered. I will tell you here",
    "ja": "それより前に送ると、届かない場合があります。時間になったらお知らせします",
}
HELD = {
    "en": "The two hours for `sales.xyzcorp.com` are over, but I can't read Genesys Cloud",
    "ja": "`sales.xyzcorp.com` の2時間の待機期間は終わりましたが、現在 Genesys Cloud を確認できません",
}
REMOVED = {
    "en": "`sales.xyzcorp.com` is removed: no DNS server gives its CNAME any more, and Genesys Cloud has deleted it",
    "ja": "`sales.xyzcorp.com` を削除しました。DNSにCNAMEが残っていないことを確認し、Genesys Cloud からも削除しました",
}


@pytest.fixture(autouse=True)
def _impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Real seconds are for real platforms."""
    monkeypatch.setattr(client, "TIMEOUT", 0.3)
    monkeypatch.setattr(client, "_PAUSE", 0.01)
    monkeypatch.setattr(client, "PATIENCE", 0.0)


@pytest.fixture
async def world(tmp_path: Path, said: Said) -> AsyncIterator[GenesysWorld]:
    async with GenesysWorld(tmp_path, EMAILDOMAIN_LANGUAGE=said.language) as made:
        speak(made, said.language)
        yield made
        assert made.genesys.violations == []


async def added_once(world: GenesysWorld, said: Said) -> None:
    """Whatever happened to the creation: one domain there, one card here."""
    await world.command(ALEX, f"add {NAME}")
    await world.forward(minutes=5)
    assert world.kinds() == ["records"]
    assert world.genesys.created == [NAME]
    once(world, said)


async def activated_once(world: GenesysWorld, said: Said) -> None:
    await world.click(SAM, world.said("approval")[-1], "approve")
    await world.forward(minutes=6)
    assert world.kinds() == ["records", "ready", "approval", "decided", "activated"]
    once(world, said)


# ---- 429, 401, 5xx, slow


@told("429 with a long Retry-After while somebody waits", **DOWN)
async def test_429_for_somebody(world: GenesysWorld, said: Said) -> None:
    world.genesys.fault("429", "GET ", times=9, Retry_After="60")
    await world.command(ALEX, f"add {NAME}")
    world.genesys.faults.clear()
    once(world, said)
    calls = len(world.genesys.calls)
    await world.command(ALEX, f"add {NAME}")
    assert len(world.genesys.calls) == calls, "told to wait, it does not ask"
    await world.forward(seconds=61)
    await world.added()
    assert world.genesys.created == [NAME]


@told("429 with Retry-After while activating", **ACTIVATED)
async def test_429_for_the_bot(world: GenesysWorld, said: Said) -> None:
    await world.asked()
    world.genesys.fault("429", VERIFY, times=2, Retry_After="20")
    await activated_once(world, said)


@told("401: the token has expired before its time", **ACTIVATED)
async def test_401_expired(world: GenesysWorld, said: Said) -> None:
    await world.asked()
    world.genesys.expire_tokens()
    await activated_once(world, said)


@told(
    "401 again: the OAuth client is no longer let in",
    en="Not done: Genesys Cloud does not accept my OAuth client",
    ja="実行できませんでした。Genesys Cloud でBotのOAuthクライアントが認証されません",
)
async def test_401_for_good(world: GenesysWorld, said: Said) -> None:
    world.genesys.secrets.clear()
    world.genesys.expire_tokens()
    await world.command(ALEX, f"add {NAME}")
    once(world, said)
    assert world.genesys.created == []


@told("5xx while somebody waits", **DOWN)
async def test_5xx_for_somebody(world: GenesysWorld, said: Said) -> None:
    world.genesys.fault("503", "", times=10**6)
    await world.command(ALEX, f"add {NAME}")
    once(world, said)
    assert world.genesys.created == []


@told("5xx at the end of the two hours: held, said once, then *sending allowed* once", **HELD)
async def test_5xx_at_the_end_of_the_wait(world: GenesysWorld, said: Said) -> None:
    await world.activated()
    world.genesys.fault("503", LOOK, times=10**6)
    await world.forward(hours=3)
    once(world, said)
    world.genesys.faults.clear()
    await world.forward(minutes=15)
    assert world.kinds()[-2:] == ["failed", "sending_allowed"]


@told("slower than we wait, while somebody waits", **DOWN)
async def test_slow_for_somebody(world: GenesysWorld, said: Said) -> None:
    world.genesys.fault("slow", "GET ", times=30)
    await world.command(ALEX, f"add {NAME}")
    once(world, said)
    assert world.genesys.created == []


@told("slower than we wait, while creating", **CARD)
async def test_slow_create(world: GenesysWorld, said: Said) -> None:
    world.genesys.fault("slow", CREATE)
    await added_once(world, said)


# ---- dropped, doubled


@told("the connection is dropped before the creation is carried out", **CARD)
async def test_dropped_before_creating(world: GenesysWorld, said: Said) -> None:
    world.genesys.fault("before", CREATE)
    await added_once(world, said)


@told("the connection is dropped after the creation was carried out", **CARD)
async def test_dropped_after_creating(world: GenesysWorld, said: Said) -> None:
    world.genesys.fault("after", CREATE)
    await added_once(world, said)
    assert len(world.genesys.called(CREATE)) == 1


@told("the connection is dropped after the activation was carried out", **ACTIVATED)
async def test_dropped_after_activating(world: GenesysWorld, said: Said) -> None:
    await world.asked()
    world.genesys.fault("after", VERIFY, times=2)
    await activated_once(world, said)


@told("the same *add* twice at once: one domain", **CARD)
async def test_added_twice(world: GenesysWorld, said: Said) -> None:
    await deliver(world, "slash_commands", typed(world, ALEX, f"add {NAME}"), 2)
    await world.command(SAM, f"add {NAME}")
    await added_once(world, said)
    assert len(world.genesys.called(CREATE)) == 1


# ---- refused


@told(
    "the org's number of campaign domains is reached",
    en="Not registered: the org has reached its number of campaign domains (15)",
    ja="登録できませんでした。組織のキャンペーン用ドメインが上限（15件）に達しています",
)
async def test_the_cap_is_reached(world: GenesysWorld, said: Said) -> None:
    for n in range(15):
        world.genesys.add(f"n{n}.xyzcorp.com")
    await world.command(ALEX, f"add {NAME}")
    once(world, said)
    assert world.genesys.created == []


@told(
    "the permission is missing",
    en="Not done: the OAuth client *emaildomain* lacks Routing &gt; Email &gt; Manage (`routing:email:manage`)",
    ja="Routing &gt; Email &gt; Manage の権限（ `routing:email:manage` ）がありません",
)
async def test_the_permission_is_missing(world: GenesysWorld, said: Said) -> None:
    world.genesys.policies = []
    await world.command(ALEX, f"add {NAME}")
    once(world, said)
    world.genesys.policies = [MANAGE]
    await world.added()
    assert world.kinds() == ["records"]


# ---- eventual consistency


@told("what was created shows a minute later", **CARD)
async def test_created_shows_late(world: GenesysWorld, said: Said) -> None:
    world.genesys.show_after = 60_000
    await added_once(world, said)
    assert len(world.genesys.called(CREATE)) == 1


@told("the answer is lost, and what was created shows a minute later", **CARD)
async def test_created_lost_and_late(world: GenesysWorld, said: Said) -> None:
    world.genesys.show_after = 60_000
    world.genesys.fault("after", CREATE)
    await added_once(world, said)
    assert len(world.genesys.called(CREATE)) == 1


@told("what was deleted still shows for a minute", **REMOVED)
async def test_deleted_shows_late(world: GenesysWorld, said: Said) -> None:
    await world.ready()
    world.genesys.gone_after = 60_000
    await world.command(ALEX, f"remove {NAME}")
    await world.click(ALEX, world.slack.private(ALEX)[-1], "remove_anyway")
    world.zone.remove(NAME, "CNAME")
    await world.forward(hours=1)
    assert await world.state() is State.REMOVED
    assert world.kinds() == ["records", "ready", "removing", "removed"]
    once(world, said)


@told("the answer to the deletion is lost", **REMOVED)
async def test_dropped_after_deleting(world: GenesysWorld, said: Said) -> None:
    await world.ready()
    world.genesys.fault("after", DELETE, times=3)
    await world.command(ALEX, f"remove {NAME}")
    await world.click(ALEX, world.slack.private(ALEX)[-1], "remove_anyway")
    world.zone.remove(NAME, "CNAME")
    await world.forward(hours=1)
    assert world.kinds() == ["records", "ready", "removing", "removed"]
    once(world, said)
