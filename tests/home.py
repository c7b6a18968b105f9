"""A person's installation for tests: a configuration in a folder, and the program run on it as they would."""

import io
import json
import sys
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any
from unittest.mock import patch

import typer.main

from monitor.cli import main
from tests import warm
from tests.documents import SEED

_command = cache(typer.main.get_command)  # which is made of 44 functions, anew for each call
PROGRAM = [sys.executable, "-c", "from monitor.cli import main; main()"]


@dataclass(frozen=True)
class Ran:
    """How a command ended."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        """Return the one JSON document on standard output."""
        return json.loads(self.out)


class Home:
    """A folder with `monitor.toml`, its seed, its database and its digests."""

    def __init__(
        self, folder: Path, *feeds: str, more: str = "", polling: str = "", schedule: str = "0 8 * * *"
    ) -> None:
        """Write a configuration that follows `feeds`; `more` and `polling` are TOML of the test's own."""
        self.folder = folder
        self.config = folder / "config"
        self.digests = folder / "digests"
        self.config.mkdir(parents=True, exist_ok=True)
        (self.config / "seed.txt").write_text(SEED, encoding="utf-8")
        self.write(*feeds, more=more, polling=polling, schedule=schedule)

    def write(self, *feeds: str, more: str = "", polling: str = "", schedule: str = "0 8 * * *") -> None:
        """Write `monitor.toml` anew.

        Unless `more` has `[matching]` it judges by words alone, which loads quicker, and what was published a minute
        apart is no one story.
        """
        listed = "\n".join(f'[[feeds]]\nurl = "{url}"' for url in feeds)
        matching = "" if "[matching]" in more else 'matching = { encoder = "none", story_window_hours = 0.015 }'
        floors = polling or "min_interval_minutes = 0\nper_host_gap_seconds = 0"
        (self.config / "monitor.toml").write_text(
            f"""{matching}
[database]
url = "sqlite:///../monitor.db"
[polling]
{floors}
[network]
allow_private = ["127.0.0.0/8"]
[topics.talks]
title = "Talks"
seeds = ["seed.txt"]
[recipients.me]
folder = "../digests"
topics = ["talks"]
schedule = "{schedule}"
{listed}
{more}
""",
            encoding="utf-8",
        )

    def run(self, *args: str) -> Ran:
        """Run `monitor` with this configuration, in this process."""
        return monitor("--config", str(self.config), *args)

    def start(self, *args: str) -> warm.Process:
        """Start `monitor` with this configuration as a process of its own."""
        return warm.start(PROGRAM[2], "--config", str(self.config), *args)

    def delivered(self) -> list[str]:
        """Return the texts of the digests in the recipient's folder, oldest first."""
        files = sorted(self.digests.glob("*.txt"), key=lambda file: int(file.stem))
        return [file.read_text(encoding="utf-8") for file in files]


def monitor(*args: str, stdin: str = "") -> Ran:
    """Run `monitor` in this process, as its entry point does."""
    out, err = io.StringIO(), io.StringIO()
    with (
        patch.object(typer.main, "get_command", _command),
        patch.object(sys, "argv", ["monitor", *args]),
        patch.object(sys, "stdin", io.TextIOWrapper(io.BytesIO(stdin.encode()), encoding="utf-8")),
        redirect_stdout(out),
        redirect_stderr(err),
    ):
        try:
            main()
            code: Any = 0
        except SystemExit as ended:
            code = ended.code or 0
    return Ran(int(code), out.getvalue(), err.getvalue())
