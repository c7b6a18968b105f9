import asyncio

import pytest

from monitor.errors import FetchError
from tests.nameserver import NameServer

ZONE = {
    ("example.org", "TXT"): ['"v=spf1 mx -all"', '"a" "b"'],
    ("example.org", "MX"): ["20 late.example.org.", "10 early.example.org."],
    ("bare.example.org", "TXT"): ['"no mail here"'],
}


@pytest.fixture(scope="module")
def names():
    with NameServer(ZONE) as running:
        yield running


def test_texts_come_whole_though_dns_sends_them_in_pieces(names):
    assert asyncio.run(names.records().texts("example.org")) == ("ab", "v=spf1 mx -all")


def test_mail_exchangers_come_in_order_of_preference(names):
    assert asyncio.run(names.records().exchangers("example.org")) == ("early.example.org", "late.example.org")


def test_no_such_name_and_no_such_record_are_answers_too(names):
    assert asyncio.run(names.records().texts("nowhere.example.org")) == ()
    assert asyncio.run(names.records().exchangers("bare.example.org")) == ()


def test_a_name_is_asked_for_as_it_stands_whatever_the_machines_search_list(names):
    asyncio.run(names.records().texts("_dmarc.nowhere"))
    assert names.asked[-1] == ("_dmarc.nowhere", "TXT")


def test_silence_is_told_within_the_time_limit():
    with NameServer({}, silent=True) as silent, pytest.raises(FetchError, match=r"DNS did not answer for example\.org"):
        asyncio.run(silent.records(0.2).texts("example.org"))


@pytest.mark.parametrize("name", ["a" * 64 + ".example", "a..b", "x" * 300])
def test_an_impossible_name_is_an_error_of_ours(names, name):
    with pytest.raises(FetchError):
        asyncio.run(names.records().texts(name))
