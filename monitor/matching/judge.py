"""Judges a document by a profile: how near it is to the seed's story, and why."""

from monitor.matching import explain, filters
from monitor.matching.article import read
from monitor.matching.calibration import score_of
from monitor.matching.combine import combine
from monitor.matching.pair import pair
from monitor.matching.profile import Profile
from monitor.matching.recent import NOTHING_BEFORE, Past
from monitor.model import Document, Judgement, Topic

MATCHER_VERSION = "story-4"  # changes whenever the same profile may judge the same article otherwise
EXPLAINED = 10.0  # score from which the why line and a quote are looked for
WORTH_READING = 2.0  # score of title and description alone from which the whole article may still match
_TOLD_LITTLE = 12  # different telling words up to which a description rules nothing out


def judged_by(profile: Profile) -> str:
    """Return what a judgement is signed with: the matcher's version, the encoder and the profile's fingerprint."""
    return f"{MATCHER_VERSION}/{profile.encoder}/{profile.fingerprint}"


def judge(profile: Profile, document: Document, past: Past = NOTHING_BEFORE) -> Judgement:
    """Return how a document stands to a profile, given what came before it.

    The same three always give the same judgement.
    """
    combined = combine(pair(profile, read(document)), past)
    score = score_of(combined.story, combined.event)
    explained = score >= EXPLAINED
    return Judgement(
        topic=profile.topic.id,
        score=round(score, 3),
        chance=round(combined.chance, 4),
        why=explain.why(combined.pair, document) if explained else (),
        evidence=combined.evidence,
        filtered=filters.stopped(profile.topic, document),
        judged_by=judged_by(profile),
        quote=explain.quote(combined.pair, document) if explained else "",
    )


def may_match(profile: Profile, document: Document) -> bool:
    """Tell whether the whole article may match, by its title and description: False saves reading its page."""
    if filters.stopped_for_good(profile.topic, document):
        return False
    article = read(document)
    together = pair(profile, article)
    if len(article.rarity) <= _TOLD_LITTLE:
        return bool(together.shared or article.places.keys() & profile.places.keys())
    combined = combine(together)
    return score_of(combined.story, combined.event) >= WORTH_READING


def is_match(topic: Topic, judgement: Judgement) -> bool:
    """Tell whether a judgement reaches the topic's threshold and passes its filters."""
    return judgement.score >= topic.digest_at and not judgement.filtered
