"""What a person types: one file per noun, verbs of a few lines; the words of every error, and the exit codes.

Exit codes: 0 done; 1 the work itself failed; 2 wrong use or wrong configuration.
Libraries are imported where they are used, so that `monitor --help` answers at once.
"""

import io
import os
import sys
from pathlib import Path
from typing import Annotated

import typer

from monitor import __version__
from monitor.cli import (
    backup,
    db,
    demo,
    digest,
    doctor,
    evaluate,
    feed,
    feedback,
    match,
    once,
    outbox,
    recipient,
    run,
    score,
    status,
    story,
    topic,
)
from monitor.cli.start import Wishes
from monitor.errors import MonitorError, UsageError

app = typer.Typer(
    name="monitor",
    help="Follows a news story from an example: one seed article in, a digest of what is new out.",
    no_args_is_help=True,
    rich_markup_mode=None,  # rich takes half a second to draw a help page
    add_completion=False,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)
app.command()(run.run)
app.command()(once.once)
app.command()(demo.demo)
app.command()(doctor.doctor)
app.command()(status.status)
app.add_typer(topic.app, name="topic")
app.add_typer(feed.app, name="feed")
app.add_typer(match.app, name="match")
app.command(short_help="Say whether an article belongs to its story.")(feedback.feedback)
app.add_typer(story.app, name="story")
app.add_typer(recipient.app, name="recipient")
app.add_typer(digest.app, name="digest")
app.add_typer(outbox.app, name="outbox")
app.command(short_help="Judge articles from standard input, one JSON object a line.")(score.score)
app.command()(evaluate.evaluate)
app.command(short_help="Copy the database to a new file, and verify the copy.")(backup.backup)
app.command(short_help="Put a backup in the place of the database.")(backup.restore)
app.add_typer(db.app, name="db")
app.command(short_help="Take away what [retention] no longer keeps.")(backup.prune)


def _version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"monitor {__version__}")
        raise typer.Exit


@app.callback()
def before(
    ctx: typer.Context,
    config: Annotated[
        Path, typer.Option(envvar="MONITOR_CONFIG", help="A folder with monitor.toml, or the file.", metavar="PATH")
    ] = Path("config"),
    verbose: Annotated[bool, typer.Option("--verbose", "-v", help="Log each step to standard error.")] = False,
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Print the version.")
    ] = False,
) -> None:
    """Remember where the configuration is; nothing is read yet."""
    ctx.obj = Wishes(config, verbose)


def main() -> None:
    """Run the command line; turn expected trouble into one line and an exit code, never into a traceback."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")  # a terminal that lacks a letter is no reason to stop
    try:
        app()
    except UsageError as error:
        _say(error)
        sys.exit(2)
    except MonitorError as error:
        _say(error)
        sys.exit(1)
    except KeyboardInterrupt:
        sys.exit(130)
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())  # the reader left: nothing more to say
    except OSError as error:
        _say(MonitorError(f"{error.filename or 'the system'}: {error.strerror or error}"))
        sys.exit(1)


def _say(error: MonitorError) -> None:
    from monitor.cli.output import plain

    for line in str(error).splitlines():
        print(f"monitor: {plain(line)}", file=sys.stderr)  # noqa: T201 - this is where the program speaks
