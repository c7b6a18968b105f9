"""What is told late is told once: a month between two digests, a recipient that was away, a message that waited."""

from datetime import UTC, datetime, timedelta

from tests import documents
from tests.documents import other, talks
from tests.home import Home
from tests.test_clocks import told, turn

NOW = datetime.now(UTC).replace(microsecond=0)
DAY = timedelta(days=1)
IN_A_MONTH = f"0 0 {NOW + 30 * DAY:%-d %-m} *"


def publish(server, *items):
    return server.serve("/feed", documents.rss(list(items)), content_type="application/rss+xml", etag=f'"{len(items)}"')


def test_a_month_without_a_match_before_the_first_one_costs_none(server, tmp_path):
    home = Home(tmp_path, publish(server, other(1)), schedule=IN_A_MONTH)
    turn(home, NOW)
    publish(server, other(1), talks(1))
    turn(home, NOW + 3 * DAY)
    publish(server, other(1), talks(1), other(2))
    turn(home, NOW + 20 * DAY)
    turn(home, NOW + 31 * DAY)
    assert told(home, 1) == 1


YOU = """[recipients.you]
folder = "../yours"
topics = ["talks"]
schedule = "0 8 * * *"
"""


def outbox(home, recipient):
    return [row for row in home.run("outbox", "list", "--json").json if row["recipient"] == recipient]


def test_a_recipient_that_is_missing_for_an_hour_gets_what_waited_for_it_once(server, tmp_path):
    url = publish(server, talks(1))
    home = Home(tmp_path, url, more=YOU)
    (tmp_path / "yours").write_text("in the way")
    turn(home, NOW)
    home.write(url)
    turn(home, NOW + timedelta(minutes=2))
    assert [(row["state"], row["last_error"]) for row in outbox(home, "you")] == [
        ("waiting", "you is not in the configuration")
    ]
    home.write(url, more=YOU)
    (tmp_path / "yours").unlink()
    turn(home, NOW + timedelta(hours=1))
    turn(home, NOW + 2 * DAY)
    assert [row["state"] for row in outbox(home, "you")] == ["sent"]
    assert len(list((tmp_path / "yours").glob("*.txt"))) == 1


def test_what_waits_for_a_channel_that_was_changed_is_told_by_the_new_one(server, tmp_path, monkeypatch):
    url = publish(server, talks(1))
    way = '[recipients.you]\n{key} = "YOU"\ntopics = ["talks"]\nschedule = "0 8 * * *"\n'
    home = Home(tmp_path, url, more=way.format(key="slack_webhook_env"))
    turn(home, NOW)
    home.write(url, more=way.format(key="apprise_env"))
    turn(home, NOW + timedelta(minutes=2))
    turn(home, NOW + DAY)
    assert [(row["channel"], row["state"]) for row in outbox(home, "you")] == [
        ("apprise", "waiting"),
        ("slack_webhook", "failed"),
    ]
