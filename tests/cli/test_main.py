import os
import re
import subprocess
import sys
from importlib.metadata import entry_points
from pathlib import Path

import pytest

from monitor import __version__
from tests.home import PROGRAM, monitor

HEAVY = {
    *("alembic", "asyncio", "courlan", "cronsim", "css_inline", "email.parser", "feedparser", "httpx", "jinja2"),
    *("listparser", "lxml", "markdown_it", "nh3", "numpy", "pebble", "protego", "py3langid", "pydantic", "pygments"),
    *("rich", "sqlalchemy", "sqlmodel", "ssl", "structlog", "tomlkit", "trafilatura", "urllib.request", "xml.dom"),
}
OF_TYPER = {"email.parser", "pydantic"}  # it reads its options with pydantic
ALONE = "import sys; from monitor.cli import main\ntry: main()\nfinally: print(*sys.modules, file=sys.stderr)"
GROUPS = ("topic", "feed", "match", "recipient", "digest", "outbox", "db")
README = Path(__file__).parents[2] / "README.md"


@pytest.mark.parametrize("args", ["--help", "--version"])
def test_help_answers_before_anything_heavy_is_imported(args):
    ran = subprocess.run([sys.executable, "-c", ALONE, *args.split()], capture_output=True, text=True, check=True)
    assert ran.stdout
    assert "monitor.cli" in ran.stderr.split()
    assert HEAVY.intersection(ran.stderr.split()) == set()


@pytest.mark.parametrize("args", ["feed --help", "once --help", "match list --help", "score --help"])
def test_the_help_of_a_command_needs_none_of_it_either(args):
    ran = subprocess.run([sys.executable, "-c", ALONE, *args.split()], capture_output=True, text=True, check=True)
    assert HEAVY.intersection(ran.stderr.split()) <= OF_TYPER


def test_what_starts_the_program_loads_nothing_by_itself():
    """Processes that read documents load it again: multiprocessing does so with the main module."""
    (started,) = entry_points(group="console_scripts", name="monitor")
    assert started.value == "monitor.__main__:main"
    lone = f"import sys, {started.module}; print(*sys.modules)"
    ran = subprocess.run([sys.executable, "-c", lone], capture_output=True, text=True, check=True)
    assert {name for name in ran.stdout.split() if name.startswith("monitor")} == {"monitor", "monitor.__main__"}
    ran = subprocess.run([sys.executable, "-m", "monitor", "--version"], capture_output=True, text=True, check=True)
    assert ran.stdout == f"monitor {__version__}\n"


@pytest.mark.parametrize("group", ["", *GROUPS])
def test_every_command_is_in_the_help_with_a_whole_sentence(group):
    listed = verbs(group)
    assert all(len(words) > 2 and words[-1].endswith(".") and "..." not in words[-1] for _, *words in listed)


def verbs(group):
    """Return the words of each line of a group's list of commands."""
    listed = monitor(*group.split(), "--help").out.partition("Commands:")[2].strip().splitlines()
    return [line.split() for line in listed]


@pytest.mark.parametrize("group", GROUPS)
def test_the_readme_names_every_verb(group):
    (row,) = re.findall(rf"^\| `monitor {group} .*$", README.read_text(), re.MULTILINE)
    assert re.findall(r"`(?:monitor \w+ )?(\w+)`", row.split("|")[1]) == [name for name, *_ in verbs(group)]


def test_the_version_is_told():
    assert monitor("--version").out == f"monitor {__version__}\n"


@pytest.mark.parametrize(
    "args", [(), ("feed",), ("no-such",), ("once", "--no-such"), ("digest", "show"), ("feed", "test")]
)
def test_wrong_use_is_exit_code_2_and_no_traceback(args):
    ran = monitor(*args)
    assert ran.code == 2
    assert "Usage: " in ran.out + ran.err
    assert "Traceback" not in ran.err


def test_a_reader_that_leaves_is_no_fault(polled):
    command = [*PROGRAM, "--config", str(polled.config), "topic", "show", "--json"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as running:
        running.stdout.close()
        assert b"Traceback" not in running.stderr.read()


def test_a_full_disk_is_one_line():
    with Path("/dev/full").open("w") as full:
        ran = subprocess.run([*PROGRAM, "feed", "export"], stdout=full, stderr=subprocess.PIPE, text=True, check=False)
    assert "Traceback" not in ran.stderr
    assert ran.returncode != 0


def test_a_terminal_that_lacks_letters_still_gets_an_answer(polled):
    command = [*PROGRAM, "--config", str(polled.config), "match", "list"]
    environment = os.environ | {"PYTHONIOENCODING": "latin-1", "PYTHONUTF8": "0"}
    ran = subprocess.run(command, capture_output=True, env=environment, check=False)
    assert (ran.returncode, ran.stderr) == (0, b"")
    assert b"\\u2500" in ran.stdout


def test_a_word_that_is_no_text_is_refused_in_one_line():
    ran = subprocess.run([*PROGRAM, "feed", "test", b"\xff\x1b[31m"], capture_output=True, check=False)
    assert ran.returncode == 2
    assert ran.stderr.startswith(b"monitor: ")
    assert b"\x1b" not in ran.stderr
