"""Sends logs to standard error, for people or as JSON, one record a line.

No record holds an escape sequence of a feed's, and none a secret of the configuration, whatever library wrote it.
"""

import logging
import sys
from collections.abc import Callable, MutableMapping, Sequence
from typing import Any, Literal, TextIO
from urllib.parse import quote

from monitor.model import Secret

Record = MutableMapping[str, Any]
SHORTEST_SECRET = 4  # what is shorter stands in every other word, and hiding it would tell it
LEVELS = {"info": logging.INFO, "warning": logging.WARNING}


class _Ours(logging.StreamHandler[TextIO]):
    """The handler that was made here, to be told from those of others."""


def configure(
    *, level: Literal["info", "warning"] = "warning", json: bool = False, secrets: Sequence[Secret] = ()
) -> None:
    """Show records from `level` on; `json` gives one object a line, else words for people.

    Records of libraries go the same way from WARNING on.
    """
    import structlog

    shared: list[Any] = [
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso" if json else "%Y-%m-%d %H:%M:%S", utc=json),
        structlog.processors.format_exc_info,
        _hidden([secret.reveal() for secret in secrets]),
        _cleaned,
    ]
    writer: Any = (
        structlog.processors.JSONRenderer(ensure_ascii=False)
        if json
        else structlog.dev.ConsoleRenderer(colors=False, pad_event_to=0, sort_keys=False)
    )
    structlog.configure(
        processors=[*shared, writer],
        wrapper_class=structlog.make_filtering_bound_logger(LEVELS[level]),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
        cache_logger_on_first_use=False,
    )
    handler = _Ours(sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared,
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, writer],
        )
    )
    root = logging.getLogger()
    root.handlers = [*(each for each in root.handlers if not isinstance(each, _Ours)), handler]
    root.setLevel(logging.WARNING)
    logging.getLogger("apscheduler").setLevel(logging.CRITICAL)  # beats tell themselves when they fail


def _hidden(secrets: Sequence[str]) -> Callable[[object, str, Record], Record]:
    """Return a processor that puts *** in the place of every secret, also where it is quoted as Python or URLs do."""
    long = [each for each in secrets if len(each) >= SHORTEST_SECRET]
    forms = {form for each in long for form in (each, repr(each)[1:-1], quote(each, "", errors="surrogateescape"))}
    found = sorted(forms, key=len, reverse=True)

    def hide(logger: object, method: str, record: Record) -> Record:
        for name, value in record.items():
            text = value if isinstance(value, str) else str(value)
            if any(secret in text for secret in found):
                for secret in found:
                    text = text.replace(secret, "***")
                record[name] = text
        return record

    return hide


def _cleaned(logger: object, method: str, record: Record) -> Record:
    from monitor.cli.output import plain

    for name, value in record.items():
        if isinstance(value, str):
            record[name] = _printable(value) if name == "exception" else plain(value)
    return record


def _printable(traceback: str) -> str:
    """Return a traceback with its lines and their indents, but nothing else that is not seen."""
    return "".join(sign if sign == "\n" or sign.isprintable() else "\N{REPLACEMENT CHARACTER}" for sign in traceback)
