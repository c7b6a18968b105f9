"""Signed links: who holds one may do the one thing that it names, until the day that it names.

A token is `PAYLOAD.MAC`, both base64url without padding (RFC 4648, section 5). The payload is a JSON list of the
purpose, the end in seconds since 1970, and the fields; the MAC is HMAC-SHA256 (RFC 2104) over the payload as it stands
in the token, so that no other spelling of it passes. The payload is readable by everybody: nothing secret goes in.
"""

import hmac
import json
import re
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from hashlib import sha256

from monitor.errors import TokenError, TokenExpired

LONGEST = 2048  # characters of a token; ours have about 120
SHAPE = re.compile(r"([A-Za-z0-9_-]+)\.([A-Za-z0-9_-]{43})")
UNSUBSCRIBE = "unsubscribe"
UNSUBSCRIBE_LASTS = timedelta(days=365)  # from the date of the message that bears the link
STORY = "story"
STORY_LASTS = timedelta(days=90)
FEED = "feed"
FOR_GOOD = datetime(2999, 1, 1, tzinfo=UTC)  # a feed's address ends with the secret alone


def sign(secret: bytes, purpose: str, fields: Sequence[str], until: datetime) -> str:
    """Return a token that carries `fields` for `purpose` and ends at `until`; equal arguments give an equal token.

    :raises ValueError: for an empty secret, or for fields too long for a link
    """
    if not secret:
        raise ValueError("an empty secret signs nothing")
    content = json.dumps([purpose, int(until.timestamp()), *fields], separators=(",", ":"))
    payload = _encoded(content.encode("ascii"))
    token = f"{payload}.{_mac(secret, payload)}"
    if len(token) > LONGEST:
        raise ValueError(f"{len(token)} characters are too many for a link: {LONGEST} at most")
    return token


def verify(secret: bytes, token: str, *, purpose: str, now: datetime) -> tuple[str, ...]:
    """Return the fields of a token that was signed with `secret` for `purpose` and has not ended at `now`.

    :raises TokenError: if it was not, whatever it is
    :raises TokenExpired: if it was, and has ended
    """
    match = SHAPE.fullmatch(token) if len(token) <= LONGEST else None
    if not secret or match is None or not hmac.compare_digest(_mac(secret, match[1]), match[2]):
        raise TokenError("this link is not one of ours, or a part of it is missing")
    signed_for, until, *fields = json.loads(urlsafe_b64decode(match[1] + "=" * (-len(match[1]) % 4)))
    if signed_for != purpose:
        raise TokenError("this link is for something else")
    if now.timestamp() >= until:
        raise TokenExpired("this link is too old")
    return tuple(fields)


def unsubscribe_link(public_url: str, secret: bytes, recipient: str, address: str, at: datetime) -> str:
    """Return the link by which messages to `address` of `recipient` are stopped; fixed by `at`, the message's date."""
    token = sign(secret, UNSUBSCRIBE, (recipient, fingerprint(secret, address)), at + UNSUBSCRIBE_LASTS)
    return f"{public_url.rstrip('/')}/u/{token}"


def story_link(public_url: str, secret: bytes, recipient: str, topic: str, article_id: int, at: datetime) -> str:
    """Return the link by which `recipient` answers a story that a message of `at` told by this article.

    It leads to a page of all that can be said; with a verb of `web.answers` behind it, to the one.
    """
    token = sign(secret, STORY, (recipient, topic, str(article_id)), at + STORY_LASTS)
    return f"{public_url.rstrip('/')}/s/{token}"


def feed_link(public_url: str, secret: bytes, topic: str) -> str:
    """Return where the feeds of a topic's matches begin: `/atom.xml` and `/feed.json` behind it."""
    return f"{public_url.rstrip('/')}/feeds/{sign(secret, FEED, (topic,), FOR_GOOD)}"


def fingerprint(secret: bytes, address: str) -> str:
    """Return what stands for an address in a link: proxies write links to their logs, and addresses are people's.

    Without the secret nobody can try whether a known address is meant.
    """
    return hmac.digest(secret, address.encode("utf-8", "surrogatepass"), sha256)[:8].hex()


def _mac(secret: bytes, payload: str) -> str:
    return _encoded(hmac.digest(secret, payload.encode("ascii"), sha256))


def _encoded(value: bytes) -> str:
    return urlsafe_b64encode(value).rstrip(b"=").decode("ascii")
