"""Deliver to Slack: post by post, at its pace, into a thread where there is a token, and find out what arrived.

A message is several posts; what arrived is kept after each, so that a retry begins after it. Whether a post whose
answer was lost has arrived, a token's app can look up in the channel, by the metadata that each post bears. That needs
the channel's id: known from an earlier post, or given as `slack_channel`, else looked for in the first thousand
channels of one `conversations.list`. Where a scope for looking is missing, the post is made again.
"""

import asyncio
import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Protocol
from urllib.parse import urlencode
from weakref import WeakKeyDictionary

from monitor.delivery import Means
from monitor.delivery.slack_answers import refusal, wait_asked
from monitor.digest import blocks
from monitor.errors import AddressRefused, AnswerLost, Blame, DeliveryError, FetchError, TooLarge
from monitor.model import Delivery, Fetched, Recipient
from monitor.net import guard
from monitor.net.client import Client
from monitor.net.names import Names

PACE = 1.0  # seconds between the starts of two posts to one channel (https://docs.slack.dev/apis/web-api/rate-limits)
BUDGET = 65.0  # seconds of a delivery after which no post is begun: the rest goes with the next attempt
DEADLINE = 15.0  # seconds for one request
LOOKING = 20.0  # seconds for finding out what arrived
PAGES = 3  # of a channel's history that are read, 100 messages each
MEMORY = timedelta(days=6)  # how far back a lost post can lie: the outbox tries for five days
OURS = frozenset({"reply", "thread"})  # what a post holds beside what Slack takes
THREAD_GONE = ("thread_not_found", "invalid_thread_ts", "cannot_reply_to_message")  # somebody deleted its beginning
EVENT = "monitor_message"  # event_type of the metadata
WEBHOOK_HOSTS = frozenset({"hooks.slack.com", "hooks.slack-gov.com"})

_ID = re.compile(r"[CDG][A-Z0-9]{7,}")
_TOKEN = re.compile(r"xox[!-~]+")

Posts = Sequence[Mapping[str, Any]]

# One pace for all batches and recipients that a client serves: several may write to the same channel.
_PACES: WeakKeyDictionary[Client, dict[object, float]] = WeakKeyDictionary()


class _Way(Protocol):
    """How posts reach Slack."""

    channel: object  # what the pace is kept by

    async def post(self, post: Mapping[str, Any], number: int, arrived: list[str]) -> str:
        """Make a post; return what is noted of it. Raises DeliveryError."""
        ...

    async def arrived(self, posts: Posts, since: datetime, arrived: list[str]) -> list[str]:
        """Return what is noted of those of `posts` that have arrived, from the first on."""
        ...

    async def check(self) -> str:
        """Return in words that posts would be taken. Raises DeliveryError."""
        ...


class Slack:
    """Post messages by token or by webhook."""

    def __init__(self, means: Means) -> None:
        self._means = means

    async def deliver(self, delivery: Delivery, recipient: Recipient, now: datetime) -> None:
        """Post what has not arrived of `delivery`, in order.

        Raises DeliveryError. Takes at most `BUDGET` and one request: what is left then is for the next attempt.
        """
        clock = asyncio.get_running_loop().time
        latest = clock() + BUDGET
        try:
            posts = blocks.posts(delivery.payload)
        except ValueError as error:
            raise DeliveryError(f"digest {delivery.digest}: {error}", permanent=True) from None
        way = await self._way(recipient, delivery.message_id)
        arrived = list(delivery.progress)
        if delivery.unsure and len(arrived) < len(posts):
            arrived = await way.arrived(posts, now - MEMORY, arrived)
        for number in range(len(arrived), len(posts)):
            await self._turn(way.channel)
            if clock() > latest:
                raise DeliveryError(f"{number} of {len(posts)} posts arrived within {BUDGET:g} s; the others follow")
            arrived.append(await way.post(posts[number], number, arrived))
            await self._means.keep(delivery, tuple(arrived))

    async def check(self, recipient: Recipient) -> str:
        """Ask Slack who the token is; of a webhook, only look at its address: it can't be tried without posting."""
        return await (await self._way(recipient, "")).check()

    async def _turn(self, channel: object) -> None:
        """Wait until the next post to a channel may start."""
        now, free = asyncio.get_running_loop().time(), _PACES.setdefault(self._means.client, {})
        start = max(now, free.get(channel, 0.0))
        free[channel] = start + PACE
        await asyncio.sleep(start - now)

    async def _way(self, recipient: Recipient, message_id: str) -> _Way:
        """Return how `recipient` is reached, its secret looked at. Raises DeliveryError."""
        if recipient.secret is None:
            raise _unset(recipient, "is not set")
        secret = recipient.secret.reveal()
        if recipient.channel == "slack":
            if not _TOKEN.fullmatch(secret):
                raise _unset(recipient, "does not hold a token of Slack: those begin with xox")
            if not await self._trusted(recipient.endpoint, None):
                raise _unset(
                    recipient, "would be sent unprotected: slack_api must be an https address, or a private one"
                )
            return _ByToken(_Asker(self._means.client, recipient, secret), message_id)
        if not await self._trusted(secret, WEBHOOK_HOSTS):
            wanted = "does not hold a webhook of Slack: its address begins with https://hooks.slack.com/"
            raise _unset(recipient, wanted)
        return _ByWebhook(_Asker(self._means.client, recipient, secret), secret)

    async def _trusted(self, url: str, hosts: frozenset[str] | None) -> bool:
        """Tell whether a secret may go to `url`: https and one of `hosts` (None is any), or within `allow_private`."""
        try:
            address = guard.parse(url)
        except AddressRefused:
            return False
        if address.scheme == "https" and (hosts is None or address.host in hosts):
            return True
        if not self._means.allow_private:
            return False
        try:
            found = await Names().addresses(address.host)
        except FetchError:
            return False
        return bool(found) and all(any(at in network for network in self._means.allow_private) for at in found)


@dataclass(frozen=True, slots=True)
class _Asker:
    """Sends requests, and tells their failures without telling the secret."""

    client: Client
    recipient: Recipient
    _secret: str

    def __repr__(self) -> str:
        return f"_Asker({self.recipient.id})"

    async def ask(self, url: str, body: bytes, headers: Mapping[str, str], *, bearer: bool = False) -> Fetched:
        """Return the answer to a POST, whatever it is; `bearer` shows the secret. Raises DeliveryError for none."""
        if bearer:
            headers = {**headers, "Authorization": f"Bearer {self._secret}"}
        try:
            return await self.client.post(url, body, headers=headers, deadline=DEADLINE)
        except (AnswerLost, TooLarge) as error:
            if error.status is not None and error.status != 200:  # it began to refuse
                raise self.refusal(error.status, "") from None
            words = f"Slack's answer was lost: {self._told(error)}"
            raise DeliveryError(words, blame=Blame.CHANNEL, unsure=True) from None
        except FetchError as error:
            raise DeliveryError(f"Slack can't be reached: {self._told(error)}", blame=Blame.CHANNEL) from None

    def refusal(self, status: int, code: str, wait: timedelta | None = None) -> DeliveryError:
        """Return what a refusal comes to."""
        return refusal(status, code, wait, self.recipient.secret_name, self.recipient.id)

    def _told(self, error: FetchError) -> str:
        """Return an error's words, the secret and all but the first part of its path taken out."""
        words = str(error).replace(self._secret, "***")
        for part in re.split(r"[/?]", self._secret)[3:]:
            words = words.replace(part, "***") if len(part) > 3 else words
        return words


class _ByWebhook:
    """Post to a webhook's secret address; it knows no threads, and nothing can be looked up."""

    def __init__(self, asker: _Asker, url: str) -> None:
        self.channel: object = ("webhook", url)
        self._asker = asker
        self._url = url

    async def post(self, post: Mapping[str, Any], number: int, arrived: list[str]) -> str:
        """Return "ok", which is all that Slack says."""
        body = {key: value for key, value in post.items() if key not in OURS}
        fetched = await self._asker.ask(self._url, json.dumps(body).encode(), {"Content-Type": "application/json"})
        said = fetched.body[:100].decode("ascii", "replace").strip()
        if fetched.status != 200 or said != "ok":
            raise self._asker.refusal(fetched.status, said, wait_asked(fetched))
        return said

    async def arrived(self, posts: Posts, since: datetime, arrived: list[str]) -> list[str]:
        """Return what is known to have arrived: a webhook can't be asked."""
        return arrived

    async def check(self) -> str:
        """Say what can be seen of the address."""
        return f"{self._asker.recipient.secret_name} holds a webhook's address; it can't be tried without posting"


class _ByToken:
    """Post by the Web API; of each post `TS@CHANNEL-ID` is noted."""

    def __init__(self, asker: _Asker, message_id: str) -> None:
        self._asker = asker
        self._name = asker.recipient.addresses[0]
        self.channel: object = (asker.recipient.endpoint, self._name)
        self._message_id = message_id

    async def post(self, post: Mapping[str, Any], number: int, arrived: list[str]) -> str:
        """Post, a reply into its thread: the one that it names, if that is still there, else the first post's."""
        about = {"message_id": self._message_id, "post": number}
        body = {key: value for key, value in post.items() if key not in OURS}
        body |= {"channel": self._name, "metadata": {"event_type": EVENT, "event_payload": about}}
        thread = post.get("thread") or (arrived[0] if post["reply"] and arrived else "")
        if not thread:
            body.pop("reply_broadcast", None)
            return await self._posted(body)
        try:
            return await self._posted({**body, "thread_ts": thread.partition("@")[0]})
        except DeliveryError as error:
            if "thread" not in post or not any(code in str(error) for code in THREAD_GONE):
                raise
        return await self.post({key: value for key, value in post.items() if key != "thread"}, number, arrived)

    async def _posted(self, body: Mapping[str, Any]) -> str:
        answer, _ = await self._call("chat.postMessage", json.dumps(body).encode(), "application/json; charset=utf-8")
        return _noted(answer.get("ts"), answer.get("channel"))

    async def arrived(self, posts: Posts, since: datetime, arrived: list[str]) -> list[str]:
        """Look in the channel, and in the threads, for posts after those that are known.

        Where Slack does not let us look (no scope, not in the channel), what is known is all: a post that arrives twice
        is better than one that never does.
        """
        known = dict(enumerate(arrived))
        try:
            async with asyncio.timeout(LOOKING):
                channel = await self._channel_id(arrived)
                if not known:
                    known |= await self._seen("conversations.history", channel, {"oldest": f"{since.timestamp():.6f}"})
                threads = [known[0]] if 0 in known else []
                threads += dict.fromkeys(post["thread"] for post in posts if "thread" in post)
                for thread in threads:
                    where = {"ts": thread.partition("@")[0]}
                    known |= await self._seen("conversations.replies", channel, where) | known
        except DeliveryError as error:
            if error.retry_after is not None:  # Slack may be asked later, and would take no post now
                raise
        except TimeoutError:
            pass
        first_missing = next(number for number in range(len(posts) + 1) if number == len(posts) or number not in known)
        return [known[number] for number in range(first_missing)]

    async def check(self) -> str:
        """Ask who the token is, and whether it may post."""
        answer, fetched = await self._call("auth.test", b"")
        scopes = re.split(r"[,\s]+", fetched.headers.get("x-oauth-scopes", ""))
        if any(scopes) and "chat:write" not in scopes:
            raise self._asker.refusal(200, "missing_scope")
        who = " in ".join(_word(answer.get(key)) for key in ("user", "team"))
        may = "may post" if any(scopes) else "does not say whether it may post (scope chat:write)"
        return f"the token is {who}'s and {may}; whether {self._name} lets it in shows with the first message"

    async def _channel_id(self, arrived: list[str]) -> str:
        """Return the channel's id if it can be had cheaply, else its name."""
        noted = arrived[0].partition("@")[2] if arrived else ""
        if noted or _ID.fullmatch(self._name):
            return noted or self._name
        wanted = {"limit": "1000", "exclude_archived": "true", "types": "public_channel,private_channel"}
        try:
            answer, _ = await self._call("conversations.list", urlencode(wanted).encode())
        except DeliveryError as error:
            if error.retry_after is not None:
                raise
            return self._name
        named = (each for each in _dicts(answer.get("channels")) if each.get("name") == self._name.lstrip("#"))
        return str(next(named, {}).get("id") or self._name)

    async def _seen(self, method: str, channel: str, where: Mapping[str, str]) -> dict[int, str]:
        """Return our posts of this message in a channel or a thread, by their numbers."""
        found: dict[int, str] = {}
        wanted = {"channel": channel, "limit": "100", "include_all_metadata": "true", **where}
        for _ in range(PAGES):
            answer, _ = await self._call(method, urlencode(wanted).encode())
            found |= self._ours(answer, channel)
            after = answer.get("response_metadata")
            cursor = after.get("next_cursor") if isinstance(after, dict) else ""
            if not cursor or not answer.get("has_more"):
                break
            wanted["cursor"] = str(cursor)
        return found

    def _ours(self, answer: Mapping[str, Any], channel: str) -> dict[int, str]:
        found = {}
        for message in _dicts(answer.get("messages")):
            about = message.get("metadata") or {}
            payload = about.get("event_payload") or {}
            number = payload.get("post")
            if about.get("event_type") == EVENT and payload.get("message_id") == self._message_id:
                found[int(number or 0)] = _noted(message.get("ts"), channel)
        return found

    async def _call(
        self, method: str, body: bytes, content_type: str = "application/x-www-form-urlencoded"
    ) -> tuple[dict[str, Any], Fetched]:
        """Return the answer of one of the API's methods that is `ok`. Raises DeliveryError for all others."""
        url = f"{self._asker.recipient.endpoint.rstrip('/')}/{method}"
        fetched = await self._asker.ask(url, body, {"Content-Type": content_type}, bearer=True)
        try:
            answer = json.loads(fetched.body)
        except ValueError:
            answer = None
        answer = answer if isinstance(answer, dict) else {}
        if fetched.status != 200 or answer.get("ok") is not True:
            raise self._asker.refusal(fetched.status, str(answer.get("error", "")), wait_asked(fetched))
        return answer, fetched


def _unset(recipient: Recipient, wrong: str) -> DeliveryError:
    """Return what a secret lacks: it passes as soon as a person mends the environment."""
    return DeliveryError(f"{recipient.secret_name} {wrong}", blame=Blame.CHANNEL)


def _noted(ts: object, channel: object) -> str:
    """Return what is noted of a post. Raises DeliveryError if Slack's answer does not name it."""
    if not isinstance(ts, str) or not re.fullmatch(r"[0-9.]{1,30}", ts):
        raise DeliveryError("Slack answers ok, but names no post", unsure=True)
    return f"{ts}@{channel}" if isinstance(channel, str) and _ID.fullmatch(channel) else ts


def _dicts(value: object) -> list[dict[str, Any]]:
    return [each for each in value if isinstance(each, dict)] if isinstance(value, list) else []


def _word(value: object) -> str:
    """Return a name out of an answer, so that it can stand in a line."""
    return " ".join(ascii(str(value or "?"))[1:-1].split())[:60]
