"""A Slack of the tests' own on real loopback HTTP: webhooks and the Web API, well-behaved or not.

    with Slack() as slack:
        slack.next(RATE_LIMITED)                        # what the next post meets; then all is well again
        ...                                             # post to slack.webhook, or with slack.token to slack.api
        assert [post.text for post in slack.posts] == [...]

`posts` is what it delivered, whatever it answered. Blocks are checked against Slack's limits: what breaks one is
refused as `invalid_blocks`, and `faults` says why.
"""

import json
import re
from collections import deque
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from types import TracebackType
from typing import Any, Self
from urllib.parse import parse_qs

from slack_sdk.errors import SlackObjectFormationError
from slack_sdk.models.blocks import Block

from tests.server import Request, Response, Server

TOKEN = "xoxb-1111-2222-canarytoken"
WEBHOOK_PATH = "/services/T00000000/B00000000/canarywebhooksecret"
CHANNELS = {"news": "C0000NEWS1", "other": "C000OTHER1"}
POSTING = ("chat:write",)
ALL_SCOPES = ("chat:write", "channels:history", "channels:read")


@dataclass(frozen=True)
class Mode:
    """How one request is met."""

    status: int = 200
    code: str = ""  # Slack's word for what is wrong
    delivered: bool = False  # the post arrives, whatever is answered
    headers: Mapping[str, str] = field(default_factory=dict)
    hang: bool = False  # never answers
    silent: bool = False  # closes without an answer
    body: str | None = None  # answered instead of what Slack would say
    redirect: str = ""


OK = Mode(delivered=True)
RATE_LIMITED = Mode(429, "ratelimited", headers={"Retry-After": "7"})
DOWN = Mode(503, "service_unavailable")
HANGS = Mode(hang=True)
LOST = Mode(delivered=True, silent=True)
CUT_DOWN = Mode(500, silent=True)
NOT_OK = Mode(body="<html>Welcome to the hotel</html>")
NOT_FOUND = Mode(404, "no_team")
GONE = Mode(410, "channel_is_archived")
REDIRECTS = Mode(302, redirect="https://elsewhere.example/")


@dataclass(frozen=True)
class Post:
    """A post as a reader of the channel has it."""

    channel: str  # its id, "" by webhook
    ts: str
    thread_ts: str  # "" at the top of the channel
    body: Mapping[str, Any]
    time: float  # of `time.monotonic()`

    @property
    def text(self) -> str:
        """Return what a notification shows."""
        return str(self.body["text"])

    @property
    def metadata(self) -> Mapping[str, Any]:
        """Return the event_payload of its metadata, {} if it has none."""
        return dict(self.body.get("metadata", {}).get("event_payload", {}))


class Slack:
    """A workspace that runs between `with` and its end."""

    token = TOKEN

    def __init__(self, *, scopes: tuple[str, ...] = ALL_SCOPES) -> None:
        self.server = Server()
        self.posts: list[Post] = []  # what was delivered, in order
        self.faults: list[str] = []  # limits that were broken
        self.asked: list[str] = []  # methods of the API, in order; "webhook" for a webhook
        self.scopes = scopes
        self._modes: deque[Mode] = deque()
        self.always = OK  # what posts meet after all that `next` named

    @property
    def webhook(self) -> str:
        """Return the secret address of a webhook."""
        return self.server.url(WEBHOOK_PATH)

    @property
    def api(self) -> str:
        """Return the base of the Web API."""
        return self.server.url("/api/")

    def next(self, *modes: Mode) -> None:
        """Say what the next posts meet, one after the other."""
        self._modes.extend(modes)

    def __enter__(self) -> Self:
        self.server.__enter__()
        self.server.serve(WEBHOOK_PATH, self._webhook)
        self.server.serve("/api/chat.postMessage", self._post)
        for method, scope, answer in (
            ("auth.test", "", self._identity),
            ("conversations.list", "channels:read", self._list),
            ("conversations.history", "channels:history", self._history),
            ("conversations.replies", "channels:history", self._replies),
        ):
            self.server.serve(f"/api/{method}", self._reader(method, scope, answer))
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.server.__exit__(kind, error, trace)

    def _mode(self) -> Mode:
        return self._modes.popleft() if self._modes else self.always

    def _webhook(self, request: Request) -> Response:
        self.asked.append("webhook")
        body, mode = json.loads(request.body), self._mode()
        found = list(faults(body))
        self.faults += found
        if found:
            mode = Mode(400, "invalid_blocks")
        if mode.delivered:
            self._deliver(request, body, "")
        return _answer(mode, mode.code or "ok")

    def _post(self, request: Request) -> Response:
        self.asked.append("chat.postMessage")
        body, mode = json.loads(request.body), self._mode()
        channel = _channel(body["channel"])
        found = list(faults(body))
        self.faults += found
        wrong = self._stranger(request, "chat:write") or ("" if channel else "channel_not_found")
        if wrong or found:
            mode = Mode(code=wrong or "invalid_blocks")
        post = self._deliver(request, body, channel) if mode.delivered else None
        said = {"ok": False, "error": mode.code} if mode.code else {"ok": True, "channel": channel}
        return _answer(mode, json.dumps({**said, **({"ts": post.ts} if post else {})}))

    def _deliver(self, request: Request, body: Mapping[str, Any], channel: str) -> Post:
        number = len(self.posts) + 1
        post = Post(channel, f"1700000000.{number:06}", body.get("thread_ts", ""), body, request.time)
        self.posts.append(post)
        return post

    def _stranger(self, request: Request, scope: str) -> str:
        """Return why the request is refused, "" if it is not."""
        if request.headers.get("authorization") != f"Bearer {self.token}":
            return "invalid_auth"
        return "" if not scope or scope in self.scopes else "missing_scope"

    def _reader(self, method: str, scope: str, answer: Any) -> Any:
        def read(request: Request) -> Response:
            self.asked.append(method)
            wanted = {name: values[0] for name, values in parse_qs(request.body.decode()).items()}
            wrong = self._stranger(request, scope)
            said = {"ok": False, "error": wrong} if wrong else answer(wanted)
            headers = {"X-OAuth-Scopes": ",".join(self.scopes)}
            return Response(json.dumps(said), content_type="application/json", headers=headers)

        return read

    def _identity(self, wanted: Mapping[str, str]) -> dict[str, Any]:
        return {"ok": True, "team": "The Paper", "user": "monitor", "team_id": "T1", "user_id": "U1"}

    def _list(self, wanted: Mapping[str, str]) -> dict[str, Any]:
        return {"ok": True, "channels": [{"id": id, "name": name} for name, id in CHANNELS.items()]}

    def _history(self, wanted: Mapping[str, str]) -> dict[str, Any]:
        return self._messages(
            wanted, [post for post in self.posts if not post.thread_ts or post.body.get("reply_broadcast")]
        )

    def _replies(self, wanted: Mapping[str, str]) -> dict[str, Any]:
        return self._messages(wanted, [post for post in self.posts if wanted["ts"] in (post.ts, post.thread_ts)])

    def _messages(self, wanted: Mapping[str, str], posts: list[Post]) -> dict[str, Any]:
        """Return those of a channel, newest first, ten a page."""
        if wanted["channel"] not in CHANNELS.values():
            return {"ok": False, "error": "channel_not_found"}
        mine = [post for post in reversed(posts) if post.channel == wanted["channel"]]
        start = int(wanted.get("cursor", "0"))
        page, rest = mine[start : start + 10], mine[start + 10 :]
        told = [{"ts": post.ts, "text": post.text, **_metadata(post, wanted)} for post in page]
        cursor = {"next_cursor": str(start + 10) if rest else ""}
        return {"ok": True, "messages": told, "has_more": bool(rest), "response_metadata": cursor}


def faults(body: Mapping[str, Any]) -> Iterator[str]:
    """Yield the limits of Slack that a message breaks, and what in it could act."""
    blocks = body.get("blocks", [])
    if not 0 < _units(body.get("text", "")) < 4_000:
        yield "the text is missing or has 4,000 characters"
    if not 0 < len(blocks) <= 50:
        yield f"{len(blocks)} blocks"
    names = [block.get("block_id", "") for block in blocks]
    if len(set(names)) < len(names) or any(not 0 < len(name) <= 255 for name in names):
        yield f"names of blocks: {names}"
    texts = [text for block in blocks for text in _texts(block)]
    if sum(map(_units, texts)) > 12_000:
        yield f"{sum(map(_units, texts))} characters in all"
    for block in blocks:
        yield from _faults_of_a_block(block)
    for text in [*texts, body.get("text", "")]:
        yield from _faults_of_a_text(text)
    if body.get("unfurl_links") is not False or body.get("unfurl_media") is not False:
        yield "it unfurls"


def _faults_of_a_block(block: Mapping[str, Any]) -> Iterator[str]:
    kind = block["type"]
    limit = {"header": 150, "section": 3_000, "context": 3_000, "divider": 0}.get(kind, -1)
    if any(not 0 < _units(text) <= limit for text in _texts(block)):
        yield f"a text of a {kind} is empty or too long"
    if kind == "header" and block["text"]["type"] != "plain_text":
        yield "a header is not plain"
    if kind == "context" and not 0 < len(block["elements"]) <= 10:
        yield f"{len(block['elements'])} elements in a context"
    try:
        Block.parse(dict(block)).validate_json()
    except SlackObjectFormationError as error:
        yield str(error)


def _faults_of_a_text(text: str) -> Iterator[str]:
    for link in re.findall(r"<([^>]*)>", text):
        address, bar, name = link.partition("|")
        if not re.match(r"https?://", address) or not bar or not name or "|" in name or "<" in link:
            yield f"<{link}> is no link"
        if len(address) > 3_000:
            yield "an address has more than 3,000 characters"
    rest = re.sub(r"<[^<>]*>", "", text)
    if "<" in rest or ">" in re.sub(r"(?m)^> ", "", rest) or re.search(r"&(?!amp;|lt;|gt;)", text):
        yield f"{rest!r} is not escaped"


def _texts(value: Any) -> Iterator[str]:
    if isinstance(value, dict):
        if isinstance(value.get("text"), str):
            yield value["text"]
        for each in value.values():
            yield from _texts(each)
    elif isinstance(value, list):
        for each in value:
            yield from _texts(each)


def _units(text: str) -> int:
    return len(text.encode("utf-16-le")) // 2


def _channel(name: str) -> str:
    """Return the id of a channel that is named or given by id, "" if there is none."""
    return name if name in CHANNELS.values() else CHANNELS.get(name.lstrip("#"), "")


def _metadata(post: Post, wanted: Mapping[str, str]) -> dict[str, Any]:
    shown = wanted.get("include_all_metadata") == "true" and "metadata" in post.body
    return {"metadata": post.body["metadata"]} if shown else {}


def _answer(mode: Mode, said: str) -> Response:
    body = said if mode.body is None else mode.body
    if mode.silent:
        begun = b"" if mode.status == 200 else f"HTTP/1.1 {mode.status} No\r\nContent-Length: 99\r\n\r\n".encode()
        return Response(raw=begun)
    return Response(body, status=mode.status, headers=mode.headers, hang=mode.hang, redirect=mode.redirect)
