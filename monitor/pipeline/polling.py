"""The upper line of the pipe: one poll of one feed, from the request to the one transaction that records it."""

import asyncio
import threading
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from hashlib import blake2b
from itertools import islice
from typing import Any

import structlog

from monitor import matching, schedule, stories, urls
from monitor.errors import FetchError, HostHeld, HttpError, ParseError, StoreError
from monitor.model import (
    Document,
    Draft,
    Entry,
    Feed,
    FeedState,
    Fetched,
    Item,
    Judgement,
    ParsedFeed,
    PollingPolicy,
    PollOutcome,
    Topic,
    Update,
    Wishes,
)
from monitor.net import answers, guard
from monitor.net.client import PAGE_CAP, Client
from monitor.net.robots import Robots
from monitor.pipeline.clock import Clock, running
from monitor.pipeline.vectors import Vectors
from monitor.pipeline.writing import Writer
from monitor.sources import indexes
from monitor.sources.contents import NoFeedError
from monitor.sources.processes import Parsers
from monitor.store import articles, feeds, polls
from monitor.store import vectors as stored_vectors
from monitor.store.database import Database

log = structlog.get_logger()
PAGES_PER_POLL = 40  # of one feed: the rest of a flood is judged by what the feed says of it
NO_ITEMS = b"none"  # in the place of the hashes of a document that held none
READ_AT_ONCE = 24  # polls between the answer and the transaction, those aside that wait for others' servers
PAGES_SECONDS = 60.0  # for all pages of one poll together, the turns of their hosts included


@dataclass(frozen=True, slots=True)
class Polled:
    """What one poll came to, for the report of a turn."""

    kind: str  # "changed", "not_modified", "failed" or "held"
    url: str
    error: str = ""
    new: int = 0
    updated: int = 0
    matches: int = 0
    compared: bool = False  # whether it was read both ways, with and without the items that were known
    differed: bool = False  # whether that gave two results


@dataclass(frozen=True, slots=True)
class Poller:
    """The parts that a poll works with, built once by `app`."""

    db: Database
    client: Client
    robots: Robots
    parsers: Parsers
    topics: Mapping[str, Topic]
    profiles: dict[str, matching.Profile]  # by topic; renewed in place when people say something of an article
    policy: PollingPolicy
    writer: Writer
    feeds: Sequence[Feed] = ()  # all that are followed: some serve certain topics only
    names: Mapping[str, str] = field(default_factory=dict)  # of publishers, by their domain, as `publishers` gives them
    vectors: Vectors = field(default_factory=Vectors)
    recent: matching.Recent = field(default_factory=matching.Recent)  # the articles that came last, of all feeds
    judging: threading.Lock = field(default_factory=threading.Lock)  # so that each sees the others in their order
    reading: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(READ_AT_ONCE))

    async def poll(self, state: FeedState, now: datetime) -> Polled:
        """Poll one claimed feed and record all that came of it; a fault of the feed is part of what came.

        Time counts from the answer: the host may have let us wait for our turn.
        """
        conditions, clock = _conditions(state, now), running(now)
        try:
            fetched = await self._fetch(state, conditions)
            now = clock()
            if _unchanged(state, fetched, conditions):
                return await self._record(state, now, _success(fetched, now), unchanged=True, **_renewal(fetched))
            await self._accept(fetched, now)
            async with self.reading:
                parsed, recognised = await self._read(state, fetched, clock)
                return await self._keep(state, fetched, parsed, recognised, clock() if parsed.sitemaps else now)
        except HostHeld as held:
            await self.writer.write(feeds.release, self.db, state, schedule.after_rest(state, self.policy, clock()))
            return Polled("held", state.address, error=str(held))
        except (FetchError, ParseError) as error:
            return await self._record(state, clock(), _failure(error))

    async def give_up(self, state: FeedState, now: datetime, error: str) -> Polled:
        """Push a feed's next poll away after a fault that nobody foresaw."""
        return await self._record(state, now, PollOutcome(error=error))

    async def judge_unjudged(self, now: datetime) -> int:
        """Judge recent articles that a new topic or a changed profile has not judged yet; return how many."""
        since = now - timedelta(days=self.policy.catch_up_days)
        done = 0
        for topic in self.profiles:
            recent = matching.Recent()
            apart = [feed.url for feed in self.feeds if feed.topics and topic not in feed.topics]
            while found := await asyncio.to_thread(self._unjudged, topic, since, apart):
                seen = await self._with_vectors(found)
                judged = await asyncio.to_thread(self._judge_all, topic, seen, recent)
                await self.writer.write(polls.judge_again, self.db, judged, now)
                done += len(judged)
        return done

    def _unjudged(self, topic: str, since: datetime, apart: Sequence[str]) -> list[Document]:
        signed = matching.judged_by(self.vectors.in_force(self.profiles)[topic])
        return articles.unjudged(self.db, topic, signed, since, apart=apart)

    async def _with_vectors(self, documents: Sequence[Document]) -> list[Document]:
        """Return stored articles with their vectors; those that had none of this encoder's have one stored now."""
        known = await asyncio.to_thread(self.vectors.with_stored, self.db, documents)
        seen = await asyncio.to_thread(self.vectors.documents, known)
        made = {int(now.id): now.vector for now, was in zip(seen, known, strict=True) if now.vector and not was.vector}
        await self.writer.write(stored_vectors.keep, self.db, made, self.vectors.encoder.name)
        return seen

    def _judge_all(self, topic: str, documents: Sequence[Document], recent: matching.Recent) -> dict[int, Judgement]:
        profile = self.vectors.in_force(self.profiles)[topic]
        judged = {}
        for document in documents:
            judged[int(document.id)] = _judgement(profile, document, recent.before(document))
            recent.add(document)
        return judged

    async def _fetch(self, state: FeedState, conditions: Mapping[str, str]) -> Fetched:
        given = _given(state.feed, state.address)
        return await self.client.get(state.address, conditions=conditions, conditions_at=state.validators_at, **given)

    async def _accept(self, fetched: Fetched, now: datetime) -> None:
        """Refuse an answer that is no success; a host that limits the rate rests as long as it asks, also later.

        :raises HttpError: unless the answer is a 200
        """
        try:
            answers.refuse(fetched, now)
        except HttpError as error:
            if error.rate_limited and error.retry_after:
                self.client.hold(fetched.final_url, error.retry_after.total_seconds())
                await self.writer.write(feeds.hold, self.db, fetched.final_url, now + error.retry_after)
            raise

    async def _read(self, state: FeedState, fetched: Fetched, clock: Clock) -> tuple[ParsedFeed, stories.Recognised]:
        """Return the feed that was fetched, and which of its entries are known.

        Items of the last poll are not read again, unless an entry looks like an update: a guid that it shares with
        one of them would name neither, and only the whole document shows that.
        :raises ParseError: where it can't be read
        """
        parsed = await indexes.read(
            fetched, self.parsers, lambda url: self._sitemap(state, url, clock), state.item_hashes
        )
        recognised = await asyncio.to_thread(self._recognise, state, parsed)
        if parsed.cut and recognised.updated:
            parsed = await self.parsers.feed(fetched)
            recognised = await asyncio.to_thread(self._recognise, state, parsed)
        if parsed.cut_wrong:
            log.warning("read whole from now on: what is new in it reads otherwise alone", feed=state.address)
        return parsed, recognised

    async def _sitemap(self, state: FeedState, url: str, clock: Clock) -> ParsedFeed:
        """Return one sitemap of an index."""
        async with self._aside():
            fetched = await self.client.get(url, cap=indexes.CAP, **_given(state.feed, url))
        await self._accept(fetched, clock())
        parsed = await self.parsers.feed(fetched)
        asked = max(parsed.interval_minutes or 0.0, answers.fresh_minutes(fetched.headers, clock()))
        return replace(parsed, interval_minutes=asked)

    async def _keep(
        self, state: FeedState, fetched: Fetched, parsed: ParsedFeed, recognised: stories.Recognised, now: datetime
    ) -> Polled:
        fresh = self._drafts(state, parsed, recognised.new, now, first=state.last_success is None)
        drafts = await self._judged(state, await self._with_pages(state, fresh, now), remember=True)
        updates = await self._updates(state, parsed, recognised.updated, now)
        seen = [item for _, item in recognised.sighted]
        sighted = await self._judged(state, self._drafts(state, parsed, seen, now, first=True))
        success = _success(fetched, now)
        outcome = replace(
            success,
            new=len(drafts),
            validators=success.validators and not parsed.sitemaps,
            wishes=Wishes(parsed.interval_minutes or 0.0, parsed.skip_hours, parsed.skip_days),
            gap=_is_gap(state, parsed, recognised),
        )
        polled = await self._record(
            state,
            now,
            outcome,
            **_renewal(fetched, parsed),
            title=parsed.title,
            drafts=drafts,
            updates=updates,
            sighted=tuple((id, draft) for (id, _), draft in zip(recognised.sighted, sighted, strict=True)),
            renamed=recognised.renamed,
            relinked=recognised.relinked,
            migrated=recognised.migrated,
            thresholds={id: topic.digest_at for id, topic in self.topics.items()},
            encoder=self.vectors.encoder.name,
        )
        return replace(polled, compared=parsed.compared, differed=parsed.cut_wrong)

    def _recognise(self, state: FeedState, parsed: ParsedFeed) -> stories.Recognised:
        items = stories.items(state.id, parsed.entries)
        return stories.recognise(items, polls.known(self.db, state, [key for item in items for key in item.keys]))

    def _drafts(
        self, state: FeedState, parsed: ParsedFeed, items: Sequence[Item], now: datetime, *, first: bool
    ) -> list[Draft]:
        catch_up = timedelta(days=self.policy.catch_up_days)
        return [
            Draft(
                item=item,
                published=stories.published(item.entry, now),
                baseline=stories.is_baseline(item.entry, first_poll=first, now=now, catch_up=catch_up),
                document=self._document(state, parsed, item.entry),
                caught_up=first,
            )
            for item in items
        ]

    async def _with_pages(self, state: FeedState, drafts: Sequence[Draft], now: datetime) -> Sequence[Draft]:
        """Return the drafts with the text of their pages, for those of which a topic may make something."""
        if not (drafts and state.feed.full_text):
            return drafts
        documents = await asyncio.to_thread(self.vectors.documents, [draft.document for draft in drafts])
        worth = [document for draft, document in zip(drafts, documents, strict=True) if not draft.baseline]
        read = await self._read_pages(state, worth, now)
        return [
            replace(draft, document=read.get(document, document))
            for draft, document in zip(drafts, documents, strict=True)
        ]

    async def _judged(self, state: FeedState, drafts: Sequence[Draft], *, remember: bool = False) -> tuple[Draft, ...]:
        if not drafts:
            return ()
        judged = await asyncio.to_thread(self._judge, state, [draft.document for draft in drafts], remember=remember)
        return tuple(
            replace(draft, document=document, judgements=said, words=words)
            for draft, (document, said, words) in zip(drafts, judged, strict=True)
        )

    async def _updates(
        self, state: FeedState, parsed: ParsedFeed, items: Sequence[tuple[int, Item]], now: datetime
    ) -> tuple[Update, ...]:
        if not items:
            return ()
        told = await asyncio.to_thread(
            self.vectors.documents, [self._document(state, parsed, item.entry) for _, item in items]
        )
        read = await self._read_pages(state, told, now)
        judged = await asyncio.to_thread(self._judge, state, [read.get(document, document) for document in told])
        return tuple(
            Update(article_id, item, document, said)
            for (article_id, item), (document, said, _) in zip(items, judged, strict=True)
        )

    async def _read_pages(
        self, state: FeedState, documents: Sequence[Document], now: datetime
    ) -> dict[Document, Document]:
        """Return, for documents that may matter to a topic, the same with its page's text where that could be read.

        What is not read within `PAGES_SECONDS` is judged by the feed's own text.
        """
        if not state.feed.full_text:
            return {}
        worth = await asyncio.to_thread(self._worth_reading, state, documents)
        if not worth:
            return {}
        clock = running(now)
        reading = {document: asyncio.create_task(self._with_page(document, clock)) for document in worth}
        async with self._aside():
            try:
                done, _ = await asyncio.wait(reading.values(), timeout=PAGES_SECONDS)
            finally:
                for task in reading.values():
                    task.cancel()
                await asyncio.gather(*reading.values(), return_exceptions=True)
        return {document: task.result() for document, task in reading.items() if task in done}

    @asynccontextmanager
    async def _aside(self) -> AsyncIterator[None]:
        """Let another poll read what it was answered, while this one waits for others' servers.

        Polls are cancelled together and for good: one that is while it waits for its place gives back one too many.
        """
        self.reading.release()
        try:
            yield
        finally:
            await self.reading.acquire()

    def _worth_reading(self, state: FeedState, documents: Sequence[Document]) -> list[Document]:
        profiles = self._profiles(state)
        worth = (d for d in documents if d.url and any(_may_match(profile, d) for profile in profiles))
        return list(islice(worth, PAGES_PER_POLL))

    async def _with_page(self, document: Document, clock: Clock) -> Document:
        """Return the document with its page's text; whatever goes wrong leaves the feed's own."""
        try:
            if not await self.robots.allowed(document.url):
                return document
            fetched = await self.client.get(document.url, cap=PAGE_CAP)
            await self._accept(fetched, clock())
            page = await self.parsers.page(fetched)
        except (FetchError, ParseError):
            return document
        except StoreError:
            raise
        except Exception:
            log.exception("page not read", page=document.url)
            return document
        if len(page.text) <= len(document.text):
            return document
        whole = replace(document, text=page.text, language=document.language or page.language)
        same = matching.gist(whole) == matching.gist(document)
        return whole if same else replace(whole, vector=b"")

    def _judge(
        self, state: FeedState, documents: Sequence[Document], *, remember: bool = False
    ) -> list[tuple[Document, tuple[Judgement, ...], matching.TellingWords | None]]:
        """Return the documents with their vectors, what each topic of the feed says of them, and their telling words.

        Those to `remember` are company for all that come later, and are grouped by their words: others need none.
        """
        seen = self.vectors.documents(documents)
        profiles = self._profiles(state)
        judged = []
        with self.judging:
            for each in seen:
                past = self.recent.before(each)
                said = tuple(_judgement(profile, each, past) for profile in profiles)
                judged.append((each, said, matching.telling_words(each) if remember else None))
                if remember:
                    self.recent.add(each)
        return judged

    def _document(self, state: FeedState, parsed: ParsedFeed, entry: Entry) -> Document:
        return Document(
            id="",
            title=entry.title,
            text=entry.text,
            language=state.feed.language or entry.language or parsed.language,
            url=entry.url,
            source=self._publisher(entry) or state.feed.title or parsed.title,
        )

    def _publisher(self, entry: Entry) -> str:
        """Return who published what a search found, by the name of their own feed where one is followed."""
        return self.names.get(urls.domain(entry.publisher_url), entry.publisher) if entry.publisher else ""

    def _profiles(self, state: FeedState) -> list[matching.Profile]:
        profiles = self.vectors.in_force(self.profiles)
        wanted = state.feed.topics or tuple(profiles)
        return [profiles[topic] for topic in wanted if topic in profiles]

    async def _record(self, state: FeedState, now: datetime, outcome: PollOutcome, **found: Any) -> Polled:
        plan = schedule.plan(state, outcome, self.policy, now)
        poll = polls.Poll(state=state, plan=plan, at=now, wishes=outcome.wishes, **found)
        recorded = await self.writer.record(poll)
        if plan.hold_host_until:
            self.client.hold(plan.hold_host, (plan.hold_host_until - now).total_seconds())
        kind = "failed" if outcome.error else "not_modified" if poll.unchanged else "changed"
        return Polled(kind, state.address, outcome.error, recorded.new, recorded.updated, self._matched(recorded))

    def _matched(self, recorded: polls.Recorded) -> int:
        """Count the new articles that are a match for some topic."""
        return sum(
            any(not said.filtered and said.score >= self.topics[said.topic].digest_at for said in judgements)
            for judgements in recorded.judged
        )


def publishers(feeds: Sequence[Feed]) -> dict[str, str]:
    """Return the titles of feeds by domain, of the domains for which exactly one title stands."""
    titles: dict[str, set[str]] = {}
    for feed in feeds:
        if feed.title:
            titles.setdefault(urls.domain(feed.url), set()).add(feed.title)
    return {domain: min(names) for domain, names in titles.items() if len(names) == 1}


def _judgement(profile: matching.Profile, document: Document, past: matching.Past) -> Judgement:
    """Judge a document; an unknown fault is on record as what stopped it, and costs no other article its judgement."""
    try:
        return matching.judge(profile, document, past)
    except Exception as error:
        log.exception("article not judged", topic=profile.topic.id, url=document.url)
        said = f"it could not be judged: {type(error).__name__}"
        return Judgement(profile.topic.id, 0.0, 0.0, (), (), said, matching.judged_by(profile))


def _may_match(profile: matching.Profile, document: Document) -> bool:
    try:
        return matching.may_match(profile, document)
    except Exception:
        log.exception("article not weighed", topic=profile.topic.id, url=document.url)
        return False


def _given(feed: Feed, url: str) -> dict[str, Any]:
    """Return what a request for `url` may have of what a person set for a feed, wherever that has moved since.

    As within one fetch, the password is for the origin of the address that they gave, `verify = false` for its host.
    """
    home, asked = guard.parse(feed.url), guard.parse(url)
    own = asked.origin == home.origin
    return {
        "username": feed.username if own else None,
        "password": feed.password if own else None,
        "verify": feed.verify or asked.host != home.host,
    }


def _conditions(state: FeedState, now: datetime) -> dict[str, str]:
    """Return the headers that ask for a document only if it has changed (RFC 9110, 13.1); {} where nothing is known."""
    if schedule.validators_stale(state, now):
        return {}
    conditional = {"If-None-Match": state.etag, "If-Modified-Since": state.last_modified}
    return {name: value for name, value in conditional.items() if value}


def _unchanged(state: FeedState, fetched: Fetched, conditions: Mapping[str, str]) -> bool:
    """Tell whether the answer is a 304 that we asked for, or last time's very body (many never send validators)."""
    if fetched.status == 304:
        return bool(conditions) and fetched.final_url == state.validators_at
    return fetched.status == 200 and _hash(fetched.body) == state.body_hash


def _success(fetched: Fetched, now: datetime) -> PollOutcome:
    """Return what an answer comes to; a 304 proves validators, which it need not name (RFC 9110, 15.4.5)."""
    headers = fetched.headers
    return PollOutcome(
        validators=fetched.status == 304 or "etag" in headers or "last-modified" in headers,
        asked_minutes=answers.fresh_minutes(headers, now),
        moved_to=fetched.moved_to,
    )


def _renewal(fetched: Fetched, parsed: ParsedFeed | None = None) -> dict[str, Any]:
    """Return what a 200 renews: validators only together with the items that they stand for.

    Of a document that broke off, the rest must come again. An index stands for no items: it may stay as it is while
    its sitemaps get new ones.
    """
    if parsed and parsed.sitemaps:
        return {"renewed": True}
    if fetched.status != 200 or (parsed and not parsed.whole):
        return {}
    return {
        "renewed": True,
        "etag": fetched.headers.get("etag", ""),
        "last_modified": fetched.headers.get("last-modified", ""),
        "validators_at": fetched.final_url,
        "body_hash": _hash(fetched.body),
        "item_hashes": _hashes(parsed) if parsed else None,
    }


def _failure(error: FetchError | ParseError) -> PollOutcome:
    if isinstance(error, HttpError):
        return PollOutcome(
            error=str(error),
            status=error.status,
            answered_by=error.url,
            rate_limited=error.rate_limited,
            retry_after=error.retry_after,
        )
    return PollOutcome(
        error=str(error),
        unanswered=isinstance(error, FetchError) and error.status is None,
        page=error.page if isinstance(error, NoFeedError) else "",
    )


def _hashes(parsed: ParsedFeed) -> bytes:
    return parsed.hashes if parsed.hashes or parsed.entries else NO_ITEMS


def _is_gap(state: FeedState, parsed: ParsedFeed, recognised: stories.Recognised) -> bool:
    """Tell whether no item of the last poll is still in the feed: some may have come and gone between the two.

    A news sitemap drops what is two days old, however little came since.
    """
    had = state.last_success is not None and state.item_hashes != NO_ITEMS
    left = parsed.cut > 0 or recognised.again or not parsed.whole
    return had and bool(parsed.entries) and not left and not parsed.format.startswith("sitemap-")


def _hash(body: bytes) -> str:
    return blake2b(body, digest_size=16).hexdigest()
