"""Cuts out of a feed the items that its last poll has shown, so that only what is new is read.

A document is split at its items, and each is known by eight bytes of its hash. Items whose hash was there at the last
poll are left out; the head, the others and the tail are read by `monitor.sources.sound`, and by feedparser where that
is not sure. What it makes of them is the same as in the whole document, for most feeds: where the items can't be told
apart, where feedparser counts them otherwise, or where the cut changes whether it finds the document well-formed, it
is read whole. One document in a hundred is read whole by feedparser all the same; where the results differ, the feed
is left to it from then on.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from hashlib import blake2b
from typing import Any

from monitor.model import READ_WHOLE
from monitor.sources import document, sound

_SIZE = 8  # bytes of an item's hash: two of a feed's items share one in less than 1 of 10^13 polls
_SAMPLED = 100  # documents, of which one is read both ways


@dataclass(frozen=True, slots=True)
class Reading:
    """What was made of a document, with or without the items that were known."""

    parsed: Any  # feedparser's dictionary, or one like it; `entries` are those that were not cut
    hashes: (
        bytes  # for the next poll: a byte for ill-formed, then those of all items; empty where all must be read then
    )
    cut: int = 0  # items that were left out
    compared: bool = False  # whether it was read both ways
    wrong: bool = False  # whether that gave two results


def read(text: str, hashes: bytes = b"") -> Reading:
    """Return the reading of a feed without the items of the last poll, which left `hashes`.

    :raises ParseError: where feedparser can't even read its parts
    """
    parts = None if hashes == READ_WHOLE else split(text)
    if parts is None:
        return Reading(document.parsed(text), hashes if hashes == READ_WHOLE else b"")
    known = {hashes[at : at + _SIZE] for at in range(1, len(hashes), _SIZE)}
    unseen = [at for at, name in enumerate(parts.names) if name not in known]
    if len(unseen) == len(parts.items):
        return _first(text, parts)
    some = parts.only(unseen)
    rest = sound.read(some) or document.parsed(some)
    same = _fault(rest) == hashes[:1] and len(rest.entries) == len(unseen)
    if same and not _sampled(parts):
        return Reading(rest, _fault(rest) + b"".join(parts.names), len(parts.items) - len(unseen))
    return _compared(rest, unseen, _whole(text, parts))


def _first(text: str, parts: "Parts") -> Reading:
    """Read a document of which no item is known, without feedparser where it serves."""
    found = sound.read(text)
    if found is None or len(found.entries) != len(parts.items):
        return _whole(text, parts)
    if _sampled(parts):
        return _compared(found, range(len(parts.items)), _whole(text, parts))
    return Reading(found, _fault(found) + b"".join(parts.names))


def _compared(part: Any, places: Sequence[int], whole: Reading) -> Reading:
    """Return the whole of what was read both ways; where its items at `places` differ, it is not to be cut again."""
    if not whole.hashes:
        return whole
    same = sound.agree(part, whole.parsed, places)
    return Reading(whole.parsed, whole.hashes if same else READ_WHOLE, compared=True, wrong=not same)


def _whole(text: str, parts: "Parts") -> Reading:
    """Read all of a document; it may be cut the next time if feedparser finds the same items."""
    parsed = document.parsed(text)
    counted = len(parsed.entries) == len(parts.items)
    return Reading(parsed, _fault(parsed) + b"".join(parts.names) if counted else b"")


def _fault(parsed: Any) -> bytes:
    """Return a byte that says whether feedparser called the document ill-formed: it reads such a one otherwise."""
    return b"\1" if parsed.get("bozo") else b"\0"


def _hash(text: str) -> bytes:
    return blake2b(text.encode("utf-8", "surrogatepass"), digest_size=_SIZE).digest()


def _sampled(parts: "Parts") -> bool:
    """Tell whether a document is read both ways, by all that stands in it."""
    names = (_hash("".join(parts.between)), *parts.names)
    return sum(int.from_bytes(name) for name in names) % _SAMPLED == 0


# ---------------------------------------------------------------- the parts of a document


@dataclass(frozen=True, slots=True)
class Parts:
    """A feed, taken apart at its items."""

    items: tuple[str, ...]
    between: tuple[str, ...]  # head, what stands between two items, tail: one more than there are items
    names: tuple[bytes, ...]  # of the items: their hashes

    def only(self, places: Collection[int]) -> str:
        """Return the document with the items at these places alone; all else stays."""
        kept = set(places)
        pieces = [self.between[0]]
        for at, (item, after) in enumerate(zip(self.items, self.between[1:], strict=True)):
            pieces += [item, after] if at in kept else [after]
        return "".join(pieces)


def split(text: str) -> Parts | None:
    """Return the parts of a feed, None where its items can't be told apart: nested, unclosed, or none at all."""
    opened, closed = [], []
    for tag in document.ITEM_TAGS.finditer(text):
        if tag[1]:
            closed.append(tag.end())
        else:
            opened.append(tag.start())
    ends = [0, *closed]
    if not opened or len(opened) != len(closed):
        return None
    if any(not before <= start < end for before, start, end in zip(ends, opened, closed, strict=False)):
        return None
    items = tuple(text[start:end] for start, end in zip(opened, closed, strict=True))
    between = tuple(text[end:start] for end, start in zip(ends, [*opened, len(text)], strict=True))
    return Parts(items, between, tuple(map(_hash, items)))
