"""Hold JSON documents against the shapes that scripts rely on."""

import re
from typing import Any

NUMBER = (int, float)


class Moment:
    """An ISO 8601 moment in UTC with Z."""


class Id:
    """An id: a string that is not empty."""


def fits(value: Any, shape: Any) -> bool:
    """Tell whether `value` has `shape`: a type, a set of words, {key: shape}, [shape of each], or (either, or)."""
    if shape is Moment:
        return isinstance(value, str) and bool(re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", value))
    if shape is Id:
        return isinstance(value, str) and value != ""
    if isinstance(shape, dict):
        assert isinstance(value, dict), f"{value!r} is no object"
        for key, inner in shape.items():
            assert key in value, f"{key} is missing"
            assert fits(value[key], inner), f"{key}: {value[key]!r}"
        return True
    if isinstance(shape, list):
        return isinstance(value, list) and all(fits(each, shape[0]) for each in value)
    if isinstance(shape, tuple):
        return any(fits(value, either) for either in shape)
    if isinstance(shape, set | frozenset):
        return value in shape
    if shape is None:
        return value is None
    return isinstance(value, shape) and not (isinstance(value, bool) and shape is not bool)


COUNTS = {"polled": int, "changed": int, "not_modified": int, "failed": int, "held": int}
TURN = {
    "feeds": COUNTS,
    "articles": {"new": int, "updated": int},
    "matches": {"new": int},
    "digests": {"sent": int, "failed": int},
    "seconds": NUMBER,
}
FEED = {
    "url": str,
    "title": str,
    "health": {"ok", "failing", "dead", "paused", "new"},
    "last_success": (Moment, None),
    "last_error": str,
    "next_poll": (Moment, None),
    "interval_minutes": NUMBER,
    "articles": int,
    "notes": [str],
}
MATCH = {
    "id": Id,
    "topic": Id,
    "url": str,
    "title": str,
    "source": str,
    "published": Moment,
    "first_seen": Moment,
    "score": NUMBER,
    "chance": NUMBER,
    "why": [str],
    "story": Id,
    "baseline": bool,
}
JOURNEY = {
    "topic": Id,
    "url": str,
    "stage": {"matched", "rejected", "duplicate", "filtered", "baseline", "never_seen"},
    "score": (*NUMBER, None),
    "threshold": NUMBER,
    "evidence": [{"signal": str, "value": NUMBER, "weight": NUMBER, "why": str}],
    "sightings": [{"feed": str, "at": Moment}],
    "copy_of": (None, {"title": str, "url": str, "source": str, "first_seen": Moment}),
}
MESSAGE = {
    "id": Id,
    "digest": Id,
    "recipient": Id,
    "channel": Id,
    "state": {"waiting", "sending", "sent", "failed", "uncertain", "dropped"},
    "attempts": int,
    "next_attempt": (Moment, None),
    "last_error": str,
    "message_id": Id,
}
STATUS = {
    "feeds": {"ok": int, "failing": int, "dead": int, "paused": int, "new": int},
    "outbox": {"waiting": int, "uncertain": int, "failed": int},
    "next_poll": (Moment, None),
    "next_digest": (Moment, None),
    "problems": [str],
    "encoder": str,
}
DIGEST = {
    "id": (Id, None),
    "recipient": Id,
    "topics": [str],
    "slot": Id,
    "created": Moment,
    "stories": int,
    "state": Id,
    "subject": Id,
}
STORY = {
    "id": Id,
    "title": str,
    "url": str,
    "source": str,
    "score": NUMBER,
    "why": str,
    "quote": str,
    "also": [{"source": str, "url": str}],
}
WHOLE_DIGEST = DIGEST | {"sections": [{"name": str, "stories": [STORY]}]}
TOPIC = {
    "id": Id,
    "title": str,
    "scope": {"story", "event"},
    "digest_at": NUMBER,
    "alert_at": NUMBER,
    "encoder": str,
    "profile": [{"kind": str, "term": str, "weight": NUMBER, "from": {"seed", "you", "feedback"}}],
    "dropped": [str],
}
