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
from monitor.model import Envelope, Rendered, Thread
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


def test_a_domain_in_another_script_is_named_as_mail_servers_know_it():
    message = frozen(sender="News <monitor@exämple.org>", to="desk@exämple.org")

    assert b"\r\nFrom: News <monitor@xn--exmple-cua.org>\r\n" in b"\r\n" + message
    assert b"\r\nTo: desk@xn--exmple-cua.org\r\n" in message
    assert b"<mailto:monitor@xn--exmple-cua.org?" in message


def test_the_same_input_gives_the_same_bytes():
    assert frozen() == frozen()


def test_what_was_frozen_thaws():
    rendered = render(samples.realistic(), as_of=samples.NOW)

    assert thaw(frozen(rendered)) == rendered


def test_a_recipient_without_mail_stands_as_a_name():
    message = message_from_bytes(frozen(to="../var/digests"), policy=SMTP)

    assert message["To"] == '"../var/digests":;'


# ---------------------------------------------------------------- the ways out (RFC 2369, RFC 8058)

LETTER = b"<mailto:monitor@example.org?subject=unsubscribe%20desk.monitor.example>"


def ways_out(**changes):
    """Return the physical lines of the header that are about unsubscribing."""
    head = frozen(**changes).partition(b"\r\n\r\n")[0]
    return [line for line in head.split(b"\r\n") if line.startswith(b"List-Unsubscribe")]


def test_one_post_unsubscribes():
    url = "https://monitor.example.org/u/abc-_.123"

    assert ways_out(unsubscribe_url=url) == [
        b"List-Unsubscribe: <" + url.encode() + b">, " + LETTER,
        b"List-Unsubscribe-Post: List-Unsubscribe=One-Click",
    ]


def test_without_a_page_a_letter_unsubscribes_and_no_post_is_promised():
    assert ways_out() == [b"List-Unsubscribe: " + LETTER]


def test_a_long_address_stays_on_one_physical_line():
    url = "https://monitor.example.org/u/" + "t" * 700

    first, _ = ways_out(unsubscribe_url=url)

    assert url.encode() in first
    assert len(first) <= 998


def test_an_address_that_fits_no_line_leaves_the_letter():
    assert ways_out(unsubscribe_url="https://monitor.example.org/u/" + "t" * 1_000) == [b"List-Unsubscribe: " + LETTER]


def test_no_post_is_promised_without_encryption():
    assert len(ways_out(unsubscribe_url="http://127.0.0.1:8080/u/abc")) == 1


@pytest.mark.parametrize("url", ["javascript:alert(1)", "https://a.example/>\r\nBcc: <b@c.example", "not a url"])
def test_what_is_no_page_is_left_out(url):
    assert ways_out(unsubscribe_url=url)[0].count(b"mailto:") == 1
    assert "Bcc" not in message_from_bytes(frozen(unsubscribe_url=url))


@pytest.mark.parametrize("changes", [{"to": "../var/digests"}, {"sender": "Monitor"}])
def test_without_addresses_there_is_nobody_to_unsubscribe(changes):
    assert ways_out(**changes, unsubscribe_url="https://monitor.example.org/u/abc") == []


def test_a_mail_program_reads_the_header_as_it_stands():
    message = message_from_bytes(frozen(unsubscribe_url="https://monitor.example.org/u/abc"), policy=SMTP)

    assert message["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert message["List-Unsubscribe"].split(", ")[0] == "<https://monitor.example.org/u/abc>"
    assert message.defects == []


def test_bytes_of_something_else_do_not_thaw():
    with pytest.raises(ValueError, match="no digest"):
        thaw(b"Subject: hello\r\n\r\nNothing here.\r\n")


def test_an_encoded_word_in_a_headline_means_itself():
    bytes_ = frozen(replace(RENDERED, subject="=?utf-8?q?=0D=0ABcc:_evil=40example.org?="))

    assert message_from_bytes(bytes_, policy=SMTP)["Bcc"] is None
    assert thaw(bytes_).subject == "= ?utf-8?q?=0D=0ABcc:_evil=40example.org?="


WORDS = (
    "Talks",
    "in",
    "“empty-handed”",
    "협상",
    "스톡홀름",
    "—",
    "3",
    "US–North",
    "Sverige",
    "är",
    "=",
    "?",
    "交渉決裂",
    "a",
)


@settings(max_examples=200, deadline=None)
@given(st.lists(st.sampled_from(WORDS), min_size=1, max_size=40).map(" ".join))
def test_a_subject_in_several_scripts_keeps_its_spaces(subject):
    message = frozen(replace(RENDERED, subject=subject))

    assert thaw(message).subject == cut(subject, 200)
    assert message_from_bytes(message, policy=SMTP)["Subject"] == cut(subject, 200)
    head = message.partition(b"\r\nList-Unsubscribe")[0]
    assert max(map(len, head.split(b"\r\n"))) <= 78
    assert head.isascii()


@settings(max_examples=200, deadline=None)
@given(subject=ANYTHING | AWKWARD, text=ANYTHING | AWKWARD, html=ANYTHING, to=ANYTHING | AWKWARD)
def test_whatever_it_holds_a_message_can_be_built_and_read(subject, text, html, to):
    bytes_ = frozen(Rendered(subject, text, html), to=to)

    assert max(map(len, bytes_.split(b"\r\n"))) <= 998
    assert b"\n" not in bytes_.replace(b"\r\n", b"")
    message = message_from_bytes(bytes_, policy=SMTP)
    known = message_from_bytes(frozen(), policy=SMTP).keys()
    assert [name for name in known if name in message or not name.startswith("List-Unsubscribe")] == message.keys()
    back = thaw(bytes_)
    assert 0 < len(back.subject) <= 200
    assert back.subject == (cut(subject.replace("=?", "= ?"), 200) or "Untitled")
    assert back.text.split() == text.encode("utf-8", "replace").decode().replace("\r", "\n").split()


def test_a_hostile_digest_is_a_message_like_any_other():
    bytes_ = frozen(render(samples.hostile(), as_of=samples.NOW))

    assert max(map(len, bytes_.split(b"\r\n"))) <= 998
    assert message_from_bytes(bytes_, policy=SMTP)["Bcc"] is None


def test_a_message_names_those_that_told_its_stories_first_each_on_a_line_of_its_own():
    long = f"<{'a' * 90}@{'b' * 90}.example>"
    made = frozen(threads={"t-1": Thread("<1@x>"), "t-2": Thread(long), "t-3": Thread("<1@x>")})

    assert f"\r\nIn-Reply-To: <1@x>\r\n {long}\r\nReferences: <1@x>\r\n {long}\r\n".encode() in made
    assert message_from_bytes(made, policy=SMTP)["References"].split() == ["<1@x>", long]
    assert thaw(made).subject == RENDERED.subject


def test_a_message_that_begins_names_none_and_one_names_no_more_than_twenty():
    many = {f"t-{number}": Thread(f"<{number}@x>") for number in range(50)}

    assert b"References" not in frozen()
    assert len(message_from_bytes(frozen(threads=many), policy=SMTP)["References"].split()) == 20
