from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.digest import words

SEOUL = ZoneInfo("Asia/Seoul")
STOCKHOLM = ZoneInfo("Europe/Stockholm")
NOW = datetime(2019, 10, 6, 6, 30, tzinfo=UTC)


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("two\r\nlines", "two lines"),
        ("\x1b[31mred\x00", "[31mred"),
        ("turned \u202egnorw\u202c", "turned gnorw"),
        ("lone \ud800 half", "lone half"),
        ("  much \u2028  space\t", "much space"),
        ("북미 실무협상", "북미 실무협상"),
    ],
)
def test_plain_text_is_one_line_without_surprises(text, told):
    assert words.plain(text) == told


@given(st.text(st.characters(), max_size=200), st.integers(2, 80))
def test_a_cut_text_is_short_enough(text, length):
    assert len(words.cut(text, length)) <= length


def test_where_there_is_no_room_nothing_is_told():
    assert words.cut("Much to say of it", 0) == ""


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("Talks break down", "Talks break down"),
        ("Talks break down within hours", "Talks break down…"),
        ("Talks, broken down within", "Talks, broken down…"),
        ("W" * 40, "W" * 19 + "…"),
        ("a " + "W" * 40, "a " + "W" * 17 + "…"),
    ],
)
def test_a_text_is_cut_at_a_word_where_one_ends_near(text, told):
    assert words.cut(text, 20) == told


def test_lines_are_wrapped_by_columns():
    assert words.wrap("one two three", 9, "1. ", "   ") == "1. one\n   two\n   three"
    assert words.wrap("한국 뉴스 한국", 9) == "한국 뉴스\n한국"
    assert words.wrap("", 9) == ""


@pytest.mark.parametrize(
    ("passed", "told"),
    [
        (timedelta(seconds=20), "just now"),
        (timedelta(hours=-3), "just now"),
        (timedelta(minutes=59), "59 min ago"),
        (timedelta(hours=47, minutes=59), "47 h ago"),
        (timedelta(days=3), "Thu 3 Oct"),
        (timedelta(days=300), "Mon 10 Dec 2018"),
    ],
)
def test_a_moment_is_told_from_now(passed, told):
    assert words.ago(NOW - passed, NOW, SEOUL) == told


@pytest.mark.parametrize(
    ("start", "zone", "told"),
    [
        (NOW - timedelta(hours=24), STOCKHOLM, "Sat 5 Oct 08:30 – Sun 6 Oct 08:30 CEST"),
        (NOW - timedelta(hours=1), SEOUL, "Sun 6 Oct 14:30–15:30 KST"),
        (NOW - timedelta(hours=1), ZoneInfo("America/Sao_Paulo"), "Sun 6 Oct 02:30–03:30 UTC-03"),
    ],
)
def test_a_window_is_told_with_its_zone(start, zone, told):
    assert words.span((start, NOW), zone) == told


def test_a_window_over_a_change_of_clocks_names_both_zones():
    change = datetime(2019, 10, 27, 1, tzinfo=UTC)

    told = words.span((change - timedelta(hours=12), change + timedelta(hours=12)), STOCKHOLM)

    assert told == "Sat 26 Oct 15:00 CEST – Sun 27 Oct 14:00 CET"


@pytest.mark.parametrize(
    ("score", "told"), [(100, "the event itself"), (75, "the event itself"), (74.9, "the story"), (49, "close to it")]
)
def test_a_score_has_a_word(score, told):
    assert words.nearness(score) == told


@pytest.mark.parametrize(
    ("language", "tag", "name", "direction"),
    [
        ("ko", "ko", "Korean", "ltr"),
        ("zh-Hans-CN", "zh-Hans-CN", "Chinese", "ltr"),
        ("en_GB", "en-GB", "English", "ltr"),
        ("ar", "ar", "Arabic", "rtl"),
        ("", "", "", "auto"),
        ("qqq", "", "", "auto"),
        ('sv"><script>', "", "", "auto"),
    ],
)
def test_a_language_is_told_if_it_is_known(language, tag, name, direction):
    assert words.language_tag(language) == tag
    assert words.language_name(language) == name
    assert words.direction(language) == direction


@pytest.mark.parametrize(
    ("cron", "told"),
    [
        ("30 8 * * mon-fri", "at 08:30 on Monday through Friday (Asia/Seoul)"),
        ("0 9,17 * * *", "at 09:00 and 17:00 every day (Asia/Seoul)"),
        ("0 * * * *", "at the start of every hour (Asia/Seoul)"),
        ("no cron", 'by cron line "no cron" (Asia/Seoul)'),
    ],
)
def test_a_schedule_is_told_in_words(cron, told):
    assert words.schedule(cron, SEOUL) == told


@pytest.mark.parametrize(("number", "told"), [(1, "1 story"), (2, "2 stories"), (1200, "1,200 stories")])
def test_things_are_counted(number, told):
    assert words.counted(number, "story", "stories") == told
