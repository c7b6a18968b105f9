"""`monitor run`: the service, until it is told to stop."""

import os
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import replace
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from monitor.cli import start
from monitor.errors import MonitorError, UsageError

if TYPE_CHECKING:
    from monitor.app import App
    from monitor.config import Settings
    from monitor.queue import Pulse
    from monitor.service import Service


EDITED = "all that was edited since it was read"  # begins the line that says why a new reading could not be run with


class Form(StrEnum):
    """In what form logs are written."""

    PEOPLE = "people"
    JSON = "json"


def run(
    ctx: typer.Context,
    no_web: Annotated[
        bool, typer.Option("--no-web", help="Leave the pages out; health, metrics and links in mails stay.")
    ] = False,
    log: Annotated[Form, typer.Option(envvar="MONITOR_LOG", help="Form of the logs.")] = Form.PEOPLE,
) -> None:
    """Run the service until SIGTERM or Ctrl-C. It polls, matches, and sends digests on schedule."""
    from monitor.cli import logs
    from monitor.config import load
    from monitor.queue import Pulse
    from monitor.service import between_runs

    settings = good = load(_path(ctx), os.environ, lenient=True)
    with ExitStack() as locks, between_runs():
        locked: set[str] = set()
        while True:
            logs.configure(level="info", json=log is Form.JSON, secrets=settings.secrets)
            _introduce(settings)
            pulse = Pulse(started=start.clock())
            try:
                _lock(settings.database_url, locks, locked)
                with start.database(settings) as app:
                    again = _run(ctx, app, pulse, pages=not no_web)
            except MonitorError as error:
                if settings is good or pulse.ready:
                    raise
                settings = good = _back_to(good, error)
                continue
            if not again:
                return
            good, settings = settings, _read(ctx) or settings


def _lock(url: str, locks: ExitStack, locked: set[str]) -> None:
    """Hold the database at `url` until `locks` closes, if it is not `locked` yet."""
    from monitor.store.lock import service_lock

    if url not in locked:
        locks.enter_context(service_lock(url, start.clock(), "monitor run"))
        locked.add(url)


def _back_to(good: "Settings", error: MonitorError) -> "Settings":
    """Return the settings that could be run with, and in them as left out, for the operator, why the new ones can't."""
    import structlog

    structlog.get_logger().error("the new configuration can't be run with, the old one goes on", error=str(error))
    rest = (line for line in good.left_out if not line.startswith(EDITED))
    return replace(good, left_out=(*rest, f"{EDITED}: {error}"))


def _path(ctx: typer.Context) -> Path:
    wishes: start.Wishes = ctx.obj
    return wishes.config


def _introduce(settings: "Settings") -> None:
    """Say in the log what begins, from what, and what the configuration leaves to be wished for."""
    import structlog

    from monitor import __version__
    from monitor.store.database import file_of

    log = structlog.get_logger()
    database = str(file_of(settings.database_url) or "Postgres")
    health = f"http://{settings.server.listen}/"
    log.info("starting", version=__version__, configuration=str(settings.file), database=database, health=health)
    for note in settings.notes:
        log.warning("note", words=note)
    for line in settings.left_out:
        log.error("left out", words=line)


def _run(ctx: typer.Context, app: "App", pulse: "Pulse", *, pages: bool) -> bool:
    """Run with one reading of the configuration; return whether it is to be read again."""
    import asyncio

    from monitor.service import Service

    service = Service(app, start.clock, pulse, changed=_edited(ctx, app.settings))
    asyncio.run(_serve(service, pages=pages))
    return service.reload


async def _serve(service: "Service", *, pages: bool) -> None:
    from monitor.service import serve
    from monitor.web.app import Web, create_app
    from monitor.web.server import serving

    app = service.app
    web = Web(app.db, service.pulse, app.settings, start.clock, app.signing_secret())
    async with serving(create_app(web, pages=pages), app.settings.server.listen):
        await serve(service)


def _edited(ctx: typer.Context, settings: "Settings") -> Callable[[], bool]:
    """Return what tells whether the configuration was edited into another good one; a bad one is said, once."""
    from monitor.config import fingerprint

    seen = fingerprint(settings)

    def edited() -> bool:
        nonlocal seen
        found = fingerprint(settings)
        if found == seen:
            return False
        seen = found
        return _read(ctx) is not None

    return edited


def _read(ctx: typer.Context) -> "Settings | None":
    """Read the configuration anew; None, and a word in the log, if it is wrong now."""
    import structlog

    from monitor.config import load

    try:
        return load(_path(ctx), os.environ, lenient=True)
    except UsageError as error:
        for line in str(error).splitlines():
            structlog.get_logger().error("the configuration is wrong now, the old one goes on", error=line)
        return None
