"""Recognises an article through all its feeds, addresses and ids; groups reports of one event.

An article is known by a chain of keys: the guid within its feed, its canonical link, its title and text. Whoever shares
one of them is the same article, so that ids, dates and session parameters may change at every poll without a second
announcement. A guid counts within its feed only: a feed that uses another's suppresses nothing. A guid or link that
entries of one document share though their titles differ names nothing.
Which articles report one event is `monitor.stories.grouping`, which text is a copy of another `monitor.stories.copies`.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from hashlib import blake2b

from monitor import urls
from monitor.model import Entry, Item

ENOUGH_TEXT = 100  # characters from which an equal title and text are the same article wherever they stand
MIGRATED = 0.9  # share of a document's items that are new at once at known links: it was made anew, it is no news
EARLIEST_YEAR = 1990  # an older date is a mistake: no feed is that old


@dataclass(frozen=True, slots=True)
class Known:
    """An article that is stored, found by one of its keys."""

    article_id: int
    told: str  # fingerprint of what this very feed told of it last; "" if this feed never showed it


@dataclass(frozen=True, slots=True)
class Recognised:
    """The entries of one document, told apart."""

    new: tuple[Item, ...]  # no feed has shown them
    updated: tuple[tuple[int, Item], ...]  # article id; this feed showed it and now tells it otherwise
    sighted: tuple[tuple[int, Item], ...]  # article id; this feed shows it for the first time
    renamed: tuple[tuple[int, Item], ...] = ()  # article id; told as before, under keys that are new
    relinked: tuple[tuple[int, str], ...] = ()  # article id, new link; of those renamed that are known by their guid
    again: bool = False  # whether this feed has shown one of them before
    migrated: bool = False  # whether its updates are no news: the feed was made anew, as with whole texts for summaries


def item(feed_id: int, entry: Entry) -> Item:
    """Return `entry` with the keys under which it is the same article, and the fingerprint of what it says."""
    said = _spelt(entry.title), _spelt(entry.text)
    keys = []
    if entry.guid:
        keys.append(_digest("guid", str(feed_id), entry.guid))
    if entry.url:
        keys.append(link_key(entry.url))
    return Item(entry=entry, keys=(*keys, _text_key(feed_id, entry, said)), told=_digest("told", *said))


def items(feed_id: int, entries: Sequence[Entry]) -> list[Item]:
    """Return the entries of one document with their identities.

    A guid or a link that entries with different titles share names none of them: some feeds give every item the
    same guid, or the address of their front page.
    """
    found = [item(feed_id, entry) for entry in entries]
    titles: dict[str, set[str]] = {}
    for one in found:
        title = " ".join(one.entry.title.casefold().split())
        for key in one.keys:
            titles.setdefault(key, set()).add(title)
    shared = {key for key, several in titles.items() if len(several) > 1}
    if not shared:
        return found
    return [replace(one, keys=tuple(key for key in one.keys if key not in shared)) for one in found]


def link_key(url: str) -> str:
    """Return the key of an address, whatever its tracking parameters."""
    return _digest("link", urls.canonical(url))


def recognise(items: Sequence[Item], known: Mapping[str, Known]) -> Recognised:
    """Tell the new from the known: `known` holds the stored articles by each key of `items`.

    Entries of one document that share a key are one article, told by the first of them. Some feeds give new guids at
    each poll: only where most of their items are told otherwise at once was such a feed made anew.
    """
    unknown: list[Item] = []
    updated: dict[int, Item] = {}
    sighted: dict[int, Item] = {}
    renamed: dict[int, Item] = {}
    told: set[int] = set()
    for candidate in items:
        found = next((known[key] for key in candidate.keys if key in known), None)
        if found is None:
            unknown.append(candidate)
            continue
        if found.article_id in told:
            continue
        told.add(found.article_id)
        if not found.told:
            sighted[found.article_id] = candidate
        elif found.told != candidate.told:
            updated[found.article_id] = candidate
        elif not known.keys() >= set(candidate.keys):
            renamed[found.article_id] = candidate
    return Recognised(
        new=_joined(unknown),
        updated=tuple(updated.items()),
        sighted=tuple(sighted.items()),
        renamed=tuple(renamed.items()),
        relinked=tuple((id, one.entry.url) for id, one in renamed.items() if _is_relinked(one, known)),
        again=len(told) > len(sighted),
        migrated=len(updated) > 1 and len(updated) > len(items) / 2 and _is_migrated(items, known),
    )


def _is_migrated(items: Sequence[Item], known: Mapping[str, Known]) -> bool:
    """Tell whether nearly all items have guids that are new, at links that are known."""
    return sum(_is_new_at_known_link(item, known) for item in items) >= MIGRATED * len(items)


def _is_new_at_known_link(item: Item, known: Mapping[str, Known]) -> bool:
    match item.keys:
        case guid, link, _:
            return guid not in known and link in known
    return False


def _is_relinked(item: Item, known: Mapping[str, Known]) -> bool:
    """Tell whether an item that is known by its guid has a link that is not known."""
    match item.keys:
        case guid, link, _:
            return guid in known and link not in known
    return False


def _joined(items: Iterable[Item]) -> tuple[Item, ...]:
    """Return the items with those that share a key made one: the first, known by the keys of all."""
    found: list[Item] = []
    places: dict[str, int] = {}
    for one in items:
        place = next((places[key] for key in one.keys if key in places), len(found))
        if place == len(found):
            found.append(one)
        else:
            found[place] = replace(found[place], keys=tuple(dict.fromkeys(found[place].keys + one.keys)))
        places.update(dict.fromkeys(one.keys, place))
    return tuple(found)


def published(entry: Entry, now: datetime) -> datetime:
    """Return when the entry appeared: its own date, but first seen (`now`) where that is absent, absurd or future."""
    stated = entry.published
    if stated is None or stated.year < EARLIEST_YEAR or stated > now:
        return now
    return stated


def is_baseline(entry: Entry, *, first_poll: bool, now: datetime, catch_up: timedelta) -> bool:
    """Tell whether the entry was there before anybody looked: on a feed's first poll, what is old or undated."""
    if not first_poll:
        return False
    stated = entry.published
    return stated is None or stated.year < EARLIEST_YEAR or stated < now - catch_up


def _text_key(feed_id: int, entry: Entry, said: tuple[bytes, bytes]) -> str:
    """Return the key of an entry's title and text.

    Enough text names an article anywhere. Little text ("Weather") names it only on its day and at one address,
    whatever its query, or within its feed where it has no address.
    """
    if len(entry.text) >= ENOUGH_TEXT:
        return _digest("text", *said)
    place = urls.canonical(entry.url).partition("?")[0] if entry.url else f"feed {feed_id}"
    day = f"{entry.published:%Y-%m-%d}" if entry.published else ""
    return _digest("place", place, day, *said)


def _digest(*parts: str | bytes) -> str:
    """Return 32 hexadecimal digits that name `parts`; lengths are hashed too, so that no two lists run together."""
    spelt = [part if isinstance(part, bytes) else _spelt(part) for part in parts]
    return blake2b(b"".join(len(part).to_bytes(8, "big") + part for part in spelt), digest_size=16).hexdigest()


def _spelt(text: str) -> bytes:
    """Return a text as it is hashed, whatever its paragraphs; it is clean: no other white space is in it."""
    return text.replace("\n", " ").encode("utf-8", "surrogatepass")
