from datetime import UTC, datetime
from email import message_from_bytes
from email.policy import SMTP

import pytest

from monitor.digest import mail
from monitor.digest.render import render
from monitor.model import Envelope, Notice
from tests.digest import samples

LINK = "https://monitor.example.org/u/abc.def"
NOTICE = Notice(
    "Mail to desk@paper.example is refused",
    (
        "Three messages in a row were refused for good: 550 5.1.1 <no> such user.",
        "Mend it, then: monitor recipient resume desk",
    ),
)


def envelope(**changes):
    given = {
        "sender": "News monitor <monitor@example.org>",
        "to": "desk@paper.example",
        "message_id": "<digest-1@monitor.example>",
        "date": samples.NOW,
        "list_id": "desk.monitor.example",
    }
    return Envelope(**(given | changes))


def digest(given=None, **changes):
    given = given or samples.realistic()
    return mail.digest(given, render(given, as_of=samples.NOW), envelope(**changes))


def test_a_digest_says_what_was_rendered():
    assert mail.read(digest()) == render(samples.realistic(), as_of=samples.NOW)


def test_its_footer_leads_out_where_there_is_a_page_for_it():
    read = mail.read(digest(unsubscribe_url=LINK))

    assert f'href="{LINK}"' in read.html
    assert ">Unsubscribe</a>" in read.html
    assert read.text.endswith(f"\nUnsubscribe: {LINK}\n")
    assert "to stop it, remove" not in read.html + read.text


def test_without_a_page_its_footer_says_what_to_edit():
    read = mail.read(digest())

    assert "Unsubscribe" not in read.html + read.text
    assert "to stop it, remove [recipients.desk]" in read.text.replace("\n", " ")


def test_a_hostile_digest_keeps_its_way_out_and_its_size():
    read = mail.read(digest(samples.hostile(), unsubscribe_url=LINK))

    assert f'href="{LINK}"' in read.html
    assert len(read.html.encode()) <= 80_000


def test_equal_digests_are_equal_bytes():
    assert digest(unsubscribe_url=LINK) == digest(unsubscribe_url=LINK)


# ---------------------------------------------------------------- notices


def test_a_notice_has_its_lines_as_text_and_as_a_page():
    message = message_from_bytes(mail.notice(NOTICE, envelope()), policy=SMTP)

    assert message["Subject"] == NOTICE.subject
    assert [part.get_content_type() for part in message.iter_parts()] == ["text/plain", "text/html"]
    read = mail.read(mail.notice(NOTICE, envelope()))
    assert "550 5.1.1 <no> such user." in read.text.replace("\n", " ")
    assert "550 5.1.1 &lt;no&gt; such user." in read.html
    assert read.html.count("<h1") == 1


@pytest.mark.parametrize(
    "hostile", ["<script>alert(1)</script>", "a\r\nBcc: b@c.example", "\x1b[31m\x00", "w" * 100_000, ""]
)
def test_a_notice_can_always_be_built(hostile):
    payload = mail.notice(Notice(hostile, (hostile, hostile)), envelope())

    read = mail.read(payload)
    assert message_from_bytes(payload, policy=SMTP)["Bcc"] is None
    assert "<script" not in read.html
    assert len(read.html.encode()) < 80_000
    assert all(char.isprintable() or char == "\n" for char in read.subject + read.text)


def test_lines_of_a_list_stand_together():
    read = mail.read(
        mail.notice(Notice("Rising", ("The latest:", "– Talks end", "– Seoul waits", "Once a day.")), envelope())
    )

    assert "\n\nThe latest:\n– Talks end\n– Seoul waits\n\nOnce a day.\n" in read.text
    assert read.html.count('class="welcome item"') == 2


# ---------------------------------------------------------------- again


@pytest.mark.parametrize("payload", [digest(), mail.notice(NOTICE, envelope())], ids=["digest", "notice"])
def test_what_is_sent_again_says_so_in_subject_text_and_page(payload):
    made = datetime(2019, 10, 5, 6, 30, tzinfo=UTC)

    read = mail.read(mail.again(payload, made, envelope(message_id="<digest-2@monitor.example>")))

    assert read.subject.startswith("Again: ")
    for said in (read.text, read.html):
        assert said.count("you may have had this on 2019-10-05 at 06:30 UTC") == 1
