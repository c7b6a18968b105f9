"""Sends logs to standard error, for people, one record a line; of a fault nobody foresaw, its traceback too."""

import logging
import sys
from collections.abc import MutableMapping
from typing import Any


def configure(*, verbose: bool) -> None:
    """Show warnings, or each step with `verbose`; nothing of a feed can move the terminal's cursor."""
    import structlog

    structlog.configure(
        processors=[
            structlog.processors.TimeStamper(fmt="%H:%M:%S", utc=False),
            structlog.processors.add_log_level,
            structlog.processors.format_exc_info,
            _cleaned,
            structlog.dev.ConsoleRenderer(colors=False, pad_event_to=0),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(logging.INFO if verbose else logging.WARNING),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
        cache_logger_on_first_use=False,
    )


def _cleaned(logger: object, method: str, record: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    from monitor.cli.output import plain

    for name, value in record.items():
        if isinstance(value, str):
            record[name] = _printable(value) if name == "exception" else plain(value)
    return record


def _printable(traceback: str) -> str:
    """Return a traceback with its lines and their indents, but nothing else that is not seen."""
    return "".join(sign if sign == "\n" or sign.isprintable() else "\N{REPLACEMENT CHARACTER}" for sign in traceback)
