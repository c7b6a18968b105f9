"""Has a digest's stories summed up by a language model, while that is quick and well; a digest never waits long for it.

Each answer is kept: nothing is asked twice for the same words. A model that failed, or was too slow, rests for a while.
"""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from hashlib import blake2b

import structlog

from monitor.digest import words
from monitor.digest.view import announced
from monitor.errors import ModelError
from monitor.language_model import LanguageModel
from monitor.matching.background import tongue
from monitor.model import Digest, Section, Story, Summary, Topic, Wording
from monitor.store import articles, seeds
from monitor.store import summaries as kept
from monitor.store.database import Database
from monitor.text.words import words as words_of

log = structlog.get_logger()

WAIT_SECONDS = 20.0  # that the digests of one moment wait for their summaries, all together
REST_SECONDS = 600.0  # after a failure
AT_ONCE = 4
SHORT = 300  # characters: a text up to this length is told by its quote, unless it is in another language
OWN = "en"  # the language of summaries where a topic's seeds don't show one


@dataclass(frozen=True, slots=True)
class Wanted:
    """One summary that is wanted."""

    story: str  # id
    key: str  # equal for equal words of one language, asked of one model
    article: Wording
    language: str  # that of the summary


@dataclass
class Summaries:
    """A language model with its answers; what changes in place is until when it rests, and what time is left."""

    db: Database
    model: LanguageModel
    topics: Mapping[str, Topic]
    keep_fault: Callable[[str], bool]  # takes why it was of no help, "" if it was; tells whether that is news
    seconds: float = WAIT_SECONDS
    _rests: float = field(default=0.0, init=False)  # until when, in the event loop's time
    _left: tuple[datetime | None, float] = field(default=(None, 0.0), init=False)  # seconds of the moment that is told

    async def put_in(self, digest: Digest, at: datetime) -> Digest:
        """Return `digest`, of the moment `at`, with a summary at each story that the model has summed up in time."""
        wanted = await asyncio.to_thread(self._wanted, announced(digest))
        said = await asyncio.to_thread(kept.summaries, self.db, [each.key for each in wanted])
        missing = [each for each in wanted if each.key not in said]
        if missing and self._rests <= asyncio.get_running_loop().time():
            answers = await self._ask(missing, at)
            await asyncio.to_thread(kept.keep, self.db, answers, at)
            said |= answers
        found = {each.story: Summary(said[each.key], each.language) for each in wanted if said.get(each.key)}
        return _with(digest, found) if found else digest

    async def _ask(self, wanted: Sequence[Wanted], at: datetime) -> dict[str, str]:
        """Return what the model says within the time that there is, by key; say what went wrong, once."""
        answers: dict[str, str] = {}
        gate = asyncio.Semaphore(AT_ONCE)

        async def ask(each: Wanted) -> None:
            async with gate:
                answers[each.key] = await self.model.summary(each.article, words.language_name(each.language))

        tasks = [asyncio.create_task(ask(each)) for each in {each.key: each for each in wanted}.values()]
        fault, clock = "", asyncio.get_running_loop().time
        left = self._left[1] if self._left[0] == at else self.seconds
        begun = clock()
        try:
            async with asyncio.timeout(left):
                await asyncio.gather(*tasks)
        except TimeoutError:
            fault = f"{self.model.host}: not all summaries were done within {self.seconds:g} s"
        except ModelError as error:
            fault = str(error)
        except Exception as error:  # a digest is never lost for want of a summary
            fault = f"{self.model.host}: internal error: {type(error).__name__} (the log has more)"
            log.exception("language model not asked")
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
        self._left = at, left - (clock() - begun)
        if fault:
            self._rests = clock() + REST_SECONDS
        if await asyncio.to_thread(self.keep_fault, fault):
            log.warning("digests go out without summaries", error=fault) if fault else log.info("summaries work again")
        return answers

    def _wanted(self, stories: Sequence[Story]) -> list[Wanted]:
        """Return the summaries that a digest could have: of texts that are long, or in another language."""
        says = articles.wordings(self.db, [story.lead for story in stories])
        languages = {id: self._language(self.topics[id]) for id in {story.topic for story in stories}}
        return [
            Wanted(story.id, self._key(says[story.lead], language), says[story.lead], language)
            for story in stories
            if story.lead in says and (language := languages[story.topic])
            if len(says[story.lead].text) > SHORT or _is_foreign(story, language)
        ]

    def _language(self, topic: Topic) -> str:
        """Return the language that a topic's reader reads: that of its first seed."""
        texts = (seed.text or seeds.seed_text(self.db, seed.name) for seed in topic.seeds)
        found = tongue("", words_of(next(texts, "")))
        return found if words.language_name(found) else OWN

    def _key(self, article: Wording, language: str) -> str:
        asked = "\n".join((self.model.name, language, article.title, article.text))
        return blake2b(asked.encode("utf-8", "replace"), digest_size=16).hexdigest()


def _is_foreign(story: Story, language: str) -> bool:
    return words.language_tag(story.language)[:2] not in ("", language)


def _with(digest: Digest, found: Mapping[str, Summary]) -> Digest:
    """Return `digest` with summaries at the stories that it announces, by their ids."""
    return replace(digest, sections=tuple(_summed(each, found) if each.announced else each for each in digest.sections))


def _summed(section: Section, found: Mapping[str, Summary]) -> Section:
    return replace(section, stories=tuple(replace(story, summary=found.get(story.id)) for story in section.stories))
