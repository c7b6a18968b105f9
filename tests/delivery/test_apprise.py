import asyncio
import json
import logging
import sys
import time
import traceback
from dataclasses import replace
from urllib.parse import quote

import pytest

from monitor.delivery import apprise
from monitor.delivery.apprise import Apprise
from monitor.digest.message import freeze
from monitor.errors import Blame, DeliveryError
from monitor.model import Delivery, DeliveryState, Envelope, Recipient, Rendered, Secret
from tests.digest.samples import NOW
from tests.server import Server

pytestmark = pytest.mark.filterwarnings("ignore:'imghdr' is deprecated")  # Apprise loads it

CANARY = "canary-5f1c"
TEXT = "협상 결렬 & <b>not bold</b>\n\nhttps://news.example/1\n"
TEAM = Recipient("team", "apprise", ("APPRISE_URL",), ("talks",), "0 8 * * *", "UTC", secret_name="APPRISE_URL")


def delivery(text=TEXT, subject="Talks break down — 1 new story", **changes):
    rendered = Rendered(subject, text, "<p>x</p>")
    payload = freeze(rendered, Envelope("a@b.example", "team", "<1@x>", NOW, "team.x"))
    made = Delivery("7", "12", "team", "apprise", "APPRISE_URL", DeliveryState.SENDING, 0, None, "", "<1@x>", payload)
    return replace(made, **changes)


def deliver(address, given=None):
    secret = None if address is None else Secret(address)
    asyncio.run(Apprise().deliver(given or delivery(), replace(TEAM, secret=secret), NOW))


def refused(address, given=None):
    """Return the error of a delivery; nothing that it shows holds the address."""
    with pytest.raises(DeliveryError) as caught:
        deliver(address, given)
    assert CANARY not in "".join(traceback.format_exception(caught.value))
    return caught.value


def target(server, path=f"/{CANARY}"):
    return f"json://{server.host}:{server.port}{path}"


def test_subject_and_text_arrive_as_they_are():
    with Server() as server:
        server.serve(f"/{CANARY}/", "ok")
        server.serve(f"/{CANARY}", "ok")
        deliver(target(server))
        (request,) = server.requests
    told = json.loads(request.body)
    assert told["title"] == "Talks break down — 1 new story"
    assert told["message"].strip() == TEXT.strip()


def test_no_headline_calls_everybody_of_a_chat():
    text = "@everyone @here <@123> <@&4> <!channel> mail a@here.example, https://news.example/@all\n"
    with Server() as server:
        server.serve(f"/{CANARY}/", "ok")
        server.serve(f"/{CANARY}", "ok")
        deliver(target(server), delivery(text, subject="Alert @Everyone — 1 new story"))
        (request,) = server.requests
    told = json.loads(request.body)
    assert told["title"] == "Alert @\u200bEveryone — 1 new story"
    assert told["message"].strip() == (
        "@\u200beveryone @\u200bhere <\u200b@123> <\u200b@&4> <\u200b!channel> "
        "mail a@here.example, https://news.example/@all"
    )


@pytest.mark.parametrize("status", [401, 404, 500])
def test_a_refusal_may_pass_and_names_the_variable_only(status):
    with Server() as server:
        server.serve(f"/{CANARY}", status=status)
        error = refused(target(server))
    assert (error.permanent, error.blame, error.unsure) == (False, Blame.CHANNEL, False)
    assert "APPRISE_URL" in str(error)


@pytest.mark.parametrize("address", [f"nonsense-{CANARY}", f"unknown://{CANARY}", f"tgram://{CANARY}", ""])
def test_what_is_no_address_of_apprise_may_be_mended(address):
    error = refused(address)

    assert str(error) == "APPRISE_URL holds no address that Apprise knows"
    assert (error.permanent, error.blame) == (False, Blame.CHANNEL)


def test_a_missing_secret_is_told_by_its_variable():
    error = refused(None)

    assert str(error) == "neither APPRISE_URL nor APPRISE_URL_FILE is set: it holds the address"
    assert (error.permanent, error.blame) == (False, Blame.CHANNEL)


def test_without_the_package_it_is_said_what_to_install(monkeypatch):
    monkeypatch.setitem(sys.modules, "apprise", None)

    error = refused(f"json://127.0.0.1/{CANARY}")

    assert "pip install 'monitor[apprise]'" in str(error)
    assert (error.permanent, error.blame) == (False, Blame.CHANNEL)


def test_bytes_that_are_no_message_are_never_tried_again():
    error = refused(f"json://127.0.0.1/{CANARY}", delivery(payload=b"hello"))

    assert error.permanent


def test_a_service_that_hangs_is_left_and_may_have_taken_it(monkeypatch):
    monkeypatch.setattr(apprise, "SECONDS", 0.3)
    with Server() as server:
        server.serve(f"/{CANARY}", hang=True)
        started = time.monotonic()
        error = refused(target(server))
        assert time.monotonic() - started < 3
    assert (error.permanent, error.unsure) == (False, True)


def test_no_log_shows_the_address(caplog):
    with caplog.at_level(logging.DEBUG), Server() as server:
        server.serve(f"/{CANARY}", status=500)
        refused(target(server))
        refused(f"nonsense-{CANARY}")
    assert CANARY not in caplog.text


@pytest.mark.parametrize(("characters", "posts"), [(20_000, range(2, 7)), (200_000, [1])])
def test_a_long_text_is_split_and_one_without_end_is_cut(characters, posts):
    with Server() as server:
        server.serve("/", "{}")
        server.serve("/hook", "{}")  # what is long goes another way
        deliver(f"ntfy://{server.host}:{server.port}/hook", delivery("Wörter. " * (characters // 8)))
        assert len(server.requests) in posts


def test_an_address_can_be_checked_without_sending():
    with Server() as server:
        recipient = replace(TEAM, secret=Secret(target(server)))
        assert asyncio.run(Apprise().check(recipient)) == "Apprise knows the address in APPRISE_URL"
        assert server.requests == []


def test_an_address_that_is_wrong_is_found_by_the_check():
    with pytest.raises(DeliveryError, match="APPRISE_URL holds no address"):
        asyncio.run(Apprise().check(replace(TEAM, secret=Secret(quote(f"nonsense {CANARY}")))))
