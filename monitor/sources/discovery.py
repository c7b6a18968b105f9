"""Finds the feeds of a site: those that its page names, else the usual addresses to try."""

import re
from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, datetime
from html import unescape
from itertools import islice
from operator import itemgetter
from urllib.parse import urlsplit

from monitor.model import FoundFeed
from monitor.sources import dates
from monitor.sources.charset import decoded
from monitor.text.clean import clean, plain
from monitor.text.markup import attributes, tags
from monitor.urls import canonical, domain, web_link

_NEVER = datetime.min.replace(tzinfo=UTC)
_READ = 1_000_000  # bytes of a page; feeds are named in its head or its footer
_MOST = 50  # feeds taken from one page
_TYPES = frozenset(
    {"application/rss+xml", "application/atom+xml", "application/rdf+xml", "application/feed+json", "text/rss+xml"}
    | {"application/x-rss+xml", "application/rss", "application/atom", "application/xml", "text/xml", "text/rss"}
    | {"application/x-atom+xml", "application/x.atom+xml", "application/rdf", "text/atom+xml", "text/rdf+xml"}
    | {"text/atom", "text/rdf"}
)
# An anchor's path that looks like a feed. "feedback" and "/about-rss/" do not; "/rss-feeds/" is a page that lists some.
_LOOKS_LIKE_A_FEED = re.compile(
    r"(?:^|/)(?:feeds?|rss|atom|rdf)(?:/|\.xml|\.php|\.aspx|$)|(?:\.|/)(?:rss|atom|rdf)(?:\.xml)?$"
    r"|(?:^|/)rss[\w-]*/\w|(?:rss|atom|feed)[\w-]*\.(?:xml|json|rdf)$|/index\.(?:xml|rdf)$",
    re.IGNORECASE,
)
_ASKS_FOR_A_FEED = re.compile(  # as WordPress, Joomla, Squarespace and TYPO3 do it
    r"(?:^|&)(?:feed=(?:rss2?|atom|rdf)|format=(?:feed|rss|atom)|type=100)(?:&|$)", re.IGNORECASE
)
_HOLDS_FEEDS = re.compile(r"(?:feeds?\d?|rss)\.", re.IGNORECASE)  # the beginning of a host: feeds2.feedburner.com
_CALLED_A_FEED = re.compile(r"(?:rss|atom)(?: \d\.\d)?(?: feeds?)?|feeds?", re.IGNORECASE)  # the words of an anchor
_HINTS = 5  # addresses of one page that are called a feed and look like none
_OF_COMMENTS = re.compile(r"/comments/|(?:^|&)feed=comments-", re.IGNORECASE)  # WordPress names one on every page
_CHOSEN = 2  # sitemaps of one index
_TRIED = 1_000  # addresses that are looked at to find them
_NEWS = re.compile(r"news(?!letter|room)", re.IGNORECASE)
_USUAL = (
    "feed",
    "rss",
    "rss.xml",
    "feed.xml",
    "atom.xml",
    "index.xml",
    "feed.json",
    "feeds/posts/default",
    "?feed=rss2",
    "?format=feed&type=rss",
    "blog-feed.xml",
)
_USUAL_SITEMAPS = ("news-sitemap.xml", "sitemap-news.xml", "sitemap.xml")


def find(body: bytes, url: str, headers: Mapping[str, str]) -> tuple[FoundFeed, ...]:
    """Return the feeds that the page at `url` names, absolute and each once, in its order, at most 50.

    Its `<link rel="alternate">` count; only where it has none, the anchors that look like feeds do. Feeds of comments
    are left out where there are others. An index of sitemaps names those that are for news by their address.
    """
    text = decoded(body[:_READ], headers)
    base = _base(text, url)
    return _once(_links(text, base)) or _once(_anchored(text, base)) or _once(_sitemaps(text, base))


def hints(body: bytes, url: str, headers: Mapping[str, str]) -> tuple[str, ...]:
    """Return the addresses that the page at `url` calls a feed in words, at most 5; whether they are is to be seen."""
    text = decoded(body[:_READ], headers)
    base = _base(text, url)
    called = (_address(href, base) for href, words in _anchors(text) if _CALLED_A_FEED.fullmatch(plain(words, 200)))
    return tuple(islice(dict.fromkeys(filter(None, called)), _HINTS))


def is_for_news(url: str) -> bool:
    """Tell whether a sitemap's address says that it lists news; those of everything else are many and long."""
    parts = urlsplit(url)
    return bool(_NEWS.search(f"{parts.path}?{parts.query}"))


def chosen(body: bytes, url: str, headers: Mapping[str, str]) -> tuple[str, ...]:
    """Return the two sitemaps to read of the index at `url`: the newest for news by their address, else the newest.

    An index speaks for its own site only, so others are left out. One that came by https does not lead to http.
    """
    listed = _listed(decoded(body, headers))
    news = filter(is_for_news, _of_its_site(filter(_NEWS.search, listed), url))
    return tuple(islice(news, _CHOSEN)) or tuple(islice(_of_its_site(listed, url), _CHOSEN))


def candidates(url: str) -> tuple[str, ...]:
    """Return the addresses at which a site usually keeps its feed, likeliest first, for a page that names none."""
    parts = urlsplit(web_link(url))
    if not parts.netloc:
        return ()
    site = f"{parts.scheme}://{parts.netloc}/"
    section = site + parts.path.strip("/")
    nearby = () if section == site else (f"{section}/feed", f"{section}/rss.xml")
    return (*nearby, *(site + name for name in _USUAL))


def sitemaps(url: str) -> tuple[str, ...]:
    """Return the addresses at which a site usually keeps its news sitemap or an index, where robots.txt names none."""
    root = web_link("/", url)
    return tuple(root + name for name in _USUAL_SITEMAPS) if root else ()


def _base(text: str, url: str) -> str:
    for _, name, written in tags(text):
        if name == "base" and "href" in (given := attributes(written)):
            return web_link(given["href"], url) or url
        if name == "body":
            break
    return url


def _links(text: str, base: str) -> Iterator[FoundFeed]:
    for _, name, written in tags(text):
        if name == "link":
            given = attributes(written)
            media = given.get("type", "").partition(";")[0].strip().lower()
            said = given.get("rel", "").lower().split()
            if "feed" in said or ("alternate" in said and _is_feed_type(media, given.get("href", ""), base)):
                yield _found(given.get("href", ""), base, clean(given.get("title", ""), 200), media)


def _is_feed_type(media: str, href: str, base: str) -> bool:
    # WordPress names its programming interface as application/json: only what is called a feed is one.
    called = media in ("", "text/plain") and _looks_like_a_feed(href, base)
    return media in _TYPES or called or (media == "application/json" and "feed" in href.lower())


def _looks_like_a_feed(href: str, base: str) -> bool:
    parts, host = urlsplit(_address(href, base)), urlsplit(base).netloc
    apart = parts.netloc != host and parts.path.strip("/") and _HOLDS_FEEDS.match(parts.netloc)
    return bool(apart or _LOOKS_LIKE_A_FEED.search(parts.path) or _ASKS_FOR_A_FEED.search(parts.query))


def _is_of_comments(url: str) -> bool:
    parts = urlsplit(url)
    return bool(_OF_COMMENTS.search(f"{parts.path}/") or _OF_COMMENTS.search(parts.query))


def _address(href: str, base: str) -> str:
    """Return where a link leads; `feed:` before it, or in the place of its scheme, is what some readers wanted."""
    if href[:7].lower() == "feed://":
        return web_link("http" + href[4:])
    return web_link(href[5:] if href[:5].lower() == "feed:" else href, base)


def _anchored(text: str, base: str) -> Iterator[FoundFeed]:
    anchors = _anchors(text)
    return (_found(href, base, plain(words, 200), "") for href, words in anchors if _looks_like_a_feed(href, base))


def _anchors(text: str) -> Iterator[tuple[str, str]]:
    """Yield where each anchor leads, as written, with the markup of its words."""
    href, words = "", ""
    for before, name, written in tags(text):
        words += before
        if name == "a":
            href, words = attributes(written).get("href", ""), ""
        elif name == "/a":
            if href:
                yield href, words
            href = ""


def _sitemaps(text: str, base: str) -> Iterator[FoundFeed]:
    return (FoundFeed(url, "", "") for each in _listed(text) if is_for_news(url := web_link(each, base)))


def _listed(text: str) -> list[str]:
    """Return the addresses of an index as written, of what changed last first, of equals the one named last."""
    listed: list[tuple[datetime, str]] = []  # when it changed, its address
    said: dict[str, str] = {}
    for before, name, _ in tags(text):
        local = name.rpartition(":")[2].removeprefix("/")
        if local in ("loc", "lastmod") and name.startswith("/"):
            said[local] = unescape(before).strip()
        elif local == "sitemap" and said:
            listed.append((dates.from_text(said.get("lastmod", "")) or _NEVER, said.get("loc", "")))
            said = {}
    newest_last = sorted(listed, key=itemgetter(0))
    return [url for _, url in reversed(newest_last)]


def _of_its_site(written: Iterable[str], index: str) -> Iterator[str]:
    """Yield the sitemaps of the index' own site, each once; of an endless list no more than its beginning is tried."""
    links = filter(None, (web_link(each, index) for each in islice(written, _TRIED)))
    own = (each for each in links if domain(each) == domain(index))
    secured = (f"https:{each.partition(':')[2]}" if index.startswith("https:") else each for each in own)
    return (each for each in dict.fromkeys(secured) if each != index)


def _found(href: str, base: str, title: str, media: str) -> FoundFeed:
    return FoundFeed(url=_address(href, base), title=title, type=media)


def _once(found: Iterable[FoundFeed]) -> tuple[FoundFeed, ...]:
    feeds: dict[str, FoundFeed] = {}
    for feed in found:
        if feed.url:
            feeds.setdefault(canonical(feed.url), feed)
        if len(feeds) == _MOST:
            break
    return tuple(feed for feed in feeds.values() if not _is_of_comments(feed.url)) or tuple(feeds.values())
