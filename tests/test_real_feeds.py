"""Real feeds, served over loopback and polled as anybody's: each is read, none stops another."""

from pathlib import Path

import pytest

from tests.home import Home
from tests.server import Server
from tests.sources.test_real_feeds import SITE, peer_finds_entries

pytestmark = [
    pytest.mark.shared,
    pytest.mark.skipif(not SITE.exists(), reason="the real feeds are not beside this checkout"),
]


def served(server: Server, file: Path) -> str:
    body = file.read_bytes()
    kind = "application/feed+json" if body.lstrip()[:1] == b"{" else "application/xml"
    return server.serve(f"/{file.name}", body, content_type=kind, etag=f'"{file.stem}"')


def test_every_feed_is_read_and_none_stops_another(tmp_path):
    files = sorted(SITE.glob("*.feed"))
    with Server() as server:
        addresses = {served(server, file): file for file in files}
        polling = "min_interval_minutes = 0\nper_host_gap_seconds = 0\nfull_text = false"
        home = Home(tmp_path, *addresses, polling=polling)
        first = home.run("once", "--json").json
        again = home.run("once", "--json").json
        listed = {feed["url"]: feed for feed in home.run("feed", "list", "--json").json}
    unread = [
        (file.name, listed[address]["last_error"])
        for address, file in addresses.items()
        if peer_finds_entries(file.read_bytes()) and not listed[address]["articles"]
    ]
    assert unread == []
    assert first["feeds"]["polled"] == len(files)
    assert again["articles"] == {"new": 0, "updated": 0}
