from dataclasses import replace

from monitor import matching
from monitor.encoders import open_encoder
from monitor.encoders.documents import encoded, taught
from monitor.matching import refusal
from monitor.matching.article import read
from monitor.matching.pair import pair
from monitor.model import Document, Example, Judgement
from tests.matching.examples import OTHER_STRIKE, SEQUEL, UNRELATED, topic

NEXT_DAY = Document(
    "2",
    "Bus drivers in Karlsby end their strike",
    "Buses run again in Karlsby after the transport union and the city agreed on a pay rise for drivers on Tuesday.",
    language="en",
)


def _learnt(*examples: Example, encoder: str = "none") -> matching.Profile:
    opened = open_encoder(encoder)
    return matching.learn(taught(replace(topic(), examples=examples), opened), encoder=opened.name)


def _against(judgement: Judgement) -> float | None:
    return next((each.value for each in judgement.evidence if each.signal == refusal.NAME), None)


def test_what_is_like_a_refused_article_falls_and_the_story_stays():
    before, after = _learnt(), _learnt(Example(OTHER_STRIKE, wanted=False))
    assert matching.judge(after, NEXT_DAY).score < matching.judge(before, NEXT_DAY).score
    assert matching.judge(after, SEQUEL).score == matching.judge(before, SEQUEL).score


def test_a_refused_article_is_named_in_the_evidence():
    judgement = matching.judge(_learnt(Example(OTHER_STRIKE, wanted=False)), NEXT_DAY)
    (told,) = (each for each in judgement.evidence if each.signal == refusal.NAME)
    assert told.value > 0
    assert told.weight == refusal.WEIGHT < 0
    assert told.why == "is nearer to “Bus drivers in Karlsby strike over pay”, which was refused, than to the story"


def test_without_a_refusal_and_far_from_the_story_nothing_is_said_of_it():
    assert _against(matching.judge(_learnt(Example(SEQUEL, wanted=True)), NEXT_DAY)) is None
    assert _against(matching.judge(_learnt(Example(OTHER_STRIKE, wanted=False)), UNRELATED)) is None


def test_a_confirmed_article_speaks_for_its_like():
    refused = Example(OTHER_STRIKE, wanted=False)
    alone = _against(matching.judge(_learnt(refused), NEXT_DAY))
    both = _against(matching.judge(_learnt(refused, Example(NEXT_DAY, wanted=True)), NEXT_DAY))
    assert (both, bool(alone)) == (0.0, True)


def test_between_two_languages_meaning_decides():
    encoder = open_encoder("auto")
    (first, second, sequel) = encoded(
        [
            Document("1", "오슬로 버스 기사들이 임금 인상을 요구하며 파업했다", "버스가 멈췄다.", language="ko"),
            Document("2", "오슬로 버스 기사 파업 이틀째", "버스 기사들이 임금 인상을 요구하고 있다.", language="ko"),
            Document("3", "오레빅 컨테이너 터미널 항만 노동자 파업", "노조와 회사가 협상을 한다.", language="ko"),
        ],
        encoder,
    )
    said = matching.learn(
        taught(replace(topic(), examples=(Example(first, wanted=False),)), encoder), encoder=encoder.name
    )
    values = [refusal.measure(pair(said, read(each))) for each in (second, sequel)]
    assert [bool(each and each.value) for each in values] == [True, False]
