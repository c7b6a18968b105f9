from datetime import UTC, datetime
from urllib.error import HTTPError
from urllib.request import Request, urlopen

import pytest

from monitor.cli.demo.server import serving

NOW = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)


@pytest.fixture(scope="module")
def base():
    with serving(NOW) as base:
        yield base


def get(address, **headers):
    with urlopen(Request(address, headers=headers), timeout=5) as answer:
        return answer.read().decode(), answer.headers


def test_dates_are_counted_back_from_now_in_the_manner_of_the_format(base):
    rss, _ = get(f"{base}/nordic-wire.rss")
    atom, _ = get(f"{base}/peninsula-herald.atom")

    assert "<pubDate>Sat, 21 Nov 2026 16:00:00 +0000</pubDate>" in rss
    assert "<published>2026-11-22T04:00:00+00:00</published>" in atom
    assert "{" not in rss + atom


def test_links_lead_to_the_server_itself(base):
    rss, _ = get(f"{base}/nordic-wire.rss")
    assert f"{base}/nordic-wire/talks-break-down" in rss

    page, headers = get(f"{base}/nordic-wire/talks-break-down?utm_source=rss")
    assert headers["Content-Type"].startswith("text/html")
    assert "Kim Myong Gil" in page


def test_who_has_it_gets_no_second_copy(base):
    _, headers = get(f"{base}/world-desk.rdf")

    with pytest.raises(HTTPError) as caught:
        get(f"{base}/world-desk.rdf", **{"If-None-Match": headers["ETag"]})

    assert caught.value.code == 304
    caught.value.close()


@pytest.mark.parametrize("path", ["/", "/world-desk", "/../server.py", "/%2e%2e/server.py"])
def test_what_is_not_of_the_stream_is_not_there(base, path):
    with pytest.raises(HTTPError) as caught:
        get(base + path)

    assert caught.value.code == 404
    caught.value.close()


def test_robots_are_told_where_not_to_go(base):
    robots, headers = get(f"{base}/robots.txt")

    assert "Disallow: /peninsula-herald/premium/" in robots
    assert headers["Content-Type"].startswith("text/plain")
