"""`monitor story`: the stories that the matches make."""

from itertools import groupby
from typing import TYPE_CHECKING, Annotated, Any

import typer

from monitor.cli import output, start
from monitor.errors import UsageError

if TYPE_CHECKING:
    from monitor.app import App
    from monitor.model import Match, Original, Topic

app = start.group("Stories: the reports on one event.")
COLUMNS = ("id", "topic", "title", "first_seen", "last_seen", "articles", "sources")


@app.command("list")
def list_(
    ctx: typer.Context,
    topic: Annotated[str, typer.Option("--topic", metavar="ID", help="One topic only.")] = "",
    limit: Annotated[int, typer.Option(min=0, max=1_000_000_000, help="At most so many; 0 is all.")] = 50,
    format: Annotated[output.Rows | None, typer.Option(help="A line for each, for other programs.")] = None,
    json: start.Json = False,
) -> None:
    """List the stories of the matches, newest first."""
    with start.opened(ctx) as opened:
        topics = [start.topic_named(opened, topic)] if topic else list(opened.topics.values())
        found = _stories(opened, topics)
    told = [_document(story) for story in (found[:limit] if limit else found)]
    if json:
        output.document(told)
        return
    if format:
        output.rows(format, COLUMNS, told)
        return
    now = start.clock()
    rows = [
        (one["id"], str(len(one["articles"])), output.ago(story[-1].first_seen, now), one["title"], _sources(one))
        for one, story in zip(told, found, strict=False)
    ]
    output.table(("id", "articles", "last", "title", "sources"), rows, empty="no stories")


@app.command()
def show(
    ctx: typer.Context,
    story: Annotated[str, typer.Argument(metavar="ID", help="A story's id, as `story list` has it.")],
    json: start.Json = False,
) -> None:
    """Show a story's articles, in the order in which they came."""
    from monitor.store import articles

    with start.opened(ctx) as opened:
        stories = _stories(opened, list(opened.topics.values()))
        members = next((one for one in stories if one[0].story == story), None)
        if members is None:
            raise UsageError(f"no story {story}; monitor story list has those that there are")
        originals = articles.originals(opened.db, [match.article_id for match in members])
    if json:
        reports = [_report(match, originals.get(match.article_id)) for match in members]
        output.document({**_document(members), "reports": reports})
        return
    now = start.clock()
    rows = [(m.id, f"{m.judgement.score:.0f}", output.ago(m.first_seen, now), m.source, m.title) for m in members]
    output.table(("id", "score", "seen", "source", "title"), rows, empty="")
    for match in members:
        if match.article_id in originals:
            typer.echo(f"{match.id} is {output.copied(originals[match.article_id])}")


def _stories(opened: "App", topics: "list[Topic]") -> "list[list[Match]]":
    """Return the matches of each story in the order in which they came; the story that came last is first."""
    from monitor.store import articles

    found = articles.matches(opened.db, {one.id: one.digest_at for one in topics})
    ordered = sorted(found, key=lambda match: (match.story, match.first_seen, match.article_id))
    stories = [list(members) for _, members in groupby(ordered, key=lambda match: match.story)]
    return sorted(stories, key=lambda story: (story[0].first_seen, story[0].article_id), reverse=True)


def _document(story: "list[Match]") -> dict[str, Any]:
    """Return a story as JSON has it; its articles are named by the ids of their matches."""
    sightings = [(match.first_seen, match.source) for match in story]
    sightings += [(sighting.at, sighting.feed) for match in story for sighting in match.also]
    return {
        "id": story[0].story,
        "topic": story[0].topic,
        "title": story[0].title,
        "first_seen": output.moment(story[0].first_seen),
        "last_seen": output.moment(story[-1].first_seen),
        "articles": [match.id for match in reversed(story)],
        "sources": list(dict.fromkeys(source for _, source in sorted(sightings, key=lambda each: each[0]))),
    }


def _report(match: "Match", original: "Original | None") -> dict[str, Any]:
    return {
        "id": match.id,
        "url": match.url,
        "title": match.title,
        "source": match.source,
        "first_seen": output.moment(match.first_seen),
        "score": round(match.judgement.score, 1),
        "copy_of": output.original(original),
    }


def _sources(told: dict[str, Any]) -> str:
    return ", ".join(told["sources"])
