"""Reads, checks and edits the configuration; nothing else reads its files or the environment.

    monitor.toml → document → shape + checks → reading → Settings
                   (TOML)     (keys, values)   (seeds, OPML, secrets)

What is wrong becomes a `Fault`: all of them are told at once, one line each. What is merely worth knowing
becomes a line of `Settings.notes`. pydantic and the rest are imported when something is read, not before.
"""

from collections.abc import Mapping
from pathlib import Path

from monitor.config.changes import fingerprint
from monitor.config.settings import Network, Settings
from monitor.model import Seed

__all__ = ["Network", "Settings", "fingerprint", "load", "read_seed"]


def load(path: Path, environ: Mapping[str, str], *, lenient: bool = False) -> Settings:
    """Read the configuration at `path`, a folder that holds `monitor.toml` or the file itself.

    `environ` holds the secrets that the file names, or the paths of files that hold them. `lenient` leaves out
    recipients that are wrong and says so in `left_out`, as the service does: the others are served all the same.
    :raises ConfigError: with one line for each thing that is wrong
    :raises SeedError: if nothing but seed files is wrong
    """
    from monitor.config.reading import read

    return read(path, environ, lenient=lenient)


def read_seed(path: Path) -> Seed:
    """Read the seed document at `path`, for commands that take a seed without a configuration.

    :raises SeedError: if it is missing, empty, or no text
    """
    from monitor.config.seeds import read_seed as read

    return read(path)
