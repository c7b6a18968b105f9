"""Collect a body and undo its content coding, never past a cap.

Done here by zlib itself, in bounded steps: a general decoder inflates a whole piece before anybody can look at
its size, and takes any number of codings on top of each other (2 kB of `gzip, gzip` are 1 GB).
"""

import zlib

from monitor.errors import FetchError, TooLarge

ACCEPTED = "gzip, deflate"  # what `Body` can undo, as Accept-Encoding says it
MEMBERS = 256  # gzip streams in a row (RFC 1952, 2.2); real ones have one, a bomb has thousands of empty ones

_GZIP = b"\x1f\x8b"
_PLAIN = {"", "identity"}
_KNOWN = {"gzip": "gzip", "x-gzip": "gzip", "deflate": "deflate"}


def coding(content_encoding: str) -> str:
    """Return the one coding that a Content-Encoding header names, "" for none.

    Raises `FetchError` for several and for one that was never asked for.
    """
    names = [name for name in (part.strip().lower() for part in content_encoding.split(",")) if name not in _PLAIN]
    if not names:
        return ""
    if len(names) > 1 or names[0] not in _KNOWN:
        raise FetchError(f"the answer is coded as {content_encoding[:60]!a}, which was not asked for")
    return _KNOWN[names[0]]


class Body:
    """A body under way."""

    def __init__(self, content_coding: str, cap: int) -> None:
        self._coding = content_coding
        self._cap = cap  # bytes, as received and as decompressed
        self._bytes = bytearray()
        self._received = 0
        self._pending = b""  # too little to tell how a stream begins
        self._stream: zlib._Decompress | None = None
        self._members = 0

    def add(self, piece: bytes) -> None:
        """Take the next piece as it was received.

        Raises `TooLarge` past the cap, `FetchError` for data that cannot be decompressed.
        """
        self._received += len(piece)
        if not self._coding:
            self._bytes += piece
        else:
            self._inflate(self._pending + piece)
        # What was received counts too: empty blocks can go on for ever and inflate to nothing.
        if max(self._received, len(self._bytes)) > self._cap:
            raise TooLarge(f"the answer is larger than {self._cap / 1e6:g} MB")

    def whole(self) -> bytes:
        """Return the body after its last piece; raises `FetchError` if a compressed one ends too early."""
        if self._stream is not None or (self._pending and not self._members):
            raise FetchError("the answer was cut off: its compressed data has no end")
        return bytes(self._bytes)

    def _inflate(self, data: bytes) -> None:
        self._pending = b""
        while data and len(self._bytes) <= self._cap:
            if self._stream is None and not self._begin(data):
                return
            data = self._step(data)

    def _begin(self, data: bytes) -> bool:
        """Start the stream that `data` begins with; False if that is too short to tell, or no further stream."""
        if len(data) < 2:
            self._pending = data
            return False
        if self._members and (self._coding != "gzip" or not data.startswith(_GZIP)):
            return False  # some servers pad what they send; every browser looks away
        if self._members >= MEMBERS:
            raise FetchError(f"the answer consists of more than {MEMBERS} compressed streams")
        self._stream = zlib.decompressobj(self._window(data))
        self._members += 1
        return True

    def _window(self, data: bytes) -> int:
        """Return zlib's number for a format; "deflate" is sent with its zlib header (RFC 9110) and without."""
        if self._coding == "gzip":
            return 16 + zlib.MAX_WBITS
        has_header = data[0] & 0x0F == 8 and int.from_bytes(data[:2]) % 31 == 0  # RFC 1950, 2.2
        return zlib.MAX_WBITS if has_header else -zlib.MAX_WBITS

    def _step(self, data: bytes) -> bytes:
        """Decompress up to one byte past the cap; return what follows the end of the stream."""
        assert self._stream is not None
        try:
            self._bytes += self._stream.decompress(data, self._cap - len(self._bytes) + 1)
        except zlib.error as error:
            raise FetchError(f"the answer cannot be decompressed: {error}") from None
        if not self._stream.eof:
            return b""
        rest = self._stream.unused_data
        self._stream = None
        return rest
