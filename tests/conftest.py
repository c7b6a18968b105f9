"""What tests of several rooms stand on."""

from collections.abc import Iterator

import pytest

from tests.chromium import CHROMIUM
from tests.server import Server


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
