"""Alerts from end to end: at once, once, held in quiet hours, never for what a first poll brought."""

import re
import sqlite3
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from monitor.delivery import slack as slack_channel
from tests import documents
from tests.documents import other, talks
from tests.home import Home
from tests.slack import Slack
from tests.smtp import MailServer
from tests.test_service import service

ALERTS = 'alerts = true\nquiet = "22:00-07:00"\ntimezone = "Asia/Seoul"\n'
EVENING = datetime(2099, 1, 1, 13, 30, tzinfo=UTC)  # 22:30 in Seoul
DAY = datetime(2099, 1, 1, 3, 0, tzinfo=UTC)  # noon there


def publish(server, *items):
    body = documents.rss(list(items))
    return server.serve("/feed", body, content_type="application/rss+xml", etag=f'"{hash(body)}"')


def installed(folder, server, *items, at=50, more="", recipient=ALERTS):
    """Return an installation whose folder wants alerts from the score `at` on and has had its first digest."""
    home = Home(folder, publish(server, *items), more=more)
    file = home.config / "monitor.toml"
    text = file.read_text().replace('title = "Talks"\n', f'title = "Talks"\nalert_at = {at}\n')
    file.write_text(text.replace('folder = "../digests"\n', f'folder = "../digests"\n{recipient}'))
    assert turn(home, DAY - timedelta(hours=1)).json["digests"]["failed"] == 0
    return home


def turn(home, at):
    return home.run("once", "--json", "--as-of", at.isoformat())


def heads(home):
    return [text.partition("\n")[0] for text in home.delivered()]


def test_a_story_at_the_line_goes_out_at_once_and_once(server, tmp_path):
    home = installed(tmp_path, server, talks(0))
    assert heads(home) == ["Catching up"]

    publish(server, talks(0), talks(1), other(1))
    assert turn(home, DAY).code == 0
    turn(home, DAY + timedelta(minutes=1))
    assert heads(home) == ["Catching up", "Alert: Talks"]
    told = home.delivered()[1]
    assert talks(1).title in told
    assert talks(0).title not in told
    assert "has alerts = true" in " ".join(told.split())


def test_what_was_alerted_is_not_new_in_the_next_digest(server, tmp_path):
    home = installed(tmp_path, server, talks(0))
    publish(server, talks(0), talks(1))
    turn(home, DAY)
    publish(server, talks(0), talks(1), talks(2))
    home_at = (home.config / "monitor.toml").read_text().replace("alerts = true", "alerts = false")
    (home.config / "monitor.toml").write_text(home_at)

    turn(home, DAY + timedelta(days=1))
    digest = home.delivered()[-1]
    assert talks(2).title in digest
    assert talks(1).title not in digest


def test_what_a_first_poll_brings_is_never_an_alert(server, tmp_path):
    home = installed(tmp_path, server, other(0))
    second = server.serve("/second", documents.rss([talks(5), talks(6)]), content_type="application/rss+xml")
    file = home.config / "monitor.toml"
    file.write_text(file.read_text() + f'\n[[feeds]]\nurl = "{second}"\n')

    turn(home, DAY)
    assert heads(home) == []
    turn(home, DAY + timedelta(days=1))
    assert [talks(5).title in digest for digest in home.delivered()] == [True]
    assert "Alert" not in heads(home)[0]


def test_quiet_hours_hold_an_alert_and_let_it_go_first_when_they_end(server, tmp_path):
    recipient = ALERTS.replace("alerts", "max_stories = 1\nalerts")
    home = installed(tmp_path, server, talks(0), recipient=recipient)
    publish(server, talks(0), talks(1))

    turn(home, EVENING)
    turn(home, EVENING + timedelta(hours=6))
    assert heads(home) == ["Catching up"]
    (held, _) = home.run("outbox", "list", "--json").json
    assert held["state"] == "waiting"

    publish(server, talks(0), talks(1), talks(2))
    low = (home.config / "monitor.toml").read_text().replace("alert_at = 50", "alert_at = 100")
    (home.config / "monitor.toml").write_text(low)
    turn(home, EVENING + timedelta(hours=11))  # 09:30: the digest of 08:00 is due, too
    assert heads(home)[1] == "Alert: Talks"
    assert talks(1).title in home.delivered()[1]
    assert heads(home)[2:] == ["Talks"]


def test_no_alert_below_the_line_nor_for_who_wants_none(server, tmp_path):
    for name, options in (("high", {"at": 100}), ("none", {"recipient": ""})):
        home = installed(tmp_path / name, server, talks(0), **options)
        publish(server, talks(0), talks(1))
        turn(home, DAY)
        assert heads(home) == ["Catching up"]


def test_a_flood_is_capped_and_the_rest_comes_with_the_digest(server, tmp_path):
    home = installed(tmp_path, server, talks(0))
    publish(server, *(talks(number) for number in range(12)))
    turn(home, DAY)
    turn(home, DAY + timedelta(minutes=10))
    assert heads(home).count("Alert: Talks") == 5
    turn(home, DAY + timedelta(days=1))
    whole = "\n".join(home.delivered())
    assert [whole.count(talks(number).title + "\n") for number in range(12)] == [1] * 12


MAIL = """
[smtp]
host = "127.0.0.1"
port = {port}
security = "none"
from = "Monitor <monitor@paper.example>"
[recipients.desk]
email = "desk@paper.example"
topics = ["talks"]
schedule = "0 8 * * *"
alerts = true
"""
SLACK = """
[recipients.news]
slack_token_env = "SLACK_TOKEN"
slack_channel = "#news"
slack_api = "{api}"
topics = ["talks"]
schedule = "0 8 * * *"
alerts = true
"""


@pytest.fixture
def mail():
    with MailServer() as running:
        yield running


@pytest.fixture
def slack(monkeypatch):
    monkeypatch.setattr(slack_channel, "PACE", 0.0)
    monkeypatch.setenv("SLACK_TOKEN", Slack.token)
    with Slack() as running:
        yield running
    assert running.faults == []


LATER = replace(talks(1), title="Envoys walk out of the talks in Stockholm")


def goes_on(home, server):
    """Publish a second article, make it one of the first one's story, and let that be an alert."""
    file = home.config / "monitor.toml"
    publish(server, talks(0), LATER)
    turn(home, DAY)
    with closing(sqlite3.connect(home.folder / "monitor.db")) as db, db:
        db.execute("UPDATE judgement SET story = 1")
    file.write_text(file.read_text().replace("alert_at = 100", "alert_at = 50"))
    turn(home, DAY + timedelta(hours=1))


def test_by_mail_the_subject_is_the_headline(server, tmp_path, mail):
    home = installed(tmp_path, server, talks(0), more=MAIL.format(port=mail.port))
    publish(server, talks(0), talks(1))
    turn(home, DAY)
    first, alert = (each.message for each in mail.mails)
    assert alert["Subject"] == talks(1).title
    assert alert["In-Reply-To"] is alert["References"] is first["References"] is None


def test_by_mail_an_update_answers_what_told_its_story_first(server, tmp_path, mail):
    home = installed(tmp_path, server, talks(0), at=100, more=MAIL.format(port=mail.port))
    goes_on(home, server)
    first, update = (each.message for each in mail.mails)
    assert update["Subject"] == f"Update: {LATER.title}"
    assert update["In-Reply-To"] == update["References"] == first["Message-ID"]


def test_by_slack_an_alert_begins_a_thread(server, tmp_path, slack):
    home = installed(tmp_path, server, talks(0), more=SLACK.format(api=slack.api))
    publish(server, talks(0), talks(1))
    turn(home, DAY)
    parent, reply, alert = slack.posts
    assert reply.thread_ts == parent.ts
    assert (alert.text, alert.thread_ts) == (talks(1).title, "")
    assert "reply_broadcast" not in alert.body
    assert re.search(r"<https://paper.example/talks/1\|", str(alert.body["blocks"]))


def test_by_slack_an_update_is_broadcast_from_the_thread_of_its_story(server, tmp_path, slack):
    home = installed(tmp_path, server, talks(0), at=100, more=SLACK.format(api=slack.api))
    goes_on(home, server)
    parent, _, update = slack.posts
    assert (update.text, update.thread_ts) == (f"Update: {LATER.title}", parent.ts)
    assert update.body["reply_broadcast"] is True


def test_the_service_tells_it_without_being_asked(server, tmp_path):
    home = installed(tmp_path, server, talks(0), recipient="alerts = true\n")
    publish(server, talks(0), talks(1))
    with service(home) as running:
        running.until(lambda: "Alert: Talks" in heads(home))
    assert [talks(1).title in text for text in home.delivered()] == [False, True]
