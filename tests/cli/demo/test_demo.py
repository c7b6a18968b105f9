"""The demo as a newcomer sees it: a process of its own, an empty folder for its files, no configuration."""

import json
import os
import sqlite3
import subprocess
from contextlib import closing
from pathlib import Path

import pytest

from tests.cli.shapes import TURN, fits
from tests.home import PROGRAM, monitor


def shown(folder, *args):
    """Run `monitor demo` with temporary files in `folder`."""
    return subprocess.run(
        [*PROGRAM, "--config", str(folder / "none"), "demo", *args],
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
        env=os.environ | {"TMPDIR": str(folder)},
    )


@pytest.fixture(scope="module")
def document(tmp_path_factory):
    """What `demo --json` printed, and the folder for temporary files."""
    folder = tmp_path_factory.mktemp("demo")
    ran = shown(folder, "--json")
    assert (ran.returncode, ran.stderr) == (0, "")
    return json.loads(ran.stdout), folder


def test_the_whole_pipeline_runs_and_the_broken_feed_stops_no_other(document):
    told, _ = document
    assert fits(told, {key: TURN[key] for key in ("feeds", "articles", "matches", "digests")})
    assert told["feeds"] == {"polled": 6, "changed": 5, "not_modified": 0, "failed": 1, "held": 0}
    assert 5 < told["matches"]["new"] <= len(told["matched"])
    assert told["digests"] == {"sent": 2, "failed": 0}


def test_a_second_poll_reads_nothing_twice(document):
    told, _ = document
    assert told["again"]["feeds"]["not_modified"] == 5
    assert told["again"]["articles"] == {"new": 0, "updated": 0}


def test_the_mail_that_arrived_is_the_one_that_was_frozen_byte_for_byte(document):
    told, folder = document
    mail, eml = told["mail"], Path(told["mail"]["file"])
    with closing(sqlite3.connect(folder / told["folder"] / "monitor.db")) as db:
        frozen = db.execute("select payload, message_id, state from delivery where channel = 'email'").fetchall()

    assert frozen == [(eml.read_bytes(), mail["message_id"], "sent")]
    assert mail["bytes"] == eml.stat().st_size
    assert eml.parent == folder / told["folder"] / "digests"
    assert (mail["sender"], mail["receivers"]) == ("monitor@demo.invalid", ["you@demo.invalid"])
    assert (mail["from"], mail["to"]) == ("News monitor <monitor@demo.invalid>", "you@demo.invalid")
    assert mail["subject"] in told["subjects"]
    assert mail["list_id"] == "<you-by-mail.demo.invalid>"
    assert mail["parts"] == ["text/plain", "text/html"]


def test_nothing_is_left_behind_but_the_folder_that_is_named(document):
    told, folder = document
    assert [str(path) for path in folder.iterdir()] == [told["folder"]]
    left = {path.name for path in (folder / told["folder"]).rglob("*") if path.is_file()}
    assert {"monitor.db", "1.html", "1.txt", "2.eml"} <= left


def test_people_see_each_stage_and_how_to_go_on(tmp_path):
    ran = shown(tmp_path, "--out", str(tmp_path / "out"))
    assert (ran.returncode, ran.stderr) == (0, "")
    heads = [line[:2] for line in ran.stdout.splitlines() if line[:1].isdigit() and line[1:3] == ". "]
    assert heads[:5] == ["1.", "2.", "3.", "4.", "5."]  # the digest within has numbers too
    assert "\n6. The same by e-mail, as a mail server on loopback took it\n" in ran.stdout
    assert "! Late Edition: not a feed but an HTML page" in ran.stdout
    assert "5 feeds answered “not modified”" in ran.stdout
    assert str(tmp_path / "out" / "digests" / "1.html") in ran.stdout
    assert (tmp_path / "out" / "digests" / "1.txt").read_text() in ran.stdout
    assert "MAIL FROM:<monitor@demo.invalid>  RCPT TO:<you@demo.invalid>" in ran.stdout
    assert "and in it: text/plain, text/html" in ran.stdout
    assert str(tmp_path / "out" / "digests" / "2.eml") in ran.stdout
    assert [path.name for path in tmp_path.iterdir()] == ["out"]


@pytest.mark.parametrize("place", ["file", "full", "file/below"])
def test_a_place_that_cannot_be_used_is_named_and_left_alone(tmp_path, place):
    (tmp_path / "file").write_text("mine")
    (tmp_path / "full").mkdir()
    (tmp_path / "full" / "mine").write_text("mine")
    ran = monitor("demo", "--out", str(tmp_path / place))
    assert ran.code in (1, 2)
    assert ran.err.startswith("monitor: ")
    assert ran.err.count("\n") == 1
    assert sorted(path.name for path in tmp_path.rglob("*")) == ["file", "full", "mine"]
