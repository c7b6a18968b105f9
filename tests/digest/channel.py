"""Show posts as Slack's own program would: a page of a channel, for tests and for the pictures of docs/digest.md.

It reads `mrkdwn` as Slack does, not as our own code writes it: what is not escaped would come to life here too.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from html import escape, unescape
from typing import Any

from markupsafe import Markup

STYLE = """
:root { color-scheme: light dark; --ground: #fff; --ink: #1d1c1d; --soft: #616061; --line: #dddddd; --link: #1264a3; }
@media (prefers-color-scheme: dark) {
  :root { --ground: #1a1d21; --ink: #d1d2d3; --soft: #ababad; --line: #44474b; --link: #3fa9dd; }
}
* { box-sizing: border-box; }
body { margin: 0; padding: 16px 20px; background: var(--ground); color: var(--ink); overflow-wrap: anywhere;
  font: 15px/1.47 Lato, "Helvetica Neue", Helvetica, Arial, sans-serif; }
article { position: relative; max-width: 680px; padding: 8px 0 8px 44px; }
.icon { position: absolute; left: 0; top: 12px; width: 36px; height: 36px; border-radius: 4px; background: #a33a17;
  color: #fff; font-weight: 700; line-height: 36px; text-align: center; }
.by { margin: 0; font-weight: 700; } .by span { font-size: 12px; font-weight: 400; color: var(--soft); }
.app { padding: 1px 3px; margin: 0 4px; border-radius: 2px; background: var(--line); }
.by span.app { font-size: 10px; font-weight: 700; color: var(--ink); }
.from { margin: 0; font-size: 13px; color: var(--soft); }
.thread { margin: 4px 0 12px 44px; padding-left: 12px; border-left: 1px solid var(--line); }
.replies { margin: 0; font-size: 13px; font-weight: 700; color: var(--link); }
h1 { max-width: 680px; margin: 0 0 8px; padding-bottom: 10px; border-bottom: 1px solid var(--line); font-size: 18px; }
h2 { margin: 4px 0; font-size: 18px; line-height: 1.3; }
.section { margin: 6px 0; } .context { margin: 6px 0; font-size: 13px; line-height: 1.4; color: var(--soft); }
blockquote { margin: 4px 0; padding: 0 0 0 12px; border-left: 4px solid var(--line); }
hr { margin: 12px 0; border: 0; border-top: 1px solid var(--line); }
a { color: var(--link); text-decoration: none; } .context a { text-decoration: underline; }
"""
HEAD = (
    '<!DOCTYPE html><html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">'
    f"<title>#news</title><style>{STYLE}</style></head><body><main><h1># news</h1>"
)
_TOKEN = re.compile(r"<([^<>]*)>")
_STYLES = {"*": "b", "_": "i", "~": "s", "`": "code"}
_SPAN = re.compile(r"(?<![\w*_~`])([*_~`])(?=\S)([^\n]*?\S)\1(?![\w*_~`])")


def page(*messages: Sequence[Mapping[str, Any]]) -> str:
    """Return a page of a channel that got these messages, each a series of posts as `blocks.posts` gives them.

    Replies stand under the first post of their message; one that belongs into an earlier thread names it.
    """
    body = "".join(_message(posts) for posts in messages)
    return HEAD + body + "</main></body></html>"


def mrkdwn(text: str) -> str:
    """Return marked text as HTML."""
    lines = [(line.startswith(("> ", "&gt; ")), line) for line in text.split("\n")]
    return "".join(
        f"<blockquote>{_line(line.partition(' ')[2])}</blockquote>" if quoted else f"<div>{_line(line)}</div>"
        for quoted, line in lines
    )


def _message(posts: Sequence[Mapping[str, Any]]) -> str:
    own = [post for post in posts if not post["reply"]]
    replies = [post for post in posts if post["reply"]]
    shown = "".join(_post(post) for post in own)
    if not replies:
        return shown
    count = f"{len(replies)} {'reply' if len(replies) == 1 else 'replies'}"
    return f'{shown}<div class="thread"><p class="replies">{count}</p>{"".join(_post(post) for post in replies)}</div>'


def _post(post: Mapping[str, Any]) -> str:
    where = '<p class="from">in the thread of an earlier message</p>' if "thread" in post else ""
    where = '<p class="from">replied to a thread, also sent to the channel</p>' if "reply_broadcast" in post else where
    by = '<p class="by">monitor <span class="app">APP</span> <span>8:30 AM</span></p>'
    return f'<article><div class="icon" aria-hidden="true">M</div>{by}{where}{_blocks(post["blocks"])}</article>'


def _blocks(blocks: Iterable[Mapping[str, Any]]) -> str:
    return "".join(_block(block) for block in blocks)


def _block(block: Mapping[str, Any]) -> str:
    if block["type"] == "divider":
        return "<hr>"
    if block["type"] == "context":
        return f'<div class="context">{"".join(_text(element) for element in block["elements"])}</div>'
    if block["type"] == "header":
        return f"<h2>{_text(block['text'])}</h2>"
    return f'<div class="section">{_text(block["text"])}</div>'


def _text(element: Mapping[str, Any]) -> str:
    text = str(element["text"])
    return mrkdwn(text) if element["type"] == "mrkdwn" else escape(unescape(text))


def _line(line: str) -> str:
    """Return one line: bold and the like first, then its links and mentions, then entities."""
    marked = _SPAN.sub(lambda span: f"\x01{_STYLES[span[1]]}\x02{span[2]}\x01/{_STYLES[span[1]]}\x02", line)
    parts = _TOKEN.split(marked)  # texts and tokens in turn
    told = "".join(_token(part) if place % 2 else escape(unescape(part)) for place, part in enumerate(parts))
    return told.replace("\x01", "<").replace("\x02", ">")


def _token(token: str) -> str:
    address, bar, name = token.partition("|")
    if token[:1] in "!@#":
        return f'<mark class="mention">{escape(token)}</mark>'
    return f'<a href="{escape(unescape(address))}">{escape(unescape(name if bar else address))}</a>'


def plain(html: str) -> str:
    """Return what a page says, without its tags."""
    return " ".join(Markup(html.partition("<main>")[2]).striptags().split())
