"""The service as a process: starts, tells how it is, ends when told, and outlives what breaks around it."""

import json
import os
import signal
import socket
import sqlite3
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest

from tests import documents, warm
from tests.documents import talks
from tests.home import Home
from tests.server import Server


def publish(server: Server, *numbers: int) -> str:
    items = [talks(number) for number in numbers]
    return server.serve("/feed", documents.rss(items), content_type="application/rss+xml", etag=f'"{numbers}"')


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


class Running:
    """A service that runs in a process of its own."""

    def __init__(self, home: Home, port: int, process: warm.Process) -> None:
        self.home, self.port, self.process = home, port, process

    def get(self, path: str) -> tuple[int, str]:
        """Return status and body of one of its pages, 0 if nobody listens."""
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{self.port}{path}", timeout=10) as answer:
                return answer.status, answer.read().decode()
        except urllib.error.HTTPError as error:
            return error.code, error.read().decode()
        except OSError:
            return 0, ""

    def until(self, holds: Callable[[], object], seconds: float = 60) -> None:
        """Wait until `holds` does; fail with what the service said if it takes longer than `seconds`."""
        end = time.monotonic() + seconds
        while not holds():
            if time.monotonic() > end or self.process.poll() is not None:
                self.process.kill()
                raise AssertionError(self.process.communicate()[1])
            time.sleep(0.05)

    def ready(self) -> bool:
        return self.get("/readyz")[0] == 200

    def end(self, number: int = signal.SIGTERM) -> str:
        """End it by a signal and return its log."""
        self.process.send_signal(number)
        return self.process.communicate(timeout=15)[1]


@contextmanager
def service(home: Home, *options: str, port: int = 0) -> Iterator[Running]:
    """Run `monitor run`; it is killed at the end if it still runs."""
    running = Running(home, port or listening(home), home.start("run", *options))
    try:
        yield running
    finally:
        running.process.kill()
        running.process.communicate()


def listening(home: Home) -> int:
    """Let the service of `home` listen on a port of its own, and return that."""
    port = free_port()
    file = home.config / "monitor.toml"
    file.write_text(file.read_text() + f'\n[server]\nlisten = "127.0.0.1:{port}"\n')
    return port


def test_it_is_ready_at_once_polls_tells_and_ends_when_told(server, tmp_path):
    home = Home(tmp_path, publish(server, 1, 2))
    with service(home) as running:
        running.until(running.ready)
        running.until(home.delivered)
        asked = time.monotonic()
        log = running.end()
        assert running.process.returncode == 0
        assert time.monotonic() - asked < 10
    assert talks(1).title in home.delivered()[0]
    assert "ready" in log
    assert "Traceback" not in log


def test_its_log_says_what_it_serves_what_it_sent_and_that_it_ends(server, tmp_path):
    wrong = '[recipients.other]\nfolder = "../x"\ntopics = ["talks"]\nschedule = "0 8 * * *"\ntimezone = "No/Where"'
    home = Home(tmp_path, publish(server, 1), more=wrong)
    with service(home, "--log", "json") as running:
        running.until(home.delivered)
        records = [json.loads(line) for line in running.end().splitlines()]
    told = {record["event"]: record for record in records}
    assert told["starting"]["health"] == f"http://127.0.0.1:{running.port}/"
    assert told["left out"]["words"].startswith("recipients.other.timezone")
    assert told["next digest"]["to"] == "me"
    assert (told["message sent"]["to"], told["message sent"]["channel"]) == ("me", "folder")
    assert "stopping" in told  # behind it may stand the message that was in hand


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_it_ends_within_ten_seconds_in_the_middle_of_a_fetch(server, tmp_path, number):
    server.serve("/feed", hang=True)
    with service(Home(tmp_path, server.url("/feed"))) as running:
        running.until(lambda: server.times("/feed"))
        asked = time.monotonic()
        running.end(number)
        assert (running.process.returncode, time.monotonic() - asked < 10) == (0, True)


def test_a_feed_that_hangs_holds_up_no_other(server, tmp_path):
    with Server(host="127.0.0.2") as other:
        home = Home(tmp_path, other.serve("/hangs", hang=True), publish(server, 1))
        with service(home) as running:
            running.until(lambda: len(server.times("/feed")) > 3)


def test_a_second_service_on_the_same_database_refuses_and_names_the_first(server, tmp_path):
    home = Home(tmp_path, publish(server, 1))
    with service(home) as running:
        running.until(running.ready)
        second = home.start("run")
        _, said = second.communicate(timeout=30)
        assert second.returncode == 2
        assert f"monitor run (process {running.process.pid}" in said
        assert running.ready()


def test_a_service_that_was_killed_leaves_no_lock(server, tmp_path):
    home = Home(tmp_path, publish(server, 1))
    with service(home) as running:
        running.until(running.ready)
        running.process.kill()
    with service(home, port=running.port) as running:
        running.until(running.ready)


def test_a_port_that_is_taken_is_said_in_one_line(server, tmp_path):
    home = Home(tmp_path, publish(server, 1))
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        file = home.config / "monitor.toml"
        file.write_text(file.read_text() + f'\n[server]\nlisten = "127.0.0.1:{port}"\n')
        refused = home.start("run")
        _, said = refused.communicate(timeout=30)
    assert refused.returncode == 2
    starting, fault = said.splitlines()
    assert "starting" in starting
    assert str(port) in fault


def test_a_recipient_that_is_wrong_is_said_and_the_others_are_served(server, tmp_path):
    more = '[recipients.you]\nfolder = "../other"\ntopics = []\nschedule = "0 8 * * *"\n'
    more += '[recipients.far]\nfolder = "../far"\ntopics = ["talks"]\nschedule = "0 8 * * *"\ntimezone = "Mars/Base"\n'
    home = Home(tmp_path, publish(server, 1), more=more)
    with service(home) as running:
        running.until(home.delivered)
        log = running.end()
    assert "left out words='recipients.you.topics" in log
    assert 'recipients.far.timezone = "Mars/Base"' in log


def test_a_recipient_that_cannot_be_reached_is_said_at_the_start(server, tmp_path):
    home = Home(
        tmp_path,
        publish(server, 1),
        more='[recipients.you]\nfolder = "../blocked/digests"\ntopics = ["talks"]\nschedule = "0 8 * * *"\n',
    )
    (tmp_path / "blocked").write_text("a file where a folder should be")
    with service(home) as running:
        running.until(home.delivered)
        log = running.end()
    assert "a recipient can't be reached" in log
    assert "make the folder writable" in log


def test_an_edited_configuration_is_read_again_and_a_wrong_one_is_not(server, tmp_path):
    home = Home(tmp_path, publish(server, 1))
    port = listening(home)
    good = (home.config / "monitor.toml").read_text()
    with service(home, port=port) as running:
        running.until(home.delivered)
        (home.config / "monitor.toml").write_text(good + "\nnonsense = \n")
        os.utime(home.config / "monitor.toml")
        running.process.send_signal(signal.SIGHUP)
        time.sleep(1)
        added = server.serve("/second", documents.rss([talks(7)]), content_type="application/rss+xml")
        (home.config / "monitor.toml").write_text(f'{good}\n[[feeds]]\nurl = "{added}"\n')
        running.process.send_signal(signal.SIGHUP)
        running.until(lambda: server.times("/second"))
        running.until(running.ready)
        log = running.end()
    assert "the configuration is wrong now, the old one goes on" in log


def test_a_database_that_others_lock_is_waited_for_and_the_pages_still_answer(server, tmp_path):
    home = Home(tmp_path, publish(server, 1))
    with service(home) as running:
        running.until(home.delivered)
        other = sqlite3.connect(tmp_path / "monitor.db", isolation_level=None)
        other.execute("BEGIN IMMEDIATE")
        publish(server, 1, 2)
        time.sleep(2)
        assert running.get("/healthz")[0] == 200
        assert running.ready()
        other.execute("COMMIT")
        other.close()
        running.until(lambda: len(home.run("match", "list", "--json").json) == 2)


def test_the_service_manager_is_told(server, tmp_path, monkeypatch):
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as manager:
        manager.bind(str(tmp_path / "notify"))
        manager.settimeout(30)
        monkeypatch.setenv("NOTIFY_SOCKET", str(tmp_path / "notify"))
        with service(Home(tmp_path, publish(server, 1))) as running:
            told = [manager.recv(1000).decode()]
            while not any(state.startswith("STATUS=") for state in told):
                told.append(manager.recv(1000).decode())
            running.end()
            while told[-1] != "STOPPING=1":
                told.append(manager.recv(1000).decode())
    assert told[0] == "READY=1"
    assert "WATCHDOG=1" in told


def test_logs_for_machines_are_one_object_a_line(server, tmp_path):
    home = Home(tmp_path, publish(server, 1))
    with service(home, "--log", "json") as running:
        running.until(lambda: "monitor_articles_new_total 1.0" in running.get("/metrics")[1])  # the round is over
        lines = running.end().splitlines()
    assert {json.loads(line)["event"] for line in lines} >= {"ready", "polled"}
