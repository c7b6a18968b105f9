from dataclasses import replace
from datetime import timedelta
from itertools import count

import pytest

from monitor.digest import blocks, hook, render, spikes
from monitor.model import Appearance, Envelope
from tests.digest.samples import NOW, TALKS, digest, story

DAY, WEEK = timedelta(days=1), timedelta(days=7)
HOUR = timedelta(hours=1)
LONG_AGO = NOW - 20 * WEEK


def seen(*perweek, title="Talks"):
    """Return so many stories in the last day, in the same day of the week before, and so on."""
    numbers = count(1)
    days = [NOW - week * WEEK - HOUR for week, many in enumerate(perweek) for _ in range(many)]
    return [Appearance(next(numbers), title, day) for day in days]


def pace(*perweek, since=None):
    return spikes.pace(TALKS, seen(*perweek), since or NOW - (len(perweek) - 1) * WEEK - DAY, NOW)


@pytest.mark.parametrize(
    ("perweek", "spike"),
    [
        ((24, 6, 5, 7, 6), True),
        ((12, 6, 6, 6, 6), False),  # twice as many, and within chance
        ((6, 6, 6, 6), False),
        ((5, 0, 0, 0), True),
        ((4, 0, 0, 0), False),
        ((40, 30, 30, 30), False),
        ((60, 30, 30, 30, 30, 30, 30, 30, 30), True),
        ((24, 6, 90, 6, 6, 6, 6, 6, 6), True),  # one wild week makes nothing usual
    ],
)
def test_a_spike_is_twice_the_usual_and_beyond_chance(perweek, spike):
    assert pace(*perweek).spike is spike


def test_what_is_usual_is_that_of_the_same_day_of_the_week():
    other_days = [
        Appearance(1_000 + n, "Talks", NOW - n * DAY - 2 * HOUR) for n in range(1, 56) if n % 7 for _ in range(9)
    ]
    found = spikes.pace(TALKS, seen(5, 2, 2, 2, 2, 2, 2, 2, 2) + other_days, LONG_AGO, NOW)
    assert (found.stories, found.usual, found.weeks, found.spike) == (5, 2.0, 8, False)


@pytest.mark.parametrize(("since", "weeks", "usual"), [(NOW - 3 * WEEK, 2, None), (NOW - 3 * WEEK - DAY, 3, 6.0)])
def test_with_too_little_history_nothing_is_usual_and_that_is_said(since, weeks, usual):
    found = pace(24, 6, 6, 6, since=since)
    assert (found.weeks, found.usual, found.spike) == (weeks, usual, usual is not None)
    assert ("usual shows after 3 weeks, 2 are on record" in spikes.told(found)) is (usual is None)
    assert bool(spikes.line(found)) is found.spike


def test_nothing_watched_yet_is_no_history():
    assert spikes.pace(TALKS, [], None, NOW).usual is None


def test_a_story_counts_once_on_the_day_it_appeared():
    again = [Appearance(1, "Talks", NOW - k * HOUR) for k in range(5)] + [Appearance(2, "Old", NOW - 3 * DAY)] * 2
    again.append(Appearance(2, "Old, told anew", NOW - HOUR))
    assert spikes.pace(TALKS, again, LONG_AGO, NOW).stories == 1


BEFORE = [f"Envoys of North Korea meet in Stockholm, day {n}" for n in range(8)]


def test_the_cause_is_what_the_headlines_hold_that_those_before_did_not():
    fresh = [
        "Inspectors see Yongbyon reactor restart",
        "North Korea: smoke over the Yongbyon reactor",
        "The Yongbyon reactor and the talks",
        "North Korea denies that inspectors were there",
    ]
    assert [term.casefold() for term in spikes.risen(fresh, BEFORE)] == ["yongbyon reactor", "inspectors"]


def test_without_spaces_terms_are_found_too():
    fresh = ["北朝鮮が寧辺の原子炉を再稼働", "寧辺の原子炉、再稼働か", "寧辺の動き"]
    before = [f"北朝鮮と協議 {n}" for n in range(6)]
    assert any("寧辺" in term for term in spikes.risen(fresh, before))


def test_nothing_rose_without_anything_to_compare_with():
    assert spikes.risen(["Yongbyon", "Yongbyon"], BEFORE[:3]) == []
    assert spikes.risen(BEFORE, BEFORE) == []
    assert spikes.risen([], BEFORE) == []


def test_a_spike_is_told_in_words_with_its_cause():
    old = [Appearance(100 + each.story, "Envoys meet", each.at) for each in seen(0, 2, 2, 2)]
    found = spikes.pace(TALKS, seen(24, title="Yongbyon restarts") + old, LONG_AGO, NOW)
    assert spikes.line(found).startswith(
        "24 stories in 24 hours, usually 0 at this time of the week; what rose: Yongbyon"
    )
    notice = spikes.notice(TALKS, found)
    assert notice.subject.startswith("US–North Korea talks: 24 stories in 24 hours, usually 0")
    assert notice.lines[:3] == (
        "What rose in the headlines: Yongbyon restarts.",
        "The latest of them:",
        "– Yongbyon restarts",
    )
    assert len(found.titles) == 5


def test_the_head_of_a_digest_tells_it_in_every_form():
    told = digest([story()], spikes=("24 stories in 24 hours, usually 6",))
    rendered = render.render(told, as_of=NOW)
    envelope = Envelope("m", "desk", "<1@m>", NOW, "desk.m")
    assert "24 stories in 24 hours, usually 6" in rendered.text
    assert "24 stories in 24 hours, usually 6" in rendered.html
    assert b'"spikes":["24 stories in 24 hours, usually 6"]' in hook.digest(told, rendered, envelope)
    assert b"24 stories in 24 hours, usually 6" in blocks.digest(told, rendered, replace(envelope, threaded=True))
