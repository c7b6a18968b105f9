import asyncio
import json
import threading
from contextlib import suppress
from dataclasses import replace
from datetime import timedelta
from ipaddress import ip_network

import pytest

from monitor.language_model import LanguageModel
from monitor.model import Section, Seed, Topic
from monitor.net.client import Client
from monitor.pipeline.summaries import Summaries
from monitor.store import polls
from monitor.store.database import open_database
from monitor.store.rows import ArticleRow
from tests.digest.samples import digest, story
from tests.server import Response, Server
from tests.store.samples import NOW, claim, draft, poll

HOUR = timedelta(hours=1)
SWEDISH = (
    "Samtalen mellan de båda länderna bröts efter några timmar, och ingen vet när de fortsätter eller om de gör det."
)
LONG = "They met in Stockholm, and they parted after some hours without any agreement. " * 5


@pytest.fixture
def server():
    with Server() as made:
        yield made


@pytest.fixture
def db(tmp_path):
    opened = open_database(f"sqlite:///{tmp_path / 'monitor.db'}", NOW)
    state = claim(opened)
    drafts = [draft(state, number, text=f"{LONG} ({number})") for number in range(1, 7)]
    polls.record(opened, poll(state, *drafts, draft(state, 7, text="Kort.")))
    yield opened
    opened.close()


def summaries(db, server, *, seed="", seconds=5.0, news=None):
    client = Client(allow_private=[ip_network("127.0.0.0/8")])
    topic = Topic("talks", "Talks", (Seed("seed.txt", seed),) if seed else ())
    faults = [] if news is None else news

    def keep(fault):
        faults.append(fault)
        return True

    return Summaries(db, LanguageModel(client, server.url("/v1"), "small"), {"talks": topic}, keep, seconds)


def told(number, **changes):
    return story(number, lead=number, **changes)


def article(request):
    return json.loads(json.loads(request.body)["messages"][1]["content"])


def answer(said):
    return Response(json.dumps({"choices": [{"message": {"content": said}}]}))


def said(made):
    return [each.summary.text if each.summary else "" for each in made.sections[0].stories]


def test_a_slow_model_costs_a_digest_its_time_and_what_was_quick_is_told(db, server):
    def slow(request):
        return answer("Quick.") if "(1)" in article(request)["text"] else Response(hang=True)

    server.serve("/v1/chat/completions", slow)
    news = []
    asker = summaries(db, server, seconds=1.0, news=news)

    made = asyncio.run(asker.put_in(digest([told(1), told(2), told(3)]), NOW))

    assert said(made) == ["Quick.", "", ""]
    assert news == [f"127.0.0.1:{server.port}: not all summaries were done within 1 s"]


def test_the_digests_of_one_moment_share_the_time_that_there_is(db, server):
    server.serve("/v1/chat/completions", lambda request: Response(answer("Said.").body, delay=0.4))
    asker = summaries(db, server, seconds=0.7)

    async def told_at(number, at):
        return said(await asker.put_in(digest([told(number)]), at))

    async def both():
        return [await told_at(1, NOW), await told_at(2, NOW + HOUR), await told_at(3, NOW + HOUR)]

    assert asyncio.run(both()) == [["Said."], ["Said."], [""]]


def test_a_model_that_failed_rests_and_what_is_kept_is_told_all_the_same(db, server):
    server.serve("/v1/chat/completions", lambda request: answer("Said."))
    asker, one, two = summaries(db, server), digest([told(1)]), digest([told(1), told(2)])

    async def all_three():
        await asker.put_in(one, NOW)
        server.serve("/v1/chat/completions", "no", status=500)
        return await asker.put_in(two, NOW), await asker.put_in(two, NOW)

    first, second = asyncio.run(all_three())

    assert said(first) == said(second) == ["Said.", ""]
    assert len(server.requests) == 2


def test_equal_words_are_asked_once(db, server):
    server.serve("/v1/chat/completions", lambda request: answer("Said."))

    made = asyncio.run(summaries(db, server).put_in(digest([told(1), story(9, lead=1)]), NOW))

    assert said(made) == ["Said.", "Said."]
    assert len(server.requests) == 1


def test_near_misses_and_short_texts_are_not_sent(db, server):
    server.serve("/v1/chat/completions", lambda request: answer("Said."))
    near = Section("Just below your threshold", (told(1),), announced=False)
    shown = replace(digest(), sections=(Section("New", (told(7),)), near))

    assert asyncio.run(summaries(db, server).put_in(shown, NOW)) is shown
    assert server.requests == []


def test_a_foreign_story_is_told_in_the_language_of_the_seed(db, server):
    server.serve("/v1/chat/completions", lambda request: answer("De träffades."))

    made = asyncio.run(summaries(db, server, seed=SWEDISH).put_in(digest([told(7, language="en")]), NOW))

    [request] = server.requests
    assert "Answer in Swedish" in json.loads(request.body)["messages"][0]["content"]
    assert made.sections[0].stories[0].summary.language == "sv"


def test_an_article_that_says_something_else_is_asked_anew(db, server):
    server.serve("/v1/chat/completions", lambda request: answer("Said."))
    asker, one = summaries(db, server), digest([told(1)])
    asyncio.run(asker.put_in(one, NOW))
    with db.write() as session:
        session.get_one(ArticleRow, 1).text = LONG + "And then they met again."

    asyncio.run(summaries(db, server).put_in(one, NOW))

    assert len(server.requests) == 2
    assert article(server.requests[1])["text"].endswith("met again.")


def test_who_stops_does_not_wait_for_the_model(db, server):
    arrived = threading.Event()

    def hang(request):
        arrived.set()
        return Response(hang=True)

    server.serve("/v1/chat/completions", hang)
    asker = summaries(db, server, seconds=60.0)

    async def stopped():
        waiting = asyncio.create_task(asker.put_in(digest([told(1)]), NOW))
        await asyncio.to_thread(arrived.wait, 10)
        begun = asyncio.get_running_loop().time()
        waiting.cancel()
        with suppress(asyncio.CancelledError):
            await waiting
        return asyncio.get_running_loop().time() - begun, len(asyncio.all_tasks())

    seconds, tasks = asyncio.run(stopped())

    assert seconds < 5
    assert tasks == 1
