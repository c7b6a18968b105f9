"""Loads the model of a library at its first use, and takes from it no more than sound vectors of one size.

Many models give all texts much of one direction: the cosine of unrelated ones is .8 with E5's, near 0 with the packaged
one's, whose constants serve them all. So the mean vector of texts that have nothing in common is taken away from each
(Mu and Viswanath, 2018), and 0 means unrelated whichever model is named.
"""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from threading import Lock
from typing import Any, TypeAlias

import numpy as np
import structlog
from numpy.typing import NDArray

from monitor.errors import EncoderError

Row: TypeAlias = NDArray[np.float64]

log = structlog.get_logger()
PROBE = "news"  # any model has a vector for it
UNRELATED = (
    "The council approved next year's budget after a long debate.",
    "The home side won with two late goals on Saturday.",
    "A recipe with butter, apples and cinnamon, ready in forty minutes.",
    "Shares of the car maker fell after weak sales.",
    "Heavy rain is expected in the south tomorrow.",
    "The singer announces a new album and a tour.",
    "Scientists found a new kind of frog in the forest.",
    "The court sentenced the man to three years in prison.",
    "Der Stadtrat beschließt den Bau einer neuen Schule.",
    "Le musée ouvre une exposition consacrée à la photographie.",
    "El precio de la vivienda sube por tercer año.",
    "Tåget är försenat på grund av snö.",
    "В театре прошла премьера новой пьесы.",
    "유명 배우가 오는 봄에 결혼한다.",
    "新しい駅の建設工事が始まった。",
    "这家公司推出了新款手机。",
)
ONWARDS = 'set [matching] encoder = "none" to go on without it'


@dataclass
class Dense:
    """An encoder of some library, asked by one thread at a time."""

    name: str
    languages: str
    load_model: Callable[[], Callable[[str], Any]] = field(repr=False)
    size: int = 0  # numbers of a vector; 0 until it has been loaded
    centred: bool = True  # whether what all texts have in common is taken away
    _common: Row | None = field(default=None, init=False, repr=False)  # that: shape (size,), None to take nothing away
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
        return packed(row if self._common is None else _unit(row) - self._common)

    def _load(self) -> None:
        """Load the model, and learn or check the size of its vectors by one of them."""
        embed = self.load_model()
        found = len(_row(embed(PROBE)))
        if self.size and found != self.size:
            raise EncoderError(f"encoder {self.name} gives {found} numbers, not {self.size}; {ONWARDS}")
        if self.centred:
            self._common = np.mean([_unit(_row(embed(text))) for text in UNRELATED], axis=0)
        self._embed, self.size = embed, found


def packed(row: Row) -> bytes:
    """Return a vector at unit length as little-endian float16; b"" for one of no direction."""
    direction = _unit(row)
    return direction.astype("<f2").tobytes() if direction.any() else b""


def _unit(row: Row) -> Row:
    """Return a vector at length 1, all zeros for one of no direction."""
    with np.errstate(all="ignore"):
        length = float(np.linalg.norm(row))
    return row / length if np.isfinite(length) and length > 0 else np.zeros_like(row)


def _row(found: Any) -> Row:
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
