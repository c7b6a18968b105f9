"""Measures how much of the seed's core an article has: who, whom, where and about what."""

from math import sqrt

from monitor.matching.pair import Measured, Pair


def measure(pair: Pair) -> Measured:
    """Return the root of the share, by weight, of the seed's strongest terms that the article has."""
    core = pair.profile.core
    met = [word for word in pair.shared if word in core]
    share = sum(core[word] for word in met) / (sum(core.values()) or 1.0)
    many = f"{len(met)} of the seed's {len(core)}" if met else "none of the seed's"
    otherwise = "".join(f", {spelling} for {name}" for spelling, name in pair.otherwise.items())
    return Measured(sqrt(min(1.0, share)), f"has {many} strongest terms{otherwise}")
