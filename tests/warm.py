"""Start the program as a process that begins at once: forked from one that has it loaded, instead of loading it anew.

    process = warm.start(program, *arguments)  # as `python -c program arguments…`, with this environment and folder
    out, err = process.communicate(timeout=15)

To load it costs a second and a half of CPU, more than all that most tests have their process do. What is loaded when,
by a program that starts as people start it, is seen to by tests/cli/test_main.py and the tests of the demo.
"""

import atexit
import json
import os
import select
import signal
import socket
import subprocess
import sys
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from tempfile import mkstemp
from typing import IO

PARENT = "from tests.parent import child; exec(child(), {'__name__': '__main__'})"


class Process:
    """A process that was forked, with what tests use of `subprocess.Popen`."""

    def __init__(self, pid: int, ended: int, says: Sequence[int]) -> None:
        self.pid = pid
        self.returncode: int | None = None
        self._ended = ended  # a pipe that tells its exit code
        self._says = says  # files of its standard output and error, until it ended
        self._said = ["", ""]  # what they hold then

    def poll(self) -> int | None:
        """Return its exit code, negative for a signal; None while it runs."""
        return self._wait(0)

    def wait(self, timeout: float | None = None) -> int:
        """Wait for its end and return its exit code."""
        code = self._wait(timeout)
        if code is None:
            raise subprocess.TimeoutExpired(f"process {self.pid}", timeout or 0.0)
        return code

    def communicate(self, timeout: float | None = None) -> tuple[str, str]:
        """Wait for its end and return what it said, on standard output and error; nothing if that went to a log."""
        self.wait(timeout)
        out, err = self._said
        return out, err

    def send_signal(self, number: int) -> None:
        """Send it a signal, if it still runs."""
        if self.poll() is None:
            os.kill(self.pid, number)

    def terminate(self) -> None:
        """Ask it to end."""
        self.send_signal(signal.SIGTERM)

    def kill(self) -> None:
        """End it as a loss of power does."""
        self.send_signal(signal.SIGKILL)

    def _wait(self, timeout: float | None) -> int | None:
        if self.returncode is None and select.select([self._ended], [], [], timeout)[0]:
            self.returncode = int(os.read(self._ended, 10))
            os.close(self._ended)
            for number, file in enumerate(self._says):
                with open(file, encoding="utf-8") as said:
                    said.seek(0)
                    self._said[number] = said.read()
        return self.returncode


def start(program: str, *arguments: str, log: IO[bytes] | None = None) -> Process:
    """Run Python source as a process of its own; what it says goes to `log`, or is kept for `communicate`."""
    says = [_nameless(), _nameless()] if log is None else []
    begins = {"program": program, "arguments": arguments, "environment": dict(os.environ), "folder": str(Path.cwd())}
    ended, end = os.pipe()
    try:
        pid = _parent().fork(begins, [*(says if log is None else 2 * [log.fileno()]), end])
    finally:
        os.close(end)
    return Process(pid, ended, says)


def _nameless() -> int:
    """Return a new file that is gone once it is closed."""
    file, name = mkstemp()
    os.unlink(name)
    return file


class _Parent:
    """The process that has the program loaded."""

    def __init__(self) -> None:
        self._wire, theirs = socket.socketpair()
        with theirs:
            self._process = subprocess.Popen(
                [sys.executable, "-c", PARENT, str(theirs.fileno())],
                stdin=subprocess.DEVNULL,
                pass_fds=[theirs.fileno()],
                cwd=Path(__file__).parents[1],
                env={name: value for name, value in os.environ.items() if not name.startswith("MONITOR_")},
            )
        atexit.register(self._end)

    def fork(self, begins: object, files: list[int]) -> int:
        """Return the process id of a new child."""
        socket.send_fds(self._wire, [json.dumps(begins).encode() + b"\n"], files)
        return int(self._wire.recv(20))

    def _end(self) -> None:
        self._wire.close()
        self._process.wait()


@cache
def _parent() -> _Parent:
    return _Parent()
