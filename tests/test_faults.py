"""What holds when the program dies, the database is locked, full or read-only, or the folder can't be written."""

import re
import sqlite3
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext
from datetime import datetime
from pathlib import Path
from threading import Timer
from typing import Any

from sqlalchemy import Engine, event

from monitor.delivery import CHANNELS
from monitor.delivery.folder import Folder
from monitor.model import Delivery, Recipient
from tests import documents
from tests.documents import Item, talks
from tests.home import Home
from tests.server import Server


class PowerCut(BaseException):
    """Ends the program as a loss of power does: nothing after it is written."""


def publish(server: Server, items: list[Item], path: str = "/feed") -> str:
    return server.serve(path, documents.rss(items), content_type="application/rss+xml", etag=f'"{len(items)}"')


@contextmanager
def listening(name: str, listener: Callable[..., None]) -> Iterator[None]:
    """Have SQLAlchemy call `listener` for every engine that is made."""
    event.listen(Engine, name, listener)
    try:
        yield
    finally:
        event.remove(Engine, name, listener)


@contextmanager
def dying_at_write(number: int) -> Iterator[None]:
    """Cut the power before the `number`-th transaction that writes is committed."""
    count = 0

    def commit(connection: Any) -> None:
        nonlocal count
        count += connection.get_execution_options().get("immediate", False)
        if count >= number:
            raise PowerCut

    with listening("commit", commit):
        yield


_watch: list[Callable[[str, tuple[Any, ...]], None]] = []


def _audit(name: str, arguments: tuple[Any, ...]) -> None:
    for watch in _watch:
        watch(name, arguments)


sys.addaudithook(_audit)  # Python calls it before it opens, renames or makes anything; it can't be taken away again


@contextmanager
def dying_at_file(folder: Path, number: int) -> Iterator[None]:
    """Cut the power before `folder` is touched for the `number`-th time."""
    count = 0

    def watch(name: str, arguments: tuple[Any, ...]) -> None:
        nonlocal count
        if name in ("open", "os.rename", "os.mkdir") and str(folder) in str(arguments[0]):
            count += 1
            if count >= number:
                raise PowerCut

    _watch.append(watch)
    try:
        yield
    finally:
        _watch.remove(watch)


def lives(home: Home, minute: int) -> bool:
    """Run a turn and tell whether it came to its end."""
    try:
        assert home.run("once", "--as-of", f"2099-01-01T00:{minute:02}:00Z").code == 0
    except BaseException as error:
        if isinstance(error, PowerCut) or (isinstance(error, BaseExceptionGroup) and error.subgroup(PowerCut)):
            return False
        raise
    return True


def told_once(home: Home, items: list[Item]) -> None:
    """Assert that each item stands in one digest, and that what was delivered is what is on record."""
    digests = home.delivered()
    told = {item.title: sum(item.title + "\n" in digest for digest in digests) for item in items}
    assert told == {item.title: 1 for item in items}
    recorded = home.run("digest", "list", "--json").json
    assert {digest["state"] for digest in recorded} == {"sent"}
    assert sum(digest["stories"] for digest in recorded) == len(items)
    assert len(recorded) == len(digests)
    assert home.run("db", "check").code == 0


def die_until_it_lives(home: Home, server: Server, dying: Callable[[int], Any]) -> int:
    """Let each turn die one step later than the one before, with something new to lose; return the last step."""
    items = [talks(0)]
    for step in range(1, 40):
        publish(server, items)
        with dying(step):
            if lives(home, step):
                break
        items.append(talks(step))
    for minute in (50, 55):
        publish(server, items)
        assert lives(home, minute)
    told_once(home, items)
    return step


def test_a_turn_that_dies_at_any_transaction_loses_and_repeats_nothing(server, tmp_path):
    home = Home(tmp_path, publish(server, []), schedule="* * * * *")
    assert die_until_it_lives(home, server, dying_at_write) > 6


def test_a_turn_that_dies_at_any_file_of_the_folder_delivers_each_digest_once(server, tmp_path):
    home = Home(tmp_path, publish(server, []), schedule="* * * * *")
    assert die_until_it_lives(home, server, lambda step: dying_at_file(home.digests, step)) > 5


def test_two_turns_at_once_neither_fail_nor_repeat_anything(server, tmp_path):
    items = [talks(n) for n in range(5)]
    home = Home(tmp_path, *(publish(server, items[n : n + 3], f"/{n}") for n in range(3)))
    running = [home.start("once") for _ in range(2)]
    for one in running:
        _, errors = one.communicate(timeout=120)
        assert (one.returncode, errors) == (0, "")
    told_once(home, items)


def test_a_locked_database_is_waited_for(server, tmp_path):
    home = Home(tmp_path, publish(server, [talks(1)]))
    assert home.run("db", "upgrade").code == 0
    other = sqlite3.connect(tmp_path / "monitor.db", isolation_level=None, check_same_thread=False)
    other.execute("BEGIN IMMEDIATE")
    free = Timer(0.3, lambda: other.execute("COMMIT"))
    free.start()
    assert home.run("once").code == 0
    free.join()
    other.close()
    told_once(home, [talks(1)])


def test_a_full_disk_is_said_in_one_line_and_nothing_is_lost(server, tmp_path):
    items = [talks(0)]
    home = Home(tmp_path, publish(server, items), schedule="* * * * *")
    assert lives(home, 0)
    items += [
        Item(t.title, t.text + " More words of the day." * 300, t.link, t.guid, t.published)
        for t in map(talks, range(1, 30))
    ]
    publish(server, items)
    with listening("connect", lambda connection, record: connection.execute("PRAGMA max_page_count = 1")):
        ran = home.run("once", "--as-of", "2099-01-01T00:01:00Z")
    assert ran.code == 1
    assert re.fullmatch(r"monitor: .*monitor\.db: database or disk is full\n", ran.err)
    assert len(home.delivered()) == 1
    for minute in (2, 3):
        assert lives(home, minute)
    told_once(home, items)


def test_a_read_only_database_is_said_in_one_line_and_nothing_is_sent(server, tmp_path):
    home = Home(tmp_path, publish(server, [talks(0)]), schedule="* * * * *")
    assert lives(home, 0)
    publish(server, [talks(0), talks(1)])
    with listening("connect", lambda connection, record: connection.execute("PRAGMA query_only = ON")):
        ran = home.run("once", "--as-of", "2099-01-01T00:01:00Z")
    assert ran.code == 1
    assert re.fullmatch(r"monitor: .*monitor\.db: attempt to write a readonly database\n", ran.err)
    assert len(home.delivered()) == 1
    assert lives(home, 2)
    told_once(home, [talks(0), talks(1)])


def test_a_folder_that_cannot_be_written_gets_the_digest_when_it_can(server, tmp_path):
    home = Home(tmp_path, publish(server, [talks(1)]))
    home.digests.write_text("a file where a folder should be")
    assert home.run("once", "--as-of", "2099-01-01T00:00:00Z").code == 1
    (waiting,) = home.run("outbox", "list", "--json").json
    assert (waiting["state"], waiting["attempts"], waiting["next_attempt"]) == ("waiting", 1, "2099-01-01T00:01:00Z")
    assert "make the folder writable" in waiting["last_error"]
    home.digests.unlink()
    assert lives(home, 1)
    assert lives(home, 9)
    told_once(home, [talks(1)])


def test_a_rehearsal_leaves_what_waits_in_the_outbox_alone(server, tmp_path):
    home = Home(tmp_path, publish(server, [talks(1)]))
    home.digests.write_text("in the way")
    home.run("once")
    home.digests.unlink()
    home.run("once", "--dry-run", "--out", str(tmp_path / "out"), "--as-of", "2099-01-02T09:00:00Z")
    assert home.delivered() == []
    assert [message["state"] for message in home.run("outbox", "list", "--json").json] == ["waiting"]


class Broken(Folder):
    """A channel with a fault that nobody foresaw."""

    async def deliver(self, delivery: Delivery, recipient: Recipient, now: datetime) -> None:
        raise RuntimeError("what is this?\nsecond line")


def test_an_unknown_fault_of_a_channel_is_written_down_and_tried_again(server, tmp_path, monkeypatch):
    home = Home(tmp_path, publish(server, [talks(1)]))
    with monkeypatch.context() as table:
        table.setitem(CHANNELS, "folder", lambda means: nullcontext(Broken()))
        assert home.run("once", "--as-of", "2099-01-01T00:00:00Z").code == 1
    (waiting,) = home.run("outbox", "list", "--json").json
    assert (waiting["state"], waiting["last_error"]) == (
        "uncertain",
        "internal error: RuntimeError (the log has more)",
    )
    assert lives(home, 1)
    told_once(home, [talks(1)])
