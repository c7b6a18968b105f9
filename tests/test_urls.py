import subprocess
import sys

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from monitor.urls import MAX_LENGTH, canonical, domain, host, untracked, web_link

SAME_PAGE = [
    ("http://www.example.org/a/", "https://example.org/a"),
    ("HTTPS://Example.ORG:443/a?b=2&a=1", "http://example.org:80/a?a=1&b=2"),
    ("https://www.bbc.com/news/articles/c1?at_medium=RSS&at_campaign=rss", "https://www.bbc.com/news/articles/c1#0"),
    ("https://www.theguardian.com/w/x?CMP=rss", "https://www.theguardian.com/w/x"),
    ("https://www.dw.com/en/a-1?maca=en-rss-en-all-1573-rdf", "https://www.dw.com/en/a-1"),
    ("https://e.org/story?utm_source=x&utm_medium=rss&id=7", "https://e.org/story?id=7&fbclid=abc"),
    ("https://e.org/story;jsessionid=1A2B?id=7", "https://e.org/story?id=7"),
    ("https://e.org/s?PHPSESSID=99", "https://e.org/s"),
    ("https://e.org/s?ref=rss&partner=rss&emc=rss", "https://e.org/s"),
    ("https://spiegel.example/a-1.html#ref=rss", "https://spiegel.example/a-1.html"),
    ("https://e.org/a.php#xtor=RSS-1481423633", "https://e.org/a.php"),
    ("https://e.org", "https://e.org/"),
    ("https://e.org./a", "https://e.org/a"),
    ("https://e.org/%7Euser/%ec%84%a0", "https://e.org/~user/선"),
    ("https://e.org/a b", "https://e.org/a%20b"),
    ("https://m\u00fcller.example/a", "https://xn--mller-kva.example/a"),
]
OTHER_PAGE = [
    ("https://e.org/view?cid=1", "https://e.org/view?cid=2"),
    ("https://e.org/view?gallery_id=1", "https://e.org/view?gallery_id=2"),
    ("https://e.org/?123", "https://e.org/?124"),
    ("https://e.org/?p=1", "https://e.org/?p=2"),
    ("https://e.org/a?source=reuters", "https://e.org/a?source=afp"),
    ("https://e.org/a?ref=1", "https://e.org/a?ref=2"),
    ("https://e.org/a?from=feeding", "https://e.org/a"),
    ("https://e.org/a?source_id=1", "https://e.org/a?source_id=2"),
    ("https://e.org/a?keyword=x", "https://e.org/a?keyword=y"),
    ("https://e.org/article?sid=20261122", "https://e.org/article?sid=20261123"),
    ("https://m.e.org/a", "https://e.org/a"),
    ("https://e.org/A", "https://e.org/a"),
    ("https://e.org:8080/a", "https://e.org/a"),
    ("https://e.org/changelog#2.3.15", "https://e.org/changelog#2.3.9"),
    ("https://e.org/app#/news/5", "https://e.org/app#/news/6"),
    ("https://e.org/login?next=https://e.org/a", "https://e.org/a"),
]
NO_LINK = [
    "",
    "   ",
    "javascript:alert(1)",
    "data:text/html,hi",
    "mailto:a@example.org",
    "ftp://e.org/a",
    "urn:uuid:1",
    "http://",
    "https:///path",
    "http://user@e.org/",
    "http://user:secret@e.org/",
    "http://a\\@e.org/",
    "http://e.org\\@evil.example/",
    "http://e.org/a\nb",
    "http://e.org/\x00",
    "http://e.org/\ud800",
    "http://e.org:99999/",
    "http://[::1/",
    "http://e .org/",
    "http://e%2eorg/",
    "java\tscript:alert(1)",
    "https://e.org/" + "a" * MAX_LENGTH,
]


@pytest.mark.parametrize(("one", "other"), SAME_PAGE)
def test_addresses_of_one_page_are_one(one: str, other: str) -> None:
    assert canonical(one) == canonical(other) != ""


@pytest.mark.parametrize(("one", "other"), OTHER_PAGE)
def test_addresses_of_two_pages_stay_two(one: str, other: str) -> None:
    assert canonical(one) != canonical(other)


@pytest.mark.parametrize("url", NO_LINK)
def test_what_is_no_web_link_becomes_nothing(url: str) -> None:
    assert web_link(url) == ""


def test_overlong_addresses_still_have_an_identity() -> None:
    long = "https://e.org/" + "a" * MAX_LENGTH
    assert canonical(long) == long


@pytest.mark.parametrize(
    ("url", "base", "link"),
    [
        (" /b ", "https://e.org/a/feed.xml", "https://e.org/b"),
        ("c?x=1", "https://e.org/a/feed.xml", "https://e.org/a/c?x=1"),
        ("//other.example/x", "https://e.org/", "https://other.example/x"),
        ("https://e.org/?a=1&amp;b=2", "", "https://e.org/?a=1&b=2"),
        ("HTTP://E.org/A", "", "http://e.org/A"),
        ("https://e.org/a|b<c>\"d'", "", "https://e.org/a%7Cb%3Cc%3E%22d'"),
        ("https://e.org/100%", "", "https://e.org/100%25"),
        ("https://e.org/%EC%84", "", "https://e.org/%EC%84"),
        ("http://[2001:DB8::1]:8080/", "", "http://[2001:db8::1]:8080/"),
        ("javascript:alert(1)", "https://e.org/", ""),
        ("x", "nonsense", ""),
    ],
)
def test_links_are_resolved_and_written_in_plain_ascii(url: str, base: str, link: str) -> None:
    assert web_link(url, base) == link


@pytest.mark.parametrize(
    ("url", "name"),
    [
        ("https://News.Example.ORG.:8080/a", "news.example.org"),
        ("http://[::1]:80/", "::1"),
        ("not an address", ""),
        ("http://[bad", ""),
        ("", ""),
    ],
)
def test_the_host_is_bare_and_in_lower_case(url: str, name: str) -> None:
    assert host(url) == name


@pytest.mark.parametrize(
    ("url", "name"),
    [
        ("https://news.bbc.co.uk/x", "bbc.co.uk"),
        ("https://en.yna.co.kr/RSS/news.xml", "yna.co.kr"),
        ("https://one.blogspot.com/", "one.blogspot.com"),
        ("http://127.0.0.1:8000/", "127.0.0.1"),
        ("http://[::1]/", "::1"),
        ("http://localhost/", "localhost"),
        ("http://news.unknownsuffix/", "news.unknownsuffix"),
        ("http://co.uk/", "co.uk"),
        ("nothing", ""),
    ],
)
def test_the_registrable_domain_follows_the_public_suffix_list(url: str, name: str) -> None:
    assert domain(url) == name


def test_untracked_drops_tracking_alone() -> None:
    assert untracked("https://E.org/a/?b=2&utm_source=x&a=1&at_medium=RSS#part") == "https://E.org/a/?b=2&a=1#part"
    assert untracked("https://e.org/a?fbclid=1") == "https://e.org/a"
    assert untracked("https://e.org/a?") == "https://e.org/a"


ADDRESSES = st.one_of(
    st.text(),
    st.builds(
        "http://{}/{}".format, st.sampled_from(["www.e.org", "www.www.e.org", "www.org", "E.org:443"]), st.text()
    ),
    st.builds("https://e.org/a?{}#{}".format, st.text("ab=&%7E4125;/?#+ utm_"), st.text()),
)


@given(ADDRESSES)
@example("https://e.org/%%34%31")
@example("https://www.www.com/;jsessionid=a;jsessionid=b/")
@example("https://e.org/a/#//")
def test_a_canonical_address_stays_canonical(url: str) -> None:
    assert canonical(canonical(url)) == canonical(url)


@given(ADDRESSES, ADDRESSES)
def test_links_are_plain_and_stay_themselves(url: str, base: str) -> None:
    link = web_link(url, base)
    assert link == "" or (link.isascii() and link.startswith(("http://", "https://")) and web_link(link) == link)


@given(st.from_regex(r"https?://(www\.)?[a-z0-9-]{1,9}(\.[a-z0-9-]{1,9})?\.[a-z]{2,4}/[\w/.~-]{0,20}", fullmatch=True))
def test_plain_addresses_are_read_as_others_are(url: str) -> None:
    assert web_link(url + "#part") == (web_link(url) and web_link(url) + "#part")
    assert canonical(url + "#top") == canonical(url)


@given(ADDRESSES)
def test_what_is_shown_means_the_same(url: str) -> None:
    assert canonical(untracked(url)) in (canonical(url), "")


def test_importing_addresses_stays_light() -> None:
    loaded = "import sys, monitor.urls; print({'tld', 'courlan', 'httpx', 'lxml'} & set(sys.modules))"
    done = subprocess.run([sys.executable, "-c", loaded], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "set()"
