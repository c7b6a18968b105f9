"""What was found while reading a configuration: faults stop it, notes do not."""

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from monitor.errors import ConfigError, SeedError, UsageError

_BARE_KEY = re.compile(r"[A-Za-z0-9_-]+")
_CREDENTIALS = re.compile(r"//[^/@\s]*@")
LONGEST_VALUE = 80  # characters of a wrong value that are shown


@dataclass(frozen=True, slots=True)
class Fault:
    """One wrong thing and where it stands."""

    key: str  # dotted, "" for the file as a whole
    text: str  # what is wrong and what is allowed
    kind: type[UsageError] = ConfigError


@dataclass(slots=True)
class Findings:
    """Collects all that one reading of a configuration finds."""

    file: str  # as the person named it
    faults: list[Fault] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)

    def fault(self, key: str, text: str, kind: type[UsageError] = ConfigError) -> None:
        """Remember one wrong thing."""
        self.faults.append(Fault(key, text, kind))

    def stop_if_wrong(self) -> None:
        """Raise one error that tells every fault, one line each.

        :raises UsageError: `SeedError` if only seeds are wrong, else `ConfigError`
        """
        if not self.faults:
            return
        kinds = {fault.kind for fault in self.faults}
        lines = (": ".join(filter(None, (self.file, fault.key, fault.text))) for fault in self.faults)
        raise (SeedError if kinds == {SeedError} else ConfigError)("\n".join(lines))


def dotted(steps: Sequence[str | int]) -> str:
    """Return the way to a key as a person writes it: `recipients.desk.schedule`, `feeds[2].url` (counted from 1)."""
    words = [f"[{step + 1}]" if isinstance(step, int) else f".{_key(step)}" for step in steps]
    return "".join(words).removeprefix(".")


def shown(key: str, value: Any) -> str:
    """Return a wrong value for people to recognise, cut and on one line; no credentials, none of an `_env` key.

    Whoever writes a password where the *name* of a variable belongs must not find it in a log.
    """
    if key.endswith("_env"):
        return "(not shown)"
    text = _CREDENTIALS.sub("//***@", json.dumps(value, ensure_ascii=False, default=str))
    return text if len(text) <= LONGEST_VALUE else text[: LONGEST_VALUE - 1] + "…"


def _key(name: str) -> str:
    return name if _BARE_KEY.fullmatch(name) else json.dumps(name, ensure_ascii=False)
