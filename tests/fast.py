"""Run the program as a process of its own whose clock goes faster, so that a minute passes in a second.

    clock = Clock(speed=60)
    process = start(home, "run", clock=clock, log=tmp_path / "log", before="from monitor.delivery import slack")

Only what asks `start.clock` goes faster: beats, time limits and the pace of a channel do not. `before` is Python that
the process runs before the program: a pace that is set, a disk that fills.
"""

import json
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Self

from tests.home import Home

PROGRAM = """
import time
from datetime import UTC, datetime
from monitor.cli import main, start
start.clock = lambda: datetime.fromtimestamp({begun} + (time.time() - {base}) * {speed}, UTC)
{before}
main()
"""


@dataclass(frozen=True)
class Clock:
    """A clock that goes `speed` times as fast as the wall's, from when it was made; it goes on over restarts."""

    speed: float = 1.0
    base: float = field(default_factory=time.time)  # of the wall's clock, when this one began
    begun: float = field(default_factory=time.time)  # what this one said then

    def now(self) -> datetime:
        """Return what it says."""
        return datetime.fromtimestamp(self.begun + (time.time() - self.base) * self.speed, UTC)


def start(home: Home, *args: str, clock: Clock, log: Path, before: str = "") -> subprocess.Popen[bytes]:
    """Start `monitor` with the configuration of `home`; what it says is added to `log`."""
    program = PROGRAM.format(begun=clock.begun, base=clock.base, speed=clock.speed, before=before)
    command = [sys.executable, "-c", program, "--config", str(home.config), *args]
    with log.open("ab") as said:
        return subprocess.Popen(command, stdout=said, stderr=said)


def until(process: subprocess.Popen[bytes], log: Path, holds: Callable[[], object], seconds: float = 60) -> None:
    """Wait until `holds` does; fail with what the process said if it ends before, or if it takes too long."""
    end = time.monotonic() + seconds
    while not holds():
        assert process.poll() is None, log.read_text()[-5000:]
        assert time.monotonic() < end, log.read_text()[-5000:]
        time.sleep(0.05)


def until_ready(process: subprocess.Popen[bytes], log: Path) -> None:
    """Wait until a service that was just started says that it is ready."""
    before = log.read_text().count(" ready ")
    until(process, log, lambda: log.read_text().count(" ready ") > before)


FORKS = """
import json, os, sys
import monitor.app, monitor.delivery.email, monitor.delivery.slack, monitor.delivery.webhook
import monitor.pipeline.polling, monitor.queue
from monitor.cli import main
{before}
for line in sys.stdin:
    child = os.fork()
    if not child:
        os.dup2(2, 1)
        sys.argv = ["monitor", *json.loads(line)]
        main()
    print(child, flush=True)
    print(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]), flush=True)
"""


class Forks:
    """A process that has the program loaded, and forks for each command: a command is a process that begins at once."""

    def __init__(self, log: Path, before: str = "") -> None:
        self._log = log
        self._before = before

    def __enter__(self) -> Self:
        with self._log.open("ab") as said:
            self._parent = subprocess.Popen(
                [sys.executable, "-c", FORKS.format(before=self._before)],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=said,
                text=True,
            )
        return self

    def __exit__(self, *error: object) -> None:
        self._parent.kill()
        self._parent.communicate()

    def start(self, home: Home, *args: str) -> int:
        """Start `monitor`, one command at a time; return its process id."""
        assert self._parent.stdin is not None
        print(json.dumps(["--config", str(home.config), *args]), file=self._parent.stdin, flush=True)
        return int(self._answer())

    def wait(self) -> int:
        """Wait for the command that was started to end; return its exit code, negative for a signal."""
        code = int(self._answer())
        assert code in (0, -signal.SIGKILL), self._log.read_text()[-5000:]
        return code

    def _answer(self) -> str:
        assert self._parent.stdout is not None
        return self._parent.stdout.readline()
