"""Reads seed documents: a person's own files, in whatever way they were saved."""

import codecs
import stat
from pathlib import Path

from monitor.errors import SeedError
from monitor.model import Seed
from monitor.text.clean import PAGE_LIMIT, clean

LARGEST = 2_000_000  # bytes; a seed is an article, not an archive
SHORT = 200  # characters under which a document says little about its story

_UTF16 = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)
_CONTROLS = set(range(32)) - {*b"\t\n\f\r"}
_NOT_TEXT = "is no text, but a program's format; save the article as plain text"


def read_seed(path: Path, name: str = "") -> Seed:
    """Return the document at `path` under `name` (default: the path as given).

    UTF-8, with or without byte order mark, and UTF-16 with one are read. Another encoding is refused rather than
    guessed, because a wrong guess would silently be a wrong profile.
    :raises SeedError: if it is missing, unreadable, empty, too large or no text
    """
    text = clean(_decoded(_bytes(path), path), PAGE_LIMIT, paragraphs=True)
    if not text:
        raise SeedError(f"{path} is empty; a seed is the text of an article about the story to follow")
    return Seed(name=name or str(path), text=text)


def remark(seed: Seed) -> str:
    """Return what its owner should know about a seed that can be used, "" if there is nothing."""
    text = seed.text
    if text[:20].lower().startswith(("<!doctype html", "<html", "<?xml")):
        return "holds the source of a page; its text alone, or the page's address, makes a better seed"
    if len(text) < SHORT:
        return f"has only {len(text)} characters; a whole article finds its story better"
    if len(text) >= PAGE_LIMIT - 1:
        return f"is long; its first {PAGE_LIMIT:,} characters are read"
    return ""


def _bytes(path: Path) -> bytes:
    try:
        found = path.stat()
        if not stat.S_ISREG(found.st_mode):
            raise SeedError(f"{path} is no file; a seed is a file of text, list each one")
        if found.st_size > LARGEST:
            raise SeedError(f"{path} is larger than {LARGEST // 1_000_000} MB; a seed is one article as text")
        return path.read_bytes()
    except FileNotFoundError as error:
        raise SeedError(f"{path} does not exist") from error
    except OSError as error:
        raise SeedError(f"{path} can't be read: {error.strerror}") from error


def _decoded(data: bytes, path: Path) -> str:
    utf16 = data.startswith(_UTF16)
    if not utf16 and _is_binary(data):
        raise SeedError(f"{path} {_NOT_TEXT}")
    try:
        return data.decode("utf-16" if utf16 else "utf-8-sig")
    except UnicodeDecodeError as error:
        name = "UTF-16" if utf16 else "UTF-8"
        raise SeedError(f"{path} is not {name} from byte {error.start + 1} on; save it as UTF-8 text") from error


def _is_binary(data: bytes) -> bool:
    """Tell files of programs from texts, in which control characters are rare and zero bytes absent.

    An escape gives away ISO-2022, which would pass for UTF-8 and read as nonsense.
    """
    named = data.startswith(b"%PDF-") or b"\0" in data or b"\x1b" in data
    return named or 20 * sum(byte in _CONTROLS for byte in data) > len(data)
