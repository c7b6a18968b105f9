"""Builds everything once, from settings, by plain calls."""

import asyncio
import gc
import json
import secrets
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from contextlib import AsyncExitStack, ExitStack, asynccontextmanager, closing, contextmanager
from dataclasses import dataclass, replace
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from monitor import delivery
from monitor.config import Network, Settings
from monitor.errors import FetchError, HttpError, ParseError, SeedError
from monitor.model import Delivery, Recipient, Seed, Story, Topic
from monitor.store.database import Database, copy_to, open_database

if TYPE_CHECKING:
    from monitor import matching
    from monitor.delivery import Means
    from monitor.net.client import Client
    from monitor.pipeline.polling import Poller
    from monitor.pipeline.summaries import Summaries
    from monitor.pipeline.telling import Teller
    from monitor.pipeline.vectors import Vectors
    from monitor.sources.processes import Parsers


@dataclass(frozen=True, slots=True)
class App:
    """A configuration with its database: what every command but a few begins with."""

    settings: Settings
    db: Database

    @property
    def recipients(self) -> tuple[Recipient, ...]:
        """Return those who get digests."""
        return self.settings.recipients

    @property
    def topics(self) -> dict[str, Topic]:
        """Return the topics by id."""
        return {topic.id: topic for topic in self.settings.topics}

    def teller(self) -> "Teller":
        """Return what makes and sends digests."""
        from monitor.pipeline.telling import Teller

        smtp = self.settings.smtp
        sender = smtp.sender if smtp else "News monitor <monitor@monitor.invalid>"
        return Teller(
            db=self.db,
            topics=self.topics,
            policy=self.settings.polling,
            sender=sender,
            domain=_domain(sender),
            recipients={recipient.id: recipient for recipient in self.recipients},
            unsubscribe=self.unsubscribe_link,
            answer=self._answer_link(),
            summaries=self._summaries(),
        )

    def _summaries(self) -> "Summaries | None":
        """Return what has stories summed up, None without a language model."""
        configured = self.settings.language_model
        if configured is None:
            return None
        from monitor.language_model import LanguageModel
        from monitor.pipeline.summaries import Summaries
        from monitor.store.keeping import MODEL_FAULT, keep, kept

        def keep_fault(fault: str) -> bool:
            news = kept(self.db, MODEL_FAULT) != fault
            if news:
                keep(self.db, MODEL_FAULT, fault)
            return news

        model = LanguageModel(_client(self.settings), configured.url, configured.model, configured.key)
        return Summaries(self.db, model, self.topics, keep_fault)

    def unsubscribe_link(self, recipient: str, address: str, at: datetime) -> str:
        """Return the link that stops messages to `address`, for one dated `at`; "" without a `public_url`."""
        from monitor import tokens

        public_url = self.settings.server.public_url
        return tokens.unsubscribe_link(public_url, self.signing_secret(), recipient, address, at) if public_url else ""

    def feed_links(self, topic: str) -> dict[str, str]:
        """Return the addresses at which the service tells a topic's matches to feed readers, by their form."""
        from monitor import tokens

        server = self.settings.server
        link = tokens.feed_link(server.public_url or f"http://{server.listen}", self.signing_secret(), topic)
        return {"atom": f"{link}/atom.xml", "json": f"{link}/feed.json"}

    def _answer_link(self) -> Callable[[str, Story, datetime], str]:
        """Return what makes the link beside a story; the secret is looked up once, by the first."""
        from monitor import tokens

        public_url, secret = self.settings.server.public_url, cache(self.signing_secret)

        def link(recipient: str, story: Story, at: datetime) -> str:
            return tokens.story_link(public_url, secret(), recipient, story.topic, story.lead, at) if public_url else ""

        return link

    def signing_secret(self) -> bytes:
        """Return what signs links: the configured secret, else one that is made once and kept in the database."""
        from monitor.store.keeping import SIGNING_SECRET, keep_first, kept

        if self.settings.server.secret is not None:
            return self.settings.server.secret.reveal().encode("utf-8", "surrogateescape")
        found = kept(self.db, SIGNING_SECRET) or keep_first(self.db, SIGNING_SECRET, secrets.token_urlsafe(32))
        return found.encode()

    @asynccontextmanager
    async def means(self, client: "Client | None" = None) -> "AsyncIterator[Means]":
        """Give what channels send with: `client`, or one of its own."""
        from monitor.store import outbox

        async def keep(delivery: Delivery, posts: tuple[str, ...]) -> None:
            await asyncio.to_thread(outbox.progress, self.db, delivery, posts)

        async with AsyncExitStack() as opened:
            if client is None:
                client = await opened.enter_async_context(_client(self.settings))
            yield delivery.Means(client, self.settings.smtp, keep, self.settings.allow_private)

    @asynccontextmanager
    async def reaching_out(self, now: datetime) -> AsyncIterator[tuple["Client", "Parsers"]]:
        """Give what fetches and reads; hosts rest as they asked earlier polls to."""
        async with reaching_out(self.settings) as (client, parsers):
            await asyncio.to_thread(keep_rests, client, self.db, now)
            yield client, parsers

    @asynccontextmanager
    async def poller(self, now: datetime) -> AsyncIterator["Poller"]:
        """Give what polls feeds, its connections and processes open; seeds that are addresses are fetched first.

        :raises SeedError: if no topic can be learnt
        """
        from monitor import matching
        from monitor.net.robots import Robots
        from monitor.pipeline.grouping import Grouping
        from monitor.pipeline.polling import Poller, publishers
        from monitor.pipeline.writing import Writer
        from monitor.store import vectors as stored_vectors

        async with self.reaching_out(now) as (client, parsers):
            vectors = self.vectors(on_record=True)
            profiles = await self.profiles(client, parsers, now, vectors)
            recent = matching.Recent()
            for document in await asyncio.to_thread(stored_vectors.latest, self.db, vectors.name, recent.window):
                recent.add(document)
            yield Poller(
                db=self.db,
                client=client,
                robots=Robots(client),
                parsers=parsers,
                topics=self.topics,
                profiles=profiles,
                policy=self.settings.polling,
                writer=Writer(self.db, Grouping(self.settings.story_window_hours)),
                feeds=self.settings.feeds,
                names=publishers(self.settings.feeds),
                vectors=vectors,
                recent=recent,
            )

    def vectors(self, *, on_record: bool = False) -> "Vectors":
        """Return what gives texts their vectors; with `on_record` it is kept, for `status`, whether that works."""
        from monitor.pipeline.vectors import Vectors
        from monitor.store.keeping import ENCODER_FAULT, keep, kept

        def record(fault: str) -> None:
            if kept(self.db, ENCODER_FAULT) != fault:
                keep(self.db, ENCODER_FAULT, fault)

        return Vectors(self.settings.encoder, record) if on_record else Vectors(self.settings.encoder)

    async def profiles(
        self, client: "Client", parsers: "Parsers", now: datetime, vectors: "Vectors | None" = None
    ) -> dict[str, "matching.Profile"]:
        """Return what is learnt from each topic's seeds and from what people said of its articles, by topic id.

        A topic is left out, and that kept on record, whose seed is a page that can't be read or tells nothing.
        `vectors` says afterwards whether it could help.
        :raises SeedError: if that leaves none, or if a seed that is no page tells nothing
        """
        from structlog import get_logger

        found: dict[str, matching.Profile] = {}
        faults: dict[str, str] = {}
        vectors = vectors or self.vectors()
        for topic in self.settings.topics:
            try:
                found[topic.id] = await self.profile(topic, client, parsers, now, vectors)
            except SeedError as error:
                if all(seed.text for seed in topic.seeds):
                    raise
                faults[topic.id] = str(error)
        await asyncio.to_thread(self._leave_out, faults)
        if faults and not found:
            raise SeedError("\n".join(faults.values()))
        for id, fault in faults.items():
            get_logger().error("topic left out", topic=id, error=fault)
        return found

    def _leave_out(self, faults: dict[str, str]) -> None:
        """Keep on record, for `left_out`, which topics can't be judged by, and why."""
        from monitor.store.keeping import SEED_FAULTS, keep

        if faults != self.left_out:
            keep(self.db, SEED_FAULTS, json.dumps(faults))

    @property
    def left_out(self) -> dict[str, str]:
        """Return why topics can't be judged by, by their id, as it was when their seeds' pages were last asked for."""
        from monitor.store.keeping import SEED_FAULTS, kept

        faults = json.loads(kept(self.db, SEED_FAULTS) or "{}")
        return {id: fault for id, fault in faults.items() if id in self.topics}

    async def profile(
        self, topic: Topic, client: "Client", parsers: "Parsers", now: datetime, vectors: "Vectors | None" = None
    ) -> "matching.Profile":
        """Return what is learnt from one topic's seeds, and from what people have said of its articles by now.

        :raises SeedError: if a seed's page can't be read
        """
        resolved = await self._resolved(topic, client, parsers, now)
        return (await asyncio.to_thread((vectors or self.vectors()).learnt, [resolved]))[topic.id]

    async def _resolved(self, topic: Topic, client: "Client", parsers: "Parsers", now: datetime) -> Topic:
        """Return the topic with the texts of its seeds, and with what people have said of its articles by now."""
        from monitor.store import feedback

        seeds = [await self._seed(seed, client, parsers, now) for seed in topic.seeds]
        examples = await asyncio.to_thread(feedback.examples, self.db, topic.id)
        return replace(topic, seeds=tuple(seeds), examples=examples)

    async def _seed(self, seed: Seed, client: "Client", parsers: "Parsers", now: datetime) -> Seed:
        """Return the seed with its text: a page's is fetched once and then kept."""
        from monitor.store import seeds

        if seed.text:
            return seed
        text = await asyncio.to_thread(seeds.seed_text, self.db, seed.name)
        if not text:
            text = await read_page(seed.name, client, parsers, now)
            await asyncio.to_thread(seeds.keep_seed, self.db, seed.name, text, now)
        return replace(seed, text=text)


def _domain(sender: str) -> str:
    """Return the right-hand side of Message-IDs, which are ASCII wherever they go; one of nobody's if it has none."""
    from monitor.urls import ascii_name

    try:
        return ascii_name(sender.rpartition("@")[2].strip("> ")) or "monitor.invalid"
    except UnicodeError:
        return "monitor.invalid"


def open_app(settings: Settings, now: datetime) -> App:
    """Open the database, migrated, and make its feeds those of the configuration.

    :raises StoreError: if it can't be opened
    """
    from monitor.store import feeds

    with ExitStack() as failed:
        db = failed.enter_context(closing(open_database(settings.database_url, now)))
        feeds.sync(db, settings.feeds, now)
        failed.pop_all()
    return App(settings, db)


@contextmanager
def settled() -> Iterator[None]:
    """Spare what was loaded by now Python's collector of garbage, which need not look at it again in each round."""
    gc.collect()
    gc.freeze()
    try:
        yield
    finally:
        gc.unfreeze()


def rehearsal(settings: Settings, folder: Path, out: Path, now: datetime) -> Settings:
    """Return settings that work on a copy of the database in `folder` and deliver every digest to the folder `out`.

    Nothing is sent to a language model: there are no summaries.
    """
    copy = folder / "rehearsal.db"
    copy_to(settings.database_url, copy, now)
    _drop_open(f"sqlite:///{copy}", now)
    recipients = tuple(
        replace(recipient, channel="folder", addresses=(str(out.resolve()),)) for recipient in settings.recipients
    )
    return replace(settings, database_url=f"sqlite:///{copy}", recipients=recipients, language_model=None)


def _drop_open(url: str, now: datetime) -> None:
    """Leave what waits in the outbox of a copy to its original: it is addressed to people."""
    from monitor.store import outbox

    with closing(open_database(url, now)) as database:
        outbox.drop_open(database)


@asynccontextmanager
async def reaching_out(
    settings: Settings | None = None, allow_private: Sequence[Network] = ()
) -> AsyncIterator[tuple["Client", "Parsers"]]:
    """Give the HTTP client and the parse processes, for a configuration or for none."""
    from monitor.sources.processes import Parsers

    async with _client(settings, allow_private) as client, Parsers() as parsers:
        yield client, parsers


def keep_rests(client: "Client", db: Database, now: datetime) -> None:
    """Let hosts rest as they asked earlier polls to, before anything is sent."""
    from monitor.store import feeds

    for name, until in feeds.holds(db, now).items():
        client.rest(name, (until - now).total_seconds())


def _client(settings: Settings | None, allow_private: Sequence[Network] = ()) -> "Client":
    from monitor.model import PollingPolicy
    from monitor.net.client import Client

    policy = settings.polling if settings else PollingPolicy()
    return Client(
        contact=policy.contact,
        allow_private=(*(settings.allow_private if settings else ()), *allow_private),
        per_host_gap_seconds=policy.per_host_gap_seconds,
        concurrency=policy.concurrency,
    )


async def read_page(url: str, client: "Client", parsers: "Parsers", now: datetime) -> str:
    """Return the text of the page at `url`, its title first.

    :raises SeedError: if it can't be fetched or holds no text
    """
    from monitor.net import answers
    from monitor.net.client import PAGE_CAP

    try:
        fetched = await client.get(url, cap=PAGE_CAP)
        answers.refuse(fetched, now)
        page = await parsers.page(fetched)
    except (FetchError, ParseError) as error:
        if isinstance(error, HttpError) and error.rate_limited and error.retry_after:
            client.hold(url, error.retry_after.total_seconds())
        raise SeedError(f"the seed {url} can't be read: {error}. Save its text to a file and name that") from error
    return f"{page.title}\n\n{page.text}"
