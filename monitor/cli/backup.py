"""`monitor backup`, `restore` and `prune`: upkeep of the database."""

from contextlib import closing
from pathlib import Path
from typing import Annotated

import typer

from monitor.cli import output, start
from monitor.errors import UsageError

MB = 1_000_000


def backup(
    ctx: typer.Context,
    file: Annotated[Path, typer.Argument(metavar="FILE", help="A new file.")],
    json: start.Json = False,
) -> None:
    """Copy the database to a new file, also while the service runs, and verify the copy. No secret stands in it."""
    from monitor.actions import backup
    from monitor.store.database import Database

    settings = start.settings(ctx)
    with (
        start.naming_backup(settings),
        closing(Database(settings.database_url)) as db,
        output.progress("MB copied") as show,
    ):
        made = backup.backup(db, file, lambda done, total: show(done // MB, max(total // MB, 1)))
    if json:
        output.document({"file": str(made.file), "bytes": made.bytes, "version": made.version, "rows": dict(made.rows)})
    else:
        typer.echo(f"{output.plain(made.file)}: {made.bytes / MB:.1f} MB, {made.rows['article']} articles, verified")


def restore(
    ctx: typer.Context,
    file: Annotated[Path, typer.Argument(metavar="FILE", help="A file that monitor backup made.")],
    told_until: Annotated[
        str,
        typer.Option("--told-until", metavar="TIME", help="When the last digest went out (default: all due ones did)."),
    ] = "",
    json: start.Json = False,
) -> None:
    """Put a backup in the place of the database; the present one is moved aside. The service must not run."""
    from monitor.actions import backup

    now = start.clock()
    until = start.as_of(told_until, "--told-until")
    if told_until and until > now:
        raise UsageError(f"--told-until {told_until}: lies in the future")
    done = backup.restore(start.settings(ctx), file, now, until)
    if json:
        aside = str(done.aside) if done.aside else None
        facts = {"file": str(done.file), "version": done.version, "aside": aside}
        output.document({**facts, "held": done.held, "told": done.told})
        return
    lines = [f"{done.file} is the backup now"]
    if done.aside:
        lines.append(f"the database of before is in {done.aside}")
    if done.told:
        lines.append(f"{done.told} stories count as told by digests since the backup: see monitor match list.")
        lines.append("If no digest went out since: restore once more, with --told-until TIME of the last one")
    if done.held:
        lines.append(f"{done.held} messages may have been sent since: monitor outbox list, then retry or drop each")
    typer.echo("\n".join(map(output.plain, lines)))
    typer.echo("next: monitor db check, monitor status, then start the service")


def prune(
    ctx: typer.Context,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only count.")] = False,
    json: start.Json = False,
) -> None:
    """Take away old texts, judgements and messages, as [retention] says. What was told is never forgotten."""
    from monitor.actions import backup

    with start.opened(ctx) as opened:
        done = backup.prune(opened, start.clock(), dry_run=dry_run)
    if json:
        facts = {"articles": done.articles, "judgements": done.judgements, "messages": done.messages}
        output.document({**facts, "dry_run": dry_run})
        return
    would = "would be " if dry_run else ""
    typer.echo(
        f"{would}emptied: the texts of {done.articles} articles and {done.messages} messages; "
        f"{would}removed: {done.judgements} judgements"
    )
