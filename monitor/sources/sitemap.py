"""Reads news sitemaps (https://developers.google.com/search/docs/crawling-indexing/sitemaps/news-sitemap).

They list what a site published in the last two days: address, title, moment, language, no text. What else a sitemap
lists is no news and left out. Tags are all that is read: no DTD, no entity of the document's own, no depth.
"""

import re
from collections.abc import Iterator, Mapping
from html import unescape

from monitor.model import Entry, ParsedFeed
from monitor.sources import contents, dates, language
from monitor.sources.charset import decoded
from monitor.sources.entries import entry
from monitor.text.clean import TITLE_LIMIT, clean, plain
from monitor.text.markup import tags
from monitor.urls import web_link

_NAMESPACE = "schemas/sitemap-news/"  # a site that had no news for two days names it, and lists nothing
_ENDS = re.compile(r"</(?:\w+:)?urlset\s*>|<(?:\w+:)?urlset[^<>]*/>", re.IGNORECASE)
_APART = frozenset(("image", "video"))  # with titles and addresses of their own


def recognises(body: bytes, headers: Mapping[str, str]) -> bool:
    """Tell whether a document is a sitemap, by the element it opens first."""
    return next(contents.elements(body[: contents.HEAD]), "") == "urlset"


def read(body: bytes, url: str, headers: Mapping[str, str]) -> ParsedFeed:
    """Return the news that the sitemap `body` lists, links resolved against `url`; raises NoFeedError if none can be.

    Of a document that broke off, the whole items are returned and `whole` is False.
    """
    text = decoded(body, headers)
    listed = [said for said in _listed(text) if "news" in said]
    if not listed and _NAMESPACE not in text:
        raise contents.no_feed(body, url, headers)
    first = listed[0] if listed else {}
    return ParsedFeed(
        title=plain(first.get("news name", ""), TITLE_LIMIT),
        format="sitemap-news",
        language=language.tag(clean(first.get("news language", ""), 20)),
        entries=tuple(filter(None, (_entry(said, url) for said in listed))),
        whole=bool(_ENDS.search(text)),
    )


def _listed(text: str) -> Iterator[dict[str, str]]:
    """Yield what each whole `url` says, as written: "loc", "lastmod", "news title" …, and "news" if it is news."""
    said: dict[str, str] = {}
    inside = ""
    for before, name, written in tags(text):
        closes, local = name.startswith("/"), name.rpartition(":")[2].removeprefix("/")
        if local == "url":
            if closes:
                yield said
            said, inside = {}, ""
        elif local == "news" or local in _APART:
            inside = "" if closes or written.endswith("/") else local
            said.setdefault(local, "")
        elif closes and inside not in _APART:
            said.setdefault(f"{inside} {local}".strip(), before)


def _entry(said: Mapping[str, str], base: str) -> Entry | None:
    written = unescape(said.get("news publication_date") or said.get("lastmod", "")).strip()
    link = web_link(unescape(said.get("loc", "")), base)
    return entry(
        guid=link,
        url=link,
        title=plain(said.get("news title", ""), TITLE_LIMIT),
        text="",
        published=dates.from_text(written),
        written=written,
        spoken=clean(said.get("news language", ""), 20),
    )
