"""Lets `now` go on during long work, by the event loop's time: what is written after a minute is a minute later."""

import asyncio
from collections.abc import Callable
from datetime import datetime, timedelta

Clock = Callable[[], datetime]


def running(now: datetime) -> Clock:
    """Return a clock that says `now` and goes on in whole seconds."""
    loop = asyncio.get_running_loop()
    begun = loop.time()
    return lambda: now + timedelta(seconds=int(loop.time() - begun))
