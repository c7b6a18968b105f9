import asyncio
import base64
import hashlib
import hmac
import json
import traceback
from dataclasses import replace
from datetime import timedelta
from ipaddress import ip_network

import pytest

from monitor.delivery.webhook import Webhook
from monitor.errors import Blame, DeliveryError
from monitor.model import Delivery, DeliveryState, Recipient, Secret
from monitor.net.client import Client
from tests.digest.samples import NOW
from tests.documents import rss, talks
from tests.home import Home
from tests.server import Request, Response, Server

CANARY = "canary-5f1c"
PAYLOAD = '{"subject":"협상"}'.encode()
PROGRAM = Recipient("hook", "webhook", (), ("talks",), "0 8 * * *", "UTC")
SIGNING = replace(PROGRAM, secret=Secret(CANARY), secret_name="HOOK_SECRET")


def act(work, allowed=("127.0.0.0/8",)):
    async def opened():
        async with Client(allow_private=[ip_network(each) for each in allowed]) as client:
            return await work(Webhook(client))

    return asyncio.run(opened())


def delivery(address):
    return Delivery("7", "12", "hook", "webhook", address, DeliveryState.SENDING, 1, None, "", "<1@x.example>", PAYLOAD)


def deliver(address, recipient=PROGRAM, now=NOW, **options):
    act(lambda channel: channel.deliver(delivery(address), recipient, now), **options)


def refused(address, recipient=SIGNING, **options):
    """Return the error of a delivery; nothing that it shows holds the secret, or the address's query."""
    with pytest.raises(DeliveryError) as caught:
        deliver(f"{address}?token={CANARY}", recipient, **options)
    assert CANARY not in "".join(traceback.format_exception(caught.value))
    assert "\n" not in str(caught.value)
    return caught.value


class TestSignature:
    def test_the_exact_bytes_are_posted_as_json(self):
        with Server() as server:
            deliver(server.serve("/hook", "ok"))
            (request,) = server.requests
        assert (request.method, request.body) == ("POST", PAYLOAD)
        assert request.headers["content-type"] == "application/json"

    @pytest.mark.parametrize(
        ("secret", "key"),
        [
            ("plain words", b"plain words"),
            ("스톡홀름", "스톡홀름".encode()),
            ("whsec_" + base64.b64encode(bytes(range(32))).decode(), bytes(range(32))),
        ],
    )
    def test_a_receiver_can_verify_it(self, secret, key):
        with Server() as server:
            deliver(server.serve("/hook"), replace(SIGNING, secret=Secret(secret)))
            (request,) = server.requests
        sent = request.headers
        signed = f"{sent['webhook-id']}.{sent['webhook-timestamp']}.".encode() + request.body
        expected = base64.b64encode(hmac.new(key, signed, hashlib.sha256).digest()).decode()
        assert sent["webhook-signature"] == f"v1,{expected}"
        assert (sent["webhook-id"], sent["webhook-timestamp"]) == ("<1@x.example>", str(int(NOW.timestamp())))

    def test_the_example_of_the_specifications_authors_is_signed_alike(self):
        given = replace(delivery(""), message_id="msg_p5jXN8AQM9LWM0D4loKWxJek", payload=b'{"test": 2432232314}')
        recipient = replace(SIGNING, secret=Secret("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"))
        then = NOW.fromtimestamp(1614265330, NOW.tzinfo)
        with Server() as server:
            given = replace(given, address=server.serve("/"))
            act(lambda channel: channel.deliver(given, recipient, then))
            sent = server.requests[0].headers
        assert sent["webhook-signature"] == "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="

    def test_without_a_named_secret_it_is_unsigned(self):
        with Server() as server:
            deliver(server.serve("/hook"))
            assert "webhook-signature" not in server.requests[0].headers

    @pytest.mark.parametrize(
        ("secret", "words"),
        [
            (None, "neither HOOK_SECRET nor HOOK_SECRET_FILE is set"),
            (Secret(f"whsec_{CANARY}!"), "not base64"),
            (Secret("whsec_"), "nothing follows whsec_ in HOOK_SECRET"),
        ],
    )
    def test_nothing_leaves_unsigned_that_should_be_signed(self, secret, words):
        with Server() as server:
            error = refused(server.serve("/hook"), replace(SIGNING, secret=secret))
            assert server.requests == []
        assert words in str(error)
        assert (error.permanent, error.blame, error.unsure) == (False, Blame.CHANNEL, False)


class TestOutcomes:
    @pytest.mark.parametrize("status", [200, 201, 202, 204])
    def test_success_is_delivered(self, status):
        with Server() as server:
            deliver(server.serve("/hook", status=status))
            assert len(server.requests) == 1

    @pytest.mark.parametrize(
        ("status", "permanent", "blame"),
        [
            (300, True, Blame.CHANNEL),
            (301, True, Blame.CHANNEL),
            (307, True, Blame.CHANNEL),
            (400, True, Blame.MESSAGE),
            (401, False, Blame.CHANNEL),
            (403, False, Blame.CHANNEL),
            (404, True, Blame.CHANNEL),
            (408, False, Blame.CHANNEL),
            (410, True, Blame.CHANNEL),
            (413, True, Blame.MESSAGE),
            (422, True, Blame.MESSAGE),
            (425, False, Blame.CHANNEL),
            (429, False, Blame.CHANNEL),
            (500, False, Blame.MESSAGE),
            (502, False, Blame.CHANNEL),
            (503, False, Blame.CHANNEL),
            (599, False, Blame.MESSAGE),
        ],
    )
    def test_a_refusal_says_whether_to_try_again_and_what_refused(self, status, permanent, blame):
        with Server() as server:
            server.serve("/elsewhere", "ok")
            error = refused(server.serve("/hook", status=status, redirect="/elsewhere" if status < 400 else ""))
            assert [request.path for request in server.requests] == ["/hook"]
        assert (error.permanent, error.blame, error.unsure) == (permanent, blame, False)
        assert f"HTTP {status}: " in str(error)

    @pytest.mark.parametrize(("status", "wait"), [(429, 600), (503, 600), (500, None)])
    def test_the_rest_that_is_asked_for_is_told(self, status, wait):
        with Server() as server:
            error = refused(server.serve("/hook", status=status, headers={"Retry-After": "600"}))
        assert error.retry_after == (timedelta(seconds=wait) if wait else None)

    def test_a_lost_answer_may_have_arrived(self):
        with Server() as server:
            error = refused(server.serve("/hook", raw=b""))
        assert (error.permanent, error.blame, error.unsure) == (False, Blame.CHANNEL, True)

    @pytest.mark.parametrize("body", [{"cut_after": 1}, {"headers": {"Content-Encoding": "br"}}])
    def test_a_success_whose_body_breaks_off_is_delivered(self, body):
        with Server() as server:
            deliver(server.serve("/hook", "thanks", **body))
            assert len(server.requests) == 1

    def test_a_success_with_more_words_than_anybody_reads_is_delivered(self):
        with Server() as server:
            deliver(server.serve("/hook", bytes(2_000_000)))
            assert len(server.requests) == 1

    def test_a_refusal_whose_body_breaks_off_is_a_refusal(self):
        with Server() as server:
            error = refused(server.serve("/hook", "gone", status=410, cut_after=1))
        assert (error.permanent, error.blame) == (True, Blame.CHANNEL)

    def test_what_was_never_sent_is_not_uncertain(self):
        with Server() as server:
            url = server.url("/hook")
        error = refused(url)
        assert (error.permanent, error.blame, error.unsure) == (False, Blame.CHANNEL, False)
        assert "Connection refused" in str(error)

    def test_a_private_address_needs_leave(self):
        with Server() as server:
            error = refused(server.serve("/hook"), allowed=())
            assert server.requests == []
        assert "network.allow_private" in str(error)

    def test_what_is_no_address_is_told_without_showing_it(self):
        assert str(refused("http:/hook")) == "the webhook is not an http or https address"


class TestCheck:
    def check(self, *addresses, recipient=PROGRAM, **options):
        return act(lambda channel: channel.check(replace(recipient, addresses=addresses)), **options)

    def test_an_address_is_looked_up_and_sent_nothing(self):
        with Server() as server:
            assert self.check(server.url("/hook?a=1")) == (
                f"127.0.0.1:{server.port} may be posted to, unsigned: webhook_secret_env names no secret"
            )
            assert self.check(server.url("/hook"), recipient=SIGNING).endswith("may be posted to, signed")
            assert server.requests == []

    @pytest.mark.parametrize(
        ("address", "words"),
        [
            ("http://nowhere.invalid/", "nowhere.invalid"),
            ("http://10.0.0.1/", "network.allow_private"),
            ("nonsense", "not an http or https address"),
        ],
    )
    def test_an_address_that_cannot_be_posted_to_is_told(self, address, words):
        with pytest.raises(DeliveryError, match=words):
            self.check(address)

    def test_a_missing_secret_is_told(self):
        with pytest.raises(DeliveryError, match="HOOK_SECRET"):
            self.check("http://127.0.0.1/", recipient=replace(SIGNING, secret=None))


HOOK = """
[recipients.hook]
webhook = "{}"
webhook_secret_env = "HOOK_SECRET"
topics = ["talks"]
schedule = "0 8 * * *"
"""


@pytest.fixture
def installed(tmp_path, monkeypatch):
    """Give an installation with one story and a webhook, and the server of both."""
    monkeypatch.setenv("HOOK_SECRET", CANARY)
    with Server() as server:
        feed = server.serve("/feed.xml", rss([talks(1, hours=1)]))
        yield Home(tmp_path, feed, more=HOOK.format(server.url("/hook"))), server


def posts(server) -> list[Request]:
    return [request for request in server.requests if request.path == "/hook"]


def message(home):
    """Return the first message to the webhook as `outbox list` tells it."""
    return [each for each in home.run("outbox", "list", "--json").json if each["recipient"] == "hook"][-1]


def once(home, first: Response, server):
    """Run a turn in which the webhook answers `first`, and once more in which it takes everything."""
    server.serve("/hook", lambda _request: first)
    home.run("once", "--all")
    before = message(home)
    server.serve("/hook", "ok")
    home.run("outbox", "retry", before["id"])
    home.run("once")
    return before


def test_a_digest_that_met_a_fault_is_delivered_once_under_the_same_id(installed):
    home, server = installed

    before = once(home, Response("sorry", status=500), server)

    first, second = posts(server)
    assert before["state"] == "waiting"
    assert "HTTP 500" in before["last_error"]
    assert first.headers["webhook-id"] == second.headers["webhook-id"] == before["message_id"]
    assert first.body == second.body
    assert message(home)["state"] == "sent"
    home.run("once", "--all")
    assert len(posts(server)) == 2


def test_a_digest_whose_answer_was_lost_is_uncertain_and_comes_again_under_the_same_id(installed):
    home, server = installed

    before = once(home, Response(raw=b""), server)

    first, second = posts(server)
    assert before["state"] == "uncertain"
    assert first.headers["webhook-id"] == second.headers["webhook-id"]
    assert message(home)["state"] == "sent"


def test_a_webhook_that_is_gone_is_switched_off_and_its_stories_come_after_resuming(installed):
    home, server = installed
    server.serve("/hook", status=410)
    home.run("once", "--all")

    gone = message(home)
    assert gone["state"] == "failed"
    assert "HTTP 410: there is no webhook any more" in gone["last_error"]
    home.run("digest", "send", "hook")
    assert len(posts(server)) == 1

    server.serve("/hook", "ok")
    resumed = home.run("recipient", "resume", "hook")
    assert resumed.code == 0, resumed.err
    home.run("digest", "send", "hook")
    told = json.loads(posts(server)[-1].body)
    assert (
        told["sections"][0]["stories"][0]["url"]
        == json.loads(posts(server)[0].body)["sections"][0]["stories"][0]["url"]
    )


def test_no_output_and_no_file_holds_the_secret(installed, tmp_path):
    home, server = installed
    server.serve("/hook", status=500)

    ran = [home.run("once", "--all"), home.run("outbox", "list"), home.run("status")]

    assert not any(CANARY in each.out + each.err for each in ran)
    assert not any(CANARY.encode() in file.read_bytes() for file in tmp_path.rglob("*") if file.is_file())
