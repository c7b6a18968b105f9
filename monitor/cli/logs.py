"""Sends logs to standard error, for people, one record a line."""

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
        if isinstance(value, str) and name != "exception":
            record[name] = plain(value)
    return record
