"""Serve the demo's stream over loopback HTTP, as a polite publisher would: with validators and robots.txt."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from email.utils import format_datetime
from hashlib import sha256
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

STREAM = Path(__file__).with_name("stream")
TYPES = {
    ".rss": "application/rss+xml",
    ".atom": "application/atom+xml",
    ".rdf": "application/rdf+xml",
    ".json": "application/feed+json",
    ".html": "text/html; charset=utf-8",
    ".xml": "text/html; charset=utf-8",  # the broken one: a page where a feed was
    ".txt": "text/plain; charset=utf-8",
}

_MINUS = re.compile(r"\{minus (\d+)([mhd])\}")
_UNITS = {"m": timedelta(minutes=1), "h": timedelta(hours=1), "d": timedelta(days=1)}


@dataclass(frozen=True, slots=True)
class Resource:
    """What an address answers."""

    type: str
    body: bytes

    @property
    def etag(self) -> str:
        """Return the validator of the body (RFC 9110, 8.8.3)."""
        return f'"{sha256(self.body).hexdigest()[:16]}"'


class StreamServer(ThreadingHTTPServer):
    """Hold the stream's resources by path; one thread for each request."""

    daemon_threads = True
    resources: dict[str, Resource]


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: StreamServer

    def do_GET(self) -> None:  # the name that http.server calls
        """Answer 200 with the resource, 304 to whoever has it, 404 for an unknown path."""
        resource = self.server.resources.get(self.path.partition("?")[0])
        if resource is None:
            self._answer(HTTPStatus.NOT_FOUND, Resource(TYPES[".txt"], b"There is no such page.\n"))
        elif self.headers.get("If-None-Match") == resource.etag:
            self._answer(HTTPStatus.NOT_MODIFIED, resource, with_body=False)
        else:
            self._answer(HTTPStatus.OK, resource)

    def _answer(self, status: HTTPStatus, resource: Resource, *, with_body: bool = True) -> None:
        self.send_response(status)
        self.send_header("Connection", "close")  # no thread outlives its answer
        self.send_header("ETag", resource.etag)
        self.send_header("Content-Type", resource.type)
        if with_body:
            self.send_header("Content-Length", str(len(resource.body)))
        self.end_headers()
        if with_body:
            self.wfile.write(resource.body)

    def log_message(self, format: str, *args: object) -> None:
        """Keep quiet: the demo tells what happens."""


@contextmanager
def serving(now: datetime) -> Iterator[str]:
    """Serve the stream as of `now` while the context lasts; yield its base address, without a final slash."""
    server = StreamServer(("127.0.0.1", 0), _Handler)
    base = f"http://127.0.0.1:{server.server_port}"
    server.resources = resources(base, now)
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield base
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def resources(base: str, now: datetime) -> dict[str, Resource]:
    """Return every file of the stream by its path, dates counted back from `now`; a page's path has no `.html`."""
    found = {}
    for file in sorted(path for path in STREAM.rglob("*") if path.suffix in TYPES):
        path = "/" + file.relative_to(STREAM).as_posix().removesuffix(".html")
        found[path] = Resource(TYPES[file.suffix], _filled(file, base, now).encode())
    return found


def _filled(file: Path, base: str, now: datetime) -> str:
    """Return a file's text with `{base}` and `{minus 3h}` filled in, dates in the manner of its format."""

    def moment(match: re.Match[str]) -> str:
        then = (now - int(match[1]) * _UNITS[match[2]]).replace(microsecond=0)
        return format_datetime(then) if file.suffix == ".rss" else then.isoformat()

    return _MINUS.sub(moment, file.read_text(encoding="utf-8").replace("{base}", base))
