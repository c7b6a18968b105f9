from datetime import UTC, datetime, timedelta

import pytest

from monitor.cli import output
from monitor.store import mutes, recipients
from monitor.store.database import Database
from tests.cli.shapes import Id, Moment, fits
from tests.documents import talks

RECIPIENT = {
    "id": Id,
    "channel": Id,
    "addresses": [{"address": Id, "state": {"open", "off"}, "why": str, "bounces": int}],
    "paused": bool,
    "topics": [Id],
    "schedule": Id,
    "timezone": Id,
    "next_digest": (Moment, None),
    "last_digest": (Moment, None),
    "muted": [{"kind": {"story", "source"}, "name": str, "since": Moment, "until": (Moment, None)}],
}
TWO = '[recipients.other]\nfolder = "../other"\ntopics = ["talks"]\nschedule = "0 9 * * *"\n'


def switch_off(home, why="HTTP 404: the webhook is gone"):
    """Let the recipient's one address be switched off, as an outcome of a delivery does."""
    database = Database(f"sqlite:///{home.folder / 'monitor.db'}")
    recipients.switch_off(database, "me", str(home.digests), why)
    database.close()


def mute(home, recipient, kind, article):
    """Mute what an article belongs to, as a link in a message does."""
    database = Database(f"sqlite:///{home.folder / 'monitor.db'}")
    now = datetime.now(UTC)
    mutes.mute(database, recipient, kind, article, now, now + timedelta(days=7) if kind == "story" else None)
    database.close()


def test_list_has_every_key(polled):
    (listed,) = polled.run("recipient", "list", "--json").json
    assert fits(listed, RECIPIENT)
    assert (listed["id"], listed["channel"], listed["paused"]) == ("me", "folder", False)
    assert listed["addresses"] == [{"address": str(polled.digests), "state": "open", "why": "", "bounces": 0}]
    assert listed["last_digest"] is not None


def test_people_see_who_is_told_and_what_is_off(home):
    home.run("once")
    switch_off(home)
    shown = home.run("recipient", "list").out
    assert "me" in shown
    assert f"! me: {home.digests} is off: HTTP 404: the webhook is gone (monitor recipient resume me)" in shown
    (listed,) = home.run("recipient", "list", "--json").json
    assert (listed["addresses"][0]["state"], listed["addresses"][0]["why"]) == ("off", "HTTP 404: the webhook is gone")


def test_what_is_muted_is_shown_and_stays_out_of_digests_of_that_recipient_alone(home):
    file = home.config / "monitor.toml"
    file.write_text(f"{file.read_text()}\n{TWO}")
    home.run("feed", "poll")
    mute(home, "me", "story", 1)
    shown = home.run("recipient", "list").out
    assert f"me muted the story “{talks(1).title}” until " in shown
    me, other = home.run("recipient", "list", "--json").json
    assert fits(me, RECIPIENT)
    assert ([each["kind"] for each in me["muted"]], other["muted"]) == (["story"], [])
    assert home.run("digest", "preview", "me", "--json").json["stories"] == 0
    assert home.run("digest", "preview", "other", "--json").json["stories"] == 1
    mute(home, "other", "source", 1)
    assert "other muted the source “Daily Paper” until that is undone" in home.run("recipient", "list").out
    assert home.run("digest", "send", "other", "--json").json["sent"] == 0
    assert len(home.run("match", "list", "--json").json) == 1


def test_a_test_message_arrives_and_says_what_it_is(home):
    ran = home.run("recipient", "test", "me")
    assert (ran.code, ran.out) == (0, f"{home.digests}: sent by folder\n")
    (file,) = home.digests.glob("test-*.txt")
    text = " ".join(file.read_text().split())
    assert all(words in text for words in ("Talks", "The next digest", "monitor recipient pause me"))


def test_a_test_message_is_no_row_of_the_outbox_and_no_digest(home):
    ran = home.run("recipient", "test", "me", "--json")
    address = {"address": str(home.digests), "sent": True, "error": ""}
    assert ran.json == {"id": "me", "channel": "folder", "results": [address]}
    assert home.run("outbox", "list", "--json").json == []
    assert home.run("digest", "list", "--json").json == []


def test_a_test_message_that_is_not_taken_is_exit_code_1_with_the_mend(home):
    home.digests.write_text("a file where the folder should be")
    ran = home.run("recipient", "test", "me")
    assert (ran.code, ran.err) == (1, "")
    assert "make the folder writable" in ran.out
    (result,) = home.run("recipient", "test", "me", "--json").json["results"]
    assert (result["sent"], str(home.digests) in result["error"]) == (False, True)


def test_a_server_that_is_not_there_is_said_for_every_address(server, home):
    desk = '[recipients.desk]\nemail = ["a@example.org", "b@example.org"]\ntopics = ["talks"]\nschedule = "0 8 * * *"\n'
    smtp = '[smtp]\nhost = "127.0.0.1"\nport = 9\nsecurity = "none"\nfrom = "news@localhost"\n'
    home.write(server.url("/own"), more=desk + smtp)
    ran = home.run("recipient", "test", "desk", "--json")
    assert ran.code == 1
    assert [result["address"] for result in ran.json["results"]] == ["a@example.org", "b@example.org"]
    assert all(result["error"] for result in ran.json["results"])


def test_a_paused_recipient_gets_nothing_until_it_is_resumed(home):
    assert home.run("recipient", "pause", "me").out == "me is paused: what there is to tell waits for it\n"
    home.run("once")
    assert home.delivered() == []
    (listed,) = home.run("recipient", "list", "--json").json
    assert (listed["paused"], listed["next_digest"]) == (True, None)
    assert home.run("recipient", "resume", "me").out == "me is told again; no message waited for it\n"
    home.run("once")
    assert len(home.delivered()) == 1


def test_nothing_is_tried_on_a_paused_recipient(home):
    home.run("recipient", "pause", "me")
    ran = home.run("recipient", "test", "me")
    assert (ran.code, ran.out) == (1, "")
    assert ran.err == "monitor: me is paused, or every address of it is off: monitor recipient resume me\n"
    assert not home.digests.exists()


def test_resume_opens_what_was_switched_off_and_says_what_waits(home):
    home.digests.write_text("a file where the folder should be")
    home.run("once")
    switch_off(home)
    home.digests.unlink()
    home.run("once", "--as-of", "2099-01-01T08:00Z")
    assert home.delivered() == []
    assert home.run("recipient", "resume", "me").out == "me is told again; 1 message waited for it\n"
    home.run("once", "--as-of", "2099-01-01T08:01Z")
    assert len(home.delivered()) >= 1


@pytest.mark.parametrize("verb", ["test", "pause", "resume"])
def test_an_unknown_recipient_is_refused_naming_those_that_exist(server, home, verb):
    home.write(server.url("/own"), more=TWO)
    ran = home.run("recipient", verb, "nobody")
    assert (ran.code, ran.out) == (2, "")
    assert "there is no recipient nobody: there are me, other" in ran.err


def test_the_list_fits_a_terminal_of_eighty_cells(home):
    columns = ("id", "channel", "state", "next", "last", "schedule", "address")
    assert tuple(home.run("recipient", "list").out.splitlines()[0].split()) == columns
    assert len(columns) * (output.LEAST + len(output.GAP)) <= 80
