from dataclasses import replace
from datetime import UTC, datetime
from email import message_from_bytes
from email.policy import SMTP

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from monitor.digest.message import freeze, thaw
from monitor.digest.render import render
from monitor.digest.words import cut
from monitor.model import Envelope, Rendered
from tests.digest import samples

DATE = datetime(2019, 10, 6, 6, 30, tzinfo=UTC)
RENDERED = Rendered("Talks break down — 1 new story", "Text\n", "<p>HTML</p>\n")
ANYTHING = st.text(st.characters(), max_size=300)  # controls and lone surrogates among them
AWKWARD = st.lists(
    st.sampled_from(
        ["=?utf-8?q?=0D=0ABcc:_a?=", "\r\n", "\n.\n", "From ", "a@b", "<", ">", '"', ",", ";", "é", "한", "x" * 90]
    )
).map("".join)


def frozen(rendered=RENDERED, **changes):
    given = {
        "sender": "News monitor <monitor@example.org>",
        "to": "desk@example.org",
        "message_id": "<digest-1@monitor.example>",
        "date": DATE,
        "list_id": "desk.monitor.example",
    }
    return freeze(rendered, Envelope(**(given | changes)))


def test_a_message_holds_text_first_and_html_last():
    message = message_from_bytes(frozen(), policy=SMTP)

    assert message.get_content_type() == "multipart/alternative"
    assert [part.get_content_type() for part in message.iter_parts()] == ["text/plain", "text/html"]


def test_headers_say_who_what_when_and_that_no_machine_need_answer():
    message = message_from_bytes(frozen(), policy=SMTP)

    assert message["From"] == "News monitor <monitor@example.org>"
    assert message["To"] == "desk@example.org"
    assert message["Subject"] == RENDERED.subject
    assert message["Date"].datetime == DATE
    assert message["Message-ID"] == "<digest-1@monitor.example>"
    assert message["List-Id"] == "<desk.monitor.example>"
    assert message["Precedence"] == "bulk"
    assert message["Auto-Submitted"] == "auto-generated"
    assert message["X-Auto-Response-Suppress"] == "All"


def test_the_same_input_gives_the_same_bytes():
    assert frozen() == frozen()


def test_what_was_frozen_thaws():
    rendered = render(samples.realistic(), as_of=samples.NOW)

    assert thaw(frozen(rendered)) == rendered


def test_a_recipient_without_mail_stands_as_a_name():
    message = message_from_bytes(frozen(to="../var/digests"), policy=SMTP)

    assert message["To"] == '"../var/digests":;'


def test_bytes_of_something_else_do_not_thaw():
    with pytest.raises(ValueError, match="no digest"):
        thaw(b"Subject: hello\r\n\r\nNothing here.\r\n")


def test_an_encoded_word_in_a_headline_means_itself():
    bytes_ = frozen(replace(RENDERED, subject="=?utf-8?q?=0D=0ABcc:_evil=40example.org?="))

    assert message_from_bytes(bytes_, policy=SMTP)["Bcc"] is None
    assert thaw(bytes_).subject == "= ?utf-8?q?=0D=0ABcc:_evil=40example.org?="


@settings(max_examples=200, deadline=None)
@given(subject=ANYTHING | AWKWARD, text=ANYTHING | AWKWARD, html=ANYTHING, to=ANYTHING | AWKWARD)
def test_whatever_it_holds_a_message_can_be_built_and_read(subject, text, html, to):
    bytes_ = frozen(Rendered(subject, text, html), to=to)

    assert max(map(len, bytes_.split(b"\r\n"))) <= 998
    assert b"\n" not in bytes_.replace(b"\r\n", b"")
    message = message_from_bytes(bytes_, policy=SMTP)
    assert message.keys() == message_from_bytes(frozen(), policy=SMTP).keys()
    back = thaw(bytes_)
    assert 0 < len(back.subject) <= 200
    assert back.subject == (cut(subject.replace("=?", "= ?"), 200) or "Untitled")
    assert back.text.split() == text.encode("utf-8", "replace").decode().replace("\r", "\n").split()


def test_a_hostile_digest_is_a_message_like_any_other():
    bytes_ = frozen(render(samples.hostile(), as_of=samples.NOW))

    assert max(map(len, bytes_.split(b"\r\n"))) <= 998
    assert message_from_bytes(bytes_, policy=SMTP)["Bcc"] is None
