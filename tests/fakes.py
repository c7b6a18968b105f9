"""Stand-ins for what the real thing can't be brought to do."""

from collections.abc import Callable
from dataclasses import dataclass, field

from monitor.model import Fetched, Page, ParsedFeed
from monitor.sources.processes import Parsers


@dataclass
class FailingParsers:
    """Parse processes that meet a fault nobody foresaw in one feed."""

    parsers: Parsers
    url: str
    fault: Exception

    async def feed(self, fetched: Fetched, hashes: bytes = b"") -> ParsedFeed:
        """Read a feed, or raise the fault."""
        if fetched.url == self.url:
            raise self.fault
        return await self.parsers.feed(fetched)

    async def page(self, fetched: Fetched) -> Page:
        """Read a page."""
        return await self.parsers.page(fetched)


@dataclass
class Library:
    """A library of encoders that can be told to go wrong; its vectors count the letters a, b, c and all others."""

    size: int = 4
    fault: Exception | None = None  # raised for every text
    lasts: int | None = None  # texts until it fails for good
    broken: str = ""  # a word that alone it can't read
    unloadable: bool = False
    asked: list[str] = field(default_factory=list)

    def load(self, model: str) -> Callable[[str], list[float]]:
        """Load a model."""
        if self.unloadable:
            raise OSError("no such file: weights.bin\nand more of it")
        return self.embed

    def embed(self, text: str) -> list[float]:
        """Return the vector of a text, or raise the fault."""
        self.asked.append(text)
        if self.lasts is not None and len(self.asked) > self.lasts:
            raise RuntimeError("no more")
        if self.fault is not None:
            raise self.fault
        if self.broken and self.broken in text:
            raise ValueError("what is this?")
        counts = [float(text.count(letter)) for letter in "abc"]
        return [*counts, float(len(text)) - sum(counts), *(0.0 for _ in range(self.size - 4))][: self.size]
