import asyncio
import json
from dataclasses import replace
from datetime import timedelta
from ipaddress import ip_network
from itertools import pairwise

import pytest

from monitor.delivery import Means, slack_answers
from monitor.delivery import slack as channel
from monitor.digest import blocks
from monitor.errors import Blame, DeliveryError, FetchError
from monitor.model import Delivery, DeliveryState, Envelope, Notice, Recipient, Rendered, Secret, Thread
from monitor.net.client import Client
from monitor.pipeline.telling import SEND_SECONDS
from tests import slack as fake
from tests.digest.samples import NOW, digest, story
from tests.documents import rss, talks
from tests.home import Home
from tests.server import Server
from tests.slack import Slack

MESSAGE_ID = "<1@x>"
PACE = channel.PACE  # before tests hurry it
PRIVATE = (ip_network("127.0.0.0/8"),)


@pytest.fixture
def slack():
    with Slack() as running:
        yield running


@pytest.fixture(autouse=True)
def hurried(monkeypatch):
    monkeypatch.setattr(channel, "PACE", 0.0)


def by_token(slack, **changes):
    made = Recipient("desk", "slack", ("#news",), ("talks",), "0 8 * * *", "UTC")
    made = replace(made, secret=Secret(slack.token), secret_name="SLACK_TOKEN", endpoint=slack.api)
    return replace(made, **changes)


def by_webhook(slack, **changes):
    made = Recipient("desk", "slack_webhook", ("SLACK_WEBHOOK_URL",), ("talks",), "0 8 * * *", "UTC")
    return replace(made, secret=Secret(slack.webhook), secret_name="SLACK_WEBHOOK_URL", **changes)


def message(recipient, stories=3, **changes):
    envelope = Envelope("a@b.example", "desk", MESSAGE_ID, NOW, "desk.x", threaded=recipient.channel == "slack")
    told = digest([story(number, quote="Long. " * 70) for number in range(1, stories + 1)])
    payload = blocks.digest(told, Rendered("Talks break down", "Talks", ""), envelope)
    made = Delivery(
        "7", "12", "desk", recipient.channel, recipient.addresses[0], DeliveryState.SENDING, 1, None, "", ""
    )
    return replace(made, message_id=MESSAGE_ID, payload=payload, **changes)


def deliver(recipient, *deliveries, allow=PRIVATE):
    """Deliver over one channel; return what was kept of the progress."""
    kept = []

    async def keep(delivery, posts):
        kept.append(posts)

    async def work():
        async with Client(allow_private=allow) as client:
            opened = channel.Slack(Means(client, None, keep, allow))
            for delivery in deliveries:
                await opened.deliver(delivery, recipient, NOW)

    try:
        asyncio.run(work())
    except DeliveryError as error:
        error.kept = kept
        raise
    return kept


def refused(recipient, *deliveries, **options):
    with pytest.raises(DeliveryError) as caught:
        deliver(recipient, *(deliveries or [message(recipient)]), **options)
    chained = caught.value
    assert "canary" not in f"{chained}{chained.args}"
    assert chained.__suppress_context__ or chained.__context__ is None
    return chained


def check(recipient, allow=PRIVATE):
    async def work():
        async with Client(allow_private=allow) as client:
            return await channel.Slack(Means(client, None, None, allow)).check(recipient)

    return asyncio.run(work())


# ---------------------------------------------------------------- what arrives


def test_a_token_posts_a_parent_and_a_reply_per_story_under_the_message_id(slack):
    kept = deliver(by_token(slack), message(by_token(slack)))
    parent, *replies = slack.posts

    assert slack.faults == []
    assert len(replies) == 3
    assert parent.thread_ts == ""
    assert {reply.thread_ts for reply in replies} == {parent.ts}
    assert [post.metadata for post in slack.posts] == [{"message_id": MESSAGE_ID, "post": n} for n in range(4)]
    assert [len(posts) for posts in kept] == [1, 2, 3, 4]
    assert [mark.partition("@")[0] for mark in kept[-1]] == [post.ts for post in slack.posts]


def test_a_webhook_posts_what_was_frozen_and_nothing_unfurls(slack):
    kept = deliver(by_webhook(slack), message(by_webhook(slack), stories=30))

    assert slack.faults == []
    assert len(slack.posts) > 1
    assert all(post.body["unfurl_links"] is post.body["unfurl_media"] is False for post in slack.posts)
    assert not any({"reply", "metadata"} & post.body.keys() for post in slack.posts)
    assert kept[-1] == ("ok",) * len(slack.posts)


@pytest.mark.parametrize("way", [by_token, by_webhook])
def test_a_notice_arrives(slack, way):
    recipient = way(slack)
    payload = blocks.notice(Notice("A test", ("This is one.",)), Envelope("", "", MESSAGE_ID, NOW, ""))
    deliver(recipient, replace(message(recipient), payload=payload))

    assert [post.text for post in slack.posts] == ["A test"]


@pytest.mark.parametrize("way", [by_token, by_webhook])
def test_posts_to_one_channel_keep_their_pace_across_messages(slack, way, monkeypatch):
    monkeypatch.setattr(channel, "PACE", 0.15)
    recipient = way(slack)
    deliver(recipient, message(recipient, stories=1), message(recipient, stories=1))
    times = [post.time for post in slack.posts]

    assert len(times) >= 2
    assert all(later - earlier > 0.13 for earlier, later in pairwise(times))


def test_two_recipients_of_one_channel_share_its_pace(slack, monkeypatch):
    monkeypatch.setattr(channel, "PACE", 0.15)
    recipient = by_webhook(slack)

    async def keep(delivery, posts):
        pass

    async def work():
        async with Client(allow_private=PRIVATE) as client:
            means = Means(client, None, keep, PRIVATE)
            both = (channel.Slack(means).deliver(message(recipient, stories=1), recipient, NOW) for _ in range(2))
            await asyncio.gather(*both)

    asyncio.run(work())
    one, two = (post.time for post in slack.posts)
    assert two - one > 0.13


def test_the_longest_message_goes_out_within_a_senders_lease():
    assert PACE == 1.0
    assert blocks.POSTS * PACE < channel.BUDGET
    assert channel.BUDGET + channel.DEADLINE < SEND_SECONDS


def test_what_takes_too_long_goes_on_with_the_next_attempt(slack, monkeypatch):
    monkeypatch.setattr(channel, "BUDGET", -1.0)
    error = refused(by_token(slack))

    assert (error.permanent, error.unsure) == (False, False)
    assert "0 of 4 posts arrived" in str(error)


# ---------------------------------------------------------------- what goes wrong, and what is then known

PASSING, SHUT, UNFIT = (False, Blame.CHANNEL), (True, Blame.CHANNEL), (True, Blame.MESSAGE)
BOTH = [
    (fake.RATE_LIMITED, PASSING),
    (fake.DOWN, PASSING),
    (fake.CUT_DOWN, PASSING),
    (fake.NOT_OK, (False, Blame.MESSAGE)),
    (fake.NOT_FOUND, SHUT),
    (fake.GONE, SHUT),
    (fake.REDIRECTS, SHUT),
]
WEBHOOK = [
    *((fake.Mode(403, code), SHUT) for code in ("no_service", "action_prohibited", "invalid_token", "no_team")),
    (fake.Mode(403, "<b>odd</b>"), SHUT),
    (fake.Mode(404, "channel_is_archived"), SHUT),
    *((fake.Mode(400, code), UNFIT) for code in ("invalid_blocks", "invalid_payload", "no_text", "odd")),
    (fake.Mode(400, "channel_not_found"), SHUT),
    (fake.Mode(408, ""), PASSING),
]
API = [
    *(
        (fake.Mode(code=code), SHUT)
        for code in ("invalid_auth", "account_inactive", "token_revoked", "channel_not_found", "is_archived")
    ),
    *((fake.Mode(code=code), SHUT) for code in ("not_in_channel", "restricted_action", "missing_scope")),
    *((fake.Mode(code=code), UNFIT) for code in ("invalid_blocks", "msg_too_long", "no_text")),
    *((fake.Mode(code=code), (False, Blame.MESSAGE)) for code in ("internal_error", "fatal_error", "never_heard_of")),
    (fake.Mode(code="ratelimited", headers={"Retry-After": "7"}), PASSING),
    (fake.Mode(body="[]"), (False, Blame.MESSAGE)),
]


@pytest.mark.parametrize(
    ("way", "mode", "outcome"),
    [(way, *each) for way in (by_token, by_webhook) for each in BOTH]
    + [(by_webhook, *each) for each in WEBHOOK]
    + [(by_token, *each) for each in API],
)
def test_a_refusal_delivers_nothing_and_says_whether_it_passes(slack, way, mode, outcome):
    slack.next(mode)
    error = refused(way(slack))

    assert ((error.permanent, error.blame), error.unsure) == (outcome, False)
    assert slack.posts == []
    assert error.kept == []
    if outcome == SHUT:
        assert str(error).endswith("then: monitor recipient resume desk")


@pytest.mark.parametrize("way", [by_token, by_webhook])
@pytest.mark.parametrize(
    ("asked", "waits"), [("7", 7), ("0", 1), ("999999", 3600), ("-3", None), ("soon", None), ("", None)]
)
def test_rate_limits_say_how_long_to_wait(slack, way, asked, waits):
    slack.next(fake.Mode(429, "ratelimited", headers={"Retry-After": asked}))

    assert refused(way(slack)).retry_after == (None if waits is None else timedelta(seconds=waits))


@pytest.mark.parametrize("way", [by_token, by_webhook])
@pytest.mark.parametrize(("mode", "arrived"), [(fake.LOST, 1), (fake.HANGS, 0)])
def test_a_lost_answer_is_told_as_one(slack, way, mode, arrived, monkeypatch):
    monkeypatch.setattr(channel, "DEADLINE", 0.3)
    slack.next(mode)
    error = refused(way(slack))

    assert (error.permanent, error.blame, error.unsure) == (False, Blame.CHANNEL, True)
    assert len(slack.posts) == arrived


@pytest.mark.parametrize("way", [by_token, by_webhook])
def test_a_server_that_is_not_there_passes_and_nothing_is_unsure(way):
    with Slack() as gone:
        recipient = way(gone)
    error = refused(recipient)

    assert (error.permanent, error.blame, error.unsure) == (False, Blame.CHANNEL, False)


def test_a_message_beyond_the_limits_is_refused_as_such(slack):
    recipient = by_webhook(slack)
    document = json.loads(message(recipient).payload)
    document["posts"][0]["blocks"] *= 9
    error = refused(recipient, replace(message(recipient), payload=json.dumps(document).encode()))

    assert (error.permanent, error.blame) == UNFIT
    assert "invalid_blocks" in str(error)
    assert slack.posts == []


def test_bytes_that_are_no_message_are_never_tried_again(slack):
    error = refused(by_token(slack), replace(message(by_token(slack)), payload=b"hello"))

    assert (error.permanent, error.blame, slack.asked) == (True, Blame.MESSAGE, [])


# ---------------------------------------------------------------- what is refused before anything is sent


@pytest.mark.parametrize("way", [by_token, by_webhook])
def test_a_secret_that_is_not_set_passes_when_it_is(slack, way):
    recipient = replace(way(slack), secret=None)
    error = refused(recipient)

    assert (error.permanent, error.blame) == PASSING
    assert str(error) == f"{recipient.secret_name} is not set"


@pytest.mark.parametrize(
    "address",
    [
        "https://discord.com/api/webhooks/1/canary",
        "https://hooks.slack.com.evil.example/services/canary",
        "https://hooks.slack.com@evil.example/canary",
        "http://hooks.slack.com/services/canary",
        "http://192.0.2.1/services/canary",
        "xoxb-canary",
        "",
        "https://hooks.slack.com\\@evil.example/canary",
    ],
)
def test_an_address_of_another_service_gets_nothing(slack, address):
    error = refused(by_webhook(slack) if False else replace(by_webhook(slack), secret=Secret(address)))

    assert (error.permanent, error.blame) == PASSING
    assert "SLACK_WEBHOOK_URL does not hold a webhook of Slack" in str(error)


def test_a_private_address_is_a_webhook_only_where_that_is_allowed(slack):
    assert "does not hold a webhook" in str(refused(by_webhook(slack), allow=()))
    assert slack.asked == []


@pytest.mark.parametrize(
    "token", ["canary", "Bearer xoxb-1", "xoxb-1\ncanary", "xoxb-canaryå", "https://hooks.slack.com/"]
)
def test_what_is_no_token_goes_nowhere(slack, token):
    error = refused(by_token(slack, secret=Secret(token)))

    assert (error.permanent, error.blame, slack.asked) == (*PASSING, [])
    assert "SLACK_TOKEN does not hold a token of Slack" in str(error)


def test_a_token_is_not_sent_unprotected(slack):
    error = refused(by_token(slack, endpoint="http://192.0.2.1/api/"))

    assert "would be sent unprotected" in str(error)


@pytest.mark.parametrize("part", ["{}", "no host at {}", "path /services/T00000000/B00000000/canarywebhooksecret"])
def test_a_fault_of_the_network_is_told_without_the_secret(slack, part):
    recipient = by_webhook(slack)
    asker = channel._Asker(None, recipient, recipient.secret.reveal())
    told = asker._told(FetchError(part.format(recipient.secret.reveal())))

    assert "canary" not in told + repr(asker)
    assert "***" in told


# ---------------------------------------------------------------- going on


@pytest.mark.parametrize("way", [by_token, by_webhook])
def test_a_retry_begins_after_what_arrived(slack, way):
    recipient, given = way(slack), message(way(slack), stories=30)
    count = len(blocks.posts(given.payload))
    slack.next(fake.OK, fake.DOWN)
    first = refused(recipient, given)
    kept = deliver(recipient, replace(given, progress=first.kept[-1]))

    assert len(slack.posts) == count
    assert len(kept[-1]) == count
    assert [post.text for post in slack.posts] == [post["text"] for post in blocks.posts(given.payload)]
    if way is by_token:
        assert {post.thread_ts for post in slack.posts[1:]} == {slack.posts[0].ts}


@pytest.mark.parametrize("lost", range(4))
def test_a_token_asks_the_channel_before_it_repeats(slack, lost):
    recipient, given = by_token(slack), message(by_token(slack))
    slack.next(*[fake.OK] * lost, fake.LOST)
    first = refused(recipient, given)
    slack.asked.clear()
    deliver(recipient, replace(given, progress=first.kept[-1] if first.kept else (), unsure=True))

    assert slack.asked[0].startswith("conversations.")
    assert [post.metadata["post"] for post in slack.posts] == [0, 1, 2, 3]
    assert {post.thread_ts for post in slack.posts[1:]} == {slack.posts[0].ts}


def test_what_did_not_arrive_is_posted_after_asking(slack, monkeypatch):
    monkeypatch.setattr(channel, "DEADLINE", 0.3)
    recipient, given = by_token(slack), message(by_token(slack))
    slack.next(fake.HANGS)
    refused(recipient, given)
    monkeypatch.setattr(channel, "DEADLINE", 15.0)
    deliver(recipient, replace(given, unsure=True))

    assert [post.metadata["post"] for post in slack.posts] == [0, 1, 2, 3]


def test_a_message_is_found_behind_many_others(slack):
    recipient, given = by_token(slack), message(by_token(slack))
    slack.next(fake.LOST)
    refused(recipient, given)
    for number in range(15):
        deliver(recipient, replace(message(recipient, stories=1), message_id=f"<other-{number}@x>"))
    deliver(recipient, replace(given, unsure=True))

    assert [post.metadata["post"] for post in slack.posts if post.metadata["message_id"] == MESSAGE_ID] == [0, 1, 2, 3]


@pytest.mark.parametrize(
    "scopes", [("chat:write",), ("chat:write", "channels:history"), ("chat:write", "channels:read")]
)
def test_a_token_that_may_not_look_posts_again(scopes):
    with Slack(scopes=scopes) as slack:
        recipient, given = by_token(slack), message(by_token(slack))
        slack.next(fake.LOST)
        refused(recipient, given)
        deliver(recipient, replace(given, unsure=True))

        assert [post.metadata["post"] for post in slack.posts] == [0, 0, 1, 2, 3]
        assert {post.metadata["message_id"] for post in slack.posts} == {MESSAGE_ID}


def test_a_channel_given_by_id_needs_no_look_up():
    with Slack(scopes=("chat:write", "channels:history")) as slack:
        recipient = by_token(slack, addresses=(fake.CHANNELS["news"],))
        slack.next(fake.LOST)
        refused(recipient)
        deliver(recipient, message(recipient, unsure=True))

        assert [post.metadata["post"] for post in slack.posts] == [0, 1, 2, 3]
        assert "conversations.list" not in slack.asked


def test_a_webhook_that_is_unsure_posts_again(slack):
    recipient, given = by_webhook(slack), message(by_webhook(slack))
    slack.next(fake.LOST)
    refused(recipient, given)
    deliver(recipient, replace(given, unsure=True))

    one, two = slack.posts
    assert one.body == two.body


# ---------------------------------------------------------------- asking beforehand


def test_check_says_who_the_token_is(slack):
    assert check(by_token(slack)).startswith("the token is monitor in The Paper's and may post")
    assert slack.posts == []


def test_check_misses_the_right_to_post():
    with Slack(scopes=("channels:read",)) as slack, pytest.raises(DeliveryError, match="scope chat:write"):
        check(by_token(slack))


def test_check_finds_a_token_that_is_no_longer_good(slack):
    with pytest.raises(DeliveryError, match="invalid_auth: make a new token, put it into SLACK_TOKEN"):
        check(by_token(slack, secret=Secret("xoxb-old")))


def test_check_looks_at_a_webhooks_address_only(slack):
    assert "can't be tried without posting" in check(by_webhook(slack))
    assert slack.asked == []


def test_every_refusal_for_good_says_what_to_do():
    for code in slack_answers.SHUT:
        told = slack_answers.refusal(200, code, None, "SLACK_TOKEN", "desk")
        assert (told.permanent, told.blame) == SHUT
        assert "monitor recipient resume desk" in str(told)
        assert "{" not in str(told)


# ---------------------------------------------------------------- through the outbox

MORE = """
[recipients.newsroom]
slack_webhook_env = "SLACK_WEBHOOK_URL"
topics = ["talks"]
schedule = "0 8 * * *"
[recipients.threads]
slack_token_env = "SLACK_TOKEN"
slack_channel = "#news"
slack_api = "{api}"
topics = ["talks"]
schedule = "0 8 * * *"
"""


@pytest.fixture
def home(slack, tmp_path, monkeypatch):
    monkeypatch.setenv("SLACK_WEBHOOK_URL", slack.webhook)
    monkeypatch.setenv("SLACK_TOKEN", slack.token)
    with Server() as server:
        server.serve("/feed", rss([talks(number) for number in range(3)]), content_type="application/rss+xml")
        yield Home(tmp_path, server.url("/feed"), more=MORE.format(api=slack.api))


def states(home):
    return {row["recipient"]: row["state"] for row in home.run("outbox", "list", "--json").json}


def test_once_posts_the_first_digest_by_both_ways_and_never_again(home, slack):
    assert home.run("once", "--json").json["digests"] == {"sent": 3, "failed": 0}
    assert home.run("once", "--json").json["digests"] == {"sent": 0, "failed": 0}

    assert slack.faults == []
    assert [post.channel for post in slack.posts].count("") == 1
    assert len([post for post in slack.posts if post.thread_ts]) == 3


def test_a_webhook_that_is_gone_is_switched_off_and_the_others_get_theirs(home, slack, monkeypatch):
    monkeypatch.setenv("SLACK_WEBHOOK_URL", slack.server.url("/services/gone/canary"))
    ran = home.run("once")

    assert states(home) == {"me": "sent", "newsroom": "failed", "threads": "sent"}
    assert "canary" not in ran.out + ran.err + home.run("outbox", "list", "--json").out + home.run("status").out


def test_a_rate_limit_waits_and_loses_nothing(home, slack):
    slack.always = fake.RATE_LIMITED
    home.run("once")
    assert (states(home)["newsroom"], states(home)["threads"]) == ("waiting", "waiting")
    slack.always = fake.OK
    for row in home.run("outbox", "list", "--json").json:
        home.run("outbox", "retry", row["id"])
    home.run("once")

    assert set(states(home).values()) == {"sent"}
    assert len(slack.posts) == 5


def test_a_lost_answer_is_uncertain_and_then_found(home, slack):
    slack.always = fake.LOST
    home.run("once")
    assert (states(home)["newsroom"], states(home)["threads"]) == ("uncertain", "uncertain")
    slack.always = fake.OK
    ids = {row["recipient"]: row["id"] for row in home.run("outbox", "list", "--json").json}
    home.run("outbox", "retry", ids["threads"])
    home.run("once")

    assert states(home)["threads"] == "sent"
    assert [post.metadata["post"] for post in slack.posts if post.channel] == [0, 1, 2, 3]


@pytest.mark.parametrize("recipient", ["me", "newsroom", "threads"])
def test_a_preview_prints_what_would_be_posted_and_posts_nothing(home, slack, recipient):
    home.run("feed", "poll")
    shown = home.run("digest", "preview", recipient, "--format", "slack")

    assert shown.code == 0
    assert [list(fake.faults(post)) for post in shown.json["posts"]] == [[] for _ in shown.json["posts"]]
    assert len(shown.json["posts"]) == (4 if recipient == "threads" else 1)
    assert slack.asked == []


# ---------------------------------------------------------------- stories that go on

BEGUN = "1690000000.000001@C0000NEWS1"


def goes_on(recipient, kind="alert", **changes):
    """Return a message of which the first story has a thread already."""
    threads = {"talks-1": Thread("<0@x>", BEGUN)}
    envelope = Envelope("", "desk", MESSAGE_ID, NOW, "desk.x", threaded=True, threads=threads)
    told = digest([story(number) for number in range(1, 2 if kind == "alert" else 4)], kind=kind)
    payload = blocks.digest(told, Rendered("Talks break down", "Talks", ""), envelope)
    return replace(message(recipient), payload=payload, **changes)


def test_an_alert_is_broadcast_from_the_thread_of_its_story(slack):
    deliver(by_token(slack), goes_on(by_token(slack)))
    (only,) = slack.posts

    assert only.thread_ts == BEGUN.partition("@")[0]
    assert only.body["reply_broadcast"] is True
    assert not {"reply", "thread"} & only.body.keys()


def test_an_update_goes_into_the_thread_of_its_story_and_the_new_into_that_of_the_digest(slack):
    deliver(by_token(slack), goes_on(by_token(slack), "digest"))
    parent, two, three, update = slack.posts

    assert [two.thread_ts, three.thread_ts] == [parent.ts, parent.ts]
    assert update.thread_ts == BEGUN.partition("@")[0]


def test_a_thread_whose_beginning_was_deleted_costs_no_message(slack):
    slack.next(fake.Mode(code="thread_not_found"))
    deliver(by_token(slack), goes_on(by_token(slack)))
    (only,) = slack.posts

    assert only.thread_ts == ""
    assert "reply_broadcast" not in only.body


def test_an_update_whose_thread_was_deleted_goes_into_that_of_the_digest(slack):
    slack.next(fake.OK, fake.OK, fake.OK, fake.Mode(code="thread_not_found"))
    deliver(by_token(slack), goes_on(by_token(slack), "digest"))
    parent, *replies = slack.posts

    assert {reply.thread_ts for reply in replies} == {parent.ts}


@pytest.mark.parametrize(("kind", "count"), [("alert", 1), ("digest", 4)])
def test_what_is_in_an_earlier_thread_already_is_not_posted_again(slack, kind, count):
    recipient = by_token(slack)
    slack.next(*[fake.OK] * (count - 1), fake.LOST)
    error = refused(recipient, goes_on(recipient, kind))
    kept = error.kept[-1] if error.kept else ()
    deliver(recipient, goes_on(recipient, kind, unsure=True, progress=kept))

    assert len(slack.posts) == count
