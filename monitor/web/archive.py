"""The digests that were made, as pages: a list, and the stories of each. They are private: the password guards them."""

from collections.abc import Mapping
from typing import Any
from zoneinfo import ZoneInfo

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response

from monitor import tokens
from monitor.config import Settings
from monitor.digest import words
from monitor.digest.view import link
from monitor.model import DigestRecord
from monitor.store import outbox
from monitor.store.database import Database
from monitor.web.pages import page
from monitor.web.safety import Door

LISTED = 50  # digests on a page


class Archive:
    """The pages of the archive."""

    def __init__(self, db: Database, settings: Settings, secret: bytes, door: Door) -> None:
        self._db = db
        self._settings = settings
        self._secret = secret
        self._door = door
        self._zones = {recipient.id: ZoneInfo(recipient.timezone) for recipient in settings.recipients}

    async def listed(self, request: Request) -> Response:
        """Show a page of the list, newest first; `before` goes on from a digest, `recipient` keeps only one's own."""
        if refusal := self._refuse(request):
            return refusal
        recipient, before = request.query_params.get("recipient", ""), _number(request.query_params.get("before", ""))
        found = await run_in_threadpool(outbox.digest_page, self._db, recipient, before=before, limit=LISTED + 1)
        return page(
            "archive.html",
            recipient=recipient,
            recipients=[each.id for each in self._settings.recipients],
            digests=[self._head(record) for record in found[:LISTED]],
            older=found[LISTED - 1].id if len(found) > LISTED else "",
            feeds=[(each.title, tokens.feed_link("", self._secret, each.id)) for each in self._settings.topics],
        )

    async def shown(self, request: Request) -> Response:
        """Show one digest as it was told."""
        if refusal := self._refuse(request):
            return refusal
        number = _number(request.path_params["id"])
        record = await run_in_threadpool(self._record, number) if number is not None else None
        if record is None:
            return page("words.html", 404, heading="Not here", lines=["There is no digest of that number."])
        sections = [(section["name"], [_story(story) for story in section["stories"]]) for section in record.sections]
        return page("digest.html", digest=self._head(record), sections=sections)

    def _refuse(self, request: Request) -> Response | None:
        """Return the refusal of who may not read; behind a proxy, loopback alone is no protection."""
        server = self._settings.server
        if server.password is None and server.public_url:
            why = "Where [server] public_url is set, the archive needs a password: set MONITOR_PASSWORD."
            return page("words.html", 403, heading="Not without a password", lines=[why])
        return self._door.refuse(request)

    def _record(self, number: int) -> DigestRecord | None:
        found = outbox.digest_page(self._db, before=number + 1, limit=1)
        return next((record for record in found if record.id == str(number)), None)

    def _head(self, record: DigestRecord) -> dict[str, str]:
        zone = self._zones.get(record.recipient, ZoneInfo("UTC"))
        return {
            "id": record.id,
            "recipient": record.recipient,
            "subject": words.plain(record.subject) or "Untitled",
            "made": f"{record.created.astimezone(zone):%Y-%m-%d %H:%M %Z}",
            "state": record.state,
        }


def _story(story: Mapping[str, Any]) -> dict[str, Any]:
    """Return a story for the template; one of an older version may lack what came later."""
    language, score = str(story.get("language", "")), float(story.get("score", 0))
    return {
        "title": words.plain(str(story.get("title", ""))) or "Untitled",
        "url": link(str(story.get("url", ""))),
        "lang": words.language_tag(language),
        "dir": words.direction(language),
        "source": str(story.get("source", "")),
        "quote": str(story.get("quote", "")),
        **_summary(story.get("summary") or {}),
        "was": str(story.get("was", "")),
        "score": f"{words.nearness(score).capitalize()} · {score:.0f}",
        "why": str(story.get("why", "")),
        "also": [(str(other.get("source", "")), link(str(other.get("url", "")))) for other in story.get("also", ())],
    }


def _summary(made: Mapping[str, Any]) -> dict[str, str]:
    language = str(made.get("language", ""))
    return {
        "summary": str(made.get("text", "")),
        "summary_lang": words.language_tag(language),
        "summary_dir": words.direction(language),
    }


def _number(text: str) -> int | None:
    """Return the number of a digest that an address names, None if it names none."""
    return int(text) if text.isascii() and text.isdigit() and len(text) < 19 else None
