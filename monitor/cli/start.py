"""How commands begin: the configuration read, the database open, the clock looked at."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from monitor.errors import UsageError

if TYPE_CHECKING:
    from monitor.app import App
    from monitor.config import Network, Settings
    from monitor.model import Recipient, Topic

Json = Annotated[bool, typer.Option("--json", help="Print one JSON document.")]
AsOf = Annotated[
    str, typer.Option("--as-of", metavar="TIME", help="Take this moment (ISO 8601 with offset) for now, for digests.")
]
YEARS = range(1970, 3000)  # of --as-of; nearer to the ends of the calendar, sums of dates have no answer
AllowPrivate = Annotated[
    list[str] | None,
    typer.Option("--allow-private", metavar="CIDR", help="Private network that may be fetched from; may be repeated."),
]

Encoder = Annotated[str, typer.Option(help='"auto", "none", the name of an encoder, or a folder that holds one.')]


@dataclass(frozen=True, slots=True)
class Wishes:
    """What stands before the command."""

    config: Path  # a folder with `monitor.toml`, or the file
    verbose: bool = False


def group(words: str) -> typer.Typer:
    """Return the group of one noun's verbs; its help is plain text, since rich takes half a second to draw it."""
    return typer.Typer(help=words, no_args_is_help=True, rich_markup_mode=None)


def clock() -> datetime:
    """Return this moment, in UTC."""
    return datetime.now(UTC)


def as_of(text: str, option: str = "--as-of") -> datetime:
    """Return the moment that `option` names, or this one for "".

    :raises UsageError: if it is no moment with an offset, or one in which nobody lives
    """
    if not text:
        return clock()
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        moment = None
    if moment is None or moment.tzinfo is None:
        raise UsageError(f"{option} {text}: a moment with its offset is wanted, like 2026-11-22T08:30+01:00")
    if moment.year not in YEARS:
        raise UsageError(f"{option} {text}: a year from {YEARS.start} to {YEARS.stop - 1} is wanted")
    return moment.astimezone(UTC)


def settings(ctx: typer.Context, *, lenient: bool = False) -> "Settings":
    """Read the configuration that the command line names, and tell what is worth knowing about it.

    `lenient` leaves out recipients that are wrong, as the service does: what looks after it must not fail by them.
    """
    from monitor.cli.output import plain
    from monitor.config import load

    wishes: Wishes = ctx.obj
    found = load(wishes.config, os.environ, lenient=lenient)
    for note in found.notes:
        typer.echo(f"note: {plain(note)}", err=True)
    for line in found.left_out:
        typer.echo(f"left out: {plain(line)}", err=True)
    return found


@contextmanager
def opened(ctx: typer.Context, *, lenient: bool = False) -> Iterator["App"]:
    """Give the app of the configuration that the command line names, its database open; `lenient` as in `settings`."""
    with opened_with(ctx, settings(ctx, lenient=lenient)) as app:
        yield app


@contextmanager
def opened_with(ctx: typer.Context, configuration: "Settings") -> Iterator["App"]:
    """Give the app of a configuration, its database open and its logs on standard error."""
    from monitor.cli import logs

    wishes: Wishes = ctx.obj
    logs.configure(level="info" if wishes.verbose else "warning", secrets=configuration.secrets)
    with database(configuration) as app:
        yield app


@contextmanager
def database(configuration: "Settings") -> Iterator["App"]:
    """Give the app of a configuration, its database open."""
    from monitor.app import open_app

    with naming_backup(configuration):
        app = open_app(configuration, clock())
        try:
            yield app
        finally:
            app.db.close()


@contextmanager
def naming_backup(configuration: "Settings") -> Iterator[None]:
    """Name the last good backup where the database turns out to be damaged."""
    from monitor.errors import DatabaseDamaged

    try:
        yield
    except DatabaseDamaged as error:
        from shlex import quote

        from monitor.actions.backup import last_good
        from monitor.store.database import RESTORE

        good = last_good(configuration.backup)
        mend = RESTORE.replace("FILE", quote(str(good))) if good else RESTORE
        raise DatabaseDamaged(str(error).replace(RESTORE, mend)) from error


def settings_if_any(ctx: typer.Context) -> "Settings | None":
    """Read the configuration where there is one; commands that need none take its network settings along."""
    wishes: Wishes = ctx.obj
    path = wishes.config
    file = path / "monitor.toml" if path.is_dir() else path
    return settings(ctx) if file.exists() else None


def networks(values: list[str] | None) -> "tuple[Network, ...]":
    """Return the networks that `--allow-private` names.

    :raises UsageError: if one is no network
    """
    from ipaddress import ip_network

    found = []
    for value in values or []:
        try:
            found.append(ip_network(value))
        except ValueError as error:
            raise UsageError(f"--allow-private {value}: a network like 127.0.0.0/8 is wanted ({error})") from error
    return tuple(found)


def encoder_named(wanted: str) -> str:
    """Return what `--encoder` names; a folder starts here.

    :raises UsageError: if it is nonsense
    """
    from monitor.encoders import names

    try:
        return names.resolved(names.check(wanted), Path.cwd())
    except ValueError as error:
        raise UsageError(f"--encoder {wanted}: {error}") from error


def topic_named(app: "App", id: str) -> "Topic":
    """Return the topic of that id.

    :raises UsageError: if there is none
    """
    found = app.topics.get(id)
    if found is None:
        raise UsageError(f"there is no topic {id}: there are {', '.join(app.topics) or 'none'}")
    return found


def recipient_named(app: "App", id: str) -> "Recipient":
    """Return the recipient of that id.

    :raises UsageError: if there is none
    """
    found = next((recipient for recipient in app.recipients if recipient.id == id), None)
    if found is not None:
        return found
    raise UsageError(f"there is no recipient {id}: there are {', '.join(r.id for r in app.recipients) or 'none'}")
