import pytest
from feedparser.api import StrictFeedParser

from monitor.sources import vocabulary
from monitor.sources.vocabulary import Names, UnusualError

DC = "http://purl.org/dc/elements/1.1/"
MEDIA = "http://search.yahoo.com/mrss/"
ATOM = "http://www.w3.org/2005/Atom"


@pytest.mark.parametrize(
    ("binding", "tag", "name"),
    [
        ("", "pubDate", "pubdate"),
        (f'xmlns:d="{DC}"', f"{{{DC}}}Creator", "dc_creator"),  # by the namespace, not by its prefix here
        (f"xmlns:media = '{MEDIA.upper()}'", f"{{{MEDIA.upper()}}}content", "media_content"),
        ('xmlns:media="urn:another"', "{urn:another}content", "media_content"),
        (f'xmlns="{ATOM}"', f"{{{ATOM}}}title", "title"),
        ('xmlns:Odd="urn:odd"', "{urn:odd}Title", "odd_title"),
        ('xmlns="urn:odd"', "{urn:odd}title", "title"),
    ],
)
def test_an_element_has_feedparsers_name(binding: str, tag: str, name: str) -> None:
    assert Names(f"<rss {binding}>").name(tag) == name


@pytest.mark.parametrize(
    ("tag", "role"),
    [
        ("pubDate", "published"),
        ("entry", "item"),
        ("category", "unread"),
        ("author", "container"),
        ("skipHours", "unknown"),
        ("channel", "channel"),
        ("textInput", "textinput"),
    ],
)
def test_an_element_has_one_role(tag: str, role: str) -> None:
    assert Names("<rss>").role(tag) == role


@pytest.mark.parametrize("tag", ["links", "date", "published_parsed", "svg", "rss", "expirationDate"])
def test_what_feedparser_treats_in_another_way_is_unusual(tag: str) -> None:
    with pytest.raises(UnusualError):
        Names("<rss>").role(tag)


@pytest.mark.parametrize(
    "bindings",
    [
        'xmlns:a="urn:a" xmlns:a="urn:b"',
        'xmlns:a="urn:a" xmlns:b="urn:a"',
        f'xmlns:media="{DC}"',
        'xmlns:a="urn:&#97;"',
        'xmlns:a="urn:a b"',
        f'xmlns="{ATOM}" xmlns:r="http://purl.org/rss/1.0/"',
    ],
)
def test_names_that_feedparser_may_mistake_are_unusual(bindings: str) -> None:
    with pytest.raises(UnusualError):
        Names(f"<rss {bindings}>")


@pytest.mark.parametrize(("binding", "version"), [("", ""), (f'xmlns:atom="{ATOM}"', "atom10")])
def test_the_namespaces_tell_the_format(binding: str, version: str) -> None:
    assert Names(f"<rss {binding}>").version == version


def test_what_is_called_unread_is_known_to_feedparser() -> None:
    for name in vocabulary._UNREAD | vocabulary._CONTAINERS:
        assert hasattr(StrictFeedParser, f"_start_{name}") or hasattr(StrictFeedParser, f"_end_{name}"), name
