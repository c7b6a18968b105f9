"""Adds topics to the configuration and changes what a person says about them."""

import asyncio
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from monitor import matching, urls
from monitor.app import App, read_page
from monitor.config import read_seed, topics
from monitor.config.values import is_id
from monitor.errors import UsageError
from monitor.model import Seed, Topic
from monitor.store import seeds as seed_store

LISTS = ("include", "exclude", "require_any", "languages", "sources", "mute_sources")


@dataclass(frozen=True, slots=True)
class Added:
    """A topic that was added."""

    topic: Topic
    profile: matching.Profile
    copied: tuple[Path, ...]  # seeds' files that were copied into the configuration


async def add(app: App, id: str, title: str, named: Sequence[str], now: datetime) -> Added:
    """Add a topic that is learnt from the seeds `named`, files or addresses of pages.

    Nothing is written unless every seed can be read and teaches something.
    :raises UsageError: if there is such a topic, or the configuration can't be edited
    :raises SeedError: if a seed can't be read or tells nothing
    """
    if not is_id(id):
        raise UsageError(f"{id}: a topic's name takes up to 64 letters (a–z, A–Z), digits, - and _")
    if id in app.topics:
        raise UsageError(f"there is a topic {id} already; monitor topic show {id} shows it")
    seeds = await _read(app, list(dict.fromkeys(named)), now)
    topic = Topic(id, title or id, tuple(seeds))
    profile = (await asyncio.to_thread(app.vectors().learnt, [topic]))[topic.id]
    places = {seed.name: _place(app.settings.root, id, Path(seed.name)) for seed in seeds if not _is_address(seed.name)}
    with _copied(places) as copied:
        written = [
            places[seed.name].relative_to(app.settings.root).as_posix() if seed.name in places else seed.name
            for seed in seeds
        ]
        topics.add_topic(app.settings.file, id, {**({"title": title} if title else {}), "seeds": written})
    for seed in seeds:
        if _is_address(seed.name):
            seed_store.keep_seed(app.db, seed.name, seed.text, now)
    return Added(topic, profile, copied)


async def _read(app: App, named: Sequence[str], now: datetime) -> list[Seed]:
    async with app.reaching_out(now) as (client, parsers):
        return [
            Seed(name, await read_page(name, client, parsers, now)) if _is_address(name) else read_seed(Path(name))
            for name in (urls.web_link(one) or one for one in named)
        ]


def _is_address(name: str) -> bool:
    return "://" in name


def _place(root: Path, id: str, file: Path) -> Path:
    """Return where a seed's file belongs: where it is, if that is below `root`; else among the seeds there."""
    whole = file.resolve()
    if whole.is_relative_to(root):
        return whole
    place = root / "seeds" / file.name
    taken = place.exists() and not _same(whole, place)
    return place.with_name(f"{id}-{file.name}") if taken else place


@contextmanager
def _copied(places: Mapping[str, Path]) -> Iterator[tuple[Path, ...]]:
    """Copy seeds' files to their places, and take the copies away again if what is done with them fails.

    :raises UsageError: if a file can't be written, or another one is in its place
    """
    copied: list[Path] = []
    try:
        for name, place in places.items():
            if Path(name).resolve() != place and not _same(Path(name), place):
                place.parent.mkdir(exist_ok=True)
                with place.open("xb") as new:
                    copied.append(place)
                    new.write(Path(name).read_bytes())
        yield tuple(copied)
    except FileExistsError as error:
        raise UsageError(f"{error.filename} is there already and differs: give the seed another name") from error
    except BaseException:
        for place in copied:
            place.unlink(missing_ok=True)
        raise


def _same(file: Path, place: Path) -> bool:
    return place.exists() and place.read_bytes() == file.read_bytes()


# ---------------------------------------------------------------- what a person says about a topic


def edit(
    app: App, topic: Topic, added: Mapping[str, Sequence[str]], weights: Mapping[str, float], dropped: Sequence[str]
) -> tuple[str, ...]:
    """Add terms to a topic's lists, weigh terms, and take `dropped` ones out of all of them; return the keys changed.

    :raises UsageError: if a dropped term stands nowhere, if nothing is left to learn from, or if the file can't be
        edited
    """
    before: dict[str, Any] = {key: list(getattr(topic, key)) for key in LISTS} | {"weights": dict(topic.weights)}
    for term in dropped:
        if not any(term in held for held in before.values()):
            raise UsageError(f"{term} stands in no list of topic {topic.id}: nothing to drop")
    after: dict[str, Any] = {
        key: [term for term in dict.fromkeys([*before[key], *added.get(key, ())]) if term not in dropped]
        for key in LISTS
    }
    after["weights"] = {term: by for term, by in {**before["weights"], **weights}.items() if term not in dropped}
    changed = {key: value for key, value in after.items() if value != before[key]}
    if changed:
        topics.set_keys(app.settings.file, topic.id, changed)
    return tuple(changed)
