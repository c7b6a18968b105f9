"""Measures what a stretch of work takes: time, processor, memory, and the patience of the event loop."""

import asyncio
import multiprocessing
import threading
import time
from collections.abc import AsyncIterator, Callable, Sequence
from concurrent.futures import ProcessPoolExecutor
from contextlib import asynccontextmanager, suppress
from types import TracebackType
from typing import ParamSpec, Self, TypeVar

import psutil

P = ParamSpec("P")
T = TypeVar("T")

MEMORY_EVERY_SECONDS = 0.1
TICK_SECONDS = 0.005


def alone(function: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
    """Call the function in a new process, so that nothing is measured but its own."""
    with ProcessPoolExecutor(1, mp_context=multiprocessing.get_context("spawn")) as process:
        return process.submit(function, *args, **kwargs).result()


class Meter:
    """Measures this process and all below it, within its block, or only those below it.

    Memory is PSS: pages that several processes share are divided among them, so that the sum is what the machine
    really gives. It is sampled in a thread, whose own processor time is taken off.
    """

    def __init__(self, *, children_only: bool = False) -> None:
        self._mine = not children_only

    def __enter__(self) -> Self:
        self.wall_seconds, self.cpu_seconds, self.peak_mb = 0.0, 0.0, 0.0
        self._own_seconds = 0.0
        self._over = threading.Event()
        self._sampler = threading.Thread(target=self._sample, daemon=True)
        self._cpu, self._started = self._cpu_seconds(), time.perf_counter()
        self._sampler.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Stop the measurement: its figures are final."""
        self.wall_seconds = time.perf_counter() - self._started
        self._over.set()
        self._sampler.join()
        self.cpu_seconds = self._cpu_seconds() - self._cpu

    def _cpu_seconds(self) -> float:
        """Return the processor time of all below, those that ended and were waited for included, and of this one."""
        me = psutil.Process()
        below = sum(me.cpu_times()[2:4]) + sum(map(_whole_time, me.children(recursive=True)))
        return below + (time.process_time() - self._own_seconds if self._mine else 0.0)

    def _sample(self) -> None:
        me = psutil.Process()
        while True:
            measured = me.children(recursive=True)
            self.peak_mb = max(self.peak_mb, _pss_mb([me, *measured] if self._mine else measured))
            self._own_seconds = time.thread_time()
            if self._over.wait(MEMORY_EVERY_SECONDS):
                return


@asynccontextmanager
async def ticking() -> AsyncIterator[list[float]]:
    """Sleep for 5 ms again and again within the block; give how late each waking was, in seconds."""
    late: list[float] = []
    ticker = asyncio.create_task(_tick(late))
    try:
        yield late
    finally:
        ticker.cancel()
        with suppress(asyncio.CancelledError):
            await ticker


def percentile(values: Sequence[float], percent: float) -> float:
    """Return the value that `percent` of all values do not exceed; 0 for none."""
    ranked = sorted(values)
    return ranked[min(len(ranked) - 1, int(len(ranked) * percent / 100))] if ranked else 0.0


async def _tick(late: list[float]) -> None:
    loop = asyncio.get_running_loop()
    while True:
        started = loop.time()
        await asyncio.sleep(TICK_SECONDS)
        late.append(loop.time() - started - TICK_SECONDS)


def tree_seconds(pid: int) -> float:
    """Return the processor time of another process and of all below it."""
    other = psutil.Process(pid)
    return sum(map(_whole_time, (other, *other.children(recursive=True))))


def tree_mb(pid: int) -> float:
    """Return the memory of another process and of all below it, in MB of 10^6 bytes."""
    other = psutil.Process(pid)
    return _pss_mb([other, *other.children(recursive=True)])


def _whole_time(process: psutil.Process) -> float:
    """Return a process's own time, user and system, and that of those it has waited for; 0 if it has ended."""
    with suppress(psutil.NoSuchProcess):
        return float(sum(process.cpu_times()[:4]))
    return 0.0


def _pss_mb(processes: Sequence[psutil.Process]) -> float:
    """Return the memory of processes, in MB of 10^6 bytes."""
    total = 0
    for process in processes:
        with suppress(psutil.NoSuchProcess, psutil.AccessDenied):  # it ended meanwhile
            total += process.memory_full_info().pss
    return total / 1e6
