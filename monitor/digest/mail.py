"""The form of e-mail, and of channels that take a page and a text: what `monitor.digest.message` freezes."""

from datetime import datetime

from monitor.digest import message, render
from monitor.model import Digest, Envelope, Notice, Rendered


def digest(digest: Digest, rendered: Rendered, envelope: Envelope) -> bytes:
    """Return the message that tells `digest`; with an `unsubscribe_url` its footer leads there."""
    if envelope.unsubscribe_url:
        rendered = render.render(digest, as_of=envelope.date, unsubscribe_url=envelope.unsubscribe_url)
    return message.freeze(rendered, envelope)


def notice(notice: Notice, envelope: Envelope) -> bytes:
    """Return the message that says `notice`."""
    return message.freeze(render.notice(notice), envelope)


def again(payload: bytes, made: datetime, envelope: Envelope) -> bytes:
    """Return a message that was frozen as `payload` at `made` once more, saying that it is sent again."""
    return message.freeze(render.again(message.thaw(payload), made), envelope)


def read(payload: bytes) -> Rendered:
    """Return subject, text and HTML of a message. Raises ValueError for other bytes."""
    return message.thaw(payload)
