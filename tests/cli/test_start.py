from datetime import UTC, datetime, timedelta, timezone
from ipaddress import ip_network

import pytest

from monitor.cli import start
from monitor.errors import UsageError
from tests.home import Home, monitor


def rewritten(folder, old, new):
    """Return an installation whose configuration has `new` in place of `old`."""
    home = Home(folder, "https://paper.example/rss")
    file = home.config / "monitor.toml"
    assert old in file.read_text()
    file.write_text(file.read_text().replace(old, new))
    return home


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ('schedule = "0 8 * * *"', 'schedule = "0 8 30 2 *"', "recipients.me.schedule"),
        ('schedule = "0 8 * * *"', 'schedule = "every morning"', "recipients.me.schedule"),
        ("[recipients.me]", '[recipients.me]\nfolder = "a"\n[recipients.me]', "[recipients.me] stands twice"),
        ('title = "Talks"', 'title = "Tal\tks"\nscope\t=\t"sto\nry"', "line 11"),
        ('title = "Talks"', 'title = "Talks"\t\tscope = "story"', "a tab stands here"),
        ('title = "Talks"', 'titel = "Talks"', "title"),
        ('topics = ["talks"]', 'topics = ["walks"]', "did you mean talks?"),
        ('url = "https://paper.example/rss"', 'url = "paper.example"', "feeds[1].url"),
        ("min_interval_minutes = 0", "min_interval_minutes = -1", "polling.min_interval_minutes"),
        ('url = "sqlite:///../monitor.db"', 'url = "mysql://x"', "database.url"),
    ],
)
@pytest.mark.parametrize("command", [("once",), ("status", "--json"), ("db", "check")])
def test_a_wrong_configuration_is_one_line_that_names_file_and_place(tmp_path, old, new, words, command):
    home = rewritten(tmp_path, old, new)
    ran = home.run(*command)
    assert (ran.code, ran.out) == (2, "")
    assert ran.err.startswith(f"monitor: {home.config / 'monitor.toml'}: ")
    assert words in ran.err
    assert ran.err.count("\n") == 1
    assert not (tmp_path / "monitor.db").exists()


def test_every_fault_of_a_configuration_is_told_at_once(tmp_path):
    home = rewritten(tmp_path, 'schedule = "0 8 * * *"', 'schedule = "0 8 30 2 *"\nwhen_emty = "send"')
    assert home.run("once").err.count("\n") == 2


@pytest.mark.parametrize("command", [("once",), ("status",), ("feed", "list"), ("topic", "show"), ("db", "check")])
def test_a_missing_configuration_says_what_to_do(tmp_path, command):
    ran = monitor("--config", str(tmp_path / "none"), *command)
    assert (ran.code, ran.out) == (2, "")
    assert "there is no such file" in ran.err
    assert "monitor demo" in ran.err
    assert ran.err.count("\n") == 1


def test_the_configuration_may_be_named_by_its_file_or_by_the_environment(polled, monkeypatch):
    file = polled.config / "monitor.toml"
    by_file = monitor("--config", str(file), "topic", "list", "--json")
    monkeypatch.setenv("MONITOR_CONFIG", str(polled.config))
    assert by_file.json == monitor("topic", "list", "--json").json
    assert by_file.code == 0


def test_a_moment_is_taken_to_utc():
    moment = datetime(2026, 11, 22, 7, 30, tzinfo=UTC)
    assert start.as_of("2026-11-22T08:30+01:00") == moment
    assert start.as_of("2026-11-22T07:30:00Z").tzinfo is UTC
    assert start.as_of(moment.astimezone(timezone(timedelta(hours=9))).isoformat()) == moment


def test_no_moment_is_now():
    assert abs(start.as_of("") - datetime.now(UTC)) < timedelta(seconds=5)


@pytest.mark.parametrize("text", ["now", "2026-11-22", "2026-11-22T08:30", "1969-12-31T23:59Z", "3000-01-01T00:00Z"])
def test_what_is_no_moment_is_refused(text):
    with pytest.raises(UsageError, match="--as-of"):
        start.as_of(text)


def test_networks_are_read():
    assert start.networks(["10.0.0.0/8", "::1"]) == (ip_network("10.0.0.0/8"), ip_network("::1/128"))
    assert start.networks(None) == ()
