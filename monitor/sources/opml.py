"""Reads and writes lists of feeds as OPML 2.0 (http://opml.org/spec2.opml).

listparser was tried first: it names no bad line, drops the language, loses feeds below 256 levels and takes quadratic
time on outlines that never close. An outline is a tag with attributes, so tags are all that is read here: no DTD, no
entity, no depth.
"""

from html import escape

from monitor.errors import ParseError
from monitor.model import Feed
from monitor.sources import contents, language
from monitor.sources.charset import decoded
from monitor.text.clean import clean
from monitor.text.markup import attributes, tags
from monitor.urls import web_link

MOST_BYTES = 5_000_000
MOST_FEEDS = 10_000
_TITLE_LIMIT = 200  # characters


def read(document: str | bytes) -> tuple[tuple[Feed, ...], tuple[str, ...]]:
    """Return the feeds of an OPML document, each address once, and one line for each outline that names none rightly.

    Raises ParseError if the document is no OPML, or longer than 5 MB. Of more than 10,000 feeds the first are kept.
    """
    body = document.encode("utf-8", "replace") if isinstance(document, str) else document
    if len(body) > MOST_BYTES:
        raise ParseError(f"an OPML list of {len(body):,} bytes: at most {MOST_BYTES:,} are read")
    if "opml" not in contents.elements(body[: contents.HEAD]):
        raise ParseError(f"not an OPML list but {contents.describe(body, {})}")
    return _outlines(decoded(body, {}))


def write(feeds: tuple[Feed, ...], title: str) -> str:
    """Return the feeds as an OPML 2.0 document; names, passwords and topics stay out of it."""
    lines = (
        '<?xml version="1.0" encoding="UTF-8"?>',
        '<opml version="2.0">',
        f"  <head><title>{escape(clean(title, _TITLE_LIMIT))}</title></head>",
        "  <body>",
        *(f"    {_outline(feed)}" for feed in feeds),
        "  </body>",
        "</opml>",
        "",
    )
    return "\n".join(lines)


def _outlines(text: str) -> tuple[tuple[Feed, ...], tuple[str, ...]]:
    feeds: dict[str, Feed] = {}
    problems: list[str] = []
    for number, (_, name, written) in enumerate(tags(text), start=1):
        given = attributes(written) if name == "outline" else {}
        if "xmlurl" not in given and given.get("type", "").lower() not in ("rss", "atom"):
            continue
        feed = _feed(given)
        if feed is None:
            problems.append(f"{_named(given, number)}: {_shown(given.get('xmlurl', ''))} is no http(s) address")
        elif len(feeds) >= MOST_FEEDS:
            problems.append(f"more than {MOST_FEEDS:,} feeds: the rest was left out")
            break
        else:
            feeds.setdefault(feed.url, feed)
    return tuple(feeds.values()), tuple(problems)


def _feed(given: dict[str, str]) -> Feed | None:
    url = web_link(given.get("xmlurl", ""))
    title = clean(given.get("title") or given.get("text", ""), _TITLE_LIMIT)
    return Feed(url=url, title=title, language=language.tag(given.get("language"))) if url else None


def _named(given: dict[str, str], number: int) -> str:
    title = clean(given.get("title") or given.get("text", ""), 60)
    return f"outline “{title}”" if title else f"the outline at tag {number}"


def _shown(address: str) -> str:
    return f"“{clean(address, 100)}”" if address.strip() else "an empty xmlUrl"


def _outline(feed: Feed) -> str:
    title = clean(feed.title, _TITLE_LIMIT) or feed.url
    given = {"type": "rss", "text": title, "title": title, "xmlUrl": feed.url, "language": feed.language}
    written = " ".join(f'{name}="{escape(value)}"' for name, value in given.items() if value)
    return f"<outline {written}/>"
