"""Unpacks documents that a site keeps packed with gzip, as many do with their sitemaps (news.xml.gz).

This is not HTTP's content coding, which `monitor.net` undoes: the file itself is packed.
"""

import zlib

from monitor.errors import ParseError

MOST_BYTES = 15_000_000  # unpacked: what a feed may have
_GZIP = 31  # zlib's name of the format


def unpacked(body: bytes) -> bytes:
    """Return what a document packed with gzip holds, of one that broke off its beginning; any other as it is.

    :raises ParseError: if it holds more than 15 MB
    """
    if not body.startswith(b"\x1f\x8b"):
        return body
    unpacking = zlib.decompressobj(_GZIP)
    try:
        document = unpacking.decompress(body, MOST_BYTES)
    except zlib.error:
        return body
    if unpacking.unconsumed_tail:
        raise ParseError(f"holds more than {MOST_BYTES // 1_000_000} MB when unpacked")
    return document
