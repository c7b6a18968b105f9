import json
from datetime import timedelta

import pytest

from monitor.digest import hook
from monitor.digest.render import as_json, render
from monitor.model import Envelope, Notice
from tests.digest import samples
from tests.digest.samples import NOW

ENVELOPE = Envelope("Monitor <m@example.org>", "desk", "<1@monitor.example>", NOW, "desk.monitor.example")
LATER = Envelope(
    "Monitor <m@example.org>", "desk", "<2@monitor.example>", NOW + timedelta(days=1), "desk.monitor.example"
)


def frozen(digest):
    return hook.digest(digest, render(digest, as_of=NOW), ENVELOPE)


def test_a_digest_is_told_in_words_and_in_values():
    digest = samples.realistic()

    told = json.loads(frozen(digest))

    assert {name: told[name] for name in ("type", "id", "created", "recipient")} == {
        "type": "digest",
        "id": "<1@monitor.example>",
        "created": "2019-10-06T06:30:00Z",
        "recipient": "desk",
    }
    assert told["subject"] == render(digest, as_of=NOW).subject
    assert told["text"] == render(digest, as_of=NOW).text
    assert told["topics"] == ["talks"]
    assert told["topic_titles"] == ["US–North Korea talks"]
    assert told["slot"] == "2019-10-06T08:30"
    assert told["window"] == {"since": "2019-10-05T06:30:00Z", "until": "2019-10-06T06:30:00Z"}
    assert told["counts"] == {"stories": 5, "updates": 0, "articles": 31, "sources": 14}
    assert (told["more"], told["first"], told["next_digest"]) == (12, False, "2019-10-07T06:30:00Z")
    assert told["sections"] == as_json(digest)["sections"]


def test_the_same_digest_gives_the_same_bytes():
    assert frozen(samples.realistic()) == frozen(samples.realistic())


def test_a_recipient_without_a_next_digest_is_told_none():
    assert json.loads(frozen(samples.digest(next_digest=None)))["next_digest"] is None


@pytest.mark.parametrize(
    "digest",
    [samples.hostile(), samples.digest([samples.story(title="cut \ud83d off")])],
    ids=["hostile", "half a character"],
)
def test_whatever_a_feed_holds_json_in_utf_8_comes_out(digest):
    told = json.loads(frozen(digest).decode("utf-8"))

    assert told["sections"][0]["stories"]


def test_a_notice_is_told():
    told = json.loads(hook.notice(Notice("A feed died", ("One.", "Two.")), ENVELOPE))

    assert (told["type"], told["id"], told["subject"]) == ("notice", "<1@monitor.example>", "A feed died")
    assert "One.\n\nTwo." in told["text"]
    assert "sections" not in told


def test_a_digest_that_is_sent_again_says_so_under_an_id_of_its_own():
    first = frozen(samples.realistic())

    again = json.loads(hook.again(first, NOW, LATER))

    assert (again["type"], again["id"], again["again_of"]) == ("again", "<2@monitor.example>", "<1@monitor.example>")
    assert again["created"] == "2019-10-07T06:30:00Z"
    assert again["subject"].startswith("Again: ")
    assert again["text"].startswith("Sent again on request")
    assert again["sections"] == json.loads(first)["sections"]


def test_what_was_written_is_read():
    digest = samples.realistic()

    read = hook.read(frozen(digest))

    assert (read.subject, read.text) == (render(digest, as_of=NOW).subject, render(digest, as_of=NOW).text)


@pytest.mark.parametrize("payload", [b"", b"hello", b"[]", b"{}", b'{"id": "1"}', b"\xff"])
def test_other_bytes_are_refused(payload):
    with pytest.raises(ValueError):
        hook.read(payload)
