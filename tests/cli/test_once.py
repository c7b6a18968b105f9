import json
import sqlite3
from contextlib import closing

import pytest

from tests import documents
from tests.cli.conftest import RSS
from tests.cli.shapes import TURN, fits
from tests.documents import ago, talks
from tests.home import Home


def test_its_document_has_every_key_and_stands_alone_on_standard_output(home):
    ran = home.run("once", "--json")
    assert fits(ran.json, TURN)
    assert ran.code == 0
    assert ran.err == ""


def test_people_read_what_came_of_it(home):
    ran = home.run("once")
    assert "1 feeds polled: 1 changed" in ran.out
    assert "2 new articles, 0 updated; 1 new matches" in ran.out
    assert f"me ({home.digests}): sent" in ran.out


def test_each_broken_feed_is_named_with_its_fault(server, tmp_path):
    home = Home(tmp_path, server.serve("/fault", status=503))
    ran = home.run("once")
    assert ran.code == 1
    assert "/fault: HTTP 503: it is overloaded" in ran.out


def test_a_delivery_that_fails_is_named_and_is_exit_code_1(home):
    home.digests.write_text("a file where the folder should be")
    ran = home.run("once", "--json")
    assert ran.code == 1
    assert ran.json["digests"] == {"sent": 0, "failed": 1}
    (message,) = home.run("outbox", "list", "--json").json
    assert message["last_error"]


@pytest.mark.parametrize(
    "moment", ["yesterday", "2026-11-22", "2026-11-22T08:30", "0001-01-01T00:00Z", "9999-12-31T23:59-12:00"]
)
def test_a_moment_that_is_none_is_refused_before_anything_is_done(home, moment):
    ran = home.run("once", "--as-of", moment)
    assert ran.code == 2
    assert ran.err.startswith(f"monitor: --as-of {moment}: ")
    assert ran.err.count("\n") == 1
    assert not (home.folder / "monitor.db").exists()


@pytest.mark.parametrize("args", [("--dry-run",), ("--out", "there")])
def test_a_rehearsal_wants_a_folder_and_a_folder_a_rehearsal(home, args):
    ran = home.run("once", *args)
    assert ran.code == 2
    assert "--dry-run and --out DIR go together" in ran.err


def test_a_rehearsal_goes_on_from_what_is_stored_and_changes_none_of_it(server, home, tmp_path):
    home.run("once")
    server.serve("/own", documents.rss([talks(1), talks(2)]), content_type=RSS)
    before = home.run("match", "list", "--json").out
    args = ("--dry-run", "--out", str(tmp_path / "out"), "--as-of", "2099-01-01T08:00Z")
    ran = home.run("once", *args, "--json")
    assert (ran.code, ran.json["articles"]["new"], ran.json["digests"]["sent"]) == (0, 1, 1)
    (digest,) = (tmp_path / "out").glob("*.txt")
    assert talks(2).title in digest.read_text()
    assert talks(1).title not in digest.read_text()
    assert home.run("match", "list", "--json").out == before
    assert len(home.delivered()) == 1


def test_a_rehearsal_whose_folder_cannot_be_written_says_so(home, tmp_path):
    (tmp_path / "file").write_text("mine")
    ran = home.run("once", "--dry-run", "--out", str(tmp_path / "file"))
    assert ran.code == 1
    assert f"{tmp_path / 'file'}" in ran.out


def test_all_sets_the_schedule_aside(server, tmp_path):
    body = documents.rss([talks(1)]).replace("<channel>", "<channel><ttl>600</ttl>")
    home = Home(tmp_path, server.serve("/slow", body, content_type=RSS))
    home.run("once")
    assert home.run("once", "--json").json["feeds"]["polled"] == 0
    assert home.run("once", "--all", "--json").json["feeds"]["polled"] == 1


def test_a_database_that_cannot_be_written_is_one_line_and_exit_code_1(home):
    (home.folder / "monitor.db").mkdir()
    ran = home.run("once", "--json")
    assert ran.code == 1
    assert ran.out == ""
    assert ran.err.startswith(f"monitor: {home.folder}/monitor.db: ")
    assert ran.err.count("\n") == 1


def test_a_turn_of_its_own_process_prints_one_document(home):
    running = home.start("once", "--json")
    out, err = running.communicate(timeout=60)
    assert fits(json.loads(out), TURN)
    assert (running.returncode, err) == (0, "")


def test_turns_of_cron_learn_the_hours_that_feeds_keep_once_a_day(server, home):
    hours = "SELECT hours FROM feed"
    home.run("once")
    server.serve("/own", documents.rss([talks(1), talks(7, hours=0)]), content_type=RSS)
    home.run("once", "--all")  # within the day nothing is learnt again
    assert query(home, hours) == [("[]",)]
    query(home, "UPDATE setting SET value = ? WHERE key = 'hours learnt'", ago(days=1).isoformat())
    home.run("once")
    ((learnt,),) = query(home, hours)
    assert sum(json.loads(learnt)) == 1  # of what came since the first poll


def query(home, statement, *values):
    """Ask the database what the program does not tell."""
    with closing(sqlite3.connect(home.folder / "monitor.db")) as db, db:
        return db.execute(statement, values).fetchall()
