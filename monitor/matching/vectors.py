"""Reads dense vectors as they are stored, and compares them."""

from collections.abc import Sequence
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

Vector: TypeAlias = NDArray[np.float32]  # of unit length, shape (numbers of its encoder,)
_LEARNT = {  # encoder → languages, which `encoders.kinds` tells people
    "use-multilingual": frozenset(
        {"ar", "de", "en", "es", "fr", "it", "ja", "ko", "nl", "pl", "pt", "ru", "th", "tr", "zh"}
    )
}


def understands(encoder: str, language: str) -> bool:
    """Tell whether the vectors of a text in `language` (first subtag) say what it means; they do where nobody knows."""
    return encoder not in _LEARNT or language in _LEARNT[encoder]


def unpacked(packed: bytes) -> Vector | None:
    """Return the vector in `packed`, little-endian float16; None if there is none, or one of no length."""
    if not packed or len(packed) % 2:
        return None
    return unit(np.frombuffer(packed, dtype="<f2").astype(np.float32))


def unit(vector: Vector) -> Vector | None:
    """Return a vector in its direction of length 1, None if it has no direction."""
    length = float(np.linalg.norm(vector))
    return vector / np.float32(length) if np.isfinite(length) and length > 0 else None


def mean(vectors: Sequence[Vector]) -> Vector | None:
    """Return the direction between vectors, each counting the same; None if there are none, or of several sizes."""
    if not vectors or len({vector.shape for vector in vectors}) > 1:
        return None
    return unit(np.mean(np.stack(vectors), axis=0, dtype=np.float32))


def cosine(one: Vector | None, other: Vector | None) -> float:
    """Return the cosine between two vectors, 0 if one is missing or they are of two encoders."""
    if one is None or other is None or one.shape != other.shape:
        return 0.0
    return float(np.dot(one, other))
