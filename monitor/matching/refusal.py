"""Tells how far an article goes the way of one that a person refused: another event of its kind, another affair.

What was refused takes nothing away from the profile, since it shares its strongest words with the story: that cost far
more of the story than of what was refused. An article counts less by as much as it is nearer to what was refused than
to the story, as a nearest neighbour decides.
"""

from monitor.matching.article import cosine
from monitor.matching.pair import Measured, Pair
from monitor.matching.profile import Answer
from monitor.matching.signals.wording import worded
from monitor.matching.vectors import cosine as alike

NAME = "refused"
WITHIN_REACH = -5.0  # what an article's signals come to, from which it matters what was refused
WEIGHT = -8.0  # log-odds for the difference of two cosines


def measure(pair: Pair) -> Measured | None:
    """Return by how much an article is nearer to a refused one than to seeds and confirmed ones, None if none was."""
    refused = [(_nearness(pair, answer), answer.title) for answer in pair.profile.answers if not answer.wanted]
    if not refused:
        return None
    near, title = max(refused)
    story = alike(pair.article.vector, pair.profile.vector) if pair.across else worded(pair)
    value = near - max([story, *(_nearness(pair, answer) for answer in pair.profile.answers if answer.wanted)])
    if value <= 0:
        return Measured(0.0, "is nearer to the story than to what was refused")
    return Measured(value, f"is nearer to “{title}”, which was refused, than to the story")


def _nearness(pair: Pair, answer: Answer) -> float:
    """Return how alike an article is to one that was answered: in words, or in meaning where words say nothing."""
    if pair.across:
        return alike(pair.article.vector, answer.vector)
    return cosine(pair.article.weights, answer.weights)
