"""Measures whether the article tells other numbers of the same things: the seventh round, not the sixth."""

from itertools import islice

from monitor.matching.pair import Measured, Pair

_DOUBT = 2.0  # units: a single one proves little
_NAMED = 3


def measure(pair: Pair) -> Measured:
    """Return the share of the units in both that no number agrees in."""
    ours, theirs = pair.profile.quantities, pair.article.quantities
    if not pair.shared:
        return Measured(0.0, "shares no telling word, let alone a number of something")
    units = [unit for unit in theirs if unit in ours]
    other = [unit for unit in units if ours[unit].isdisjoint(theirs[unit])]
    value = len(other) / (len(units) + _DOUBT)
    if not units:
        return Measured(value, "tells no number of the same thing")
    if not other:
        things = "one thing" if len(units) == 1 else f"{len(units)} things"
        return Measured(value, f"tells the number of {things} as the seed does, none otherwise")
    named = ", ".join(islice((f"{'/'.join(sorted(theirs[unit]))} {unit.lstrip('<')}…" for unit in other), _NAMED))
    return Measured(value, f"tells other numbers: {named}")
