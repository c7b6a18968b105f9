from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from monitor.digest.render import render
from monitor.digest.select import select
from monitor.model import Change, Judgement, Sighting
from tests.digest.samples import DESK, FOOTBALL, HEALTHY, NOW, TALKS, WINDOW, match

BOTH = replace(DESK, topics=("talks", "football"))


def chosen(*matches, recipient=DESK, topics=(TALKS, FOOTBALL), had=(), **changes):
    given = {"slot": "first", "window": WINDOW, "next_digest": None, "health": HEALTHY}
    return select(recipient, topics, matches, had=had, **(given | changes))


def names(digest):
    return [section.name for section in digest.sections]


def ids(digest, section=0):
    return [story.id for story in digest.sections[section].stories]


def test_a_match_at_the_threshold_is_new():
    digest = chosen(match(1, 50.0))

    assert names(digest) == ["New"]
    assert ids(digest) == ["talks-1"]
    assert digest.told == ("talks-1",)
    assert digest.topic_titles == ("US–North Korea talks",)


def test_a_story_is_told_with_its_strongest_articles_words():
    [story] = chosen(match(1, 87.0)).sections[0].stories

    assert (story.title, story.source, story.score) == ("Headline 1", "Nordic Wire", 87.0)
    assert (story.why, story.quote) == ("Stockholm", "A sentence.")


@pytest.mark.parametrize(
    ("what", "changes", "had"),
    [
        ("baseline", {"baseline": True}, ()),
        ("filtered", {"filtered": "source muted"}, ()),
        ("had already", {}, ("talks-1",)),
        ("of a topic that is not followed", {"topic": "football"}, ()),
    ],
)
def test_what_is_not_new_is_not_announced(what, changes, had):
    digest = chosen(match(1, 90.0, **changes), had=had)

    assert digest.sections == (), what
    assert digest.told == ()


def test_a_story_that_a_cap_left_out_comes_although_its_window_is_past():
    assert ids(chosen(match(1, first_seen=WINDOW[0] - timedelta(days=2)))) == ["talks-1"]


def test_articles_of_one_story_fold_into_one():
    digest = chosen(
        match(3, 60.0, story="s", source="Harbour Post", first_seen=NOW - timedelta(minutes=5)),
        match(1, 90.0, story="s", source="Nordic Wire", also=(Sighting("World Desk", "https://w.example/1", NOW),)),
        match(2, 70.0, story="s", source="Nordic Wire"),
    )

    [story] = digest.sections[0].stories
    assert story.title == "Headline 1"
    assert story.articles == (1, 2, 3)
    assert [other.feed for other in story.also] == ["Harbour Post", "World Desk"]
    assert (digest.articles, digest.sources) == (4, 3)


def test_equal_articles_of_a_story_are_led_by_the_first_to_appear():
    early, late = match(2, first_seen=NOW - timedelta(hours=5)), match(1, first_seen=NOW - timedelta(hours=1))

    [story] = chosen(replace(late, story="s"), replace(early, story="s")).sections[0].stories

    assert story.title == "Headline 2"


def test_an_article_shown_by_several_feeds_at_one_address_is_one_article():
    shown = match(1, also=(Sighting("Asia Page", "https://news.example/1?utm_source=asia", NOW),))

    digest = chosen(shown)

    assert (digest.articles, digest.sources) == (1, 2)


def test_an_article_without_a_link_counts():
    assert chosen(match(1, url=""), match(2, url="")).articles == 2


def test_stories_stand_by_score_then_freshness_then_breadth():
    fresh = NOW - timedelta(minutes=1)
    also = (Sighting("Harbour Post", "https://h.example", NOW),)

    digest = chosen(
        match(1, 80.2), match(2, 95.0), match(3, 79.9, published=fresh), match(4, 80.0, also=also), match(5, 60.0)
    )

    assert ids(digest) == ["talks-2", "talks-3", "talks-4", "talks-1", "talks-5"]


def test_the_cap_leaves_the_weakest_for_next_time_and_says_how_many():
    matches = [match(n, 60.0 + n, source=f"Source {n}") for n in range(10)]

    digest = chosen(*matches, recipient=replace(DESK, max_stories=4))

    assert ids(digest) == ["talks-9", "talks-8", "talks-7", "talks-6"]
    assert digest.more == 6
    assert digest.told == ("talks-6", "talks-7", "talks-8", "talks-9")


def test_one_source_does_not_fill_a_digest_while_others_wait():
    loud = [match(n, 90.0 + n / 10) for n in range(6)]
    quiet = [match(n, 55.0, source="Harbour Post") for n in (10, 11, 12)]

    digest = chosen(*loud, *quiet, recipient=replace(DESK, max_stories=4))

    assert [story.source for story in digest.sections[0].stories] == ["Nordic Wire"] * 2 + ["Harbour Post"] * 2


def test_one_source_may_fill_a_digest_when_nobody_else_reports():
    digest = chosen(*(match(n) for n in range(6)), recipient=replace(DESK, max_stories=4))

    assert len(digest.sections[0].stories) == 4


def test_several_topics_are_sections_of_one_digest_in_the_recipients_order():
    digest = chosen(match(2, 99.0, topic="football"), match(1, 60.0), recipient=BOTH)

    assert names(digest) == ["New · US–North Korea talks", "New · Football in Pyongyang"]
    assert digest.topic_titles == ("US–North Korea talks", "Football in Pyongyang")


def test_an_article_that_two_topics_match_is_told_once_and_counts_for_both():
    digest = chosen(match(1, 60.0), match(1, 90.0, topic="football"), recipient=BOTH)

    assert names(digest) == ["New · US–North Korea talks"]
    assert digest.told == ("football-1", "talks-1")


def test_near_misses_are_shown_and_count_as_nothing():
    digest = chosen(match(1, 80.0), *(match(n, 40.0 + n) for n in range(2, 8)), match(9, 34.9))

    assert names(digest) == ["New", "Just below your threshold"]
    assert ids(digest, 1) == ["talks-7", "talks-6", "talks-5"]
    assert not digest.sections[1].announced
    assert digest.told == ("talks-1",)


@pytest.mark.parametrize(
    ("what", "changes"),
    [
        ("of the baseline", {"baseline": True}),
        ("filtered", {"filtered": "language"}),
        ("of the window before", {"first_seen": WINDOW[0]}),
        ("of the window to come", {"first_seen": WINDOW[1] + timedelta(seconds=1)}),
        ("told under another score already", {"story": "talks-1"}),
    ],
)
def test_near_misses_worth_nothing_are_left_out(what, changes):
    assert names(chosen(match(1, 80.0), match(2, 45.0, **changes))) == ["New"], what


def test_near_misses_alone_make_no_digest_but_a_preview():
    assert chosen(match(1, 45.0)).sections == ()
    assert names(chosen(match(1, 45.0), preview=True)) == ["Just below your threshold"]


def test_only_a_preview_shows_what_was_there_before():
    old = [match(n, 60.0 + n, baseline=True) for n in range(1, 6)]

    digest = chosen(match(9, 70.0), *old, preview=True)

    assert names(digest) == ["New", "Before you began"]
    assert ids(digest, 1) == ["talks-5", "talks-4", "talks-3"]
    assert not digest.sections[1].announced
    assert names(chosen(match(9, 70.0), *old)) == ["New"]


FRESH = Change(1, "x", "Sweden invited both again.")


def test_a_story_that_was_told_comes_again_only_with_what_is_new_in_it():
    digest = chosen(match(1, 80.0), match(2, 70.0), had={"talks-1"}, changes={"talks-1": FRESH})

    assert names(digest) == ["New", "Updates"]
    assert (ids(digest), ids(digest, 1)) == (["talks-2"], ["talks-1"])
    [update] = digest.sections[1].stories
    assert (update.quote, update.change) == ("Sweden invited both again.", FRESH)
    assert digest.told == ("talks-2",)
    assert digest.updates == (("talks-1", "x"),)


def test_an_update_is_led_by_the_article_that_says_what_is_new():
    members = [match(1, 90.0, story="s"), match(2, 60.0, story="s", source="Harbour Post")]

    digest = chosen(*members, had={"s"}, changes={"s": replace(FRESH, article_id=2)})

    [update] = digest.sections[0].stories
    assert (update.title, update.source, update.score) == ("Headline 2", "Harbour Post", 90.0)


@pytest.mark.parametrize(
    "changed",
    [match(1, 45.0), match(1, 90.0, baseline=True), match(1, 90.0, filtered="source muted")],
    ids=["below the threshold", "baseline", "filtered"],
)
def test_a_change_in_what_no_longer_matches_is_not_told(changed):
    assert chosen(changed, had={"talks-1"}, changes={"talks-1": FRESH}).sections == ()


def test_an_update_that_two_topics_match_is_told_once_and_counts_for_both():
    both = [match(1, 60.0), match(1, 90.0, topic="football")]
    had, changes = {"talks-1", "football-1"}, {"talks-1": FRESH, "football-1": replace(FRESH, said="y")}

    digest = chosen(*both, recipient=BOTH, had=had, changes=changes)

    assert names(digest) == ["Updates · US–North Korea talks"]
    assert digest.updates == (("football-1", "x"), ("talks-1", "x"))


def test_updates_have_a_quarter_of_the_places_and_what_new_ones_leave():
    many = [match(n, 60.0 + n, source=f"Source {n}") for n in range(20)]
    changes = {f"talks-{n}": replace(FRESH, article_id=n, said=str(n)) for n in range(6)}

    full = chosen(*many, recipient=replace(DESK, max_stories=8), had=set(changes), changes=changes)
    roomy = chosen(*many[:8], recipient=replace(DESK, max_stories=8), had=set(changes), changes=changes)

    assert [len(section.stories) for section in full.sections] == [6, 2]
    assert full.more == 8 + 4
    assert [len(section.stories) for section in roomy.sections] == [2, 6]


def spread(article, minutes, source="Harbour Post"):
    return match(article, 80.0, also=(Sighting(source, "https://h.example/1", NOW - timedelta(minutes=minutes)),))


def test_who_else_reports_what_was_told_stands_aside_once():
    early = Sighting("World Desk", "https://w.example", WINDOW[0])
    told = spread(1, 5)

    digest = chosen(match(2), replace(told, also=(early, *told.also)), had={"talks-1"})

    assert names(digest) == ["New", "Also reported"]
    assert [other.feed for other in digest.sections[1].stories[0].also] == ["Harbour Post"]
    assert not digest.sections[1].announced
    assert digest.told == ("talks-2",)
    assert names(chosen(match(2), spread(1, 60 * 25), had={"talks-1"})) == ["New"]


def test_that_others_report_it_too_makes_no_digest():
    assert chosen(spread(1, 5), had={"talks-1"}).sections == ()


def test_no_more_than_a_few_are_named_as_also_reported():
    told = [spread(n, 5) for n in range(1, 10)]

    digest = chosen(match(20), *told, had={each.story for each in told})

    assert len(digest.sections[1].stories) == 5


MATCHES = st.builds(
    lambda article, score, topic, story, source, minutes, baseline: match(
        article,
        topic=topic,
        story=f"{topic}-{story}",
        source=source,
        published=NOW - timedelta(minutes=minutes),
        first_seen=NOW - timedelta(minutes=minutes % 7),
        baseline=baseline,
        judgement=Judgement(topic, score, 0.5, ("x",), (), "", "test"),
    ),
    st.integers(1, 12),
    st.floats(30, 100),
    st.sampled_from(["talks", "football"]),
    st.integers(1, 6),
    st.sampled_from(["A", "B", "C"]),
    st.integers(0, 60),
    st.booleans(),
)


@settings(max_examples=150, deadline=None)
@given(st.lists(MATCHES, max_size=20, unique_by=lambda match: (match.topic, match.article_id)), st.data())
def test_the_order_of_matches_never_changes_a_digest(matches, data):
    recipient = replace(BOTH, max_stories=3)

    digest = chosen(*matches, recipient=recipient)

    assert chosen(*data.draw(st.permutations(matches)), recipient=recipient) == digest
    announced = [story for section in digest.sections if section.announced for story in section.stories]
    assert len(announced) <= 3
    articles = [id for section in digest.sections for story in section.stories for id in story.articles]
    assert len(articles) == len(set(articles))


def test_ten_thousand_new_ones_make_one_digest_that_says_how_many_more():
    flood = [match(n, 50.0 + n % 50, source=f"Source {n % 30}") for n in range(10_000)]

    digest = chosen(*flood)
    made = render(digest, as_of=NOW)

    assert sum(len(section.stories) for section in digest.sections) == 15
    assert digest.more == 9_985
    assert "9,985 more stories" in made.html
    assert len(made.html.encode()) < 80_000


def test_an_article_in_thirty_feeds_is_one_story_that_names_them():
    shown = tuple(Sighting(f"Feed {n}", f"https://f{n}.example/1", NOW) for n in range(29))

    [section] = chosen(match(1, also=shown)).sections

    assert len(section.stories) == 1
    assert len(section.stories[0].also) == 29


@pytest.mark.parametrize(
    ("one", "other", "leads"),
    [
        ({"score": 80.0}, {"score": 90.0}, 2),  # much the stronger
        ({"score": 88.0}, {"score": 90.0}, 1),  # as good, and first
        ({"text": "Short."}, {"text": "A whole report. " * 80}, 2),  # the fuller
        ({"rank": 7}, {"rank": 3}, 2),  # of the source that was configured first
        ({"rank": 3}, {"rank": 3}, 1),
    ],
)
def test_a_story_is_told_by_its_first_fullest_and_most_trusted_report(one, other, leads):
    earlier = match(1, one.pop("score", 80.0), story="talks-1", **one)
    later = match(2, other.pop("score", 80.0), story="talks-1", first_seen=NOW - timedelta(hours=1), **other)
    for order in ((earlier, later), (later, earlier)):
        (story,) = chosen(*order).sections[0].stories
        assert story.title == f"Headline {leads}"
