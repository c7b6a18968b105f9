import sqlite3
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from monitor.actions import backup
from monitor.app import open_app
from monitor.config import load
from monitor.config.settings import Backup
from monitor.errors import StoreError, UsageError
from monitor.model import Feed, Update
from monitor.store import copies, keeping, outbox, polls, recipients
from monitor.store.lock import service_lock
from tests.home import Home
from tests.store.samples import claim, draft, judgement, poll
from tests.store.test_outbox import frozen

NOW = datetime(2026, 11, 22, 8, 30, tzinfo=UTC)
HOUR = timedelta(hours=1)
DAY = timedelta(days=1)


@pytest.fixture
def app(tmp_path):
    """An installation whose recipient is told at 8 each day, in UTC; its database holds two matches."""
    home = Home(tmp_path, "https://a.example/feed")
    opened = open_app(load(home.config, {}), NOW)
    yield opened
    opened.db.close()


def bring(app, *numbers, now=NOW):
    state = claim(app.db, Feed("https://a.example/feed"), now=now)
    drafts = (draft(state, n, judgements=(judgement(80, topic="talks"),)) for n in numbers)
    polls.record(app.db, poll(state, *drafts, at=now))


def tell(app, now, slot, *told):
    outbox.freeze(app.db, frozen(slot, told=told), now, settles=True)
    outbox.finish(app.db, outbox.claim(app.db, now), None)


def had(app):
    return outbox.had(app.db, "me")


def copy_then_restore(app, tmp_path, now, **options):
    backup.backup(app.db, tmp_path / "copy.db")
    app.db.close()
    return backup.restore(app.settings, tmp_path / "copy.db", now, **options)


def nights(folder):
    return sorted(path.name for path in folder.iterdir())


def test_a_file_that_is_there_is_not_written_over(app, tmp_path):
    (tmp_path / "copy.db").write_text("my holiday")
    with pytest.raises(UsageError, match="is there already"):
        backup.backup(app.db, tmp_path / "copy.db")
    assert (tmp_path / "copy.db").read_text() == "my holiday"


def test_a_postgres_names_its_own_command_without_its_password():
    address = "postgresql+psycopg://me:canary@db.example:5432/news"
    assert backup.postgres_command("pg_dump", address, Path("a b.dump")) == (
        "pg_dump --format=custom '--file=a b.dump' postgresql://me@db.example:5432/news"
    )
    assert "canary" not in backup.postgres_command("pg_restore", address, Path("a.dump"))


def test_a_restore_brings_back_what_was_and_keeps_what_is(app, tmp_path):
    bring(app, 1)
    backup.backup(app.db, tmp_path / "copy.db")
    bring(app, 2, now=NOW + HOUR)
    keeping.keep(app.db, keeping.SIGNING_SECRET, "signs")
    app.db.close()
    done = backup.restore(app.settings, tmp_path / "copy.db", NOW + 2 * HOUR)
    assert done.aside.name == "monitor.db.before-restore-20261122T103000Z"
    assert copies.verify(done.aside).rows["article"] == 2
    assert copies.verify(done.file).rows["article"] == 1
    assert keeping.kept(app.db, keeping.SIGNING_SECRET) == "signs"
    assert not list(tmp_path.glob("*restoring*"))


@pytest.mark.parametrize("present", [b"", b"no database at all " * 500, None])
def test_a_restore_works_where_the_present_database_is_damaged_or_missing(app, tmp_path, present):
    bring(app, 1)
    backup.backup(app.db, tmp_path / "copy.db")
    app.db.close()
    file = app.db.file
    file.unlink()
    if present is not None:
        file.write_bytes(present)
    done = backup.restore(app.settings, tmp_path / "copy.db", NOW + DAY)
    assert (done.aside.read_bytes() if done.aside else None) == present
    assert copies.verify(file).rows["article"] == 1


def test_a_restore_waits_for_no_running_service(app, tmp_path):
    backup.backup(app.db, tmp_path / "copy.db")
    before = app.db.file.read_bytes()
    with (
        service_lock(app.db.url, NOW, "monitor run"),
        pytest.raises(UsageError, match=r"^monitor run \(process .* stop it first$"),
    ):
        backup.restore(app.settings, tmp_path / "copy.db", NOW)
    assert app.db.file.read_bytes() == before


def test_a_backup_that_is_newer_or_damaged_is_refused_and_nothing_is_touched(app, tmp_path):
    backup.backup(app.db, tmp_path / "newer.db")
    with closing(sqlite3.connect(tmp_path / "newer.db", isolation_level=None)) as connection:
        connection.execute("UPDATE alembic_version SET version_num = '9999'")
    (tmp_path / "damaged.db").write_bytes(b"?" * 9000)
    app.db.close()
    before = app.db.file.read_bytes()
    for name, words in (("newer.db", "newer than this program"), ("damaged.db", "damaged"), ("gone.db", "no such")):
        with pytest.raises(UsageError, match=words):
            backup.restore(app.settings, tmp_path / name, NOW)
    with pytest.raises(UsageError, match="is the database itself"):
        backup.restore(app.settings, app.db.file, NOW)
    assert app.db.file.read_bytes() == before
    assert not list(tmp_path.glob("*.before-restore-*"))


def test_a_backup_of_an_older_release_is_migrated(app, tmp_path):
    old = Path(__file__).parent.parent / "store" / "data" / "0001.sql"
    with closing(sqlite3.connect(tmp_path / "old.db")) as connection:
        connection.executescript(old.read_text(encoding="utf-8"))
    app.db.close()
    done = backup.restore(app.settings, tmp_path / "old.db", NOW + DAY)
    assert (done.version, done.held) == ("0001", 2)
    assert had(app) == {"t-1", "t-2", "t-6"}
    assert not list(tmp_path.glob("*.bak"))


def test_what_was_on_its_way_is_held_after_a_restore(app, tmp_path):
    outbox.freeze(app.db, frozen("first", told=("talks-1",)), NOW, settles=True)
    done = copy_then_restore(app, tmp_path, NOW + HOUR)
    assert done.held == 1
    assert outbox.claim(app.db, NOW + 9 * DAY) is None


def test_what_a_digest_since_the_backup_told_counts_as_told(app, tmp_path):
    bring(app, 1)
    tell(app, NOW, "first", "talks-1")
    bring(app, 2, now=NOW + HOUR)
    done = copy_then_restore(app, tmp_path, NOW + DAY)  # the digest of 8 o'clock went out meanwhile
    assert (done.told, had(app)) == (1, {"talks-1", "talks-2"})
    assert outbox.standing(app.db, "me").settled == NOW + DAY
    assert [record.slot for record in outbox.digests(app.db)] == ["first"]


def test_what_no_digest_since_the_backup_told_is_still_to_be_told(app, tmp_path):
    tell(app, NOW, "first", "talks-9")
    bring(app, 1, now=NOW + HOUR)
    done = copy_then_restore(app, tmp_path, NOW + 2 * HOUR)
    assert (done.told, had(app)) == (0, {"talks-9"})


def test_a_change_that_a_digest_since_the_backup_told_counts_as_told(app, tmp_path):
    bring(app, 1)
    tell(app, NOW, "first", "talks-1")
    state = claim(app.db, Feed("https://a.example/feed"), now=NOW + HOUR)
    fresh = draft(state, 1, text="The talks in Stockholm go on in May, the Swedish minister said on Monday.")
    update = Update(1, fresh.item, fresh.document, (judgement(80, topic="talks"),))
    polls.record(app.db, poll(state, at=NOW + HOUR, updates=(update,)))

    copy_then_restore(app, tmp_path, NOW + DAY)

    [said] = outbox.how_far(app.db, "me").values()
    assert (len(said.said), said.version) == (1, 1)


def test_a_person_may_know_when_the_last_digest_went_out(app, tmp_path):
    bring(app, 1)
    tell(app, NOW, "first", "talks-1")
    bring(app, 2, now=NOW + HOUR)
    done = copy_then_restore(app, tmp_path, NOW + 3 * DAY, told_until=NOW + 2 * HOUR)
    assert (done.told, had(app)) == (0, {"talks-1"})
    teller, recipient = app.teller(), app.recipients[0]
    assert teller.due(recipient, NOW + 3 * DAY).name == "2026-11-25T08:00"


def test_a_recipient_that_was_told_nothing_yet_has_its_first_digest_to_come(app, tmp_path):
    bring(app, 1)
    copy_then_restore(app, tmp_path, NOW + DAY)
    assert outbox.standing(app.db, "me").settled is None


def test_a_nightly_backup_is_due_at_once_and_then_at_three(app, tmp_path):
    kept = Backup(tmp_path / "backups", 14)
    zone = "Asia/Seoul"  # 3 o'clock there is 18 in UTC
    assert backup.last_backup(app.db) is None
    assert backup.backup_due(app.db, NOW, zone)
    made = backup.nightly(app.db, kept, NOW, zone)
    assert made == tmp_path / "backups" / "monitor-20261122.db"
    assert ((tmp_path / "backups").stat().st_mode & 0o777, made.stat().st_mode & 0o777) == (0o700, 0o600)
    assert backup.last_backup(app.db) == NOW
    assert [backup.backup_due(app.db, NOW + n * HOUR, zone) for n in (0, 9, 10, 40)] == [False, False, True, True]
    assert backup.nightly(app.db, kept, NOW + 10 * HOUR, zone).name == "monitor-20261123.db"
    assert not backup.backup_due(app.db, NOW + 11 * HOUR, zone)


def test_a_clock_that_was_a_year_ahead_stops_no_backup(app):
    keeping.keep(app.db, backup.LAST_BACKUP, (NOW + 365 * DAY).isoformat())
    assert backup.backup_due(app.db, NOW, "UTC")


def test_old_nightly_backups_go_and_nothing_else(app, tmp_path):
    folder = tmp_path / "backups"
    folder.mkdir()
    for name in ("monitor-20261107.db", "monitor-20261108.db", "monitor-2025.db", "mine.db", "monitor-20200101.db.txt"):
        (folder / name).touch()
    backup.nightly(app.db, Backup(folder, 14), NOW, "UTC")
    assert set(nights(folder)) == {
        "mine.db",
        "monitor-2025.db",
        "monitor-20200101.db.txt",
        "monitor-20261108.db",
        "monitor-20261122.db",
    }


def test_half_a_copy_of_another_night_goes(app, tmp_path):
    folder = tmp_path / "backups"
    folder.mkdir()
    (folder / ".monitor-20261120.db.part").touch()
    (folder / ".mine.part").touch()
    backup.nightly(app.db, Backup(folder, 14), NOW, "UTC")
    assert nights(folder) == [".mine.part", "monitor-20261122.db"]


def test_a_folder_of_backups_that_cannot_be_made_is_one_line_and_stays_due(app, tmp_path):
    (tmp_path / "backups").write_text("a file")
    with pytest.raises(StoreError, match=r"^.*backups: the folder of backups can't be made: .*$"):
        backup.nightly(app.db, Backup(tmp_path / "backups", 14), NOW, "UTC")
    assert backup.backup_due(app.db, NOW, "UTC")


def test_the_last_good_backup_is_the_newest_that_is_sound(app, tmp_path):
    kept = Backup(tmp_path / "backups", 14)
    assert backup.last_good(kept) is None
    assert backup.last_good(None) is None
    for day in range(2):
        backup.nightly(app.db, kept, NOW + day * DAY, "UTC")
    (kept.folder / "monitor-20261123.db").write_bytes(b"?" * 9000)
    assert backup.last_good(kept) == kept.folder / "monitor-20261122.db"


def test_prune_keeps_what_the_configuration_wants(app):
    bring(app, 1)
    assert backup.prune(app, NOW + 179 * DAY).articles == 0
    assert backup.prune(app, NOW + 181 * DAY, dry_run=True).articles == 1
    assert backup.prune(app, NOW + 181 * DAY).articles == 1


def test_prune_keeps_a_match_that_is_told_once_a_year(app):
    bring(app, 1)
    outbox.settle(app.db, "me", NOW, told_article=1)
    bring(app, 2, now=NOW + DAY)
    assert backup.prune(app, NOW + 365 * DAY).articles == 1
    assert backup.prune(app, NOW + 365 * DAY).articles == 0
    recipients.pause(app.db, "me")
    assert backup.prune(app, NOW + 365 * DAY).articles == 1
