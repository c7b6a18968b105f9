"""Looks at the configuration: whether it loads, and what it lacks."""

import re
from collections.abc import Mapping
from pathlib import Path

from monitor.actions.doctor.check import Check, fault, fine, told
from monitor.config import Settings, load
from monitor.errors import UsageError

NAME = "configuration"
_LACKS = re.compile(r"\b(?:not set|is set;|there is no|there are none|there is none|can't be)")  # words of such a note
_UNSET = re.compile(r"\b(?:not set|is set;)")


def read(path: Path, environ: Mapping[str, str]) -> tuple[Settings | None, list[Check]]:
    """Return the settings, None if nothing can be done with them, and a check for each thing that is wrong there.

    Recipients that are wrong are left out of the settings, as the service does.
    """
    try:
        settings = load(path, environ, lenient=True)
    except UsageError as error:
        return None, [_wrong(line, path) for line in str(error).splitlines()]
    wrong = [_wrong(line, settings.file) for line in settings.left_out]
    wrong += [_lacking(note, settings.file) for note in settings.notes if _LACKS.search(note)]
    return settings, wrong or [fine(NAME, _contents(settings))]


def _wrong(line: str, path: Path) -> Check:
    """Return the fault that a line of a refused configuration tells."""
    detail, semicolon, allowed = line.rpartition("; ")
    mend = f"correct it in {path}"
    return fault(NAME, detail, f"{mend}: {allowed}") if semicolon else fault(NAME, line, mend)


def _lacking(note: str, file: Path) -> Check:
    """Return the fault that a note of something missing tells."""
    if _UNSET.search(note):
        return fault(NAME, note, "set it where monitor is started, or set its name with _FILE behind to a file's path")
    return told(NAME, note, f"add it to {file}")


def _contents(settings: Settings) -> str:
    counts = {"feeds": settings.feeds, "topics": settings.topics, "recipients": settings.recipients}
    return f"{settings.file}: " + ", ".join(f"{len(found)} {name}" for name, found in counts.items())
