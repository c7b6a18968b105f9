from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from monitor import stories
from monitor.model import Entry
from monitor.stories import Known

NOW = datetime(2026, 11, 22, 8, 30, tzinfo=UTC)
LONG = (
    "The delegations met for a day in Stockholm and parted without an agreement, their envoys said on Saturday evening."
)


def entry(guid="g1", url="https://a.example/1", title="Talks end", text=LONG, published=NOW):
    return Entry(guid=guid, url=url, title=title, text=text, published=published)


def stored(item, article_id=7, *, told=None):
    return {key: Known(article_id, item.told if told is None else told) for key in item.keys}


def outcome(first, second, *, feed=1, other_feed=1):
    """Store `first` and recognise `second`: 'new', 'updated', 'sighted' or 'known'."""
    before, after = stories.item(feed, first), stories.item(other_feed, second)
    told = before.told if feed == other_feed else ""
    found = stories.recognise([after], stored(before, told=told))
    return next((name for name in ("new", "updated", "sighted") if getattr(found, name)), "known")


@pytest.mark.parametrize(
    ("second", "expected"),
    [
        (entry(), "known"),
        (entry(guid="g2"), "known"),  # ids that change at each poll
        (entry(guid="", url="https://a.example/1?utm_source=rss"), "known"),
        (entry(guid="g2", url="https://a.example/1?sid=99", published=None), "known"),  # session ids: told by its text
        (entry(url="https://a.example/moved"), "known"),
        (entry(url="https://a.example/moved", title="Talks collapse"), "updated"),  # the same guid with another link
        (entry(guid="g2", title="Talks collapse"), "updated"),
        (entry(guid="g2", url="https://a.example/2", title="Talks collapse"), "new"),
    ],
)
def test_an_article_is_one_through_ids_links_and_dates(second, expected):
    assert outcome(entry(), second) == expected


@pytest.mark.parametrize(
    ("second", "link"),
    [
        (entry(url="https://a.example/moved"), "https://a.example/moved"),
        (entry(url="https://a.example/1?utm_source=rss"), ""),  # the same place
        (entry(guid="g2", url="https://a.example/1?sid=99"), ""),  # known by its text: it may stand at both
        (entry(guid="g2"), ""),
    ],
)
def test_the_link_of_an_article_that_is_known_by_its_guid_is_renewed(second, link):
    found = stories.recognise([stories.item(1, second)], stored(stories.item(1, entry())))
    assert found.relinked == (((7, link),) if link else ())


def is_migration(before, after):
    known = {}
    for number, one in enumerate(before, 1):
        known |= stored(stories.item(1, one), number)
    return stories.recognise(stories.items(1, after), known).migrated


def numbered(count, guid="g", **said):
    return [
        entry(guid=f"{guid}{n}", url=f"https://a.example/{n}", title=f"Report {n}", text=f"{n}. {LONG}{more}")
        for n in range(count)
        for more in [said.get("more", "")]
    ]


def test_nine_tenths_that_are_new_at_once_with_known_links_are_a_migration():
    old, new = numbered(10), numbered(10, "new", more=" Whole.")
    assert is_migration(old, new)
    assert is_migration(old, [*new[:9], entry(guid="x", url="https://a.example/x", title="Fresh")])
    assert not is_migration(old, [*old[:2], *new[2:]])


def test_edits_are_news_also_where_guids_are_new_at_each_poll_or_are_the_same():
    assert not is_migration(numbered(10), [*numbered(3, "new", more=" Edited."), *numbered(10, "new")[3:]])
    assert not is_migration(numbered(10), numbered(10, more=" Edited."))
    assert not is_migration(numbered(1), numbered(1, "new", more=" Edited."))


def test_a_feed_that_uses_anothers_guid_suppresses_nothing():
    other = entry(url="https://b.example/9", title="Football", text="Sweden won. " * 20)
    assert outcome(entry(), other, other_feed=2) == "new"


def test_the_same_article_in_another_feed_is_a_sighting():
    assert outcome(entry(), entry(guid="x"), other_feed=2) == "sighted"
    assert outcome(entry(), entry(guid="x", url="https://b.example/9"), other_feed=2) == "sighted"  # a wire copy


def test_little_text_names_an_article_at_its_address_only():
    briefing = entry(title="Morning briefing", text="")
    assert outcome(briefing, entry(guid="g2", url="https://a.example/2", title="Morning briefing", text="")) == "new"
    assert (
        outcome(briefing, entry(guid="g2", url="https://a.example/1?s=2", title="Morning briefing", text="")) == "known"
    )


def test_a_short_item_of_another_day_is_another_article():
    today = entry(title="Morning briefing", text="", url="https://a.example/view.php?id=1")
    tomorrow = replace(today, guid="g2", url="https://a.example/view.php?id=2", published=NOW + timedelta(days=1))
    assert outcome(today, tomorrow) == "new"


def test_entries_of_one_document_that_share_a_key_are_one():
    items = [stories.item(1, entry()), stories.item(1, entry(guid="g2")), stories.item(1, entry(guid="g3", url=""))]
    assert len(stories.recognise(items, {}).new) == 1


def test_keys_do_not_run_together():
    assert stories.item(1, entry(guid="1x")).keys[0] != stories.item(11, entry(guid="x")).keys[0]


@pytest.mark.parametrize(
    ("stated", "expected"),
    [
        (NOW - timedelta(hours=3), NOW - timedelta(hours=3)),
        (None, NOW),
        (NOW + timedelta(days=400), NOW),
        (datetime(1970, 1, 1, tzinfo=UTC), NOW),
        (datetime(1, 1, 1, tzinfo=UTC), NOW),
    ],
)
def test_an_absent_absurd_or_future_date_is_first_seen(stated, expected):
    assert stories.published(entry(published=stated), NOW) == expected


@pytest.mark.parametrize(
    ("stated", "first_poll", "expected"),
    [
        (NOW - timedelta(days=2), True, False),
        (NOW - timedelta(days=20), True, True),
        (None, True, True),
        (datetime(1, 1, 1, tzinfo=UTC), True, True),
        (NOW + timedelta(days=2), True, False),
        (NOW - timedelta(days=20), False, False),
        (None, False, False),
    ],
)
def test_what_is_old_or_undated_on_a_first_poll_is_baseline(stated, first_poll, expected):
    found = stories.is_baseline(entry(published=stated), first_poll=first_poll, now=NOW, catch_up=timedelta(days=7))
    assert found is expected


def distinct(*entries):
    return len(stories.recognise(stories.items(1, entries), {}).new)


def test_a_guid_that_entries_with_different_titles_share_names_nothing():
    same_guid = [entry(guid="0", url=f"https://a.example/{n}", title=f"Report {n}") for n in range(5)]
    assert distinct(*same_guid) == 5


def test_a_link_that_entries_with_different_titles_share_names_nothing():
    front_page = [entry(guid=f"g{n}", url="https://a.example/", title=f"Episode {n}", text="Listen.") for n in range(5)]
    assert distinct(*front_page) == 5
    neither = [entry(guid="0", url="https://a.example/", title=f"Episode {n}", text="Listen.") for n in range(5)]
    assert distinct(*neither) == 5


def test_an_entry_that_stands_twice_is_one_article():
    assert distinct(entry(), entry()) == 1
    assert distinct(entry(), entry(guid="g2", title="talks  end")) == 1


def test_a_shared_link_does_not_swallow_an_entry_beside_the_known_one():
    known = stored(stories.item(1, entry()))
    here = stories.items(1, [entry(), entry(guid="g2", title="Another episode", text="Listen.")])
    found = stories.recognise(here, known)
    assert [item.entry.title for item in found.new] == ["Another episode"]
    assert found.updated == ()


def test_an_article_is_known_by_the_keys_of_all_entries_that_show_it():
    first, second, third = (
        entry(),
        entry(guid="g2"),
        entry(guid="g2", url="https://b.example/2", title="Talks end", text=""),
    )
    (one,) = stories.recognise([stories.item(1, each) for each in (first, second, third)], {}).new
    assert one.entry == first
    assert set(stories.item(1, third).keys) <= set(one.keys)


def test_new_keys_of_a_known_article_are_told():
    found = stories.recognise([stories.item(1, entry(guid="g2"))], stored(stories.item(1, entry())))
    assert [article_id for article_id, _ in found.renamed] == [7]
    assert stories.recognise([stories.item(1, entry())], stored(stories.item(1, entry()))).renamed == ()


def test_a_known_article_is_told_by_the_first_entry_of_a_document():
    known = stored(stories.item(1, entry()))
    first, again = stories.item(1, entry()), stories.item(1, entry(title="Talks end at last"))
    assert stories.recognise([first, again], known).updated == ()
    assert stories.recognise([again, first], known).updated == ((7, again),)
