"""Each topic's matches as a feed, at an address that holds a token: feed readers know no log-in."""

from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from email.utils import format_datetime, parsedate_to_datetime
from hashlib import sha256

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response

from monitor import tokens
from monitor.digest import syndication
from monitor.errors import TokenError
from monitor.model import Match, Topic
from monitor.store import articles
from monitor.store.database import Database
from monitor.web.pages import page

ENTRIES = 50  # the newest
Write = Callable[[Topic, Sequence[Match], str], bytes]
FORMS: dict[str, tuple[str, Write]] = {  # last part of the address → media type, how it is written
    "atom.xml": ("application/atom+xml; charset=utf-8", syndication.atom),
    "feed.json": ("application/feed+json", syndication.json_feed),
}


class Feeds:
    """The feeds of all topics."""

    def __init__(
        self, db: Database, topics: Sequence[Topic], secret: bytes, clock: Callable[[], datetime], public_url: str
    ) -> None:
        self._db = db
        self._topics = {topic.id: topic for topic in topics}
        self._secret = secret
        self._clock = clock
        self._public_url = public_url
        self._changed: dict[str, tuple[str, datetime]] = {}  # by address: the last ETag, and since when

    async def answer(self, request: Request) -> Response:
        """Answer with the feed, or with 304 where the reader has it."""
        token, name = request.path_params["token"], request.path_params["name"]
        try:
            (topic_id,) = tokens.verify(self._secret, token, purpose=tokens.FEED, now=self._clock())
        except TokenError:
            return _words(403, "This address does not work", "monitor topic show tells the right one.")
        if name not in FORMS:
            return _words(404, "Not here", f"There are {' and '.join(FORMS)}.")
        topic = self._topics.get(topic_id)
        if topic is None:
            return _words(410, "Nothing to tell", "This topic is not followed any more.")
        kind, write = FORMS[name]
        found = await run_in_threadpool(self._matches, topic)
        address = f"{tokens.feed_link(self._public_url, self._secret, topic.id)}/{name}"
        body = write(topic, found, address if self._public_url else str(request.url.replace(query="")))
        etag, since = self._validators(request.url.path, body)
        headers = {
            "ETag": etag,
            "Last-Modified": format_datetime(since, usegmt=True),
            "Cache-Control": "private, no-cache",
        }
        if _has(request, etag, since):
            return Response(status_code=304, headers=headers)
        return Response(body, media_type=kind, headers=headers)

    def _matches(self, topic: Topic) -> list[Match]:
        return articles.matches(self._db, {topic.id: topic.digest_at}, limit=ENTRIES, baseline=False)

    def _validators(self, path: str, body: bytes) -> tuple[str, datetime]:
        """Return the tag of a feed's bytes, and the moment since when it has been this one here."""
        etag = f'"{sha256(body).hexdigest()[:32]}"'
        if self._changed.get(path, ("",))[0] != etag:
            self._changed[path] = (etag, self._clock().astimezone(UTC).replace(microsecond=0))
        return self._changed[path]


def _has(request: Request, etag: str, since: datetime) -> bool:
    """Tell whether the reader has it already: by the tag if it names one, else by the date (RFC 9110, 13.2.2)."""
    tags = request.headers.get("if-none-match")
    if tags is not None:
        return tags.strip() == "*" or etag in (tag.strip().removeprefix("W/") for tag in tags.split(","))
    try:
        known = parsedate_to_datetime(request.headers.get("if-modified-since", ""))
        return since <= known
    except (ValueError, TypeError):  # no date, or one without a zone
        return False


def _words(status: int, heading: str, line: str) -> Response:
    return page("words.html", status, heading=heading, lines=[line])
