import sqlite3
from contextlib import closing

import pytest

EVERY = [
    ("once",),
    ("status",),
    ("feed", "list"),
    ("match", "list"),
    ("topic", "list"),
    ("outbox", "list"),
    ("db", "upgrade"),
    ("once", "--dry-run", "--out", "never"),
]


def change(home, statement):
    """Change the database behind the program's back."""
    with closing(sqlite3.connect(home.folder / "monitor.db", isolation_level=None)) as connection:
        connection.execute(statement)
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")


def test_upgrade_makes_the_tables_and_says_so_once(home):
    first = home.run("db", "upgrade", "--json").json
    assert (first["from"], first["copy"]) == ("", None)
    again = home.run("db", "upgrade")
    assert (again.code, again.out) == (0, f"the tables are of version {first['to']} already\n")


def test_check_finds_a_database_sound(home):
    home.run("once")
    assert home.run("db", "check").out == "the database is sound\n"
    checked = home.run("db", "check", "--json")
    assert (checked.code, checked.json["ok"], checked.json["problems"]) == (0, True, [])


def test_check_says_what_to_do_where_there_are_no_tables(home):
    ran = home.run("db", "check")
    assert ran.code == 1
    assert "run monitor db upgrade" in ran.out
    assert not (home.folder / "monitor.db").exists()


@pytest.mark.parametrize("command", EVERY)
def test_a_database_of_a_newer_version_is_refused_and_not_touched(home, command):
    home.run("db", "upgrade")
    change(home, "UPDATE alembic_version SET version_num = '9999'")
    before = (home.folder / "monitor.db").read_bytes()
    ran = home.run(*command)
    assert (ran.code, ran.out) == (2, "")
    assert "is of version 9999, newer than this program knows" in ran.err
    assert "install the newer program again" in ran.err
    assert ran.err.count("\n") == 1
    assert (home.folder / "monitor.db").read_bytes() == before


@pytest.mark.parametrize("command", [("once",), ("db", "check"), ("db", "upgrade")])
def test_a_damaged_database_is_refused_and_not_touched(home, command):
    (home.folder / "monitor.db").write_bytes(b"this is no database " * 300)
    ran = home.run(*command)
    assert (ran.code, ran.out) == (2, "")
    assert "the file is damaged" in ran.err
    assert ran.err.count("\n") == 1
    assert (home.folder / "monitor.db").read_bytes() == b"this is no database " * 300


def test_another_programs_database_is_refused(home):
    change(home, "CREATE TABLE recipes (name TEXT)")
    ran = home.run("once")
    assert (ran.code, ran.out) == (2, "")
    assert "holds another program's tables" in ran.err


def test_a_folder_that_cannot_be_made_is_named(home):
    (home.folder / "var").write_text("a file where the database's folder should be")
    file = home.config / "monitor.toml"
    file.write_text(file.read_text().replace("../monitor.db", "../var/monitor.db"))
    ran = home.run("once")
    assert (ran.code, ran.out) == (1, "")
    assert ran.err.startswith(f"monitor: {home.folder}/var")
    assert ran.err.count("\n") == 1
