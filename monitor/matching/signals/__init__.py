"""The table of signals: each measures, from 0 to 1, one way in which an article is like the seed.

A new signal is one file beside these, one row below and one test; then `make matcher` weighs it.
"""

from collections.abc import Callable
from dataclasses import dataclass

from monitor.matching.pair import Measured, Pair
from monitor.matching.signals import (
    circle,
    company,
    core,
    coverage,
    crowd,
    elsewhere,
    kinship,
    length,
    meaning,
    nearest,
    numbers,
    opening,
    people,
    quantities,
    strange,
    where,
    wording,
)


@dataclass(frozen=True, slots=True)
class Signal:
    """One row: what is measured, and for which languages that says something."""

    name: str
    measure: Callable[[Pair], Measured]
    languages: str  # in words, for people
    within: bool  # counts between texts of one language
    across: bool  # counts between texts of two languages
    dense: bool = False  # needs an encoder


COMPANY = "company"  # needs what those before it make of the articles that came before
IN_COMPANY = (COMPANY, "circle", "kinship", "nearest", "crowd")  # measured last, from the articles most like this one
SIGNALS = (
    Signal("core", core.measure, "all, between texts of one language", within=True, across=False),
    Signal("opening", opening.measure, "all, between texts of one language", within=True, across=False),
    Signal("coverage", coverage.measure, "all, between texts of one language", within=True, across=False),
    Signal("length", length.measure, "all, between texts of one language", within=True, across=False),
    Signal("numbers", numbers.measure, "all, between texts of one language", within=True, across=False),
    Signal("quantities", quantities.measure, "those that part words by spaces", within=True, across=False),
    Signal("wording", wording.measure, "all, between texts of one language", within=True, across=False),
    Signal("strange", strange.measure, "all, between texts of one language", within=True, across=False),
    Signal("places", where.measure, "names in some twenty languages", within=True, across=True),
    Signal("elsewhere", elsewhere.measure, "names in some twenty languages", within=True, across=True),
    Signal("people", people.measure, "Latin, Cyrillic, Korean, Japanese, Chinese", within=False, across=True),
    Signal("meaning", meaning.measure, "those of the encoder", within=True, across=True, dense=True),
    Signal(COMPANY, company.measure, "those of the encoder", within=True, across=True, dense=True),
    Signal("circle", circle.measure, "those of the encoder, within one", within=True, across=False, dense=True),
    Signal("kinship", kinship.measure, "those of the encoder, within one", within=True, across=False, dense=True),
    Signal("nearest", nearest.measure, "those of the encoder, within one", within=True, across=False, dense=True),
    Signal("crowd", crowd.measure, "those of the encoder, within one", within=True, across=False, dense=True),
)
LANGUAGES = {signal.name: signal.languages for signal in SIGNALS}
