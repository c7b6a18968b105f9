"""`kill -9` at random moments of the service, against a stream of new articles: nothing lost, nothing told twice.

The service's clock runs ten times as fast as the wall's, so that a digest is due every six seconds and a lease that
died with its sender ends after twelve.
"""

import json
import os
import random
import re
import signal
import sys
import time
from collections import Counter
from collections.abc import Iterable, Mapping
from email import message_from_bytes
from email.policy import SMTP

from tests import documents, fast
from tests.documents import talks
from tests.home import Home
from tests.server import Request, Response
from tests.slack import Slack
from tests.smtp import MailServer

KILLS = int(os.environ.get("MONITOR_KILLS", "50"))
SEED = int(os.environ.get("MONITOR_KILLS_SEED", "0")) or random.randrange(10**6)
SPEED = 10
ARTICLE_SECONDS = 0.7  # between two new articles
ARTICLES = 120

MORE = """
[smtp]
host = "127.0.0.1"
port = {smtp}
security = "none"
from = "Monitor <monitor@example.org>"
[recipients.desk]
email = ["one@example.org", "two@example.org"]
topics = ["talks"]
schedule = "* * * * *"
max_stories = 1000
[recipients.news]
slack_webhook_env = "SLACK_WEBHOOK_URL"
topics = ["talks"]
schedule = "* * * * *"
max_stories = 1000
[recipients.hook]
webhook = "{hook}"
topics = ["talks"]
schedule = "* * * * *"
max_stories = 1000
[server]
listen = "127.0.0.1:0"
"""


class Stream:
    """A feed that brings a new article every moment; an article stays in it for ever."""

    def __init__(self) -> None:
        self.begun = time.monotonic()

    def items(self) -> list[documents.Item]:
        count = min(ARTICLES, 1 + int((time.monotonic() - self.begun) / ARTICLE_SECONDS))
        return [talks(number, minutes=1 + number) for number in range(count)]  # each an event of its own

    def answer(self, request: Request) -> Response:
        items = self.items()
        tag = f'"{len(items)}"'
        return Response(documents.rss(items), content_type="application/rss+xml", etag=tag)


class Hooks:
    """A webhook that takes its time."""

    def __init__(self) -> None:
        self.taken: list[Request] = []

    def answer(self, request: Request) -> Response:
        self.taken.append(request)
        return Response("ok", delay=0.2)


def once(numbers: Iterable[int]) -> bool:
    """Tell whether the numbers are those of all articles, each once; show what is not otherwise."""
    counted = Counter(numbers)
    assert {number: counted[number] for number in range(ARTICLES) if counted[number] != 1} == {}
    return True


def told(messages: Mapping[str, str]) -> list[int]:
    """Return the articles that each of the different messages tells, one after the other."""
    return [number for text in messages.values() for number in {int(n) for n in re.findall(r"report (\d+)", text)}]


def by_mail(mail: MailServer, address: str) -> dict[str, str]:
    """Return the texts of the mails to `address` by their Message-ID; what came again came byte for byte."""
    found: dict[str, bytes] = {}
    for each in (each for each in mail.mails if address in each.to):
        assert found.setdefault(each.message_id, each.content) == each.content
    return {id: str(mail_text(content)) for id, content in found.items()}


def mail_text(content: bytes) -> str:
    body = message_from_bytes(content, policy=SMTP).get_body(["plain"])
    assert body is not None
    return str(body.get_content())


def by_hook(requests: list[Request]) -> dict[str, str]:
    """Return the bodies that the webhook took by their id; what came again came byte for byte."""
    found: dict[str, bytes] = {}
    for request in requests:
        assert found.setdefault(request.headers["webhook-id"], request.body) == request.body
    return {id: body.decode() for id, body in found.items()}


def by_slack(slack: Slack) -> list[int]:
    """Return the articles whose headline is a link in one of the different posts."""
    posts = {json.dumps(post.body["blocks"], sort_keys=True) for post in slack.posts}
    return [int(number) for post in posts for number in re.findall(r"\|[^|>]*report (\d+)>", post)]


def settled(home: Home) -> bool:
    """Tell whether all that was published has been told to everybody."""
    told_in_folder = told(dict(enumerate(home.delivered())))
    open_messages = [each for each in home.run("outbox", "list", "--json").json if each["state"] != "sent"]
    return len(set(told_in_folder)) == ARTICLES and not open_messages


def test_a_service_that_is_killed_at_any_moment_loses_nothing_and_tells_nothing_twice(server, tmp_path, monkeypatch):
    chance = random.Random(SEED)
    sys.stdout.write(f"MONITOR_KILLS_SEED={SEED}\n")  # shown where the test fails
    stream, hooks, clock, log = Stream(), Hooks(), fast.Clock(SPEED), tmp_path / "log"
    feed, hook = server.serve("/feed", stream.answer), server.serve("/hook", hooks.answer)
    with MailServer() as mail, Slack() as slack:
        monkeypatch.setenv("SLACK_WEBHOOK_URL", slack.webhook)
        home = Home(tmp_path, feed, more=MORE.format(smtp=mail.port, hook=hook), schedule="* * * * *")
        for _ in range(KILLS):
            process = fast.start(home, "run", clock=clock, log=log)
            if chance.random() < 0.75:
                fast.until_ready(process, log)
            time.sleep(chance.uniform(0, 2.5))
            process.send_signal(signal.SIGKILL)
            process.wait()
        stream.begun = -1e9  # the last article is out
        process = fast.start(home, "run", clock=clock, log=log)
        try:
            end = time.monotonic() + 120
            while not settled(home):
                assert process.poll() is None, log.read_text()[-5000:]
                assert time.monotonic() < end, log.read_text()[-5000:]
                time.sleep(1)
        finally:
            process.terminate()
            assert process.wait(timeout=15) == 0
        assert once(told(by_mail(mail, "one@example.org")))
        assert once(told(by_mail(mail, "two@example.org")))
        assert once(told(by_hook(hooks.taken)))
        assert once(by_slack(slack))
        assert once(told(dict(enumerate(home.delivered()))))
        assert slack.faults == []
    assert "Traceback" not in log.read_text()
    assert home.run("db", "check").code == 0
    repeats = len(mail.mails) + len(hooks.taken) - len({m.message_id for m in mail.mails}) - len(by_hook(hooks.taken))
    sys.stdout.write(f"{len(mail.mails)} mails, {len(hooks.taken)} hooks, {len(slack.posts)} posts, {repeats} again\n")
    assert repeats <= KILLS
