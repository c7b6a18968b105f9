"""The unit in `docs/` is one that systemd takes, and agrees with what the service promises."""

import shutil
import subprocess
from pathlib import Path

import pytest

from monitor.service import BEATS, LAST_RESORT_SECONDS
from tests.home import PROGRAM

UNIT = Path(__file__).parents[1] / "docs" / "monitor.service"
LINES = [line for line in UNIT.read_text("utf-8").splitlines() if line and line[0] not in "#["]
KEYS = dict(line.split("=", 1) for line in LINES)


@pytest.mark.skipif(not shutil.which("systemd-analyze"), reason="no systemd-analyze here")
def test_systemd_finds_nothing_to_say_about_it(tmp_path):
    text = UNIT.read_text("utf-8").replace(KEYS["ExecStart"].split()[0], PROGRAM[0])
    (tmp_path / "monitor.service").write_text(text, "utf-8")

    ran = subprocess.run(
        ["systemd-analyze", "verify", "--man=no", str(tmp_path / "monitor.service")],
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )

    about_us = [line for line in ran.stderr.splitlines() if "monitor.service" in line]
    assert about_us == []


def test_no_key_stands_there_twice():
    assert len(KEYS) == len(LINES)


def test_it_starts_a_command_that_there_is():
    program, config, path, command = KEYS["ExecStart"].split()

    assert (Path(program).name, config, command) == ("monitor", "--config", "run")
    assert Path(path).parent == Path(KEYS["WorkingDirectory"])
    assert subprocess.run([*PROGRAM, command, "--help"], capture_output=True, check=False).returncode == 0


def test_it_may_write_where_the_shipped_configuration_does_and_nowhere_else():
    assert KEYS["ReadWritePaths"] == f"{KEYS['WorkingDirectory']}/var"
    assert KEYS["ProtectSystem"] == "strict"


def test_its_times_are_longer_than_those_of_the_service():
    assert int(KEYS["TimeoutStopSec"]) > LAST_RESORT_SECONDS
    assert int(KEYS["WatchdogSec"]) > 3 * BEATS["health"]


def test_a_wrong_configuration_is_not_started_again_and_again():
    assert KEYS["Restart"] == "on-failure"
    assert KEYS["RestartPreventExitStatus"] == "2"
