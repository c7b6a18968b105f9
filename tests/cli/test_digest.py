import re
from datetime import UTC, datetime
from email import message_from_string

import pytest

from tests import documents
from tests.cli.conftest import RSS
from tests.cli.shapes import DIGEST, WHOLE_DIGEST, fits
from tests.documents import talks


def test_list_has_every_key(polled):
    digests = polled.run("digest", "list", "--json").json
    assert fits(digests, [DIGEST])
    (digest,) = digests
    assert (digest["recipient"], digest["topics"], digest["stories"], digest["state"]) == ("me", ["talks"], 2, "sent")


def test_list_is_newest_first_and_may_be_of_one_recipient(server, home):
    home.run("once")
    server.serve("/own", documents.rss([talks(1), talks(2)]), content_type=RSS)
    home.run("once")
    home.run("digest", "send", "me")
    ids = [digest["id"] for digest in home.run("digest", "list", "me", "--json").json]
    assert ids == ["2", "1"]
    assert len(home.run("digest", "list").out.splitlines()) == 4


def test_a_digest_is_sent_again_as_a_new_message_that_says_so(home):
    home.run("once")
    again = home.run("digest", "resend", "me", "--json").json
    assert (again["digest"], again["sent"], again["failed"]) == ("2", 1, 0)
    assert again["subject"].startswith("Again: ")
    first, second = home.delivered()
    assert second.startswith("Sent again on request")
    assert second.endswith(first)
    assert "Sent again on request" in (home.digests / "2.html").read_text(encoding="utf-8")
    messages = home.run("outbox", "list", "--json").json
    assert len({message["message_id"] for message in messages}) == 2
    assert home.run("once", "--json").json["digests"]["sent"] == 0
    assert home.run("digest", "resend", "9").code == 2


def test_a_resend_tells_nothing_new(server, home):
    home.run("once")
    home.run("feed", "poll")
    server.serve("/own", documents.rss([talks(1), talks(2)]), content_type=RSS)
    home.run("feed", "poll")
    home.run("digest", "resend", "1")
    assert home.run("digest", "send", "me", "--json").json["sent"] == 1


def test_show_takes_a_recipient_for_its_last_digest(polled):
    assert polled.run("digest", "show", "me", "--json").json == polled.run("digest", "show", "1", "--json").json


def test_show_adds_the_sections_as_they_were_sent(polled):
    digest = polled.run("digest", "show", "1", "--json").json
    assert fits(digest, WHOLE_DIGEST)
    assert {story["title"] for story in digest["sections"][0]["stories"]} == {talks(1).title, talks(2).title}
    assert talks(1).title in polled.run("digest", "show", "1").out


@pytest.mark.parametrize("id", ["2", "0", "x", "²", "9" * 30, ""])
def test_an_unknown_digest_is_refused(polled, id):
    ran = polled.run("digest", "show", id)
    assert (ran.code, ran.err) == (2, f"monitor: there is no digest {id}: see monitor digest list\n")


def test_preview_shows_what_send_would_and_changes_nothing(home):
    home.run("feed", "poll")
    first = home.run("digest", "preview", "me", "--json").json
    assert fits(first, WHOLE_DIGEST)
    assert (first["id"], first["stories"]) == (None, 1)
    assert home.run("digest", "preview", "me", "--format", "json").json["sections"] == first["sections"]
    assert home.run("digest", "list", "--json").json == []
    sent = home.run("digest", "send", "me", "--json")
    assert (sent.code, sent.json["sent"], sent.json["failed"]) == (0, 1, 0)
    shown = home.run("digest", "show", sent.json["digest"], "--json").json
    assert (shown["sections"], shown["subject"]) == (first["sections"], first["subject"])


def test_preview_comes_as_text_and_as_a_page(polled):
    assert polled.run("digest", "preview", "me").out.startswith("Subject: ")
    assert polled.run("digest", "preview", "me", "--format", "html").out.lower().startswith("<!doctype html")
    assert polled.run("digest", "preview", "me", "--format", "pdf").code == 2


def test_what_was_sent_by_hand_counts_as_had(home):
    home.run("feed", "poll")
    home.run("digest", "send", "me")
    assert home.run("once", "--json").json["digests"]["sent"] == 0
    assert home.run("digest", "send", "me").out == "nothing new: nothing was sent\n"
    nothing = home.run("digest", "send", "me", "--json")
    assert (nothing.code, nothing.json["digest"], nothing.json["sent"]) == (0, None, 0)
    assert len(home.delivered()) == 1


def test_a_delivery_that_fails_is_named_and_is_exit_code_1(home):
    home.run("feed", "poll")
    home.digests.write_text("a file where the folder should be")
    ran = home.run("digest", "send", "me")
    assert ran.code == 1
    assert f"  {home.digests}: " in ran.out


def test_preview_comes_as_the_message_itself(polled):
    mail = message_from_string(polled.run("digest", "preview", "me", "--format", "email").out)
    assert [part.get_content_type() for part in mail.walk()] == ["multipart/alternative", "text/plain", "text/html"]
    told = polled.run("digest", "preview", "me", "--format", "webhook").json
    assert (told["type"], told["recipient"]) == ("digest", "me")


def test_a_preview_of_the_past_shows_what_was_new_then(server, home):
    home.run("feed", "poll")
    between = datetime.now(UTC)
    before = home.run("digest", "preview", "me", "--as-of", between.isoformat(), "--json").json
    home.run("once")
    server.serve("/own", documents.rss([talks(1), talks(2)]), content_type=RSS)
    home.run("feed", "poll")
    assert home.run("digest", "preview", "me", "--json").json["stories"] == 1
    after = home.run("digest", "preview", "me", "--as-of", between.isoformat(), "--json").json
    assert (after["stories"], after["sections"]) == (1, before["sections"])
    assert [story["title"] for story in after["sections"][0]["stories"]] == [talks(1).title]
    assert "CATCHING UP" in home.run("digest", "preview", "me", "--as-of", between.isoformat()).out.upper()
    assert "CATCHING UP" not in home.run("digest", "preview", "me").out.upper()


SERVER = '[server]\npublic_url = "https://m.example"\n'


def test_stories_have_links_to_answer_by_where_readers_can_reach_us(home):
    home.run("feed", "poll")
    assert "/s/" not in home.run("digest", "preview", "me").out
    file = home.config / "monitor.toml"
    file.write_text(f"{file.read_text()}\n{SERVER}")
    moment = "2099-01-01T00:00Z"
    text = home.run("digest", "preview", "me", "--as-of", moment).out
    (link,) = re.findall(r"Yes, no or mute: (https://m\.example/s/\S+)", text)
    page = home.run("digest", "preview", "me", "--as-of", moment, "--format", "html").out
    assert page.count(f"{link}/") == 4
    assert link in home.run("digest", "preview", "me", "--as-of", moment, "--format", "slack").out
    assert "/s/" not in home.run("digest", "preview", "me", "--as-of", moment, "--json").out
    assert home.run("digest", "send", "me").code == 0
    assert "Yes, no or mute: https://m.example/s/" in home.delivered()[0]
    assert "/s/" not in home.run("digest", "show", "me", "--json").out


def test_programs_and_chats_get_no_links_to_answer_by(home):
    file = home.config / "monitor.toml"
    file.write_text(file.read_text().replace('folder = "../digests"', 'webhook = "https://h.example/x"') + SERVER)
    home.run("feed", "poll")
    assert "/s/" not in home.run("digest", "preview", "me").out


@pytest.mark.parametrize("verb", ["preview", "send", "list"])
def test_an_unknown_recipient_is_refused_with_those_there_are(polled, verb):
    ran = polled.run("digest", verb, "nobody")
    assert (ran.code, ran.err) == (2, "monitor: there is no recipient nobody: there are me\n")


@pytest.mark.parametrize("verb", ["preview", "send"])
def test_a_moment_that_is_none_is_refused(polled, verb):
    ran = polled.run("digest", verb, "me", "--as-of", "noon")
    assert (ran.code, ran.out) == (2, "")
    assert "a moment with its offset is wanted" in ran.err


def test_as_of_is_taken_for_now(home):
    home.run("feed", "poll")
    early = home.run("digest", "preview", "me", "--as-of", "2000-01-01T00:00Z", "--json").json
    assert (early["stories"], early["created"]) == (0, "2000-01-01T00:00:00Z")
    late = home.run("digest", "preview", "me", "--as-of", "2099-01-01T09:00+09:00", "--json").json
    assert late["created"] == "2099-01-01T00:00:00Z"


def test_list_says_what_kind_each_is(home):
    home.run("once")
    home.run("digest", "resend", "me")
    assert [digest["kind"] for digest in home.run("digest", "list", "--json").json] == ["again", "digest"]
