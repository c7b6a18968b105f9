import signal
import subprocess
import sys
from datetime import timedelta, timezone

import pytest

from monitor.errors import StoreError, UsageError
from monitor.store.lock import service_lock
from tests.store.samples import NOW

HOLDER = """
import sys, time
from datetime import UTC, datetime
from monitor.store.lock import service_lock
with service_lock(sys.argv[1], datetime(2026, 11, 22, 8, 30, tzinfo=UTC), "monitor run"):
    print("held", flush=True)
    sys.stdin.read()
"""


@pytest.fixture
def holder(tmp_path):
    """Start a process that holds the lock until its input ends."""
    with subprocess.Popen(
        [sys.executable, "-c", HOLDER, url(tmp_path)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as running:
        assert running.stdout.readline() == "held\n"
        yield running
        running.kill()


def url(folder):
    return f"sqlite:///{folder / 'm.db'}"


def take(address, now=NOW):
    with service_lock(address, now, "monitor run"):
        return True


def test_a_second_service_is_refused_and_told_of_the_first(holder, tmp_path):
    with pytest.raises(UsageError) as refused:
        take(url(tmp_path))
    said = str(refused.value)
    assert said.startswith(f"monitor run (process {holder.pid} on ")
    assert said.endswith(f", since 2026-11-22 08:30 UTC) uses {tmp_path / 'm.db'} already; stop it first")


def test_a_lock_ends_with_its_service(holder, tmp_path):
    holder.communicate("")
    assert holder.returncode == 0
    assert take(url(tmp_path))
    assert (tmp_path / "m.db.lock").read_text() == ""


def test_a_lock_left_by_kill_9_does_not_hold(holder, tmp_path):
    holder.send_signal(signal.SIGKILL)
    holder.wait()
    assert "process" in (tmp_path / "m.db.lock").read_text()
    assert take(url(tmp_path))


def test_a_lock_is_refused_within_one_process_too(tmp_path):
    with (
        service_lock(url(tmp_path), NOW.astimezone(timezone(timedelta(hours=9))), "monitor restore"),
        pytest.raises(UsageError, match=r"^monitor restore \(process .*, since 2026-11-22 08:30 UTC\)"),
    ):
        take(url(tmp_path))
    assert take(url(tmp_path))


def test_a_lock_ends_when_its_service_fails(tmp_path):
    with pytest.raises(ZeroDivisionError), service_lock(url(tmp_path), NOW, "monitor run"):
        raise ZeroDivisionError
    assert take(url(tmp_path))


@pytest.mark.parametrize("address", ["postgresql+psycopg://db.example/monitor", "sqlite://", "sqlite:///:memory:"])
def test_a_database_that_is_no_file_needs_no_lock(address):
    with service_lock(address, NOW, "monitor run"):
        assert take(address)


def test_a_folder_that_cannot_be_written_is_named_in_one_line(tmp_path):
    (tmp_path / "m.db.lock").mkdir()
    with pytest.raises(StoreError, match=r"m\.db\.lock: the service's lock can't be made: ") as refused:
        take(url(tmp_path))
    assert "\n" not in str(refused.value)


def test_nobody_else_on_this_machine_may_take_the_lock(tmp_path):
    with service_lock(url(tmp_path), NOW, "monitor run"):
        assert (tmp_path / "m.db.lock").stat().st_mode & 0o777 == 0o600
