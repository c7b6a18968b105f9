import ipaddress
from ipaddress import ip_address, ip_network

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.errors import AddressRefused
from monitor.net import guard


@pytest.mark.parametrize(
    ("url", "address"),
    [
        ("http://example.org", "http://example.org/"),
        ("HTTPS://Example.ORG:443/Feed?a=1&b=2#top", "https://example.org/Feed?a=1&b=2"),
        ("http://example.org.:8080/", "http://example.org:8080/"),
        ("http://example.org:/x", "http://example.org/x"),
        ("http://[2606:4700:0:0::1111]:81/", "http://[2606:4700::1111]:81/"),
        ("http://bücher.example/", "http://xn--bcher-kva.example/"),
        ("https://뉴스.한국/rss", "https://xn--vg1b002a.xn--3e0b707e/rss"),
        ("http://my_host.example/a b/é?q=ü", "http://my_host.example/a%20b/%C3%A9?q=%C3%BC"),
        ("http://example.org/100%25/a%2Fb\\c", "http://example.org/100%25/a%2Fb%5Cc"),
        ("http://example.org?q=/etc", "http://example.org/?q=/etc"),
        ("http://2130706433/", "http://2130706433/"),
    ],
)
def test_an_address_is_written_in_one_way(url, address):
    assert str(guard.parse(url)) == address


@given(st.text(alphabet="htps:/@\\.[]%?#0aé。 １\t", max_size=30).map("http://".__add__))
def test_what_is_parsed_parses_again_to_the_same(url):
    try:
        address = guard.parse(url)
    except AddressRefused:
        return
    assert guard.parse(str(address)) == address
    assert str(address).isascii()


@pytest.mark.parametrize(
    "url",
    [
        "ftp://example.org/",
        "file:///etc/passwd",
        "gopher://example.org/",
        "//example.org/",
        "example.org",
        "",
        "http://",
        "http:///path",
        "http:example.org",
        "http:\\\\example.org\\",
        "http://user@example.org/",
        "http://user:secret@example.org/",
        "http://good.example\\@evil.example/",
        "http://good.example\\.evil.example/",
        "http://exa mple.org/",
        "http://example.org\t/",
        "http://exam\nple.org/",
        "http://example.org/\r\nHost: evil",
        "http://example.org/\x00",
        "http://%31%32%37.0.0.1/",
        "http://exa%6Dple.org/",
        "http://127。0。0。1/",
        "http://１２７.0.0.1/",
        "http://ⓔxample.org/",
        "http://ex\u00adample.org/",
        "http://example..org/",
        "http://.example.org/",
        "http://" + "a" * 64 + ".org/",
        "http://" + "a." * 130 + "org/",
        "http://example.org:0/",
        "http://example.org:65536/",
        "http://example.org:99999/",
        "http://example.org:٣/",
        "http://example.org:80:80/",
        "http://[::1/",
        "http://[fe80::1%25eth0]/",
        "http://[not an address]/",
        "http://[::12345]/",
        "http://[::1]evil/",
        "http://example.org/\ud800",
    ],
)
def test_what_two_readers_could_understand_differently_is_refused(url):
    with pytest.raises(AddressRefused):
        guard.parse(url)


def test_a_password_in_an_address_is_not_repeated_in_the_refusal():
    with pytest.raises(AddressRefused) as refusal:
        guard.parse("https://desk:canary@example.org/feed")
    assert "canary" not in str(refusal.value)


@pytest.mark.parametrize("block", guard.DENIED, ids=str)
@given(data=st.data())
def test_every_address_of_a_denied_block_is_refused(block, data):
    number = data.draw(st.integers(int(block.network_address), int(block.broadcast_address)))
    address = (ipaddress.IPv4Address if block.version == 4 else ipaddress.IPv6Address)(number)
    assert guard.denied(address)
    with pytest.raises(AddressRefused):
        guard.check("example.org", [ip_address("93.184.215.14"), address])


@given(st.ip_addresses())
def test_nothing_passes_that_the_standard_library_knows_as_special(address):
    if (
        address.is_private
        or address.is_multicast
        or address.is_reserved
        or address.is_loopback
        or address.is_link_local
    ):
        assert guard.denied(address)


@pytest.mark.parametrize(
    "address",
    [
        "0.0.0.0",
        "255.255.255.255",
        "100.127.255.255",
        "192.0.0.170",
        "::",
        "::1",
        "::127.0.0.1",
        "::ffff:127.0.0.1",
        "::ffff:8.8.8.8",
        "64:ff9b::7f00:1",
        "64:ff9b:1::a00:1",
        "100::1",
        "100:0:0:1::1",
        "2001:0:4136:e378:8000:63bf:3fff:fdd2",
        "2001:20::1",
        "2002:7f00:1::1",
        "5f00::1",
        "fd12:3456::1",
        "fe80::1%eth0",
        "fec0::1",
        "ff02::1",
    ],
)
def test_the_known_ways_home_are_closed(address):
    assert guard.denied(ip_address(address))


@pytest.mark.parametrize(
    "address",
    [
        "1.1.1.1",
        "9.255.255.255",
        "11.0.0.0",
        "100.63.255.255",
        "100.128.0.0",
        "172.15.255.255",
        "172.32.0.0",
        "198.17.255.255",
        "198.20.0.0",
        "223.255.255.255",
        "2001:200::1",
        "2606:4700::1111",
        "2a00:1450::1",
    ],
)
def test_the_open_web_is_open(address):
    assert guard.denied(ip_address(address)) == ""


def test_one_bad_address_refuses_the_whole_name():
    addresses = [ip_address("93.184.215.14"), ip_address("2606:4700::1111"), ip_address("10.0.0.1")]
    with pytest.raises(AddressRefused, match=r"feeds\.example leads to 10\.0\.0\.1, which is a private network"):
        guard.check("feeds.example", addresses)


def test_a_network_that_is_allowed_opens_itself_only():
    allowed = [ip_network("10.1.0.0/16"), ip_network("fd00::/8")]
    guard.check("inner.example", [ip_address("10.1.2.3"), ip_address("fd00::1")], allowed)
    with pytest.raises(AddressRefused, match="allow_private"):
        guard.check("inner.example", [ip_address("10.2.0.1")], allowed)


def test_allowing_loopback_does_not_open_its_disguises():
    assert guard.denied(ip_address("::ffff:127.0.0.1"), [ip_network("127.0.0.0/8")])
