"""The tables. Rows never leave `store/`: they become the nouns of `monitor.model` first."""

from datetime import UTC, datetime
from typing import Any

from sqlalchemy import (
    JSON,
    BigInteger,
    Column,
    DateTime,
    Dialect,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    Text,
    UniqueConstraint,
)
from sqlalchemy.types import TypeDecorator
from sqlmodel import Field, SQLModel

NAMING = {
    "ix": "ix_%(table_name)s_%(column_0_name)s",
    "uq": "uq_%(table_name)s_%(column_0_name)s",
    "pk": "pk_%(table_name)s",
}
METADATA = SQLModel.metadata
METADATA.naming_convention = NAMING


class UtcDateTime(TypeDecorator[datetime]):
    """Keeps moments in UTC and hands them back aware; a naive one is refused."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Return the moment in UTC; raise ValueError for a naive one."""
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError(f"a moment without a time zone can't be stored: {value!r}")
        return value.astimezone(UTC)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Return the moment, aware."""
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


def _moment(**options: Any) -> Any:
    return Field(sa_type=UtcDateTime, **options)


BIG_KEY = BigInteger().with_variant(Integer, "sqlite")  # SQLite counts up only on INTEGER PRIMARY KEY


def _key() -> Any:
    return Field(default=None, sa_column=Column(BIG_KEY, primary_key=True, autoincrement=True))


def _long(default: Any = "") -> Any:
    return Field(default=default, sa_type=Text)


def _json() -> Any:
    return Field(default_factory=list, sa_type=JSON)


class FeedRow(SQLModel, table=True):
    """A feed that is or was in the configuration, and what its polls left."""

    __tablename__ = "feed"

    id: int | None = _key()
    url: str = Field(sa_type=Text, unique=True)  # as configured: names it for ever
    address: str = _long()  # where it moved for good; "" is `url`
    title: str = _long()  # the person's name for it, else its own
    configured: bool = True  # False once it left the configuration: kept for its articles, never polled
    paused: bool = False
    added_at: datetime = _moment()
    etag: str = _long()
    last_modified: str = _long()
    validators_at: str = _long()  # the address that gave them; "" of an earlier version, which did not keep it
    validators_since: datetime | None = _moment(default=None)
    body_hash: str = ""
    item_hashes: bytes = Field(default=b"", sa_type=LargeBinary)
    interval_minutes: float = 0.0
    health: str = "new"
    failures: int = 0
    failing_since: datetime | None = _moment(default=None)
    last_error: str = _long()
    unanswered: bool = False  # the server said nothing at the last poll
    last_success: datetime | None = _moment(default=None)
    polled_at: datetime | None = _moment(default=None)  # the start of the last poll, also of one that died
    next_poll: datetime | None = _moment(default=None, index=True)  # None: never again
    moved_to: str = _long()
    moved_count: int = 0
    moved_since: datetime | None = _moment(default=None)
    blocked: bool = False  # a page is served in its place
    gap_from: datetime | None = _moment(default=None)  # the last polls between which items may have come and gone
    gap_until: datetime | None = _moment(default=None)
    hours: list[int] = _json()  # articles of late by hour of the day, UTC
    asked_minutes: float = 0.0  # what its last document asked: the wait between two polls, and when not to poll
    skip_hours: list[int] = _json()
    skip_days: list[int] = _json()


class HostRow(SQLModel, table=True):
    """A host that asked for rest."""

    __tablename__ = "host"

    name: str = Field(primary_key=True)  # a registrable domain, or an IP address with its port
    hold_until: datetime = _moment()


class ArticleRow(SQLModel, table=True):
    """An article, one through all its feeds."""

    __tablename__ = "article"

    id: int | None = _key()
    feed_id: int = Field(foreign_key="feed.id", index=True, sa_type=BigInteger)  # who showed it first
    url: str = _long()
    title: str = _long()
    text: str = _long()
    language: str = ""
    published: datetime = _moment()  # corrected against the clock
    published_raw: str = ""  # as the feed wrote it
    first_seen: datetime = _moment(index=True)
    updated_at: datetime | None = _moment(default=None)
    baseline: bool = False  # it was there before anybody looked: never announced
    caught_up: bool = False  # of its feed's first poll: never an alert
    publisher: str = _long()  # who published it, where a search showed it first; else ""


class ArticleKeyRow(SQLModel, table=True):
    """One identity of an article: a guid in its feed, a canonical link, a title and text."""

    __tablename__ = "article_key"

    key: str = Field(primary_key=True, max_length=32)
    article_id: int = Field(foreign_key="article.id", index=True, sa_type=BigInteger)


class SightingRow(SQLModel, table=True):
    """That a feed shows an article."""

    __tablename__ = "sighting"
    __table_args__ = (Index("ix_sighting_feed_id_at", "feed_id", "at"),)

    article_id: int = Field(foreign_key="article.id", primary_key=True, sa_type=BigInteger)
    feed_id: int = Field(foreign_key="feed.id", primary_key=True, index=True, sa_type=BigInteger)
    url: str = _long()  # the link that this feed gave
    told: str = ""  # fingerprint of what this feed told of it last
    at: datetime = _moment()


class VersionRow(SQLModel, table=True):
    """What an article said until it was told otherwise."""

    __tablename__ = "version"
    __table_args__ = {"sqlite_autoincrement": True}  # no id comes twice, also when the newest is pruned

    id: int | None = _key()  # counts up: later ones were replaced later, whatever a clock says
    article_id: int = Field(foreign_key="article.id", index=True, sa_type=BigInteger)
    title: str = _long()
    text: str = _long()
    until: datetime = _moment()


class VectorRow(SQLModel, table=True):
    """What an encoder made of an article's gist, as it stands now."""

    __tablename__ = "vector"

    article_id: int = Field(
        sa_column=Column(BigInteger, ForeignKey("article.id"), primary_key=True, autoincrement=False)
    )
    encoder: str = _long()  # its name
    vector: bytes = Field(sa_type=LargeBinary)


class StoryPartRow(SQLModel, table=True):
    """Which story an article belongs to, whatever the topic, and what it weighs there while the window is open."""

    __tablename__ = "story_part"

    article_id: int = Field(
        sa_column=Column(BigInteger, ForeignKey("article.id"), primary_key=True, autoincrement=False)
    )
    story: int = Field(index=True, sa_type=BigInteger)  # the article that opened it
    copy_of: int | None = Field(default=None, sa_type=BigInteger)  # the article whose near-copy it is
    words: bytes = Field(default=b"", sa_type=LargeBinary)  # uint32 of each, then its weight as float32
    signature: bytes = Field(default=b"", sa_type=LargeBinary)  # uint32 each


class StoryMergeRow(SQLModel, table=True):
    """That a story went into another; what a recipient has had of it counts for that one."""

    __tablename__ = "story_merge"

    id: int | None = _key()
    gone: int = Field(index=True, unique=True, sa_type=BigInteger)
    into: int = Field(index=True, sa_type=BigInteger)  # a story that stands: renewed when this one goes into another
    at: datetime = _moment()


class JudgementRow(SQLModel, table=True):
    """How an article stands to a topic."""

    __tablename__ = "judgement"
    __table_args__ = (UniqueConstraint("topic", "article_id"), Index("ix_judgement_topic_score", "topic", "score"))

    id: int | None = _key()
    topic: str
    article_id: int = Field(foreign_key="article.id", index=True, sa_type=BigInteger)
    story: int = Field(index=True, sa_type=BigInteger)  # the article that opened its story
    score: float
    chance: float
    filtered: str = _long()
    why: list[str] = _json()
    evidence: list[Any] = _json()  # [signal, value, weight, why] each
    quote: str = _long()
    judged_by: str
    judged_at: datetime = _moment()


class FeedbackRow(SQLModel, table=True):
    """What a person said of an article under a topic, with the words that it was said of: these outlive retention."""

    __tablename__ = "feedback"

    topic: str = Field(primary_key=True)
    article_id: int = Field(foreign_key="article.id", primary_key=True, index=True, sa_type=BigInteger)
    wanted: bool
    at: datetime = _moment()
    title: str = _long()
    text: str = _long()
    language: str = ""
    url: str = _long()
    source: str = _long()
    vector: bytes = Field(default=b"", sa_type=LargeBinary)  # as `Document.vector` has it


class RecipientRow(SQLModel, table=True):
    """What has been settled for a recipient: its slots up to `settled`."""

    __tablename__ = "recipient"

    id: str = Field(primary_key=True)
    settled: datetime | None = _moment(default=None)  # None: its first digest is still to come
    told_until: datetime | None = _moment(default=None)  # end of the last digest's window
    told_article: int | None = Field(default=None, sa_type=BigInteger)  # articles up to this id are dealt with
    paused: bool = False  # by hand: nothing is made or sent until it is resumed
    heard: datetime | None = _moment(default=None)  # its last digest; before the first, when its slots began


class AddressRow(SQLModel, table=True):
    """How one address of a recipient has fared."""

    __tablename__ = "address"

    recipient: str = Field(primary_key=True)
    address: str = Field(primary_key=True, sa_type=Text)
    bounces: int = 0  # hard ones, in a row
    off: str = _long()  # why nothing goes there any more, "" if it is open
    last_error: str = _long()


class DigestRow(SQLModel, table=True):
    """One digest for one recipient and slot."""

    __tablename__ = "digest"
    __table_args__ = (UniqueConstraint("recipient", "slot"),)

    id: int | None = _key()
    recipient: str
    slot: str
    created: datetime = _moment()
    topics: list[str] = _json()
    subject: str = _long()
    stories: int = 0
    sections: list[Any] = _json()  # as told, for `digest show`
    kind: str = "digest"  # or "again" (sent once more by hand), "notice" (to the operator), "alert"
    told: list[str] = _json()  # ids of the stories that it announces; given back when every message of it failed
    updates: list[Any] = _json()  # [story id, name of the change] each: what it tells of stories that were told before
    article: int = Field(default=0, sa_type=BigInteger)  # articles up to this id were there when it was made
    version: int = Field(default=0, sa_type=BigInteger)  # versions up to this id were replaced when it was made


class DeliveryRow(SQLModel, table=True):
    """The outbox: one frozen message for one address."""

    __tablename__ = "delivery"
    __table_args__ = (UniqueConstraint("digest_id", "address"),)

    id: int | None = _key()
    digest_id: int = Field(foreign_key="digest.id", sa_type=BigInteger)
    recipient: str
    channel: str
    address: str = _long()
    state: str = Field(default="waiting", index=True)
    attempts: int = 0
    next_attempt: datetime | None = _moment(default=None)
    leased_until: datetime | None = _moment(default=None)
    last_error: str = _long()
    message_id: str = Field(sa_type=Text, unique=True)
    date: datetime = _moment()
    unsure: bool = False  # an earlier attempt may have arrived
    progress: list[str] = _json()  # what the channel noted of posts that arrived
    payload: bytes = Field(sa_type=LargeBinary)


class HadRow(SQLModel, table=True):
    """That a recipient has had something of a story."""

    __tablename__ = "had"

    recipient: str = Field(primary_key=True)
    topic: str = Field(primary_key=True)
    story: int = Field(primary_key=True, sa_type=BigInteger)
    digest_id: int = Field(foreign_key="digest.id", index=True, sa_type=BigInteger)


class MuteRow(SQLModel, table=True):
    """What a recipient does not want to hear of."""

    __tablename__ = "mute"

    recipient: str = Field(primary_key=True)
    kind: str = Field(primary_key=True)  # "story" or "source"
    about: int = Field(sa_column=Column(BigInteger, primary_key=True, autoincrement=False))  # an article of it, a feed
    name: str = _long()  # of a publisher that has no feed: `about` is made of it
    at: datetime = _moment()
    until: datetime | None = _moment(default=None)  # None: until it is undone


class HadChangeRow(SQLModel, table=True):
    """That a recipient has been told of a change in a story."""

    __tablename__ = "had_change"

    recipient: str = Field(primary_key=True)
    topic: str = Field(primary_key=True)
    story: int = Field(primary_key=True, sa_type=BigInteger)
    said: str = Field(primary_key=True)  # names the change
    digest_id: int = Field(foreign_key="digest.id", index=True, sa_type=BigInteger)


class SeedRow(SQLModel, table=True):
    """The text of a seed that is a page's address: fetched once, so that a story keeps its example."""

    __tablename__ = "seed"

    url: str = Field(primary_key=True)
    text: str = _long()
    fetched_at: datetime = _moment()


class SummaryRow(SQLModel, table=True):
    """What a language model said of an article's words, so that it is asked once."""

    __tablename__ = "summary"

    key: str = Field(primary_key=True)  # of the words, the language and the model
    text: str = _long()  # "" if it was no summary
    at: datetime = _moment()


class TroubleRow(SQLModel, table=True):
    """Something that needs a person, from its beginning to its end."""

    __tablename__ = "trouble"

    key: str = Field(primary_key=True)
    words: str = _long()
    since: datetime = _moment()
    told: datetime | None = _moment(default=None)  # when the operator's message was frozen


class SettingRow(SQLModel, table=True):
    """A value that the service keeps for itself: when it backed up last, the secret that signs links."""

    __tablename__ = "setting"

    key: str = Field(primary_key=True)
    value: str = _long()
