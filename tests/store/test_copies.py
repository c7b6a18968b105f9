import resource
import shutil
import sqlite3
import subprocess
import sys
from contextlib import closing
from datetime import timedelta

import pytest

from monitor.errors import DatabaseDamaged, DatabaseRefused, StoreError, UsageError
from monitor.store import copies, database, keeping, polls
from tests.store.samples import NOW, claim, draft, poll


@pytest.fixture
def db(tmp_path):
    with closing(database.open_database(f"sqlite:///{tmp_path / 'm.db'}", NOW)) as opened:
        yield opened


def fill(db, count, now=NOW):
    state = claim(db, now=now)
    polls.record(db, poll(state, *(draft(state, n, text=f"Part {n}. " * 200) for n in range(count))))


def run(path, statement):
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        return connection.execute(statement).fetchall()


def test_a_copy_is_whole_private_and_verified(db, tmp_path):
    fill(db, 20)
    made = copies.make(db, tmp_path / "copy.db")
    assert (made.version, made.rows["article"], made.bytes) == (
        database.HEAD,
        20,
        (tmp_path / "copy.db").stat().st_size,
    )
    assert (tmp_path / "copy.db").stat().st_mode & 0o777 == 0o600
    assert run(tmp_path / "copy.db", "PRAGMA journal_mode") == [("delete",)]
    assert copies.verify(tmp_path / "copy.db").rows == made.rows


def test_a_copy_is_made_while_another_writes(db, tmp_path):
    fill(db, 3)
    with db.write() as session:
        session.connection().exec_driver_sql("DELETE FROM sighting")
        copies.make(db, tmp_path / "copy.db")
    assert run(tmp_path / "copy.db", "SELECT count(*) FROM sighting") == [(3,)]


def test_what_signs_links_stands_in_no_byte_of_a_copy(db, tmp_path):
    keeping.keep(db, keeping.SIGNING_SECRET, "canary-7f3a9")
    keeping.keep(db, "last backup", "kept-too")
    copies.make(db, tmp_path / "copy.db")
    found = (tmp_path / "copy.db").read_bytes()
    assert b"kept-too" in found
    assert b"canary-7f3a9" not in found
    assert keeping.kept(db, keeping.SIGNING_SECRET) == "canary-7f3a9"


def test_a_copy_tells_how_far_it_is_and_stops_when_told(db, tmp_path, monkeypatch):
    monkeypatch.setattr(copies, "TICK", 100)
    fill(db, 300)
    seen = []
    copies.make(db, tmp_path / "a.db", lambda done, total: seen.append((done, total)))
    assert seen
    assert all(0 <= done <= total * 1.1 for done, total in seen)
    with pytest.raises(StoreError, match="interrupted"):
        copies.make(db, tmp_path / "b.db", lambda done, total: True)
    assert sorted(path.name for path in tmp_path.glob("*b.db*")) == []


def test_a_copy_that_does_not_fit_leaves_nothing_and_the_old_one_stays(db, tmp_path):
    fill(db, 100)
    copies.make(db, tmp_path / "copy.db")
    before = (tmp_path / "copy.db").read_bytes()
    script = (
        "import sys, resource; from pathlib import Path; from monitor.store import copies, database\n"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, 100_000))\n"
        "copies.make(database.Database(sys.argv[1]), Path(sys.argv[2]))"
    )
    assert (tmp_path / "copy.db").stat().st_size > 100_000
    ran = subprocess.run(
        [sys.executable, "-c", script, db.url, str(tmp_path / "copy.db")], capture_output=True, text=True, check=False
    )
    assert f"StoreError: {tmp_path / 'copy.db'}: " in ran.stderr
    assert (tmp_path / "copy.db").read_bytes() == before
    assert list(tmp_path.glob(".copy.db*")) == []
    assert resource.getrlimit(resource.RLIMIT_FSIZE)[0] != 100_000


def test_a_copy_that_died_is_in_nobodys_way(db, tmp_path):
    (tmp_path / ".copy.db.part").write_bytes(b"half of a copy")
    assert copies.make(db, tmp_path / "copy.db").rows["article"] == 0


def test_a_damaged_database_makes_no_copy(db, tmp_path):
    fill(db, 100)
    db.close()
    file = tmp_path / "m.db"
    content = bytearray(file.read_bytes())
    content[40_000:200_000] = b"\xff" * 160_000
    file.write_bytes(content)
    with pytest.raises(DatabaseDamaged, match="damaged"):
        copies.make(db, tmp_path / "copy.db")
    assert list(tmp_path.glob("*copy.db*")) == []


def test_an_empty_database_makes_no_copy(tmp_path):
    with pytest.raises(UsageError, match="nothing to back up"):
        copies.make(database.Database(f"sqlite:///{tmp_path / 'new.db'}"), tmp_path / "copy.db")
    assert list(tmp_path.iterdir()) == []


def test_a_copy_is_refused_for_what_it_is(db, tmp_path):
    fill(db, 100)
    good = tmp_path / "good.db"
    copies.make(db, good)

    def variant(name, statement):
        shutil.copy(good, tmp_path / name)
        run(tmp_path / name, statement)
        return tmp_path / name

    (tmp_path / "text.db").write_text("no database at all, but long enough to be looked at " * 9)
    cut = tmp_path / "cut.db"
    cut.write_bytes(good.read_bytes()[:60_000])
    run(tmp_path / "photos.db", "CREATE TABLE photos (id INTEGER)")
    (tmp_path / "empty.db").touch()
    refused = {
        "text.db": (DatabaseDamaged, "not a database"),
        "cut.db": (DatabaseDamaged, "damaged"),
        "photos.db": (DatabaseRefused, "no backup of a monitor"),
        "empty.db": (DatabaseRefused, "no backup of a monitor"),
        "gone.db": (UsageError, "no such file"),
        variant("newer.db", "UPDATE alembic_version SET version_num = '9999'").name: (DatabaseRefused, "newer"),
        variant("orphan.db", "DELETE FROM feed WHERE id = 1").name: (DatabaseDamaged, "rows that are missing"),
    }
    for name, (kind, words) in refused.items():
        with pytest.raises(kind, match=words):
            copies.verify(tmp_path / name)


def test_a_copy_takes_the_place_and_what_was_there_is_aside(db, tmp_path):
    fill(db, 2)
    copies.make(db, tmp_path / "copy.db")
    fill(db, 5, NOW + timedelta(hours=1))
    db.close()
    aside = copies.put_in_place(tmp_path / "copy.db", tmp_path / "m.db", NOW)
    assert aside == tmp_path / "m.db.before-restore-20261122T083000Z"
    assert run(tmp_path / "m.db", "SELECT count(*) FROM article") == [(2,)]
    assert run(aside, "SELECT count(*) FROM article") == [(5,)]


def test_the_log_beside_a_damaged_database_goes_aside_with_it(db, tmp_path):
    copies.make(db, tmp_path / "copy.db")
    db.close()
    (tmp_path / "m.db").write_bytes(b"no database " * 500)
    (tmp_path / "m.db-wal").write_bytes(b"the log of a crash")
    aside = copies.put_in_place(tmp_path / "copy.db", tmp_path / "m.db", NOW)
    assert aside.read_bytes() == b"no database " * 500
    assert aside.with_name(f"{aside.name}-wal").read_bytes() == b"the log of a crash"
    assert not (tmp_path / "m.db-wal").exists()
    assert copies.verify(tmp_path / "m.db").version == database.HEAD


def test_a_database_that_a_command_has_open_stays(db, tmp_path, monkeypatch):
    monkeypatch.setattr(copies, "QUIET_SECONDS", 0.05)
    copies.make(db, tmp_path / "copy.db")
    with db.read() as session:
        session.connection().exec_driver_sql("SELECT * FROM feed")
        with pytest.raises(StoreError, match="another command has it open"):
            copies.put_in_place(tmp_path / "copy.db", tmp_path / "m.db", NOW + timedelta(days=1))
    assert list(tmp_path.glob("m.db.before*")) == []
    assert (tmp_path / "copy.db").exists()
