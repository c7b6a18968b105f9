import asyncio
import gzip
import logging
import shutil
import socket
import ssl
import subprocess
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from ipaddress import ip_address, ip_network
from itertools import pairwise, repeat

import pytest

from monitor import __version__
from monitor.errors import AddressRefused, AnswerLost, FetchError, HostHeld, MonitorError, TooLarge
from monitor.model import Fetched, Secret
from monitor.net import exchange
from monitor.net.client import Client
from tests.server import Request, Response, Server

LOOPBACK = [ip_network("127.0.0.0/8")]


def get(url: str, *, client: dict | None = None, **options) -> Fetched:
    """Fetch once, loopback allowed and no gap unless `client` says otherwise."""

    async def act():
        async with Client(**{"allow_private": LOOPBACK, "per_host_gap_seconds": 0, **(client or {})}) as opened:
            return await opened.get(url, **options)

    return asyncio.run(act())


def post(url: str, body: bytes = b"{}", *, client: dict | None = None, **options) -> Fetched:
    """Post once, loopback allowed unless `client` says otherwise."""

    async def act():
        async with Client(**{"allow_private": LOOPBACK, **(client or {})}) as opened:
            return await opened.post(url, body, **options)

    return asyncio.run(act())


def get_all(urls: list[str], **client) -> list[Fetched | BaseException]:
    async def act():
        async with Client(**{"allow_private": LOOPBACK, "per_host_gap_seconds": 0, **client}) as opened:
            return await asyncio.gather(*map(opened.get, urls), return_exceptions=True)

    return asyncio.run(act())


class TestAnswers:
    def test_a_body_its_status_and_headers_come_back(self):
        with Server() as server:
            url = server.serve("/feed.xml", "<rss/>", headers={"X-One": "1"}, etag='"a"')
            fetched = get(url)
        assert (fetched.url, fetched.final_url, fetched.moved_to) == (url, url, "")
        assert (fetched.status, fetched.body) == (200, b"<rss/>")
        assert (fetched.headers["x-one"], fetched.headers["etag"]) == ("1", '"a"')

    @pytest.mark.parametrize("status", [204, 304, 400, 404, 410, 429, 500, 503, 599])
    def test_every_complete_answer_comes_back_whatever_its_status(self, status):
        with Server() as server:
            fetched = get(server.serve("/a", status=status))
        assert (fetched.status, fetched.body) == (status, b"")

    @pytest.mark.parametrize(
        "etag", ['"plain"', 'W/"weak"', '"caf\xe9 \x85\xa0\xff"', '"ÃŸ"'.encode().decode("latin-1")]
    )
    def test_validators_come_back_byte_for_byte(self, etag):
        date = "Sun, 22 Nov 2026 10:00:00 GMT"
        with Server() as server:
            url = server.serve("/feed.xml", "<rss/>", etag=etag, last_modified=date)
            first = get(url)
            asked = {"If-None-Match": first.headers["etag"], "If-Modified-Since": first.headers["last-modified"]}
            second = get(url, headers=asked)
            sent = server.requests[1].headers
        assert (second.status, second.body) == (304, b"")
        assert sent["if-none-match"].encode("latin-1") == etag.encode("latin-1")
        assert sent["if-modified-since"] == date

    def test_headers_without_a_value_are_not_sent(self):
        with Server() as server:
            get(server.serve("/a"), headers={"If-None-Match": "", "If-Modified-Since": ""})
            assert not {"if-none-match", "if-modified-since"} & set(server.requests[0].headers)

    @pytest.mark.parametrize(("coding", "pack"), [("gzip", gzip.compress), ("identity", bytes)])
    def test_a_coded_body_is_decoded(self, coding, pack):
        with Server() as server:
            url = server.serve("/a", pack(b"<rss/>"), headers={"Content-Encoding": coding})
            assert get(url).body == b"<rss/>"

    def test_a_chunked_body_is_joined(self):
        raw = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4\r\n<rss\r\n2\r\n/>\r\n0\r\n\r\n"
        with Server() as server:
            assert get(server.serve("/a", raw=raw)).body == b"<rss/>"


class TestManners:
    def test_a_request_says_honestly_who_asks_and_nothing_else(self):
        with Server() as server:
            get(server.serve("/a"), client={"contact": "desk@example.org"})
            sent = server.requests[0]
        assert sent.headers == {
            "host": f"127.0.0.1:{server.port}",
            "user-agent": f"monitor/{__version__} (+desk@example.org)",
            "accept": "*/*",
            "accept-encoding": "gzip, deflate",
            "connection": "close",
        }
        assert sent.query == ""

    def test_cookies_are_not_sent_back(self):
        with Server() as server:
            server.serve("/a", redirect="/b", headers={"Set-Cookie": "id=1; Path=/"})
            server.serve("/b", headers={"Set-Cookie": "id=2; Path=/"})
            get_all([server.url("/a"), server.url("/a")])
            assert len(server.requests) == 4
            assert not any("cookie" in request.headers for request in server.requests)

    def test_a_proxy_of_the_environment_is_not_used(self, monkeypatch):
        monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:1")
        monkeypatch.setenv("ALL_PROXY", "http://127.0.0.1:1")
        with Server() as server:
            assert get(server.serve("/a", "ok")).body == b"ok"

    def test_a_host_is_asked_one_at_a_time_with_a_gap(self):
        under_way, most = 0, 0
        lock = threading.Lock()

        def count(_request: Request) -> Response:
            nonlocal under_way, most
            with lock:
                under_way += 1
                most = max(most, under_way)
            time.sleep(0.01)
            with lock:
                under_way -= 1
            return Response("ok")

        with Server() as server:
            server.serve("/a", count)
            get_all([server.url("/a")] * 4, per_host_gap_seconds=0.1)
            times = server.times("/a")
        assert most == 1
        # The server notes a request up to some milliseconds after its start.
        assert all(later - earlier > 0.06 for earlier, later in pairwise(times))

    def test_a_slow_host_delays_no_other(self):
        async def act(slow: str, fast: str):
            async with Client(allow_private=LOOPBACK, concurrency=2) as client:
                waiting = [asyncio.create_task(client.get(slow)) for _ in range(20)]
                await asyncio.sleep(0.02)
                assert (await client.get(fast)).body == b"fast"
                for task in waiting:
                    task.cancel()

        with Server() as slow, Server() as fast:
            asyncio.run(asyncio.wait_for(act(slow.serve("/", hang=True), fast.serve("/", "fast")), 5))

    def test_a_redirect_waits_for_its_own_hosts_turn(self):
        with Server() as one, Server() as two:
            target = two.serve("/b", "b")
            get_all([one.serve("/a", redirect=target), target, target], per_host_gap_seconds=0.3)
            times = two.times("/b")
        assert len(times) == 3
        assert all(later - earlier > 0.1 for earlier, later in pairwise(times))

    def test_a_held_host_is_sent_nothing(self):
        async def act(url: str):
            async with Client(allow_private=LOOPBACK) as client:
                client.hold(url, 60)
                with pytest.raises(HostHeld):
                    await client.get(url)

        with Server() as server:
            asyncio.run(act(server.serve("/a")))
            assert server.requests == []

    @pytest.mark.parametrize(("status", "headers"), [(429, {}), (503, {"Retry-After": "5"})])
    def test_what_is_queued_behind_a_rate_limit_is_not_sent(self, status, headers):
        with Server() as server:
            url = server.serve("/a", status=status, headers=headers)
            answers = get_all([url] * 5)
            assert len(server.requests) == 1
        assert answers[0].status == status
        assert [type(answer) for answer in answers[1:]] == [HostHeld] * 4

    def test_waiting_for_a_turn_does_not_use_up_the_deadline(self):
        async def act(url: str):
            async with Client(allow_private=LOOPBACK, per_host_gap_seconds=0.1) as client:
                return await asyncio.gather(*(client.get(url, deadline=0.15) for _ in range(4)))

        with Server() as server:
            assert len(asyncio.run(act(server.serve("/a")))) == 4


class TestGuard:
    @pytest.mark.parametrize(
        "host",
        [
            "127.0.0.1",
            "127.0.0.2",
            "127.1",
            "2130706433",
            "0x7f000001",
            "0x7f.1",
            "0177.0.0.1",
            "localhost",
            "0.0.0.0",
            "0",
            "LOCALHOST.",
            "１２７.0.0.1",
            "127。0。0。1",
            "ⓛocalhost",
            "[::1]",
            "[::ffff:127.0.0.1]",
            "[::127.0.0.1]",
            "[::]",
            "[64:ff9b::127.0.0.1]",
            "[2002:7f00:1::]",
            "user@127.0.0.1",
            "example.org\\@127.0.0.1",
            "%31%32%37.0.0.1",
        ],
    )
    def test_no_notation_reaches_this_machine(self, host):
        with Server("0.0.0.0") as server:
            server.serve("/", "secret")
            with pytest.raises(AddressRefused):
                get(f"http://{host}:{server.port}/", client={"allow_private": []})
            assert server.requests == []

    @pytest.mark.parametrize("host", ["127.0.0.1", "127.1", "2130706433", "0x7f000001", "localhost"])
    def test_an_allowed_network_is_reached_by_every_notation(self, host):
        with Server() as server:
            server.serve("/", "welcome")
            fetched = get(f"http://{host}:{server.port}/", client={"allow_private": [*LOOPBACK, ip_network("::1/128")]})
            assert fetched.body == b"welcome"
            assert server.requests[0].headers["host"] == f"{host}:{server.port}"

    def test_one_bad_address_refuses_the_name(self):
        async def act(url: str):
            async with Client(allow_private=LOOPBACK) as client:
                client._names = Listed("127.0.0.1", "10.0.0.1")
                await client.get(url)

        with Server() as server:
            with pytest.raises(AddressRefused, match=r"10\.0\.0\.1, which is a private network"):
                asyncio.run(act(f"http://news.example:{server.port}/"))
            assert server.requests == []

    def test_a_name_that_is_bound_anew_is_asked_once_a_hop_and_connected_to_as_checked(self):
        class Rebound:
            def __init__(self):
                self.answers = ["127.0.0.1", "127.0.0.2"]

            async def addresses(self, host):
                return (ip_address(self.answers.pop(0)),)

        async def act(url: str):
            async with Client(allow_private=[ip_network("127.0.0.1/32")], per_host_gap_seconds=0) as client:
                client._names = Rebound()
                return (await client.get(url)).body, await _refusal(client, url)

        async def _refusal(client, url):
            with pytest.raises(AddressRefused, match=r"127\.0\.0\.2"):
                await client.get(url)

        with Server("0.0.0.0") as server:
            server.serve("/", "seen")
            assert asyncio.run(act(f"http://news.example:{server.port}/")) == (b"seen", None)
            assert len(server.requests) == 1

    def test_the_next_address_of_a_name_is_tried_when_one_is_deaf(self):
        async def act(url: str):
            async with Client(allow_private=LOOPBACK) as client:
                client._names = Listed("127.0.0.3", "127.0.0.1")
                return await client.get(url)

        with Server() as server:
            server.serve("/", "second")
            fetched = asyncio.run(act(f"http://news.example:{server.port}/"))
            assert fetched.body == b"second"
            assert server.requests[0].headers["host"] == f"news.example:{server.port}"

    @pytest.mark.parametrize("scheme", ["ftp", "file", "gopher", "data", "javascript", "HTTPX"])
    def test_other_schemes_are_refused(self, scheme):
        with pytest.raises(AddressRefused):
            get(f"{scheme}://127.0.0.1/")


class Listed:
    """A name service that knows one answer."""

    def __init__(self, *addresses: str) -> None:
        self._addresses = tuple(map(ip_address, addresses))

    async def addresses(self, host: str):
        return self._addresses


class TestRedirects:
    @pytest.mark.parametrize(
        ("statuses", "moved"),
        [
            ([301], 1),
            ([308, 301], 2),
            ([302], 0),
            ([303], 0),
            ([307], 0),
            ([301, 302], 1),
            ([301, 302, 301], 1),
            ([302, 301], 0),
            ([301, 308, 301, 308, 301], 5),
        ],
    )
    def test_moved_to_is_where_the_leading_permanent_redirects_led(self, statuses, moved):
        with Server() as server:
            for step, status in enumerate(statuses):
                server.serve(f"/{step}", status=status, redirect=f"/{step + 1}")
            server.serve(f"/{len(statuses)}", "there")
            fetched = get(server.url("/0"))
            assert fetched.body == b"there"
            assert fetched.url == server.url("/0")
            assert fetched.final_url == server.url(f"/{len(statuses)}")
            assert fetched.moved_to == (server.url(f"/{moved}") if moved else "")

    def test_more_than_five_redirects_are_too_many(self):
        with Server() as server:
            for step in range(10):
                server.serve(f"/{step}", redirect=f"/{step + 1}")
            with pytest.raises(FetchError, match="more than 5 redirects") as trouble:
                get(server.url("/0"))
            assert trouble.value.status == 302
            assert len(server.requests) == 6

    def test_a_circle_is_left_at_once(self):
        with Server() as server:
            server.serve("/a", redirect="/b")
            server.serve("/b", redirect="/a#again")
            with pytest.raises(FetchError, match="circle"):
                get(server.url("/a"))
            assert len(server.requests) == 2

    @pytest.mark.parametrize(
        "target",
        [
            "http://127.0.0.2:{port}/",
            "http://2130706434:{port}/",
            "//127.0.0.2:{port}/",
            "http://[::ffff:127.0.0.2]:{port}/",
            "http://a@127.0.0.2:{port}/",
            "http://10.0.0.1/",
            "http://169.254.169.254/latest",
        ],
    )
    def test_a_redirect_into_a_private_network_is_refused(self, target):
        with Server() as outside, Server("127.0.0.2") as inside:
            url = outside.serve("/", redirect=target.format(port=inside.port))
            with pytest.raises(AddressRefused):
                get(url, client={"allow_private": [ip_network("127.0.0.1/32")]})
            assert inside.requests == []

    def test_a_backslash_leads_nowhere_else(self):
        with Server() as outside, Server("127.0.0.2") as inside:
            fetched = get(outside.serve("/", redirect=f"http:\\\\127.0.0.2:{inside.port}\\"))
            assert fetched.status == 404
            assert fetched.final_url.startswith(outside.url("/%5C%5C127.0.0.2"))
            assert inside.requests == []

    @pytest.mark.parametrize(
        "target", ["ftp://example.org/", "file:///etc/passwd", "gopher://x/", "http://[", "http://a:99999/"]
    )
    def test_a_redirect_to_what_is_no_web_address_is_refused(self, target):
        with Server() as server, pytest.raises(AddressRefused):
            get(server.serve("/", redirect=target))

    def test_a_redirect_without_a_target_is_an_answer(self):
        with Server() as server:
            assert get(server.serve("/", status=301)).status == 301

    def test_a_target_in_raw_utf_8_is_understood(self):
        with Server() as server:
            server.serve("/%EB%89%B4%EC%8A%A4", "news")
            assert get(server.serve("/", redirect="/뉴스".encode().decode("latin-1"))).body == b"news"

    def test_a_target_in_raw_latin_1_is_understood(self):
        with Server() as server:
            server.serve("/caf%C3%A9", "coffee")
            assert get(server.serve("/", redirect="/caf\xe9")).body == b"coffee"

    def test_secrets_stay_with_their_origin(self):
        with Server() as home, Server() as abroad:
            home.serve("/a", redirect="/b")
            home.serve("/b", redirect=abroad.url("/c"))
            abroad.serve("/c", redirect=home.url("/d"))
            home.serve("/d", "home again")
            secret = {"X-Token": "canary", "Cookie": "a=1", "Accept": "text/xml"}
            get(home.url("/a"), headers=secret, username=Secret("desk"), password=Secret("pässword"))
            stranger = abroad.requests[0].headers
            known = [request.headers for request in home.requests]
        assert stranger["accept"] == "text/xml"
        assert not {"authorization", "x-token", "cookie"} & set(stranger)
        assert [headers["authorization"] for headers in known] == ["Basic ZGVzazpww6Rzc3dvcmQ="] * 3
        assert [headers["x-token"] for headers in known] == ["canary"] * 3

    @pytest.mark.parametrize("number", range(3))
    def test_conditions_go_to_their_own_address_and_to_no_other(self, number):
        with Server() as home, Server() as abroad:
            hops = [home.url("/a"), home.url("/b"), abroad.url("/c")]
            home.serve("/a", redirect="/b")
            home.serve("/b", redirect=hops[2])
            abroad.serve("/c", "news")
            get(hops[0], conditions={"If-None-Match": '"1"'}, conditions_at=hops[number])
            told = ["if-none-match" in request.headers for request in (*home.requests, *abroad.requests)]
        assert told == [number == 0, number == 1, number == 2]


class TestLimits:
    def test_a_dripping_server_meets_the_total_deadline(self):
        with Server() as server:
            url = server.serve("/", "x" * 1000, drip=0.02)
            started = time.monotonic()
            with pytest.raises(FetchError, match=r"no complete answer within 0\.2 s"):
                get(url, deadline=0.2)
            assert time.monotonic() - started < 1

    def test_the_deadline_counts_over_all_hops(self):
        with Server() as server:
            for step in range(5):
                server.serve(f"/{step}", redirect=f"/{step + 1}", delay=0.06)
            with pytest.raises(FetchError, match="within"):
                get(server.url("/0"), deadline=0.15)
            assert len(server.requests) <= 3

    @pytest.mark.parametrize("options", [{"hang": True}, {"raw": b"HTTP/1.1 200 OK\r\nX: ", "hang": True}])
    def test_a_server_that_never_answers_meets_the_deadline(self, options):
        with Server() as server, pytest.raises(FetchError, match="within"):
            get(server.serve("/", **options), deadline=0.05)

    def test_a_huge_body_is_dropped_at_its_cap(self):
        with Server() as server:
            url = server.serve("/", repeat(bytes(10_000)))
            with pytest.raises(TooLarge, match=r"larger than 0\.1 MB"):
                get(url, cap=100_000)

    @pytest.mark.parametrize("layers", ["gzip", "gzip, gzip"])
    def test_a_bomb_is_not_inflated(self, layers):
        bomb = gzip.compress(bytes(20_000_000))
        for _ in layers.split(",")[1:]:
            bomb = gzip.compress(bomb)
        with Server() as server, pytest.raises(FetchError, match=r"larger than 1 MB|not asked for"):
            get(server.serve("/", bomb, headers={"Content-Encoding": layers}), cap=1_000_000)

    @pytest.mark.parametrize("size", [70_000, 90_000, 500_000])
    def test_headers_have_a_cap_too(self, size):
        with Server() as server, pytest.raises(TooLarge, match="headers"):
            get(server.serve("/", "ok", headers={f"X-{n}": "v" * 1_000 for n in range(size // 1_000)}))

    def test_headers_without_end_are_dropped(self):
        def endless():
            yield from repeat(b"X-Header: " + b"v" * 1_000 + b"\r\n", 1_000)

        with Server() as server, pytest.raises(TooLarge, match="headers"):
            get(server.serve("/", raw=b"HTTP/1.1 200 OK\r\n" + b"".join(endless())))

    def test_one_line_without_end_is_dropped(self):
        with Server() as server, pytest.raises(TooLarge, match="headers"):
            get(server.serve("/", raw=b"HTTP/1.1 200 OK\r\nX: " + b"v" * 1_000_000))

    def test_the_body_of_an_error_is_not_read(self):
        with Server() as server:
            assert get(server.serve("/", repeat(bytes(10_000)), status=404), cap=1_000).status == 404


class TestPost:
    def test_body_and_headers_arrive_and_the_answer_comes_back(self):
        with Server() as server:
            url = server.serve("/hook?a=1", "thanks", status=202, headers={"X-One": "1"})
            fetched = post(url, "스톡홀름".encode(), headers={"Content-Type": "application/json", "X-Token": "t"})
            sent = server.requests[0]
        assert (fetched.status, fetched.body, fetched.headers["x-one"]) == (202, b"thanks", "1")
        assert (sent.method, sent.path, sent.query) == ("POST", "/hook", "a=1")
        assert sent.body == "스톡홀름".encode()
        assert (sent.headers["content-type"], sent.headers["x-token"]) == ("application/json", "t")
        assert sent.headers["user-agent"] == f"monitor/{__version__}"

    @pytest.mark.parametrize("body", [b"", b"x", bytes(3_000_000)])
    def test_a_body_of_any_size_arrives_whole(self, body):
        with Server() as server:
            post(server.serve("/"), body)
            assert server.requests[0].body == body

    @pytest.mark.parametrize("status", [200, 400, 404, 410, 429, 500, 503])
    def test_the_answers_body_is_read_whatever_its_status(self, status):
        with Server() as server:
            fetched = post(server.serve("/", "why", status=status))
        assert (fetched.status, fetched.body) == (status, b"why")

    @pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
    def test_a_redirect_is_returned_and_not_followed(self, status):
        with Server() as server:
            fetched = post(server.serve("/a", "moved", status=status, redirect="/b"))
            assert [request.path for request in server.requests] == ["/a"]
        assert (fetched.status, fetched.headers["location"]) == (status, "/b")

    def test_no_turn_is_waited_for_and_no_rest_kept(self):
        async def act(url: str):
            async with Client(allow_private=LOOPBACK, per_host_gap_seconds=60, concurrency=1) as client:
                await client.get(url)
                client.hold(url, 60)
                async with asyncio.timeout(5):
                    return await asyncio.gather(*(client.post(url, b"{}") for _ in range(3)))

        with Server() as server:
            assert [answer.status for answer in asyncio.run(act(server.serve("/")))] == [200] * 3

    def test_a_rate_limit_that_a_post_met_is_no_rest_for_feeds(self):
        async def act(url: str, feed: str):
            async with Client(allow_private=LOOPBACK, per_host_gap_seconds=0) as client:
                await client.post(url, b"{}")
                return await client.get(feed)

        with Server() as server:
            fetched = asyncio.run(act(server.serve("/hook", status=429), server.serve("/feed", "ok")))
        assert fetched.body == b"ok"

    @pytest.mark.parametrize("url", ["http://127.0.0.1:{}/", "http://2130706433:{}/", "ftp://127.0.0.1:{}/"])
    def test_the_guard_refuses_what_it_refuses_a_get(self, url):
        with Server() as server:
            with pytest.raises(AddressRefused):
                post(url.format(server.port), client={"allow_private": []})
            assert server.requests == []

    @pytest.mark.parametrize(
        ("answer", "status"),
        [
            ({"raw": b""}, None),
            ({"raw": b"nonsense\r\n\r\n"}, None),
            ({"body": "ok, whole", "cut_after": 2}, 200),
            ({"body": "no", "status": 500, "cut_after": 1}, 500),
            ({"hang": True}, None),
            ({"body": "slow", "drip": 5}, 200),
        ],
    )
    def test_an_answer_that_does_not_come_whole_is_lost(self, answer, status):
        with Server() as server:
            url = server.serve("/", answer.pop("body", b""), **answer)
            with pytest.raises(AnswerLost) as trouble:
                post(url, b"{}", deadline=0.3)
            assert len(server.requests) == 1
        assert trouble.value.status == status
        assert "\n" not in str(trouble.value)

    def test_an_answer_past_its_cap_is_too_large_and_its_status_known(self):
        with Server() as server, pytest.raises(TooLarge) as trouble:
            post(server.serve("/", repeat(bytes(10_000)), status=500), cap=50_000)
        assert trouble.value.status == 500

    def test_a_request_that_was_never_sent_is_no_lost_answer(self):
        with Server() as server:
            closed = server.url("/")
        for url in (closed, "http://nowhere.invalid/"):
            with pytest.raises(FetchError) as trouble:
                post(url)
            assert not isinstance(trouble.value, AnswerLost)

    def test_a_server_that_never_shakes_hands_was_sent_nothing(self):
        with socket.create_server(("127.0.0.1", 0)) as deaf, pytest.raises(FetchError) as trouble:
            post(f"https://127.0.0.1:{deaf.getsockname()[1]}/", deadline=0.1)
        assert not isinstance(trouble.value, AnswerLost)

    def test_a_certificate_that_nobody_signed_gets_nothing(self, secure):
        with pytest.raises(FetchError, match="certificate is not accepted") as trouble:
            post(secure.url("/"))
        assert not isinstance(trouble.value, AnswerLost)
        assert secure.requests == []

    def test_a_refusal_before_the_body_is_whole_is_an_answer(self):
        with early_refusal() as url:
            assert post(url, bytes(50_000_000)).status == 413

    def test_a_header_that_cannot_be_sent_is_no_lost_answer_and_untold(self):
        with Server() as server, pytest.raises(FetchError, match="header") as trouble:
            post(server.serve("/"), headers={"X-Token": "canary\r\n"})
        assert not isinstance(trouble.value, AnswerLost)
        assert "canary" not in str(trouble.value)


class TestReach:
    def reach(self, url: str, *allowed) -> None:
        async def act():
            async with Client(allow_private=allowed) as opened:
                await opened.reach(url)

        asyncio.run(act())

    def test_an_address_is_reached_without_a_request(self):
        with Server() as server:
            self.reach(server.url("/hook"), *LOOPBACK)
            assert server.requests == []

    def test_a_host_that_refuses_is_told(self):
        with Server() as server:
            url = server.url("/hook")
        with pytest.raises(FetchError, match=r"no connection to 127\.0\.0\.1:\d+: Connection refused"):
            self.reach(url, *LOOPBACK)

    @pytest.mark.parametrize("url", ["http://127.0.0.1/", "http://2130706433/", "ftp://example.org/", "nonsense"])
    def test_what_the_guard_refuses_is_not(self, url):
        with pytest.raises(AddressRefused):
            self.reach(url)

    def test_a_name_without_addresses_is_told(self):
        with pytest.raises(FetchError, match=r"nowhere\.invalid"):
            self.reach("http://nowhere.invalid/")


@contextmanager
def early_refusal():
    """Give the address of a server that answers 413 as soon as a request begins, and drops the rest."""

    def answer():
        connection, _ = listener.accept()
        with connection:
            connection.recv(1_000)
            connection.sendall(b"HTTP/1.1 413 Content Too Large\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")
            connection.shutdown(socket.SHUT_WR)
            connection.recv(60_000_000, socket.MSG_WAITALL)

    with socket.create_server(("127.0.0.1", 0)) as listener:
        threading.Thread(target=answer, daemon=True).start()
        yield f"http://127.0.0.1:{listener.getsockname()[1]}/"


class TestTrouble:
    @pytest.mark.parametrize(
        "raw",
        [
            b"",
            b"not http at all\r\n\r\n",
            b"HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n",
            b"HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nx",
            b"HTTP/1.1 99999 OK\r\n\r\n",
            b"HTTP/1.1 200 OK\r\nBad Header\r\n\r\n",
            b"HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip, chunked\r\n\r\n",
            b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
            b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nab",
            b"HTTP/1.1 200 OK\r\nX: \x00\r\n\r\n",
            b"\x16\x03\x01\x00\x00",
        ],
    )
    def test_what_is_not_a_whole_http_answer_is_one_clear_line(self, raw):
        with Server() as server, pytest.raises(FetchError) as trouble:
            get(server.serve("/", raw=raw))
        assert "\n" not in str(trouble.value)
        assert len(str(trouble.value)) < 300

    def test_a_body_shorter_than_promised_is_an_error(self):
        with Server() as server, pytest.raises(FetchError, match="broke off"):
            get(server.serve("/", "<rss>whole</rss>", cut_after=5))

    def test_a_closed_port_is_told(self):
        with Server() as server:
            url = server.url("/")
        with pytest.raises(FetchError, match="no connection: Connection refused"):
            get(url)

    def test_a_name_without_addresses_is_told(self):
        with pytest.raises(FetchError, match=r"nowhere\.invalid"):
            get("http://nowhere.invalid/")

    @pytest.mark.parametrize("value", ["canary\r\nX-Evil: 1", "canary\x00", "canary 뉴스"])
    def test_a_header_that_cannot_be_sent_is_told_without_its_value(self, value):
        with Server() as server:
            with pytest.raises(FetchError, match="header") as trouble:
                get(server.serve("/"), headers={"X-Token": value})
            assert server.requests == []
        assert "canary" not in str(trouble.value)

    @pytest.mark.parametrize(
        "url", ["http://127.0.0.1/" + "a" * 70_000, "http://[::", "http://\udcff/", "http://a\x00b/"]
    )
    def test_no_address_brings_a_foreign_error(self, url):
        with pytest.raises(MonitorError):
            get(url)

    def test_no_log_tells_a_secret(self, caplog):
        with caplog.at_level(logging.DEBUG), Server() as server:
            url = server.serve("/")
            get(url, username=Secret("desk"), password=Secret("canary"), headers={"X-Token": "canary"})
            get_all([url])
        assert "canary" not in caplog.text
        assert "ZGVzazpjYW5hcnk=" not in caplog.text

    def test_a_cancelled_fetch_leaves_its_host_free(self):
        async def act(url: str, other: str):
            async with Client(allow_private=LOOPBACK, per_host_gap_seconds=0, concurrency=1) as client:
                with pytest.raises(TimeoutError):
                    async with asyncio.timeout(0.02):
                        await client.get(url)
                return await client.get(other)

        with Server() as server:
            hanging, fine = server.serve("/a", hang=True), server.serve("/b", "fine")
            assert asyncio.run(act(hanging, fine)).body == b"fine"


@pytest.fixture
def certificate(tmp_path):
    """Make a certificate for localhost and 127.0.0.1, signed by itself."""
    if shutil.which("openssl") is None:
        pytest.skip("openssl, which makes the test's certificate, is not installed")
    command = (
        "openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2 -subj /CN=localhost"
        " -addext subjectAltName=DNS:localhost,IP:127.0.0.1 -keyout key.pem -out cert.pem"
    )
    subprocess.run(command.split(), cwd=tmp_path, check=True, capture_output=True)
    return tmp_path / "cert.pem"


def server_side(certificate) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, certificate.with_name("key.pem"))
    return context


@pytest.fixture
def secure(certificate):
    with Server(tls=server_side(certificate)) as server:
        server.serve("/", "secure")
        yield server


@pytest.fixture
def trusted(certificate, monkeypatch):
    """Let the test's certificate be one of the authorities."""
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
    exchange.tls.cache_clear()
    yield
    exchange.tls.cache_clear()


class TestTls:
    def test_a_certificate_that_nobody_signed_is_refused(self, secure):
        with pytest.raises(FetchError, match="certificate is not accepted"):
            get(secure.url("/"))
        assert secure.requests == []

    def test_verification_can_be_switched_off_for_one_fetch(self, secure):
        assert get(secure.url("/"), verify=False).body == b"secure"
        with pytest.raises(FetchError, match="certificate"):
            get(secure.url("/"))

    @pytest.mark.parametrize("host", ["localhost", "127.0.0.1"])
    def test_a_trusted_certificate_is_checked_against_the_name(self, secure, trusted, host):
        url = f"https://{host}:{secure.port}/"
        assert get(url, client={"allow_private": [*LOOPBACK, ip_network("::1/128")]}).body == b"secure"

    def test_a_trusted_certificate_of_another_name_is_refused(self, secure, trusted):
        with pytest.raises(FetchError, match="certificate is not accepted"):
            get(f"https://2130706433:{secure.port}/")
        assert secure.requests == []

    def test_a_redirect_never_leads_from_https_to_http(self, secure):
        with Server() as plain:
            secure.serve("/down", redirect=plain.serve("/", "plain"))
            with pytest.raises(AddressRefused, match="from https to http"):
                get(secure.url("/down"), verify=False)
            assert plain.requests == []

    def test_another_host_is_not_excused_from_verification(self, secure):
        secure.serve("/on", redirect=f"https://localhost:{secure.port}/")
        with pytest.raises(FetchError, match="certificate"):
            get(secure.url("/on"), verify=False, client={"allow_private": [*LOOPBACK, ip_network("::1/128")]})

    def test_an_address_that_leaves_the_handshake_open_gives_way_to_the_next(self, certificate):
        async def act(url: str):
            async with Client(allow_private=LOOPBACK) as client:
                client._names = Listed("127.0.0.3", "127.0.0.2")
                return await client.get(url, verify=False, deadline=0.5)

        with (
            Server("127.0.0.2", tls=server_side(certificate)) as good,
            socket.create_server(("127.0.0.3", good.port)),
        ):
            good.serve("/", "second")
            assert asyncio.run(act(f"https://localhost:{good.port}/")).body == b"second"

    def test_a_server_that_leaves_the_handshake_open_is_told(self):
        with socket.create_server(("127.0.0.1", 0)) as deaf, pytest.raises(FetchError, match=r"within|in time"):
            get(f"https://127.0.0.1:{deaf.getsockname()[1]}/", deadline=0.05)

    def test_a_server_that_can_do_more_is_asked_for_what_we_speak(self, certificate):
        context = server_side(certificate)
        context.set_alpn_protocols(["h2", "http/1.1"])

        def answer() -> str | None:
            connection, _ = listening.accept()
            with context.wrap_socket(connection, server_side=True) as talk:
                talk.recv(10_000)
                talk.sendall(b"HTTP/1.1 204 No Content\r\n\r\n")
                return talk.selected_alpn_protocol()

        with socket.create_server(("127.0.0.1", 0)) as listening, ThreadPoolExecutor() as pool:
            agreed = pool.submit(answer)
            assert get(f"https://127.0.0.1:{listening.getsockname()[1]}/", verify=False).status == 204
            assert agreed.result() == "http/1.1"

    def test_tls_on_a_plain_port_is_told(self):
        def answer_plainly():
            connection, _ = plain.accept()
            with connection:
                connection.recv(10_000)
                connection.sendall(b"HTTP/1.1 400 Bad Request\r\n\r\n")

        with socket.create_server(("127.0.0.1", 0)) as plain:
            threading.Thread(target=answer_plainly, daemon=True).start()
            with pytest.raises(FetchError, match="TLS failed"):
                get(f"https://127.0.0.1:{plain.getsockname()[1]}/")

    def test_plain_http_on_a_secure_port_is_told(self, secure):
        with pytest.raises(FetchError):
            get(f"http://127.0.0.1:{secure.port}/")
