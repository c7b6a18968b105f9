"""The process of `tests.warm`: it has the program loaded, and forks a child for each request."""

import gc
import json
import os
import signal
import socket
import sys
import time
from multiprocessing import forkserver, resource_tracker
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import monitor.delivery.email
import monitor.delivery.slack
import monitor.delivery.webhook
import monitor.service
import monitor.store.lock
import monitor.web.app
import monitor.web.server  # noqa: F401 - what a turn with a folder does not load
from tests import documents, tables
from tests.documents import talks
from tests.home import Home
from tests.server import Server

_ends: dict[int, int] = {}  # by process id, the pipe that is told its exit code


def child() -> str:
    """Return, in each child, the program that it is to run; the parent ends here."""
    wire = socket.socket(fileno=int(sys.argv[1]))
    interrupted = signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the children
    signal.signal(signal.SIGCHLD, _bury)
    tables.write_down()
    _warm_up()
    gc.collect()
    gc.freeze()
    while request := _request(wire):
        begins, (out, err, end) = request
        signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGCHLD})
        if pid := os.fork():
            _ends[pid] = end
            signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGCHLD})
            os.close(out)
            os.close(err)
            wire.sendall(str(pid).encode())
            continue
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
        signal.signal(signal.SIGINT, interrupted)
        signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGCHLD})
        os.dup2(out, 1)
        os.dup2(err, 2)
        for number in (wire.detach(), out, err, end, *_ends.values()):
            os.close(number)
        return _begun(begins)
    sys.exit()


def _warm_up() -> None:
    """Run a turn, so that all is loaded that it takes; no thread or process of it may be left when this one forks."""
    with TemporaryDirectory() as folder, Server() as server:
        feed = server.serve("/feed", documents.rss([talks(0)]), content_type="application/rss+xml")
        assert Home(Path(folder), feed).run("once").code == 0
    forkserver._forkserver._stop()
    resource_tracker._resource_tracker._stop()


def _request(wire: socket.socket) -> tuple[dict[str, Any], list[int]] | None:
    """Return what a child begins with, and its files; None once nobody asks any more."""
    said, files, _, _ = socket.recv_fds(wire, 65_536, 3)
    while said and not said.endswith(b"\n"):
        said += wire.recv(65_536)
    return (json.loads(said), files) if said else None


def _begun(begins: dict[str, Any]) -> str:
    """Make this process what `python -c` makes of one, and return its program."""
    os.environ.clear()
    os.environ.update(begins["environment"])
    os.chdir(begins["folder"])
    time.tzset()
    sys.argv = ["-c", *begins["arguments"]]
    return str(begins["program"])


def _bury(number: int, frame: object) -> None:
    """Tell how the children ended that did."""
    while _ends:
        pid, status = os.waitpid(-1, os.WNOHANG)
        if not pid:
            return
        end = _ends.pop(pid)
        os.write(end, str(os.waitstatus_to_exitcode(status)).encode())
        os.close(end)
