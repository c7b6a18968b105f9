"""The one family of errors.

MonitorError                 every expected trouble; its text is one line that says what to do
├── UsageError               wrong use: exit code 2
│   ├── ConfigError          wrong configuration: names file, key, value and what is allowed
│   └── SeedError            a seed that is empty, unreadable or no text
├── FetchError               one fetch failed; concerns one feed, page or address
│   ├── AddressRefused       the address may not be contacted (private, wrong scheme, malformed)
│   ├── HttpError            an answer that is no success; says whether it limits the rate, and for how long
│   ├── AnswerLost           a request was sent and no answer came: it may have taken effect
│   ├── HostHeld             the host asked for rest (429, 503): nothing was sent
│   └── TooLarge             more bytes than the cap allows, counted after decompression
├── ParseError               what came is not what was asked for (a page instead of a feed, a killed parse)
├── TokenError               a signed link that is not ours, is for something else, or was cut
│   └── TokenExpired         a signed link that was ours and has ended
├── DeliveryError            one message could not be handed over; says whether to try again, and what refused it
├── EncoderError             an encoder can't be had, or failed: judging goes on by words alone
├── ModelError               a language model can't be asked, or answered nonsense: digests go without
└── StoreError               the database could not be read or written
    └── DatabaseRefused      of a newer version, or damaged: nothing is touched, exit code 2
        └── DatabaseDamaged  its file can't be read as what it was
"""

from datetime import timedelta
from enum import StrEnum


class MonitorError(Exception):
    """Carry one line for the person who runs the service: what was wrong and what to do."""


class UsageError(MonitorError):
    """Say what was wrong in what the person typed."""


class ConfigError(UsageError):
    """Say which file, key and value of the configuration was wrong, and what is allowed."""


class SeedError(UsageError):
    """Say which seed could not be used, and why."""


class FetchError(MonitorError):
    """Tell why one fetch brought nothing; `status` is the HTTP status, None where there was no answer."""

    def __init__(self, message: str, *, status: int | None = None) -> None:
        super().__init__(message)
        self.status = status


class AddressRefused(FetchError):
    """Tell that the guard did not let the address be contacted."""


class HttpError(FetchError):
    """Tell that the server answered with no success, and whether it asked to be left alone."""

    def __init__(
        self, message: str, *, url: str, status: int, rate_limited: bool = False, retry_after: timedelta | None = None
    ) -> None:
        super().__init__(message, status=status)
        self.url = url  # that answered, redirects followed
        self.rate_limited = rate_limited
        self.retry_after = retry_after


class HostHeld(FetchError):
    """Tell that nothing was sent, because the host asked for rest."""


class AnswerLost(FetchError):
    """Tell that a request was sent and no answer came: it may have taken effect all the same."""


class TooLarge(FetchError):
    """Tell that a body or its headers passed their cap."""


class ParseError(MonitorError):
    """Tell what was found instead of a feed or a page."""


class TokenError(MonitorError):
    """Tell that a signed link gives no right to what it was used for."""


class TokenExpired(TokenError):
    """Tell that a signed link was good once."""


class Blame(StrEnum):
    """What refused a message."""

    MESSAGE = "message"  # this message, for what it is: others may pass
    ADDRESS = "address"  # the address takes none: a hard bounce, if it is permanent
    CHANNEL = "channel"  # the way itself: no server, no log-in, a webhook that is gone; every message would meet it


class DeliveryError(MonitorError):
    """Tell why a message was not delivered, or is not known to be."""

    def __init__(
        self,
        message: str,
        *,
        permanent: bool = False,  # trying again is useless
        blame: Blame = Blame.MESSAGE,
        unsure: bool = False,  # it may have arrived: the answer was lost
        retry_after: timedelta | None = None,  # as the server asked
    ) -> None:
        super().__init__(message)
        self.permanent = permanent
        self.blame = blame
        self.unsure = unsure
        self.retry_after = retry_after


class EncoderError(MonitorError):
    """Tell why texts get no vectors, and what to do."""


class ModelError(MonitorError):
    """Tell why there are no summaries, and what to do."""


class StoreError(MonitorError):
    """Tell that the database could not be read or written."""


class DatabaseRefused(StoreError, UsageError):
    """Refuse a database of a newer version or a damaged one, with the command that mends it."""


class DatabaseDamaged(DatabaseRefused):
    """Refuse a database whose file is damaged; the last good backup takes its place."""
