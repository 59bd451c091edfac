"""The App Home: what waits for its reader, then every domain by next action; pressed there, answered there."""

from __future__ import annotations

import json
import re
from pathlib import Path

from bot.model.lifecycle import State
from bot.slack.home_tabs import ANSWER_TTL, KEEP_FRESH_FOR, MAX_TABS
from bot.tryout.slack.forms import Form
from bot.tryout.slack.simulated import words
from bot.tryout.slack.transport import Forgery
from tests.scenarios.reading import buttons, expect, kept, labels
from tests.scenarios.world import ALEX, CHANNEL, GUEST, NAME, SAM, SUZUKI, World


def actions(shown: Form) -> list[str]:
    """Each button with the name it carries, without the life."""
    return [f"{b['action_id']} {re.split('[ #]', b.get('value', ''))[0]}".strip() for b in buttons(shown)]


def published(world: World) -> list[str]:
    """Whose tabs were published, in order."""
    return [str(call.args["user_id"]) for call in world.slack.calls if call.method == "views.publish"]


async def test_a_newcomer_reads_how_to_begin_and_begins(either: World) -> None:
    world = either
    home = await world.opens_home(ALEX)
    expect(words(home), "No domains yet", "`/emaildomain add sales.example.com`", "Practice mode")
    assert actions(home) == ["rename", "home"]
    assert buttons(home)[0]["style"] == "primary"

    await world.click(ALEX, home, "rename")
    await world.submit(ALEX, {"name": NAME, "channel": CHANNEL})
    assert (await world.domain()).channel == CHANNEL
    await world.forward(seconds=10)
    assert world.kinds() == ["records"], "the card stands in the channel that was chosen"
    home = world.home(ALEX)
    assert words(home).count("Practice mode") == 1
    expect(words(home), f"`{NAME}` is being prepared", "Waiting for you", f"`{NAME}` · *Waiting for DNS records*")
    assert actions(home)[-2:] == [f"check {NAME}", f"status {NAME}"]
    assert not world.slack.private(ALEX), "what was pressed on the Home tab is answered there"


async def test_what_is_mine_comes_first_then_everything_by_next_action(world: World) -> None:
    await world.asked("asked.xyzcorp.com", by=SUZUKI)
    await world.ready("ready.xyzcorp.com")
    await world.added("missing.xyzcorp.com")
    await world.added("hers.xyzcorp.com", by=SUZUKI)
    home = words(await world.opens_home(ALEX))
    mine, _, everything = home.partition("All domains")
    expect(mine, "3 things wait for you.", "Approval needed: activate `asked.xyzcorp.com`", "asked by <@U0SUZUKI>",
           "`ready.xyzcorp.com` · *DNS is ready*", "`missing.xyzcorp.com` · *Waiting for DNS records*")  # fmt: skip
    assert "hers" not in mine
    places = [everything.index(f"`{name}.xyzcorp.com`: ") for name in ("asked", "ready", "hers", "missing")]
    assert places == sorted(places)
    assert actions(await world.opens_home(ALEX)) == [
        "rename", "home",
        "approve asked.xyzcorp.com", "reject asked.xyzcorp.com", "status asked.xyzcorp.com",
        "activate ready.xyzcorp.com", "check ready.xyzcorp.com", "status ready.xyzcorp.com",
        "check missing.xyzcorp.com", "status missing.xyzcorp.com",
    ]  # fmt: skip


async def test_what_is_wrong_is_named_with_its_fix_and_ends_when_it_is_mended(world: World) -> None:
    await world.added()
    world.zone.add(NAME, "CNAME", "mail.sparkpostmail.com.")
    await world.forward(seconds=40)
    mine = words(await world.opens_home(ALEX)).partition("All domains")[0]
    expect(mine, "have this put right at", "`mail.sparkpostmail.com`", "Do not send yet")
    assert "have its 2 records added" not in mine

    world.zone.remove(NAME, "CNAME")
    await world.forward(days=3, hours=1)
    home = await world.opens_home(ALEX)
    expect(words(home), "waiting for DNS for 3 days", f"`{NAME}` · *Stalled, DNS is missing*")
    assert actions(home)[2:] == [f"{verb} {NAME}" for verb in ("wait", "check", "remove", "status")]
    await world.click(ALEX, home, "wait")
    assert await world.state() is State.AWAITING_DNS
    expect(words(world.home(ALEX)), f"I keep waiting for the DNS of `{NAME}`", "have its 2 records added at")


async def test_a_domain_in_use_that_breaks_waits_for_its_owner(world: World) -> None:
    await world.opened()
    expect(words(await world.opens_home(ALEX)), "Nothing waits for you", "Nothing to do", f"`{NAME}`: Sending allowed")
    world.zone.remove(NAME, "CNAME")
    await world.forward(hours=2)
    home = words(await world.opens_home(ALEX))
    expect(home, f"`{NAME}` · *Needs repair*", "mail sent now may not be delivered", "I stop nothing by myself")
    assert "Do not send yet" not in home
    expect(words(await world.opens_home(SAM)), "Nothing waits for you", "To be repaired")


async def test_it_speaks_the_readers_language(world: World) -> None:
    await world.asked()
    home = await world.opens_home(SUZUKI)
    expect(
        words(home),
        "ご対応をお待ちしているもの",
        f"`{NAME}` （組織: ",
        "の有効化の承認をお願いします",
        "すべてのドメイン",
        "承認者の作業待ち",
    )
    assert labels(home)[:4] == ["ドメインを追加", "最新の状態にする", "承認する", "却下する"]
    await world.click(SUZUKI, home, "approve")
    expect(words(world.home(SUZUKI)), f"`{NAME}` への承認を受け付けました")
    assert await world.state() is State.ACTIVATING


async def test_an_approval_on_the_home_tab_counts_once_and_is_answered_there(either: World) -> None:
    world = either
    await world.asked()
    home, late = await world.opens_home(SAM), await world.opens_home(SUZUKI)
    old = json.loads(json.dumps(late.view))
    await world.click(SAM, home, "approve", duplicate=True)
    home = world.home(SAM)
    expect(words(home), f"Your approval for `{NAME}` counts.", "Nothing waits for you")
    assert "approve" not in " ".join(actions(home))
    late.view = old  # what still stood on the other screen
    await world.click(SUZUKI, late, "approve")
    expect(words(world.home(SUZUKI)), "<@U0SAM>")
    await world.forward(seconds=30)
    assert [kind for kind in world.kinds() if kind in ("decided", "activated")] == ["decided", "activated"]


async def test_a_rejection_on_the_home_tab_asks_for_its_reason(world: World) -> None:
    await world.asked()
    await world.click(SAM, await world.opens_home(SAM), "reject")
    await world.submit(SAM, {"reason": "not <!channel> this *week*"})
    expect(words(world.home(SAM)), f"You rejected the request for `{NAME}`")
    assert await world.state() is State.READY
    home = words(await world.opens_home(ALEX))
    assert "<!channel>" not in home


async def test_who_asked_or_has_voted_is_not_asked_to_vote(tmp_path: Path) -> None:
    async with World(tmp_path, EMAILDOMAIN_APPROVALS="2") as world:
        await world.asked()
        assert "approve" not in " ".join(actions(await world.opens_home(ALEX)))
        home = await world.opens_home(SAM)
        await world.click(SAM, home, "approve")
        assert "approve" not in " ".join(actions(world.home(SAM)))
        expect(words(world.home(SAM)), "Nothing waits for you", f"`{NAME}`: Waiting for approval")
        assert "approve" in " ".join(actions(await world.opens_home(SUZUKI)))


async def test_only_listed_approvers_are_asked(tmp_path: Path) -> None:
    async with World(tmp_path, EMAILDOMAIN_APPROVERS=SAM) as world:
        await world.asked()
        assert "approve" not in " ".join(actions(await world.opens_home(SUZUKI)))
        assert f"approve {NAME}" in actions(await world.opens_home(SAM))


async def test_a_guest_and_a_stranger_see_no_domains_and_change_nothing(world: World) -> None:
    await world.added()
    world.slack.workspace.add_person("U0ALIEN", "alien", team_id="T0OTHER", is_stranger=True)
    for person in (GUEST, "U0ALIEN"):
        home = await world.opens_home(person)
        assert NAME not in json.dumps(home.view)
        assert buttons(home) == []
    alex = await world.opens_home(ALEX)
    before = kept(world)
    await world.click(GUEST, alex, "check")  # as if it had been forged
    assert kept(world) == before
    assert NAME not in json.dumps(world.home(GUEST).view)


async def test_another_workspace_and_a_forged_event_get_nothing(world: World) -> None:
    event = {"type": "app_home_opened", "user": ALEX, "channel": "D0X", "tab": "home", "event_ts": "1.0"}
    assert (await world.slack.event(event, forgery=Forgery(secret="somebody else's"))).status == 401
    world.slack.workspace.team_id, ours = "T0OTHER", world.slack.workspace.team_id
    await world.slack.event(event)
    world.slack.workspace.team_id = ours
    await world.slack.event({**event, "tab": "messages"})
    await world.settle()
    assert published(world) == []


async def test_slack_can_verify_the_address_it_sends_the_event_to(world: World) -> None:
    """Slack asks for this when the manifest for HTTP is saved, because an event is subscribed."""
    answer = await world.slack.url_verification("3eZbrw1a")
    assert answer.problem is None
    assert "3eZbrw1a" in str(answer.body)


async def test_a_tab_that_was_opened_lately_follows_what_happens(world: World) -> None:
    await world.added()
    await world.opens_home(ALEX)
    await world.publish()
    await world.forward(seconds=60)
    expect(words(world.home(ALEX)), f"`{NAME}` · *DNS is ready*")
    count = len(published(world))
    for _ in range(5):
        await world.forward(seconds=10)
    assert len(published(world)) == count, "nothing changed, so nothing is published"

    await world.forward(seconds=KEEP_FRESH_FOR)
    await world.command(SUZUKI, f"activate {NAME}")
    await world.forward(seconds=60)
    expect(words(world.home(ALEX)), f"`{NAME}` · *DNS is ready*")
    assert len(published(world)) == count, "whoever has gone is shown it when they come back"
    expect(words(await world.opens_home(ALEX)), f"Approval needed: activate `{NAME}`")


async def test_an_answer_stays_to_be_read_and_goes_with_the_next_change_after_that(world: World) -> None:
    await world.added()
    answer = f"Neither record of `{NAME}` is published yet. Do not send yet.\nAdd both"
    await world.click(ALEX, await world.opens_home(ALEX), "check")
    await world.added("other.xyzcorp.com", by=SUZUKI)
    expect(words(world.home(ALEX)), answer, "`other.xyzcorp.com`")
    await world.forward(seconds=ANSWER_TTL + 5)
    expect(words(world.home(ALEX)), answer)
    await world.added("third.xyzcorp.com", by=SUZUKI)
    expect(words(world.home(ALEX)), "`third.xyzcorp.com`")
    assert answer not in words(world.home(ALEX))


async def test_only_so_many_tabs_are_kept_current(world: World) -> None:
    for n in range(MAX_TABS):
        world.slack.workspace.add_person(f"U1N{n}", f"n{n}")
        world.slack.workspace.join(CHANNEL, f"U1N{n}")
    await world.added()
    await world.opens_home(ALEX)
    for n in range(MAX_TABS):
        await world.slack.open_home(f"U1N{n}")
    await world.settle()
    assert len(published(world)) == MAX_TABS + 1
    await world.publish()
    await world.forward(seconds=60)
    later = set(published(world)[MAX_TABS + 1 :])
    assert ALEX not in later
    assert len(later) == MAX_TABS


async def test_a_slack_that_takes_no_home_tab_holds_up_nothing(world: World) -> None:
    world.slack.faults.add("views.publish", "status", None)
    await world.slack.open_home(ALEX)
    await world.asked()
    assert world.kinds() == ["records", "ready", "approval"]
    assert world.slack.home(ALEX) is None
    world.slack.faults.clear()
    await world.forward(seconds=30)
    expect(words(world.home(ALEX)), f"`{NAME}`: Waiting for approval")


async def test_while_slack_does_not_say_who_is_in_a_channel_what_was_known_is_shown(world: World) -> None:
    await world.asked()
    world.clock.forward(60_000)
    world.slack.faults.add("conversations.members", "status", None)
    assert f"approve {NAME}" in actions(await world.opens_home(SAM))
    await world.restart()  # now nothing is known
    home = await world.opens_home(SAM)
    expect(words(home), "No domains yet")
    assert NAME not in words(home)
    world.slack.faults.clear()
    assert f"approve {NAME}" in actions(await world.opens_home(SAM))


async def test_check_now_and_status_are_answered_below_their_buttons(world: World) -> None:
    await world.added()
    home = await world.opens_home(ALEX)
    await world.click(ALEX, home, "check")
    await world.forward(seconds=5)
    item, _, answer = words(world.home(ALEX)).partition("Show status")
    expect(item, "Waiting for you", f"`{NAME}` · *Waiting for DNS records*")
    expect(answer.partition("All domains")[0], f"Neither record of `{NAME}` is published yet. Do not send yet.\nAdd")
    await world.click(ALEX, world.home(ALEX), "status")
    expect(words(world.home(ALEX)), "Mail goes out through")
    assert len(world.home(ALEX).blocks) <= 100
    await world.click(ALEX, world.home(ALEX), "home")
    assert "Mail goes out through" not in words(world.home(ALEX))


async def test_a_name_that_has_mail_keeps_the_channel_that_was_chosen(world: World) -> None:
    world.zone.add(NAME, "MX", "10 mail.xyzcorp.com.")
    await world.click(ALEX, await world.opens_home(ALEX), "rename")
    await world.submit(ALEX, {"name": NAME, "channel": CHANNEL})
    expect(words(world.home(ALEX)), "MX")
    await world.click(ALEX, world.home(ALEX), "add_anyway")
    assert (await world.domain()).channel == CHANNEL


async def test_no_channel_is_asked_for_where_the_settings_name_one(tmp_path: Path) -> None:
    async with World(tmp_path, EMAILDOMAIN_CHANNEL=CHANNEL) as world:
        await world.click(ALEX, await world.opens_home(ALEX), "rename")
        form = world.slack.view(ALEX)
        assert form is not None
        assert [b["block_id"] for b in form.blocks if b["type"] == "input"] == ["name"]
        await world.submit(ALEX, {"name": NAME})
        assert (await world.domain()).channel == CHANNEL


async def test_a_wish_from_the_home_tab_survives_a_restart(world: World) -> None:
    await world.asked()
    home = await world.opens_home(SAM)
    world.slack.faults.add("users.info", "status", None)
    world.slack.faults.add("conversations.members", "status", None)
    world.clock.forward(120_000)  # what is known of people and channels is asked for again
    await world.slack.click(SAM, home, "approve")
    await world.bot.background.idle()
    expect(words(world.home(SAM)), f"Your vote about `{NAME}` is kept, but not counted yet")
    assert await world.state() is State.AWAITING_APPROVAL
    await world.bot.stop()
    world.slack.faults.clear()
    await world.start()
    assert await world.state() is State.ACTIVATING
    expect(words(world.home(SAM)), f"Your approval for `{NAME}` counts.")
