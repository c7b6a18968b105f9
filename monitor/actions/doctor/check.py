"""The noun of a check-up: one thing that was looked at, and what to do where it is at fault."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Check:
    """One thing that was looked at."""

    name: str  # what: "database", "feed https://…", "recipient desk"
    ok: bool
    detail: str  # what was found, one line
    fix: str = ""  # what to do, one sentence with the command or the key; "" where nothing is to be done


def fine(name: str, detail: str, fix: str = "") -> Check:
    """Return a check that found nothing wrong; `fix` says what could still be done."""
    return Check(name, True, detail, fix)


def fault(name: str, detail: str, fix: str) -> Check:
    """Return a check that found something wrong."""
    return Check(name, False, detail, fix)


def told(name: str, words: str, otherwise: str) -> Check:
    """Return the fault that an error's words tell: after their last semicolon stands what to do, else `otherwise`."""
    detail, semicolon, fix = words.rpartition("; ")
    return fault(name, detail, fix) if semicolon else fault(name, words, otherwise)
