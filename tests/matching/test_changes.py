import pytest

from monitor.matching.changes import change
from monitor.model import Wording

TITLE = "Talks in Stockholm end without agreement"
TEXT = (
    "Working-level talks between North Korea and the United States ended in Stockholm on Saturday. "
    "The chief negotiator said that the other side had come with empty hands. Updated at 14:32 GMT, 120 comments."
)
FRESH = "Sweden invited both delegations to return to Stockholm within two weeks."
NEAR = (TITLE, "Kim Myong Gil", "Stockholm")


def changed(text=TEXT, title=TITLE, *, before=None, **options):
    return change(before or {1: Wording(TITLE, TEXT)}, {1: Wording(title, text)}, NEAR, **options)


def test_the_new_sentence_is_quoted_whole():
    found = changed(f"{TEXT} {FRESH}")

    assert (found.article_id, found.sentence, found.was) == (1, FRESH, "")


@pytest.mark.parametrize(
    ("what", "text"),
    [
        ("nothing", TEXT),
        ("a clock and a counter", TEXT.replace("14:32", "15:07").replace("120", "4,311")),
        ("case and punctuation", TEXT.upper().replace(".", " !")),
        ("sentences in another order", " ".join(reversed(TEXT.split(". ")))),
        ("a mended word", TEXT.replace("negotiator", "negotiatior")),
        ("a cut", TEXT[:90]),
        ("a sentence about something else", f"{TEXT} Subscribe to our morning letter for recipes and weather."),
        ("a crumb", f"{TEXT} Stockholm, again."),
    ],
)
def test_what_says_nothing_new_is_no_change(what, text):
    assert changed(text) is None, what


def test_of_several_the_sentence_nearest_to_the_story_is_taken():
    weak = "A spokesman in Stockholm declined to comment on any of it."

    assert changed(f"{weak} {TEXT} {FRESH} Kim Myong Gil flew home from Stockholm when the talks ended.").sentence == (
        "Kim Myong Gil flew home from Stockholm when the talks ended."
    )


@pytest.mark.parametrize(
    "title",
    [
        "Sweden offers to host Pyongyang again",
        "Talks in Stockholm collapse",
        "LIVE: Stockholm talks end, Washington disagrees",
    ],
)
def test_a_headline_that_says_something_else_is_a_change(title):
    found = changed(title=title)

    assert (found.was, found.sentence) == (TITLE, "")


@pytest.mark.parametrize(
    "title",
    [
        "LIVE – Talks in Stockholm end without agreement (14:05 GMT)",
        "TALKS IN STOCKHOLM END WITHOUT AGREEMENT",
        "UPDATE 3: Talks in Stockholm end without agreement",
        "Talks in Stokholm end without agrement",
        "Talks in Stockholm end",
        "Talks in Stockholm end without agreement: envoy speaks",
        "",
    ],
)
def test_clocks_counters_case_spelling_and_length_change_no_headline(title):
    assert changed(title=title) is None


def test_a_new_sentence_comes_with_the_headline_that_was():
    found = changed(f"{TEXT} {FRESH}", "Sweden invites both sides to return")

    assert (found.sentence, found.was) == (FRESH, TITLE)


def test_an_article_that_joins_the_story_is_told_by_its_new_sentence():
    found = change(
        {1: Wording(TITLE, TEXT)}, {1: Wording(TITLE, TEXT), 2: Wording("Sweden invites", f"{TEXT} {FRESH}")}, NEAR
    )

    assert (found.article_id, found.sentence, found.was) == (2, FRESH, "")


def test_an_article_that_only_repeats_is_no_change():
    assert (
        change({1: Wording(TITLE, TEXT)}, {1: Wording(TITLE, TEXT), 2: Wording("Sweden invites", TEXT)}, NEAR) is None
    )


def test_what_was_said_is_passed_over_though_the_article_flips_back_and_forth():
    first = changed(f"{TEXT} {FRESH}")

    assert changed(f"{TEXT} {FRESH}", said={first.said}) is None
    second = "Kim Myong Gil left Stockholm by car in the early afternoon."
    assert changed(f"{TEXT} {FRESH} {second}", said={first.said}).sentence == second


def test_korean_is_compared_by_its_own_words():
    title = "스톡홀름 북미 실무협상 결렬"
    text = "북미 실무협상이 스톡홀름에서 결렬됐다. 김명길 대사는 미국이 빈손으로 나왔다고 말했다."
    fresh = "스웨덴 정부는 두 나라 대표단을 2주 안에 스톡홀름으로 다시 초청했다고 밝혔다."

    found = change({1: Wording(title, text)}, {1: Wording(title, f"{text} {fresh}")}, (title,), language="ko")

    assert found.sentence == fresh


def test_a_huge_text_is_looked_through_at_its_start_only():
    assert changed(TEXT + " word" * 200_000 + f" {FRESH}") is None
