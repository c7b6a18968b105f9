from xml.etree import ElementTree

import pytest

from monitor.evaluation import chart
from monitor.evaluation.backtest import Step

STEPS = [
    Step(20, 12.0, ("<script>alert(1)</script>", "a \x1b[31m & b"), ("“quote”",)),
    Step(50, 3.0, (), ()),
    Step(90, 0.0, (), ()),
]


@pytest.mark.parametrize(("value", "drawn"), [(0, ""), (8, "█" * 8), (4, "█" * 4), (4.5, "████▌"), (0.1, "▏")])
def test_a_bar_is_drawn_to_an_eighth(value, drawn):
    assert chart.bar(value, 8, 8) == drawn


def test_nothing_is_drawn_of_nothing():
    assert chart.bar(0, 0, 8) == ""


@pytest.mark.parametrize(("value", "words"), [(0, "0"), (0.033, "0.033"), (1.25, "1.2"), (123.4, "123")])
def test_a_rate_has_few_digits(value, words):
    assert chart.rate(value) == words


def test_the_svg_is_well_formed_escaped_and_says_what_it_shows():
    root = ElementTree.fromstring(chart.svg("<b>Talks</b> & \x00\x1b[31m" + "x" * 900, STEPS, 55.0, "Judged < now."))
    name = "{http://www.w3.org/2000/svg}"
    assert root.get("role") == "img"
    assert root.find(f"{name}title").text.startswith("<b>Talks</b> &")
    assert "Judged < now. Stories a day from 20: 12.0; from 50: 3.0; from 90: 0." in root.find(f"{name}desc").text
    assert "script" not in {element.tag.removeprefix(name) for element in root.iter()}
    assert [group.get("class") for group in root.findall(f"{name}g")] == [None, "now", None]
    assert len(root.findall(f"{name}g/{name}rect")) == 3


def test_a_threshold_below_all_steps_marks_none():
    assert 'class="now"' not in chart.svg("Talks", STEPS, 5.0, "")
    assert chart.svg("Talks", [], 50.0, "").endswith("</svg>\n")
