"""Gives documents and topics the vectors that the matcher compares."""

from collections.abc import Sequence
from dataclasses import replace

from monitor import matching
from monitor.encoders import NOTHING, Encoder
from monitor.model import Document, Seed, Topic


def encoded(documents: Sequence[Document], encoder: Encoder) -> list[Document]:
    """Return the documents, those without a vector with one of their gist.

    :raises EncoderError: if the encoder fails
    """
    if encoder is NOTHING:
        return list(documents)
    made = iter(encoder.encode([matching.gist(document) for document in documents if not document.vector]))
    return [document if document.vector else replace(document, vector=next(made)) for document in documents]


def taught(topic: Topic, encoder: Encoder) -> Topic:
    """Return the topic with vectors of its seeds' passages and of its examples.

    :raises EncoderError: if the encoder fails
    """
    examples = encoded([example.document for example in topic.examples], encoder)
    return replace(
        topic,
        seeds=tuple(_seed(seed, encoder) for seed in topic.seeds),
        examples=tuple(
            replace(example, document=document) for example, document in zip(topic.examples, examples, strict=True)
        ),
    )


def _seed(seed: Seed, encoder: Encoder) -> Seed:
    made = encoder.encode(matching.passages(seed))
    return replace(seed, vectors=tuple(vector for vector in made if vector))
