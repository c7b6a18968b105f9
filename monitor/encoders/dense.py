"""Loads the model of a library at its first use, and takes from it no more than sound vectors of one size."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from threading import Lock
from typing import Any

import numpy as np
import structlog

from monitor.errors import EncoderError

log = structlog.get_logger()
PROBE = "news"  # any model has a vector for it
ONWARDS = 'set [matching] encoder = "none" to go on without it'


@dataclass
class Dense:
    """An encoder of some library, asked by one thread at a time."""

    name: str
    languages: str
    load_model: Callable[[], Callable[[str], Any]] = field(repr=False)
    size: int = 0  # numbers of a vector; 0 until it has been loaded
    _embed: Callable[[str], Any] | None = field(default=None, init=False, repr=False)
    _lock: Lock = field(default_factory=Lock, init=False, repr=False)

    def encode(self, texts: Sequence[str]) -> list[bytes]:
        """Return the vector of each text; b"" for one without a word, or that the model alone can't read.

        :raises EncoderError: if the model can't be loaded, gives vectors of another size than it said, or fails
        """
        return [self._vector(text) if any(map(str.isalnum, text)) else b"" for text in texts]

    def _vector(self, text: str) -> bytes:
        try:
            return self._ask(text)
        except EncoderError as error:
            self._ask(PROBE)  # raises again, unless this one text was at fault
            log.warning("a text has no vector", encoder=self.name, text=text[:80], error=str(error))
            return b""

    def _ask(self, text: str) -> bytes:
        with self._lock, _told(self.name):
            if self._embed is None:
                self._load()
            assert self._embed is not None
            row = _row(self._embed(text))
        if len(row) != self.size:
            raise EncoderError(f"encoder {self.name} gave {len(row)} numbers instead of {self.size}; {ONWARDS}")
        return packed(row)

    def _load(self) -> None:
        """Load the model, and learn or check the size of its vectors by one of them."""
        embed = self.load_model()
        found = len(_row(embed(PROBE)))
        if self.size and found != self.size:
            raise EncoderError(f"encoder {self.name} gives {found} numbers, not {self.size}; {ONWARDS}")
        self._embed, self.size = embed, found


def packed(row: "np.ndarray[Any, np.dtype[np.float64]]") -> bytes:
    """Return a vector at unit length as little-endian float16; b"" for one of no direction."""
    with np.errstate(all="ignore"):
        length = float(np.linalg.norm(row))
    if not np.isfinite(length) or length == 0:
        return b""
    return (row / length).astype("<f2").tobytes()


def _row(found: Any) -> "np.ndarray[Any, np.dtype[np.float64]]":
    return np.asarray(found, dtype=np.float64).reshape(-1)


@contextmanager
def _told(name: str) -> Iterator[None]:
    """Tell whatever fault of a library's as one of the encoder: what it may raise, nobody lists."""
    try:
        yield
    except EncoderError:
        raise
    except Exception as error:
        said = str(error).strip().splitlines()
        words = f"{type(error).__name__}: {said[0][:200]}" if said else type(error).__name__
        raise EncoderError(f"encoder {name} failed ({words}); {ONWARDS}") from error
