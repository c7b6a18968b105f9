from datetime import timedelta

from prometheus_client.parser import text_string_to_metric_families
from sqlmodel import select

from monitor import __version__
from monitor.model import READ_WHOLE, DeliveryState, Feed
from monitor.store import feeds
from monitor.store.rows import DeliveryRow, DigestRow, FeedRow, TroubleRow
from tests.web.sites import NOW


def samples(answer):
    assert answer.status == 200, answer.text
    assert answer.headers["content-type"].startswith("text/plain; version=")
    families = text_string_to_metric_families(answer.text)
    return {
        (sample.name, *(value for _, value in sorted(sample.labels.items()))): sample.value
        for family in families
        for sample in family.samples
    }


def test_what_the_service_did_is_counted(site):
    site.pulse.polls.update(changed=3, failed=1)
    site.pulse.messages[("email", DeliveryState.SENT)] += 2
    site.pulse.articles, site.pulse.matches = 7, 2
    site.pulse.compared, site.pulse.differed = 5, 1
    found = samples(site.ask("/metrics"))
    assert found["monitor_polls_total", "changed"] == 3
    assert found["monitor_polls_total", "failed"] == 1
    assert found["monitor_polls_total", "not_modified"] == 0
    assert found["monitor_messages_total", "email", "sent"] == 2
    assert found["monitor_articles_new_total",] == 7
    assert found["monitor_matches_new_total",] == 2
    assert found["monitor_polls_compared_total",] == 5
    assert found["monitor_polls_differed_total",] == 1


def test_how_the_service_is_can_be_alerted_on(site):
    site.pulse.faults["send"] = "disk full"
    found = samples(site.ask("/metrics"))
    assert found["monitor_ready",] == 1
    assert found["monitor_beat_failing", "send"] == 1
    assert found["monitor_beat_failing", "poll"] == 0
    assert found["monitor_beat_last_success_timestamp_seconds", "poll"] == NOW.timestamp()
    assert found["monitor_build_info", __version__] == 1
    assert found["process_resident_memory_bytes",] > 1e6
    site.pulse.stopping = True
    assert samples(site.ask("/metrics"))["monitor_ready",] == 0


def test_feeds_messages_and_troubles_are_counted_in_the_database(site):
    db = site.app.db
    feeds.sync(db, [Feed("https://a.example/"), Feed("https://b.example/"), Feed("https://c.example/")], NOW)
    feeds.pause(db, "https://c.example/", paused=True, now=NOW)
    with db.write() as session:
        session.add(DigestRow(id=1, recipient="desk", slot="s", created=NOW, subject="x"))
        session.flush()
        for number, state in enumerate(["waiting", "waiting", "sent"]):
            row = {"digest_id": 1, "recipient": "desk", "channel": "email", "address": str(number), "state": state}
            session.add(DeliveryRow(**row, message_id=str(number), date=NOW, payload=b""))
        session.add(TroubleRow(key="feeds silent", words="no feed could be read", since=NOW - timedelta(hours=1)))
        session.flush()
    found = samples(site.ask("/metrics"))
    assert found["monitor_feeds", "new"] == 2
    assert found["monitor_feeds", "paused"] == 1
    assert found["monitor_feeds", "dead"] == 0
    assert found["monitor_outbox", "waiting"] == 2
    assert found["monitor_outbox", "sent"] == 1
    assert found["monitor_outbox", "uncertain"] == 0
    assert found["monitor_troubles",] == 1
    assert found["monitor_database_up",] == 1


def test_feeds_that_are_blocked_or_read_whole_are_counted(site):
    db = site.app.db
    feeds.sync(db, [Feed(f"https://{name}.example/") for name in "abc"], NOW)
    assert samples(site.ask("/metrics"))["monitor_feeds_blocked",] == 0
    with db.write() as session:
        for row in session.exec(select(FeedRow).where(FeedRow.url != "https://c.example/")):
            row.blocked, row.item_hashes = row.url == "https://a.example/", READ_WHOLE
        session.flush()
    found = samples(site.ask("/metrics"))
    assert (found["monitor_feeds_blocked",], found["monitor_feeds_read_whole",]) == (1, 2)


def test_feeds_that_moved_or_had_a_gap_of_late_are_counted(site):
    db = site.app.db
    feeds.sync(db, [Feed(f"https://{name}.example/") for name in "abc"], NOW)
    with db.write() as session:
        for row in session.exec(select(FeedRow)):
            row.address = "https://elsewhere.example/" if row.url == "https://a.example/" else row.url
            row.gap_until = NOW - timedelta(days=8 if row.url == "https://b.example/" else 6)
            row.last_success = NOW
        session.flush()
    found = samples(site.ask("/metrics"))
    assert (found["monitor_feeds_moved",], found["monitor_feeds_gap",]) == (1, 2)


def test_without_the_database_the_pulse_still_tells(site):
    site.app.db.close()
    site.app.db.file.write_bytes(b"this is no database, and it is long enough to be seen as none" * 99)
    found = samples(site.ask("/metrics"))
    assert found["monitor_database_up",] == 0
    assert found["monitor_ready",] == 1
    assert not any(name[0] == "monitor_feeds" for name in found)


def test_no_label_holds_a_text_of_a_feed(site):
    feeds.sync(site.app.db, [Feed("https://canary.example/", title="canary-title")], NOW)
    assert "canary" not in site.ask("/metrics").text


def test_the_number_of_queries_does_not_grow_with_the_feeds(site):
    from sqlalchemy import event

    asked = []
    event.listen(site.app.db.engine, "before_cursor_execute", lambda *args: asked.append(args[2]))
    site.ask("/metrics")
    few = len(asked)
    feeds.sync(site.app.db, [Feed(f"https://{n}.example/") for n in range(200)], NOW)
    asked.clear()
    assert samples(site.ask("/metrics"))["monitor_feeds", "new"] == 200
    assert len(asked) == few
