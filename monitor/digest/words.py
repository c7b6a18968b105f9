"""Say things in words: cut texts, moments, spans, languages, scores and schedules."""

import re
import textwrap
import unicodedata
from datetime import UTC, datetime, timedelta, tzinfo
from functools import lru_cache
from zoneinfo import ZoneInfo

from monitor.text.clean import clean

MINUTE = timedelta(minutes=1)
HOUR = timedelta(hours=1)
DAY = timedelta(days=1)

# What news comes in. A language outside this list goes unnamed: a screen reader is better off without a wrong tag.
LANGUAGES = {
    "ar": "Arabic", "bg": "Bulgarian", "bn": "Bengali", "ca": "Catalan", "cs": "Czech", "da": "Danish",
    "de": "German", "el": "Greek", "en": "English", "es": "Spanish", "et": "Estonian", "fa": "Persian",
    "fi": "Finnish", "fr": "French", "he": "Hebrew", "hi": "Hindi", "hr": "Croatian", "hu": "Hungarian",
    "id": "Indonesian", "is": "Icelandic", "it": "Italian", "ja": "Japanese", "ko": "Korean", "lt": "Lithuanian",
    "lv": "Latvian", "mn": "Mongolian", "ms": "Malay", "nb": "Norwegian", "nl": "Dutch", "nn": "Norwegian",
    "no": "Norwegian", "pl": "Polish", "ps": "Pashto", "pt": "Portuguese", "ro": "Romanian", "ru": "Russian",
    "sk": "Slovak", "sl": "Slovenian", "sr": "Serbian", "sv": "Swedish", "sw": "Swahili", "ta": "Tamil",
    "th": "Thai", "tr": "Turkish", "uk": "Ukrainian", "ur": "Urdu", "vi": "Vietnamese", "zh": "Chinese",
}  # fmt: skip
RIGHT_TO_LEFT = frozenset({"ar", "fa", "he", "ps", "ur"})
_TAG = re.compile(r"[A-Za-z]{2}(?:-[A-Za-z]{4})?(?:-(?:[A-Za-z]{2}|[0-9]{3}))?")  # language, script, region

_KEPT = 4_000  # texts that were put in words: all who follow a topic are told the same
_FILLER = "\ue000"  # stands for a wide character's second column while lines are counted


def plain(text: str) -> str:
    """Return `text` as one clean line that any header, terminal or page can carry."""
    return clean(text, 2 * len(text) + 1)  # longer than it can get: nothing is cut


def cut(text: str, length: int) -> str:
    """Return `text` in one line of at most `length` characters, cut at a word and closed with "…" where it was.

    Of length 0 nothing is left.
    """
    return _cut(text[: 8 * length + 1_000], length) if length else ""


@lru_cache(maxsize=_KEPT)
def _cut(text: str, length: int) -> str:
    line = plain(text)
    if len(line) <= length:
        return line
    head, space, _ = line[:length].rpartition(" ")
    if not space or len(head) < length // 2:  # no word ends near: a long one, or a script without spaces
        head = line[: length - 1]
    return head.rstrip(" ,;:.–—-·") + "…"


@lru_cache(maxsize=_KEPT)
def wrap(text: str, width: int, first: str = "", then: str | None = None) -> str:
    """Return `text` in lines of at most `width` columns, beginning with `first` and `then` (default: as `first`).

    A wide character (Chinese, Japanese, Korean) takes two columns.
    """
    padded = "".join(char + _FILLER if _is_wide(char) else char for char in plain(text))
    lines = _wrapped(padded, width, first, then)
    if any(_is_wide(line[-1]) for line in lines):  # its second column went into the next line: a word without a space
        lines = _wrapped(padded, width - 1, first, then)
    return "\n".join(lines).replace(_FILLER, "")


def _wrapped(text: str, width: int, first: str, then: str | None) -> list[str]:
    return textwrap.wrap(
        text,
        width,
        initial_indent=first,
        subsequent_indent=first if then is None else then,
        break_on_hyphens=False,
    )


def ago(moment: datetime, now: datetime, zone: ZoneInfo) -> str:
    """Return how long before `now` something was; from two days on, its date in `zone`."""
    passed = now - moment
    if passed < MINUTE:
        return "just now"
    if passed < HOUR:
        return f"{passed // MINUTE} min ago"
    if passed < 2 * DAY:
        return f"{passed // HOUR} h ago"
    there, here = moment.astimezone(zone), now.astimezone(zone)
    return f"{there:%a} {there.day} {there:%b}" + ("" if there.year == here.year else f" {there.year}")


def at(moment: datetime, zone: tzinfo) -> str:
    """Return a moment in `zone`, e.g. "Sun 22 Nov 08:30 KST"."""
    there = moment.astimezone(zone)
    return f"{there:%a} {there.day} {there:%b %H:%M} {_zone_name(there)}"


def span(window: tuple[datetime, datetime], zone: tzinfo) -> str:
    """Return a window in `zone`, e.g. "Sat 21 Nov 08:30 – Sun 22 Nov 08:30 KST"; the zone is told once if it can be."""
    start, end = (moment.astimezone(zone) for moment in window)
    opening = f"{start:%a} {start.day} {start:%b %H:%M}"
    if start.date() == end.date() and _zone_name(start) == _zone_name(end):
        return f"{opening}–{end:%H:%M} {_zone_name(end)}"
    if _zone_name(start) != _zone_name(end):  # the clocks changed between
        opening += f" {_zone_name(start)}"
    return f"{opening} – {at(window[1], zone)}"


def counted(number: int, noun: str, plural: str = "") -> str:
    """Return e.g. "1 story" or "5 stories"; `plural` is the noun and an s unless given."""
    return f"{number:,} {noun if number == 1 else plural or noun + 's'}"


def nearness(score: float) -> str:
    """Return in words how near a score (0–100) is: from 75 the seed's very event, from 50 its story."""
    if score >= 75:
        return "the event itself"
    return "the story" if score >= 50 else "close to it"


def language_tag(language: str) -> str:
    """Return the BCP 47 tag, or "" for one that is malformed or of a language that is not in `LANGUAGES`."""
    tag = language.replace("_", "-")
    return tag if _TAG.fullmatch(tag) and tag[:2].lower() in LANGUAGES else ""


def language_name(language: str) -> str:
    """Return the language's name, "" if it is unknown."""
    return LANGUAGES.get(language_tag(language)[:2].lower(), "")


def direction(language: str) -> str:
    """Return "rtl" or "ltr" for a known language, else "auto": the text decides."""
    tag = language_tag(language)
    if not tag:
        return "auto"
    return "rtl" if tag[:2].lower() in RIGHT_TO_LEFT else "ltr"


def schedule(cron: str, zone: ZoneInfo) -> str:
    """Return when a five-field cron line comes, e.g. "at 08:30 every day (Asia/Seoul)"; one beyond words stays cron."""
    from cronsim import CronSim, CronSimError

    try:
        told = CronSim(cron, datetime(2000, 1, 1, tzinfo=UTC)).explain()  # any moment: the words need none
    except CronSimError:
        told = f'by cron line "{cron}"'
    return f"{told[:1].lower()}{told[1:]} ({zone.key})"


def _zone_name(moment: datetime) -> str:
    """Return the zone's abbreviation; zones without one give "+03", which reads as a sum, so "UTC+03"."""
    name = moment.tzname() or "UTC"
    return f"UTC{name}" if name[0] in "+-" else name


def _is_wide(char: str) -> bool:
    return unicodedata.east_asian_width(char) in ("W", "F")
