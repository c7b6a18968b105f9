"""Polls feeds with as little as can be done in Python: bare sockets, lxml without a question, one bulk insert.

It checks no address, waits for no host, reads no encoding, judges nothing and forgives nothing: what it costs is the
floor under every poller, not a poller.
"""

import selectors
import socket
import sqlite3
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from lxml import etree

from benchmarks.meters import Meter
from benchmarks.results import Cycle
from benchmarks.server import HOST, Site

_TABLE = "CREATE TABLE article (guid TEXT PRIMARY KEY, link TEXT, title TEXT, text TEXT)"
_INSERT = "INSERT INTO article VALUES (?, ?, ?, ?) ON CONFLICT DO NOTHING"
_BLOCK = 1 << 18  # bytes read at once

Row = tuple[str, str, str, str]


class Limit:
    """The cheapest client, with what it keeps between two cycles."""

    def __init__(self, ports: Sequence[int], concurrency: int, folder: Path) -> None:
        """Take the feeds' ports, how many requests are in flight at once, and where its database goes."""
        self._ports = ports
        self._concurrency = concurrency
        self._etags: dict[int, bytes] = {}
        self._db = sqlite3.connect(folder / "limit.db")
        self._db.execute(_TABLE)

    def round(self, site: Site, name: str) -> Cycle:
        """Poll every feed once, as the site is in a cycle, and measure it."""
        site.become(name)
        with Meter() as meter:
            new = self.cycle()
        return Cycle(
            feeds=len(self._ports),
            name=name,
            client="limit",
            wall_seconds=meter.wall_seconds,
            cpu_seconds=meter.cpu_seconds,
            peak_mb=meter.peak_mb,
            new=new,
            expected=site.expected(name),
        )

    def cycle(self) -> int:
        """Poll every feed once and return how many items were not known before."""
        before = self._db.total_changes
        with self._db:
            for port, answer in _answers(self._ports, self._etags, self._concurrency):
                head, _, body = answer.partition(b"\r\n\r\n")
                self._etags[port] = head.partition(b"ETag: ")[2].partition(b"\r\n")[0]
                if body:
                    self._db.executemany(_INSERT, _rows(body))
        return self._db.total_changes - before

    def close(self) -> None:
        """Close the database."""
        self._db.close()


def _answers(ports: Sequence[int], etags: dict[int, bytes], concurrency: int) -> Iterator[tuple[int, bytes]]:
    """Yield each port with the bytes it answered, as they come in."""
    waiting = iter(ports)
    with selectors.DefaultSelector() as selector:
        for port in [port for _, port in zip(range(concurrency), waiting, strict=False)]:
            _start(selector, port)
        while selector.get_map():
            for key, _ in selector.select():
                connection, port, answer = key.data
                if key.events == selectors.EVENT_WRITE:
                    connection.send(_request(etags.get(port, b"")))
                    selector.modify(connection, selectors.EVENT_READ, key.data)
                elif data := connection.recv(_BLOCK):
                    answer.append(data)
                else:
                    selector.unregister(connection)
                    connection.close()
                    yield port, b"".join(answer)
                    if (following := next(waiting, None)) is not None:
                        _start(selector, following)


def _start(selector: selectors.BaseSelector, port: int) -> None:
    connection = socket.socket()
    connection.setblocking(False)
    connection.connect_ex((HOST, port))
    selector.register(connection, selectors.EVENT_WRITE, (connection, port, []))


def _request(etag: bytes) -> bytes:
    condition = b"If-None-Match: %s\r\n" % etag if etag else b""
    return b"GET /feed.xml HTTP/1.1\r\nHost: loopback\r\n%s\r\n" % condition


def _rows(document: bytes) -> Iterator[Row]:
    """Yield the items that lxml finds in a document, well-formed or not; none in one that is no XML."""
    parser = etree.XMLParser(recover=True, resolve_entities=False, no_network=True)
    root = etree.fromstring(document, parser)
    if root is not None:
        yield from (_row(item) for item in root.iter("{*}item", "{*}entry"))


def _row(item: Any) -> Row:
    guid, link, title, text = "", "", "", ""
    for child in item:
        name = child.tag.rpartition("}")[2] if isinstance(child.tag, str) else ""
        if name in ("guid", "id"):
            guid = child.text or ""
        elif name == "link":
            link = child.text or child.get("href", "")
        elif name == "title":
            title = child.text or ""
        elif name in ("encoded", "content", "description", "summary"):
            text = max(text, child.text or "", key=len)
    return guid or link or title, link, title, text
