"""Lets other feed readers poll the same feeds, each started anew for every cycle, as a person or cron starts it.

`make bench-peers` installs them: those in Python into an environment of their own, `.venv-peers`, the others through
the system's package manager. What is not installed is named in the table as absent.
"""

import os
import shutil
import sqlite3
import subprocess
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from benchmarks.meters import Meter
from benchmarks.results import Cycle

PYTHON = Path(__file__).parents[1] / ".venv-peers" / "bin" / "python"
ONE_BY_ONE_AT_MOST = 200  # feeds for a reader that waits for each answer before it asks again
_READER_ADDS = """
import sys
from reader import make_reader
reader = make_reader(sys.argv[1])
for url in sys.argv[2:]:
    reader.add_feed(url)
"""
_READER_POLLS = """
import sys
from reader import make_reader
make_reader(sys.argv[1]).update_feeds(scheduled=False, workers=int(sys.argv[2]))
"""


@dataclass(frozen=True, slots=True)
class Peer:
    """Another reader of feeds: how it is told what to poll, how it is started, what it has found."""

    name: str
    prepare: Callable[[Path, Sequence[str], int], list[str]]  # folder, addresses, how many at once → its command
    stored: Callable[[Path], int]  # articles that it has by now
    version: Callable[[], str]
    one_by_one: bool = False  # it asks for one feed after the other

    @property
    def installed(self) -> bool:
        """Tell whether it is there to be measured."""
        return bool(self.version())


def present(feeds: int) -> Iterator[Peer]:
    """Return the peers that are installed and can poll so many feeds while one waits for them."""
    yield from (peer for peer in PEERS if peer.installed and not (peer.one_by_one and feeds > ONE_BY_ONE_AT_MOST))


def absent() -> tuple[str, ...]:
    """Return the names of those that are not installed."""
    return tuple(peer.name for peer in PEERS if not peer.installed)


def versions() -> str:
    """Say which of them are installed, and which are not."""
    return ", ".join(f"{peer.name} {peer.version() or 'absent (make bench-peers)'}" for peer in PEERS)


class Subscriber:
    """A peer with its subscriptions, cycle after cycle."""

    def __init__(self, peer: Peer, urls: Sequence[str], at_once: int, folder: Path) -> None:
        self._peer, self._feeds = peer, len(urls)
        self._folder = folder / peer.name
        self._folder.mkdir()
        self._command = peer.prepare(self._folder, urls, at_once)

    def cycle(self, name: str, expected: int) -> Cycle:
        """Poll all feeds once and measure it."""
        before = self._peer.stored(self._folder)
        with Meter(children_only=True) as meter:
            done = _run(self._command, self._folder)
        return Cycle(
            feeds=self._feeds,
            name=name,
            client=self._peer.name,
            wall_seconds=meter.wall_seconds,
            cpu_seconds=meter.cpu_seconds,
            peak_mb=meter.peak_mb,
            new=self._peer.stored(self._folder) - before,
            expected=expected,
            failed=self._feeds if done.returncode < 0 else 0,
        )


def _run(command: Sequence[str], folder: Path) -> "subprocess.CompletedProcess[str]":
    """Run a peer at home in its folder; that some feed could not be read is no fault of the run."""
    home = os.environ | {"HOME": str(folder), "XDG_CONFIG_HOME": str(folder), "TERM": "dumb"}
    return subprocess.run(command, cwd=folder, env=home, capture_output=True, text=True, errors="replace", check=False)


# ---------------------------------------------------------------- reader


def _prepare_reader(folder: Path, urls: Sequence[str], at_once: int) -> list[str]:
    subprocess.run([PYTHON, "-c", _READER_ADDS, folder / "reader.db", *urls], check=True)
    return [str(PYTHON), "-c", _READER_POLLS, str(folder / "reader.db"), str(at_once)]


def _stored_by_reader(folder: Path) -> int:
    return _count(folder / "reader.db", "entries")


# ---------------------------------------------------------------- newsboat


def _prepare_newsboat(folder: Path, urls: Sequence[str], at_once: int) -> list[str]:
    (folder / "urls").write_text("\n".join(urls), encoding="utf-8")
    (folder / "config").write_text(f"reload-threads {at_once}\n", encoding="utf-8")
    return ["newsboat", "-u", "urls", "-c", "cache.db", "-C", "config", "-x", "reload"]


def _stored_by_newsboat(folder: Path) -> int:
    return _count(folder / "cache.db", "rss_item")


# ---------------------------------------------------------------- sfeed


def _prepare_sfeed(folder: Path, urls: Sequence[str], at_once: int) -> list[str]:
    feeds = "\n".join(f"feed 'feed-{number}' '{url}'" for number, url in enumerate(urls))
    config = f"sfeedpath='{folder}/feeds'\nmaxjobs={at_once}\nfeeds() {{\n{feeds}\n}}\n"
    (folder / "sfeedrc").write_text(config, encoding="utf-8")
    return ["sfeed_update", str(folder / "sfeedrc")]


def _stored_by_sfeed(folder: Path) -> int:
    return sum(file.read_bytes().count(b"\n") for file in (folder / "feeds").glob("*"))


# ---------------------------------------------------------------- rss2email


def _prepare_rss2email(folder: Path, urls: Sequence[str], _at_once: int) -> list[str]:
    """Let it mail into a folder: it counts as read what it could send."""
    (folder / "mail").mkdir()
    head = (
        "from = a@example.org\nto = b@example.org\nemail-protocol = maildir\nmaildir-path = mail\nmaildir-mailbox = in"
    )
    feeds = "\n".join(f"[feed.feed-{number}]\nurl = {url}" for number, url in enumerate(urls))
    (folder / "config").write_text(f"[DEFAULT]\n{head}\n{feeds}\n", encoding="utf-8")
    return [str(PYTHON.with_name("r2e")), "-c", "config", "-d", "data.json", "run"]


def _stored_by_rss2email(folder: Path) -> int:
    return sum(1 for _ in (folder / "mail").glob("**/new/*"))


# ---------------------------------------------------------------- what they share


def _count(database: Path, table: str) -> int:
    """Count the rows of a table, 0 before there is one."""
    if not database.exists():
        return 0
    db = sqlite3.connect(database)
    try:
        return int(db.execute(f"SELECT count(*) FROM {table}").fetchone()[0])
    finally:
        db.close()


def _of_python(package: str) -> Callable[[], str]:
    """Return what asks for the version of a package in the peers' environment, "" if it is not there."""
    asks = f"from importlib.metadata import version; print(version({package!r}))"
    return lambda: _said([str(PYTHON), "-c", asks])


def _said(command: Sequence[str]) -> str:
    if shutil.which(command[0]) is None:
        return ""
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    return done.stdout.strip() if done.returncode == 0 else ""


def _newsboat_version() -> str:
    return next((word for word in _said(["newsboat", "-v"]).split() if word[0].isdigit()), "")


def _sfeed_version() -> str:
    """Return what the package manager knows: the program does not tell."""
    if shutil.which("sfeed_update") is None:
        return ""
    return _said(["dpkg-query", "-W", "-f", "${Version}", "sfeed"]) or "of unknown version"


PEERS = (
    Peer("reader", _prepare_reader, _stored_by_reader, _of_python("reader")),
    Peer("newsboat", _prepare_newsboat, _stored_by_newsboat, _newsboat_version),
    Peer("sfeed", _prepare_sfeed, _stored_by_sfeed, _sfeed_version),
    Peer("rss2email", _prepare_rss2email, _stored_by_rss2email, _of_python("rss2email"), one_by_one=True),
)
