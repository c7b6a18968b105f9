import gzip
import tracemalloc

import pytest

from monitor.errors import ParseError
from monitor.sources.kinds import read
from monitor.sources.packing import MOST_BYTES, unpacked
from tests import documents
from tests.documents import talks

URL = "https://e.org/news.xml.gz"
SITEMAP = documents.sitemap([talks(1), talks(2)]).encode()


def test_what_is_packed_is_read() -> None:
    assert read(gzip.compress(SITEMAP), URL, {}) == read(SITEMAP, URL, {})


def test_what_is_not_packed_stays_as_it_is() -> None:
    assert unpacked(SITEMAP) is SITEMAP
    assert unpacked(b"\x1f\x8bnonsense") == b"\x1f\x8bnonsense"
    assert unpacked(b"") == b""


def test_of_what_broke_off_the_beginning_is_read() -> None:
    assert SITEMAP.startswith(unpacked(gzip.compress(SITEMAP, 0)[:-300]))
    assert len(read(gzip.compress(SITEMAP, 0)[:-60], URL, {}).entries) == 1


def test_a_bomb_is_refused_before_it_fills_the_memory() -> None:
    bomb = gzip.compress(b" " * 10 * MOST_BYTES)
    tracemalloc.start()
    with pytest.raises(ParseError, match="more than 15 MB when unpacked"):
        unpacked(bomb)
    _, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert most < 3 * MOST_BYTES


def test_only_one_wrapping_is_taken_off() -> None:
    with pytest.raises(ParseError, match="data compressed with gzip"):
        read(gzip.compress(gzip.compress(SITEMAP)), URL, {})
