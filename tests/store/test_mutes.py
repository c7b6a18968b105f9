from dataclasses import replace
from datetime import timedelta

from sqlalchemy import update

from monitor.model import Feed, Mute
from monitor.store import articles, feeds, mutes, polls
from monitor.store.rows import JudgementRow
from tests.store.samples import FEED, NOW, OTHER, claim, draft, poll

WEEK = NOW + timedelta(days=7)


def three(db):
    """Store two articles of one feed and one of another; return them as matches, in this order."""
    state = claim(db)
    polls.record(db, poll(state, draft(state, 1), draft(state, 2)))
    other = claim(db, OTHER)
    polls.record(db, poll(other, draft(other, 3), title="Theirs"))
    return sorted(articles.matches(db, {"t": 50.0}), key=lambda match: match.article_id)


def found(state, number, publisher):
    """Return what a search found, of that publisher."""
    one = draft(state, number)
    entry = replace(one.item.entry, publisher=publisher, publisher_url="https://paper.example/")
    return replace(one, item=replace(one.item, entry=entry), document=replace(one.document, source=publisher))


def heard(db, recipient="desk", now=NOW):
    muted = mutes.muted(db, recipient, now)
    return [match.article_id for match in articles.matches(db, {"t": 50.0}) if not muted.hides(match)]


def test_a_muted_story_is_hidden_from_this_recipient_until_its_week_is_over(db):
    first, *_ = three(db)
    mutes.mute(db, "desk", "story", first.article_id, NOW, WEEK)
    assert heard(db) == [3, 2]
    assert heard(db, "others") == [3, 2, 1]
    assert heard(db, now=WEEK - timedelta(seconds=1)) == [3, 2]
    assert heard(db, now=WEEK) == [3, 2, 1]
    assert heard(db, now=NOW - timedelta(seconds=1)) == [3, 2, 1]


def test_a_muted_source_is_hidden_for_good_also_under_a_new_name(db):
    first, *_ = three(db)
    mutes.mute(db, "desk", "source", first.article_id, NOW)
    assert heard(db, now=NOW + timedelta(days=900)) == [3]
    feeds.sync(db, [Feed(FEED.url, title="Renamed"), OTHER], NOW)
    assert mutes.muted(db, "desk", NOW).sources == {"Renamed"}
    assert heard(db) == [3]


def test_a_publisher_that_searches_name_is_muted_in_all_of_them_and_nobody_else_is(db):
    state, other = claim(db), claim(db, OTHER)
    polls.record(db, poll(state, found(state, 1, "Paper"), found(state, 2, "Herald"), title="Search"))
    polls.record(db, poll(other, found(other, 3, "Paper"), title="Another search"))
    mutes.mute(db, "desk", "source", 1, NOW)
    assert heard(db) == [2]
    assert [mute.words for mute in mutes.mutes(db, "desk", NOW)] == ["the source “Paper” until that is undone"]
    assert mutes.mute_of(db, "desk", "source", 3, NOW)
    assert mutes.mute_of(db, "desk", "source", 2, NOW) is None
    assert mutes.unmute(db, "desk", "source", 3)
    assert heard(db) == [3, 2, 1]


def test_a_mute_goes_along_when_its_story_merges_into_another(db):
    first, second, _ = three(db)
    mutes.mute(db, "desk", "story", first.article_id, NOW, WEEK)
    with db.write() as session:
        session.execute(update(JudgementRow).where(JudgementRow.article_id == 1).values(story=2))
    assert heard(db) == [3]
    assert mutes.unmute(db, "desk", "story", second.article_id)
    assert heard(db) == [3, 2, 1]


def test_what_is_undone_is_heard_again_and_nothing_else_is(db):
    first, _, third = three(db)
    mutes.mute(db, "desk", "source", first.article_id, NOW)
    mutes.mute(db, "desk", "story", third.article_id, NOW, WEEK)
    assert heard(db) == []
    assert mutes.unmute(db, "desk", "source", first.article_id)
    assert heard(db) == [2, 1]
    assert not mutes.unmute(db, "desk", "source", first.article_id)
    assert not mutes.unmute(db, "others", "story", third.article_id)


def test_muting_again_begins_the_week_anew(db):
    first, *_ = three(db)
    mutes.mute(db, "desk", "story", first.article_id, NOW, WEEK)
    later = NOW + timedelta(days=5)
    mutes.mute(db, "desk", "story", first.article_id, later, later + timedelta(days=7))
    (mute,) = mutes.mutes(db, "desk", later)
    assert mute == Mute("story", first.article_id, first.title, later, later + timedelta(days=7))


def test_a_mute_is_taken_back_by_what_the_list_names(db):
    first, _, third = three(db)
    mutes.mute(db, "desk", "source", first.article_id, NOW)
    mutes.mute(db, "desk", "story", third.article_id, NOW, WEEK)
    (source,) = [mute for mute in mutes.mutes(db, "desk", NOW) if mute.kind == "source"]
    mutes.take_back(db, "others", source.kind, source.about)
    mutes.take_back(db, "desk", "nothing", source.about)
    assert heard(db) == []
    mutes.take_back(db, "desk", source.kind, source.about)
    assert heard(db) == [2, 1]


def test_mutes_are_listed_newest_first_under_their_names(db):
    first, _, third = three(db)
    mutes.mute(db, "desk", "story", first.article_id, NOW, WEEK)
    mutes.mute(db, "desk", "source", third.article_id, NOW + timedelta(hours=1))
    listed = mutes.mutes(db, "desk", NOW + timedelta(hours=2))
    assert [(mute.kind, mute.name) for mute in listed] == [("source", "B"), ("story", first.title)]
    assert [mute.kind for mute in mutes.mutes(db, "desk", WEEK)] == ["source"]
    assert mutes.mutes(db, "others", NOW) == []
