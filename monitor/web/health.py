"""Says whether the service lives, and whether it is ready: for supervisors, containers and load balancers."""

import asyncio
from collections.abc import Callable
from datetime import datetime, timedelta

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from monitor.errors import StoreError
from monitor.queue import Pulse
from monitor.store import counts
from monitor.store.database import Database
from monitor.text.clean import clean
from monitor.web.safety import Door

STALE = timedelta(minutes=10)  # without a good round of a beat
ANSWER_SECONDS = 2.0  # for the database


class Health:
    """The two questions of a supervisor. Everybody may ask; only who knows the password hears reasons."""

    def __init__(self, db: Database, pulse: Pulse, clock: Callable[[], datetime], door: Door) -> None:
        self._db = db
        self._pulse = pulse
        self._clock = clock
        self._door = door
        self._asked: asyncio.Task[None] | None = None

    async def alive(self, request: Request) -> Response:
        """Answer 200 while every beat does its rounds, else 503 with the faults by beat."""
        faults = self.faults()
        if not faults:
            return JSONResponse({"status": "ok"})
        if self._door.refuse(request) is not None:
            faults = dict.fromkeys(faults, "failing: the log says why")
        return JSONResponse({"status": "failing", "faults": faults}, 503)

    async def ready(self, request: Request) -> Response:
        """Answer 200 once everything has begun and the database answers, else 503 with the reason."""
        why = await self._unready()
        return JSONResponse({"status": "not ready", "why": why}, 503) if why else JSONResponse({"status": "ready"})

    def faults(self) -> dict[str, str]:
        """Return what is wrong with each beat that fails, or is late; on one line each."""
        now = self._clock()
        late = {beat: f"no good round since {end:%Y-%m-%d %H:%M} UTC" for beat, end in self._ends(now - STALE)}
        return late | {beat: clean(fault, 300) for beat, fault in dict(self._pulse.faults).items()}

    def _ends(self, before: datetime) -> list[tuple[str, datetime]]:
        """Return the beats whose last good round ended before a moment; the service itself if there was none."""
        rounds = dict(self._pulse.rounds) or {"service": self._pulse.started}
        return [(beat, end) for beat, end in rounds.items() if end < before]

    async def _unready(self) -> str:
        if self._pulse.stopping:
            return "stopping"
        if not self._pulse.ready:
            return "starting"
        return await self._silent()

    async def _silent(self) -> str:
        """Return why the database does not answer, "" if it does; asks again only once it has answered."""
        if self._asked is None or self._asked.done():
            self._asked = asyncio.create_task(run_in_threadpool(counts.ping, self._db))
        done, _ = await asyncio.wait({self._asked}, timeout=ANSWER_SECONDS)
        if not done:
            return f"the database does not answer within {ANSWER_SECONDS:g} s"
        error = self._asked.exception()
        if error is not None and not isinstance(error, StoreError):
            raise error
        return "the database can't be read" if error else ""
