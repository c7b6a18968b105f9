"""Turn texts into vectors that are near where meanings are: one file per kind, one row each in `ENCODERS`.

    encoder = open_encoder("auto")  # nothing is loaded yet; raises EncoderError if it can't be had
    vectors = encoder.encode(texts)  # raises EncoderError, or each text has its vector

Texts are encoded one by one, so that a vector, and with it a judgement, never hangs on what else was encoded with it.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from importlib.util import find_spec
from pathlib import Path
from typing import Protocol

from monitor.encoders import names
from monitor.encoders.kinds import ENCODERS
from monitor.errors import EncoderError


class Encoder(Protocol):
    """What makes vectors, for one thread at a time or for many."""

    @property
    def name(self) -> str:
        """Return what its vectors, and judgements by them, are signed with; "none" for words alone."""
        ...

    @property
    def size(self) -> int:
        """Return how many numbers a vector has; 0 until that is known."""
        ...

    @property
    def languages(self) -> str:
        """Return in words which languages it serves."""
        ...

    def encode(self, texts: Sequence[str]) -> list[bytes]:
        """Return the vector of each text, as `Document.vector` has it; b"" for one that has no word or no direction.

        Raises EncoderError if it can't be loaded or has failed.
        """
        ...


AUTO = "use-multilingual"  # what "auto" means, where it is installed: measured in docs/matcher.md


@dataclass(frozen=True, slots=True)
class Nothing:
    """No encoder: words alone."""

    name: str = names.NONE
    size: int = 0
    languages: str = ""

    def encode(self, texts: Sequence[str]) -> list[bytes]:
        """Return no vector for any text."""
        return [b""] * len(texts)


NOTHING = Nothing()


@dataclass(frozen=True, slots=True)
class Chosen:
    """What a wish for an encoder comes to."""

    encoder: Encoder
    why: str  # "auto: use-multilingual"
    fault: str = ""  # why the one that was named can't be had, and what to do; "" if all is well


def open_encoder(wanted: str) -> Encoder:
    """Return the encoder of that name; it is loaded when it is first used. A folder is named by its absolute path.

    :raises EncoderError: if it can't be had, with what to do
    """
    if wanted == names.NONE or (wanted == names.AUTO and not _installed(AUTO)):
        return NOTHING
    kind, model = names.parts(AUTO if wanted == names.AUTO else wanted)
    kind = kind or _for_hub_models()
    name = _signature(kind, model)
    if not _installed(kind):
        raise EncoderError(f"encoder {wanted}: {ENCODERS[kind].package} is not installed; {_install(kind)}")
    return _dense(name, kind, model)


def choose(wanted: str) -> Chosen:
    """Return the encoder of that name, or none and why; nothing is raised, since words alone judge too."""
    try:
        encoder = open_encoder(wanted)
    except EncoderError as error:
        return Chosen(NOTHING, names.NONE, str(error))
    if wanted == names.AUTO:
        missing = "" if encoder is not NOTHING else f", since {ENCODERS[AUTO].package} is not installed"
        return Chosen(encoder, f"auto: {encoder.name}{missing}")
    return Chosen(encoder, encoder.name)


def from_hub(wanted: str) -> str:
    """Return the name of the model that `wanted` fetches from a hub where it is not here yet, "" if it fetches none."""
    model = "" if wanted in (names.AUTO, names.NONE) else names.parts(wanted)[1]
    return "" if Path(model).is_absolute() else model


def _signature(kind: str, model: str) -> str:
    """Return what the vectors of a model are signed with: of one in a folder, what tells it from its successor."""
    if Path(model).is_absolute():
        return f"{Path(model).name}-{names.fingerprint(Path(model))}"
    return f"{kind}:{model}" if model else kind


def _installed(kind: str) -> bool:
    return find_spec(ENCODERS[kind].module) is not None


def _for_hub_models() -> str:
    """Return what loads a hub's models where nothing is said: the first that is installed."""
    return next(filter(_installed, names.NAMED), names.NAMED[0])


def _install(kind: str) -> str:
    return f'run pip install {ENCODERS[kind].package}, or set [matching] encoder = "auto" or "none"'


@lru_cache(maxsize=2)
def _dense(name: str, kind: str, model: str) -> Encoder:
    """Return the encoder, the same one each time: a model is loaded once in a process."""
    from monitor.encoders.dense import Dense

    row = ENCODERS[kind]
    return Dense(name, row.languages, lambda: row.load(model), row.size, row.centred)
