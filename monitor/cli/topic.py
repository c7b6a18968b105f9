"""`monitor topic`: the stories that are followed, and what was learnt from their seeds."""

from typing import TYPE_CHECKING, Annotated, Any

import typer

from monitor.cli import output, start

if TYPE_CHECKING:
    from monitor import matching
    from monitor.app import App
    from monitor.pipeline.vectors import Vectors

app = start.group("The stories that are followed.")


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
    id: Annotated[str, typer.Argument(metavar="[ID]", help="The topic; may be left out if there is but one.")] = "",
    json: start.Json = False,
) -> None:
    """Print what was learnt from a seed, with weights. What was dropped as noise is named too."""
    import asyncio

    with start.opened(ctx) as opened:
        topic = start.topic_named(opened, id or (next(iter(opened.topics)) if len(opened.topics) == 1 else id))
        vectors = opened.vectors()
        profile = asyncio.run(_profiles(opened, vectors))[topic.id]
    if json:
        output.document(_document(topic, profile, vectors))
        return
    typer.echo(f"{output.plain(topic.title)} ({topic.id}), scope {topic.scope}")
    typer.echo(f"digest from {topic.digest_at:g}, alert from {topic.alert_at:g}")
    typer.echo(output.wrapped(f"encoder: {output.plain(vectors.why)}"))
    if profile.warning:
        typer.echo(f"warning: {output.plain(profile.warning)}")
    rows = [(term.kind, term.term, f"{term.weight:.3f}", term.origin) for term in profile.terms[:60]]
    output.table(("kind", "term", "weight", "from"), rows, empty="the seed taught nothing")
    for noise in profile.dropped:
        typer.echo(f"dropped as noise: {output.plain(noise)}")


async def _profiles(opened: "App", vectors: "Vectors") -> "dict[str, matching.Profile]":
    from monitor.app import reaching_out

    async with reaching_out(opened.settings) as (client, parsers):
        return await opened.profiles(client, parsers, start.clock(), vectors)


def _document(topic: Any, profile: "matching.Profile", vectors: "Vectors") -> dict[str, Any]:
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
        "warning": profile.warning,
    }
