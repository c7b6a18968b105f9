"""Says what the server serves: each feed as it is at first, and as it is once it has changed."""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from benchmarks import documents

_ITEM = re.compile(rb"<((?:\w+:)?(?:item|entry))[\s>].*?</\1\s*>", re.DOTALL)
_CHANGES_EVERY = 10  # feeds, one changes
_MEDIA_TYPE = "application/xml"


@dataclass(frozen=True, slots=True)
class Stock:
    """One feed on the shelf."""

    media_type: str
    before: bytes  # its document in the cold and in the warm cycle
    after: bytes  # in the mixed cycle: the same, or with `fresh` more items on top
    items: int  # in `before`
    fresh: int = 0


def generated(count: int, now: datetime, length: int = documents.ITEMS) -> Iterator[Stock]:
    """Make `count` newspapers of `length` articles as of `now`.

    In the mixed cycle every tenth has one to three new articles.
    """
    for number in range(count):
        fresh = _fresh(number)
        items = documents.articles(number, now, length + fresh)
        media_type, before = documents.feed(number, items[fresh:])
        after = documents.feed(number, items[:length])[1] if fresh else before
        yield Stock(media_type, before, after, length, fresh)


def from_folder(folder: Path, count: int) -> Iterator[Stock]:
    """Take up to `count` documents of a folder, each file once; every tenth holds back its first items until mixed.

    Items are counted by their tags, also those that a feed, or another one, tells twice.
    """
    files = sorted(path for path in folder.iterdir() if path.is_file())
    for number, path in enumerate(files[:count]):
        whole = path.read_bytes()
        fresh = _fresh(number)
        items = list(_ITEM.finditer(whole))
        if fresh and len(items) > fresh:
            before = whole[: items[0].start()] + whole[items[fresh].start() :]
            yield Stock(_MEDIA_TYPE, before, whole, len(items) - fresh, fresh)
        else:
            yield Stock(_MEDIA_TYPE, whole, whole, len(items) or _items_of_json(whole))


def _fresh(number: int) -> int:
    return 0 if number % _CHANGES_EVERY else 1 + number // _CHANGES_EVERY % 3


def _items_of_json(document: bytes) -> int:
    try:
        return len(json.loads(document)["items"])
    except (ValueError, KeyError, TypeError):
        return 0
