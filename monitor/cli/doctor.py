"""`monitor doctor`: what is wrong, and what to do about it."""

import os
import sys
from typing import TYPE_CHECKING, Annotated

import typer

from monitor.cli import output, start

if TYPE_CHECKING:
    from monitor.actions.doctor import Check


def doctor(
    ctx: typer.Context,
    no_feeds: Annotated[bool, typer.Option("--no-feeds", help="Fetch no feed.")] = False,
    json: start.Json = False,
) -> None:
    """Look at everything, and say what to do about each fault. Nothing is changed or sent; a fault is exit code 1."""
    import asyncio
    from dataclasses import asdict

    from monitor.actions import doctor
    from monitor.cli import logs

    wishes: start.Wishes = ctx.obj
    settings, checks = doctor.read(wishes.config, os.environ)
    logs.configure(level="info" if wishes.verbose else "warning", secrets=settings.secrets if settings else ())
    if settings is not None:
        with output.progress("looking") as progress:
            looking = doctor.examine(settings, start.clock(), feeds=not no_feeds, progress=progress)
            checks += asyncio.run(looking)
    output.document({"checks": [asdict(check) for check in checks]}) if json else _tell(checks)
    if not all(check.ok for check in checks):
        raise typer.Exit(1)


def _tell(checks: "list[Check]") -> None:
    good, bad, arrow = _signs()
    for check in checks:
        typer.echo(_hung(f"{good if check.ok else bad} {check.name}: {check.detail}", "  "))
        if check.fix:
            typer.echo(_hung(f"  {arrow} {check.fix}", "    "))
    faults = sum(not check.ok for check in checks)
    found = f"{faults} fault{'s' if faults > 1 else ''}" if faults else "nothing is wrong"
    typer.echo(f"{len(checks)} things looked at: {found}")


def _hung(line: str, indent: str) -> str:
    """Return a line wrapped to the terminal, what follows its first row under its first word."""
    wrapped = output.wrapped(line, indent)
    return line[: len(line) - len(line.lstrip())] + wrapped.removeprefix(indent)


def _signs() -> tuple[str, str, str]:
    """Return the signs for good, bad, and what to do, in ASCII where standard output takes no UTF-8."""
    encoding = getattr(sys.stdout, "encoding", None) or "utf-8"
    return ("✓", "✗", "→") if "utf" in encoding.lower() else ("ok", "!!", "->")
