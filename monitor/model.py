"""The nouns that travel through the house, each a frozen value named for its moment.

Every datetime is aware and in UTC. Every text has been cleaned at the boundary (`monitor.text.clean`)
unless its note says that it is raw. Database rows never leave `store/`: they become these first.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any, Literal, NamedTuple

Scope = Literal["story", "event"]
FEED_NEWS = timedelta(days=7)  # for how long it is told that a feed moved, or had a gap
READ_WHOLE = b"whole"  # in the place of a feed's item hashes: it is never cut again


@dataclass(frozen=True, slots=True)
class Secret:
    """A value that no log, traceback or page may show; `reveal()` hands it to the one place that needs it."""

    _value: str = field(repr=False)

    def reveal(self) -> str:
        """Return the secret itself."""
        return self._value

    def __str__(self) -> str:
        return "***"


# ---------------------------------------------------------------- what configuration names


@dataclass(frozen=True, slots=True)
class Feed:
    """A feed as configuration names it."""

    url: str  # where it is fetched, as configured
    title: str = ""  # the person's own name for it; "" takes the feed's
    language: str = ""  # BCP 47, e.g. "ko"; "" takes what the feed or the text says
    topics: tuple[str, ...] = ()  # ids of the topics it serves; () is all
    full_text: bool = True  # whether its articles' pages are read
    verify: bool = True  # False switches TLS verification off, visibly
    username: Secret | None = None  # HTTP basic auth, sent to this origin only
    password: Secret | None = None


@dataclass(frozen=True, slots=True)
class Seed:
    """One document of which a topic's story is an example."""

    name: str  # the file or address it came from, for messages
    text: str  # its text, noise still inside: `matching.seed` finds and drops it
    vectors: tuple[bytes, ...] = ()  # of its `matching.passages`, as `Document.vector` has them; () without an encoder


@dataclass(frozen=True, slots=True)
class Document:
    """What the matcher reads of an article, from the database or from JSON Lines."""

    id: str
    title: str
    text: str
    language: str = ""  # BCP 47; "" if unknown
    url: str = ""
    source: str = ""  # the feed's title or the publisher's domain; the publisher's name where a search found it
    vector: bytes = b""  # dense, of unit length, as little-endian float16; b"" without an encoder


@dataclass(frozen=True, slots=True)
class Example:
    """An article of which a person said whether it belongs to a topic's story."""

    document: Document
    wanted: bool


@dataclass(frozen=True, slots=True)
class Topic:
    """A story that is followed, and what the person said about it."""

    id: str
    title: str
    seeds: tuple[Seed, ...]
    scope: Scope = "story"
    digest_at: float = 50.0  # score 0–100 from which an article is a match
    alert_at: float = 85.0
    include: tuple[str, ...] = ()  # terms that count more
    weights: Mapping[str, float] = field(default_factory=dict)  # term → factor
    exclude: tuple[str, ...] = ()  # an article with one of these is filtered
    require_any: tuple[str, ...] = ()  # an article with none of these is filtered; () is off
    languages: tuple[str, ...] = ()  # () is all
    sources: tuple[str, ...] = ()  # domains or feed titles; () is all
    mute_sources: tuple[str, ...] = ()
    examples: tuple[Example, ...] = ()  # confirmed and refused articles, oldest answer first


@dataclass(frozen=True, slots=True)
class Recipient:
    """Someone who gets digests, through one channel."""

    id: str
    channel: str  # a name in `delivery.CHANNELS`: "folder", "email", "slack", …
    addresses: tuple[str, ...]  # folder path, e-mail addresses …: one outbox row each
    topics: tuple[str, ...]  # ids, in the order of the digest's sections
    schedule: str  # five-field cron, in `timezone`; 0 and 7 are Sunday
    timezone: str  # IANA name
    max_stories: int = 15
    when_empty: Literal["skip", "send"] = "skip"
    alerts: bool = False  # whether a story at its topic's `alert_at` comes at once
    quiet: str = ""  # "22:00-07:00" in `timezone`: alerts wait; "" is never
    secret: Secret | None = (
        None  # token, webhook's address, signing secret: what the channel needs; None if it is missing
    )
    secret_name: str = ""  # the environment variable that holds it, "" if the channel needs none
    endpoint: str = ""  # base address of Slack's API, for the channel "slack"


@dataclass(frozen=True, slots=True)
class Smtp:
    """The mail server that takes e-mail digests."""

    host: str
    port: int
    security: Literal["starttls", "tls", "none"]
    sender: str  # "Name <address>"
    username: Secret | None = None
    password: Secret | None = None
    lacks: str = ""  # names of variables that are named and not set, "" if nothing is missing


@dataclass(frozen=True, slots=True)
class PollingPolicy:
    """How often and how gently feeds are polled."""

    min_interval_minutes: float = 15.0  # the floor, never undercut
    max_interval_minutes: float = 720.0  # the ceiling of a healthy feed
    per_host_gap_seconds: float = 2.0  # between the starts of two requests to one host
    concurrency: int = 64  # requests in flight at once
    contact: str = ""  # address in the User-Agent
    catch_up_days: float = 7.0  # a first poll's items published within it count as new


# ---------------------------------------------------------------- fetching and parsing


@dataclass(frozen=True, slots=True)
class Fetched:
    """An answer of a server, after redirects, decompressed and within its caps."""

    url: str  # the address that was asked for
    final_url: str  # the address that answered
    moved_to: str  # where permanent redirects (301, 308) led, hop by hop from `url`; "" if none
    status: int
    headers: Mapping[str, str]  # names in lower case, values decoded as Latin-1 so that they go back byte for byte
    body: bytes  # b"" for 304


@dataclass(frozen=True, slots=True)
class Entry:
    """One item as its feed tells it."""

    guid: str  # the feed's own id of the item; "" if it gives none
    url: str  # resolved http(s) link; "" if it has none
    title: str  # plain text, at most 500 characters
    text: str  # plain text of description or content, the longer one, at most 20,000 characters
    published: datetime | None  # None if absent or unreadable; not yet corrected against the clock
    published_raw: str = ""  # the date as the feed wrote it, at most 100 characters
    language: str = ""  # from the entry or its feed; "" if silent
    publisher: str = ""  # who published it, where the feed is a search that names others; else ""
    publisher_url: str = ""  # where that publisher is


@dataclass(frozen=True, slots=True)
class ParsedFeed:
    """A feed document, read."""

    title: str
    format: str  # "rss20", "atom10", "rss10", "jsonfeed11" …
    language: str  # "" if silent
    entries: tuple[Entry, ...]  # in the document's order
    interval_minutes: float | None = None  # the longest wait the feed asks for (ttl, sy:update*), None if silent
    skip_hours: tuple[int, ...] = ()  # hours (0–23, UTC) in which it asks not to be polled
    skip_days: tuple[int, ...] = ()  # weekdays, Monday is 0
    whole: bool = True  # False: the document broke off, its cut item was left out; its validators must not be kept
    hashes: bytes = b""  # what names its items at the next poll, where they need not be read again
    cut: int = 0  # items of the last poll that were not read again
    compared: bool = False  # whether it was read both ways, with and without them
    cut_wrong: bool = False  # whether that was found to change what is read: this feed is read whole from now on
    sitemaps: tuple[str, ...] = ()  # of an index: those that were read in its place, so that no validators stand for it


@dataclass(frozen=True, slots=True)
class Page:
    """A web page, read for its text."""

    url: str  # its own canonical address where that lies within its registrable domain, else where it was found
    title: str
    text: str  # plain text, paragraphs separated by a line break, at most 100,000 characters
    language: str  # BCP 47, "" if unknown


@dataclass(frozen=True, slots=True)
class FoundFeed:
    """A feed that a page names."""

    url: str
    title: str
    type: str  # the media type the page gives, "" if it was guessed from the link


@dataclass(frozen=True, slots=True)
class Wishes:
    """What a feed's own document asks of those who poll it."""

    minutes: float = 0.0  # the longest wait (ttl, sy:update*), 0 if silent
    skip_hours: tuple[int, ...] = ()  # UTC
    skip_days: tuple[int, ...] = ()  # Monday is 0


@dataclass(frozen=True, slots=True)
class FeedState:
    """A feed with all that earlier polls left, claimed for one poll."""

    id: int
    feed: Feed
    address: str  # where it is fetched now: the configured one, or where it moved for good
    etag: str = ""  # as received, byte for byte in Latin-1
    last_modified: str = ""
    validators_at: str = ""  # the address that gave them, after redirects: they mean nothing to another
    validators_since: datetime | None = None  # when a 200 last renewed them
    body_hash: str = ""  # of the last body that was read whole
    item_hashes: bytes = b""  # of its items
    interval_minutes: float = 0.0  # what the last poll settled on; 0 before the first
    failures: int = 0  # polls in a row that failed
    failing_since: datetime | None = None  # when that row began
    last_success: datetime | None = None  # None: its first successful poll is still to come
    hours: tuple[int, ...] = ()  # how many articles it brought of late in each hour of the day (UTC), () if unknown
    wishes: Wishes = Wishes()  # of the last document that was read
    moved: "Moved | None" = None  # a permanent redirect that is being watched


@dataclass(frozen=True, slots=True)
class Moved:
    """A permanent redirect, watched until it has earned trust."""

    to: str
    count: int  # how many valid feeds it has brought
    since: datetime  # when it was first seen


class FeedHealth(StrEnum):
    """How a feed is, in one word."""

    NEW = "new"
    OK = "ok"
    FAILING = "failing"
    DEAD = "dead"
    PAUSED = "paused"


@dataclass(frozen=True, slots=True)
class PollOutcome:
    """What one poll of one feed came to, before anything is decided about the next."""

    new: int = 0  # articles that no feed had shown before
    validators: bool = False  # whether the server gave an ETag or a Last-Modified
    asked_minutes: float = 0.0  # the wait that the answer's headers ask for
    wishes: Wishes | None = None  # of the document; None: none was read, they are as they were
    moved_to: str = ""  # where permanent redirects led
    error: str = ""  # one line for people; "" is success
    status: int | None = None  # the HTTP status of a failure, if there was an answer
    answered_by: str = ""  # the address that gave it, redirects followed
    unanswered: bool = False  # whether there was none: no name, no connection, or none in time
    rate_limited: bool = False  # 429, 503, or a 403 that limits the rate
    retry_after: timedelta | None = None  # as the server asked, held between 60 s and 24 h
    page: Literal["", "page", "wall"] = ""  # what came as a 200 instead of the feed: any page, or one that holds us up
    gap: bool = False  # whether no item of the last poll is still there: some may have come and gone between


@dataclass(frozen=True, slots=True)
class PollPlan:
    """What a poll's outcome means for the next one: decided by `schedule`, written by `store`."""

    next_poll: datetime | None  # None: never again (410)
    interval_minutes: float
    health: FeedHealth
    failures: int = 0
    failing_since: datetime | None = None
    hold_host: str = ""  # an address: nothing goes to its host before the next
    hold_host_until: datetime | None = None
    moved: Moved | None = None
    new_address: str = ""  # the redirect's target, once it has earned trust
    error: str = ""  # one line for people, "" after success
    unanswered: bool = False  # whether the server said nothing
    blocked: bool = False  # whether a page is served in the feed's place
    gap: bool = False  # whether items may have come and gone since the last success


@dataclass(frozen=True, slots=True)
class FeedReport:
    """A feed as `feed list` tells it."""

    id: int
    feed: Feed
    title: str
    health: FeedHealth
    last_success: datetime | None
    last_error: str
    next_poll: datetime | None
    interval_minutes: float
    articles: int
    failing_since: datetime | None = None
    failures: int = 0  # polls in a row that failed
    blocked: bool = False  # whether a page is served in its place
    silence: str = ""  # in words, where nothing new came for longer than its rhythm explains
    moved_to: str = ""  # where it moved for good, "" if it did not
    moved_at: datetime | None = None  # when that was trusted
    gap: tuple[datetime, datetime] | None = None  # the last two polls between which items may have come and gone
    read_whole: bool = False  # whether its known items are not cut out any more


@dataclass(frozen=True, slots=True)
class FeedNote:
    """Something to be known of a feed."""

    kind: str  # "ended", "failing", "blocked", "silent", "moved", "gap", "unverified", "whole": a word of our own
    words: str


# ---------------------------------------------------------------- judging


class Evidence(NamedTuple):  # a tuple, because one is made for each signal, article and topic
    """One signal's say in a judgement."""

    signal: str  # its name in `matching.signals.SIGNALS`
    value: float  # what it measured, 0–1
    weight: float  # how much that counts
    why: str  # in words, naming what the article itself says


@dataclass(frozen=True, slots=True)
class Judgement:
    """How one document stands to one topic."""

    topic: str
    score: float  # 0–100: from 50 the seed's story, from 75 its very event
    chance: float  # 0–1: that a reader would want it
    why: tuple[str, ...]  # the terms of the why line, strongest first
    evidence: tuple[Evidence, ...]
    filtered: str  # which filter stopped it, in words; "" if none
    judged_by: str  # matcher version and profile fingerprint
    quote: str = ""  # one or two whole sentences of the document, nearest to the seed


# ---------------------------------------------------------------- articles and stories


@dataclass(frozen=True, slots=True)
class Item:
    """An entry with its identity."""

    entry: Entry
    keys: tuple[str, ...]  # strongest first: guid in its feed, canonical link, title and text
    told: str  # fingerprint of its title and text


@dataclass(frozen=True, slots=True)
class Draft:
    """An article that no feed has shown before, on its way into the database."""

    item: Item
    document: Document  # what was judged: with the page's text where that was read
    published: datetime  # corrected: absent, future and absurd dates are first seen
    baseline: bool  # stored and judged, but never announced
    judgements: tuple[Judgement, ...] = ()
    caught_up: bool = False  # of its feed's first poll: it may be news, but is never an alert
    words: Mapping[str, tuple[float, float]] | None = None  # by which it is grouped: `matching.telling_words`


@dataclass(frozen=True, slots=True)
class Update:
    """A known article that its feed now tells otherwise."""

    article_id: int
    item: Item
    document: Document
    judgements: tuple[Judgement, ...] = ()


@dataclass(frozen=True, slots=True)
class Wording:
    """What an article says, or said before it was changed."""

    title: str
    text: str


@dataclass(frozen=True, slots=True)
class Change:
    """What a story says now and did not when somebody was told of it."""

    article_id: int  # the article that says it
    said: str  # names the change, so that nobody is told of it twice
    sentence: str = ""  # the new one, whole, as the article has it
    was: str = ""  # the headline before, where it is another one now


@dataclass(frozen=True, slots=True)
class Had:
    """How far a recipient has been told of a story."""

    article: int  # articles up to this id were there
    version: int  # versions up to this id had been replaced already
    said: frozenset[str] = frozenset()  # the changes that it was told of since


@dataclass(frozen=True, slots=True)
class Sighting:
    """That a feed showed an article."""

    feed: str  # the feed's title, or its address
    url: str  # the link that this feed gave
    at: datetime


@dataclass(frozen=True, slots=True)
class Match:
    """A stored judgement with its article, as lists and digests read it."""

    id: str
    topic: str
    article_id: int
    story: str  # id of its story within the topic
    url: str
    title: str
    text: str
    source: str  # title of the feed that showed it first; of a search, the publisher that it named
    language: str
    published: datetime
    first_seen: datetime
    judgement: Judgement
    baseline: bool
    also: tuple[Sighting, ...] = ()  # other feeds that showed it, in order of appearance
    rank: int = 0  # of the feed that showed it first: those that were configured earlier have less


MuteKind = Literal["story", "source"]


@dataclass(frozen=True, slots=True)
class Mute:
    """One thing that a recipient does not want to hear of."""

    kind: MuteKind
    about: int  # an article of the story, or the feed
    name: str  # headline of the story, or name of the source
    since: datetime
    until: datetime | None  # None: until it is undone

    @property
    def end(self) -> str:
        """Return in words until when it is muted."""
        return f"until {self.until:%Y-%m-%d %H:%M} UTC" if self.until else "until that is undone"

    @property
    def words(self) -> str:
        """Return in words what is muted, and until when."""
        return f"the {self.kind} “{self.name}” {self.end}"


@dataclass(frozen=True, slots=True)
class Muted:
    """All that a recipient does not want to hear of at a moment."""

    stories: frozenset[str] = frozenset()  # ids
    sources: frozenset[str] = frozenset()  # as `Match.source` names them

    def hides(self, match: Match) -> bool:
        """Tell whether a match is of a muted story, or was told first by a muted source."""
        return match.story in self.stories or match.source in self.sources


@dataclass(frozen=True, slots=True)
class Loud:
    """A match of a story that may be an alert, in short."""

    article_id: int
    topic: str  # topic id
    story: str  # id of its story within the topic
    title: str
    alerts: bool  # it reaches the topic's `alert_at` itself, and no first poll brought it


@dataclass(frozen=True, slots=True)
class Appearance:
    """That an article of a topic's story appeared."""

    story: int  # the article that opened the story
    title: str
    at: datetime  # first seen; of what a first poll brought, published


@dataclass(frozen=True, slots=True)
class Pace:
    """How many stories a topic brings in a day, against the usual."""

    topic: str  # topic id
    stories: int  # in the last 24 hours
    usual: float | None  # in the same 24 hours of the weeks before; None: they are too few to tell
    weeks: int  # that were watched, of those that are looked back
    spike: bool = False  # far more than usual
    terms: tuple[str, ...] = ()  # of a spike: what its headlines hold that those before did not
    titles: tuple[str, ...] = ()  # of a spike: its latest headlines


@dataclass(frozen=True, slots=True)
class Original:
    """The article that another one copies."""

    title: str
    url: str
    source: str
    at: datetime  # when it was first seen


@dataclass(frozen=True, slots=True)
class Journey:
    """What became of one article under one topic."""

    url: str
    title: str
    baseline: bool
    judgement: Judgement | None  # None: it waits for being judged
    sightings: tuple[Sighting, ...]
    duplicate: bool  # asked for by an address that was folded into another article
    answer: bool | None = None  # whether a person wants it; None: nobody said
    text: str = ""
    copy_of: Original | None = None  # None: it is worded like no other


@dataclass(frozen=True, slots=True)
class Stored:
    """An article as it is stored, to be judged anew."""

    document: Document
    story: int  # the article that opened its story
    published: datetime


@dataclass(frozen=True, slots=True)
class Answer:
    """What a person said of one article under one topic, with the words that it was said of."""

    match: str  # id of the judgement, "" if there is none any more
    topic: str  # topic id
    document: Document
    wanted: bool
    at: datetime


# ---------------------------------------------------------------- digests and deliveries


@dataclass(frozen=True, slots=True)
class Summary:
    """What a language model made of an article: machine-made, and marked so wherever it is shown."""

    text: str  # one line
    language: str  # BCP 47, e.g. "en"


@dataclass(frozen=True, slots=True)
class Story:
    """One story as a digest tells it."""

    id: str
    topic: str  # topic id
    title: str
    url: str  # "" if the feed gave none
    source: str
    language: str  # "" if unknown
    published: datetime
    first_seen: datetime
    score: float
    why: str  # "Kim Myong Gil · Stockholm · working-level talks"
    quote: str  # whole sentences of the article, "" if it has none
    also: tuple[Sighting, ...] = ()  # who else reports it, in order of appearance
    articles: tuple[int, ...] = ()  # ids of the articles it folds
    lead: int = 0  # id of the article whose words these are
    answer_url: str = ""  # signed link by which the recipient answers it; "" without [server] public_url
    change: Change | None = None  # what is new in it, where its reader has had it before
    summary: Summary | None = None  # None without a language model


@dataclass(frozen=True, slots=True)
class Section:
    """A headed part of a digest."""

    name: str  # "New", "Just below your threshold" …; with several topics "New · TOPIC"
    stories: tuple[Story, ...]
    announced: bool = True  # False: shown for judging by, counts as nothing


@dataclass(frozen=True, slots=True)
class SourceHealth:
    """How the feeds are, for a digest's footer."""

    healthy: int
    total: int
    troubles: tuple[str, ...] = ()  # one line each: "Yonhap: HTTP 503; silent for 9 days, usually 40 a day"


@dataclass(frozen=True, slots=True)
class Digest:
    """What one recipient is told at one slot, before it is rendered."""

    recipient: Recipient
    topic_titles: tuple[str, ...]
    slot: str  # names the slot for ever: "2026-11-22T08:30" in the recipient's zone, "first", "manual-…"
    window: tuple[datetime, datetime]  # by first-seen time
    sections: tuple[Section, ...]
    more: int  # announced stories that the cap left for next time
    articles: int  # articles behind the stories told
    sources: int  # distinct sources behind them
    next_digest: datetime | None
    health: SourceHealth
    first: bool = False  # headed "Catching up"
    sign_of_life: bool = False  # sent because nothing was for a week
    told: tuple[str, ...] = ()  # ids of the stories that count as had by it, also those told under another topic
    kind: Literal["digest", "alert"] = "digest"  # an alert tells one story, at once
    spikes: tuple[str, ...] = ()  # lines about topics that bring far more than usual
    left: tuple[int, ...] = ()  # ids of the articles that the cap left for later
    muted: tuple[str, ...] = ()  # what its recipient muted, in words
    updates: tuple[tuple[str, str], ...] = ()  # ids of the stories it tells on, each with what names the change


@dataclass(frozen=True, slots=True)
class Rendered:
    """A digest in words."""

    subject: str  # one line, at most 200 characters
    text: str
    html: str


@dataclass(frozen=True, slots=True)
class Notice:
    """A message that is no digest: trouble for the operator, or a test."""

    subject: str  # one line
    lines: tuple[str, ...]  # paragraphs of plain text


@dataclass(frozen=True, slots=True)
class Envelope:
    """What a message bears beside its words: fixed when it is frozen, the same at every attempt."""

    sender: str  # "Name <address>"
    to: str  # an e-mail address, or a name where the channel knows no addresses
    message_id: str  # in its angle brackets
    date: datetime
    list_id: str  # stable per recipient (RFC 2919), without brackets
    unsubscribe_url: str = ""  # POST to it stops the messages (RFC 8058); "" without [server] public_url
    threaded: bool = False  # whether the channel can thread: a Slack token can, a Slack webhook cannot
    threads: Mapping[str, "Thread"] = field(default_factory=dict)  # where its stories were told first, by their ids


@dataclass(frozen=True, slots=True)
class Thread:
    """The message in which a reader was told of a story first: what comes of it later goes on from there."""

    message_id: str  # in its angle brackets
    mark: str = ""  # what the channel noted of its first post, "" if nothing


@dataclass(frozen=True, slots=True)
class AddressReport:
    """How one address of a recipient is."""

    address: str
    bounces: int  # hard bounces in a row
    off: str  # why nothing goes there any more, "" if it is open


@dataclass(frozen=True, slots=True)
class RecipientReport:
    """How a recipient is reached."""

    id: str
    paused: bool  # by hand
    addresses: tuple[AddressReport, ...]

    @property
    def open(self) -> tuple[str, ...]:
        """Return the addresses that messages go to now."""
        return () if self.paused else tuple(each.address for each in self.addresses if not each.off)


@dataclass(frozen=True, slots=True)
class Trouble:
    """Something that needs a person."""

    key: str  # names it for ever: "feeds silent", "off desk desk@example.org"
    words: str  # one line: what, since when, and what to do
    about: str = ""  # the recipient that it keeps from being reached, "" if none


class DeliveryState(StrEnum):
    """Where a message stands in the outbox."""

    WAITING = "waiting"
    SENDING = "sending"
    SENT = "sent"
    FAILED = "failed"
    UNCERTAIN = "uncertain"
    DROPPED = "dropped"


@dataclass(frozen=True, slots=True)
class Delivery:
    """One frozen message for one address: a row of the outbox."""

    id: str
    digest: str
    recipient: str
    channel: str
    address: str
    state: DeliveryState
    attempts: int
    next_attempt: datetime | None
    last_error: str
    message_id: str
    payload: bytes = field(repr=False, default=b"")  # the exact bytes of every attempt
    unsure: bool = False  # an earlier attempt may have arrived: its outcome was never learnt
    progress: tuple[str, ...] = ()  # of a message in several posts: what the channel noted of each that arrived


@dataclass(frozen=True, slots=True)
class DigestRecord:
    """A digest as `digest list` and `digest show` tell it."""

    id: str
    recipient: str
    topics: tuple[str, ...]
    slot: str
    created: datetime
    stories: int
    state: str
    subject: str
    sections: tuple[Mapping[str, Any], ...]  # as it was sent, in plain JSON
    told: tuple[str, ...] = ()  # ids of the stories that it announces
    updates: tuple[tuple[str, str], ...] = ()  # ids of the stories that it tells on, each with what names the change
    article: int = 0  # articles up to this id were there when it was made
    version: int = 0  # versions up to this id were replaced when it was made
    kind: str = "digest"  # or "alert", "again"
