"""Name servers that are dead, slow, flapping, or lie: not knowing is never *missing*, and nobody is told a lie."""

from __future__ import annotations

from bot.model.lifecycle import State
from bot.model.records import RecordType
from tests.faults.told import Said, once, told
from tests.scenarios.world import ALEX, NAME, World

READY = {
    "en": "<@U0ALEX> DNS for `sales.xyzcorp.com` is ready: right on 2 of 2 DNS servers",
    "ja": "<@U0ALEX> さん、 `sales.xyzcorp.com` のDNSの反映を確認しました（DNSサーバー2台中2台",
}
ALLOWED = {"en": "You can now send from `sales.xyzcorp.com`", "ja": "`sales.xyzcorp.com` から送信可能になりました"}
OPENED = ["records", "ready", "approval", "decided", "activated", "sending_allowed"]


@told(
    "dead: no name server of the zone answers",
    en="I could not check the records of `sales.xyzcorp.com`: DNS servers gave no usable answer. That does not mean "
    "that they are missing",
    ja="`sales.xyzcorp.com` の2件のレコードを確認できませんでした。DNSサーバーから使える応答がありません",
)
async def test_dead(world: World, said: Said) -> None:
    await world.opened()
    for server in world.zone.servers:
        server.silence()
    await world.forward(hours=1, minutes=15)
    assert await world.state() is State.OPEN, "not knowing is not missing"
    assert world.kinds() == OPENED
    await world.command(ALEX, f"check {NAME}")
    assert said.sentence in world.last(ALEX)


@told(
    "dead: the recursor does not answer",
    en="I could not check `sales.xyzcorp.com`: no DNS server answers me, not even those of the root",
    ja="`sales.xyzcorp.com` を確認できませんでした。ルートを含め、どのDNSサーバーからも応答がありません",
)
async def test_the_recursor_is_dead(world: World, said: Said) -> None:
    world.lab.recursor_server.silence()  # later, what it said would be remembered for a while
    await world.added()
    await world.command(ALEX, f"check {NAME}")
    assert said.sentence in world.last(ALEX)
    world.lab.recursor_server.heal()
    await world.publish()
    await world.forward(minutes=10)
    assert world.kinds() == ["records", "ready"]


@told("slow: every answer takes as long as we wait for one, or nearly", **READY)
async def test_slow(world: World, said: Said) -> None:
    await world.added()
    await world.publish()
    for server in world.zone.servers:
        server.slow(0.15)
    await world.forward(minutes=1)
    assert world.kinds() == ["records", "ready"]
    once(world, said)


@told("flapping: every second answer is that there is nothing", **ALLOWED)
async def test_flapping(world: World, said: Said) -> None:
    await world.activated()
    world.zone.servers[0].flap()
    await world.forward(hours=2, minutes=30)
    world.zone.servers[0].heal()
    await world.forward(minutes=30)
    assert await world.state() is State.OPEN
    assert [kind for kind in world.kinds() if kind != "failed"] == OPENED
    reasons = [m.text for m in world.said("failed")]
    assert len(reasons) == len(set(reasons)) <= 2, "during the wait and at its end, each at most once"
    once(world, said)


@told(
    "lying: one of two name servers gives another value",
    en="The DNS servers of `xyzcorp.com` do not agree about the TXT",
    ja="`xyzcorp.com` のDNSサーバーの間で、 `scph1126._domainkey.sales.xyzcorp.com` の TXT が一致していません",
)
async def test_lying(world: World, said: Said) -> None:
    domain = await world.added()
    txt = next(r for r in domain.records if r.type is RecordType.TXT)
    world.zone.servers[0].freeze()
    await world.publish()
    world.zone.servers[0].data["xyzcorp.com"].add(txt.host, "TXT", ('"v=DKIM1; k=rsa; p=AAAA"',))
    await world.forward(minutes=5)
    assert await world.state() is State.AWAITING_DNS, "one that lies is enough"
    await world.command(ALEX, f"check {NAME}")
    assert said.sentence in world.last(ALEX)
    world.zone.servers[0].heal()
    await world.forward(minutes=10)
    assert await world.state() is State.READY


@told("lying: forged answers come before the true ones", **READY)
async def test_forged(world: World, said: Said) -> None:
    await world.added()
    await world.publish()
    for server in world.zone.servers:
        server.flood(3)
    await world.forward(minutes=1)
    assert world.kinds() == ["records", "ready"]
    once(world, said)
