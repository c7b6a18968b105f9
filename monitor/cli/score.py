"""Scores articles from standard input by a seed: no configuration, no database."""

import json
import math
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

from monitor.cli.start import Encoder, encoder_named

if TYPE_CHECKING:
    from monitor.matching import Profile, Recent
    from monitor.pipeline.vectors import Vectors


def score(
    seed: Annotated[list[Path], typer.Option("--seed", help="A document about the story; may be given again.")],
    scope: Annotated[
        Literal["story", "event"], typer.Option(help="What counts: the story, or its very event.")
    ] = "story",
    threshold: Annotated[
        float | None, typer.Option(help="Score 0–100 that matches; else 50, or 75 for an event.")
    ] = None,
    encoder: Encoder = "auto",
) -> None:
    """Judge articles, one JSON object a line, as they come in: {"id", "title", "text", …}.

    Prints one line for each, in the same order: {"id", "score", "chance", "matched", "why"}. A line that is no
    article gets {"error"}; the rest goes on, and the exit code is 1.
    """
    from monitor import matching
    from monitor.cli import logs
    from monitor.config.seeds import read_seed
    from monitor.errors import UsageError
    from monitor.evaluation.lines import raw_lines
    from monitor.model import Topic
    from monitor.pipeline.vectors import Vectors

    digest_at = {"story": 50.0, "event": 75.0}[scope] if threshold is None else threshold
    if not (math.isfinite(digest_at) and 0 <= digest_at <= 100):
        raise UsageError(f"--threshold is {digest_at}; a score is a number from 0 to 100")
    seeds = tuple(read_seed(path) for path in seed)
    logs.configure()
    vectors = Vectors(encoder_named(encoder))
    profiles = vectors.learnt([Topic(id="score", title="", seeds=seeds, scope=scope, digest_at=digest_at)])
    for warning in profiles["score"].warnings:
        sys.stderr.write(f"{warning}\n")
    failed = False
    recent = matching.Recent()
    for line in raw_lines(sys.stdin.buffer):
        told = _told(profiles, vectors, recent, line)
        failed = failed or "error" in told
        # a lone surrogate, which an id may hold, becomes the escape that JSON has for it
        sys.stdout.buffer.write(json.dumps(told, ensure_ascii=False).encode("utf-8", "backslashreplace") + b"\n")
        sys.stdout.buffer.flush()
    if failed:
        raise typer.Exit(1)


def _told(profiles: "dict[str, Profile]", vectors: "Vectors", recent: "Recent", line: bytes) -> dict[str, Any]:
    """Return what is printed for one line."""
    from monitor import matching
    from monitor.evaluation.lines import BadLine, parse

    try:
        found = parse(line)
    except BadLine as error:
        return {"error": str(error)} if error.id is None else {"id": error.id, "error": str(error)}
    (document,) = vectors.documents([found.document])
    profile = vectors.in_force(profiles)["score"]
    judgement = matching.judge(profile, document, recent.before(document))
    recent.add(document)
    return {
        "id": found.id,
        "score": judgement.score,
        "chance": judgement.chance,
        "matched": matching.is_match(profile.topic, judgement),
        "why": list(judgement.why),
    }
