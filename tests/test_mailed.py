"""What becomes of a digest by e-mail, from the outbox to a mail server that misbehaves."""

from datetime import UTC, datetime, timedelta

import pytest

from tests import documents
from tests.documents import talks
from tests.home import Home
from tests.smtp import HANG_UP, MailServer

RSS = "application/rss+xml"
DESK, NIGHT = "desk@paper.example", "night@paper.example"


@pytest.fixture
def mailer():
    with MailServer() as running:
        yield running


@pytest.fixture
def home(tmp_path, server, mailer):
    """An installation that mails one digest to two addresses."""
    return installed(tmp_path, publish(server, talks(1)), mailer, DESK, NIGHT)


def publish(server, *items):
    return server.serve("/feed", documents.rss(list(items)), content_type=RSS)


def installed(folder, url, mailer, *addresses):
    more = f"""
[recipients.desk]
email = {list(addresses)}
topics = ["talks"]
schedule = "0 8 * * *"
[smtp]
host = "127.0.0.1"
port = {mailer.port}
security = "none"
from = "News monitor <monitor@paper.example>"
"""
    return Home(folder, url, more=more)


def once(home, **later):
    moment = (datetime.now(UTC) + timedelta(**later)).isoformat()
    return home.run("once", "--json", *(("--as-of", moment) if later else ()))


def mailed(home):
    """Return what the outbox says of each mail, by its id, oldest first."""
    rows = [row for row in home.run("outbox", "list", "--json").json if row["channel"] == "email"]
    return sorted(rows, key=lambda row: int(row["id"]))


def test_two_addresses_get_a_message_each_over_one_connection(home, mailer):
    assert once(home).code == 0

    assert [mail.to for mail in mailer.mails] == [(DESK,), (NIGHT,)]
    assert mailer.connections == 1
    assert [row["message_id"] for row in mailed(home)] == [mail.message_id for mail in mailer.mails]


def test_what_is_greylisted_waits_a_minute_and_is_sent_once(home, mailer):
    mailer.answer("RCPT", "450 4.7.1 greylisted", to=DESK, times=1)

    once(home)
    (waiting, sent) = mailed(home)
    assert (waiting["state"], waiting["attempts"], sent["state"]) == ("waiting", 1, "sent")
    assert "450 4.7.1 greylisted" in waiting["last_error"]
    once(home, seconds=20)
    assert mailer.to(DESK) == []
    once(home, seconds=75)
    once(home, seconds=150)

    assert [mail.message_id for mail in mailer.to(DESK)] == [waiting["message_id"]]
    assert len(mailer.to(NIGHT)) == 1


def test_an_address_that_is_refused_for_good_does_not_repeat_the_other(home, mailer):
    mailer.answer("RCPT", "550 5.1.1 no such user", to=NIGHT)

    once(home)
    once(home, minutes=5)

    assert [row["state"] for row in mailed(home)] == ["sent", "failed"]
    assert (len(mailer.to(DESK)), len(mailer.to(NIGHT))) == (1, 0)


def test_a_lost_answer_is_uncertain_and_repeats_under_the_same_id_with_the_same_bytes(home, mailer):
    mailer.answer("BODY", HANG_UP, times=1)

    once(home)
    assert [row["state"] for row in mailed(home)] == ["uncertain", "sent"]
    once(home, seconds=75)
    once(home, minutes=10)

    first, again = mailer.to(DESK)
    assert (first.message_id, first.content) == (again.message_id, again.content)
    assert len(mailer.to(NIGHT)) == 1
    assert [row["state"] for row in mailed(home)] == ["sent", "sent"]


def test_a_server_that_is_down_costs_nothing(home, mailer):
    mailer.answer("CONNECT", "421 4.3.2 shutting down")
    assert once(home).code == 1
    mailer.behave()

    once(home, seconds=75)

    assert (len(mailer.to(DESK)), len(mailer.to(NIGHT))) == (1, 1)


def test_the_stories_of_a_refused_message_come_with_the_next_digest(tmp_path, server, mailer):
    home = installed(tmp_path, publish(server, talks(1)), mailer, DESK)
    mailer.answer("BODY", "554 5.7.1 spam", times=1)
    once(home)
    assert [row["state"] for row in mailed(home)] == ["failed"]

    publish(server, talks(1), talks(2))
    once(home, days=1)

    (mail,) = mailer.mails
    text = mail.message.get_body(["plain"]).get_content()
    assert "report 1" in text
    assert "report 2" in text


def test_three_hard_bounces_switch_an_address_off(tmp_path, server, mailer):
    home = installed(tmp_path, publish(server, talks(1)), mailer, DESK, NIGHT)
    mailer.answer("RCPT", "550 5.1.1 no such user", to=NIGHT)
    for day in range(4):
        publish(server, *(talks(number) for number in range(1, day + 2)))
        once(home, days=day, minutes=1)

    assert len(mailer.to(DESK)) == 4
    assert [command for command in mailer.commands if NIGHT in command] == [f"RCPT TO:<{NIGHT}>"] * 3
