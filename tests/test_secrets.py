"""Planted secrets appear in no log at any level, no traceback, no page, no export, no database and no backup."""

import time
from dataclasses import replace
from pathlib import Path

import pytest

from monitor.delivery.folder import Folder
from tests import documents
from tests.documents import talks
from tests.home import Home
from tests.server import Server
from tests.slack import GONE, TOKEN, WEBHOOK_PATH, Slack
from tests.smtp import MailServer
from tests.test_service import service

CANARIES = {
    "FEED_USERNAME": "canary-feed-user",
    "FEED_PASSWORD": "canary-feed-password",
    "SMTP_USERNAME": "canary-smtp-user",
    "SMTP_PASSWORD": "canary-smtp-password",
    "MODEL_KEY": "canary-model-key",
    "HOOK_SECRET": "canary-hook-secret",
    "MONITOR_PASSWORD": "canary-page-password",
    "MONITOR_SECRET": "canary-signing-secret",
    "SLACK_TOKEN": TOKEN,
}
MORE = """
[[feeds]]
url = "{locked}"
username_env = "FEED_USERNAME"
password_env = "FEED_PASSWORD"
[smtp]
host = "127.0.0.1"
port = {smtp}
security = "none"
username_env = "SMTP_USERNAME"
password_env = "SMTP_PASSWORD"
from = "Monitor <monitor@example.org>"
[language_model]
url = "{model}"
key_env = "MODEL_KEY"
[operator]
recipient = "me"
[backup]
folder = "../backups"
[recipients.mail]
email = "desk@example.org"
topics = ["talks"]
schedule = "* * * * *"
[recipients.news]
slack_webhook_env = "SLACK_WEBHOOK_URL"
topics = ["talks"]
schedule = "* * * * *"
[recipients.channel]
slack_token_env = "SLACK_TOKEN"
slack_channel = "#news"
slack_api = "{api}"
topics = ["talks"]
schedule = "* * * * *"
[recipients.hook]
webhook = "{hook}"
webhook_secret_env = "HOOK_SECRET"
topics = ["talks"]
schedule = "* * * * *"
[recipients.chat]
apprise_env = "APPRISE_URL"
topics = ["talks"]
schedule = "* * * * *"
"""
COMMANDS = [
    ("once", "--as-of", "2099-01-01T00:00:00Z"),
    ("status",),
    ("status", "--json"),
    ("doctor",),
    ("doctor", "--json"),
    ("feed", "list", "--json"),
    ("feed", "export"),
    ("recipient", "list", "--json"),
    ("recipient", "test", "mail"),
    ("recipient", "test", "news"),
    ("recipient", "test", "channel"),
    ("recipient", "test", "hook"),
    ("recipient", "test", "chat"),
    ("outbox", "list", "--json"),
    ("digest", "list", "--json"),
]


@pytest.fixture
def planted(tmp_path, monkeypatch):
    """Give a home full of secrets, none of which opens anything, and the secrets."""
    with Server() as server, MailServer(login=("somebody", "else")) as mail, Slack() as slack:
        slack.always = GONE
        server.serve("/robots.txt", status=404)
        server.serve("/locked", status=401)
        server.serve("/hook", status=500)
        server.serve("/v1/chat/completions", f"who is {CANARIES['MODEL_KEY']}?", status=401)
        secrets = {
            **CANARIES,
            "SLACK_WEBHOOK_URL": slack.webhook,
            "APPRISE_URL": f"json://canary-apprise-user:canary-apprise-password@127.0.0.1:{server.port}/nowhere",
            "MONITOR_PING_URL": server.url("/canary-ping-address"),
        }
        for name, value in secrets.items():
            monkeypatch.setenv(name, value)
        feed = server.serve(
            "/feed", documents.rss([replace(talks(1), text=talks(1).text * 2)]), content_type="application/rss+xml"
        )
        places = {"locked": server.url("/locked"), "hook": server.url("/hook"), "smtp": mail.port, "api": slack.api}
        places["model"] = server.url("/v1")
        yield Home(tmp_path, feed, more=MORE.format(**places)), [*CANARIES.values(), WEBHOOK_PATH, "canary-"]


def leaked(text: str, secrets: list[str]) -> list[str]:
    return [secret for secret in secrets if secret in text]


def files(folder: Path) -> dict[str, str]:
    """Return what stands in every file below a folder."""
    found = (path for path in folder.rglob("*") if path.is_file())
    return {path.name: path.read_bytes().decode("latin-1") for path in found}


def test_no_command_and_no_file_tells_a_secret(planted, tmp_path):
    home, secrets = planted
    said = ""
    for command in COMMANDS:
        ran = home.run("--verbose", *command)
        said += ran.out + ran.err
    assert "gets nothing" in said  # the channels were tried, and shut
    assert "it does not take the key that key_env names" in said
    home.run("backup", str(tmp_path / "copy.db"))
    assert leaked(said, secrets) == []
    assert {name: leaked(text, secrets) for name, text in files(tmp_path).items() if leaked(text, secrets)} == {}


@pytest.mark.parametrize("form", ["people", "json"])
def test_the_service_tells_no_secret_in_its_log_its_pages_or_its_backup(planted, tmp_path, form):
    home, secrets = planted
    with service(home, "--log", form) as running:
        running.until(running.ready)
        running.until(lambda: list((tmp_path / "backups").glob("monitor-*.db")))
        running.until(lambda: "uncertain" in str(states(home)) or "waiting" in str(states(home)))
        time.sleep(3)
        pages = "".join(running.get(path)[1] for path in ("/", "/healthz", "/readyz", "/metrics", "/u/canary", "/no"))
        log = running.end()
    assert "a recipient can't be reached" in log
    assert leaked(log + pages.replace("/u/canary", ""), secrets) == []
    assert {name: leaked(text, secrets) for name, text in files(tmp_path).items() if leaked(text, secrets)} == {}


def states(home: Home) -> list[str]:
    return [message["state"] for message in home.run("outbox", "list", "--json").json]


def test_a_traceback_of_a_fault_nobody_foresaw_tells_no_secret(planted, monkeypatch, tmp_path):
    home, secrets = planted

    async def broken(self, delivery, recipient, now):
        raise RuntimeError(f"what is {CANARIES['SMTP_PASSWORD']} doing in {CANARIES['MONITOR_SECRET']}?")

    monkeypatch.setattr(Folder, "deliver", broken)
    ran = home.run("once")
    assert "Traceback" in ran.err
    assert "RuntimeError: what is *** doing in ***?" in ran.err
    assert leaked(ran.out + ran.err, secrets) == []
    assert {name: leaked(text, secrets) for name, text in files(tmp_path).items() if leaked(text, secrets)} == {}
