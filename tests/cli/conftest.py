"""Feeds over loopback HTTP, and installations that follow them."""

import pytest

from tests import documents
from tests.documents import other, talks
from tests.home import Home
from tests.server import Server

RSS = "application/rss+xml"


@pytest.fixture(scope="module")
def server():
    with Server() as running:
        running.serve("/robots.txt", status=404)
        yield running


@pytest.fixture(scope="module")
def polled(server, tmp_path_factory):
    """An installation that follows two feeds, one of them broken, and has had its first turn; only to be looked at."""
    good = server.serve("/good", documents.rss([talks(1), talks(2), other(3)]), content_type=RSS)
    home = Home(tmp_path_factory.mktemp("polled"), good, server.serve("/broken", status=500))
    assert home.run("once").code == 0
    return home


@pytest.fixture
def home(server, tmp_path):
    """An installation of the test's own, that follows one feed and has done nothing yet."""
    url = server.serve("/own", documents.rss([talks(1), other(2)]), content_type=RSS)
    return Home(tmp_path, url)
