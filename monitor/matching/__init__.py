"""Judges articles by an example: `learn` a profile from a topic's seeds, then `judge` each document by it.

    seed → noise dropped → words, places, people, meaning → Profile
    Profile + Document + Past → SIGNALS → combine → calibrate → explain → Judgement

`judge` is a pure function of its arguments and of the shipped tables. The past of a document are the earlier articles
most like it, one and the same for every topic, and those nearest to a topic's seed; `Recent` finds both.
"""

from monitor.matching.article import TellingWords, telling_words
from monitor.matching.changes import change, says_more
from monitor.matching.explain import nearest_passage
from monitor.matching.judge import MATCHER_VERSION, is_match, judge, judged_by, may_match
from monitor.matching.passages import gist, passages
from monitor.matching.profile import Profile, ProfileTerm
from monitor.matching.recent import Past, Recent
from monitor.matching.seed import learn
from monitor.matching.signals import LANGUAGES

__all__ = (
    "LANGUAGES",
    "MATCHER_VERSION",
    "Past",
    "Profile",
    "ProfileTerm",
    "Recent",
    "TellingWords",
    "change",
    "gist",
    "is_match",
    "judge",
    "judged_by",
    "learn",
    "may_match",
    "nearest_passage",
    "passages",
    "says_more",
    "telling_words",
)
