import gzip
import tracemalloc
import zlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.errors import FetchError, TooLarge
from monitor.net.coding import MEMBERS, Body, coding


def raw_deflate(data: bytes) -> bytes:
    packer = zlib.compressobj(wbits=-zlib.MAX_WBITS)
    return packer.compress(data) + packer.flush()


PACKERS = {"": bytes, "gzip": gzip.compress, "deflate": zlib.compress, "raw deflate": raw_deflate}


def unpack(pieces: list[bytes], name: str, cap: int = 1_000_000) -> bytes:
    body = Body(name, cap)
    for piece in pieces:
        body.add(piece)
    return body.whole()


@pytest.mark.parametrize("packer", PACKERS)
@given(data=st.binary(max_size=2_000), size=st.integers(1, 50))
def test_a_body_is_the_same_however_it_is_packed_and_cut(packer, data, size):
    packed = PACKERS[packer](data)
    pieces = [packed[start : start + size] for start in range(0, len(packed), size)]
    assert unpack(pieces, packer.removeprefix("raw ")) == data


@pytest.mark.parametrize(("header", "name"), [("", ""), ("identity", ""), ("GZIP", "gzip"), ("x-gzip", "gzip")])
def test_one_coding_is_read(header, name):
    assert coding(header) == name


@pytest.mark.parametrize("header", ["gzip, gzip", "deflate, gzip", "br", "gzip, identity, deflate", "zstd"])
def test_stacked_and_unknown_codings_are_refused(header):
    with pytest.raises(FetchError, match="not asked for"):
        coding(header)


@pytest.mark.parametrize("packer", PACKERS)
def test_the_cap_is_exact(packer):
    name = packer.removeprefix("raw ")
    assert len(unpack([PACKERS[packer](bytes(100))], name, cap=100)) == 100
    with pytest.raises(TooLarge):
        unpack([PACKERS[packer](bytes(101))], name, cap=100)


def test_a_bomb_never_takes_more_room_than_the_cap():
    bomb = gzip.compress(bytes(200_000_000))
    tracemalloc.start()
    with pytest.raises(TooLarge, match="larger than 1 MB"):
        unpack([bomb], "gzip", cap=1_000_000)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 4_000_000


def test_endless_data_that_inflates_to_nothing_is_stopped():
    packer = zlib.compressobj(wbits=31)
    start = packer.compress(b"") + packer.flush(zlib.Z_FULL_FLUSH)
    empty_block = packer.flush(zlib.Z_FULL_FLUSH) or b"\x00\x00\x00\xff\xff"
    with pytest.raises(TooLarge):
        unpack([start] + [empty_block * 100] * 100, "gzip", cap=10_000)


def test_several_gzip_streams_are_one_body():
    assert unpack([gzip.compress(b"one "), gzip.compress(b"two")[:1], gzip.compress(b"two")[1:]], "gzip") == b"one two"


def test_thousands_of_empty_streams_are_refused():
    with pytest.raises(FetchError, match="compressed streams"):
        unpack([gzip.compress(b"") * (MEMBERS + 1)], "gzip")


def test_padding_after_the_data_is_ignored():
    assert unpack([gzip.compress(b"feed") + b"\x00" * 50], "gzip") == b"feed"


@pytest.mark.parametrize("name", ["gzip", "deflate"])
def test_data_that_ends_too_early_is_an_error(name):
    packed = PACKERS[name](b"a feed that goes on and on")
    for end in range(1, len(packed)):
        with pytest.raises(FetchError, match="cut off"):
            unpack([packed[:end]], name)


def test_damaged_data_is_an_error():
    with pytest.raises(FetchError, match="decompressed"):
        unpack([b"<rss>this is no gzip</rss>"], "gzip")


def test_an_empty_body_needs_no_coding():
    assert unpack([], "gzip") == b""
