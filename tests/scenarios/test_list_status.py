"""What waits for whom: the list by next action, page by page, and one domain with its last changes."""

from __future__ import annotations

import re

from bot.model.lifecycle import State
from bot.tryout.slack.simulated import Message, words
from tests.scenarios.reading import asleep, expect, kept, labels
from tests.scenarios.world import ALEX, NAME, SAM, SUZUKI, World


def shown(world: World, person: str) -> Message:
    return world.slack.private(person)[-1]


def names(message: Message) -> list[str]:
    """The domains on one page, in order."""
    return re.findall(r"`([\w-]+)\.xyzcorp\.com`: ", words(message))


async def many(world: World, count: int) -> list[str]:
    found = [f"n{n:02}" for n in range(count)]
    for start in range(0, count, 3):
        await world.command(ALEX, f"add {' '.join(f'{name}.xyzcorp.com' for name in found[start : start + 3])}")
    return found


async def test_an_empty_list_says_how_to_begin(world: World) -> None:
    for person, command, says in (
        (ALEX, "list", "`/emaildomain add sales.example.com`"),
        (SUZUKI, "一覧", "`/emaildomain 追加 sales.example.com`"),
        (ALEX, "status", "no domains yet"), (SUZUKI, "状態", "ドメインはまだありません"),
    ):  # fmt: skip
        await world.command(person, command)
        expect(world.last(person), says)
        assert labels(shown(world, person)) == []


async def test_the_list_is_by_who_acts_next(world: World) -> None:
    await world.opened("open.xyzcorp.com")
    await world.activated("waiting.xyzcorp.com")
    await world.added("missing.xyzcorp.com")
    await world.ready("ready.xyzcorp.com")
    await world.asked("asked.xyzcorp.com")
    await world.command(ALEX, "add new.xyzcorp.com")
    await world.command(ALEX, "list")
    page = words(shown(world, ALEX))
    assert names(shown(world, ALEX)) == ["asked", "ready", "missing", "new", "waiting", "open"]
    order = ["Waiting for the approvers", "somebody asks for approval", "Waiting for DNS changes", "I am working on it",
             "Nothing to do"]  # fmt: skip
    places = [page.index(heading) for heading in order]
    assert places == sorted(places)
    expect(page, "6 domains, by who acts next", "`waiting.xyzcorp.com`: Two-hour wait, until <!date^")
    assert re.search(r"`asked.xyzcorp.com`: Waiting for approval, until <!date\^", page)
    await world.command(SUZUKI, "一覧")
    expect(world.last(SUZUKI), "6件のドメイン", "承認者の作業待ち", "DNS担当者の作業待ち", "2時間の待機期間中")


async def test_what_needs_repair_comes_first(world: World) -> None:
    await world.opened()
    await world.asked("asked.xyzcorp.com")
    world.zone.remove(NAME, "CNAME")
    await world.forward(hours=1, minutes=20)
    assert await world.state() is State.DEGRADED
    await world.command(SAM, "list")
    assert names(shown(world, SAM))[0] == "sales"
    expect(world.last(SAM), "To be repaired")


async def test_a_removal_that_waits_for_approval_waits_for_the_approvers(world: World) -> None:
    await world.opened()
    await world.command(ALEX, f"remove {NAME}")
    await world.click(ALEX, shown(world, ALEX), "remove_anyway")
    await world.command(SAM, "list")
    expect(world.last(SAM), "Waiting for the approvers", f"`{NAME}`: Sending allowed")
    assert "Nothing to do" not in world.last(SAM)


async def test_a_domain_that_is_held_up_is_not_shown_as_waiting_for_the_clock(world: World) -> None:
    domain = await world.activated()
    world.zone.remove(domain.records[0].host, "TXT")
    await world.forward(minutes=25)
    await asleep(world, hours=2)
    assert await world.state() is State.WAITING
    await world.command(ALEX, "list")
    expect(world.last(ALEX), "To be repaired", f"`{NAME}`: Activated, but held up")
    assert "until" not in world.last(ALEX), "the end of the two hours is over already"


async def test_twenty_five_domains_are_three_pages(world: World) -> None:
    every = await many(world, 25)
    await world.command(SUZUKI, "一覧")
    first = shown(world, SUZUKI)
    expect(words(first), "25件のドメイン", "3ページ中1ページ目")
    assert (names(first), labels(first)) == (every[:10], ["次へ"])
    await world.click(SUZUKI, first, "list:next")
    second = shown(world, SUZUKI)
    assert second.ts == first.ts, "a page takes the place of the one before"
    assert (names(second), labels(second)) == (every[10:20], ["前へ", "次へ"])
    await world.click(SUZUKI, second, "list:next")
    third = shown(world, SUZUKI)
    assert (names(third), labels(third)) == (every[20:], ["前へ"])
    await world.click(SUZUKI, third, "list:prev")
    await world.click(SUZUKI, shown(world, SUZUKI), "list:prev")
    assert names(shown(world, SUZUKI)) == every[:10]
    assert len([m for m in world.slack.private(SUZUKI) if "25件" in words(m)]) == 1


async def test_words_filter_and_stay_while_pages_turn(world: World) -> None:
    await many(world, 12)
    await world.command(ALEX, "add marketing.xyzcorp.com 販売.xyzcorp.com")
    await world.command(ALEX, "list N XYZCORP")
    first = shown(world, ALEX)
    expect(words(first), "14 domains with “N XYZCORP”", "Page 1 of 2")
    await world.command(ALEX, "list n0 registering")
    expect(world.last(ALEX), "10 domains")
    assert labels(shown(world, ALEX)) == []
    await world.click(ALEX, first, "list:next")
    await world.command(ALEX, "list 販売")
    expect(world.last(ALEX), "1 domain with “販売”", "`xn--6qs761j.xyzcorp.com`")
    await world.command(ALEX, "list marketing nothing")
    expect(world.last(ALEX), "No domain fits “marketing nothing”", "`/emaildomain list` shows all")
    await world.command(ALEX, "list 2")
    assert "Page 2" not in world.last(ALEX), "typed, a number is a word"


async def test_the_second_page_keeps_the_words(world: World) -> None:
    await many(world, 3)
    every = [f"camp{n:02}" for n in range(13)]
    for name in every:
        await world.command(ALEX, f"add {name}.xyzcorp.com")
    await world.command(ALEX, "list camp xyz")
    await world.click(ALEX, shown(world, ALEX), "list:next")
    page = shown(world, ALEX)
    expect(words(page), "with “camp xyz”", "Page 2 of 2")
    assert names(page) == every[10:]


async def test_removed_domains_are_not_listed(world: World) -> None:
    await world.added()
    await world.command(ALEX, f"remove {NAME}")
    await world.click(ALEX, shown(world, ALEX), "remove_anyway")
    await world.forward(minutes=1)
    assert await world.state() is State.REMOVED
    await world.command(ALEX, "list")
    expect(world.last(ALEX), "There are no domains yet")
    await world.command(ALEX, f"status {NAME}")
    expect(world.last(ALEX), f"I do not know `{NAME}`", f"`/emaildomain add {NAME}`")


async def test_status_shows_the_card_and_the_last_ten_changes_newest_first(world: World) -> None:
    domain = await world.opened()
    before = kept(world)
    await world.command(SAM, f"status {NAME}")
    told = world.last(SAM)
    expect(told, f"{NAME} · Sending allowed", *(record.value for record in domain.records), "changes")
    story = told.partition("changes*")[2].strip().splitlines()
    assert len([line for line in story if line.startswith("<!date")]) <= 10
    order = ["the two hours ended", "two hours began", "approved", "approval was asked for", "DNS became right",
             "gave the 2 DNS records", "added"]  # fmt: skip
    places = ["\n".join(story).index(event) for event in order]
    assert places == sorted(places), story
    expect("\n".join(story), f"(<@{ALEX}>)", f"(<@{SAM}>)")
    assert kept(world) == before, "looking changes nothing"
    assert world.kinds().count("records") == 1
    assert "card" not in world.kinds(), "and posts nothing"


async def test_status_ends_with_ten_changes_also_after_more(world: World) -> None:
    await world.asked()
    for _ in range(3):
        await world.click(ALEX, world.said("approval")[-1], "withdraw")
        await world.command(ALEX, f"activate {NAME}")
    await world.command(SUZUKI, f"状態 {NAME}")
    told = world.last(SUZUKI)
    expect(told, "最近の変更（10件）")
    assert told.partition("最近の変更")[2].count("<!date^") == 10


async def test_status_without_a_name_is_the_list(world: World) -> None:
    await many(world, 11)
    await world.command(ALEX, "status")
    status = words(shown(world, ALEX))
    await world.command(ALEX, "list")
    assert words(shown(world, ALEX)) == status
    await world.click(ALEX, shown(world, ALEX), "list:next")
    expect(world.last(ALEX), "Page 2 of 2")


async def test_a_private_card_has_no_votes_on_it(world: World) -> None:
    await world.asked()
    await world.command(SAM, f"status {NAME}")
    assert "Approve" not in labels(shown(world, SAM)), "a vote is cast where the team sees it"
    expect(world.last(SAM), "Approval to activate", f"<@{ALEX}>", "0 of 1")
