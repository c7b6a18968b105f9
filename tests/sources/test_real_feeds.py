"""Reads each of the real feeds that lie beside the checkout, where they do."""

import json
import random
import re
import time
import warnings
from io import BytesIO
from pathlib import Path

import feedparser
import pytest

from monitor.model import ParsedFeed
from monitor.sources import cutting, document, kinds, sound
from monitor.sources.charset import decoded

SITE = Path(__file__).parents[3] / "shared" / "feeds" / "site"
FEEDS = sorted(SITE.glob("*.feed"))
DEADLINE = 20.0  # seconds

pytestmark = [
    pytest.mark.shared,
    pytest.mark.skipif(not FEEDS, reason="no real feeds beside the checkout (../shared/feeds/site)"),
]


def peer_finds_entries(body: bytes) -> bool:
    if body.lstrip(b"\xef\xbb\xbf \r\n").startswith(b"{"):
        return bool(json.JSONDecoder().raw_decode(body.decode("utf-8-sig").lstrip())[0].get("items"))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return bool(feedparser.parse(BytesIO(body), response_headers={"content-type": "application/xml"}).entries)


def timed(body: bytes) -> tuple[ParsedFeed, float]:
    began = time.process_time()
    feed = kinds.read(body, "https://feeds.example/feed", {"content-type": "application/xml"})
    return feed, time.process_time() - began


@pytest.mark.parametrize("path", FEEDS, ids=lambda path: path.stem)
def test_a_real_feed_is_read_in_time_and_has_entries_where_others_find_some(path: Path) -> None:
    body = path.read_bytes()
    feed, seconds = timed(body)
    assert seconds < DEADLINE
    assert feed.entries or not peer_finds_entries(body)
    assert all(entry.title and (entry.url or entry.guid or entry.text) for entry in feed.entries)


def test_what_is_new_reads_the_same_alone_as_in_its_feed() -> None:
    """Take two items for new and the others for known: field for field, feedparser finds the same."""
    cut = []
    for path in FEEDS:
        text, _ = document.whole_items(document.mended(decoded(path.read_bytes(), {})))
        whole = cutting.read(text)
        known = whole.hashes[:1] + whole.hashes[1 + 2 * 8 :]
        rest = cutting.read(text, known)
        assert not rest.wrong, path.name
        if rest.cut:
            assert sound.agree(rest.parsed, document.parsed(text), range(len(rest.parsed.entries))), path.name
            cut.append(path)
    assert len(cut) > 0.85 * len(FEEDS)


def test_sound_feeds_read_the_same_without_feedparser() -> None:
    """Most feeds are sound and plain; channel and items say the same in all that is read of them."""
    taken = 0
    for path in FEEDS:
        text, _ = document.whole_items(document.mended(decoded(path.read_bytes(), {})))
        found = sound.read(text)
        if found is not None and cutting.split(text):
            assert not (theirs := document.parsed(text)).bozo, path.name
            assert sound.agree(found, theirs, range(len(theirs.entries))), path.name
            taken += 1
    assert taken > 0.75 * len(FEEDS)


ELEMENT = re.compile(r"<([\w:]+)(?:\s[^<>]*)?(?:/>|>(?:[^<]|<!\[CDATA\[.*?\]\]>)*</\1>)", re.DOTALL)
ATTRIBUTES = (' xml:base="https://e.org/a/"', ' xml:base="b/"', ' xml:lang="sv_SE"', ' type="html"', ' rel="alternate"')


def mutant(text: str, elements: list[str], chance: random.Random) -> str:
    """Return a feed with up to four of its elements doubled, removed, replaced, wrapped or given attributes."""
    for _ in range(chance.randint(1, 4)):
        found = chance.choice([*ELEMENT.finditer(text)] or [None])
        if found is None:
            break
        before, name, after = text[: found.start()], found[1], text[found.end() :]
        with_attribute = found[0].replace(name, name + chance.choice(ATTRIBUTES), 1)
        wrapped = f"<wrapped>{found[0]}{chance.choice(elements)}</wrapped>"
        ways = (found[0] * 2, "", chance.choice(elements), found[0] + chance.choice(elements), with_attribute, wrapped)
        text = before + chance.choice(ways) + after
    return text


def test_no_mutant_of_a_real_feed_is_read_otherwise_than_by_feedparser() -> None:
    texts = [document.mended(decoded(path.read_bytes(), {})) for path in FEEDS]
    parts = [part for text in texts if (part := cutting.split(text)) and sound.read(text)]
    short = [part.only(range(min(3, len(part.items)))) for part in parts]
    elements = [found[0] for text in short for found in ELEMENT.finditer(text) if len(found[0]) < 500]
    chance = random.Random(1)  # the same mutants each time
    taken = 0
    for text in (mutant(chance.choice(short), elements, chance) for _ in range(1_000)):
        found = sound.read(text)
        if found is not None:
            theirs = document.parsed(text)
            assert not theirs.bozo, text
            assert sound.agree(found, theirs, range(len(theirs.entries))), text
            taken += 1
    assert taken > 300
