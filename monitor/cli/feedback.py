"""`monitor feedback`: what a person says of an article, and what that changes."""

from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

from monitor.cli import output, start
from monitor.errors import UsageError

if TYPE_CHECKING:
    from monitor.actions.feedback import Effect
    from monitor.model import Answer

WANTED = {"yes": True, "no": False, "undo": None}


def feedback(
    ctx: typer.Context,
    reference: Annotated[
        str, typer.Argument(metavar="[ID]", help="A match's id, as monitor match list gives it; or an address.")
    ] = "",
    answer: Annotated[
        Literal["yes", "no", "undo"] | None, typer.Argument(metavar="[yes|no|undo]", help="Whether it is wanted.")
    ] = None,
    topic: Annotated[str, typer.Option("--topic", metavar="ID", help="Under which topic; only this one's.")] = "",
    json: start.Json = False,
) -> None:
    """Say whether an article belongs to its story. Without arguments, list what was said."""
    import asyncio

    from monitor.actions import feedback as actions

    if reference and answer is None:
        raise UsageError(f"monitor feedback {reference}: yes, no or undo is wanted behind the id")
    with start.opened(ctx) as opened:
        topics = [start.topic_named(opened, topic).id] if topic else list(opened.topics)
        if answer is None:
            _list(opened, topics, json=json)
            return
        subject = actions.subject_of(opened, reference, topic)
        with output.progress("judging") as progress:
            effect = asyncio.run(actions.say(opened, subject, WANTED[answer], start.clock(), progress))
    output.document(_effect(effect)) if json else _tell(effect)


def _list(opened: Any, topics: list[str], *, json: bool) -> None:
    from monitor.store import feedback as store

    found = store.answers(opened.db, topics)
    if json:
        output.document([_answer(each) for each in found])
        return
    now = start.clock()
    rows = [
        (each.match, each.topic, "yes" if each.wanted else "no", output.ago(each.at, now), each.document.title)
        for each in found
    ]
    output.table(("id", "topic", "answer", "said", "title"), rows, empty="nothing was said of any article yet")


def _answer(answer: "Answer") -> dict[str, Any]:
    return {
        "id": answer.match,
        "topic": answer.topic,
        "url": answer.document.url,
        "title": answer.document.title,
        "answer": "yes" if answer.wanted else "no",
        "at": output.moment(answer.at),
    }


def _effect(effect: "Effect") -> dict[str, Any]:
    from monitor.actions.feedback import DAYS, NAMED

    found = effect.difference
    return {
        "topic": effect.subject.topic,
        "url": effect.subject.url,
        "title": effect.subject.title,
        "answer": None if effect.wanted is None else "yes" if effect.wanted else "no",
        "changed": [{"term": each.term, "before": each.before, "after": each.after} for each in found.moved],
        "days": DAYS,
        "articles": effect.articles,
        "more": {"count": len(found.more), "titles": list(found.more[:NAMED])},
        "fewer": {"count": len(found.fewer), "titles": list(found.fewer[:NAMED])},
        "judged_again": effect.judged_again,
        "words": effect.words,
    }


def _tell(effect: "Effect") -> None:
    from monitor.actions.feedback import NAMED

    said = {
        True: "yes: it counts as wanted, whatever its score",
        False: "no: it is left out of lists and digests",
        None: "taken back: the matcher decides again",
    }
    typer.echo(f"{effect.subject.topic}: {output.plain(effect.subject.title)}\n  {said[effect.wanted]}")
    typer.echo(output.wrapped(effect.words))
    for mark, titles in (("+", effect.difference.more), ("-", effect.difference.fewer)):
        for title in titles[:NAMED]:
            typer.echo(output.wrapped(f"{mark} {title}", "  "))
