"""Writes news that nobody printed: articles, a fifth of them on ten subjects, and the feeds that carry them.

Everything is drawn from a numbered dice, so that two runs measure the same documents.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from email.utils import format_datetime
from html import escape
from random import Random


@dataclass(frozen=True, slots=True)
class Subject:
    """What a kind of news is about."""

    who: tuple[str, ...]
    where: tuple[str, ...]
    what: tuple[str, ...]
    did: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Article:
    """A piece of news."""

    title: str
    paragraphs: tuple[str, ...]
    url: str
    published: datetime

    @property
    def text(self) -> str:
        """Return all paragraphs, a line each."""
        return "\n".join(self.paragraphs)


SUBJECTS = (
    Subject(
        ("the North Korean delegation", "Washington's envoy", "Pyongyang's foreign ministry", "the Swedish hosts"),
        ("Stockholm", "Pyongyang", "Seoul", "Panmunjom"),
        (
            "working-level talks",
            "sanctions relief",
            "the nuclear complex",
            "a freeze of missile tests",
            "a peace accord",
        ),
        ("broke off", "reopened", "put off", "prepared", "called for"),
    ),
    Subject(
        ("the central bank", "its governor", "the bond market", "the finance ministry"),
        ("Frankfurt", "Zurich", "Tokyo", "Brasília"),
        ("the key rate", "the inflation target", "mortgage costs", "the exchange rate", "bank reserves"),
        ("raised", "left alone", "warned about", "forecast", "defended"),
    ),
    Subject(
        ("the home side", "their coach", "the visiting striker", "the league's referees"),
        ("Turin", "Leeds", "Porto", "Malmö"),
        ("the cup tie", "a late penalty", "the transfer window", "the second leg", "their unbeaten run"),
        ("won", "threw away", "missed", "celebrated", "appealed against"),
    ),
    Subject(
        ("the weather service", "rescue crews", "the river authority", "residents of the valley"),
        ("the delta", "Luzon", "the Gulf coast", "the upper Danube"),
        ("the flood crest", "a category four storm", "the evacuation", "power lines", "the broken levee"),
        ("watched", "repaired", "fled", "announced", "feared"),
    ),
    Subject(
        ("the start-up", "its engineers", "regulators", "a rival chip maker"),
        ("Hsinchu", "Eindhoven", "Austin", "Bangalore"),
        ("a faster processor", "the data centre", "the licence fee", "battery supply", "the recall"),
        ("unveiled", "delayed", "sued over", "financed", "tested"),
    ),
    Subject(
        ("the coalition", "opposition leaders", "the electoral commission", "the prime minister"),
        ("Lisbon", "Nairobi", "Dhaka", "Ottawa"),
        ("the budget vote", "early elections", "the recount", "a pension reform", "the cabinet"),
        ("rejected", "agreed on", "disputed", "pushed through", "postponed"),
    ),
    Subject(
        ("health officials", "the clinic", "vaccine researchers", "a team of nurses"),
        ("Lyon", "Kinshasa", "Osaka", "Boston"),
        ("the measles outbreak", "a booster trial", "hospital beds", "the new variant", "screening"),
        ("contained", "studied", "reported", "ran short of", "approved"),
    ),
    Subject(
        ("the museum", "its curators", "the film's director", "collectors"),
        ("Venice", "Oaxaca", "Kyoto", "Glasgow"),
        ("the lost altarpiece", "a travelling show", "the festival prize", "the restored print", "an estate sale"),
        ("bought", "returned", "opened", "lent", "praised"),
    ),
    Subject(
        ("prosecutors", "the defence", "a district judge", "the former treasurer"),
        ("Marseille", "Chicago", "Pretoria", "Gdańsk"),
        ("the fraud trial", "wire transfers", "the plea", "sealed records", "an appeal"),
        ("adjourned", "admitted", "challenged", "dismissed", "pursued"),
    ),
    Subject(
        ("astronomers", "the launch team", "the space agency", "the rover's operators"),
        ("Kourou", "the Atacama", "Houston", "Baikonur"),
        ("the comet's tail", "an engine test", "the lunar lander", "a new telescope", "the docking"),
        ("photographed", "scrubbed", "tracked", "completed", "funded"),
    ),
)

# What fills the rest of a newspaper: nobody follows it, and hardly two of its articles are about the same.
_OTHER = Subject(
    *(
        tuple(" ".join(words.split()).split(", "))
        for words in (
            """the harbour master, a bakers' union, the orchestra, two brothers, the railway, a school board,
            the insurer, its auditors, the cyclist, a choir of pensioners, the ferry company, the beekeepers,
            a retired pilot, the town council, the supermarket chain, a vineyard, the translator, the archivists,
            a chess prodigy, the airline, the landlord, a party of hikers, the newspaper, the veterinary school""",
            """Bergen, Valparaíso, Tbilisi, Cork, Hanoi, Tartu, Windhoek, Perth, Ghent, Quito, Split, Halifax, Tashkent,
            Cádiz, Gdynia, Fukuoka, Aarhus, Lusaka, Nantes, Tampere, Cuenca, Graz""",
            """the swing bridge, a wage dispute, night trains, the seaside hotel, a missing violin, the toll road,
            olive oil, the language exam, a collapsed quay, the parking garage, wild boars, the lighthouse,
            a stolen bicycle, the tram line, the apple harvest, a rent freeze, an old cinema, the swimming hall,
            the cookbook, drinking water, a fallen crane, the skating rink, the seed bank, a marathon course""",
            """inspected, painted over, complained about, inherited, auctioned, argued over, rebuilt, closed, mapped,
            lost, insured, photocopied, campaigned for, gave up, measured, sold, forgot about""",
        )
    )
)
_OF_NO_SUBJECT = 0.8  # part of all articles

_SENTENCES = (
    "{Who} {did} {what} in {where} on {day}, {source} said.",
    "It was the {nth} time this year that {who} {did} {what}, and the first in {where}.",
    "“{Feeling} with {what},” a person close to {who} told reporters, “but {n} weeks is not long.”",
    "Earlier in the week {who} {did} {what}, according to {source}.",
    "A statement of {n} pages, read out in {where}, left open whether {what} would come before {what2}.",
    "{Source} put the cost at {n} million, more than had been expected for {what}.",
    "{Who} and {who2} are to meet again in {where} within {n} days to talk about {what2}.",
    "Critics pointed out that {what} had been promised before, and that {who2} {did} it then as well.",
    "Of {n} people asked in {where}, a third had never heard of {what}.",
    "{Who2} declined to comment on {what2}; calls to an office in {where} were not returned.",
    "The decision follows {n} months in which {who} {did} {what} without much public notice.",
    "What happens to {what2} after {day} is unclear, {source} added.",
)
_DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
_NTH = ("second", "third", "fourth", "fifth")
_FEELINGS = ("we are not finished", "everyone is pleased", "nobody here is surprised", "there is still trouble")
_SOURCES = ("a spokeswoman", "an official briefed on the matter", "local radio", "two people who were there")

ITEMS = 20  # in a feed


def articles(number: int, now: datetime, count: int) -> list[Article]:
    """Draw the newest `count` articles of newspaper `number`, newest first, from the three days before `now`."""
    dice, now = Random(number), now.replace(microsecond=0)
    length = dice.randint(8, 17)  # sentences: 30 to 60 kB a feed
    return [_article(dice, number, now - timedelta(minutes=10 + at * 180), length) for at in range(count)]


def seed(subject: Subject) -> str:
    """Return an article on `subject` as a person would hand it in: its title, then its text.

    It shares the subject's words with the articles about it, not the phrases that all articles have in common.
    """
    dice = Random(subject.what[0])
    return f"{_title(dice, subject)}\n\n" + "\n".join(f"{_title(dice, subject)}." for _ in range(30))


def feed(number: int, items: Sequence[Article]) -> tuple[str, bytes]:
    """Return a newspaper's media type and document: Atom for every third, RSS 2.0 for the others."""
    if number % 3 == 0:
        return "application/atom+xml; charset=utf-8", "".join(_atom(number, items)).encode()
    return "application/rss+xml; charset=utf-8", "".join(_rss(number, items)).encode()


def _article(dice: Random, number: int, published: datetime, length: int) -> Article:
    subject = _OTHER if dice.random() < _OF_NO_SUBJECT else dice.choice(SUBJECTS)
    url = f"https://paper-{number}.example/{published:%Y/%m/%d}/{dice.getrandbits(40):x}.html"
    return Article(_title(dice, subject), _paragraphs(dice, subject, length), url, published)


def _title(dice: Random, subject: Subject) -> str:
    who, did, what, where = map(dice.choice, (subject.who, subject.did, subject.what, subject.where))
    return f"{_capital(who)} {did} {what} in {where}"


def _paragraphs(dice: Random, subject: Subject, sentences: int) -> tuple[str, ...]:
    """Draw so many sentences, three to a paragraph."""
    drawn = [_sentence(dice, subject) for _ in range(sentences)]
    return tuple(" ".join(drawn[at : at + 3]) for at in range(0, sentences, 3))


def _sentence(dice: Random, subject: Subject) -> str:
    who, who2 = dice.sample(subject.who, 2)
    what, what2 = dice.sample(subject.what, 2)
    source = dice.choice(_SOURCES)
    return dice.choice(_SENTENCES).format(
        who=who,
        Who=_capital(who),
        who2=who2,
        Who2=_capital(who2),
        what=what,
        what2=what2,
        did=dice.choice(subject.did),
        where=dice.choice(subject.where),
        day=dice.choice(_DAYS),
        nth=dice.choice(_NTH),
        Feeling=_capital(dice.choice(_FEELINGS)),
        source=source,
        Source=_capital(source),
        n=dice.randint(2, 900),
    )


def _capital(text: str) -> str:
    return text[0].upper() + text[1:]


def _html(item: Article) -> str:
    """Return the article as sites put it into their feeds: a picture, paragraphs, a link back."""
    paragraphs = "".join(f'<p class="body">{escape(paragraph)}</p>\n' for paragraph in item.paragraphs)
    picture = f'<figure><img src="{item.url}.jpg" width="640" height="360" alt=""/></figure>\n'
    return f'{picture}{paragraphs}<p><a href="{item.url}?utm_source=rss&amp;utm_medium=feed">Read on</a></p>'


def _rss(number: int, items: Sequence[Article]) -> Iterator[str]:
    yield (
        '<?xml version="1.0" encoding="UTF-8"?>\n<rss version="2.0"'
        ' xmlns:content="http://purl.org/rss/1.0/modules/content/" xmlns:dc="http://purl.org/dc/elements/1.1/">\n'
        f"<channel><title>Paper {number}</title><link>https://paper-{number}.example/</link>"
        "<description>All the news</description><language>en</language><ttl>30</ttl>\n"
    )
    for item in items:
        yield (
            f"<item><title>{escape(item.title)}</title><link>{item.url}</link>"
            f'<guid isPermaLink="false">{item.url}#rss</guid><dc:creator>Staff</dc:creator>'
            f"<pubDate>{format_datetime(item.published)}</pubDate><category>News</category>\n"
            f"<description>{escape(item.paragraphs[0])}</description>\n"
            f"<content:encoded><![CDATA[{_html(item)}]]></content:encoded></item>\n"
        )
    yield "</channel></rss>\n"


def _atom(number: int, items: Sequence[Article]) -> Iterator[str]:
    base = f"https://paper-{number}.example/"
    yield (
        '<?xml version="1.0" encoding="utf-8"?>\n<feed xmlns="http://www.w3.org/2005/Atom" xml:lang="en">\n'
        f'<title>Paper {number}</title><id>{base}</id><link href="{base}"/>'
        f"<updated>{items[0].published.isoformat()}</updated>\n"
    )
    for item in items:
        yield (
            f'<entry><title>{escape(item.title)}</title><id>{item.url}#atom</id><link href="{item.url}"/>'
            f"<published>{item.published.isoformat()}</published><updated>{item.published.isoformat()}</updated>\n"
            f"<author><name>Staff</name></author><summary>{escape(item.paragraphs[0])}</summary>\n"
            f'<content type="html">{escape(_html(item))}</content></entry>\n'
        )
    yield "</feed>\n"
