"""Makes entries out of what feeds of any format say, by one set of rules."""

from datetime import datetime
from hashlib import sha256

from monitor.model import Entry
from monitor.sources import language
from monitor.text.clean import TEXT_LIMIT, clean

_GUID_LIMIT = 1_000  # characters; a longer one is replaced by its hash, never cut
_RAW_DATE_LIMIT = 100
_MADE_TITLE_LIMIT = 100


def entry(
    guid: str,
    url: str,
    title: str,
    text: str,
    published: datetime | None,
    written: str,
    spoken: str,
    publisher: str = "",
    publisher_url: str = "",
) -> Entry | None:
    """Return an entry, or None for an item that says nothing: no title, no text, no link.

    `url`, `title` and `text` are clean already; `written` and `spoken` are date and language as the feed wrote them.
    Without a title the first words of the text stand for it, else the address.
    """
    title = title or clean(text[: 4 * _MADE_TITLE_LIMIT], _MADE_TITLE_LIMIT) or url
    if not title:
        return None
    return Entry(
        guid=_guid(guid),
        url=url,
        title=title,
        text=text,
        published=published,
        published_raw=clean(written, _RAW_DATE_LIMIT),
        language=language.tag(spoken),
        publisher=publisher,
        publisher_url=publisher_url,
    )


def longer(one: str, other: str) -> str:
    """Return the longer of two texts, the first if they are equally long, within the limit of an entry's text."""
    return (other if len(other) > len(one) else one)[:TEXT_LIMIT]


def _guid(given: str) -> str:
    plain = clean(given, 20 * _GUID_LIMIT)
    return plain if len(plain) <= _GUID_LIMIT else "sha256:" + sha256(given.encode("utf-8", "replace")).hexdigest()
