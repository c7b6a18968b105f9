"""Judges articles by an example: `learn` a profile from a topic's seeds, then `judge` each document by it.

    seed → noise dropped → words weighed by how rare they are → Profile
    Profile + Document → SIGNALS → combine → calibrate → explain → Judgement

All of it is a pure function of its arguments and of the tables that are shipped in `background/`.
"""

from monitor.matching.judge import MATCHER_VERSION, is_match, judge, judged_by, may_match
from monitor.matching.passages import gist, passages
from monitor.matching.profile import Profile, ProfileTerm
from monitor.matching.seed import learn

__all__ = (
    "MATCHER_VERSION",
    "Profile",
    "ProfileTerm",
    "gist",
    "is_match",
    "judge",
    "judged_by",
    "learn",
    "may_match",
    "passages",
)
