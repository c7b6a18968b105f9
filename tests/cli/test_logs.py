import json
import logging
from urllib.parse import quote

import pytest
import structlog

from monitor.cli import logs
from monitor.model import Secret


def test_a_record_is_one_line_and_moves_no_cursor(capsys):
    logs.configure()
    structlog.get_logger().warning("feed not read", title="\x1b[31mred\nline\u202e", error="two\r\nlines")
    written = capsys.readouterr().err
    assert written.count("\n") == 1
    assert "feed not read" in written
    assert "[31mred line" in written
    assert "\x1b" not in written


@pytest.mark.parametrize(("level", "lines"), [("warning", 1), ("info", 2)])
def test_steps_are_told_where_they_are_wanted(capsys, level, lines):
    logs.configure(level=level)
    structlog.get_logger().info("a step")
    structlog.get_logger().warning("a warning")
    assert len(capsys.readouterr().err.splitlines()) == lines


def test_a_fault_nobody_foresaw_shows_its_traceback_and_no_control_byte(capsys):
    logs.configure()
    try:
        raise ValueError("\x1b]0;owned\x07\u202e")
    except ValueError:
        structlog.get_logger().exception("poll failed")
    written = capsys.readouterr().err
    assert 'raise ValueError("' in written
    assert "ValueError: �]0;owned��" in written
    assert all(sign == "\n" or sign.isprintable() for sign in written)


def test_a_machine_gets_one_object_a_line(capsys):
    logs.configure(json=True)
    structlog.get_logger().warning("feed not read", feed="https://paper.example/\nrss")
    record = json.loads(capsys.readouterr().err)
    assert (record["event"], record["level"], record["feed"]) == (
        "feed not read",
        "warning",
        "https://paper.example/ rss",
    )
    assert record["timestamp"].endswith("Z")


@pytest.mark.parametrize("json", [False, True])
def test_no_secret_is_written_whoever_writes_and_wherever_it_stands(capsys, json):
    logs.configure(json=json, secrets=[Secret("hunter2"), Secret("hunter2-longer")])
    structlog.get_logger().warning("sent to hunter2-longer", error=ValueError("hunter2"), count=1)
    logging.getLogger("some.library").warning("POST /%s failed", "hunter2")
    try:
        raise ValueError("with hunter2 in it")
    except ValueError:
        structlog.get_logger().exception("failed")
    written = capsys.readouterr().err
    assert "hunter2" not in written
    assert "longer" not in written
    assert written.count("***") >= 4


def test_a_secret_is_hidden_also_as_programs_spell_it(capsys):
    told = 'p"ä\\s/s w'
    logs.configure(secrets=[Secret(told)])
    address = f"postgresql://monitor:{quote(told, safe='')}@db/news"
    structlog.get_logger().warning("failed", error=ValueError(told), given={"password": told}, address=address)
    try:
        raise KeyError(told)
    except KeyError:
        structlog.get_logger().exception("failed")
    written = capsys.readouterr().err
    assert [form for form in (told, repr(told)[1:-1], quote(told, safe="")) if form in written] == []
    assert written.count("***") >= 4
