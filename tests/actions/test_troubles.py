from datetime import UTC, datetime, timedelta

import pytest
from sqlmodel import select

from monitor.actions import troubles
from monitor.app import open_app
from monitor.config import load
from monitor.errors import Blame, DeliveryError
from monitor.store import outbox, recipients
from monitor.store import troubles as store
from monitor.store.rows import DigestRow, FeedRow
from tests.home import Home

NOW = datetime(2026, 11, 22, 8, 30, tzinfo=UTC)
MORE = """
[recipients.chat]
webhook = "https://chat.example/hook"
topics = ["talks"]
schedule = "0 8 * * *"
[operator]
recipient = "me"
"""


@pytest.fixture
def app(tmp_path):
    home = Home(tmp_path, "https://paper.example/rss", more=MORE)
    app = open_app(load(home.config, {}), NOW)
    yield app
    app.db.close()


def notices(app):
    """Return the operator's messages: whom they go to and what they are about."""
    with app.db.read() as session:
        return [
            (row.recipient, row.subject) for row in session.exec(select(DigestRow).where(DigestRow.kind == "notice"))
        ]


def refuse(app, recipient, times=1, **fault):
    """Let messages to a recipient be refused."""
    for number in range(times):
        message = outbox.Message(
            "folder", app.teller().recipients[recipient].addresses[0], f"<{recipient}{number}@m>", b""
        )
        frozen = outbox.Frozen(
            recipient, f"slot{number}", ("talks",), "S", 1, (), (f"talks-{number + 1}",), 9, (message,)
        )
        outbox.freeze(app.db, frozen, NOW, settles=True)
        outbox.finish(app.db, outbox.claim(app.db, NOW), DeliveryError("550 no such user", permanent=True, **fault))


def test_where_all_is_well_nobody_is_written_to(app):
    troubles.tell(app, app.teller(), NOW)
    assert notices(app) == []


def test_a_channel_that_is_shut_is_told_once_and_told_again_when_it_is_mended(app):
    refuse(app, "chat", blame=Blame.CHANNEL)
    for minute in range(3):
        troubles.tell(app, app.teller(), NOW + timedelta(minutes=minute))
    assert [who for who, _ in notices(app)] == ["me"]
    assert "chat (https://chat.example/hook) gets nothing: 550 no such user" in notices(app)[0][1]
    recipients.resume(app.db, "chat")
    outbox.drop(app.db, "1")
    troubles.tell(app, app.teller(), NOW + timedelta(minutes=12))
    assert [who for who, _ in notices(app)] == ["me", "me"]
    assert notices(app)[1][1].startswith("monitor: over: ")
    assert store.standing(app.db) == []


def test_the_operator_whose_own_channel_is_shut_hears_by_another(app):
    refuse(app, "me", blame=Blame.CHANNEL)
    troubles.tell(app, app.teller(), NOW)
    assert [who for who, _ in notices(app)] == ["chat"]


def test_three_hard_bounces_are_told(app):
    refuse(app, "chat", times=3, blame=Blame.ADDRESS)
    troubles.tell(app, app.teller(), NOW)
    assert any("3 messages in a row were refused for good" in trouble.words for trouble in troubles.current(app, NOW))


def test_a_crash_between_telling_and_writing_it_down_tells_nobody_twice(app, monkeypatch):
    refuse(app, "chat", blame=Blame.CHANNEL)
    with monkeypatch.context() as patch:
        patch.setattr(store, "tell", lambda *arguments: None)
        troubles.tell(app, app.teller(), NOW)
    troubles.tell(app, app.teller(), NOW + timedelta(minutes=1))
    assert len(notices(app)) == 1


def test_a_day_without_a_feed_is_told(app):
    with app.db.write() as session:
        row = session.get_one(FeedRow, 1)
        row.last_success = NOW - timedelta(hours=25)
        session.flush()
    troubles.tell(app, app.teller(), NOW)
    assert "no feed could be read since 2026-11-21 07:30 UTC" in notices(app)[0][1]


def test_an_hour_without_a_feed_is_nobodys_trouble(app):
    assert troubles.current(app, NOW + timedelta(hours=1)) == []


def test_a_disk_that_is_nearly_full_is_told(app, monkeypatch):
    monkeypatch.setattr(troubles, "LEAST_FREE", 10**18)
    assert "is nearly full" in troubles.current(app, NOW)[0].words


def test_what_was_left_out_of_the_configuration_is_told(tmp_path):
    more = MORE + '[recipients.far]\nfolder = "x"\ntopics = []\nschedule = "0 8 * * *"\n'
    settings = load(Home(tmp_path, "https://paper.example/rss", more=more).config, {}, lenient=True)
    app = open_app(settings, NOW)
    assert "left out of the configuration: recipients.far.topics" in troubles.current(app, NOW)[0].words
    app.db.close()


def test_mail_that_has_waited_for_an_hour_is_told_once_for_its_server(app):
    message = outbox.Message("webhook", "https://chat.example/hook", "<w@m>", b"")
    outbox.freeze(app.db, outbox.Frozen("chat", "s", (), "S", 0, (), (), None, (message,)), NOW, settles=False)
    for minute in (0, 1, 6, 21, 51):
        at = NOW + timedelta(minutes=minute)
        outbox.finish(app.db, outbox.claim(app.db, at), DeliveryError("HTTP 500"), at)
    assert "webhook: chat has waited for a message since 2026-11-22 08:30 UTC: HTTP 500" in {
        trouble.words for trouble in troubles.current(app, NOW)
    }


def test_a_trouble_that_comes_and_goes_is_no_storm_of_messages(app, monkeypatch):
    for second in range(0, 600, 10):
        monkeypatch.setattr(troubles, "LEAST_FREE", 10**18 if second % 20 else 0)
        troubles.tell(app, app.teller(), NOW + timedelta(seconds=second))
    assert len(notices(app)) == 1


def test_whoever_unsubscribed_is_named_and_no_trouble(app):
    recipients.switch_off(
        app.db, "chat", "https://chat.example/hook", f"{recipients.UNSUBSCRIBED} 2026-11-22 by its link"
    )
    assert troubles.current(app, NOW) == []
    assert troubles.unsubscribed(app) == [
        "chat (https://chat.example/hook) unsubscribed on 2026-11-22 by its link: "
        "take the address out of [recipients.chat]"
    ]
