"""The site as it runs: uvicorn on loopback in a thread of its own, and a client that says exactly what it is told."""

import asyncio
import socket
import threading
from contextlib import closing, contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from http.client import HTTPConnection
from typing import Any

from monitor.app import App, open_app
from monitor.config import load
from monitor.config.settings import Server
from monitor.digest.render import as_json
from monitor.model import Recipient, Secret
from monitor.queue import Pulse
from monitor.store import outbox, polls
from monitor.tokens import feed_link, story_link, unsubscribe_link
from monitor.web import Site, Web, create_app, serving
from tests.digest.samples import digest
from tests.digest.samples import story as story_told
from tests.home import Home
from tests.store import samples

NOW = datetime(2026, 11, 22, 8, 30, tzinfo=UTC)
SECRET = b"canary-signing-secret"
PASSWORD = "canary-pässword"
DESK = Recipient("desk", "email", ("anna@example.org", "bo@example.org"), ("talks",), "0 8 * * *", "UTC")


@dataclass
class Clock:
    """A clock that moves when it is told."""

    now: datetime = NOW

    def __call__(self) -> datetime:
        return self.now

    def pass_by(self, **time: float) -> None:
        self.now += timedelta(**time)


@dataclass(frozen=True)
class Answer:
    """What came back."""

    status: int
    headers: dict[str, str]  # names in lower case
    text: str


@dataclass
class Running:
    """A site that runs, and all that it looks at."""

    app: App
    site: Site
    pulse: Pulse
    clock: Clock
    port: int = 0
    stops: dict[str, Any] = field(default_factory=dict)

    def ask(self, path: str, method: str = "GET", body: bytes = b"", **headers: str) -> Answer:
        """Send one request; a header `Host` replaces the right one, and "" leaves it out."""
        given = {"Host": f"127.0.0.1:{self.port}"} | {name.replace("_", "-"): value for name, value in headers.items()}
        with closing(HTTPConnection("127.0.0.1", self.port, timeout=20)) as connection:
            connection.putrequest(method, path, skip_host=True, skip_accept_encoding=True)
            for name, value in given.items():
                connection.putheader(name, value)
            if body:
                connection.putheader("Content-Length", str(len(body)))
            connection.endheaders(body or None)
            response = connection.getresponse()
            found = {name.lower(): value for name, value in response.getheaders()}
            return Answer(response.status, found, response.read().decode())

    def talk(self, *lines: bytes) -> bytes:
        """Send bytes as they are and return all that comes back."""
        with socket.create_connection(("127.0.0.1", self.port), timeout=20) as connection:
            connection.sendall(b"".join(lines))
            connection.shutdown(socket.SHUT_WR)
            return b"".join(iter(lambda: connection.recv(65536), b""))

    def link(self, recipient: str = "desk", address: str = "anna@example.org", at: datetime = NOW) -> str:
        """Return the path of a link that stops messages."""
        return unsubscribe_link("", SECRET, recipient, address, at)

    def story(self, verb: str = "", recipient: str = "desk", article: int = 1, at: datetime = NOW) -> str:
        """Return the path of a link by which a story is answered."""
        link = story_link("", SECRET, recipient, "talks", article, at)
        return f"{link}/{verb}" if verb else link

    def tell(self, number: int = 1, **values: Any) -> None:
        """Store a match, as a poll does."""
        state = samples.claim(self.app.db, now=self.clock())
        judgement = replace(samples.judgement(topic="talks"), topic="talks")
        draft = samples.draft(state, number, judgements=(judgement,), **values)
        polls.record(self.app.db, samples.poll(state, draft, at=self.clock()))

    def archive(self, slot: str = "first", recipient: str = "desk", kind: str = "digest", **changes: Any) -> str:
        """Store a digest of one story, as the service makes them, and return its number."""
        story = as_json(digest([replace(story_told(), **changes)]))["sections"]
        message = outbox.Message("email", "anna@example.org", f"<{slot}{recipient}@m>", b"canary-bytes")
        frozen = outbox.Frozen(recipient, slot, ("talks",), f"Talks end ({slot})", 1, story, (), None, (message,), kind)
        made = outbox.freeze(self.app.db, frozen, self.clock(), settles=False)
        assert made is not None
        return made

    def path(self, route: Any) -> str:
        """Return an address that leads to a route, with what it needs in it."""
        parts = {
            "/u/{token}": self.link(),
            "/s/{token}": self.story(),
            "{verb}": "no",
            "{kind}": "story",
            "{about}": "1",
            "/feeds/{token}": feed_link("", SECRET, "talks"),
            "{name}": "atom.xml",
            "{id}": "1",
        }
        path: str = route.path
        for part, value in parts.items():
            path = path.replace(part, value)
        return path


@contextmanager
def running(tmp_path, *, password: str = "", pages: bool = True, **server: Any):
    """Run a site over a new database; `server` is what else stands in [server]."""
    settings = load(Home(tmp_path, "https://paper.example/rss").config, {})
    guarded = Server(password=Secret(password) if password else None, secret=Secret(SECRET.decode()), **server)
    app = open_app(replace(settings, server=guarded, recipients=(*settings.recipients, DESK)), NOW)
    pulse, clock = Pulse(NOW, ready=True, rounds={"poll": NOW, "send": NOW}), Clock()
    site = create_app(Web(app.db, pulse, app.settings, clock, SECRET), pages=pages)
    with closing(app.db), in_thread(site) as port:
        yield Running(app, site, pulse, clock, port)


@contextmanager
def in_thread(site: Site, listen: str = "127.0.0.1:0"):
    """Serve a site in a thread of its own and yield the port."""
    begun: Any = threading.Event()
    found: dict[str, Any] = {}

    async def serve() -> None:
        async with serving(site, listen) as port:
            stop = asyncio.Event()
            found.update(port=port, loop=asyncio.get_running_loop(), stop=stop)
            begun.set()
            await stop.wait()

    thread = threading.Thread(target=asyncio.run, args=(serve(),))
    thread.start()
    assert begun.wait(10)
    try:
        yield found["port"]
    finally:
        found["loop"].call_soon_threadsafe(found["stop"].set)
        thread.join(10)
        assert not thread.is_alive()
