"""Places new articles in their stories, as they are recorded."""

import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from monitor import matching
from monitor.model import Draft
from monitor.store.stories import Grouper, Reader
from monitor.stories.grouping import Placed, Window, report


@dataclass(slots=True)
class Grouping:
    """The window of stories that this process knows; the database has the same, and what other workers grouped."""

    hours: float = 72.0
    _window: Window | None = None
    _merge: int = 0  # the last one that it knows
    _lock: threading.Lock = field(default_factory=threading.Lock)

    @contextmanager
    def placing(self) -> Iterator["Grouping"]:
        """Hold the window for one transaction; where that fails, it is read anew next time."""
        with self._lock:
            try:
                yield self
            except BaseException:
                self._window = None
                raise

    def __call__(self, drafts: Mapping[int, Draft], at: datetime) -> Grouper:
        """Return what places new articles, given by id, that came at one time."""
        return lambda read: self._placed(drafts, at, read)

    def _placed(self, drafts: Mapping[int, Draft], at: datetime, read: Reader) -> Iterator[Placed]:
        window = self._caught_up(read, at)
        for id, draft in sorted(drafts.items()):
            words = draft.words if draft.words is not None else matching.telling_words(draft.document)
            yield window.place(report(id, draft.document, words, seen=at, published=draft.published))

    def _caught_up(self, read: Reader, at: datetime) -> Window:
        """Return the window with what was grouped elsewhere since the last look."""
        if self._window is None:
            self._window, self._merge = Window(self.hours), 0
        news = read(self._window.newest, self._merge, at - timedelta(hours=self.hours))
        for gone, into in news.merged:
            self._window.merge(gone, into)
        for part in news.parts:
            self._window.remember(part)
        self._merge = news.last_merge
        return self._window
