import json
import re
import shutil
import sqlite3
from contextlib import closing

import pytest

from monitor.store import database
from tests.cli.test_db import change

DAMAGE = b"no database at all " * 500


@pytest.fixture
def told(home):
    """An installation that has had its first turn, and a backup of it."""
    assert home.run("once").code == 0
    assert home.run("backup", str(home.folder / "copy.db")).code == 0
    return home


def test_backup_says_what_it_made(home):
    home.run("once")
    file = home.folder / "copy.db"
    ran = home.run("backup", str(file), "--json")
    assert (ran.code, ran.err) == (0, "")
    assert ran.json == {
        "file": str(file),
        "bytes": file.stat().st_size,
        "version": database.HEAD,
        "rows": {**ran.json["rows"], "article": 2, "digest": 1},
    }
    again = home.run("backup", str(file))
    assert (again.code, again.out, again.err) == (2, "", f"monitor: {file} is there already: name a new file\n")
    other = home.run("backup", str(home.folder / "other.db"))
    assert re.fullmatch(r".*/other\.db: 0\.\d MB, 2 articles, verified\n", other.out)


@pytest.mark.parametrize("place", ["missing/copy.db", "digests/1.txt/copy.db"])
def test_a_backup_needs_a_folder(told, place):
    ran = told.run("backup", str(told.folder / place))
    assert (ran.code, ran.out) == (2, "")
    assert re.fullmatch(r"monitor: .*: there is no such folder\n", ran.err)


def test_a_backup_into_a_place_that_takes_no_files_is_one_line(told):
    ran = told.run("backup", "/proc/monitor-copy.db")
    assert (ran.code, ran.out) == (1, "")
    assert re.fullmatch(r"monitor: /proc/monitor-copy\.db: .*\n", ran.err)


def test_a_backup_is_made_while_the_database_is_locked_for_writing(told):
    with closing(sqlite3.connect(told.folder / "monitor.db", isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        assert told.run("backup", str(told.folder / "second.db")).code == 0


def test_before_the_first_turn_there_is_nothing_to_back_up(home):
    ran = home.run("backup", str(home.folder / "copy.db"))
    assert ran.code == 2
    assert "nothing to back up" in ran.err
    assert not (home.folder / "monitor.db").exists()


def test_restore_brings_the_backup_back_and_says_what_is_next(told):
    change(told, "UPDATE article SET title = 'changed'")
    ran = told.run("restore", str(told.folder / "copy.db"))
    assert (ran.code, ran.err) == (0, "")
    assert "monitor.db is the backup now" in ran.out
    assert "before-restore-" in ran.out
    assert "next: monitor db check" in ran.out
    assert told.run("db", "check").code == 0
    assert "changed" not in told.run("match", "list", "--json").out
    before = len(told.delivered())
    assert told.run("once").code == 0
    assert len(told.delivered()) == before


def test_restore_prints_json(told):
    ran = told.run("restore", str(told.folder / "copy.db"), "--json")
    file, aside = ran.json["file"], ran.json["aside"]
    facts = {name: ran.json[name] for name in ("version", "held", "told")}
    assert facts == {"version": database.HEAD, "held": 0, "told": 0}
    assert aside.startswith(f"{file}.before-restore-")


@pytest.mark.parametrize("until", ["yesterday", "2026-11-22", "2099-01-01T00:00:00Z"])
def test_restore_wants_a_moment_that_has_been(told, until):
    before = (told.folder / "monitor.db").read_bytes()
    ran = told.run("restore", str(told.folder / "copy.db"), "--told-until", until)
    assert (ran.code, ran.out) == (2, "")
    assert ran.err.startswith(f"monitor: --told-until {until}: ")
    assert (told.folder / "monitor.db").read_bytes() == before


@pytest.mark.parametrize("command", [("once",), ("db", "check"), ("db", "upgrade"), ("backup", "new.db")])
def test_a_damaged_database_names_the_last_good_backup(told, command):
    backups = told.folder / "my backups"
    backups.mkdir()
    shutil.copy(told.folder / "copy.db", backups / "monitor-20261121.db")
    (backups / "monitor-20261122.db").write_bytes(DAMAGE)
    file = told.config / "monitor.toml"
    file.write_text(file.read_text() + '\n[backup]\nfolder = "../my backups"\n')
    (told.folder / "monitor.db").write_bytes(DAMAGE)
    ran = told.run(*command)
    assert (ran.code, ran.out) == (2, "")
    named = re.search(r"Put your last good backup in its place: monitor restore '(.*/monitor-20261121\.db)'\n", ran.err)
    assert named
    assert ran.err.count("\n") == 1
    assert (told.folder / "monitor.db").read_bytes() == DAMAGE
    assert told.run("restore", named[1]).code == 0
    assert told.run("once").code == 0


def test_prune_counts_and_prunes(told):
    change(told, "UPDATE article SET first_seen = '2020-01-01 00:00:00.000000', updated_at = NULL")
    change(told, "UPDATE delivery SET date = '2020-01-01 00:00:00.000000'")
    counted = told.run("prune", "--dry-run", "--json").json
    assert counted == {"articles": 2, "judgements": 2, "messages": 1, "dry_run": True}
    assert told.run("prune", "--dry-run").out.startswith("would be emptied: the texts of 2 articles")
    assert told.run("prune", "--json").json == {**counted, "dry_run": False}
    assert told.run("prune").out == "emptied: the texts of 0 articles and 0 messages; removed: 0 judgements\n"
    before = len(told.delivered())
    assert told.run("once", "--all", "--as-of", "2099-01-01T09:00:00Z").code == 0
    assert len(told.delivered()) == before


@pytest.mark.parametrize("verb", ["show", "resend"])
def test_a_digest_whose_text_was_pruned_says_so(told, verb):
    change(told, "UPDATE delivery SET payload = x''")
    ran = told.run("digest", verb, "1")
    assert (ran.code, ran.out) == (2, "")
    assert ran.err == ("monitor: digest 1: its text is no longer kept; its stories are: monitor digest show 1 --json\n")
    assert json.loads(told.run("digest", "show", "1", "--json").out)["sections"]
