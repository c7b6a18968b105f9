"""What is learnt from a topic's seeds, and what the person said about it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from monitor.matching.people import Index
from monitor.matching.quantities import Quantities
from monitor.matching.spellings import Name
from monitor.matching.vectors import Vector
from monitor.model import Topic

Kind = Literal["person", "place", "organisation", "name", "time", "number", "term"]
Origin = Literal["seed", "you", "feedback"]


@dataclass(frozen=True, slots=True)
class ProfileTerm:
    """One term of a profile, as it is shown."""

    kind: Kind
    term: str  # as the seed spells it
    weight: float  # 1 for the seed's strongest term
    origin: Origin


@dataclass(frozen=True, slots=True)
class Answer:
    """An article that a person confirmed or refused."""

    title: str
    wanted: bool
    weights: Mapping[str, float]  # its telling words, a vector of length 1
    vector: Vector | None


@dataclass(frozen=True, slots=True)
class Profile:
    """A topic's matcher: terms with weights, and how they came to be."""

    topic: Topic
    terms: tuple[ProfileTerm, ...]  # strongest first
    dropped: tuple[str, ...]  # what was taken for noise in the seeds
    warnings: tuple[str, ...]  # what a short, long or odd seed lets one expect
    fingerprint: str  # changes with all that moves a judgement, except the thresholds
    encoder: str  # that made its vector and is to make those of articles; "none" if there is none
    confirmed: int  # articles in a seed's language that people said belong to it
    closeness: float  # mean cosine of their weighed words to the seeds', 0–1; 0 if there are none
    answers: tuple[Answer, ...] = field(repr=False)  # all that people said
    language: str  # of the first seed
    tongues: frozenset[str]  # languages of all seeds
    weights: Mapping[str, float] = field(repr=False)  # word as compared → weight
    length: float = field(repr=False)  # Euclidean, of `weights`
    spelling: Mapping[str, str] = field(repr=False)  # word as compared → as the seed spells it
    core: Mapping[str, float] = field(repr=False)  # the strongest of `weights`
    neighbours: frozenset[tuple[str, str]] = field(repr=False)  # words that the seed has side by side
    places: Mapping[str, float] = field(repr=False)  # place → weight
    quantities: Quantities = field(repr=False)  # the numbers that seeds and confirmed articles tell of each thing
    people: Index = field(repr=False)  # persons, by how their names sound
    names: Mapping[str, Name] = field(repr=False)  # what articles of a seed's language may spell otherwise, by key
    vector: Vector | None = field(repr=False, compare=False)  # between seeds and confirmed articles

    @property
    def answered(self) -> frozenset[str]:
        """Return the titles of the articles that people answered: the profile has them, they are no company."""
        return frozenset(answer.title for answer in self.answers)
