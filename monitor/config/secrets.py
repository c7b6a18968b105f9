"""Reads secrets: from an environment variable, or from the file that NAME_FILE names.

`FEED_PASSWORD` holds the secret itself. `FEED_PASSWORD_FILE` holds the path of a file with it, as container
engines mount them. If both are set, the variable itself wins. An empty secret is none.
"""

from collections.abc import Mapping
from pathlib import Path

from monitor.model import Secret


def secret(name: str, environ: Mapping[str, str]) -> Secret | None:
    """Return the secret called `name`, or None if there is none.

    :raises OSError: if its file can't be read
    :raises ValueError: if its file is no text
    """
    value = environ.get(name, "")
    if not value and environ.get(f"{name}_FILE"):
        value = Path(environ[f"{name}_FILE"]).read_text("utf-8").strip("\r\n")
    return Secret(value) if value else None


def trouble(name: str, error: Exception) -> str:
    """Say in words why the file of the secret `name` was not read; never what stands in it."""
    reason = error.strerror if isinstance(error, OSError) else "it is no UTF-8 text"
    return f"the file that {name}_FILE names can't be read: {reason}"
