"""`monitor db`: the database's tables."""

from contextlib import closing

import typer

from monitor.cli import output, start

app = start.group("The database: bring it to this version, check it.")


@app.command()
def upgrade(ctx: typer.Context, json: start.Json = False) -> None:
    """Migrate the database to this version. An older file is copied beside itself first."""
    from monitor.store import database

    settings = start.settings(ctx)
    with start.naming_backup(settings), closing(database.Database(settings.database_url)) as db:
        before = database.version(db)
        copy = database.upgrade(db, start.clock())
    if json:
        output.document({"from": before, "to": database.HEAD, "copy": str(copy) if copy else None})
    elif before == database.HEAD:
        typer.echo(f"the tables are of version {database.HEAD} already")
    else:
        typer.echo(
            f"migrated from {before or 'nothing'} to {database.HEAD}" + (f"; a copy is in {copy}" if copy else "")
        )


@app.command()
def check(ctx: typer.Context, json: start.Json = False) -> None:
    """Look for damage and a wrong version. The exit code is 1 where something was found."""
    from monitor.store import database

    settings = start.settings(ctx)
    with start.naming_backup(settings), closing(database.Database(settings.database_url)) as db:
        problems = database.check(db)
    if json:
        output.document({"ok": not problems, "version": database.HEAD, "problems": problems})
    else:
        typer.echo("\n".join(output.plain(problem) for problem in problems) or "the database is sound")
    if problems:
        raise typer.Exit(1)
