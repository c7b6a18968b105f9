from monitor.evaluation.views import seen
from tests.matching.examples import document


def test_views_show_less_and_less_of_a_text():
    whole = document("Title", " ".join(map(str, range(80))))
    assert seen(whole, "full") is whole
    assert seen(whole, "feed").text == " ".join(map(str, range(50)))
    assert seen(whole, "title").text == ""
    assert seen(whole, "title").title == "Title"
