"""Digests to test with: a plain one, and one that wishes us ill."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from monitor.model import (
    Change,
    Digest,
    Judgement,
    Match,
    Recipient,
    Section,
    Sighting,
    SourceHealth,
    Story,
    Summary,
    Topic,
)

NOW = datetime(2019, 10, 6, 6, 30, tzinfo=UTC)
WINDOW = (NOW - timedelta(days=1), NOW)
TALKS = Topic(id="talks", title="US–North Korea talks", seeds=())
FOOTBALL = Topic(id="football", title="Football in Pyongyang", seeds=())
DESK = Recipient(
    id="desk",
    channel="folder",
    addresses=("/var/digests",),
    topics=("talks",),
    schedule="30 8 * * mon-fri",
    timezone="Europe/Stockholm",
)
HEALTHY = SourceHealth(healthy=43, total=43)


def match(article: int = 1, score: float = 80.0, **changes: object) -> Match:
    """Return a match of the talks, one story of its own."""
    topic = changes.get("topic", "talks")
    filtered = changes.pop("filtered", "")
    made = Match(
        id=str(article),
        topic="talks",
        article_id=article,
        story=f"{topic}-{article}",
        url=f"https://news.example/{article}",
        title=f"Headline {article}",
        text="",
        source="Nordic Wire",
        language="en",
        published=NOW - timedelta(hours=3),
        first_seen=NOW - timedelta(hours=2),
        judgement=Judgement("talks", score, score / 100, ("Stockholm",), (), str(filtered), "test", "A sentence."),
        baseline=False,
    )
    return replace(made, **changes)  # type: ignore[arg-type]  # names are checked by the dataclass itself


def story(number: int = 1, **changes: object) -> Story:
    """Return a story about the talks."""
    made = Story(
        id=f"talks-{number}",
        topic="talks",
        title="Talks in Stockholm break down within hours, chief North Korean negotiator says",
        url=f"https://news.example/{number}",
        source="Nordic Wire",
        language="en",
        published=NOW - timedelta(hours=3),
        first_seen=NOW - timedelta(hours=2),
        score=87.0,
        why="Kim Myong Gil · Stockholm · working-level talks",
        quote="The chief negotiator read a statement outside the embassy. The other side had come empty-handed.",
        articles=(number,),
    )
    return replace(made, **changes)  # type: ignore[arg-type]  # names are checked by the dataclass itself


def sightings(*sources: str) -> tuple[Sighting, ...]:
    """Return showings by these sources."""
    return tuple(Sighting(name, f"https://{place}.example/x", NOW) for place, name in enumerate(sources))


def digest(stories: Iterable[Story] = (), **changes: object) -> Digest:
    """Return a digest of one section "New", or of none."""
    told = tuple(stories)
    made = Digest(
        recipient=DESK,
        topic_titles=("US–North Korea talks",),
        slot="2019-10-06T08:30",
        window=WINDOW,
        sections=(Section("New", told),) if told else (),
        more=0,
        articles=len(told),
        sources=len({each.source for each in told}),
        next_digest=NOW + timedelta(days=1),
        health=HEALTHY,
    )
    return replace(made, **changes)  # type: ignore[arg-type]  # names are checked by the dataclass itself


def realistic() -> Digest:
    """Return a digest as a reader may get it: several languages, wire copies, near misses, a sick feed."""
    new = (
        story(1, also=sightings("Peninsula Herald", "Harbour Post", "World Desk", "Die Lage", "Blick Nord", "A", "B")),
        story(
            2,
            title="스톡홀름 북미 실무협상 결렬…김명길 “미국이 빈손으로 나왔다”",
            language="ko",
            source="한반도 오늘",
            score=81,
            why="김명길 · 스톡홀름 · 실무협상",
            quote="김명길 순회대사는 대사관 앞에서 성명을 읽고 협상이 결렬됐다고 밝혔다.",
            published=NOW - timedelta(minutes=40),
        ),
        story(
            3,
            title="Washington: “good discussions”, and an invitation to meet again in two weeks",
            url="https://peninsula.example/world/again?utm_source=rss&id=3",
            source="Peninsula Herald",
            score=77,
            also=sightings("World Desk"),
        ),
        story(
            4,
            title="UD: Sverige är berett att stå värd igen",
            language="sv",
            source="Blick Nord",
            score=64,
            why="Sverige · Nordkorea · samtal",
            quote="Utrikesdepartementet säger att dörren står öppen.",
            published=NOW - timedelta(days=3),
        ),
        story(
            5,
            title="محادثات ستوكهولم تنهار بعد ساعات",
            language="ar",
            source="World Desk",
            score=58,
            quote="قال كبير المفاوضين إن المحادثات انهارت.",
            why="ستوكهولم · كوريا الشمالية",
        ),
    )
    below = (story(6, title="Missile test off Wonsan raises the stakes before talks", score=44.2, language=""),)
    trouble = ("한반도 오늘: silent for 9 days, usually 40 a day", "Late Edition: a web page came instead of a feed")
    return digest(
        new,
        sections=(Section("New", new), Section("Just below your threshold", below, announced=False)),
        more=12,
        articles=31,
        sources=14,
        health=SourceHealth(41, 43, trouble),
    )


def unbroken() -> Digest:
    """Return a digest of words without a space, of 30 sources and with links to answer by."""
    sources = sightings(*(f"{'V' * 80}{number}" for number in range(30)))
    told = [
        story(1, title="W" * 300, source="W" * 300, why="W" * 300, quote="W" * 400, also=sources),
        story(2, title="한" * 300, source="한" * 300, why="한" * 300, quote="한" * 400, language="ko", also=sources),
    ]
    return answerable(digest(told, topic_titles=("W" * 300,), health=SourceHealth(1, 2, ("W" * 300,))))


def alert() -> Digest:
    """Return an alert, whose story can be answered."""
    told = answerable(digest([story(1, also=sightings("Harbour Post"))], kind="alert"))
    return replace(told, sections=(replace(told.sections[0], name="Alert"),))


LINK = "https://monitor.example/s/" + "x" * 150


def answerable(told: Digest) -> Digest:
    """Return a digest whose stories can be answered, each by a link as long as a real one."""
    return replace(
        told,
        sections=tuple(
            replace(section, stories=tuple(replace(each, answer_url=LINK) for each in section.stories))
            for section in told.sections
        ),
    )


def whole() -> Digest:
    """Return the realistic digest with an update, and with a story that others report by now."""
    updates = (
        story(
            7,
            title="Sweden invites both delegations to return to Stockholm in two weeks",
            source="Harbour Post",
            score=79,
            quote="The foreign ministry said that the invitation had been accepted by one side and noted by the other.",
            change=Change(
                7, "x", "The foreign ministry said that …", "Sweden “ready to help” after talks in Stockholm end"
            ),
            also=sightings("Blick Nord"),
        ),
    )
    also = (
        story(
            8,
            title="North Korea fires a submarine-launched missile days before the talks",
            source="Peninsula Herald",
            score=68,
            also=sightings("Late Edition", "한반도 오늘"),
        ),
    )
    new, below = realistic().sections
    sections = (new, Section("Updates", updates), Section("Also reported", also, announced=False), below)
    return replace(realistic(), sections=sections)


def summed_up() -> Digest:
    """Return the whole digest with what a language model made of its stories, one of them in another language."""
    made = Summary("Both sides left Stockholm within hours and blame each other; Sweden would host them again.", "en")
    told = whole()
    sections = tuple(
        replace(section, stories=tuple(replace(each, summary=made) for each in section.stories))
        if section.announced
        else section
        for section in told.sections
    )
    first, *rest = sections[0].stories
    german = replace(first, summary=Summary("Beide Seiten reisten nach wenigen Stunden ab.", "de"))
    return replace(told, sections=(replace(sections[0], stories=(german, *rest)), *sections[1:]))


def hostile(stories: int = 15) -> Digest:
    """Return a digest in which every text is huge, breaks layouts or carries markup."""
    evil = '"><script>alert(1)</script><img src=x onerror=alert(1)>&\u202e\r\nBcc: a@b.example\x00\x1b[31m'
    told = tuple(
        story(
            number,
            title=(evil + "&\"'<" * 200 if number % 3 else "W" * 500),
            url="https://evil.example/?" + "&".join(f"a{n}='%22<b>" for n in range(400))
            if number % 2
            else "javascript:alert(1)",
            source=evil + "한" * 300,
            language=('sv"><script>', "ar", "qqq", "")[number % 4],
            why=evil + "&" * 2_000,
            quote="\U0001f9ea&<" * 7_000 if number % 4 else "لا" * 9_000,
            change=Change(number, "x", was=evil * 9) if number % 5 == 0 else None,
            summary=Summary(evil + "&<@" * 3_000, ('sv"><script>', "ar", "qqq", "de")[number % 4]),
            also=tuple(Sighting(evil + "x" * 400, "https://e.example/" + "&" * 1_900, NOW) for _ in range(40)),
        )
        for number in range(1, stories + 1)
    )
    return digest(
        told,
        topic_titles=(evil * 3, "T" * 400),
        sections=(Section("New · " + evil * 20, told), Section("Just below your threshold", told[:3], announced=False)),
        health=SourceHealth(1, 99, tuple(evil * 50 for _ in range(98))),
        recipient=replace(DESK, id="desk", schedule="not a schedule " + evil),
    )
