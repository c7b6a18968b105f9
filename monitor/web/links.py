"""What links in messages lead to: a page that asks, and the one thing that it does once asked by POST.

GET never acts, because scanners and previews follow every link. POST acts without a log-in, by the button or by a mail
program's one click (RFC 8058), whose body says nothing that the token does not; it may come again.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response

from monitor import tokens
from monitor.errors import TokenError, TokenExpired
from monitor.model import Recipient, Topic
from monitor.store import recipients
from monitor.store.database import Database
from monitor.web.pages import page


@dataclass(frozen=True, slots=True)
class Named:
    """The one address that a link names."""

    recipient: Recipient
    address: str


class Links:
    """The pages behind signed links."""

    def __init__(
        self,
        db: Database,
        known: Sequence[Recipient],
        topics: Sequence[Topic],
        secret: bytes,
        clock: Callable[[], datetime],
    ) -> None:
        self._db = db
        self._known = {recipient.id: recipient for recipient in known}
        self._titles = {topic.id: topic.title for topic in topics}
        self._secret = secret
        self._clock = clock

    async def unsubscribe(self, request: Request) -> Response:
        """Show the button, or stop the messages that the token names."""
        try:
            named = self._named(request.path_params["token"])
        except TokenExpired:
            return _words(410, "This link is too old", "The link in any newer message works.")
        except TokenError:
            return _words(403, "This link does not work", "A part of it may be missing. The link in any message works.")
        if named is None:
            return _words(404, "Nothing to stop", "These digests do not go to that address any more.")
        if request.method == "POST":
            await run_in_threadpool(self._stop, named)
            return self._page("stopped.html", named)
        stopped = await run_in_threadpool(self._is_stopped, named)
        return self._page("stopped.html" if stopped else "unsubscribe.html", named)

    def _named(self, token: str) -> Named | None:
        """Return whom a token names, None if the configuration names them no more."""
        fields = tokens.verify(self._secret, token, purpose=tokens.UNSUBSCRIBE, now=self._clock())
        recipient, mark = self._known.get(fields[0]), fields[1]
        for address in recipient.addresses if recipient else ():
            if recipient and tokens.fingerprint(self._secret, address) == mark:
                return Named(recipient, address)
        return None

    def _stop(self, named: Named) -> None:
        if not self._is_stopped(named):
            why = f"{recipients.UNSUBSCRIBED} {self._clock():%Y-%m-%d} by its link"
            recipients.switch_off(self._db, named.recipient.id, named.address, why)

    def _is_stopped(self, named: Named) -> bool:
        """Tell whether they were stopped by a link; what bounced is not stopped by anybody."""
        report = recipients.reports(self._db, [named.recipient])[named.recipient.id]
        off = next((each.off for each in report.addresses if each.address == named.address), "")
        return off.startswith(recipients.UNSUBSCRIBED)

    def _page(self, template: str, named: Named) -> Response:
        titles = [self._titles.get(topic, topic) for topic in named.recipient.topics]
        return page(template, address=masked(named), recipient=named.recipient.id, topics=titles)


def masked(named: Named) -> str:
    """Return an e-mail address as its owner knows it and nobody else does; of other channels, the recipient's id."""
    name, at, domain = named.address.rpartition("@")
    return f"{name[:1]}***@{domain}" if at and named.recipient.channel == "email" else named.recipient.id


def _words(status: int, heading: str, line: str) -> Response:
    return page("words.html", status, heading=heading, lines=[line])
