"""Feels whether the files of a configuration changed since they were read."""

from collections.abc import Iterator
from pathlib import Path

from monitor.config.settings import Settings


def fingerprint(settings: Settings) -> tuple[tuple[str, int, int], ...]:
    """Return name, time and size of every file that `settings` were read from; it changes when one of them does."""
    return tuple(_stamp(path) for path in _files(settings))


def _files(settings: Settings) -> Iterator[Path]:
    yield settings.file
    yield from settings.opml
    for name in dict.fromkeys(seed.name for topic in settings.topics for seed in topic.seeds):
        if "://" not in name:
            yield settings.root / Path(name).expanduser()


def _stamp(path: Path) -> tuple[str, int, int]:
    try:
        found = path.stat()
    except OSError:
        return (str(path), 0, 0)
    return (str(path), found.st_mtime_ns, found.st_size)
