import asyncio
from base64 import b64encode
from dataclasses import replace
from ipaddress import ip_network

import pytest

from monitor.delivery import Means, email, submission
from monitor.delivery.email import Email
from monitor.digest.message import freeze
from monitor.errors import Blame, DeliveryError
from monitor.model import Delivery, DeliveryState, Envelope, Recipient, Rendered, Secret, Smtp
from tests.digest.samples import NOW
from tests.smtp import HANG, HANG_UP, MailServer, certificate

DESK = Recipient("desk", "email", ("desk@paper.example",), ("talks",), "0 8 * * *", "UTC")
SENDER = "News monitor <monitor@paper.example>"
RENDERED = Rendered("Talks break down — 1 new story", "..\n.\nTwo dots, one dot.\n.and one.\n", "<p>스톡홀름</p>\n")
PASSWORD = "hunter2-canary"


def encoded(text):
    return b64encode(text.encode()).decode()


@pytest.fixture
def server():
    with MailServer() as running:
        yield running


@pytest.fixture(scope="session")
def shown(tmp_path_factory):
    """A certificate for this machine that nobody has signed."""
    return certificate(tmp_path_factory.mktemp("tls"))


@pytest.fixture
def trusted(shown, monkeypatch):
    """The same, and its signer is one of the authorities."""
    monkeypatch.setenv("SSL_CERT_FILE", str(shown.path))
    return shown


@pytest.fixture
def hasty(monkeypatch):
    """Wait for no answer longer than a moment."""
    for module, name in ((submission, "CONNECT_SECONDS"), (submission, "COMMAND_SECONDS"), (email, "DATA_SECONDS")):
        monkeypatch.setattr(module, name, 0.2)


def smtp(server, security="none", **changes):
    return replace(Smtp("127.0.0.1", server.port, security, SENDER), **changes)


def logging_in(server, password=PASSWORD, security="starttls"):
    return smtp(server, security, username=Secret("monitor-user"), password=Secret(password))


def delivery(number=1, address="desk@paper.example", **changes):
    envelope = Envelope(SENDER, address, f"<{number}@monitor.example>", NOW, "desk.monitor.example")
    made = Delivery(
        str(number), "1", "desk", "email", address, DeliveryState.SENDING, 1, None, "", envelope.message_id,
        freeze(RENDERED, envelope),
    )  # fmt: skip
    return replace(made, **changes)


def deliver(settings, *deliveries, allowed=()):
    """Hand over a batch; return how each ended: None, or its error."""

    async def act():
        async with Email(Means(None, settings, None, allowed)) as channel:
            return [await outcome(channel, each) for each in deliveries]

    return asyncio.run(act())


async def outcome(channel, given):
    try:
        await channel.deliver(given, DESK, NOW)
    except DeliveryError as error:
        return error


def check(settings):
    async def act():
        async with Email(Means(None, settings, None)) as channel:
            return await channel.check(DESK)

    return asyncio.run(act())


def fate(error):
    """Return what an error means for the outbox."""
    return (error.permanent, error.blame, error.unsure)


def ids(server):
    return [mail.message_id for mail in server.mails]


PASSING_CHANNEL = (False, Blame.CHANNEL, False)


# ---------------------------------------------------------------- accepted


def test_a_message_arrives_byte_for_byte(server):
    given = delivery()

    assert deliver(smtp(server), given) == [None]

    (mail,) = server.mails
    assert mail.content == given.payload
    assert b"\r\n..\r\n.\r\n" in given.payload, "the sample needs lines of dots"
    assert (mail.sender, mail.to) == ("monitor@paper.example", ("desk@paper.example",))


def test_a_batch_takes_one_connection_and_says_goodbye(server):
    assert deliver(smtp(server), delivery(1), delivery(2), delivery(3)) == [None, None, None]

    assert ids(server) == ["<1@monitor.example>", "<2@monitor.example>", "<3@monitor.example>"]
    assert server.connections == 1
    assert server.commands[-1] == "QUIT"


def test_nothing_is_connected_for_an_empty_batch(server):
    deliver(smtp(server))

    assert server.connections == 0


def test_a_server_that_hangs_up_at_the_goodbye_is_no_fault(server):
    server.answer("QUIT", HANG_UP)

    assert deliver(smtp(server), delivery()) == [None]


# ---------------------------------------------------------------- refused


@pytest.mark.parametrize(
    ("step", "says", "meant"),
    [
        ("CONNECT", "421 4.3.2 shutting down", PASSING_CHANNEL),
        ("CONNECT", "554 5.7.1 go away", PASSING_CHANNEL),
        ("CONNECT", HANG_UP, PASSING_CHANNEL),
        ("EHLO", "421 4.3.2 shutting down", PASSING_CHANNEL),
        ("EHLO", "550 5.7.1 not you", PASSING_CHANNEL),
        ("MAIL", "421 4.3.2 shutting down", PASSING_CHANNEL),
        ("MAIL", "530 5.7.0 authentication required", PASSING_CHANNEL),
        ("MAIL", "451 4.3.0 not now", (False, Blame.MESSAGE, False)),
        ("MAIL", "553 5.1.8 not from you", (True, Blame.MESSAGE, False)),
        ("MAIL", HANG_UP, PASSING_CHANNEL),
        ("RCPT", "450 4.7.1 greylisted", (False, Blame.ADDRESS, False)),
        ("RCPT", "550 5.1.1 no such user", (True, Blame.ADDRESS, False)),
        ("RCPT", "421 4.7.0 too many", PASSING_CHANNEL),
        ("DATA", "451 4.3.0 disk full", (False, Blame.MESSAGE, False)),
        ("DATA", "554 5.7.1 spam", (True, Blame.MESSAGE, False)),
        ("DATA", "421 4.3.2 shutting down", PASSING_CHANNEL),
        ("DATA", HANG_UP, PASSING_CHANNEL),
        ("BODY", "451 4.3.0 try later", (False, Blame.MESSAGE, False)),
        ("BODY", "552 5.3.4 too big", (True, Blame.MESSAGE, False)),
        ("BODY", "554 5.7.1 spam", (True, Blame.MESSAGE, False)),
        ("BODY", "421 4.3.2 shutting down", PASSING_CHANNEL),
    ],
)
def test_what_a_refusal_means(server, step, says, meant):
    server.answer(step, says, times=1)

    (error,) = deliver(smtp(server), delivery())

    assert fate(error) == meant
    assert server.mails == []
    assert says == HANG_UP or says in str(error)
    assert f"127.0.0.1:{server.port}" in str(error)


@pytest.mark.parametrize("step", ["MAIL", "RCPT", "DATA", "BODY"])
@pytest.mark.parametrize("says", ["451 4.3.0 not now", "554 5.7.1 never"])
def test_a_refused_message_leaves_the_next_one_alone(server, step, says):
    server.answer(step, says, times=1)

    first, second = deliver(smtp(server), delivery(1), delivery(2))

    assert (first is None, second) == (False, None)
    assert ids(server) == ["<2@monitor.example>"]
    assert server.connections == 1


@pytest.mark.parametrize("step", ["MAIL", "RCPT", "DATA", "BODY", "TEXT"])
@pytest.mark.parametrize("says", ["421 4.3.2 enough for now", HANG_UP])
def test_a_lost_connection_is_made_anew_for_the_next_message(server, step, says):
    server.answer(step, says, times=1)

    _, second = deliver(smtp(server), delivery(1), delivery(2))

    assert second is None
    assert ids(server)[-1] == "<2@monitor.example>"
    assert server.connections == 2


@pytest.mark.parametrize("says", ["421 4.7.0 one message a connection", HANG_UP])
def test_a_server_that_takes_one_message_a_connection_gets_them_all_in_one_batch(server, says):
    async def act():
        async with Email(Means(None, smtp(server), None)) as channel:
            first = await outcome(channel, delivery(1))
            server.answer("MAIL", says, times=1)
            return first, await outcome(channel, delivery(2))

    assert asyncio.run(act()) == (None, None)
    assert ids(server) == ["<1@monitor.example>", "<2@monitor.example>"]
    assert server.connections == 2


def test_one_refused_address_does_not_touch_the_other(server):
    server.answer("RCPT", "550 5.1.1 no such user", to="gone@paper.example")

    gone, desk = deliver(smtp(server), delivery(1, "gone@paper.example"), delivery(2))

    assert fate(gone) == (True, Blame.ADDRESS, False)
    assert desk is None
    assert [mail.to for mail in server.mails] == [("desk@paper.example",)]


def test_the_words_of_a_server_are_one_clean_short_line(server):
    server.answer("RCPT", "550-5.1.1 no\r\n550-\x1b[31m such\r\n550 " + "user " * 400)

    (error,) = deliver(smtp(server), delivery())

    assert len(str(error)) < 300
    assert str(error).isprintable()
    assert "550 5.1.1 no [31m such user" in str(error)


# ---------------------------------------------------------------- the answer is lost


@pytest.mark.parametrize(("says", "blame"), [(HANG_UP, Blame.MESSAGE), (HANG, Blame.CHANNEL)])
def test_a_lost_answer_leaves_open_whether_it_arrived(server, hasty, says, blame):
    server.answer("BODY", says)

    (error,) = deliver(smtp(server), delivery())

    assert fate(error) == (False, blame, True)
    assert ids(server) == ["<1@monitor.example>"]


def test_nonsense_in_place_of_an_answer_leaves_it_open_too(server):
    server.answer("BODY", "what?")

    (error,) = deliver(smtp(server), delivery())

    assert fate(error) == (False, Blame.MESSAGE, True)


@pytest.mark.parametrize("step", ["CONNECT", "EHLO", "MAIL", "RCPT", "DATA"])
def test_a_server_that_hangs_is_left_in_time(server, hasty, step):
    server.answer(step, HANG)

    (error,) = deliver(smtp(server), delivery())

    assert fate(error) == PASSING_CHANNEL
    assert "does not answer in time" in str(error)


def test_a_delivery_that_is_given_up_half_way_costs_the_next_one_nothing(server):
    server.answer("RCPT", HANG, times=1)

    async def act():
        async with Email(Means(None, smtp(server), None)) as channel:
            with pytest.raises(TimeoutError):
                async with asyncio.timeout(0.2):
                    await channel.deliver(delivery(1), DESK, NOW)
            await channel.deliver(delivery(2), DESK, NOW)

    asyncio.run(act())
    assert ids(server) == ["<2@monitor.example>"]


# ---------------------------------------------------------------- TLS


def test_starttls_encrypts_before_the_log_in(trusted):
    with MailServer(tls=trusted, login=("monitor-user", PASSWORD)) as server:
        assert deliver(logging_in(server), delivery()) == [None]

    (mail,) = server.mails
    assert (mail.encrypted, mail.user) == (True, "monitor-user")
    assert server.commands[:4] == ["EHLO [127.0.0.1]", "STARTTLS", "EHLO [127.0.0.1]", "AUTH"]


def test_tls_from_the_first_byte(trusted):
    with MailServer(tls=trusted, implicit=True, login=("monitor-user", PASSWORD)) as server:
        assert deliver(logging_in(server, security="tls"), delivery(1), delivery(2)) == [None, None]

    assert all(mail.encrypted for mail in server.mails)
    assert server.connections == 1


def test_without_starttls_neither_password_nor_mail_leaves(server):
    server.login = ("monitor-user", PASSWORD)

    (error,) = deliver(logging_in(server), delivery())

    assert fate(error) == PASSING_CHANNEL
    assert "offers no STARTTLS" in str(error)
    assert server.commands == ["EHLO [127.0.0.1]"]


@pytest.mark.parametrize("implicit", [False, True])
def test_with_a_bad_certificate_neither_password_nor_mail_leaves(shown, implicit):
    with MailServer(tls=shown, implicit=implicit, login=("monitor-user", PASSWORD)) as server:
        (error,) = deliver(logging_in(server, security="tls" if implicit else "starttls"), delivery())

    assert fate(error) == PASSING_CHANNEL
    assert "certificate that can't be trusted: self-signed certificate" in str(error)
    assert (server.logins, server.mails) == ([], [])


def test_a_certificate_for_another_host_is_refused(tmp_path, monkeypatch):
    other = certificate(tmp_path, "DNS:mail.other.example")
    monkeypatch.setenv("SSL_CERT_FILE", str(other.path))

    with MailServer(tls=other) as server:
        (error,) = deliver(smtp(server, "starttls"), delivery())

    assert fate(error) == PASSING_CHANNEL
    assert "IP address mismatch" in str(error)
    assert server.mails == []


@pytest.mark.parametrize("step", ["STARTTLS"])
@pytest.mark.parametrize("says", ["454 4.7.0 TLS not available", HANG_UP])
def test_a_refused_starttls_sends_nothing(trusted, step, says):
    with MailServer(tls=trusted) as server:
        server.answer(step, says)
        (error,) = deliver(smtp(server, "starttls"), delivery())

    assert fate(error) == PASSING_CHANNEL
    assert server.mails == []


def test_tls_with_a_server_that_speaks_none_says_which_port_is_which(server):
    (error,) = deliver(smtp(server, "tls"), delivery())

    assert fate(error) == PASSING_CHANNEL
    assert '"tls" is for port 465' in str(error)


def test_no_encryption_is_for_this_machine_only(server):
    (error,) = deliver(replace(smtp(server), host="192.0.2.1"), delivery())

    assert fate(error) == PASSING_CHANNEL
    assert "192.0.2.1" in str(error)
    assert "network.allow_private" in str(error)


def test_no_encryption_where_the_network_is_named(server, hasty):
    (error,) = deliver(replace(smtp(server), host="192.0.2.1"), delivery(), allowed=[ip_network("192.0.2.0/24")])

    assert "can't be reached" in str(error)


# ---------------------------------------------------------------- log-in


def test_a_wrong_password_is_tried_once_and_may_be_mended(trusted):
    with MailServer(tls=trusted, login=("monitor-user", "another")) as server:
        (error,) = deliver(logging_in(server), delivery())

    assert fate(error) == PASSING_CHANNEL
    assert "refuses the log-in: 535" in str(error)
    assert server.logins == [("monitor-user", PASSWORD)]
    assert server.mails == []


@pytest.mark.parametrize("echo", [PASSWORD, encoded(PASSWORD), encoded(f"\0monitor-user\0{PASSWORD}")])
def test_a_server_that_repeats_the_password_is_not_quoted(trusted, echo):
    with MailServer(tls=trusted) as server:
        server.answer("AUTH", f"535 5.7.8 no such password: {echo}")
        (error,) = deliver(logging_in(server), delivery())

    assert echo not in str(error)
    assert error.__cause__ is None


def test_a_way_of_logging_in_that_is_only_announced_gives_way_to_the_next(trusted):
    with MailServer(tls=trusted, login=("monitor-user", PASSWORD)) as server:
        server.answer("AUTH", "504 5.5.4 not that one", to="PLAIN")
        assert deliver(logging_in(server), delivery()) == [None]

    assert server.logins == [("monitor-user", PASSWORD)]


# ---------------------------------------------------------------- what can't be sent


def test_a_message_that_is_too_large_is_not_offered():
    with MailServer(size=500) as server:
        (error,) = deliver(smtp(server), delivery())

    assert fate(error) == (True, Blame.MESSAGE, False)
    assert "takes 500" in str(error)
    assert not any(command.startswith("MAIL") for command in server.commands)


def test_the_size_is_announced():
    given = delivery()
    with MailServer(size=100_000) as server:
        deliver(smtp(server), given)

    assert f"MAIL FROM:<monitor@paper.example> SIZE={len(given.payload)}" in server.commands


def test_an_address_in_another_script_needs_a_server_that_takes_it(server):
    (error,) = deliver(smtp(server), delivery(address="편집@paper.example"))

    assert fate(error) == (True, Blame.ADDRESS, False)
    assert "편집@paper.example" in str(error)


def test_an_address_in_another_script_reaches_a_server_that_takes_it():
    with MailServer(utf8=True) as server:
        assert deliver(smtp(server), delivery(address="편집@paper.example")) == [None]

    assert server.to("편집@paper.example")


def test_a_domain_in_another_script_reaches_every_server(server):
    assert deliver(smtp(server), delivery(address="desk@bücher.example")) == [None]

    assert server.to("desk@xn--bcher-kva.example")


@pytest.mark.parametrize(
    "address", ["nobody", "", "a b@c.example", "a@b.example>\r\nRCPT TO:<c@d.example", "a@" + "ü" * 70]
)
def test_what_is_no_address_is_refused_for_good(server, address):
    (error,) = deliver(smtp(server), replace(delivery(), address=address))

    assert fate(error) == (True, Blame.ADDRESS, False)
    assert "is no e-mail address" in str(error)
    assert server.mails == []


@pytest.mark.parametrize(
    "payload",
    [b"Subject: a\n\nb\r\n", b"Subject: a\r\n\r\nb\rc\r\n", b"a\r\n\n.\r\nMAIL FROM\r\n", b"a: b\r\n\r\nno end", b""],
)
def test_bytes_with_other_line_ends_are_refused_for_good(server, payload):
    """A bare line feed could end the message early and begin another (SMTP smuggling)."""
    (error,) = deliver(smtp(server), delivery(payload=payload))

    assert fate(error) == (True, Blame.MESSAGE, False)
    assert server.connections == 0


# ---------------------------------------------------------------- what configuration lacks


@pytest.mark.parametrize("sender", ["News monitor", "", "<>", "a@b@c"])
def test_a_sender_without_an_address_is_named(server, sender):
    (error,) = deliver(smtp(server, sender=sender), delivery())

    assert fate(error) == PASSING_CHANNEL
    assert "[smtp] from" in str(error)


def test_without_smtp_nothing_is_lost():
    (error,) = deliver(None, delivery())

    assert fate(error) == PASSING_CHANNEL
    assert "there is no [smtp]" in str(error)


def test_a_missing_password_is_named_and_nobody_called(server):
    (error,) = deliver(smtp(server, lacks="SMTP_PASSWORD"), delivery())

    assert fate(error) == PASSING_CHANNEL
    assert "SMTP_PASSWORD is not set" in str(error)
    assert server.connections == 0


def test_a_server_that_is_not_there_is_told_with_what_to_look_at(server):
    settings = smtp(server, port=1)

    (error,) = deliver(settings, delivery())

    assert fate(error) == PASSING_CHANNEL
    assert str(error) == "127.0.0.1:1 can't be reached: Connection refused; look at [smtp] host and port"


def test_a_name_that_is_not_known_is_told(server):
    (error,) = deliver(smtp(server, host="nowhere.invalid"), delivery())

    assert fate(error) == PASSING_CHANNEL
    assert "nowhere.invalid" in str(error)


# ---------------------------------------------------------------- check


def test_check_logs_in_and_sends_nothing(trusted):
    with MailServer(tls=trusted, login=("monitor-user", PASSWORD)) as server:
        words = check(logging_in(server))

    assert words == f"127.0.0.1:{server.port} takes mail: STARTTLS, logged in"
    assert server.commands[-2:] == ["NOOP", "QUIT"]
    assert server.mails == []


def test_check_says_what_is_wrong(server):
    with pytest.raises(DeliveryError, match="offers no STARTTLS"):
        check(logging_in(server))


def test_nothing_that_is_said_holds_the_password(trusted, caplog, capfd):
    with caplog.at_level(0), MailServer(tls=trusted, login=("monitor-user", "another")) as server:
        settings = logging_in(server)
        (error,) = deliver(settings, delivery())

    said = f"{error!r} {settings!r} {capfd.readouterr()}" + "".join(
        record.getMessage()
        for record in caplog.records
        if not record.name.startswith("mail.log")  # the fake's own
    )
    assert PASSWORD not in said
