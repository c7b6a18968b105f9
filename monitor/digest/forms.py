"""The exact bytes of a message, in the form that its channel takes: one row per channel in `FORMS`.

Values in, bytes out: the same input always gives the same bytes, and the outbox keeps them for every attempt.
"""

from datetime import datetime
from typing import Protocol

from monitor.digest import blocks, hook, mail
from monitor.model import Digest, Envelope, Notice, Rendered


class Form(Protocol):
    """How the messages of a channel are written and read: a module with four functions."""

    def digest(self, digest: Digest, rendered: Rendered, envelope: Envelope) -> bytes:
        """Return the message that tells `digest`; `rendered` is the same in words."""
        ...

    def notice(self, notice: Notice, envelope: Envelope) -> bytes:
        """Return the message that says `notice`."""
        ...

    def again(self, payload: bytes, made: datetime, envelope: Envelope) -> bytes:
        """Return a message that was frozen as `payload` at `made` once more, saying that it is sent again."""
        ...

    def read(self, payload: bytes) -> Rendered:
        """Return what a message says, for `digest show`; `html` may be "". Raises ValueError for other bytes."""
        ...


FORMS: dict[str, Form] = {  # name in `Recipient.channel` → its form
    "folder": mail,
    "email": mail,
    "slack": blocks,
    "slack_webhook": blocks,
    "webhook": hook,
    "apprise": mail,
}
