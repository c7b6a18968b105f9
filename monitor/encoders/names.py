"""Reads what `[matching] encoder` and `--encoder` name."""

import re
from hashlib import blake2b
from pathlib import Path

from monitor.encoders.kinds import ENCODERS
from monitor.errors import EncoderError

AUTO = "auto"  # the one that measured best, where it is installed
NONE = "none"  # words alone
PACKAGED = tuple(name for name, kind in ENCODERS.items() if kind.size)  # their one model comes inside the package
NAMED = tuple(name for name, kind in ENCODERS.items() if not kind.size)  # they want the name of a model

_HUB = re.compile(r"[\w-][\w.-]*/[\w-][\w.-]*", re.ASCII)
_FOLDER = ("/", "./", "../", "~/")
_SAMPLE = 65_536  # bytes at each end of a file that tell models apart: no two trainings leave the same


def check(wanted: str) -> str:
    """Return `wanted` if it can name an encoder, installed or not.

    :raises ValueError: if it is nonsense
    """
    kind, colon, model = wanted.partition(":")
    if wanted in (AUTO, NONE, *PACKAGED) or wanted.startswith(_FOLDER) or _HUB.fullmatch(wanted):
        return wanted
    if colon and kind in NAMED and model.strip() == model != "":
        return wanted
    if wanted in NAMED:
        raise ValueError(f"{wanted} wants the name of a model behind it, such as {wanted}:ORGANISATION/MODEL")
    raise ValueError(
        f"no encoder has this name: there are {', '.join(PACKAGED)}, ORGANISATION/MODEL of a hub, and folders, which "
        "begin with / or ./"
    )


def resolved(wanted: str, start: Path) -> str:
    """Return `wanted` with a folder's path made absolute; also of one that looks like a hub's model and exists."""
    folder = Path(wanted).expanduser() if wanted.startswith("~/") else start / wanted
    if wanted.startswith(_FOLDER) or (_HUB.fullmatch(wanted) and folder.is_dir()):
        return str(folder.resolve())
    return wanted


def parts(wanted: str) -> tuple[str, str]:
    """Return the kind of a resolved name, "" where it is left open, and its model, "" where its package has but one."""
    if wanted in PACKAGED:
        return wanted, ""
    if Path(wanted).is_absolute():
        return "sentence-transformers", wanted
    kind, colon, model = wanted.partition(":")
    return (kind, model) if colon and kind in NAMED else ("", wanted)


def fingerprint(folder: Path) -> str:
    """Return what tells the model in `folder` from any other that may take its place.

    :raises EncoderError: if there is none, or it can't be read
    """
    try:
        files = sorted(path for path in folder.rglob("*") if path.is_file())
        if not files:
            raise EncoderError(f"encoder {folder}: there is no model in this folder; name one that holds a model")
        told = blake2b(digest_size=4)
        for file in files:
            told.update(f"{file.relative_to(folder)} {file.stat().st_size}\n".encode("utf-8", "surrogateescape"))
            told.update(_ends(file))
    except OSError as error:
        raise EncoderError(f"encoder {folder}: it can't be read ({error.strerror}); mend that") from error
    return told.hexdigest()


def _ends(file: Path) -> bytes:
    with file.open("rb") as opened:
        head = opened.read(_SAMPLE)
        opened.seek(max(0, file.stat().st_size - _SAMPLE))
        return head + opened.read(_SAMPLE)
