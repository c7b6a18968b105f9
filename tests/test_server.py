import json
import urllib.error
import urllib.request

import pytest

from tests.server import Request, Response, Server


def fetch(url: str, body: bytes | None = None, **headers: str) -> bytes:
    names = {name.replace("_", "-"): value for name, value in headers.items()}
    with urllib.request.urlopen(urllib.request.Request(url, body, names), timeout=5) as answer:
        return answer.read()


def test_serves_a_route_and_keeps_the_request():
    with Server() as server:
        server.serve("/feed.xml", "<rss/>", content_type="application/rss+xml")
        assert fetch(server.url("/feed.xml?q=1"), Accept="text/xml") == b"<rss/>"
        request = server.requests[0]
    assert (request.method, request.path, request.query) == ("GET", "/feed.xml", "q=1")
    assert request.headers["accept"] == "text/xml"


def test_a_route_can_be_replaced_and_an_unknown_one_is_404():
    with Server() as server:
        server.serve("/a", "one")
        server.serve("/a", "two")
        assert fetch(server.url("/a")) == b"two"
        with pytest.raises(urllib.error.HTTPError, match="404"):
            fetch(server.url("/b")).decode()


@pytest.mark.parametrize("validator", [{"etag": '"1"'}, {"last_modified": "Sun, 22 Nov 2026 10:00:00 GMT"}])
def test_a_validator_that_comes_back_is_answered_by_304(validator):
    name = "If-None-Match" if "etag" in validator else "If-Modified-Since"
    with Server() as server:
        server.serve("/a", "one", **validator)
        with pytest.raises(urllib.error.HTTPError, match="304"):
            fetch(server.url("/a"), **{name: next(iter(validator.values()))})
        assert fetch(server.url("/a"), **{name: "other"}) == b"one"


def test_a_handler_sees_the_posted_body():
    def echo(request: Request) -> Response:
        return Response(json.dumps({"got": request.body.decode()}), status=201)

    with Server() as server:
        server.serve("/hook", echo)
        assert json.loads(fetch(server.url("/hook"), b"hello")) == {"got": "hello"}


def test_two_servers_are_two_hosts():
    with Server() as first, Server("127.0.0.2") as second:
        second.serve("/there", "second")
        first.serve("/here", redirect=second.url("/there"))
        assert fetch(first.url("/here")) == b"second"


def test_a_server_closes_at_once_though_a_request_hangs():
    with Server() as server:
        server.serve("/never", hang=True)
        with pytest.raises(TimeoutError):
            urllib.request.urlopen(server.url("/never"), timeout=0.02)
