"""The form of a webhook: one JSON object, for programs.

docs/configuration.md tells its keys. They are a promise: more may come, none goes.
"""

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from monitor.digest import render
from monitor.digest.view import announced, new
from monitor.model import Digest, Envelope, Notice, Rendered


def digest(digest: Digest, rendered: Rendered, envelope: Envelope) -> bytes:
    """Return the message that tells `digest`."""
    since, until = digest.window
    told = {
        "topics": list(digest.recipient.topics),
        "topic_titles": list(digest.topic_titles),
        "slot": digest.slot,
        "first": digest.first,
        "window": {"since": _moment(since), "until": _moment(until)},
        "counts": {
            "stories": len(announced(digest)),
            "updates": len(announced(digest)) - len(new(digest)),
            "articles": digest.articles,
            "sources": digest.sources,
        },
        "more": digest.more,
        "spikes": list(digest.spikes),
        "next_digest": _moment(digest.next_digest) if digest.next_digest else None,
        **render.as_json(digest),
    }
    return _written(_base(digest.kind, rendered, envelope) | told)


def notice(notice: Notice, envelope: Envelope) -> bytes:
    """Return the message that says `notice`."""
    return _written(_base("notice", render.notice(notice), envelope))


def again(payload: bytes, made: datetime, envelope: Envelope) -> bytes:
    """Return a message that was frozen as `payload` at `made` once more, under a new id, naming the old one."""
    was = _parsed(payload)
    base = _base("again", render.again(read(payload), made), envelope)
    return _written(was | base | {"again_of": was["id"]})


def read(payload: bytes) -> Rendered:
    """Return subject and text of a message. Raises ValueError for other bytes."""
    told = _parsed(payload)
    return Rendered(subject=told["subject"], text=told["text"], html="")


def _base(kind: str, rendered: Rendered, envelope: Envelope) -> dict[str, Any]:
    """Return what every message holds."""
    return {
        "type": kind,
        "id": envelope.message_id,
        "created": _moment(envelope.date),
        "recipient": envelope.to,
        "subject": rendered.subject,
        "text": rendered.text,
    }


def _written(told: Mapping[str, Any]) -> bytes:
    """Return JSON in UTF-8; a lone surrogate, which that cannot carry, becomes a question mark."""
    return json.dumps(told, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "replace")


def _parsed(payload: bytes) -> dict[str, Any]:
    told = json.loads(payload)
    if not isinstance(told, dict) or not {"id", "subject", "text"} <= told.keys():
        raise ValueError("these bytes are no message of a webhook: id, subject or text is missing")
    return told


def _moment(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat().replace("+00:00", "Z")
