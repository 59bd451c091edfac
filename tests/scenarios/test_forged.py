"""What did not come from a person who may: it gets a clear answer or none, and changes nothing."""

from __future__ import annotations

import copy
import dataclasses

import aiohttp
import pytest

from bot.model.lifecycle import State
from bot.tryout.slack.simulated import Forgery, Message, words
from tests.scenarios.reading import buttons, expect, kept
from tests.scenarios.world import ALEX, CHANNEL, GUEST, HOUR, NAME, SAM, SUZUKI, World

EVE, BOT, GONE = "U0EVE", "U0ROBOT", "U0GONE"


def forged(message: Message, value: str) -> Message:
    """The same message, every button of which carries another value."""
    changed = dataclasses.replace(message, blocks=copy.deepcopy(message.blocks))
    for one in buttons(changed):
        one["value"] = value
    return changed


@pytest.mark.parametrize(
    "forgery",
    [
        pytest.param(Forgery(secret="not ours"), id="another secret"),
        pytest.param(Forgery(signature="v0=00"), id="wrong signature"),
        pytest.param(Forgery(signature=""), id="empty signature"),
        pytest.param(Forgery(signature="v0=é"), id="a signature that is not ASCII"),
        pytest.param(Forgery(timestamp="1"), id="stale"),
        pytest.param(Forgery(timestamp="99999999999"), id="from the future"),
        pytest.param(Forgery(timestamp="yesterday"), id="no number"),
        pytest.param(Forgery(timestamp=""), id="no timestamp"),
        pytest.param(Forgery(timestamp="１２３"), id="full-width digits"),
        pytest.param(Forgery(timestamp="-1"), id="negative"),
        pytest.param(Forgery(timestamp="1e9"), id="a float"),
        pytest.param(Forgery(timestamp="9" * 5000), id="a number too long for int()"),
    ],
)
async def test_only_slacks_own_signature_gets_in(world: World, forgery: Forgery) -> None:
    before = kept(world)
    delivery = await world.command(ALEX, f"add {NAME}", forgery=forgery)
    assert delivery.status in (400, 401), "400 where the header itself is too long"
    assert kept(world) == before


@pytest.mark.parametrize(
    ("headers", "body"),
    [
        pytest.param({}, b"command=%2Femaildomain", id="no headers"),
        pytest.param({"X-Slack-Request-Timestamp": "1700000000"}, b"a=b", id="no signature"),
        pytest.param({"X-Slack-Signature": "v0=aa"}, b"a=b", id="no timestamp"),
        pytest.param({"Content-Type": "text/plain; charset=klingon"}, b"a=b", id="an unknown charset"),
        pytest.param({}, b"\xff\xfe\x00", id="not UTF-8"),
        pytest.param({}, b"", id="nothing"),
    ],
)
async def test_whoever_is_not_slack_gets_401(world: World, headers: dict[str, str], body: bytes) -> None:
    assert world.slack.request_url is not None
    sent = aiohttp.request("POST", world.slack.request_url, data=body, headers=headers)
    async with sent as answer:
        assert answer.status == 401
        assert "Traceback" not in await answer.text()


def newcomers(world: World) -> None:
    people = world.slack.workspace
    people.add_person(EVE, "eve", team_id="T0OTHER", is_stranger=True, locale="ja-JP")
    people.add_person(BOT, "robot", is_bot=True)
    people.add_person(GONE, "gone", deleted=True)
    for person in (EVE, BOT, GONE):
        people.join(CHANNEL, person)


async def test_other_workspaces_are_refused_in_both_languages(world: World) -> None:
    await world.asked()
    newcomers(world)
    before = kept(world)
    await world.command(EVE, "add news.xyzcorp.com")
    expect(world.last(EVE), "serves another Slack workspace", "別のSlackワークスペース")
    for verb in ("approve", "reject", "withdraw"):
        await world.click(EVE, world.said("approval")[0], verb)
        expect(world.last(EVE), "serves another Slack workspace")
    assert world.slack.view(EVE) is None
    assert kept(world) == before


@pytest.mark.parametrize(
    ("person", "why"),
    [(GUEST, "guest"), (BOT, "bot"), (GONE, "deactivated")],
)
async def test_guests_bots_and_deactivated_people_may_do_nothing(world: World, person: str, why: str) -> None:
    await world.asked()
    newcomers(world)
    before = kept(world)
    for command in ("add news.xyzcorp.com", f"check {NAME}", f"activate {NAME}", f"status {NAME}", "list", "status",
                    f"remove {NAME}"):  # fmt: skip
        await world.command(person, command)
        expect(world.last(person), "You cannot use this bot here", why, "Ask a full member")
    for verb in ("approve", "reject", "withdraw"):
        await world.click(person, world.said("approval")[0], verb)
        expect(world.last(person), "You cannot use this bot here")
    await world.click(person, world.card, "check")
    expect(world.last(person), "You cannot use this bot here")
    assert kept(world) == before


async def test_a_stranger_inside_our_own_team_id_is_still_a_stranger(world: World) -> None:
    await world.asked()
    world.slack.workspace.add_person(EVE, "eve", is_stranger=True)
    before = kept(world)
    await world.click(EVE, world.said("approval")[0], "approve")
    expect(world.last(EVE), "another workspace")
    assert kept(world) == before


RUBBISH = [
    "", " ", "rubbish", NAME, f"{NAME} ", f"{NAME} 1", f"{NAME} 1.", f"{NAME} .", f"{NAME} 1.0000000000000000",
    f"{NAME} 999.abc", f"{NAME} -1.abc", f"{NAME} ².abc", f"{NAME} {'9' * 30}.abc", f"{NAME} {'9' * 5000}.abc",
    "' OR 1=1; --", f"{NAME}' OR '1'='1 1.x", "<!channel>", "\x00", "\ud800", f"{NAME} 1.\udfff", "é" * 3000,
    "a" * 100_000, "../../etc/passwd 1.x", "{name} 1.x", "%s%n 1.x",
]  # fmt: skip


async def test_forged_values_of_a_vote_are_answered_and_count_nothing(world: World) -> None:
    await world.asked()
    request = world.said("approval")[0]
    before = kept(world)
    for value in RUBBISH:
        for verb in ("approve", "reject", "withdraw"):
            told = len(world.slack.private(SAM))
            delivery = await world.click(SAM, forged(request, value), verb, stale=True)
            assert delivery.status == 200, f"{verb} {value[:40]!r}"
            (answer,) = world.slack.private(SAM)[told:]
            assert "reference" not in words(answer), f"a bug: {verb} {value[:40]!r}: {words(answer)}"
            assert "<!channel>" not in words(answer)
    assert world.slack.view(SAM) is None, "no form for a reason either"
    assert kept(world) == before
    assert await world.state() is State.AWAITING_APPROVAL


async def test_a_token_of_another_domain_counts_nothing(world: World) -> None:
    await world.asked()
    await world.ready("news.xyzcorp.com")
    await world.command(ALEX, "activate news.xyzcorp.com")
    first, second = world.said("approval")
    token = buttons(second)[0]["value"].partition(" ")[2]
    before = kept(world)
    for verb in ("approve", "withdraw"):
        await world.click(SAM if verb == "approve" else ALEX, forged(first, f"{NAME}#1 {token}"), verb, stale=True)
    expect(world.last(SAM), "Nothing was counted")
    assert kept(world) == before


async def test_every_other_button_survives_rubbish(world: World) -> None:
    await world.added()
    world.zone.add("www.xyzcorp.com", "A", "192.0.2.1")
    await world.command(ALEX, "add www.xyzcorp.com")
    question = world.slack.private(ALEX)[-1]
    await world.command(ALEX, f"remove {NAME}")
    removal = world.slack.private(ALEX)[-1]
    before = kept(world)
    for value in [v for v in RUBBISH if NAME not in v]:
        for shown, verb in ((world.card, "check"), (question, "add_anyway"), (removal, "remove_anyway")):
            told = len(world.slack.private(ALEX))
            delivery = await world.click(ALEX, forged(shown, value), verb, stale=True)
            assert delivery.status == 200
            (answer,) = world.slack.private(ALEX)[told:]
            assert "reference" not in words(answer), f"a bug: {verb} {value[:40]!r}: {words(answer)}"
    assert kept(world) == before


async def test_register_anyway_gets_round_nothing_else(world: World) -> None:
    world.zone.add("www.xyzcorp.com", "A", "192.0.2.1")
    world.zone.child("own.xyzcorp.com")
    await world.command(ALEX, "add www.xyzcorp.com")
    question = world.slack.private(ALEX)[-1]
    before = kept(world)
    for name in ("xyzcorp.com", "co.jp", "gmail.com", "support.xyzcorp.com", "own.xyzcorp.com", "bad_name.xyzcorp.com"):
        await world.click(ALEX, forged(question, name), "add_anyway", stale=True)
        expect(world.last(ALEX), name)
    assert kept(world) == before


async def test_a_page_of_rubbish_is_the_first_page(world: World) -> None:
    for n in range(11):
        await world.command(ALEX, f"add n{n:02}.xyzcorp.com")
    await world.command(ALEX, "list")
    page = world.slack.private(ALEX)[-1]
    for value in ("", "²", "9" * 5000, "-1", "0", "x y z", "\x00", "1.5"):
        delivery = await world.click(ALEX, forged(page, value), "list", stale=True)
        assert delivery.status == 200
        assert "reference" not in world.last(ALEX), value[:20]


async def asks(world: World) -> None:
    await world.command(ALEX, f"activate {NAME}", duplicate=True)


async def votes(world: World) -> None:
    await world.click(SAM, world.said("approval")[-1], "approve", duplicate=True)


async def rejects(world: World) -> None:
    await world.click(SUZUKI, world.said("approval")[0], "reject", duplicate=True)
    form = world.slack.view(SUZUKI)
    assert form is not None
    await world.slack.submit(SUZUKI, form, {"reason": "name"}, duplicate=True)
    await world.settle()


async def test_what_slack_delivers_twice_happens_once(world: World) -> None:
    await world.command(ALEX, f"add {NAME}", duplicate=True)
    await world.forward(seconds=5)
    assert world.kinds() == ["records"]
    await world.publish()
    await world.forward(minutes=1)
    for act in (asks, rejects, asks, votes):
        await act(world)
    await world.forward(minutes=1)
    expected = ["records", "ready", "approval", "decided", "approval", "decided", "activated"]
    assert world.kinds() == expected
    assert len(kept(world)["rounds"]) == 2
    assert len(kept(world)["votes"]) == 1


async def test_a_button_of_an_old_round_says_so_and_counts_nothing(world: World) -> None:
    await world.asked()
    old = world.said("approval")[0]
    world.clock.forward(25 * HOUR)  # it expires while nobody looks
    await world.forward(seconds=5)
    await world.command(SUZUKI, f"activate {NAME}")
    before = kept(world)
    for person, said in ((SAM, "over or has changed since. Nothing was counted"), (SUZUKI, "受け付けていません")):
        for verb in ("approve", "reject", "withdraw"):
            await world.click(person, old, verb, stale=True)
            expect(world.last(person), said)
            assert world.slack.view(person) is None
    assert kept(world) == before
