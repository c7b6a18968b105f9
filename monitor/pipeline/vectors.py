"""Gives what is judged its vectors; an encoder that fails is said once, and judging goes on by words alone.

What was judged so is judged again when the encoder works: a judgement is signed with the name of what made its vectors.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace

import structlog

from monitor import matching
from monitor.encoders import NOTHING, Encoder, choose, open_encoder
from monitor.encoders.documents import encoded, taught
from monitor.encoders.names import NONE
from monitor.errors import EncoderError
from monitor.model import Document, Topic
from monitor.store import vectors
from monitor.store.database import Database

log = structlog.get_logger()
Keep = Callable[[str], None]  # takes the fault of the encoder in words, "" if there is none


def words(why: str, fault: str) -> str:
    """Return in words what is judged by: the encoder that was chosen, or words alone, and why."""
    return f"none, words alone: {fault}" if fault else "none: words alone" if why == NONE else why


def _nowhere(fault: str) -> None:
    """Keep nothing: whoever asks is told."""


@dataclass
class Vectors:
    """The encoder of one run; `fault` changes in place when it fails, once and for all of the run."""

    wanted: str = NONE  # as the configuration names it
    keep: Keep = _nowhere
    encoder: Encoder = field(default=NOTHING, init=False)
    fault: str = field(default="", init=False)  # why it is not used, "" if it is

    _why: str = field(default="", init=False)
    _plain: dict[str, matching.Profile] = field(default_factory=dict, init=False)  # of words alone, once it has failed

    def __post_init__(self) -> None:
        chosen = choose(self.wanted)
        self.encoder, self.fault, self._why = chosen.encoder, chosen.fault, chosen.why
        if self.fault:
            log.warning("judging by words alone", error=self.fault)

    @property
    def name(self) -> str:
        """Return the name of what makes vectors now; "none" after it failed."""
        return NONE if self.fault else self.encoder.name

    @property
    def why(self) -> str:
        """Return in words which encoder it is, and why that one."""
        return words(self._why, self.fault)

    def learnt(self, topics: Sequence[Topic]) -> dict[str, matching.Profile]:
        """Return what is learnt from each topic's seeds, by topic id, and keep on record whether the encoder works.

        :raises SeedError: if a seed can't be used
        """
        known = topics
        if not self.fault:
            try:
                known = [taught(topic, self.encoder) for topic in topics]
            except EncoderError as error:
                self._fails(error)
        self.keep(self.fault)
        return {topic.id: matching.learn(topic, encoder=self.name) for topic in known}

    def in_force(self, profiles: Mapping[str, matching.Profile]) -> Mapping[str, matching.Profile]:
        """Return the profiles to judge by: once the encoder has failed, those of words alone, which sign as such."""
        if not self.fault:
            return profiles
        for id in [id for id in profiles if id not in self._plain]:
            self._plain[id] = matching.learn(_plain(profiles[id].topic), encoder=NONE)
        return self._plain

    def documents(self, documents: Sequence[Document]) -> list[Document]:
        """Return the documents, those without a vector with one; as they are, if the encoder fails or has failed."""
        if not self.fault:
            try:
                return encoded(documents, self.encoder)
            except EncoderError as error:
                self._fails(error)
                self.keep(self.fault)
        return list(documents)

    def with_stored(self, db: Database, documents: Sequence[Document]) -> list[Document]:
        """Return stored articles with their vectors, as far as this encoder made them, and not another of its name."""
        known = vectors.vectors(db, [int(document.id) for document in documents], self.encoder.name)
        fitting = {id: vector for id, vector in known.items() if len(vector) == 2 * self.encoder.size}
        return [replace(document, vector=fitting.get(int(document.id), b"")) for document in documents]

    def works_again(self) -> bool:
        """Tell whether an encoder that failed could be used now."""
        try:
            return bool(self.fault) and any(open_encoder(self.wanted).encode(["news"]))
        except EncoderError:
            return False

    def _fails(self, error: EncoderError) -> None:
        if not self.fault:
            log.warning("the encoder failed: judging by words alone", error=str(error))
        self.fault = self.fault or str(error)


def _plain(topic: Topic) -> Topic:
    return replace(topic, seeds=tuple(replace(seed, vectors=()) for seed in topic.seeds))
