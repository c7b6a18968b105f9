"""Name the demo's stream: its feeds and the seed. All of it was written for the demo; no such paper exists."""

from pathlib import Path

from monitor.model import Feed, Seed

SEED = Path(__file__).with_name("seed.txt")
PATHS = ("/nordic-wire.rss", "/peninsula-herald.atom", "/world-desk.rdf", "/harbour-post.json", "/three-coasts.atom")
BROKEN = "/late-edition.xml"  # a page where a feed was


def feeds(base: str) -> tuple[Feed, ...]:
    """Return the feeds of the stream that is served at `base`: RSS 2.0, Atom, RDF, JSON Feed, and a broken one."""
    healthy = tuple(Feed(base + path) for path in PATHS)
    return (*healthy, Feed(base + BROKEN, title="Late Edition"))


def seed() -> Seed:
    """Return the article that the demo follows."""
    return Seed(name=SEED.name, text=SEED.read_text(encoding="utf-8"))
