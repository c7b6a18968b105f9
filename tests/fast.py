"""Run the program as a process of its own whose clock goes faster, so that a minute passes in a second.

    clock = Clock(speed=60)
    process = start(home, "run", clock=clock, log=tmp_path / "log", before="from monitor.delivery import slack")

Only what asks `start.clock` goes faster: beats, time limits and the pace of a channel do not. `before` is Python that
the process runs before the program: a pace that is set, a disk that fills.
"""

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from tests import warm
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


def start(home: Home, *args: str, clock: Clock, log: Path, before: str = "") -> warm.Process:
    """Start `monitor` with the configuration of `home`; what it says is added to `log`."""
    program = PROGRAM.format(begun=clock.begun, base=clock.base, speed=clock.speed, before=before)
    with log.open("ab") as said:
        return warm.start(program, "--config", str(home.config), *args, log=said)


def until(process: warm.Process, log: Path, holds: Callable[[], object], seconds: float = 60) -> None:
    """Wait until `holds` does; fail with what the process said if it ends before, or if it takes too long."""
    end = time.monotonic() + seconds
    while not holds():
        assert process.poll() is None, log.read_text()[-5000:]
        assert time.monotonic() < end, log.read_text()[-5000:]
        time.sleep(0.05)


def until_ready(process: warm.Process, log: Path) -> None:
    """Wait until a service that was just started says that it is ready."""
    before = log.read_text().count(" ready ")
    until(process, log, lambda: log.read_text().count(" ready ") > before)
