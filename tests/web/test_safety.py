import base64
import socket
import time
from contextlib import suppress

import pytest

from monitor.store import counts, recipients
from monitor.web import links, safety, server
from tests.web import sites
from tests.web.sites import PASSWORD, SECRET

BOUND = {
    "content-security-policy": "default-src 'none'; style-src 'sha256-",
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
    "referrer-policy": "same-origin",
    "cache-control": "no-store",
}


def basic(password, user="anyone"):
    return f"Basic {base64.b64encode(f'{user}:{password}'.encode()).decode()}"


def guarded_by_headers(answer):
    return all(answer.headers.get(name, "").startswith(value) for name, value in BOUND.items())


def dump(db):
    with db.read() as session:
        return list(session.connection().connection.driver_connection.iterdump())


def test_every_answer_bears_the_headers(site, monkeypatch):
    wanted = {
        200: [site.ask(path) for path in ("/", "/healthz", "/readyz", "/metrics", site.link())],
        404: [site.ask("/nowhere"), site.ask("/u/"), site.ask("/static/../../etc/passwd")],
        405: [site.ask("/", "POST"), site.ask("/healthz", "DELETE"), site.ask(site.link(), "PUT")],
        403: [site.ask("/u/forged")],
        400: [site.ask("/", Host="evil.example")],
        413: [site.ask(site.link(), "POST", b"x" * (safety.BODY_BYTES + 1))],
    }
    monkeypatch.setattr(links.Links, "_is_stopped", lambda *_: 1 / 0)
    wanted[500] = [site.ask(site.link())]
    for status, answers in wanted.items():
        for answer in answers:
            assert answer.status == status
            assert guarded_by_headers(answer), answer


def test_a_fault_nobody_foresaw_shows_no_traceback(site, monkeypatch, caplog):
    monkeypatch.setattr(links.Links, "_is_stopped", lambda *_: 1 / 0)
    answer = site.ask(site.link())
    assert "Traceback" not in answer.text
    assert "division" not in answer.text
    latest = time.monotonic() + 5.0
    while "ZeroDivisionError" not in caplog.text and time.monotonic() < latest:  # the answer comes before the record
        time.sleep(0.01)
    assert "ZeroDivisionError" in caplog.text


def test_what_is_no_http_is_refused_with_the_headers(site):
    answer = site.talk(b"\x16\x03\x01 hello\r\n\r\n").decode()
    assert answer.startswith("HTTP/1.1 400")
    assert "content-security-policy: default-src 'none'" in answer.lower()


@pytest.mark.parametrize("path", ["/", "/healthz", "/readyz", "/metrics"])
def test_head_answers_as_get_does_without_a_body(site, path):
    answer = site.ask(path, "HEAD")
    assert (answer.status, answer.text) == (200, "")


def test_a_wrong_method_hears_which_are_right(site):
    assert set(site.ask("/healthz", "POST").headers["allow"].split(", ")) == {"GET", "HEAD"}
    assert set(site.ask(site.link(), "DELETE").headers["allow"].split(", ")) == {"GET", "HEAD", "POST"}


@pytest.mark.parametrize(
    "host",
    [
        "localhost",
        "LOCALHOST:8080",
        "127.0.0.1",
        "[::1]:8080",
        "m.example",
        "M.Example.:443",
        "inside.example",
        "box:1",
    ],
)
def test_it_answers_to_its_own_names(tmp_path, host):
    hosts = {"public_url": "https://m.example/base", "allowed_hosts": ("inside.example:8080", "Box")}
    with sites.running(tmp_path, **hosts) as site:
        assert site.ask("/healthz", Host=host).status == 200


@pytest.mark.parametrize(
    "host",
    [
        "evil.example",
        "localhost.evil.example",
        "127.0.0.1.nip.io",
        "8.8.8.8",
        "[::2]",
        "",
        "@",
        "a b",
        "[",
        "m.example@x",
    ],
)
def test_a_name_that_was_led_here_is_refused(site, host):
    for path in ("/", "/healthz", "/metrics", site.link()):
        assert site.ask(path, Host=host).status == 400


def test_two_hosts_and_none_are_refused(site):
    assert b" 400 " in site.talk(b"GET / HTTP/1.1\r\nHost: localhost\r\nHost: localhost\r\n\r\n")
    assert b" 400 " in site.talk(b"GET / HTTP/1.0\r\n\r\n")


def test_looking_changes_nothing(site):
    site.tell()
    site.archive()
    before = dump(site.app.db)
    for route in site.site.routes:
        for method in ("GET", "HEAD"):
            assert site.ask(site.path(route), method).status == 200
    assert dump(site.app.db) == before


def test_what_changes_state_is_post_with_a_reason_to_do_without_csrf(site):
    for route in site.site.routes:
        beyond = route.methods - {"GET", "HEAD"}
        assert beyond <= {"POST"}, route.path
        assert not beyond or safety.WITHOUT_CSRF.get(route.path), f"{route.path} is not protected"


def test_no_reason_is_left_over(site):
    assert set(safety.WITHOUT_CSRF) <= {route.path for route in site.site.routes}


def test_without_pages_only_health_metrics_and_links_of_messages_stay(tmp_path):
    with sites.running(tmp_path, pages=False) as site:
        assert site.ask("/").status == 404
        assert [site.ask(path).status for path in ("/healthz", "/readyz", "/metrics", site.link())] == [200] * 4


@pytest.mark.parametrize("given", [basic(PASSWORD), basic(PASSWORD, ""), "bearer  canary-p\xc3\xa4ssword"])
def test_the_password_opens_the_metrics(guarded, given):
    assert guarded.ask("/metrics", Authorization=given).status == 200


@pytest.mark.parametrize(
    "given",
    [
        basic("wrong"),
        basic(""),
        basic(PASSWORD + " "),
        "Basic ???",
        "Basic",
        "",
        "Bearer",
        "Bearer x",
        "Digest x",
        "Basic w6Q=",
    ],
)
def test_anything_else_does_not(guarded, given):
    answer = guarded.ask("/metrics", Authorization=given)
    assert answer.status == 401
    assert answer.headers["www-authenticate"].startswith("Basic realm=")


@pytest.mark.parametrize("path", ["/archive", "/archive/1", "/archive/99"])
def test_the_archive_is_for_who_knows_the_password(guarded, path):
    guarded.archive()
    assert guarded.ask(path).status == 401
    assert guarded.ask(path, Authorization=basic("wrong")).status == 401
    assert guarded.ask(path, Authorization=basic(PASSWORD)).status == (404 if path.endswith("99") else 200)


def test_without_a_password_nobody_reads_the_archive_through_a_proxy(tmp_path):
    with sites.running(tmp_path, public_url="https://m.example") as site:
        site.archive()
        assert [site.ask(path).status for path in ("/archive", "/archive/1")] == [403, 403]


def test_who_brings_no_password_is_asked_and_not_counted(guarded):
    assert {guarded.ask("/metrics").status for _ in range(15)} == {401}
    assert guarded.ask("/metrics", Authorization=basic(PASSWORD)).status == 200


def test_ten_wrong_passwords_in_a_minute_are_enough(guarded):
    assert {guarded.ask("/metrics", Authorization=basic(f"guess {n}")).status for n in range(10)} == {401}
    answer = guarded.ask("/metrics", Authorization=basic(PASSWORD))
    assert (answer.status, answer.headers["retry-after"]) == (429, "60")
    assert guarded.ask("/healthz").status == 200
    guarded.clock.pass_by(minutes=1)
    assert guarded.ask("/metrics", Authorization=basic(PASSWORD)).status == 200


def test_health_is_no_way_around_the_limit(guarded):
    guarded.pulse.faults["poll"] = "canary-reason"
    for n in range(10):
        guarded.ask("/healthz", Authorization=basic(f"guess {n}"))
    assert "canary-reason" not in guarded.ask("/healthz", Authorization=basic(PASSWORD)).text


def test_no_answer_holds_a_secret(guarded):
    guarded.pulse.faults["poll"] = "a fault"
    guarded.tell()
    guarded.archive()
    for route in guarded.site.routes:
        for method in ("GET", "POST", "PUT"):
            answer = guarded.ask(guarded.path(route), method)
            told = answer.text + str(answer.headers)
            assert "canary" not in told
            assert SECRET.decode() not in told


def test_nothing_is_logged_of_links_and_passwords(guarded, caplog, capfd):
    caplog.set_level(0)
    guarded.ask(guarded.link(), "POST")
    guarded.ask("/metrics", Authorization=basic("canary-guess"))
    said = caplog.text + "".join(capfd.readouterr())
    assert "canary" not in said
    assert guarded.link() not in said


def test_a_body_that_does_not_come_is_given_up(site, monkeypatch):
    monkeypatch.setattr(safety, "BODY_SECONDS", 0.1)
    with socket.create_connection(("127.0.0.1", site.port), timeout=10) as slow:
        slow.sendall(f"POST {site.link()} HTTP/1.1\r\nHost: localhost\r\nContent-Length: 9\r\n\r\nx".encode())
        assert slow.recv(65536).startswith(b"HTTP/1.1 408")


def test_a_body_without_a_stated_length_is_capped_too(site):
    head = f"POST {site.link()} HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n".encode()
    with socket.create_connection(("127.0.0.1", site.port), timeout=10) as long:
        long.sendall(head + (b"8000\r\n" + b"x" * 0x8000 + b"\r\n") * 3)
        assert long.recv(65536).startswith(b"HTTP/1.1 413")
    assert recipients.reports(site.app.db, [sites.DESK])["desk"].open == sites.DESK.addresses


@pytest.mark.parametrize(
    "begun", [b"", b"GET / HTTP/1.1\r\nHost: local", b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\nGET /"]
)
def test_a_head_that_does_not_come_is_given_up(tmp_path, monkeypatch, begun):
    monkeypatch.setattr(server, "HEAD_SECONDS", 0.2)
    with sites.running(tmp_path) as site, socket.create_connection(("127.0.0.1", site.port), timeout=10) as slow:
        slow.sendall(begun)
        since = time.monotonic()
        wait_until_closed(slow)
        assert time.monotonic() - since < 3


def test_a_head_that_never_ends_is_refused(site):
    answer = site.talk(b"GET / HTTP/1.1\r\nHost: localhost\r\nX: " + b"x" * 20_000)
    assert answer.startswith(b"HTTP/1.1 400")


def test_more_connections_than_allowed_do_not_shut_out_those_that_are_there(tmp_path, monkeypatch):
    monkeypatch.setattr(server, "CONNECTIONS", 2)
    with sites.running(tmp_path) as site:
        first = socket.create_connection(("127.0.0.1", site.port), timeout=10)
        with first, socket.create_connection(("127.0.0.1", site.port), timeout=10):
            with socket.create_connection(("127.0.0.1", site.port), timeout=10) as third:
                wait_until_closed(third)
            first.sendall(b"GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n")
            assert first.recv(65536).startswith(b"HTTP/1.1 200")
        assert site.ask("/healthz").status == 200


def wait_until_closed(connection):
    with suppress(ConnectionResetError):
        while connection.recv(65536):
            pass


@pytest.mark.parametrize(
    ("text", "host"),
    [
        ("https://M.example:8443/base", "m.example"),
        ("0.0.0.0:8080", "0.0.0.0"),
        ("[::1]:8080", "::1"),
        ("::1", "::1"),
        ("Box", "box"),
        ("", ""),
        (":8080", ""),
        ("[", ""),
    ],
)
def test_the_host_of_what_a_person_writes_is_found(text, host):
    assert safety.host_name(text) == host


def test_counting_is_for_metrics_alone(site, monkeypatch):
    monkeypatch.setattr(counts, "read", lambda db: 1 / 0)
    assert site.ask("/healthz").status == 200
