"""Encodes by a model that the package `fastembed` knows; it is fetched from its hub at the first use."""

from collections.abc import Callable
from typing import Any

from monitor.encoders.prompts import asked
from monitor.errors import EncoderError


def load(model: str) -> Callable[[str], Any]:
    """Return what gives the vector of a text.

    :raises EncoderError: if fastembed does not know the model
    """
    from fastembed import TextEmbedding

    known = {str(each["model"]).lower() for each in TextEmbedding.list_supported_models()}
    if model.lower() not in known:
        raise EncoderError(f"fastembed does not know the model {model}; name sentence-transformers:{model} instead")
    embedding = TextEmbedding(model_name=model, threads=1)
    return lambda text: next(iter(embedding.embed([asked(model, text)])))
