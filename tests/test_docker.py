"""The container's files agree with each other and with the house. No engine is needed, so none is tried."""

import os
import re
import shutil
import subprocess
import sys
from contextlib import contextmanager
from fnmatch import fnmatch
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from threading import Thread

import pytest
from ruamel.yaml import YAML

from monitor.config import load
from monitor.config.values import listener
from tests.home import PROGRAM, monitor

ROOT = Path(__file__).parents[1]
BIN = Path(sys.executable).parent
DOCKERFILE = (ROOT / "Dockerfile").read_text("utf-8")
COMPOSE = YAML(typ="safe").load(ROOT / "docker-compose.yml")
SERVICE, MAIL = COMPOSE["services"]["monitor"], COMPOSE["services"]["mail"]
HEADER = (ROOT / "docker-compose.yml").read_text("utf-8").partition("\nname:")[0]
LOCKS = ("requirements.lock", "requirements-extras.lock", "requirements-dev.lock")


def instructions(text=DOCKERFILE):
    """Return each instruction as (its name, its arguments), stage by stage, comments and line breaks gone."""
    joined = re.sub(r"\\\n", " ", re.sub(r"^\s*#.*\n", "", text, flags=re.MULTILINE))
    stages = []
    for line in filter(None, map(str.strip, joined.splitlines())):
        name, _, rest = line.partition(" ")
        if name == "FROM":
            stages.append([])
        stages[-1].append((name, " ".join(rest.split())))
    return stages


BUILD, FINAL = instructions()


def final(name):
    return [rest for found, rest in FINAL if found == name]


def listed(rest):
    """Return the words of an instruction in its JSON form."""
    return YAML(typ="safe").load(rest)


ENVIRONMENT = dict(re.findall(r"(\w+)=(\S+)", " ".join(final("ENV"))))


def checked(*command):
    ran = subprocess.run([*map(str, command)], capture_output=True, text=True, check=False, cwd=ROOT, timeout=60)
    return ran.returncode, ran.stdout + ran.stderr


# ---------------------------------------------------------------- by the checkers of their kinds


def test_the_dockerfile_has_no_fault_that_hadolint_knows():
    assert checked(BIN / "hadolint", "Dockerfile") == (0, "")


def test_the_compose_file_is_one_by_its_specification():
    code, said = checked(BIN / "check-jsonschema", "--builtin-schema", "vendor.compose-spec", "docker-compose.yml")
    assert code == 0, said


# ---------------------------------------------------------------- the image


def test_the_image_runs_a_command_that_there_is():
    command = [*listed(final("ENTRYPOINT")[0]), *listed(final("CMD")[0])]
    scripts = re.search(r"\[project\.scripts\]\n(.*)\n", (ROOT / "pyproject.toml").read_text("utf-8"))[1]

    assert command == ["monitor", "run"]
    assert scripts.startswith("monitor = ")
    assert monitor(*command[1:], "--help").code == 0


def test_the_image_does_not_run_as_root_and_says_so_in_numbers():
    (user,) = final("USER")

    assert user == "10001:10001"
    assert f"useradd --uid {user.partition(':')[0]} " in " ".join(final("RUN"))
    assert FINAL.index(("USER", user)) < FINAL.index(("ENTRYPOINT", '["monitor"]'))


def test_only_what_is_locked_is_installed_and_no_compiler_is_needed():
    installs = re.findall(r"pip --python \S+ install (.*?)(?= &&|$)", " ; ".join(r for n, r in BUILD if n == "RUN"))

    assert len(installs) == 3
    for options in installs:
        assert "--require-hashes --only-binary :all:" in options or "--no-deps --no-index" in options
    assert not re.search(r"apt-get|build-essential|gcc|curl", DOCKERFILE)
    assert not any("pip" in run for run in final("RUN"))


def test_each_lock_of_the_image_holds_what_the_tests_run_on():
    pinned = {name: dict(re.findall(r"^([a-z0-9._-]+)==(\S+)", (ROOT / name).read_text(), re.M)) for name in LOCKS}
    run, extras, dev = (pinned[name] for name in LOCKS)

    assert run.items() < extras.items() < dev.items()
    assert {"apprise", "psycopg"} <= extras.keys() - run.keys()
    assert not any("://" in (ROOT / name).read_text() for name in LOCKS)


def copied():
    """Return what is copied into the image from this folder."""
    return [
        source
        for name, rest in BUILD + FINAL
        if name == "COPY" and "--from" not in rest
        for source in rest.split()[:-1]
    ]


def test_what_is_copied_exists_and_is_let_through():
    back = [line[1:] for line in ignores() if line.startswith("!")]

    assert copied()
    for source in copied():
        assert (ROOT / source).exists()
        assert source in back


@pytest.mark.parametrize(
    "name", [".git", ".venv", ".env", "config", "secrets", "secrets/monitor_password", "tests", "var", "var/monitor.db"]
)
def test_nothing_private_reaches_the_builder(name):
    sent = False
    for line in ignores():
        pattern = line.removeprefix("!").removeprefix("**/")
        if any(fnmatch(part, pattern) for part in (name, name.partition("/")[0])):
            sent = line.startswith("!")

    assert ignores()[0] == "*"
    assert not sent


def ignores():
    lines = (ROOT / ".dockerignore").read_text("utf-8").splitlines()
    return [line for line in lines if line and not line.startswith("#")]


def test_the_license_files_of_the_package_are_in_the_image():
    named = re.search(r"license-files = \[(.*)\]", (ROOT / "pyproject.toml").read_text("utf-8"))[1]

    assert all(
        any(file == source or file.startswith(f"{source}/") for source in copied()) for file in listed(f"[{named}]")
    )


# ---------------------------------------------------------------- its paths


@pytest.fixture
def image(tmp_path):
    """A folder laid out like the image, with the shipped configuration where it is mounted."""
    (tmp_path / "srv" / "var").mkdir(parents=True)
    shutil.copytree(ROOT / "config", tmp_path / "srv" / "config")
    return tmp_path


def test_what_the_shipped_configuration_writes_lies_in_the_volume(image):
    text = (image / "srv/config/monitor.toml").read_text("utf-8")
    text = re.sub(r'^#(\[backup\]|folder = "\.\./var/backups")', r"\1", text, flags=re.MULTILINE)
    (image / "srv/config/monitor.toml").write_text(text, "utf-8")

    settings = load(image / ENVIRONMENT["MONITOR_CONFIG"].lstrip("/"), {})

    volume = image / volume_path().lstrip("/")
    assert Path(settings.database_url.removeprefix("sqlite:///")) == volume / "monitor.db"
    assert settings.recipients[0].addresses == (str(volume / "digests"),)
    assert settings.backup
    assert settings.backup.folder == volume / "backups"


def test_compose_mounts_the_volume_and_the_configuration_where_the_image_has_them():
    mounts = dict(re.fullmatch(r"([^:]+):([^:]+)(?::ro)?", mount).groups() for mount in SERVICE["volumes"])

    assert mounts == {"data": volume_path(), "./config": ENVIRONMENT["MONITOR_CONFIG"]}
    assert "data" in COMPOSE["volumes"]
    assert f"{volume_path()}" in " ".join(final("RUN")).split(" -o monitor -g monitor ")[1]


def volume_path():
    (path,) = listed(final("VOLUME")[0])
    return path


# ---------------------------------------------------------------- its door


def test_the_image_listens_where_it_says_and_wants_a_password_for_it():
    settings = load(ROOT / "config", ENVIRONMENT)

    assert settings.server.listen == listener("0.0.0.0:8080")
    assert final("EXPOSE") == ["8080"]
    assert SERVICE["ports"] == ["127.0.0.1:8080:8080"]
    assert "MONITOR_PASSWORD_FILE" in SERVICE["environment"]


@pytest.mark.parametrize(("status", "code"), [(200, 0), (503, 1), (None, 1)])
def test_the_health_check_tells_a_healthy_service_from_another(status, code):
    words = listed(final("HEALTHCHECK")[0].partition(" CMD ")[2])
    assert words[0] == "python"

    with answering(status) as port:
        ran = subprocess.run(
            [sys.executable, *words[1:-1], words[-1].replace("8080", str(port))],
            capture_output=True,
            check=False,
            timeout=30,
            env=os.environ | {"http_proxy": "http://127.0.0.1:1"},  # a proxy must not stand between
        )

    assert ran.returncode == code


@contextmanager
def answering(status):
    """Answer GET /healthz with `status` while the context lasts; None hangs up at once."""

    class Health(BaseHTTPRequestHandler):
        def do_GET(self):
            if status is not None:
                self.send_response(status if self.path == "/healthz" else 404)
                self.end_headers()

        def log_message(self, *_):
            pass

    with HTTPServer(("127.0.0.1", 0), Health) as server:
        thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        yield server.server_port
        server.shutdown()
        thread.join()


# ---------------------------------------------------------------- compose


@pytest.mark.parametrize("name", COMPOSE["services"])
def test_each_service_is_locked_down(name):
    service = COMPOSE["services"][name]

    assert service["read_only"] is True
    assert service["cap_drop"] == ["ALL"]
    assert service["security_opt"] == ["no-new-privileges:true"]
    assert all(port.startswith("127.0.0.1:") for port in service["ports"])
    assert service["logging"]["options"].keys() == {"max-size", "max-file"}
    assert not re.search(r":latest$", service["image"])


def test_the_service_has_longer_to_stop_than_it_needs():
    assert SERVICE["stop_grace_period"] == "15s"
    assert SERVICE["init"] is True


def test_every_variable_and_secret_is_one_that_the_configuration_knows():
    known = set(re.findall(r"[A-Z][A-Z_]+", (ROOT / "config/monitor.toml").read_text("utf-8")))
    known |= set(re.findall(r"`(MONITOR_\w+)`", (ROOT / "docs/configuration.md").read_text("utf-8")))

    for name, value in SERVICE["environment"].items():
        assert name.removesuffix("_FILE") in known
        if name.endswith("_FILE"):
            assert Path(value).parent == Path("/run/secrets")
            assert Path(value).name in SERVICE["secrets"]
    assert set(SERVICE["secrets"]) == COMPOSE["secrets"].keys()
    assert {name for name in ENVIRONMENT if name.startswith("MONITOR_")} <= known


def test_what_is_to_be_done_before_the_first_start_makes_every_secret(tmp_path):
    commands = re.findall(r"^#   (install -d.*|printf .*|touch .*|chmod .*)$", HEADER, re.MULTILINE)
    lines = [re.sub(r" +# .*", "", command) for command in commands]
    subprocess.run(["sh", "-eu", "-c", "\n".join(lines)], cwd=tmp_path, check=True)

    for secret in COMPOSE["secrets"].values():
        assert (tmp_path / secret["file"]).stat().st_mode & 0o777 == 0o444
    read = load(ROOT / "config", {"MONITOR_PASSWORD_FILE": str(tmp_path / "secrets" / "monitor_password")})
    assert read.server.password
    assert read.server.password.reveal() == "a long password"


def test_the_lines_that_point_mail_at_the_catcher_are_a_good_configuration(image):
    lines = re.search(r"#   \[network\]\n(?:#   .*\n?)+", HEADER)[0].replace("#   ", "")
    file = image / "srv/config/monitor.toml"
    file.write_text(file.read_text("utf-8").replace("\n[network]\n", f"\n{lines}\n"), "utf-8")

    settings = load(file, {})

    (network,) = settings.allow_private
    assert [str(network)] == [part["subnet"] for part in COMPOSE["networks"]["default"]["ipam"]["config"]]
    assert settings.smtp
    assert settings.smtp.host in COMPOSE["services"]
    assert (settings.smtp.port, settings.smtp.security) == (1025, "none")
    assert MAIL["profiles"] == ["mail"]


def test_every_command_that_is_shown_is_one_that_there_is():
    shown = set(re.findall(r"docker compose (?:run --rm|exec) monitor ([a-z]+)", HEADER + operations()))

    assert "doctor" in shown
    for command in shown - {"monitor"}:
        ran = subprocess.run([*PROGRAM, command, "--help"], capture_output=True, check=False, timeout=30)
        assert ran.returncode == 0, command


def operations():
    return (ROOT / "docs/operations.md").read_text("utf-8")
