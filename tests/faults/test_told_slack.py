"""Slack limits, fails, hangs, loses answers, forgets us: what people read then, in both languages."""

from __future__ import annotations

import asyncio
from typing import Any

from bot.services.outbox.refreshing import CONVERGING
from tests.faults.ledger import Ledger, payload
from tests.faults.test_posts import judge, judge_but, kind_of, recover
from tests.faults.told import Said, once, told
from tests.scenarios.world import ALEX, CHANNEL, NAME, SAM, SUZUKI, World

SECRET, BOT = "G0SECRET", "U0EMAILDOMAIN"

READY = {
    "en": "<@U0ALEX> DNS for `sales.xyzcorp.com` is ready: right on 2 of 2 DNS servers",
    "ja": "<@U0ALEX> さん、 `sales.xyzcorp.com` のDNSの反映を確認しました（DNSサーバー2台中2台",
}
CARD = {
    "en": "`sales.xyzcorp.com` is waiting for approval. DNS is ready",
    "ja": "`sales.xyzcorp.com` は有効化の承認待ちです。DNSは正常です",
}
KEPT = {"en": "Your request is kept, but not carried out yet", "ja": "依頼は受け付けましたが、まだ実行していません"}


async def ready_although(world: World, said: Said, fault: str, times: int = 1, **options: Any) -> None:
    """The *ready* message meets the fault; it stands there once all the same."""
    await world.added()
    order = world.slack.faults.add("chat.postMessage", fault, times, where=lambda a: kind_of(a) == "ready", **options)
    await world.publish()
    await world.forward(seconds=40)
    await recover(world)
    assert order.hits == times, "the fault was met"
    assert world.kinds() == ["records", "ready"]
    once(world, said)
    judge(world)


async def kept_although(world: World, said: Said, fault: str, **options: Any) -> None:
    """Slack does not say who somebody is: they read that it waits, and it is done once Slack answers."""
    world.slack.faults.add("users.info", fault, None, **options)
    assert (await world.slack.command(ALEX, CHANNEL, f"add {NAME}")).problem is None
    await world.bot.background.idle()
    once(world, said)
    assert await world.bot.store.domain("T0XYZCORP", NAME) is None
    world.slack.faults.clear()
    async with asyncio.timeout(30):
        while await world.bot.store.domain("T0XYZCORP", NAME) is None:  # noqa: ASYNC110 - tried again by itself
            await asyncio.sleep(0.05)
    await world.forward(seconds=5)
    assert world.kinds() == ["records"]


# ---- one call


@told("429, too many requests, for a post: kept until Slack takes it", **READY)
async def test_429_for_a_post(world: World, said: Said) -> None:
    await ready_although(world, said, "ratelimited", 2, retry_after=7)


@told("5xx for a post that Slack has posted", **READY)
async def test_5xx_after_posting(world: World, said: Said) -> None:
    await ready_although(world, said, "status", act=True)


@told("5xx for a post that Slack has not posted", **READY)
async def test_5xx_instead_of_posting(world: World, said: Said) -> None:
    await ready_although(world, said, "status", 2, status=503)


@told("`fatal_error` for a post that Slack has posted", **READY)
async def test_fatal_error_after_posting(world: World, said: Said) -> None:
    await ready_although(world, said, "fatal_error", act=True)


@told("accepted, then the connection is dropped", **READY)
async def test_accepted_then_dropped(world: World, said: Said) -> None:
    await ready_although(world, said, "drop_after")


@told("accepted late, when nobody waits for the answer any more", **READY)
async def test_accepted_late(world: World, said: Said) -> None:
    await world.added()
    late = world.slack.faults.add("chat.postMessage", "slow", seconds=0.6, where=lambda a: kind_of(a) == "ready")
    await world.publish()
    while not late.hits:
        await world.forward(seconds=1)
    async with asyncio.timeout(10):
        while "ready" not in world.kinds():  # noqa: ASYNC110 - Slack takes its own time
            await asyncio.sleep(0.01)
    assert not Ledger(world.path / "emaildomain.db").settled(), "the answer came too late"
    await recover(world)
    assert world.kinds() == ["records", "ready"]
    once(world, said)
    judge(world)


@told("no answer at all for a post", **READY)
async def test_a_post_hangs(world: World, said: Said) -> None:
    await ready_although(world, said, "hang")


@told("429 when asked who somebody is", **KEPT)
async def test_429_for_a_question(world: World, said: Said) -> None:
    await kept_although(world, said, "ratelimited", retry_after=1)


@told("5xx when asked who somebody is", **KEPT)
async def test_5xx_for_a_question(world: World, said: Said) -> None:
    await kept_although(world, said, "status", status=502)


@told("no answer when asked who somebody is", **KEPT)
async def test_a_question_hangs(world: World, said: Said) -> None:
    await kept_although(world, said, "hang")


@told(
    "no time left to open a form",
    en="The form could not be opened: Slack gave no time for it",
    ja="入力フォームを開けませんでした",
)
async def test_a_form_does_not_open(world: World, said: Said) -> None:
    await world.asked()
    world.slack.faults.add("views.open", "status")
    await world.click(SAM, world.said("approval")[0], "reject")
    assert said.sentence in world.last(SAM)


# ---- what people do there


@told("a person deletes the card: a copy of it, once", **CARD)
async def test_the_card_is_deleted(world: World, said: Said) -> None:
    await world.ready()
    world.slack.workspace.delete(world.card)
    await world.command(ALEX, f"activate {NAME}")  # with the next change the bot sees that its card is gone
    await recover(world)
    await world.restart()
    await recover(world)
    assert [payload(m)["kind"] for m in world.said() if not m.is_reply] == ["card"]
    once(world, said)
    judge_but(world, "records")


@told("a person deletes a message that is not the card: it is not said again", **READY)
async def test_a_message_is_deleted(world: World, said: Said) -> None:
    await world.ready()
    once(world, said)
    world.slack.workspace.delete(world.said("ready")[0])
    await world.bot.store.mark_all_stale(CONVERGING)
    await world.restart()
    await world.forward(minutes=30)
    assert world.kinds() == ["records"]


@told(
    "the channel is archived: the owner is told once, the posts wait",
    en="I cannot post about `sales.xyzcorp.com` any more: the channel <#C0MAIL> is archived or was deleted",
    ja="`sales.xyzcorp.com` についてお知らせできません。チャンネル <#C0MAIL> がアーカイブまたは削除されています",
)
async def test_the_channel_is_archived(world: World, said: Said) -> None:
    await world.added()
    world.slack.workspace.archive(CHANNEL)
    await world.publish()
    await world.forward(hours=1)
    once(world, said)
    assert said.among(world.slack.dms(ALEX)) == 1
    world.slack.workspace.channels[CHANNEL].is_archived = False
    await world.forward(minutes=11)
    assert world.kinds() == ["records", "ready"]


@told(
    "the bot is removed from a private channel: the owner is told once, the posts wait",
    en="`sales.xyzcorp.com` is in my list, but I am not a member of <#G0SECRET>, so I cannot post there",
    ja="`sales.xyzcorp.com` は受け付けましたが、 <#G0SECRET> のメンバーではないため、投稿できません",
)
async def test_removed_from_a_private_channel(world: World, said: Said) -> None:
    world.slack.workspace.add_channel(SECRET, "secret", members=[ALEX, SAM, SUZUKI, BOT], is_private=True)
    await world.command(ALEX, f"add {NAME}", SECRET)
    await world.forward(seconds=5)
    world.slack.workspace.leave(SECRET, BOT)
    await world.publish()
    await world.forward(minutes=10)
    assert said.among(world.slack.dms(ALEX)) == 1
    assert world.kinds(SECRET) == ["records"]
    world.slack.workspace.join(SECRET, BOT)
    await world.forward(minutes=2)
    assert world.kinds(SECRET) == ["records", "ready"]


@told("the bot is removed from a public channel: it comes back and goes on", **READY)
async def test_removed_from_a_public_channel(world: World, said: Said) -> None:
    await world.added()
    world.slack.workspace.leave(CHANNEL, BOT)
    await world.publish()
    await world.forward(minutes=3)
    assert world.kinds() == ["records", "ready"]
    once(world, said)
    assert not world.slack.dms(ALEX), "nobody has to invite it"


@told(
    "the token is revoked: nothing is concluded about people or channels, and what is owed waits",
    en="Not done: Slack no longer accepts my token (`token_revoked`)",
    ja="Slackでこのアプリのトークンが無効になっており（ `token_revoked` ）",
)
async def test_the_token_is_revoked(world: World, said: Said) -> None:
    await world.added()
    await world.publish()
    world.slack.faults.add("*.*", "token_revoked", None)
    await world.forward(minutes=2)
    world.bot.directory._asked.clear()
    world.bot.directory._people.clear()
    await world.command(SAM, "add news.xyzcorp.com")
    once(world, said)
    assert world.kinds() == ["records"]
    await world.restart()
    await world.forward(minutes=2)
    world.slack.faults.clear()
    await world.restart()
    await world.forward(minutes=2)
    assert world.kinds() == ["records", "ready"]
    assert not world.slack.dms(ALEX), "the channel is as open as it was"
    judge(world)
