"""What a reader answers to a story from within a message: yes, no, or quiet for a while; and takes back again.

As with every link in a message, GET only asks and POST acts, without a log-in: the token names recipient, topic and
article, the verb behind it says what. `VERBS` has one row for each.
"""

import asyncio
import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Literal

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response

from monitor import tokens
from monitor.actions import feedback as actions
from monitor.app import App
from monitor.digest import words
from monitor.digest.view import link
from monitor.errors import MonitorError, StoreError, TokenError, TokenExpired
from monitor.model import Mute, MuteKind, Recipient, Topic
from monitor.store import feedback, mutes
from monitor.web.pages import page

MUTED_DAYS = 7  # a story
MEASURE_SECONDS = 5.0  # in which what an answer changes is measured: somebody waits for the page
Said = Literal["yes", "no", "undo"]
WANTED: dict[Said, bool | None] = {"yes": True, "no": False, "undo": None}


@dataclass(frozen=True, slots=True)
class Verb:
    """One thing that a reader can say."""

    asks: str  # heading of the page that asks; in all words {source} and {recipient} stand for names
    button: str
    done: str  # heading of the page once it is so
    means: str  # what that means, in one sentence
    back: str  # the verb that takes it back
    says: Said | None = None  # an answer about the article
    mutes: tuple[MuteKind, bool] | None = None  # or what is muted, or heard again


VERBS = {
    "yes": Verb(
        "Does this belong to your story?",
        "Yes, it belongs",
        "You said yes",
        "It counts as wanted, whatever its score, and the topic learns from it.",
        "undo",
        says="yes",
    ),
    "no": Verb(
        "Does this not belong to your story?",
        "No, it does not belong",
        "You said no",
        "It is left out of lists and digests, and the topic learns from it.",
        "undo",
        says="no",
    ),
    "undo": Verb(
        "Take your answer back?",
        "Take my answer back",
        "Nothing is said",
        "The matcher decides about this article.",
        "",
        says="undo",
    ),
    "mute-story": Verb(
        f"Mute this story for {MUTED_DAYS} days?",
        f"Mute this story for {MUTED_DAYS} days",
        "This story is muted",
        "The digests of {recipient} tell nothing of it",
        "unmute-story",
        mutes=("story", True),
    ),
    "mute-source": Verb(
        "Mute {source}?",
        "Mute {source}",
        "{source} is muted",
        "The digests of {recipient} leave out what it is the first to tell",
        "unmute-source",
        mutes=("source", True),
    ),
    "unmute-story": Verb(
        "Hear of this story again?",
        "Hear of this story again",
        "This story is not muted",
        "The digests of {recipient} tell what is new of it.",
        "",
        mutes=("story", False),
    ),
    "unmute-source": Verb(
        "Hear from {source} again?",
        "Hear from {source} again",
        "{source} is not muted",
        "The digests of {recipient} tell what comes from there.",
        "",
        mutes=("source", False),
    ),
}
CHOICES = ("yes", "no", "mute-story", "mute-source")


@dataclass(frozen=True, slots=True)
class Named:
    """What a token names, as it is now."""

    recipient: Recipient
    topic: Topic
    told: feedback.Told

    def words(self, text: str) -> str:
        """Return `text` with the names in it."""
        return text.replace("{source}", self.told.source).replace("{recipient}", self.recipient.id)


class Answers:
    """The pages behind the links beside each story."""

    def __init__(self, app: App, secret: bytes, clock: Callable[[], datetime]) -> None:
        self._app = app
        self._recipients = {recipient.id: recipient for recipient in app.recipients}
        self._secret = secret
        self._clock = clock
        self._measuring = asyncio.Lock()

    async def choices(self, request: Request) -> Response:
        """Show all that can be said of a story, a button each."""
        named = await run_in_threadpool(self._named, request)
        if isinstance(named, Response):
            return named
        return await self._choices(named, f"{request.path_params['token']}/")

    async def hear(self, request: Request) -> Response:
        """Take one mute of the recipient back, whatever it is of; show all that is muted still."""
        named = await run_in_threadpool(self._named, request)
        kind, about = request.path_params["kind"], request.path_params["about"]
        if isinstance(named, Response):
            return named
        if request.method == "POST" and about.isascii() and about.isdigit() and len(about) < 19:
            await run_in_threadpool(mutes.take_back, self._app.db, named.recipient.id, kind, int(about))
        return await self._choices(named, "../../")

    async def _choices(self, named: Named, base: str) -> Response:
        """Return the page of all choices; its buttons post to what stands behind `base`."""
        shown = [verb if not await self._holds(named, verb) else VERBS[verb].back for verb in CHOICES]
        buttons = [(verb, named.words(VERBS[verb].button)) for verb in shown]
        found = await run_in_threadpool(mutes.mutes, self._app.db, named.recipient.id, self._clock())
        muted = [(f"unmute/{mute.kind}/{mute.about}", mute.words, mute.name) for mute in found]
        return self._page("choices.html", named, base=base, said=_said(named), buttons=buttons, muted=muted)

    async def say(self, request: Request) -> Response:
        """Show the button of one verb, or do what it says."""
        named = await run_in_threadpool(self._named, request)
        verb = request.path_params["verb"]
        if isinstance(named, Response):
            return named
        if verb not in VERBS:
            return _words(404, "Not here", "There is no page at this address.")
        if await self._holds(named, verb):
            return await self._done(named, verb)
        if request.method != "POST":
            return self._ask(named, verb)
        return await self._done(named, verb, await self._do(named, VERBS[verb]))

    async def _do(self, named: Named, wish: Verb) -> str:
        """Do what a verb wishes and return what else that changes, in words."""
        if wish.mutes is None:
            return await self._answer(named, WANTED[wish.says or "undo"])
        await run_in_threadpool(self._mute, named, *wish.mutes)
        return ""

    def _named(self, request: Request) -> Named | Response:
        """Return what the token names, or the page that says why it names nothing."""
        try:
            token = request.path_params["token"]
            fields = tokens.verify(self._secret, token, purpose=tokens.STORY, now=self._clock())
        except TokenExpired:
            return _words(
                410,
                "This link is too old",
                f"Links work for {tokens.STORY_LASTS.days} days: those in any newer message do.",
            )
        except TokenError:
            return _words(403, "This link does not work", "A part of it may be missing. Try it from the message again.")
        recipient, topic = self._recipients.get(fields[0]), self._app.topics.get(fields[1])
        told = feedback.told(self._app.db, fields[1], int(fields[2])) if recipient and topic else None
        if recipient is None or topic is None or told is None:
            return _words(404, "Nothing to change", "This story, its topic or these digests are not here any more.")
        return Named(recipient, topic, told)

    async def _holds(self, named: Named, verb: str) -> bool:
        """Tell whether it is already as `verb` wants it."""
        wish = VERBS[verb]
        if wish.mutes is None:
            return named.told.wanted is WANTED[wish.says or "undo"]
        kind, wanted = wish.mutes
        return (await run_in_threadpool(self._muted, named, kind) is not None) is wanted

    def _muted(self, named: Named, kind: MuteKind) -> Mute | None:
        return mutes.mute_of(self._app.db, named.recipient.id, kind, named.told.subject.article_id, self._clock())

    def _mute(self, named: Named, kind: MuteKind, wanted: bool) -> None:
        now, recipient, article_id = self._clock(), named.recipient.id, named.told.subject.article_id
        if wanted:
            until = now + timedelta(days=MUTED_DAYS) if kind == "story" else None
            mutes.mute(self._app.db, recipient, kind, article_id, now, until)
        else:
            mutes.unmute(self._app.db, recipient, kind, article_id)

    async def _answer(self, named: Named, wanted: bool | None) -> str:
        """Write an answer down and return what it changes in words; it is written too if that can't be measured."""
        now, subject = self._clock(), named.told.subject
        clock = asyncio.get_running_loop().time
        end = clock() + MEASURE_SECONDS

        def in_time(done: int, total: int) -> None:
            if clock() > end:
                raise TimeoutError

        try:
            async with asyncio.timeout_at(end), self._measuring:
                effect = await actions.say_aside(self._app, subject, wanted, now, in_time)
        except StoreError:
            raise
        except (TimeoutError, MonitorError):
            await run_in_threadpool(self._write, subject, wanted, now)
            return "the topic learns from it within a minute; more was too much to measure here"
        return re.sub(r"\*([^*]+)\*", r"“\1”", effect.words)  # stars are for terminals

    def _write(self, subject: feedback.Subject, wanted: bool | None, now: datetime) -> None:
        if wanted is None:
            feedback.undo(self._app.db, subject)
        else:
            feedback.answer(self._app.db, subject, wanted, now)

    def _ask(self, named: Named, verb: str) -> Response:
        wish = VERBS[verb]
        return self._page("ask.html", named, heading=named.words(wish.asks), button=named.words(wish.button))

    async def _done(self, named: Named, verb: str, changed: str = "") -> Response:
        """Show that it is as `verb` wants it, what that changed, and the button that takes it back."""
        wish = VERBS[verb]
        means = named.words(wish.means)
        if wish.mutes and wish.mutes[1]:
            mute = await run_in_threadpool(self._muted, named, wish.mutes[0])
            means += f" {mute.end}." if mute else "."
        return self._page(
            "said.html",
            named,
            heading=named.words(wish.done),
            means=means,
            changed=changed,
            back=wish.back,
            others=[(name, named.words(each.button)) for name, each in VERBS.items() if each.back == verb],
        )

    def _page(self, template: str, named: Named, **values: Any) -> Response:
        subject = named.told.subject
        return page(
            template,
            title=subject.title or "Untitled",
            url=link(subject.url),
            lang=words.language_tag(named.told.language),
            dir=words.direction(named.told.language),
            source=named.told.source,
            topic=named.topic.title,
            recipient=named.recipient.id,
            **values,
        )


def _said(named: Named) -> str:
    """Return what was said of a story so far, "" if nothing was."""
    return "" if named.told.wanted is None else VERBS["yes" if named.told.wanted else "no"].done


def _words(status: int, heading: str, line: str) -> Response:
    return page("words.html", status, heading=heading, lines=[line])
