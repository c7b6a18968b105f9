"""`monitor topic`: the stories that are followed, and what was learnt from their seeds."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from monitor.cli import output, start
from monitor.errors import UsageError

if TYPE_CHECKING:
    from monitor import matching
    from monitor.actions.tune import Tuned
    from monitor.app import App
    from monitor.model import Pace, Topic
    from monitor.pipeline.vectors import Vectors

app = start.group("The stories that are followed.")
MayBeNamed = Annotated[str, typer.Argument(metavar="[ID]", help="The topic; may be left out if there is but one.")]
Words = list[str] | None
Include = Annotated[Words, typer.Option("--include", metavar="TERM", help="It counts more.")]
Exclude = Annotated[Words, typer.Option("--exclude", metavar="TERM", help="An article with it never matches.")]
Weight = Annotated[Words, typer.Option("--weight", metavar="TERM=FACTOR", help="How much it counts; 0 strikes it out.")]
Require = Annotated[Words, typer.Option("--require", metavar="TERM", help="An article needs one of these.")]
Language = Annotated[Words, typer.Option("--language", metavar="CODE", help="Only such languages: en, ko …")]
Source = Annotated[Words, typer.Option("--source", metavar="S", help="Only from there: a domain or a feed's title.")]
Mute = Annotated[Words, typer.Option("--mute", metavar="S", help="Never from there.")]
Drop = Annotated[Words, typer.Option("--drop", metavar="TERM", help="Take it out of all of these again.")]
FIRST = 12  # terms of a new topic's profile that are shown
SHOWN = 60  # strongest terms of a profile that are shown
WISHES = {
    "exclude": "excluded",
    "require_any": "required, one of",
    "languages": "only in",
    "sources": "only from",
    "mute_sources": "never from",
    "struck_out": "struck out",
}
BARS = 30  # cells of the longest bar


@app.command("list")
def list_(ctx: typer.Context, json: start.Json = False) -> None:
    """List the topics."""
    from monitor.store import articles

    with start.opened(ctx) as opened:
        thresholds = {topic.id: topic.digest_at for topic in opened.settings.topics}
        matches = articles.counts(opened.db, thresholds)
        topics = opened.settings.topics
    if json:
        document = [
            {"id": t.id, "title": t.title, "scope": t.scope, "digest_at": t.digest_at, "matches": matches[t.id]}
            for t in topics
        ]
        output.document(document)
        return
    rows = [(t.id, t.title, t.scope, f"{t.digest_at:g}", matches[t.id]) for t in topics]
    output.table(("id", "title", "scope", "threshold", "matches"), rows, empty="there are no topics")


@app.command()
def show(
    ctx: typer.Context,
    id: MayBeNamed = "",
    json: start.Json = False,
) -> None:
    """Print what was learnt from a seed, with weights. What was dropped as noise is named too."""
    import asyncio

    from monitor.digest import spikes

    with start.opened(ctx) as opened:
        topic = _named(opened, id)
        vectors = opened.vectors()
        profile = asyncio.run(_profile(opened, topic, vectors))
        feeds = opened.feed_links(topic.id)
        pace = opened.teller().pace(topic, start.clock())
    if json:
        output.document(_document(topic, profile, vectors) | {"feeds": feeds, "pace": _pace(pace)})
        return
    typer.echo(f"{output.plain(topic.title)} ({topic.id}), scope {topic.scope}")
    typer.echo(f"digest from {topic.digest_at:g}, alert from {topic.alert_at:g}")
    typer.echo(output.wrapped(f"pace: {output.plain(spikes.line(pace) or spikes.told(pace))}"))
    typer.echo(output.wrapped(f"encoder: {output.plain(vectors.why)}"))
    _warn(profile)
    rows = [(term.kind, term.term, f"{term.weight:.3f}", term.origin) for term in profile.terms[:SHOWN]]
    output.table(("kind", "term", "weight", "from"), rows, empty="the seed taught nothing")
    if (weaker := len(profile.terms) - SHOWN) > 0:
        typer.echo(f"… and {weaker} weaker {'one' if weaker == 1 else 'ones'} (--json)")
    for key, said in _wishes(topic).items():
        if said:
            typer.echo(output.wrapped(f"{WISHES[key]}: {', '.join(said)}"))
    for noise in profile.dropped:
        typer.echo(f"dropped as noise: {output.plain(noise)}")
    typer.echo("\nfor feed readers, while monitor run serves its pages; who has the address may read:")
    for form, address in feeds.items():
        typer.echo(f"  {form:4}  {address}")


def _warn(profile: "matching.Profile") -> None:
    for warning in profile.warnings:
        typer.echo(f"warning: {output.plain(warning)}")


@app.command()
def add(
    ctx: typer.Context,
    id: Annotated[str, typer.Argument(metavar="ID", help="A short name, of letters, digits and -.")],
    seed: Annotated[
        list[str], typer.Option("--seed", metavar="FILE-or-URL", help="An example of the story; may be repeated.")
    ],
    title: Annotated[str, typer.Option(help="What digests call it.")] = "",
    json: start.Json = False,
) -> None:
    """Add a topic to monitor.toml, learnt from example articles."""
    import asyncio

    from monitor.actions import topics as actions

    with start.opened(ctx) as opened:
        added = asyncio.run(actions.add(opened, id, title, seed, start.clock()))
    file = opened.settings.file
    if json:
        output.document({**_document(added.topic, added.profile, opened.vectors()), "added_to": str(file)})
        return
    typer.echo(f"added {output.plain(added.topic.title)} ({id}) to {file}")
    for copy in added.copied:
        typer.echo(f"copied a seed to {copy}")
    _warn(added.profile)
    typer.echo(output.wrapped(f"learnt: {', '.join(term.term for term in added.profile.terms[:FIRST])}"))
    names = ", ".join(recipient.id for recipient in opened.recipients) or "none yet"
    typer.echo(f'nobody follows it yet: add "{id}" to the topics of a recipient in {file.name} ({names})')


@app.command()
def edit(
    ctx: typer.Context,
    id: MayBeNamed = "",
    include: Include = None,
    exclude: Exclude = None,
    weight: Weight = None,
    require: Require = None,
    language: Language = None,
    source: Source = None,
    mute: Mute = None,
    drop: Drop = None,
) -> None:
    """Say which terms, languages and sources count. It acts at once."""
    from monitor.actions import topics as actions

    added = {"include": include, "exclude": exclude, "require_any": require}
    added |= {"languages": language, "sources": source, "mute_sources": mute}
    with start.opened(ctx) as opened:
        topic = _named(opened, id)
        lists = {key: terms for key, terms in added.items() if terms}
        changed = actions.edit(opened, topic, lists, _factors(weight or []), drop or [])
    words = f"changed {', '.join(changed)} of {topic.id} in {opened.settings.file}"
    typer.echo(words if changed else f"{topic.id} says all of that already")


def _factors(weights: list[str]) -> dict[str, float]:
    """Return the factor of each term.

    :raises UsageError: if one is not written as TERM=FACTOR
    """
    found = {}
    for each in weights:
        term, _, factor = each.rpartition("=")
        try:
            found[term.strip()] = float(factor)
        except ValueError:
            term = ""
        if not term.strip():
            raise UsageError(f"--weight {each}: TERM=FACTOR is wanted, such as Yongbyon=2")
    return found


@app.command()
def tune(
    ctx: typer.Context,
    id: MayBeNamed = "",
    days: Annotated[float, typer.Option(min=1, max=3650, help="How far back stored articles are replayed.")] = 30,
    per_day: Annotated[
        float | None, typer.Option("--per-day", min=0, max=100_000, help="Choose the threshold for so many stories.")
    ] = None,
    apply: Annotated[bool, typer.Option("--apply", help="Write the threshold of --per-day to monitor.toml.")] = False,
    svg: Annotated[Path | None, typer.Option(metavar="FILE", help="Draw it to this file too.")] = None,
    json: start.Json = False,
) -> None:
    """Replay stored articles at other thresholds. Prints stories a day and the titles next to each line."""
    import asyncio

    from monitor.actions import tune as actions

    if apply and per_day is None:
        raise UsageError("--apply writes the threshold that --per-day chooses: give a number of stories a day too")
    with start.opened(ctx) as opened:
        topic = _named(opened, id)
        now = start.clock()
        with output.progress("judging") as progress:
            work = actions.tune(opened, topic, now, days=days, per_day=per_day, progress=progress)
            tuned = asyncio.run(work)
        if svg is not None:
            _draw(svg, tuned)
        if apply and tuned.chosen is not None:
            actions.apply(opened, topic, tuned.chosen)
    if json:
        output.document(_steps(tuned))
    else:
        _tell(tuned)
    if tuned.chosen is not None:
        _tell_choice(tuned, per_day, opened.settings.file if apply else None, err=json)
    elif per_day is not None:
        typer.echo("nothing is stored to choose by; the threshold stays as it is", err=json)


def _named(opened: "App", id: str) -> "Topic":
    """Return the topic of that id, or the only one for "".

    :raises UsageError: if there is none
    """
    return start.topic_named(opened, id or (next(iter(opened.topics)) if len(opened.topics) == 1 else id))


def _draw(file: Path, tuned: "Tuned") -> None:
    """Write the plot to `file`.

    :raises UsageError: if it can't be written
    """
    from monitor.evaluation import chart

    try:
        drawn = chart.svg(tuned.topic.title, tuned.steps, tuned.topic.digest_at, tuned.about)
        file.write_text(drawn, encoding="utf-8")
    except OSError as error:
        raise UsageError(f"--svg {file} can't be written: {error.strerror}") from error


def _steps(tuned: "Tuned") -> list[dict[str, Any]]:
    return [
        {
            "threshold": step.threshold,
            "stories_per_day": round(step.stories_per_day, 3),
            "above": list(step.above),
            "below": list(step.below),
        }
        for step in tuned.steps
    ]


def _tell(tuned: "Tuned") -> None:
    from monitor.evaluation import chart

    typer.echo(f"{output.plain(tuned.topic.title)} ({tuned.topic.id}), threshold now {tuned.topic.digest_at:g}")
    typer.echo(output.wrapped(tuned.about))
    if not tuned.backtest.stories:
        return
    most = max(step.stories_per_day for step in tuned.steps)
    typer.echo("\nthreshold  stories a day")
    for step in tuned.steps:
        drawn = chart.bar(step.stories_per_day, most, BARS)
        typer.echo(f"{step.threshold:>9g}  {drawn}{' ' if drawn else ''}{chart.rate(step.stories_per_day)}")
    for step in tuned.steps:
        typer.echo(f"\nat {step.threshold:g}, {chart.rate(step.stories_per_day)} a day")
        for title in reversed(step.above):
            typer.echo(output.wrapped(f"+ {title}", "  "))
        typer.echo(f"  {'─' * 12}")
        for title in step.below:
            typer.echo(output.wrapped(f"- {title}", "  "))


def _tell_choice(tuned: "Tuned", per_day: float | None, file: Path | None, *, err: bool) -> None:
    """Say which threshold was chosen, and whether it was written."""
    from monitor.evaluation import chart

    assert tuned.chosen is not None
    real = chart.rate(tuned.backtest.per_day(tuned.chosen))
    said = f"for {per_day:g} stories a day the threshold is {tuned.chosen:g}, which lets {real} through"
    if file is not None:
        said += f"; digest_at of {tuned.topic.id} was {tuned.topic.digest_at:g}, now it is {tuned.chosen:g} in {file}"
    typer.echo(said, err=err)


async def _profile(opened: "App", topic: "Topic", vectors: "Vectors") -> "matching.Profile":
    now = start.clock()
    async with opened.reaching_out(now) as (client, parsers):
        return await opened.profile(topic, client, parsers, now, vectors)


def _pace(pace: "Pace") -> dict[str, Any]:
    """Return how many stories came in the last 24 hours; `usual` is null while the weeks on record are too few."""
    return {
        "stories": pace.stories,
        "usual": pace.usual,
        "weeks": pace.weeks,
        "spike": pace.spike,
        "terms": list(pace.terms),
    }


def _wishes(topic: "Topic") -> dict[str, list[str]]:
    """Return what the person said that no term of the profile shows, by the keys of `WISHES`."""
    struck_out = [term for term, factor in topic.weights.items() if factor <= 0]
    return {key: struck_out if key == "struck_out" else list(getattr(topic, key)) for key in WISHES}


def _document(topic: "Topic", profile: "matching.Profile", vectors: "Vectors") -> dict[str, Any]:
    return {
        "id": topic.id,
        "title": topic.title,
        "scope": topic.scope,
        "digest_at": topic.digest_at,
        "alert_at": topic.alert_at,
        "encoder": vectors.name,
        "encoder_why": vectors.why,
        "profile": [
            {"kind": term.kind, "term": term.term, "weight": round(term.weight, 4), "from": term.origin}
            for term in profile.terms
        ],
        "dropped": list(profile.dropped),
        **_wishes(topic),
        "warning": "\n".join(profile.warnings),
    }
