from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from monitor.model import Document
from monitor.stories.grouping import MOST, Window, report

NOW = datetime(2031, 4, 8, 9, tzinfo=UTC)
RARE = 8.0


def place(window: Window, article: int, words: str, *, hours: float = 0, title: str = "", old: float = 0):
    """Place an article of so many words, all equally rare; `hours` after `NOW`, published `old` hours before."""
    document = Document(id="", title=title, text="")
    seen = NOW + timedelta(hours=hours)
    weighed = dict.fromkeys(words.split(), (1.0, RARE))
    return window.place(report(article, document, weighed, seen=seen, published=seen - timedelta(hours=old)))


def stories(window: Window, *told: str) -> list[int]:
    return [place(window, number, words).part.story for number, words in enumerate(told, 1)]


def test_reports_on_one_event_are_one_story_and_others_their_own():
    assert stories(
        Window(72),
        "ferry aground orrevik rescue",
        "ferry aground orrevik coastguard",
        "strike dockers vessby wages",
        "ferry orrevik rescue inquiry",
    ) == [1, 1, 3, 1]


def test_an_article_without_a_telling_word_is_a_story_of_its_own():
    assert stories(Window(72), "", "", "ferry aground") == [1, 2, 3]


def test_what_every_story_has_tells_nothing():
    window = Window(72)
    for number in range(1, 400):
        place(window, number, "president congress " + " ".join(f"{letter}{number}" for letter in "abcdefgh"))
    assert place(window, 400, "president congress x y z q").part.story == 400


def test_a_copy_joins_the_story_of_its_original_and_names_it():
    headline = "Two trains collide near Orrevik, dozens taken to hospital"
    window = Window(72)
    place(window, 1, "train collide orrevik hospital alpha beta", title=headline)
    copy = place(window, 2, "train collide gamma delta epsilon zeta eta theta iota kappa", title=headline).part
    third = place(window, 3, "train collide orrevik hospital", title=headline).part
    assert (copy.story, copy.copy_of) == (1, 1)
    assert third.copy_of == 1


def test_two_stories_that_turn_out_to_be_one_merge_into_the_older():
    window = Window(72)
    place(window, 1, "ferry aground rocks captain a1 a2 a3 a4 a5 a6")
    place(window, 2, "ferry passengers rescue helicopter b1 b2 b3 b4 b5 b6")
    bridge = "ferry aground rocks captain passengers rescue helicopter a1 a2 a3 b1 b2 b3"
    placed = [place(window, number, bridge) for number in (3, 4, 5, 6)]
    assert [each.merged for each in placed if each.merged] == [2]
    assert placed[-1].part.story == 1
    assert place(window, 7, "ferry passengers rescue helicopter b1 b2 b3 b4").part.story == 1


def test_what_is_older_than_the_window_is_forgotten():
    window = Window(72)
    place(window, 1, "ferry aground orrevik rescue")
    assert place(window, 2, "ferry aground orrevik rescue", hours=71).part.story == 1
    assert place(window, 3, "ferry aground orrevik rescue", hours=142).part.story == 1
    assert place(window, 4, "ferry aground orrevik rescue", hours=300).part.story == 4


def test_an_old_article_that_comes_late_is_no_part_of_today():
    window = Window(72)
    place(window, 1, "ferry aground orrevik rescue", old=24 * 30)
    assert place(window, 2, "ferry aground orrevik rescue").part.story == 2


def test_a_window_that_is_filled_anew_goes_on_as_the_old_one():
    told = [f"event{number % 7} place{number % 7} person{number % 7} detail{number}" for number in range(60)]
    whole, again = Window(72), Window(72)
    parts = [place(whole, number, words).part for number, words in enumerate(told[:40], 1)]
    for part in parts:
        again.remember(part)
    rest = list(enumerate(told[40:], 41))
    assert [place(whole, *each).part.story for each in rest] == [place(again, *each).part.story for each in rest]


@settings(max_examples=60, deadline=None)
@given(
    st.lists(st.tuples(st.sets(st.sampled_from("abcdefghijklmnop")), st.floats(0, 40)), min_size=1, max_size=40),
)
def test_whatever_comes_nothing_is_lost_and_the_window_ends_empty(coming):
    window, at = Window(72), 0.0
    for number, (words, hours) in enumerate(coming, 1):
        at += hours
        part = place(window, number, " ".join(sorted(words)), hours=at).part
        assert 1 <= part.story <= number
    window.forget(NOW + timedelta(hours=at + 100))
    assert not any((window._parts, window._stories, window._story_of, window._having, +window._spread))


def test_a_flood_can_not_fill_the_memory(monkeypatch: pytest.MonkeyPatch):
    assert MOST <= 100_000
    monkeypatch.setattr("monitor.stories.grouping.MOST", 10)
    window = Window(72)
    for number in range(1, 40):
        place(window, number, f"a{number} b{number} c{number}")
    assert len(window._parts) == 10
