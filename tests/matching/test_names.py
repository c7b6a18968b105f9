from monitor.matching.names import names


def test_a_capital_inside_a_sentence_makes_a_name():
    assert names("Dockers met Marit Halvorsen. Dockers left. The Velmar line paid dockers.", "en") == {
        "marit",
        "halvorsen",
        "velmar",
    }


def test_capitals_everywhere_say_nothing():
    assert names("Dockers Strike In Orrevik As Talks Fail", "en") == frozenset()


def test_german_writes_every_noun_with_a_capital():
    assert names("Gestern trafen sich die Arbeiter mit der Firma", "de") == frozenset()
