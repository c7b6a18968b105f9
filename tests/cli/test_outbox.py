import pytest

from tests.cli.shapes import MESSAGE, fits


@pytest.fixture
def stuck(home):
    """An installation with one message that could not be delivered."""
    home.digests.write_text("a file where the folder should be")
    home.run("once")
    return home


def test_list_has_every_key(polled):
    messages = polled.run("outbox", "list", "--json").json
    assert fits(messages, [MESSAGE])
    assert [message["state"] for message in messages] == ["sent"]


def test_an_empty_outbox_says_so(home):
    assert home.run("outbox", "list").out == "the outbox is empty\n"
    assert home.run("outbox", "list", "--json").json == []


def test_people_read_why_a_message_waits(stuck):
    (message,) = stuck.run("outbox", "list", "--json").json
    assert fits(message, MESSAGE)
    assert message["state"] in {"waiting", "failed"}
    assert message["last_error"] in stuck.run("outbox", "list").out


def test_retry_sends_the_same_message_with_the_next_turn(stuck):
    (before,) = stuck.run("outbox", "list", "--json").json
    stuck.digests.unlink()
    assert stuck.run("outbox", "retry", "1").out == "message 1 is due: the service sends it, or the next monitor once\n"
    assert stuck.run("once", "--json").json["digests"] == {"sent": 1, "failed": 0}
    (after,) = stuck.run("outbox", "list", "--json").json
    assert (after["state"], after["message_id"]) == ("sent", before["message_id"])
    assert len(stuck.delivered()) == 1


def test_what_is_dropped_is_never_sent(stuck):
    assert fits(stuck.run("outbox", "drop", "1", "--json").json, MESSAGE)
    stuck.digests.unlink()
    stuck.run("once", "--as-of", "2099-01-01T08:00Z")
    assert stuck.run("outbox", "list", "--json").json[0]["state"] == "dropped"
    assert stuck.delivered() == []


@pytest.mark.parametrize("verb", ["retry", "drop"])
@pytest.mark.parametrize("id", ["2", "x", "²", "9" * 30, ""])
def test_an_unknown_message_is_refused(polled, verb, id):
    ran = polled.run("outbox", verb, id)
    assert (ran.code, ran.err) == (2, f"monitor: there is no message {id} in the outbox: see monitor outbox list\n")


@pytest.mark.parametrize("verb", ["retry", "drop"])
def test_what_was_sent_is_left_alone(polled, verb):
    ran = polled.run("outbox", verb, "1")
    assert (ran.code, ran.out) == (2, "")
    assert ran.err.startswith("monitor: message 1 is sent: ")
