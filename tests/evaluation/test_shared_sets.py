"""Holds the shipped matcher to the figures it was released with, on the labelled sets beside the checkout."""

from dataclasses import replace
from pathlib import Path

import pytest

from monitor.encoders import Encoder, open_encoder
from monitor.evaluation.fit import Remembering
from monitor.evaluation.judging import Run, judged_sets
from monitor.evaluation.labelled import LabelledSet, read_set
from monitor.evaluation.measures import Measured, measured
from monitor.evaluation.views import seen
from monitor.model import Example

BENCH = Path(__file__).resolve().parents[3] / "shared" / "bench"
pytestmark = [
    pytest.mark.shared,
    pytest.mark.skipif(not BENCH.is_dir(), reason=f"no labelled sets at {BENCH}"),
]


def _measured(name: str, view: str) -> Measured:
    return measured(judged_sets([read_set(BENCH / name)], view, lambda lines, _: lines))


def test_events_do_not_fall_behind():
    found = _measured("events", "feed").mean
    assert found["F1"] >= 0.76
    assert found["F1_event"] >= 0.75
    assert found["C_det"] <= 0.16
    assert found["AP"] >= 0.88


@pytest.mark.parametrize(("view", "f1"), [("full", 0.68), ("feed", 0.68)])
def test_the_talks_do_not_fall_behind(view: str, f1: float):
    found = _measured("talks", view).mean
    assert found["F1"] >= f1
    assert found["AP"] >= 0.75
    assert found["precision"] >= 0.80


# ---------------------------------------------------------------- as it is shipped, and after answers


@pytest.fixture(scope="module")
def talks() -> tuple[LabelledSet, Encoder, Run]:
    """Give the talks, the encoder that "auto" means, and what the matcher says of them."""
    found, encoder = read_set(BENCH / "talks"), Remembering(open_encoder("auto"))
    return found, encoder, judged_sets([found], "feed", lambda lines, _: lines, encoder)[0]


def test_the_talks_are_followed_in_all_languages(talks):
    found, _, run = talks
    figures = measured([run]).mean
    assert figures["F1"] >= 0.82
    assert figures["F1_event"] >= 0.55
    assert figures["AP"] >= 0.89
    foreign = {line.document.id for line in found.topics[0].candidates if line.document.language not in ("", "en")}
    wanted = [one for one in run.judged if one.relevant and one.document in foreign]
    assert sum(one.score >= 50 for one in wanted) >= 0.7 * len(wanted)


@pytest.mark.parametrize(
    ("kind", "wanted", "f1", "ap"),
    [("hit", True, 0.06, 0.04), ("foreign hit", True, 0.02, 0.02), ("false alarm", False, 0.03, 0.01)],
)
def test_an_answer_does_no_harm(talks, kind: str, wanted: bool, f1: float, ap: float):
    found, encoder, run = talks
    topic = found.topics[0]
    lines = {line.document.id: line for line in topic.candidates}
    english = {id for id, line in lines.items() if line.document.language in ("", "en")}
    accepted = [one.document for one in run.judged if one.score >= 50 and one.relevant == wanted]
    answerable = [id for id in accepted if (id in english) == (kind != "foreign hit")]
    fell = []
    for id in answerable[:: len(answerable) // 8][:8]:
        left = replace(topic, candidates=tuple(line for line in topic.candidates if line.document.id != id))
        said = replace(topic.topic, examples=(Example(seen(lines[id].document, "feed"), wanted=wanted),))
        before = measured([replace(run, judged=tuple(one for one in run.judged if one.document != id))]).mean
        again = replace(found, topics=(replace(left, topic=said),))
        after = measured(judged_sets([again], "feed", lambda lines, _: lines, encoder)).mean
        fell.append((before["F1"] - after["F1"], before["AP"] - after["AP"]))
    assert sum(each for each, _ in fell) / len(fell) <= f1
    assert sum(each for _, each in fell) / len(fell) <= ap
