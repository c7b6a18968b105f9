"""A turn that dies at any step between "due" and "recorded", and the turn after it: nothing lost, nothing told twice.

Each turn is killed (`kill -9`) one step of the dialogue later than the one before, with another article to lose; three
minutes later, when the dead sender's lease has ended, another turn finds what it left. A digest holds one article and
leaves the others to the next, so that one poll brings enough for all.
"""

import json
import os
import re
import signal
import sqlite3
import time
from collections import Counter
from collections.abc import Callable, Iterable
from concurrent.futures import Future
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from monitor.delivery import slack as slack_channel
from tests import documents, warm
from tests.documents import talks
from tests.home import Home
from tests.server import Request, Response, Server
from tests.slack import Slack
from tests.smtp import Mail, MailServer
from tests.test_faults import PowerCut, dying_at_write

NOW = datetime.fromtimestamp(0, UTC)  # each test sets it to the next slot of its recipients: a run may be slow
ONE, TWO = "one@paper.example", "two@paper.example"
HASTE = "from monitor.cli import main; from monitor.delivery import slack; slack.PACE = 0.0; main()"
ARTICLES = 40
LIMIT = 30  # steps, after which a turn should have lived through
RESTS = "min_interval_minutes = 720\nper_host_gap_seconds = 0"

MAIL = """
[smtp]
host = "127.0.0.1"
port = {port}
security = "none"
from = "Monitor <monitor@paper.example>"
[recipients.desk]
email = {addresses}
topics = ["talks"]
schedule = "*/10 * * * *"
max_stories = 1
"""
SLACK = """
[recipients.news]
slack_token_env = "SLACK_TOKEN"
slack_channel = "#news"
slack_api = "{api}"
topics = ["talks"]
schedule = "*/10 * * * *"
max_stories = 1
"""
HOOK = """
[recipients.hook]
webhook = "{hook}"
topics = ["talks"]
schedule = "*/10 * * * *"
max_stories = 1
"""


@pytest.fixture(autouse=True)
def _next_slot(monkeypatch):
    monkeypatch.setitem(globals(), "NOW", datetime.fromtimestamp((time.time() // 600 + 1) * 600, UTC))


@pytest.fixture(autouse=True)
def _no_pace(monkeypatch):
    monkeypatch.setattr(slack_channel, "PACE", 0.0)
    monkeypatch.setenv("SLACK_TOKEN", Slack.token)


def installed(folder: Path, server: Server, more: str) -> Home:
    """Return an installation with `ARTICLES` articles for the recipients in `more`, who had the first of them."""
    items = [talks(number, minutes=number) for number in range(ARTICLES)]
    feed = server.serve("/feed", documents.rss(items), content_type="application/rss+xml")
    home = Home(folder, feed, more=more, polling=RESTS)
    file = home.config / "monitor.toml"
    file.write_text(re.sub(r"\[recipients\.me\]\n(.+\n){3}", "", file.read_text()))
    assert later(home, 0) == 0
    return home


def later(home: Home, minutes: int) -> int:
    """Run a turn in this process, `minutes` from now as far as digests go; return its exit code."""
    return home.run("once", "--as-of", moment(minutes)).code


def moment(minutes: int) -> str:
    """Return how `--as-of` is told a moment so many minutes from now."""
    return (NOW + timedelta(minutes=minutes)).isoformat()


def states(home: Home) -> list[str]:
    """Return how each message stands, oldest first; past the program, whose turn may be in the middle."""
    with closing(sqlite3.connect(home.folder / "monitor.db")) as db:
        return [state for (state,) in db.execute("SELECT state FROM delivery ORDER BY id")]


def killed_at(home: Home, minutes: int, server: MailServer | Server, step: int) -> str:
    """Run a turn in a process that is killed when `server` reaches a step; return the step, "" if it lived through."""
    started = Future[int]()
    server.at(step, lambda: os.kill(started.result(10), signal.SIGKILL))
    process = warm.start(HASTE, "--config", str(home.config), "once", "--as-of", moment(minutes))
    started.set_result(process.pid)
    code = process.wait(60)
    assert code in (0, -signal.SIGKILL), process.communicate()
    reached = server.steps[step - 1] if code else ""
    server.at(0, lambda: None)
    return reached


def die_until_it_lives(
    home: Home, server: MailServer | Server, check: Callable[[int], object] = lambda minutes: None
) -> list[str]:
    """Let each turn die one step later than the one before, with another article to lose; return the steps.

    `check` is called after each death, with the minute at which the dead turn's leases have ended.
    """
    reached = []
    for step in range(1, LIMIT):
        reached.append(killed_at(home, 10 * step, server, step))
        if not reached[-1]:
            tell_the_rest(home)
            return reached[:-1]
        check(10 * step + 3)
        assert later(home, 10 * step + 5) == 0
        assert set(states(home)) == {"sent"}
    raise AssertionError("no turn lived through")


def tell_the_rest(home: Home) -> None:
    """Run a last turn that tells all that is left."""
    file = home.config / "monitor.toml"
    file.write_text(file.read_text().replace("max_stories = 1\n", f"max_stories = {ARTICLES}\n"))
    assert later(home, 10 * LIMIT) == 0
    assert set(states(home)) == {"sent"}


def repeats(delivered: Iterable[tuple[str, bytes]]) -> list[int]:
    """Return how often each message came, in order; each came byte for byte, and every article in exactly one."""
    found: dict[str, list[bytes]] = {}
    for id, content in delivered:
        found.setdefault(id, []).append(content)
    assert all(len(set(copies)) == 1 for copies in found.values())
    unfolded = [copies[0].replace(b"=\r\n", b"") for copies in found.values()]
    told = Counter(n for content in unfolded for n in set(re.findall(rb"report (\d+)", content)))
    assert told == {str(number).encode(): 1 for number in range(ARTICLES)}
    return [len(copies) for copies in found.values()]


def by_mail(mails: Iterable[Mail]) -> list[tuple[str, bytes]]:
    return [(mail.message_id, mail.content) for mail in mails]


def by_hook(requests: Iterable[Request]) -> list[tuple[str, bytes]]:
    return [(request.headers["webhook-id"], request.body) for request in requests]


def by_slack(slack: Slack) -> list[tuple[str, bytes]]:
    """Return the threads of the channel, the posts of each as one; each post was made once."""
    assert slack.faults == []
    posts = Counter((post.metadata["message_id"], post.metadata["post"]) for post in slack.posts)
    assert set(posts.values()) == {1}
    threads: dict[str, list[str]] = {}
    for post in slack.posts:
        threads.setdefault(post.metadata["message_id"], []).append(json.dumps(post.body["blocks"]))
    return [(id, "\n".join(texts).encode()) for id, texts in threads.items()]


def test_mail_that_dies_at_any_step_of_the_dialogue_is_lost_never_and_repeated_only_where_taken(server, tmp_path):
    with MailServer() as mail:
        home = installed(tmp_path, server, MAIL.format(port=mail.port, addresses=[ONE, TWO]))

        def uncertain_at_first(minutes: int) -> None:
            in_hand = [number for number, state in enumerate(states(home)) if state == "sending"]
            mail.answer("CONNECT", "421 4.3.2 come back later")
            later(home, minutes)
            mail.behave()
            found = dict(enumerate(states(home)))
            assert [found.pop(number) for number in in_hand] == ["uncertain"] * len(in_hand)
            assert set(found.values()) <= {"sent", "waiting"}

        steps = die_until_it_lives(home, mail, uncertain_at_first)
    dialogue = ["MAIL", "RCPT", "DATA", "TEXT", "BODY", "ANSWERED"]
    assert steps == ["CONNECT", "EHLO", *dialogue, *dialogue, "QUIT"]
    one, two = (repeats(by_mail(mail.to(address))) for address in (ONE, TWO))
    for copies, body in ((one, 7), (two, 13)):  # about the number of the mail whose turn died at its BODY
        twice = [number for number, found in enumerate(copies) if found == 2]
        assert set(copies) == {1, 2}
        assert len(twice) <= 3  # at TEXT: the body was on its way already, or not yet; at ANSWERED: written down or not
        assert twice == list(range(twice[0], twice[-1] + 1))
        assert body - 2 <= twice[0] <= twice[-1] <= body + 2  # a slow machine brings a mail a turn earlier or later


class Receiver(Server):
    """A webhook of somebody's."""

    def __init__(self) -> None:
        super().__init__()
        self.taken: list[Request] = []

    def take(self, request: Request) -> Response:
        self.taken.append(request)
        return Response("ok")

    @property
    def hook(self) -> str:
        return self.serve("/hook", self.take)


def test_slack_that_dies_at_any_post_has_each_once_where_its_token_may_look(server, tmp_path):
    with Slack() as slack:
        home = installed(tmp_path, server, SLACK.format(api=slack.api))
        steps = die_until_it_lives(home, slack.server)
    assert steps == ["CONNECT", "REQUEST", "ANSWERED"] * 2  # for the head of the thread and for its reply
    assert repeats(by_slack(slack))


def test_a_webhook_that_dies_at_any_step_gets_repeats_under_the_same_id_only(server, tmp_path):
    with Receiver() as receiver:
        home = installed(tmp_path, server, HOOK.format(hook=receiver.hook))
        steps = die_until_it_lives(home, receiver)
    assert steps == ["CONNECT", "REQUEST", "ANSWERED"]
    assert max(repeats(by_hook(receiver.taken))) == 2


def lives(home: Home, minutes: int) -> bool:
    """Run a turn and tell whether it came to its end."""
    try:
        assert later(home, minutes) == 0
    except BaseException as error:
        if isinstance(error, PowerCut) or (isinstance(error, BaseExceptionGroup) and error.subgroup(PowerCut)):
            return False
        raise
    return True


def test_a_turn_for_all_channels_that_dies_at_any_transaction_tells_each_its_articles_once(server, tmp_path):
    with MailServer() as mail, Slack() as slack, Receiver() as receiver:
        means = MAIL.format(port=mail.port, addresses=[ONE]), SLACK.format(api=slack.api)
        home = installed(tmp_path, server, "".join(means) + HOOK.format(hook=receiver.hook))
        for step in range(1, LIMIT):
            with dying_at_write(step):
                if lives(home, 10 * step):
                    break
            assert lives(home, 10 * step + 5)
        tell_the_rest(home)
    assert step > 15
    assert repeats(by_slack(slack))
    assert max(repeats(by_mail(mail.mails))) <= 2
    assert max(repeats(by_hook(receiver.taken))) <= 2


def alerted(folder: Path, server: Server, more: str) -> Home:
    """Return an installation whose recipients in `more` want alerts, had one article, and have no digest for long."""
    alerts = more.replace("*/10 * * * *", "0 0 1 1 *").replace("max_stories = 1", "alerts = true")
    home = Home(folder, publish(server, 0), more=alerts)
    file = home.config / "monitor.toml"
    text = re.sub(r"\[recipients\.me\]\n(.+\n){3}", "", file.read_text())
    file.write_text(text.replace('title = "Talks"\n', 'title = "Talks"\nalert_at = 50\n'))
    assert later(home, 0) == 0
    return home


def publish(server: Server, newest: int) -> str:
    """Let the feed have the articles up to one, each of which is a story and an alert; return its address."""
    items = [talks(number, minutes=2 * ARTICLES - number) for number in range(newest + 1)]
    return server.serve("/feed", documents.rss(items), content_type="application/rss+xml", etag=f'"{newest}"')


def alerts_had(delivered: Iterable[tuple[str, bytes]], articles: int) -> list[int]:
    """Return how often each alert came; each came byte for byte, and so many articles in exactly one each."""
    found: dict[str, list[bytes]] = {}
    for id, content in delivered:
        found.setdefault(id, []).append(content)
    assert all(len(set(copies)) == 1 for copies in found.values())
    told = [set(re.findall(rb"report (\d+)", copies[0])) for copies in found.values()]
    assert sorted(told, key=sorted) == sorted(({str(number).encode()} for number in range(articles)), key=sorted)
    return [len(copies) for copies in found.values()]


def test_an_alert_that_dies_at_any_transaction_is_told_once_and_never_lost(server, tmp_path):
    with Receiver() as receiver:
        home = alerted(tmp_path, server, HOOK.format(hook=receiver.hook))
        for step in range(1, LIMIT):
            publish(server, step)
            with dying_at_write(step):
                if lives(home, 20 * step):
                    break
            assert lives(home, 20 * step + 5)
            assert set(states(home)) == {"sent"}
    assert step > 5
    assert b'"alert"' in receiver.taken[-1].body
    assert max(alerts_had(by_hook(receiver.taken), step + 1)) <= 2  # the same bytes under the same id


def test_an_alert_by_mail_that_dies_at_any_step_of_the_dialogue_is_told_once_and_never_lost(server, tmp_path):
    with MailServer() as mail:
        home = alerted(tmp_path, server, MAIL.format(port=mail.port, addresses=[ONE]))
        steps = []
        for step in range(1, LIMIT):
            publish(server, step)
            steps.append(killed_at(home, 20 * step, mail, step))
            if not steps[-1]:
                break
            assert later(home, 20 * step + 5) == 0
            assert set(states(home)) == {"sent"}
    assert steps == ["CONNECT", "EHLO", "MAIL", "RCPT", "DATA", "TEXT", "BODY", "ANSWERED", "QUIT", ""]
    assert set(alerts_had(by_mail(mail.mails), step + 1)) == {1, 2}
