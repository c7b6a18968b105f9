"""Measures how long an article is, because a long one meets more of any seed's terms by chance."""

from monitor.matching.article import Article
from monitor.matching.calibration import length_of
from monitor.matching.pair import Measured, Pair

_FEWEST = 6  # a headline's worth: what says less is no surer for it
_LITTLE = 3  # different telling words, under which an article may be about anything


def measure(pair: Pair) -> Measured:
    """Return the logarithm of the number of different telling words, 1 for the most that are read."""
    different = len(pair.article.rarity)
    enough = ": too few for a match" if says_little(pair.article) else ""
    return Measured(length_of(max(different, _FEWEST)), f"{different} different telling words were read{enough}")


def says_little(article: Article) -> bool:
    """Tell whether an article, such as a headline of one word, says too little to be judged."""
    return len(article.rarity) < _LITTLE
