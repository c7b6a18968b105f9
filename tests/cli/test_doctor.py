import os
import subprocess

import pytest

from tests.cli.shapes import fits
from tests.home import PROGRAM

WELL = '[operator]\nrecipient = "me"\n[backup]\nfolder = "../backups"\n'
CHECKS = {"checks": [{"name": str, "ok": bool, "detail": str, "fix": str}]}
SECRETS = {
    "MONITOR_PASSWORD": "canary-door",
    "MAIL_USER": "canary-user",
    "MAIL_PASSWORD": "canary-mail",
    "HOOK_URL": "https://hooks.elsewhere.example/canary-hook",
}


@pytest.fixture
def well(server, home):
    home.write(server.url("/own"), more=WELL)
    return home


def test_a_sound_installation_is_exit_code_0(well):
    ran = well.run("doctor", "--json")
    assert (ran.code, ran.err) == (0, "")
    assert fits(ran.json, CHECKS)
    assert all(check["ok"] for check in ran.json["checks"])


def test_a_fault_is_exit_code_1_with_its_mend_under_it(well):
    well.digests.write_text("a file where the folder should be")
    ran = well.run("doctor")
    lines = ran.out.splitlines()
    (number,) = [number for number, line in enumerate(lines) if line.startswith("✗")]
    assert (ran.code, lines[number].startswith("✗ recipient me: ")) == (1, True)
    assert lines[number + 1] == "  → make the folder writable, or name another"
    assert lines[-1] == f"{sum(line[0] in '✓✗' for line in lines)} things looked at: 1 fault"


def test_a_configuration_that_is_refused_is_a_fault_too(well):
    (well.config / "monitor.toml").write_text("nonsense")
    ran = well.run("doctor", "--json")
    assert ran.code == 1
    assert [check["name"] for check in ran.json["checks"]] == ["configuration"]


def test_feeds_can_be_left_out(server, well):
    before = len(server.requests)
    assert well.run("doctor", "--no-feeds").code == 0
    assert len(server.requests) == before


def test_wrong_use_is_exit_code_2(well):
    assert well.run("doctor", "everything").code == 2


def test_a_terminal_without_the_signs_gets_plain_ones(well):
    command = [*PROGRAM, "--config", str(well.config), "doctor", "--no-feeds"]
    environment = os.environ | {"PYTHONIOENCODING": "ascii", "PYTHONUTF8": "0"}
    ran = subprocess.run(command, capture_output=True, env=environment, check=False)
    assert (ran.returncode, ran.stderr) == (0, b"")
    assert ran.stdout.startswith(b"ok configuration: ")
    assert b"\\u" not in ran.stdout


def test_no_secret_is_printed(server, well):
    more = (
        '[recipients.desk]\nemail = "desk@example.org"\ntopics = ["talks"]\nschedule = "0 8 * * *"\n'
        '[recipients.slack]\nslack_webhook_env = "HOOK_URL"\ntopics = ["talks"]\nschedule = "0 8 * * *"\n'
        '[smtp]\nhost = "127.0.0.1"\nport = 9\nsecurity = "none"\nfrom = "news@localhost"\n'
        'username_env = "MAIL_USER"\npassword_env = "MAIL_PASSWORD"\n'
    )
    well.write(server.serve("/broken", status=500), more=more + WELL)
    for options in (("--json",), ()):
        command = [*PROGRAM, "--config", str(well.config), "--verbose", "doctor", *options]
        ran = subprocess.run(command, capture_output=True, text=True, env=os.environ | SECRETS, check=False)
        assert ran.returncode == 1
        assert "canary" not in ran.stdout + ran.stderr
