import pytest

from monitor.config import values


def reason(check, value):
    with pytest.raises(ValueError) as told:
        check(value)
    return str(told.value)


@pytest.mark.parametrize(
    "url", ["https://example.org/rss.xml", "http://127.0.0.1:8080/a", "https://[::1]/", "https://münchen.example/"]
)
def test_http_addresses_with_a_host_are_taken(url):
    assert values.web_address(url) == url


@pytest.mark.parametrize(
    ("url", "why"),
    [
        ("ftp://example.org/", "only http and https are fetched"),
        ("file:///etc/passwd", "only http and https are fetched"),
        ("example.org/rss", "only http and https are fetched"),
        ("", "only http and https are fetched"),
        ("https://", "it names no host"),
        ("https://u:p@example.org/", "credentials do not belong in an address"),
        ("https://exa mple.org/", "its host is malformed"),
        ("https://example.org:99999/", "its host is malformed"),
        ("https://[::1/", "this is no address"),
    ],
)
def test_other_addresses_say_why_not(url, why):
    assert reason(values.web_address, url).startswith(why)


@pytest.mark.parametrize("cidr", ["10.0.0.0/8", "fd00::/8", "192.168.1.7", "::1/128"])
def test_networks_of_both_families_are_taken(cidr):
    assert values.network(cidr) == cidr


def test_a_network_with_bits_behind_its_mask_is_mended():
    assert reason(values.network, "10.0.0.1/8") == "bits are set behind the mask; did you mean 10.0.0.0/8?"
    assert reason(values.network, "10.0.0.0/33") == "this is no network"


@pytest.mark.parametrize(
    ("check", "good", "bad"),
    [
        (values.variable, ["FEED_PASSWORD", "_x1"], ["", "1X", "hunter 2", "https://x", "A-B", "ÄB"]),
        (values.optional(values.variable), ["", "KEY"], ["a b"]),
        (values.language, ["en", "zh-Hant", "pt-BR", "es-419"], ["", "english", "e", "en_US", "en-", "ko-한"]),
        (values.mailbox, ["desk@example.org"], ["desk", "a@b@c", "a b@c", "A <a@b>", "a@b,c@d", "a@b\n"]),
        (values.listener, ["127.0.0.1:8080", "localhost:0", "[::1]:80"], ["8080", "::1:80", "a:70000", "a:", "a:8x"]),
        (values.plain, ["x", "북한"], ["", "  ", "a\nb", "a\0"]),
        (values.header_text, ["", "ops@example.org (desk)"], ["a\r\nX: y", "ä"]),
        (values.database, ["sqlite:///a.db", "sqlite:////var/a.db", "postgresql+psycopg://host/db"], []),
        (
            values.database,
            [],
            ["", "a.db", "sqlite://", "sqlite:///", "sqlite:///:memory:", "postgresql://h/d", "mysql://h/d"],
        ),
    ],
)
def test_each_check_takes_the_good_and_refuses_the_bad(check, good, bad):
    assert [check(value) for value in good] == good
    for value in bad:
        assert reason(check, value)


def test_a_password_in_the_file_is_refused_and_one_in_the_environment_is_not():
    url = "postgresql+psycopg://me:hunter2@host/db"

    assert "MONITOR_DATABASE_URL" in reason(values.database, url)
    assert "hunter2" not in reason(values.database, url)
    assert values.database_with_password(url) == url


@pytest.mark.parametrize(
    ("name", "good"),
    [
        ("us-dprk-talks", True),
        ("a_1", True),
        ("", False),
        ("-a", False),
        ("a b", False),
        ("a/b", False),
        ("한", False),
        ("a" * 65, False),
    ],
)
def test_ids_are_fit_for_file_names_and_links(name, good):
    assert values.is_id(name) is good
