"""Holds a profile and an article side by side, for the signals."""

from collections.abc import Mapping
from dataclasses import dataclass

from monitor.matching.article import Article
from monitor.matching.profile import Profile


@dataclass(frozen=True, slots=True)
class Pair:
    """A profile, an article, and the words that both have."""

    profile: Profile
    article: Article
    shared: Mapping[str, float]  # word of both → its weight in the profile, strongest first


@dataclass(frozen=True, slots=True)
class Measured:
    """What a signal found."""

    value: float  # 0–1
    why: str  # in words


def pair(profile: Profile, article: Article) -> Pair:
    """Return `profile` and `article` with what they share."""
    both = profile.weights.keys() & article.rarity.keys()
    ranked = sorted(both, key=lambda word: (-profile.weights[word], word))
    return Pair(profile, article, {word: profile.weights[word] for word in ranked})
