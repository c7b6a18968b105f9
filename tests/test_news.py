"""What counts as new for a recipient, whatever is added, changed or shown again later."""

from dataclasses import replace

import pytest

from tests import documents
from tests.documents import TALKS, Item, ago, other, talks
from tests.home import Home

SECOND_TOPIC = """
[topics.again]
title = "The same again"
seeds = ["seed.txt"]
"""


@pytest.fixture
def turn():
    """Return a function that runs a turn, each on its own day, and returns the digests that it delivered."""
    day = 0

    def run(home):
        nonlocal day
        day += 1
        before = len(home.delivered())
        assert home.run("once", "--as-of", f"2099-01-{day:02}T09:00:00Z").code == 0
        return home.delivered()[before:]

    return run


def publish(server, *items, path="/feed", title="Daily Paper"):
    return server.serve(path, documents.rss(list(items), title), content_type="application/rss+xml")


def feed(url, topics):
    return f'[[feeds]]\nurl = "{url}"\ntopics = {topics}\n'


def recipient(name, topics, folder):
    return f'[recipients.{name}]\nfolder = "../{folder}"\ntopics = {topics}\nschedule = "0 8 * * *"\n'


def two_topics(home, *feeds):
    """Let the recipient follow a second topic too."""
    home.write(*feeds, more=SECOND_TOPIC)
    file = home.config / "monitor.toml"
    file.write_text(file.read_text().replace('topics = ["talks"]', 'topics = ["talks", "again"]'))


def test_a_feed_serves_the_topics_it_is_limited_to_and_no_other(server, tmp_path, turn):
    url = publish(server, talks(1))
    home = Home(tmp_path, more=feed(url, ["again"]) + SECOND_TOPIC)
    assert turn(home) == []
    assert turn(home) == []
    assert home.run("match", "list", "--topic", "talks", "--json").json == []
    assert len(home.run("match", "list", "--topic", "again", "--json").json) == 1


def test_what_one_more_feed_shows_is_judged_for_its_topics_too(server, tmp_path, turn):
    home = Home(tmp_path, more=feed(publish(server, talks(1)), ["again"]) + SECOND_TOPIC)
    turn(home)
    home.write(publish(server, talks(1), path="/b"), more=feed(server.url("/feed"), ["again"]) + SECOND_TOPIC)
    (digest,) = turn(home)
    assert talks(1).title in digest


def test_a_topic_added_later_tells_what_is_recent_and_repeats_nothing(server, tmp_path, turn):
    url = publish(server, talks(1))
    home = Home(tmp_path, url)
    (first,) = turn(home)
    assert talks(1).title in first
    two_topics(home, url)
    assert turn(home) == []
    publish(server, talks(1), talks(2))
    (digest,) = turn(home)
    assert (digest.count(talks(1).title), digest.count(talks(2).title + "\n")) == (0, 1)


def test_a_topic_of_its_own_added_later_tells_the_last_days(server, tmp_path, turn):
    url = publish(server, talks(1), other(1))
    home = Home(tmp_path, url)
    turn(home)
    (home.config / "town.txt").write_text(f"A new mayor for harbour town\n\n{documents.OTHER}")
    home.write(url, more='[topics.town]\ntitle = "Town"\nseeds = ["town.txt"]\n')
    file = home.config / "monitor.toml"
    file.write_text(file.read_text().replace('topics = ["talks"]', 'topics = ["talks", "town"]'))
    (digest,) = turn(home)
    assert other(1).title in digest
    assert talks(1).title not in digest


def test_a_recipient_added_later_catches_up(server, tmp_path, turn):
    url = publish(server, talks(1), talks(2, days=40))
    home = Home(tmp_path, url)
    turn(home)
    home.write(url, more=recipient("you", ["talks"], "yours"))
    assert turn(home) == []
    (digest,) = (tmp_path / "yours").glob("*.txt")
    assert "Catching up" in digest.read_text()
    assert talks(1).title in digest.read_text()
    assert talks(2).title not in digest.read_text()


def test_a_feed_added_later_brings_its_recent_items_once(server, tmp_path, turn):
    home = Home(tmp_path, publish(server, talks(1)))
    turn(home)
    home.write(
        server.url("/feed"), publish(server, talks(1), talks(2), talks(3, days=30), path="/b", title="Another Paper")
    )
    (digest,) = turn(home)
    assert [digest.count(talks(n).title + "\n") for n in (1, 2, 3)] == [0, 1, 0]


def test_a_lower_threshold_tells_what_lay_below_it_and_an_exclusion_silences(server, tmp_path, turn):
    url = publish(server, talks(1))
    home = Home(tmp_path, url)
    file = home.config / "monitor.toml"
    plain = file.read_text()
    file.write_text(plain.replace('title = "Talks"', 'title = "Talks"\ndigest_at = 100'))
    assert turn(home) == []
    file.write_text(plain.replace('title = "Talks"', 'title = "Talks"\nexclude = ["Stockholm"]'))
    assert turn(home) == []
    file.write_text(plain)
    (digest,) = turn(home)
    assert talks(1).title in digest
    assert turn(home) == []


def test_an_update_that_makes_an_article_match_is_told_once(server, tmp_path, turn):
    before = Item(
        "A statement", "A statement is expected in the evening.", "https://paper.example/s", "s", ago(hours=3)
    )
    home = Home(tmp_path, publish(server, before))
    assert turn(home) == []
    after = Item("North Korea talks collapse", TALKS, before.link, "s", before.published)
    publish(server, after)
    (digest,) = turn(home)
    assert after.title in digest
    publish(server, Item("North Korea talks collapse: envoy speaks", TALKS + " More later.", before.link, "s"))
    assert turn(home) == []


def test_a_title_in_one_feed_does_not_hide_the_article_of_another(server, tmp_path, turn):
    bare = Item("A statement is expected", "", talks(1).link, "s", ago(hours=3))
    search = publish(server, bare, title="A search")
    home = Home(tmp_path, search)
    assert turn(home) == []
    home.write(search, publish(server, talks(1), path="/b"))
    (digest,) = turn(home)
    assert talks(1).title in digest
    assert turn(home) == []


def test_a_feed_without_dates_does_not_hide_what_another_dates(server, tmp_path, turn):
    item = talks(1)
    undated = publish(server, Item(item.title, item.text, item.link, item.guid))
    home = Home(tmp_path, undated)
    assert turn(home) == []
    home.write(undated, publish(server, item, path="/b"))
    (digest,) = turn(home)
    assert item.title in digest
    assert turn(home) == []


def moved(n, *, link="https://new.example/talks/{n}", guid="{guid}", text=""):
    item = talks(n)
    return Item(item.title, item.text + text, link.format(n=n), guid.format(guid=item.guid, n=n), item.published)


@pytest.mark.parametrize(
    "steps",
    [
        [moved],  # a new domain, the same guids
        [lambda n: moved(n, guid="new-{n}", link=talks(n).link)],  # new guids, the same links
        [lambda n: moved(n, link=f"http://paper.example/talks/{n}")],
        [lambda n: moved(n, guid="", link="https://new.example/{n}")],
        [  # one after the other, until nothing of the first is left
            lambda n: moved(n, guid="new-{n}", link=talks(n).link),
            lambda n: moved(n, guid="new-{n}", text=" Edited."),
            lambda n: moved(n, guid="newer-{n}", text=" Edited, twice."),
        ],
    ],
)
def test_a_feed_that_moves_house_announces_nothing_again(server, tmp_path, turn, steps):
    items = [talks(n) for n in range(4)]
    home = Home(tmp_path, publish(server, *items))
    assert len(turn(home)) == 1
    for step in steps:
        publish(server, *(step(n) for n in range(4)))
        assert turn(home) == []
    assert len(home.run("match", "list", "--json").json) == 4


def test_a_link_that_changes_is_the_one_that_is_told_and_no_news(server, tmp_path, turn):
    url = publish(server, talks(1), talks(2))
    home = Home(tmp_path, url)
    turn(home)
    publish(server, moved(1), talks(2))
    assert home.run("once", "--json", "--all").json["articles"] == {"new": 0, "updated": 0}
    assert turn(home) == []
    links = {match["url"] for match in home.run("match", "list", "--json").json}
    assert links == {"https://new.example/talks/1", talks(2).link}
    home.write(url, more=recipient("you", ["talks"], "yours"))
    turn(home), turn(home)
    (digest,) = (tmp_path / "yours").glob("*.txt")
    assert "https://new.example/talks/1" in digest.read_text()
    assert talks(1).link not in digest.read_text()


def test_the_link_of_one_feed_is_not_renewed_by_another(server, tmp_path, turn):
    item = talks(1)
    home = Home(tmp_path, publish(server, item))
    turn(home)
    home.write(server.url("/feed"), publish(server, moved(1), path="/b"))
    turn(home)
    publish(server, moved(1, link="https://newer.example/{n}"), path="/b")
    turn(home)
    (match,) = home.run("match", "list", "--json").json
    assert match["url"] == item.link


def test_items_that_vanish_and_come_back_are_no_news(server, tmp_path, turn):
    old, new = [talks(n) for n in range(3)], [talks(n) for n in range(3, 6)]
    home = Home(tmp_path, publish(server, *old))
    assert len(turn(home)) == 1
    publish(server)
    assert turn(home) == []
    publish(server, *new)
    assert len(turn(home)) == 1
    server.serve("/feed", documents.rss(new)[:-60], content_type="application/rss+xml")
    assert turn(home) == []
    publish(server, *old)  # a stale cache
    assert turn(home) == []
    publish(server, *old, *new)
    assert turn(home) == []


def test_every_item_of_a_feed_that_gives_all_the_same_guid_is_told(server, tmp_path, turn):
    items = [replace(talks(n), guid="news") for n in range(6)]
    home = Home(tmp_path, publish(server, *items[:2]))
    told = turn(home)
    for newest in range(2, 6):  # each alone is unseen: only the whole document shows that its guid names nothing
        publish(server, *items[newest::-1])
        told += turn(home)
    assert [sum(f"report {n}\n" in digest for digest in told) for n in range(6)] == [1] * 6


def test_an_item_that_was_edited_is_read_while_the_others_are_not(server, tmp_path, turn):
    items = [talks(n) for n in range(4)]
    home = Home(tmp_path, publish(server, *items))
    turn(home)
    edited = replace(items[1], title="North Korea talks in Stockholm, report on a walkout")
    publish(server, talks(4), items[0], edited, *items[2:])
    assert len(turn(home)) == 1
    titles = {match["title"] for match in home.run("match", "list", "--json").json}
    assert titles == {items[n].title for n in (0, 2, 3)} | {edited.title, talks(4).title}


def test_reports_on_one_event_are_told_once_with_their_sources(server, tmp_path, turn):
    feeds = [
        publish(server, talks(1), other(1)),
        publish(server, talks(2), path="/b", title="Evening Post"),
        publish(server, talks(3), path="/c", title="Harbour Times"),
    ]
    home = Home(tmp_path, *feeds, more='[matching]\nencoder = "none"\n')
    (digest,) = turn(home)
    assert sum(talks(number).title in digest for number in (1, 2, 3)) == 1
    assert all(name in digest for name in ("Daily Paper", "Evening Post", "Harbour Times"))
    publish(server, talks(1), talks(4))
    assert turn(home) == []
