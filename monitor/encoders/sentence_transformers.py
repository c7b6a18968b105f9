"""Encodes by a model of the package `sentence-transformers`: one of the hub's, or in a folder."""

from collections.abc import Callable
from typing import Any

from monitor.encoders.prompts import asked


def load(model: str) -> Callable[[str], Any]:
    """Return what gives the vector of a text; a model of a hub is fetched at the first use."""
    import torch
    from sentence_transformers import SentenceTransformer

    torch.set_num_threads(1)
    transformer = SentenceTransformer(model, device="cpu")
    return lambda text: transformer.encode(asked(model, text), show_progress_bar=False)
