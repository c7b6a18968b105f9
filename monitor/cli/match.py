"""`monitor match`: what matched, and why or why not."""

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Annotated, Any

import typer

from monitor.cli import output, start
from monitor.errors import UsageError

if TYPE_CHECKING:
    from monitor.actions.explain import Beside
    from monitor.app import App
    from monitor.model import Journey, Match, Topic

app = start.group("What matched, and why.")
COLUMNS = ("id", "topic", "score", "chance", "published", "first_seen", "source", "title", "url", "why", "story")
TopicOption = Annotated[str, typer.Option("--topic", metavar="ID", help="One topic only.")]


@app.command("list")
def list_(
    ctx: typer.Context,
    topic: TopicOption = "",
    since: Annotated[
        str, typer.Option(metavar="TIME", help="First seen from then on: ISO 8601, a date, or 12h, 7d.")
    ] = "",
    min_score: Annotated[float | None, typer.Option(min=0, max=100, help="Instead of the topic's threshold.")] = None,
    limit: Annotated[int, typer.Option(min=0, max=1_000_000_000, help="At most so many; 0 is all.")] = 50,
    format: Annotated[output.Rows | None, typer.Option(help="A line for each, for other programs.")] = None,
    json: start.Json = False,
) -> None:
    """List the matches, newest first."""
    from monitor.store import articles

    with start.opened(ctx) as opened:
        thresholds = {one.id: one.digest_at if min_score is None else min_score for one in _topics(opened, topic)}
        found = articles.matches(opened.db, thresholds, since=_since(since), limit=limit)
    if json:
        output.document([_document(match) for match in found])
        return
    if format:
        output.rows(format, COLUMNS, [_document(match) for match in found])
        return
    now = start.clock()
    rows = [
        (
            m.id,
            m.topic,
            f"{m.judgement.score:.0f}",
            output.ago(m.first_seen, now),
            m.source,
            m.title,
            " · ".join(m.judgement.why),
        )
        for m in found
    ]
    output.table(("id", "topic", "score", "seen", "source", "title", "why"), rows, empty="no matches")


@app.command()
def explain(
    ctx: typer.Context,
    reference: Annotated[str, typer.Argument(metavar="URL-or-ID", help="An article's address, or a match's id.")],
    topic: TopicOption = "",
    json: start.Json = False,
) -> None:
    """Tell an article's whole journey, and the stage that stopped it."""
    import asyncio

    from monitor.actions import explain as actions
    from monitor.store import articles

    with start.opened(ctx) as opened:
        topics = _topics(opened, topic)
        journeys = [(one, articles.journey(opened.db, one.id, reference)) for one in topics]
        beside = asyncio.run(actions.beside(opened, journeys, start.clock()))
        unseen = "" if any(journey for _, journey in journeys) else actions.why_never_seen(opened, reference)
    told = [(one, journey, more) for (one, journey), more in zip(journeys, beside, strict=True)]
    if json:
        output.document([_journey(one, reference, journey, more, unseen) for one, journey, more in told])
        return
    for one, journey, more in told:
        _tell(one, reference, journey, more)
    if unseen:
        typer.echo(output.wrapped(unseen))


def _topics(opened: "App", id: str) -> "list[Topic]":
    return [start.topic_named(opened, id)] if id else list(opened.topics.values())


def _since(text: str) -> datetime | None:
    if not text:
        return None
    try:
        if text[:-1].isdecimal() and text[-1] in "hd" and len(text) < 8:
            return start.clock() - int(text[:-1]) * timedelta(hours=1 if text[-1] == "h" else 24)
        return datetime.fromisoformat(text).astimezone(UTC)  # without offset it is the machine's own time
    except (ValueError, OverflowError) as error:
        raise UsageError(f"--since {text}: a moment like 2026-11-22T08:30Z, a date, or 12h, 7d is wanted") from error


def _document(match: "Match") -> dict[str, Any]:
    said = match.judgement
    return {
        "id": match.id,
        "topic": match.topic,
        "url": match.url,
        "title": match.title,
        "source": match.source,
        "published": output.moment(match.published),
        "first_seen": output.moment(match.first_seen),
        "score": round(said.score, 1),
        "chance": round(said.chance, 3),
        "why": list(said.why),
        "story": match.story,
        "baseline": match.baseline,
        "judged_by": said.judged_by,
    }


def _journey(
    topic: "Topic", reference: str, journey: "Journey | None", beside: "Beside", unseen: str
) -> dict[str, Any]:
    from monitor.matching import LANGUAGES

    said = journey.judgement if journey else None
    return {
        "topic": topic.id,
        "url": journey.url if journey else reference,
        "title": journey.title if journey else "",
        "stage": _stage(topic, journey),
        "score": round(said.score, 1) if said else None,
        "chance": round(said.chance, 3) if said else None,
        "threshold": topic.digest_at,
        "filtered": said.filtered if said else "",
        "judged_by": said.judged_by if said else "",
        "evidence": [
            {
                "signal": e.signal,
                "value": round(e.value, 4),
                "weight": round(e.weight, 4),
                "why": e.why,
                "languages": LANGUAGES.get(e.signal, "all"),
            }
            for e in (said.evidence if said else ())
        ],
        "sightings": [
            {"feed": s.feed, "url": s.url, "at": output.moment(s.at)}
            for s in reversed(journey.sightings if journey else ())
        ],
        "copy_of": output.original(journey.copy_of if journey else None),
        "answer": _ANSWERS[journey.answer] if journey else None,
        "passage": beside.passage,
        "outdated": beside.outdated,
        "unseen": unseen,
    }


def _stage(topic: "Topic", journey: "Journey | None") -> str:
    """Return the stage that stopped the article, or "matched"."""
    if journey is None:
        return "never_seen"
    said = journey.judgement
    if journey.duplicate:
        return "duplicate"
    if said is not None and said.filtered:
        return "filtered"
    if said is None or said.score < topic.digest_at:
        return "rejected"
    return "baseline" if journey.baseline else "matched"


_WORDS = {
    "matched": "matched",
    "rejected": "rejected: its score is below the threshold",
    "filtered": "filtered",
    "duplicate": "folded into another article as the same text",
    "baseline": "matched, but was there before anybody looked: stored, never announced",
    "never_seen": "never seen: no feed that is followed has shown this address",
}


def _serving(signal: str) -> str:
    """Return in brackets which languages a signal serves, "" if all."""
    from monitor.matching import LANGUAGES

    languages = LANGUAGES.get(signal, "all")
    return "" if languages.startswith("all") else f" ({languages})"


_ANSWERS = {None: None, True: "yes", False: "no"}


def _tell(topic: "Topic", reference: str, journey: "Journey | None", beside: "Beside") -> None:
    stage = _stage(topic, journey)
    said = journey.judgement if journey else None
    typer.echo(f"{topic.id}: {_WORDS[stage]}" + (f": {output.plain(said.filtered)}" if said and said.filtered else ""))
    if journey is None:
        typer.echo(f"  {output.plain(reference)}")
        return
    typer.echo(f"  {output.plain(journey.title)}\n  {output.plain(journey.url)}")
    for sighting in journey.sightings:
        typer.echo(f"  shown by {output.plain(sighting.feed)} at {output.moment(sighting.at)}")
    if journey.copy_of:
        typer.echo(f"  {output.copied(journey.copy_of)}")
    if journey.answer is not None:
        typer.echo(f"  you said {_ANSWERS[journey.answer]} to it: that is the last word")
    if said is None:
        typer.echo("  not judged for this topic: its feed does not serve it, or the next turn will")
        return
    typer.echo(
        f"  score {said.score:.1f}, threshold {topic.digest_at:g}, chance {said.chance:.2f}, by {said.judged_by}"
    )
    for evidence in said.evidence:
        weighed = f"{evidence.value:.3f} × {evidence.weight:.2f} = {evidence.value * evidence.weight:+.2f}"
        typer.echo(f"  {evidence.signal}{_serving(evidence.signal)}: {weighed}  {output.plain(evidence.why)}")
    typer.echo(f"  together: {sum(each.value * each.weight for each in said.evidence):+.2f}")
    if said.quote:
        typer.echo(f"  “{output.plain(said.quote)}”")
    if beside.passage:
        typer.echo(f"  nearest in the seed: “{output.plain(beside.passage)}”")
    if beside.outdated:
        typer.echo(f"  {beside.outdated}")
