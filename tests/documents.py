"""Feed documents of every format, made of the same items."""

import json
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from xml.sax.saxutils import escape

TALKS = (
    "The working-level nuclear talks between the United States and North Korea in Stockholm broke off on Saturday. "
    "Kim Myong Gil, the chief North Korean negotiator, blamed his American counterparts; the deadline stands."
)
SEED = (
    "Nuclear talks in Stockholm broke off\n\n"
    "Working-level talks between the United States and North Korea broke off in Stockholm within hours on Saturday. "
    "Kim Myong Gil, the chief North Korean negotiator, blamed the American side for coming without proposals.\n\n"
    "Washington said that it had brought creative ideas and accepted an invitation of Sweden to return in two weeks. "
    "Pyongyang, which tested a submarine-launched ballistic missile days before, has set a deadline at the end of the "
    "year. Denuclearization is no closer than after the summits of Donald Trump and Kim Jong Un."
)
OTHER = (
    "Voters in the harbour town chose a new mayor on Sunday after a campaign about buses, bicycle lanes and the price "
    "of housing near the old docks; the count went on until late in the evening and was not disputed by anyone."
)


@dataclass(frozen=True)
class Item:
    """An item as a publisher would tell it."""

    title: str
    text: str
    link: str
    guid: str = ""
    published: datetime | None = None


def ago(**span: float) -> datetime:
    """Return a moment before this one."""
    return datetime.now(UTC) - timedelta(**span)


def talks(number: int, base: str = "https://paper.example", **span: float) -> Item:
    """Return an item that matches the seed; numbered ones are different articles."""
    return Item(
        title=f"North Korea talks in Stockholm, report {number}",
        text=f"{TALKS} Envoys of both sides spoke of round {number} and of what Washington may offer next.",
        link=f"{base}/talks/{number}",
        guid=f"talks-{number}",
        published=ago(**(span or {"hours": 2 + number})),
    )


def other(number: int, base: str = "https://paper.example") -> Item:
    """Return an item that has nothing to do with the seed."""
    return Item(
        f"A new mayor for harbour town {number}",
        f"{OTHER} ({number})",
        f"{base}/town/{number}",
        f"town-{number}",
        ago(hours=3),
    )


def rss(items: list[Item], title: str = "Daily Paper") -> str:
    """Return an RSS 2.0 document."""
    body = "".join(
        f"<item><title>{escape(i.title)}</title><link>{escape(i.link)}</link>"
        f"<description>{escape(i.text)}</description>"
        + (f"<guid isPermaLink='false'>{escape(i.guid)}</guid>" if i.guid else "")
        + (f"<pubDate>{format_datetime(i.published)}</pubDate>" if i.published else "")
        + "</item>"
        for i in items
    )
    return (
        f"<?xml version='1.0' encoding='UTF-8'?><rss version='2.0'><channel><title>{escape(title)}</title>"
        f"<link>https://paper.example/</link><description>News</description>{body}</channel></rss>"
    )


def atom(items: list[Item], title: str = "Atomic News") -> str:
    """Return an Atom 1.0 document."""
    body = "".join(
        f"<entry><title>{escape(i.title)}</title><link href='{escape(i.link)}'/><id>urn:{escape(i.guid or i.link)}</id>"
        f"<summary>{escape(i.text)}</summary>"
        + (
            f"<published>{i.published.isoformat()}</published><updated>{i.published.isoformat()}</updated>"
            if i.published
            else ""
        )
        + "</entry>"
        for i in items
    )
    return f"<?xml version='1.0'?><feed xmlns='http://www.w3.org/2005/Atom'><title>{escape(title)}</title><id>urn:f</id>{body}</feed>"


def rdf(items: list[Item], title: str = "World in RDF") -> str:
    """Return an RSS 1.0 document."""
    body = "".join(
        f"<item rdf:about='{escape(i.link)}'><title>{escape(i.title)}</title><link>{escape(i.link)}</link>"
        f"<description>{escape(i.text)}</description>"
        + (f"<dc:date>{i.published.isoformat()}</dc:date>" if i.published else "")
        + "</item>"
        for i in items
    )
    return (
        "<?xml version='1.0'?><rdf:RDF xmlns:rdf='http://www.w3.org/1999/02/22-rdf-syntax-ns#' "
        "xmlns='http://purl.org/rss/1.0/' xmlns:dc='http://purl.org/dc/elements/1.1/'>"
        f"<channel rdf:about='https://rdf.example/'><title>{escape(title)}</title></channel>{body}</rdf:RDF>"
    )


def jsonfeed(items: list[Item], title: str = "Feed in JSON") -> str:
    """Return a JSON Feed 1.1 document."""
    entries = [
        {"id": i.guid or i.link, "url": i.link, "title": i.title, "content_text": i.text}
        | ({"date_published": i.published.isoformat()} if i.published else {})
        for i in items
    ]
    return json.dumps({"version": "https://jsonfeed.org/version/1.1", "title": title, "items": entries})


def sitemap(items: list[Item], title: str = "Paper with a sitemap", language: str = "en") -> str:
    """Return a news sitemap."""
    urls = "".join(
        f"<url><loc>{escape(i.link)}</loc><news:news><news:publication><news:name>{escape(title)}</news:name>"
        f"<news:language>{language}</news:language></news:publication>"
        + (f"<news:publication_date>{i.published.isoformat()}</news:publication_date>" if i.published else "")
        + f"<news:title>{escape(i.title)}</news:title></news:news></url>"
        for i in items
    )
    return (
        "<?xml version='1.0' encoding='UTF-8'?><urlset xmlns='http://www.sitemaps.org/schemas/sitemap/0.9' "
        f"xmlns:news='http://www.google.com/schemas/sitemap-news/0.9'>{urls}</urlset>"
    )
