"""What the service does while something around it is gone, and once it is back."""

import re
import signal
import sqlite3
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from tests import documents, fast
from tests.documents import Item, talks
from tests.home import Home
from tests.server import Server
from tests.smtp import HANG, MailServer
from tests.test_service import Running, free_port, listening

SPEED = 60
DESK = "desk@paper.example"
MAIL = """
[operator]
recipient = "desk"
[smtp]
host = "127.0.0.1"
port = {port}
security = "none"
from = "Monitor <monitor@paper.example>"
[recipients.desk]
email = "desk@paper.example"
topics = ["talks"]
schedule = "* * * * *"
"""
HASTE = """
from monitor import queue, service
queue.LANE_RESTS = 0.2
service.DIGEST_RESTS = 1.0
service.HEALED_SECONDS = 0.5
service.BEATS |= {"health": 0.5, "upkeep": 1.0}
"""
# Databases meet what the pragma does, from one transaction to the next, while a file exists.
SICK = """
from pathlib import Path
from sqlalchemy import Engine, event
@event.listens_for(Engine, "begin")
def fall_ill(connection):
    ill = Path({file!r}).exists()
    connection.exec_driver_sql("PRAGMA {ill}" if ill else "PRAGMA {well}")
"""


def publish(server: Server, items: list[Item], path: str = "/feed") -> str:
    return server.serve(path, documents.rss(items), content_type="application/rss+xml", etag=f'"{len(items)}"')


@contextmanager
def service(home: Home, *, speed: float = SPEED, before: str = "") -> Iterator[tuple[Any, Path]]:
    """Run `monitor run` with a fast clock; it is killed at the end if it still runs."""
    log, port = home.folder / "log", listening(home)
    process = fast.start(home, "run", clock=fast.Clock(speed), log=log, before=HASTE + before)
    running: Any = Running(home, port, process)  # type: ignore[arg-type]
    try:
        fast.until(process, log, running.ready)
        yield running, log
    finally:
        process.kill()
        process.wait()


def told(home: Home, items: list[Item]) -> list[int]:
    """Return in how many digests of the folder each item stands."""
    return [sum(item.title + "\n" in digest for digest in home.delivered()) for item in items]


def outbox(home: Home) -> list[dict[str, Any]]:
    """Return the messages by mail, oldest first."""
    found = home.run("outbox", "list", "--json").json
    return [each for each in reversed(found) if each["channel"] == "email"]


def _fails(running: Any, says: str) -> bool:
    """Tell whether the service says of itself that it fails, and why."""
    status, page = running.get("/healthz")
    return status == 503 and says in page


def later(home: Home, **span: float) -> None:
    """Run a turn, that much later as far as digests go."""
    home.run("once", "--as-of", (datetime.now(UTC) + timedelta(**span)).isoformat())


@pytest.mark.parametrize(
    ("ill", "well", "says"),
    [
        ("max_page_count = 1", "max_page_count = 1073741823", "database or disk is full"),
        ("query_only = ON", "query_only = OFF", "attempt to write a readonly database"),
    ],
)
def test_a_full_or_read_only_disk_is_said_and_nothing_is_sent_that_cannot_be_recorded(
    server, tmp_path, ill, well, says
):
    items = [talks(0)]
    home = Home(tmp_path, publish(server, items), schedule="* * * * *")
    file = tmp_path / "ill"
    with service(home, before=SICK.format(file=str(file), ill=ill, well=well)) as (running, log):
        fast.until(running.process, log, home.delivered)
        file.touch()
        items += [
            Item(t.title, t.text + " More words of the day." * 300, t.link, t.guid, t.published)
            for t in map(talks, range(1, 30))
        ]
        publish(server, items)
        fast.until(running.process, log, lambda: says in log.read_text())
        fast.until(running.process, log, lambda: _fails(running, says))
        time.sleep(4)
        assert len(home.delivered()) == 1
        beats = re.findall(rf"a round failed +beat=(\w+) error='[^']*{says}", log.read_text())
        assert beats
        if "readonly" in says:  # on a full disk the claim of a feed still fits, and each poll says anew what does not
            assert Counter(beats) == dict.fromkeys(beats, 1)
        file.unlink()
        fast.until(running.process, log, lambda: told(home, items) == [1] * 30, 30)
        fast.until(running.process, log, lambda: running.get("/healthz")[0] == 200, 10)
        assert "Traceback" not in log.read_text()


def test_a_locked_database_delays_and_costs_nothing(server, tmp_path):
    items = [talks(0)]
    home = Home(tmp_path, publish(server, items), schedule="* * * * *")
    with service(home) as (running, log):
        fast.until(running.process, log, home.delivered)
        other = sqlite3.connect(tmp_path / "monitor.db", isolation_level=None)
        other.execute("BEGIN IMMEDIATE")
        items.append(talks(1))
        publish(server, items)
        time.sleep(5)
        assert running.get("/healthz")[0] == 200
        assert len(home.delivered()) == 1
        other.execute("COMMIT")
        other.close()
        fast.until(running.process, log, lambda: told(home, items) == [1, 1])
        assert "a round failed" not in log.read_text()


def test_a_mail_server_that_is_down_for_long_is_told_by_another_channel_and_gets_the_mail_once(server, tmp_path):
    port = free_port()
    home = Home(tmp_path, publish(server, [talks(0)]), more=MAIL.format(port=port), schedule="0 0 1 1 *")
    with service(home, speed=900) as (running, log):  # an hour is four seconds
        fast.until(running.process, log, lambda: outbox(home) and outbox(home)[0]["attempts"])
        assert outbox(home)[0]["state"] in ("waiting", "sending")
        fast.until(running.process, log, lambda: any("email: desk has waited" in each for each in home.delivered()))
        with MailServer(port=port) as mail:
            fast.until(running.process, log, lambda: outbox(home)[0]["state"] == "sent")
            assert [each.message_id for each in mail.mails].count(outbox(home)[0]["message_id"]) == 1


def test_a_feed_server_that_dies_stops_no_other_and_is_read_again_when_it_is_back(server, tmp_path):
    with Server("127.0.0.2") as other:
        dying, port = publish(other, [talks(1)]), other.port
        home = Home(tmp_path, publish(server, [talks(0)]), dying, schedule="* * * * *")
        with service(home) as (running, log):
            fast.until(running.process, log, lambda: told(home, [talks(0), talks(1)]) == [1, 1])
            other.__exit__(None, None, None)
            fast.until(running.process, log, lambda: "feed not read" in log.read_text())
            publish(server, [talks(0), talks(2)])
            fast.until(running.process, log, lambda: told(home, [talks(2)]) == [1])
            assert running.get("/healthz")[0] == 200
            with Server("127.0.0.2", port=port) as back:
                publish(back, [talks(1), talks(3)])
                fast.until(running.process, log, lambda: told(home, [talks(3)]) == [1])
            assert told(home, [talks(number) for number in range(4)]) == [1, 1, 1, 1]


@pytest.mark.parametrize(("step", "copies"), [("DATA", 1), ("BODY", 2)])
def test_a_send_that_hangs_when_told_to_stop_is_uncertain_and_sent_again_as_it_is(server, tmp_path, step, copies):
    with MailServer() as mail:
        home = Home(tmp_path, publish(server, [talks(0)]), more=MAIL.format(port=mail.port), schedule="0 0 1 1 *")
        mail.answer(step, HANG, times=1)
        with service(home, speed=1) as (running, log):
            fast.until(running.process, log, lambda: mail.steps and mail.steps[-1] == step)
            asked = time.monotonic()
            running.process.send_signal(signal.SIGTERM)
            assert running.process.wait(12) == 0
            assert time.monotonic() - asked < 10
        assert "it is uncertain" in log.read_text()
        mail.answer("CONNECT", "421 4.3.2 come back later", times=1)
        later(home, minutes=3)  # the lease has ended, and nobody takes the message
        (left,) = outbox(home)
        assert left["state"] == "uncertain"
        later(home, minutes=60)
    assert outbox(home)[0]["state"] == "sent"
    mine = [each for each in mail.mails if each.message_id == left["message_id"]]
    assert len(mine) == copies
    assert len({each.content for each in mine}) == 1
