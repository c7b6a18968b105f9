"""The form of Slack: messages in Block Kit, split so that each keeps every limit of Slack's.

All that came from feeds stands in `mrkdwn` with `verbatim`, because only there a headline is a link (`<url|title>`)
without an element type that older clients lack, and because `verbatim` keeps Slack from finding mentions, channels and
addresses in it. `& < >` are escaped, so that no `<!…>`, `<@…>` or `<#…>` comes about, also in plain text: Slack decodes
them in every text object. A mark that would begin or end bold, italic, strike or code is replaced by a letter that
looks like it. Texts are measured in UTF-16 units, the larger of the two ways in which Slack might count.
"""

import json
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from monitor.digest import render, words
from monitor.digest.view import MACHINE_MADE, Limits, SectionView, StoryView, View, view
from monitor.model import Digest, Envelope, Notice, Rendered

POSTS = 45  # of one message: at one a second they go out well within a sender's lease
STORIES = 300  # of a message that are told at most
BLOCKS = 49  # in a post; Slack takes 50, one is kept for `again`
TEXT = 11_600  # characters in a post's blocks; the budget is 12,000, the rest is kept for `again`
SECTION = 2_900  # Slack takes 3,000
HEADER = 150
FALLBACK = 1_000  # Slack takes 4,000
URL = 1_000  # of a headline, escaped; Slack takes 3,000
ALSO_URL = 400  # of another source
LISTED_URL = 120  # of a headline that a thread's parent lists
HEADLINES = 25  # listed at the head of a thread
AGAIN = "again"  # block_id of the line that says it

LIMITS = Limits(url=URL)
SHORT = Limits(title=160, quote=0, summary=0, why=120, name=40, url=500, also=0, answers=False)

_LOOK_ALIKE = str.maketrans("*~`_", "∗∼ˋˍ")
_MARK = re.compile(r"[*~`]|(?<![^\W_])_|_(?![^\W_])")  # between letters an underscore means itself
_IN_LINK = str.maketrans({"|": "%7C", "<": "%3C", ">": "%3E", "&": "&amp;"})

Block = dict[str, Any]


@dataclass(frozen=True, slots=True)
class _Piece:
    """Blocks that stay together."""

    blocks: tuple[Block, ...]
    text: str  # the same in one line
    story: str = ""  # id of the story that it tells, "" if it tells none

    @property
    def size(self) -> int:
        """Return the units of its texts."""
        return sum(_texts(self.blocks))


def digest(digest: Digest, rendered: Rendered, envelope: Envelope) -> bytes:
    """Return the message that tells `digest`: a short parent and a reply per story where threads are, else one message.

    One message becomes several where the limits demand it; a digest beyond them all is told shorter, then in part.
    """
    told = (
        _told(digest, rendered, envelope, limits) for limits in _ladder(sum(len(s.stories) for s in digest.sections))
    )
    return _frozen(next(posts for posts in told if len(posts) <= POSTS), rendered)


def notice(notice: Notice, envelope: Envelope) -> bytes:
    """Return the message that says `notice`."""
    rendered = render.notice(notice)
    lines = [_piece(_plain(fitted)) for line in notice.lines if (fitted := _fit(line, SECTION))]
    packed = _packed([_piece(_header(rendered.subject)), *lines])
    return _frozen(_series(rendered.subject, packed[:POSTS]), rendered)


def again(payload: bytes, made: datetime, envelope: Envelope) -> bytes:
    """Return a message that was frozen as `payload` at `made` once more, saying in its first line that it is."""
    rendered = render.again(read(payload), made)
    first, *rest = posts(payload)
    note = _context(_fit(rendered.text.partition("\n")[0], 300)) | {"block_id": AGAIN}
    blocks = [block for block in first["blocks"] if block["block_id"] != AGAIN]
    return _frozen([{**first, "text": _fit(rendered.subject, FALLBACK), "blocks": [note, *blocks]}, *rest], rendered)


def read(payload: bytes) -> Rendered:
    """Return subject and text of a message. Raises ValueError for other bytes."""
    plain = _parsed(payload)["plain"]
    return Rendered(subject=plain["subject"], text=plain["text"], html="")


def posts(payload: bytes) -> list[dict[str, Any]]:
    """Return the posts of a message, in their order, the parent of a thread first. Raises ValueError for other bytes.

    Each is what Slack takes beside a channel, and `reply`: whether it belongs into a thread, that of the first or the
    one that `thread` notes, of an earlier message.
    """
    found: list[dict[str, Any]] = _parsed(payload)["posts"]
    return found


def _parsed(payload: bytes) -> dict[str, Any]:
    document = json.loads(payload)
    if not isinstance(document, dict) or not {"posts", "plain"} <= document.keys() or not document["posts"]:
        raise ValueError("these bytes are no message for Slack")
    return document


def _frozen(posts: Sequence[dict[str, Any]], rendered: Rendered) -> bytes:
    """Return the bytes of a message, equal for equal posts."""
    plain = {"subject": rendered.subject, "text": rendered.text}
    return json.dumps({"posts": posts, "plain": plain}, sort_keys=True).encode("ascii")


def _ladder(stories: int) -> Iterator[Limits]:
    """Yield ever tighter limits: first shorter stories, then fewer."""
    stories = min(stories, STORIES)
    yield replace(LIMITS, stories=stories)
    while stories > 1:
        yield replace(SHORT, stories=stories)
        stories //= 2


def _told(digest: Digest, rendered: Rendered, envelope: Envelope, limits: Limits) -> list[dict[str, Any]]:
    """Return the posts that tell as much of a digest as `limits` let them."""
    seen = view(digest, as_of=envelope.date, limits=limits)
    head, foot = _head(seen), _foot(seen)
    if digest.kind == "alert":  # its heading names the one section
        stories = [_told_story(section, story) for section in seen.sections for story in section.stories]
        if envelope.threaded:
            return _alert(rendered.subject, [*head, *stories, foot], _mark(envelope, stories[0]))
        return _series(rendered.subject, _packed([*head, *stories, foot]))
    if not envelope.threaded:
        stories = [piece for place, section in enumerate(seen.sections) for piece in _section_pieces(section, place)]
        return _series(rendered.subject, _packed([*head, *stories, foot]))
    parent = _parent(head, seen, foot)
    stories = [_reply(section, story) for section in seen.sections for story in section.stories]
    if len(stories) < POSTS:
        replies = [
            _post(piece.text, piece.blocks, reply=True, thread=_mark(envelope, piece))
            for piece in sorted(stories, key=lambda piece: bool(_mark(envelope, piece)))
        ]
    else:
        replies = _series(rendered.subject, _packed(stories), reply=True)
    return [_post(rendered.subject, parent), *replies]


def _alert(subject: str, pieces: Sequence[_Piece], thread: str) -> list[dict[str, Any]]:
    """Return an alert: a post in its story's thread that the whole channel sees, or the beginning of one."""
    first, *rest = _packed(pieces)
    begun = _post(subject, first, reply=bool(thread), thread=thread)
    more = [_post(subject, blocks, reply=True, thread=thread) for blocks in rest]  # of texts beyond all measure
    return [{**begun, "reply_broadcast": True} if thread else begun, *more]


def _mark(envelope: Envelope, piece: _Piece) -> str:
    """Return what the channel noted of the thread of a piece's story, "" if it has none yet."""
    thread = envelope.threads.get(piece.story)
    return thread.mark if thread else ""


def _series(subject: str, packed: Sequence[Iterable[Block]], *, reply: bool = False) -> list[dict[str, Any]]:
    """Return posts that continue each other, told apart by their numbers where there are several."""
    count = len(packed)
    names = [f"{subject} ({number} of {count})" if count > 1 else subject for number in range(1, count + 1)]
    return [_post(name, blocks, reply=reply) for name, blocks in zip(names, packed, strict=True)]


def _post(text: str, blocks: Iterable[Block], *, reply: bool = False, thread: str = "") -> dict[str, Any]:
    """Return a post whose blocks have names of their own; `text` is what a notification shows.

    A reply goes into the thread that `thread` notes, else into that of its message's first post.
    """
    return {
        "text": _fit(text, FALLBACK) or "News",
        "blocks": [{**block, "block_id": f"b{place}"} for place, block in enumerate(blocks, 1)],
        "reply": reply,
        "unfurl_links": False,
        "unfurl_media": False,
        **({"thread": thread} if thread else {}),
    }


def _packed(pieces: Sequence[_Piece]) -> list[list[Block]]:
    """Return the blocks of as few posts as hold the pieces in their order."""
    packed: list[list[Block]] = [[]]
    room = TEXT
    for piece in pieces:
        if packed[-1] and (piece.size > room or len(packed[-1]) + len(piece.blocks) > BLOCKS):
            packed.append([])
            room = TEXT
        packed[-1] += piece.blocks
        room -= piece.size
    return packed


def _head(seen: View) -> list[_Piece]:
    lead = "\n".join(_fit(line, 700) for line in seen.lead if line)
    said = "\n".join(_fit(line, 700) for line in (seen.quiet, seen.welcome) if line)
    return [_piece(_header(seen.heading), _context(lead), *([_marked(said)] if said else []))]


def _parent(head: Sequence[_Piece], seen: View, foot: _Piece) -> list[Block]:
    """Return the one post that begins a thread; where all links of its headlines are too much, none is one."""
    linked = _packed([*head, *_headlines(seen, LISTED_URL), foot])
    (parent,) = linked if len(linked) == 1 else _packed([*head, *_headlines(seen, 0), foot])
    return parent


def _headlines(seen: View, url_room: int) -> list[_Piece]:
    """Return the headlines that a thread's parent lists, in ten lines a block; those with a short address as links."""
    pieces = []
    for section in seen.sections:
        listed = [story for story in section.stories if story.number <= HEADLINES]
        titles = [f"{story.number}. {_link(story.title, story.url, 130, url_room)}" for story in listed]
        lines = [f"*{_fit(section.name, 100)}*", *titles] if titles else []
        pieces += [_piece(_marked("\n".join(lines[start : start + 10]))) for start in range(0, len(lines), 10)]
    left = sum(len(section.stories) for section in seen.sections) - HEADLINES
    return pieces + ([_piece(_marked(f"… and {left} more in the thread"))] if left > 0 else [])


def _section_pieces(section: SectionView, place: int) -> list[_Piece]:
    """Return a piece for each story of a section; the first bears the section's name, apart from what stands before."""
    name: list[Block] = [{"type": "divider"}] if place else []
    name += [_marked(f"*{_fit(section.name, 300)}*")] + ([_context(_fit(section.note, 400))] if section.note else [])
    first, *rest = [_told_story(section, story) for story in section.stories]
    return [replace(first, blocks=(*name, *first.blocks)), *rest]


def _reply(section: SectionView, story: StoryView) -> _Piece:
    """Return a story as it stands alone, maybe in a thread of last week: it says itself to what section it belongs."""
    name = _context(f"*{_fit(section.name, 300)}*" + (f" · {_fit(section.note, 400)}" if section.note else ""))
    told = _told_story(section, story)
    return replace(told, blocks=(name, *told.blocks))


def _told_story(section: SectionView, story: StoryView) -> _Piece:
    """Return a story; of one that is told aside neither the quote nor, where it only spreads, how near it is."""
    lines = [f"*{_link(story.title, story.url, 500, URL)}*", _fit(" · ".join(story.meta), 400)]
    quote = _fit(story.quote, SECTION - 2_000) if section.announced else ""
    facts = f"{story.nearness[:1].upper()}{story.nearness[1:]} · {story.score}"
    more = [f"Headline changed: {_fit(story.was, 170)} → {_fit(story.title, 170)}"] if story.was else []
    more += [] if section.spreads else [f"*{facts}:* {_fit(story.why, 400)}" if story.why else f"*{facts}*"]
    more += [_also(story, section.spreads)] if story.also and (section.announced or section.spreads) else []
    more += [_answers(story)] if story.answer else []
    blocks = (
        _marked("\n".join([*filter(None, lines), *([f"> {quote}"] if quote else [])])),
        *([_context(f"{MACHINE_MADE} {_fit(story.summary, 500)}")] if story.summary else ()),
        *([_context("\n".join(more))] if more else ()),
    )
    return _Piece(blocks, story.title, story.id)


def _also(story: StoryView, spreads: bool) -> str:
    """Return who else tells a story, e.g. "+ 6 more: AP, Yonhap, …"; of one that `spreads`, who does by now."""
    named = ", ".join(_link(other.name, other.url, 120, ALSO_URL) for other in story.also)
    lead = "Now also" if spreads else f"+ {story.also_count} more"
    return f"{lead}: {named}{', …' if story.also_count > len(story.also) else ''}"


def _answers(story: StoryView) -> str:
    """Return the links by which a story is answered; both mutes stand on one page, since links use up the budget."""
    ways = {"Yes": "/yes", "No": "/no", "Mute …": ""}
    return "Your story? " + " · ".join(_link(name, story.answer + verb, 20, URL) for name, verb in ways.items())


def _foot(seen: View) -> _Piece:
    """Return what stands under a digest: what did not fit, why it came, how its sources are."""
    lines = [f"{seen.unshown} more stories of this digest: monitor digest show tells them."] if seen.unshown else []
    lines += [f"{seen.more} See them now with: monitor match list"] if seen.more else []
    reasons = [_fit(line, 300) for line in (*lines, *seen.reasons)]
    sources = [_fit(line, 200) for line in (seen.health, *seen.troubles)]
    return _piece({"type": "divider"}, _context("\n".join(reasons)), _context("\n".join(sources)))


def _piece(*blocks: Block) -> _Piece:
    return _Piece(blocks, "")


def _header(text: str) -> Block:
    from slack_sdk.models.blocks import HeaderBlock, PlainTextObject

    return _checked(HeaderBlock(text=PlainTextObject(text=_fit(text, HEADER) or "News", emoji=False)))


def _marked(text: str) -> Block:
    from slack_sdk.models.blocks import MarkdownTextObject, SectionBlock

    return _checked(SectionBlock(text=MarkdownTextObject(text=text, verbatim=True)))


def _plain(text: str) -> Block:
    from slack_sdk.models.blocks import PlainTextObject, SectionBlock

    return _checked(SectionBlock(text=PlainTextObject(text=text, emoji=False)))


def _context(text: str) -> Block:
    from slack_sdk.models.blocks import ContextBlock, MarkdownTextObject

    return _checked(ContextBlock(elements=[MarkdownTextObject(text=text, verbatim=True)]))


def _checked(block: Any) -> Block:
    """Return a block as plain values; Slack's own models check it."""
    made: Block = block.to_dict()
    return made


def _link(name: str, url: str, room: int, url_room: int) -> str:
    """Return a linked name, or the name alone where the address would be too long."""
    address = _address(url, url_room)
    label = _fit(name, room).replace("|", "ǀ") or "link"  # a second bar is read in one way here, in another there
    return f"<{address}|{label}>" if address else _fit(name, room)


def _address(url: str, room: int) -> str:
    """Return an address as it stands in a link, "" if it is longer than `room`."""
    found = url.translate(_IN_LINK)
    return found if len(found) <= room else ""


def _fit(text: str, room: int) -> str:
    """Return `text` in one line that means itself, cut so that it has at most `room` units when it is escaped."""
    line = words.plain(text)
    while (size := _units(escaped := _escaped(line))) > room:
        line = words.cut(line, min(len(line) - 1, len(line) * room // size))
    return escaped


def _escaped(line: str) -> str:
    harmless = _MARK.sub(lambda mark: mark[0].translate(_LOOK_ALIKE), line)
    harmless = re.sub(r"^>+", lambda quote: "›" * len(quote[0]), harmless)  # would begin a quotation, also when escaped
    return harmless.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def _units(text: str) -> int:
    return len(text.encode("utf-16-le", "replace")) // 2


def _texts(value: Any) -> Iterator[int]:
    """Yield the size of every text in blocks."""
    if isinstance(value, dict):
        if isinstance(value.get("text"), str):
            yield _units(value["text"])
        yield from (size for each in value.values() for size in _texts(each))
    elif isinstance(value, list | tuple):
        yield from (size for each in value for size in _texts(each))
