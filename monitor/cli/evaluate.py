"""Measures the matcher on labelled sets."""

import sys
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

from monitor.cli import output
from monitor.cli.start import Encoder, encoder_named

if TYPE_CHECKING:
    from monitor.evaluation.judging import Run
    from monitor.evaluation.lines import Line
    from monitor.evaluation.measures import Figures


def evaluate(
    folders: Annotated[
        list[Path], typer.Argument(metavar="DIR…", help="Folders with docs.jsonl, topics.jsonl, qrels.tsv.")
    ],
    view: Annotated[Literal["full", "feed", "title"], typer.Option(help="How much of an article is seen.")] = "full",
    baselines: Annotated[bool, typer.Option("--baselines", help="Measure well-known methods too.")] = False,
    stories: Annotated[bool, typer.Option("--stories", help="Measure grouping and near-duplicates too.")] = False,
    feedback: Annotated[
        int, typer.Option(min=0, max=1_000, help="Confirm the earliest N relevant articles of each topic.")
    ] = 0,
    run: Annotated[Path | None, typer.Option(help="Write topic, document, score and 0 or 1 for matched here.")] = None,
    encoder: Encoder = "auto",
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON document.")] = False,
) -> None:
    """Print the metrics of labelled sets, per stream and in the mean."""
    from monitor.encoders import open_encoder
    from monitor.errors import UsageError
    from monitor.evaluation.baselines import baselines as measured_baselines
    from monitor.evaluation.grouping import grouped_sets
    from monitor.evaluation.judging import confirmed, judged_sets, unanswered
    from monitor.evaluation.labelled import read_set
    from monitor.evaluation.measures import measured

    sets = [read_set(folder) for folder in folders]
    grouped = grouped_sets(sets, view) if stories else {}
    opened = open_encoder(encoder_named(encoder))
    if feedback:
        sets = [confirmed(labelled, feedback, view) for labelled in sets]
    runs = judged_sets(sets, view, _with_bar, opened)
    if not runs:
        raise UsageError(f"--feedback {feedback}: no topic has more than {feedback} relevant articles to measure by")
    if run is not None:
        _write(run, runs)
    document: dict[str, Any] = {
        "view": view,
        "encoder": opened.name,
        **({"feedback": feedback} if feedback else {}),
        **measured(runs).document(),
    }
    if feedback:  # what the answers bring shows only on the very same articles
        before = judged_sets([unanswered(labelled) for labelled in sets], view, _with_bar, opened)
        document["without_answers"] = measured(before).document()
    if baselines:
        document["baselines"] = {name: found.document() for name, found in measured_baselines(sets, view).items()}
    if stories:
        document["stories"] = {name: found.document() for name, found in grouped.items()}
    if as_json:
        output.document(document)
    else:
        sys.stdout.write(_table(document))


def _with_bar(lines: Iterable["Line"], total: int) -> Iterable["Line"]:
    """Return the same lines; a bar shows them passing, on a terminal only."""
    if not sys.stderr.isatty():
        return lines
    from rich.console import Console
    from rich.progress import track

    return track(lines, "judging", total=total, console=Console(stderr=True), transient=True)


def _write(path: Path, runs: Sequence["Run"]) -> None:
    """Write what was said of each document.

    :raises UsageError: if the file can't be written
    """
    from monitor.errors import UsageError
    from monitor.matching.calibration import STORY

    told = (
        f"{run.topic}\t{one.document}\t{one.score}\t{int(one.score >= STORY)}\n" for run in runs for one in run.judged
    )
    try:
        with path.open("w", encoding="utf-8", errors="backslashreplace", newline="\n") as file:
            file.writelines(told)
    except OSError as error:
        raise UsageError(f"--run {path} can't be written: {error.strerror}") from error


# ---------------------------------------------------------------- for people


def _table(document: dict[str, Any]) -> str:
    """Return the figures as lines of text."""
    learnt = f", {document['feedback']} articles of each topic confirmed" if "feedback" in document else ""
    told = f"view {document['view']}, encoder {document['encoder']}{learnt}"
    lines = [f"{told}, matched from score {document['threshold']:g}", _head("stream")]
    lines += [_row(name, figures) for name, figures in document["streams"].items()]
    lines.append(_row("mean", document["mean"]))
    if "without_answers" in document:
        before = document["without_answers"]
        lines += ["", "the same articles without those answers"]
        lines += [_row(name, figures) for name, figures in (*before["streams"].items(), ("mean", before["mean"]))]
    lines += ["", "reliability: of the articles that were given a chance of … so many were wanted"]
    lines += [
        f"  {at['chance']:4.0%} {at['relevant']:>5.0%}  of {at['count']}" for at in document.get("reliability", ())
    ]
    for name, found in document.get("baselines", {}).items():
        title = f"{name}, at the threshold best for these very labels: {found['threshold']:.3g}"
        lines += ["", title, *(_row(stream, figures) for stream, figures in found["streams"].items())]
        lines.append(_row("mean", found["mean"]))
    for name, found in document.get("stories", {}).items():
        lines += ["", f"stories of {name}, {found['documents']} documents"]
        lines += [f"  {kind}  {_said(found[kind])}" for kind in ("b_cubed", "near_duplicates") if kind in found]
        lines += [f"    {stream:10}  {_said(figures)}" for stream, figures in found["streams"].items()]
    return "\n".join(lines) + "\n"


def _head(first: str) -> str:
    from monitor.evaluation.measures import NAMES

    return f"{first:12}{'topics':>7}" + "".join(f"{_short(name):>10}" for name in NAMES)


def _short(name: str) -> str:
    return {"hard_negatives_accepted": "hard neg."}.get(name, name)


def _row(name: str, figures: "Figures") -> str:
    from monitor.evaluation.measures import NAMES

    cells = ("–" if figures[key] is None else f"{figures[key]:.3f}" for key in NAMES)
    return f"{name:12}{figures['topics']:>7}" + "".join(f"{cell:>10}" for cell in cells)


def _said(figures: dict[str, float]) -> str:
    return ", ".join(f"{name} {value:.3f}" for name, value in figures.items())
