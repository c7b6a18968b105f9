"""Puts what the signals measured together: two sums, and the evidence for them."""

from collections.abc import Mapping
from functools import cache
from typing import NamedTuple, cast

from monitor.matching import calibration, refusal
from monitor.matching.pair import Companion, Measured, Pair, pair
from monitor.matching.profile import Profile
from monitor.matching.recent import NOTHING_BEFORE, Earlier, Past
from monitor.matching.signals import IN_COMPANY, SIGNALS, Signal
from monitor.matching.signals.company import WITHIN_REACH
from monitor.matching.signals.length import says_little
from monitor.matching.signals.wording import worded
from monitor.matching.vectors import understands
from monitor.model import Evidence

LINE, VERY_EVENT = "line", "event"  # evidence that no signal measures, so that the score can be worked out again
_DOUBTFUL = -1.0  # what the sums of an article come to at most that says too little to be judged: below the lines


class Combined(NamedTuple):  # a tuple, because one is made for each article and topic
    """The signals' say, and what it comes to."""

    story: float  # log-odds, 0 at the line of the story
    event: float  # log-odds, 0 at the line of the very event
    chance: float  # 0–1
    evidence: tuple[Evidence, ...]  # in the order of `SIGNALS`, those that count between these languages; the line
    pair: Pair


@cache
def signals(encoder: str, across: bool) -> tuple[Signal, ...]:
    """Return the signals that count with this encoder, between texts of one language or across two."""
    return tuple(
        signal
        for signal in SIGNALS
        if (signal.across if across else signal.within) and (encoder != calibration.NONE or not signal.dense)
    )


def measured(together: Pair, encoder: str, past: Past = NOTHING_BEFORE) -> dict[str, Measured]:
    """Return what each signal that counts with `encoder` found, `company` by what the others make of the past."""
    known = _of_strangers(together) if together.strangers else {}
    apart, in_company = _parted(encoder, together.across)
    found = {signal.name: known.get(signal.name) or signal.measure(together) for signal in apart}
    if in_company:
        alone = calibration.shipped(encoder, together.across).alone
        together = _in_company(together, alone.of(_values(found)), past)
        found |= {signal.name: signal.measure(together) for signal in in_company}
    return found


@cache
def _parted(encoder: str, across: bool) -> tuple[tuple[Signal, ...], tuple[Signal, ...]]:
    """Return the signals of an article by itself, and those that look at its company."""
    counting = signals(encoder, across)
    return (
        tuple(signal for signal in counting if signal.name not in IN_COMPANY),
        tuple(signal for signal in counting if signal.name in IN_COMPANY),
    )


def _of_strangers(together: Pair) -> Mapping[str, Measured]:
    """Return what the signals that need no vector find where the two share nothing.

    So it is with most articles and most seeds, and then the signals see nearly the same of each profile: they measure
    once an article.
    """
    known, seen = together.article.of_strangers, _sees_places(together)
    if seen not in known:
        known[seen] = {signal.name: signal.measure(together) for signal in signals(calibration.NONE, False)}
    return cast("Mapping[str, Measured]", known[seen])


def _sees_places(together: Pair) -> bool:
    """Tell whether it counts where an article opens that shares nothing with the seed."""
    return bool(together.article.opening_places and together.profile.places)


def sensed(together: Pair) -> str:
    """Return the encoder that serves both sides, "none" if one has no vector of it, or none that can be compared."""
    profile, article = together.profile, together.article
    if together.across and not _understood(profile, article.tongue):
        return calibration.NONE
    if profile.vector is None or article.vector is None or profile.vector.shape != article.vector.shape:
        return calibration.NONE
    return profile.encoder


def _understood(profile: Profile, tongue: str) -> bool:
    """Tell whether vectors can be compared across languages: the article's was learnt, and one of the seeds'."""
    encoder = profile.encoder
    return understands(encoder, tongue) and any(understands(encoder, each) for each in profile.tongues)


def _in_company(together: Pair, own: float, past: Past) -> Pair:
    if own < WITHIN_REACH:
        return together
    profile, answered = together.profile, together.profile.answered
    company = tuple(
        Companion(neighbour.similarity, *_by_itself(profile, neighbour.earlier), neighbour.wording)
        for neighbour in past.near
        if neighbour.earlier.article.title not in answered
    )
    around = [] if together.across else past.around(profile.vector)  # across languages nothing asks for it
    nearness = tuple(
        similarity + _by_itself(profile, earlier)[1]
        for similarity, earlier in around
        if earlier.article.title not in answered
    )
    return together._replace(own=own, company=company, around=nearness)


def _by_itself(profile: Profile, earlier: Earlier) -> tuple[float, float]:
    """Return what an earlier article comes to by itself, and how near its words are to the seed's; once a profile."""
    known = earlier.sums.get(profile.fingerprint)
    if known is None:
        together = pair(profile, earlier.article)
        known = earlier.sums[profile.fingerprint] = (_alone(together), worded(together))
    return known


def _alone(together: Pair) -> float:
    encoder = sensed(together)
    apart, _ = _parted(encoder, together.across)
    values = {signal.name: signal.measure(together).value for signal in apart}
    return calibration.shipped(encoder, together.across).alone.of(values)


def combine(together: Pair, past: Past = NOTHING_BEFORE) -> Combined:
    """Return the two weighted sums for one article, and what each signal measured."""
    encoder = sensed(together)
    if encoder != calibration.NONE or not together.strangers:
        return _combined(together, encoder, past)
    profile, known = together.profile, together.article.of_strangers
    seen = (_sees_places(together), profile.confirmed, profile.closeness)
    if seen not in known:
        known[seen] = _combined(together, encoder)
    like: Combined = known[seen]
    return Combined(like.story, like.event, like.chance, like.evidence, together)


def _combined(together: Pair, encoder: str, past: Past = NOTHING_BEFORE) -> Combined:
    found = measured(together, encoder, past)
    constants = calibration.shipped(encoder, together.across)
    values = _values(found)
    weights = constants.story.weighing(values)
    line = constants.story.standing(values) - constants.line(together.profile.confirmed, together.profile.closeness)
    story = line + sum([weights[name] * value for name, value in values.items()])
    event = constants.event.of(values)
    evidence = [Evidence(name, value, weights[name], why) for name, (value, why) in found.items()]
    if story >= refusal.WITHIN_REACH and (against := refusal.measure(together)):
        evidence.append(Evidence(refusal.NAME, against.value, refusal.WEIGHT, against.why))
        story, event = (each + refusal.WEIGHT * against.value for each in (story, event))
    evidence.append(Evidence(LINE, 1.0, line, "all added up, 0 is score 50"))
    chance = constants.chance_of(values, story, together.profile.confirmed)
    if says_little(together.article):
        story, event = min(_DOUBTFUL, story), min(_DOUBTFUL, event)
        chance = min(calibration.logistic(_DOUBTFUL), chance)
    if story > 0:
        nearness = calibration.logistic(event)
        evidence.append(Evidence(VERY_EVENT, nearness, 0.0, "of the way from 50 to 100, where the sum goes as far"))
    return Combined(
        story=story,
        event=event,
        chance=chance,
        evidence=tuple(evidence),
        pair=together,
    )


def _values(found: Mapping[str, Measured]) -> dict[str, float]:
    return {name: each.value for name, each in found.items()}
