"""Builds the site: its parts, its routes, and what guards them."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from starlette.types import ASGIApp

from monitor import __version__
from monitor.app import App
from monitor.config import Settings
from monitor.errors import StoreError
from monitor.queue import Pulse
from monitor.store.database import Database
from monitor.web.answers import Answers
from monitor.web.archive import Archive
from monitor.web.feeds import Feeds
from monitor.web.health import Health
from monitor.web.links import Links
from monitor.web.metrics import Metrics
from monitor.web.pages import page
from monitor.web.safety import Door, Safety, host_name


@dataclass(frozen=True, slots=True)
class Web:
    """What the site needs."""

    db: Database
    pulse: Pulse  # what the service last did
    settings: Settings
    clock: Callable[[], datetime]
    secret: bytes = field(repr=False)  # signs links


class Site(Starlette):
    """An application that is safe as a whole: what goes wrong outside of a route is answered as carefully."""

    def __init__(self, routes: list[Route], hosts: frozenset[str], *, locked: bool) -> None:
        super().__init__(routes=routes, exception_handlers={HTTPException: _refused, StoreError: _stuck, 500: _broken})
        self.hosts = hosts
        self.locked = locked  # whether a password guards what is not for everybody

    def build_middleware_stack(self) -> ASGIApp:
        """Return the application inside its safety, which thus also covers the answer to an unforeseen fault."""
        return Safety(super().build_middleware_stack(), self.hosts)


def create_app(ports: Web, *, pages: bool = True) -> Site:
    """Return the site; without `pages` only health, metrics, and what links in messages lead to."""
    server = ports.settings.server
    door = Door(server.password, ports.clock)
    health = Health(ports.db, ports.pulse, ports.clock, door)
    links = Links(ports.db, ports.settings.recipients, ports.settings.topics, ports.secret, ports.clock)
    answers = Answers(App(ports.settings, ports.db), ports.secret, ports.clock)
    routes = [
        Route("/healthz", health.alive),
        Route("/readyz", health.ready),
        Route("/metrics", Metrics(ports.db, ports.pulse, door).answer),
        Route("/s/{token}", answers.choices),
        Route("/s/{token}/{verb}", answers.say, methods=["GET", "POST"]),
        Route("/s/{token}/unmute/{kind}/{about}", answers.hear, methods=["GET", "POST"]),
        Route("/u/{token}", links.unsubscribe, methods=["GET", "POST"]),
    ]
    if pages:
        feeds = Feeds(ports.db, ports.settings.topics, ports.secret, ports.clock, server.public_url)
        archive = Archive(ports.db, ports.settings, ports.secret, door)
        routes += [
            Route("/", _home),
            Route("/archive", archive.listed),
            Route("/archive/{id}", archive.shown),
            Route("/feeds/{token}/{name}", feeds.answer),
        ]
    hosts = {host_name(host) for host in (server.public_url, server.listen, *server.allowed_hosts)}
    return Site(routes, frozenset(hosts - {""}), locked=server.password is not None)


async def _home(request: Request) -> Response:
    return page("home.html", version=__version__)


async def _refused(request: Request, error: Exception) -> Response:
    """Answer what the router or a route refuses."""
    assert isinstance(error, HTTPException)
    words = {
        404: ("Not here", "There is no page at this address."),
        405: ("Not like this", "This address does not take that kind of request."),
    }
    heading, line = words.get(error.status_code, ("Refused", error.detail))
    return page("words.html", error.status_code, error.headers, heading=heading, lines=[line])


async def _stuck(request: Request, error: Exception) -> Response:
    """Answer while the database can't be read or written; what it said stays in the log."""
    return page(
        "words.html",
        503,
        {"Retry-After": "60"},
        heading="Not now",
        lines=["The database does not answer, so nothing was changed. Please try again in a minute."],
    )


async def _broken(request: Request, error: Exception) -> Response:
    """Answer a fault that nobody foresaw; its traceback goes to the log alone."""
    return page(
        "words.html",
        500,
        heading="Something broke",
        lines=["That was not your fault. The log of the service says what happened."],
    )
