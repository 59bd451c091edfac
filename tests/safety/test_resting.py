"""What failed rests ever longer, by itself, and is forgotten once it has gone well or is not there any more."""

from __future__ import annotations

from bot.services.resting import FIRST, LONGEST, Resting


class Watch:
    at = 0.0

    def __call__(self) -> float:
        return self.at


def test_rests_grow_and_have_an_end() -> None:
    watch = Watch()
    resting = Resting(watch)
    rests = []
    for _ in range(9):
        resting.failed("a", "look")
        (left,) = resting.of("a").values()
        rests.append(left)
        watch.at += left
        assert resting.of("a") == {}, "it is tried again"
    assert rests[:3] == [FIRST, 2 * FIRST, 4 * FIRST]
    assert rests[-1] == LONGEST
    resting.succeeded("a", "look")
    resting.failed("a", "look")
    assert list(resting.of("a").values()) == [FIRST]


def test_what_passes_by_itself_is_never_left_for_long() -> None:
    watch = Watch()
    resting = Resting(watch)
    for _ in range(9):
        resting.failed("a", "platform", patient=True)
        watch.at += FIRST
    assert resting.of("a") == {}


def test_it_is_counted_by_whose_it_is_and_forgotten() -> None:
    watch = Watch()
    resting = Resting(watch)
    resting.failed("a", "look")
    resting.failed("a", "guard")
    resting.failed("b", "look")
    assert len(resting) == 2
    watch.at += 3 * LONGEST
    resting.failed("c", "look")
    assert (len(resting), set(resting.of("c"))) == (1, {"look"})
    assert list(resting._rests) == ["c"]
