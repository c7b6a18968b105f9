import asyncio

import aiosmtplib

from monitor.cli.demo import mailbox

LETTER = (
    b"From: Monitor <from@demo.invalid>\r\nTo: to@demo.invalid\r\nSubject: =?utf-8?q?T=C3=B6lt?=\r\n"
    b"Message-ID: <1@demo.invalid>\r\nList-Id:\r\n <you.demo.invalid>\r\n\r\n.a line that begins with a dot\r\n"
)


def sent(*letters):
    """Hand letters to a mailbox over SMTP; return what it kept."""

    async def send(box):
        async with box.serving():
            for letter in letters:
                async with aiosmtplib.SMTP(
                    hostname="127.0.0.1", port=box.port, start_tls=False, local_hostname="localhost"
                ) as client:
                    await client.sendmail("from@demo.invalid", ["to@demo.invalid", "too@demo.invalid"], letter)

    with mailbox.opened() as box:
        asyncio.run(send(box))
    return box.mails


def test_a_mail_is_kept_byte_for_byte_with_its_envelope():
    (mail,) = sent(LETTER)

    assert mail.content == LETTER
    assert (mail.sender, mail.receivers) == ("from@demo.invalid", ("to@demo.invalid", "too@demo.invalid"))


def test_headers_are_read_for_people_and_those_that_are_missing_are_left_out():
    (mail,) = sent(LETTER)

    assert mail.headers == {
        "From": "Monitor <from@demo.invalid>",
        "To": "to@demo.invalid",
        "Subject": "Tölt",
        "Message-ID": "<1@demo.invalid>",
        "List-Id": "<you.demo.invalid>",
    }
    assert mail.parts == ["text/plain"]


def test_mails_stand_in_the_order_in_which_they_came():
    first, second = sent(LETTER, LETTER.replace(b"<1@", b"<2@"))

    assert [first.headers["Message-ID"], second.headers["Message-ID"]] == ["<1@demo.invalid>", "<2@demo.invalid>"]


def test_who_knocks_before_it_serves_is_answered_then():
    async def knock(box):
        reader, writer = await asyncio.open_connection("127.0.0.1", box.port)
        async with box.serving():
            greeting = await reader.readline()
            writer.write(b"QUIT\r\n")
            await reader.read()
            writer.close()
            await writer.wait_closed()
        return greeting

    with mailbox.opened() as box:
        assert asyncio.run(knock(box)).startswith(b"220 ")
