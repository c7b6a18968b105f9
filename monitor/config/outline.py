"""Takes a feed out of an OPML file and leaves every other byte as it was.

The parser only says where the outline starts and ends; the bytes are cut by hand, because writing the whole
file anew would lose its comments, its order and what other programs keep in it.
"""

import re
from xml.parsers import expat

from monitor import urls
from monitor.errors import UsageError

_TAG = re.compile(rb"""<(?:"[^"]*"|'[^']*'|[^>"'])*>""")


def without(data: bytes, url: str) -> bytes:
    """Return the OPML document `data` without the outlines of the feed `url`; unchanged if it has none.

    :raises UsageError: with the reason, if the file can't be cut safely
    """
    if b"\0" in data:
        raise UsageError("it is not in UTF-8")
    for start, end in reversed(_spans(data, urls.web_link(url) or url)):
        data = data[:start] + data[end:]
    return data


def _spans(data: bytes, link: str) -> list[tuple[int, int]]:
    """Return start and end of each outline of the feed `link`, in order, with the line they alone fill."""
    finder = _Finder(data, link)
    try:
        finder.parser.Parse(data, True)
    except (expat.ExpatError, LookupError, ValueError) as error:
        raise UsageError(f"it is no well-formed XML ({error})") from error
    return [_whole_line(data, *span) for span in finder.spans]


class _Finder:
    """Follows the outlines of a document and keeps where those of one feed begin and end."""

    def __init__(self, data: bytes, link: str) -> None:
        self.data, self.link = data, link
        self.open: list[int | None] = []  # start of each open element, None if it is not ours
        self.spans: list[tuple[int, int]] = []
        self.parser = expat.ParserCreate()
        self.parser.StartElementHandler = self._start
        self.parser.EndElementHandler = self._end

    def _start(self, name: str, attributes: dict[str, str]) -> None:
        if any(start is not None for start in self.open):
            raise UsageError("the feed's outline holds other outlines")
        ours = name.lower() == "outline" and any(
            key.lower() == "xmlurl" and (urls.web_link(value) or value) == self.link
            for key, value in attributes.items()
        )
        self.open.append(self.parser.CurrentByteIndex if ours else None)

    def _end(self, name: str) -> None:
        start = self.open.pop()
        if start is None:
            return
        tag = _TAG.match(self.data, start)
        closed = tag is not None and tag[0].endswith(b"/>")
        last = tag if closed else _TAG.match(self.data, self.parser.CurrentByteIndex)
        if last is None:
            raise UsageError("an outline has no end")
        self.spans.append((start, last.end()))


def _whole_line(data: bytes, start: int, end: int) -> tuple[int, int]:
    """Widen a span to its line, if nothing else stands on it."""
    line_start = data.rfind(b"\n", 0, start) + 1
    line_end = data.find(b"\n", end) + 1 or len(data)
    alone = not data[line_start:start].strip() and not data[end:line_end].strip()
    return (line_start, line_end) if alone else (start, end)
