"""Holds a profile and an article side by side, for the signals."""

from collections.abc import Mapping
from typing import NamedTuple

from monitor.matching import people, spellings
from monitor.matching.article import Article
from monitor.matching.profile import Profile


class Companion(NamedTuple):
    """An earlier article that is like this one."""

    similarity: float  # cosine of its vector and this one's
    total: float  # what it comes to by itself
    to_seed: float  # cosine of its weighed words and the seed's
    to_article: float  # the same to this article's


class Pair(NamedTuple):  # a tuple, because one is made for each article and topic
    """A profile, an article, what both have, and what the article came in company with."""

    profile: Profile
    article: Article
    across: bool  # whether they are of two languages, so that their words say nothing
    shared: Mapping[str, float]  # word of both → its weight in the profile, strongest first
    met: tuple[people.Met, ...]  # the seed's people where the article spells them otherwise; only looked for across
    otherwise: Mapping[str, str]  # the article's spelling → the seed's, where they differ within one language
    own: float = 0.0  # what the signals but `company` come to
    company: tuple[Companion, ...] = ()  # the earlier articles most like it
    around: tuple[float, ...] = ()  # the earlier articles nearest to the seed: cosines of vectors and words, added

    @property
    def strangers(self) -> bool:
        """Tell whether they are of one language and have no word and no place in common."""
        return not (self.across or self.shared) and self.article.places.keys().isdisjoint(self.profile.places)


class Measured(NamedTuple):  # a tuple, because one is made for each signal, article and topic
    """What a signal found."""

    value: float  # 0–1
    why: str  # in words


def pair(profile: Profile, article: Article) -> Pair:
    """Return `profile` and `article` with what they share."""
    across = article.tongue != "" and article.tongue not in profile.tongues
    weights = profile.weights
    spelt = spellings.otherwise(profile.names, weights, article) if profile.names and not across else {}
    if spelt:
        article = spellings.respelt(article, spelt, weights)
    ranked = sorted([(-weights[word], word) for word in weights.keys() & article.rarity.keys()])
    return Pair(
        profile,
        article,
        across,
        {word: -weight for weight, word in ranked},
        people.met(profile.people, article.told) if across else (),
        {spelling: name.text for spelling, name in spelt.items()},
    )
