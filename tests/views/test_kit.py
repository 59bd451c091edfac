"""The block builders: too long text is cut sensibly, and an invalid message cannot be made."""

from __future__ import annotations

import pytest

from bot.i18n.translator import translator
from bot.tryout.slack.blocks import validate
from bot.views import kit

EN = translator("en")


@pytest.mark.parametrize(
    ("text", "limit", "cut"),
    [
        pytest.param("short", 10, "short", id="as it is"),
        pytest.param("some longer words", 10, "some lo…", id="plain"),
        pytest.param("x <@U0TANAKA> y", 12, "x…", id="not inside a mention"),
        pytest.param("a `sales.example` b", 14, "a `sales.ex…`", id="code is closed"),
        pytest.param("a *bold words* b", 12, "a *bold w…*", id="bold is closed"),
        pytest.param("a &amp; b and c", 8, "a…", id="not inside an entity"),
    ],
)
def test_markup_is_cut_at_a_safe_place(text: str, limit: int, cut: str) -> None:
    assert kit.cut_markup(text, limit) == cut
    assert len(kit.cut_markup(text, limit)) <= limit


@pytest.mark.parametrize(
    ("zone", "shown"),
    [
        ("Asia/Tokyo", "2026-11-24 15:42 JST (UTC+9)"),
        ("UTC", "2026-11-24 06:42 UTC"),
        ("Asia/Kolkata", "2026-11-24 12:12 IST (UTC+5:30)"),
        ("America/New_York", "2026-11-24 01:42 EST (UTC-5)"),
        ("Asia/Dubai", "2026-11-24 10:42 UTC+4"),
    ],
)
def test_a_moment_outside_slack(zone: str, shown: str) -> None:
    assert kit.clock_time(1_795_502_520_000, zone) == shown
    assert kit.instant(1_795_502_520_000, EN, zone) == (
        f"<!date^1795502520^{{date_short}} {{time}}|{shown}>"
    )  # fmt: skip


@pytest.mark.parametrize(
    ("id", "shown"),
    [("U0TANAKA", "<@U0TANAKA>"), ("S012", "<!subteam^S012>"), ("C012", "<#C012>"), ("<!here>", "&lt;!here&gt;")],
)
def test_only_ids_are_mentions(id: str, shown: str) -> None:
    assert kit.mention(id) == shown


def test_nothing_is_too_long_for_slack() -> None:
    long = "word " * 2000
    ask = kit.confirm(long, long, long, long)
    message = kit.message(
        long,
        [
            kit.header(long), kit.section(long), kit.context(*[long] * 20), kit.fields(*[(long, long)] * 20),
            kit.actions(*[kit.button(long, f"a:{n}", long, ask=ask, label=long) for n in range(30)]),
        ],
    )  # fmt: skip
    assert validate(message.blocks, "message") == []
    assert len(message.text) <= 4000


def test_what_does_not_fit_goes_from_the_end_and_buttons_stay() -> None:
    message = kit.message("x", [*(kit.section(f"{n}") for n in range(60)), kit.actions(kit.button("b", "b"))])
    assert len(message.blocks) == 50
    assert message.blocks[0]["text"]["text"] == "0"
    assert message.blocks[-1]["type"] == "actions"


def rows(blocks: list[kit.Block]) -> list[str]:
    """Blocks in one word each."""
    return [b["text"]["text"] if b["type"] == "section" else b["type"] for b in blocks]


def test_an_answer_stands_below_what_was_pressed() -> None:
    bar, one, two = (kit.actions(kit.button("b", "b", value)) for value in ("", "one 7.abc", "two"))
    tab = [kit.section("practice"), bar, kit.section("1"), one, kit.section("2"), two]
    answer = [kit.section("practice"), kit.section("!"), two]
    said = ["divider", "!", "actions", "divider"]
    assert rows(kit.answered(tab, answer, "one")) == ["practice", "actions", "1", "actions", *said, "2", "actions"]
    assert rows(kit.answered(tab, answer, "gone")) == ["practice", "actions", *said, "1", "actions", "2", "actions"]
    assert kit.answered(tab, answer, "") == kit.answered(tab, answer, "gone")
    assert kit.answered([answer[0]], [answer[0]], "one") == [answer[0]], "the same is not said twice"
    assert len(kit.answered(tab, answer * 50, "two")) == kit.MAX_VIEW_BLOCKS


def test_the_fallback_leaves_out_only_whole_lines_that_it_begins_with() -> None:
    message = kit.message(["`sales.example` is registered."], [
        kit.section("`sales.example` is registered."), kit.copyable(("Host", "sales")),
    ])  # fmt: skip
    assert message.text.split("\n")[0] == "sales.example is registered."
    assert "sales" in message.text.split("\n")[1:]
