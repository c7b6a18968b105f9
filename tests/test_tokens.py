import base64
import json
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from monitor.errors import TokenError, TokenExpired
from monitor.tokens import LONGEST, STORY, UNSUBSCRIBE, fingerprint, sign, story_link, unsubscribe_link, verify

NOW = datetime(2026, 11, 22, 8, 30, tzinfo=UTC)
SECRET = b"a secret of the test's own"
TOKEN = sign(SECRET, "unsubscribe", ("desk", "desk@example.org"), NOW + timedelta(days=1))
short = st.text(st.characters(), max_size=40)  # every character, lone surrogates too


@settings(deadline=None)
@given(st.binary(min_size=1), short, st.lists(short, max_size=4), st.integers(1, 10**9))
def test_what_was_signed_comes_back(secret, purpose, fields, seconds):
    token = sign(secret, purpose, fields, NOW + timedelta(seconds=seconds))
    assert verify(secret, token, purpose=purpose, now=NOW) == tuple(fields)


@settings(deadline=None)
@given(st.lists(short, max_size=4), st.lists(short, max_size=4))
def test_other_fields_never_make_the_same_token(one, other):
    assert (sign(SECRET, "p", one, NOW) == sign(SECRET, "p", other, NOW)) is (one == other)


@settings(deadline=None)
@given(st.integers(0, len(TOKEN) - 1), st.characters())
def test_one_character_changed_is_a_forgery(place, character):
    changed = TOKEN[:place] + character + TOKEN[place + 1 :]
    if changed != TOKEN:
        with pytest.raises(TokenError):
            verify(SECRET, changed, purpose="unsubscribe", now=NOW)


@settings(deadline=None)
@given(st.integers(0, len(TOKEN) - 1))
def test_a_part_of_a_token_is_none(length):
    with pytest.raises(TokenError):
        verify(SECRET, TOKEN[:length], purpose="unsubscribe", now=NOW)


@settings(deadline=None)
@given(st.text(st.characters()))
def test_junk_is_no_token(junk):
    with pytest.raises(TokenError):
        verify(SECRET, junk, purpose="unsubscribe", now=NOW)


@pytest.mark.parametrize(
    "junk",
    ["", ".", TOKEN + "=", TOKEN + "\n", " " + TOKEN, "x" * 2**20, "é" * 2**20, "x." * 2**19, TOKEN.replace(".", "")],
    ids=["nothing", "a dot", "padded", "a line", "a space", "1 MB", "2 MB of UTF-8", "1 MB of dots", "joined"],
)
def test_what_is_nearly_a_token_is_none(junk):
    with pytest.raises(TokenError, match="not one of ours"):
        verify(SECRET, junk, purpose="unsubscribe", now=NOW)


def test_another_secret_did_not_sign_it():
    with pytest.raises(TokenError):
        verify(SECRET + b"!", TOKEN, purpose="unsubscribe", now=NOW)


def test_no_secret_signs_and_none_verifies():
    with pytest.raises(ValueError, match="empty secret"):
        sign(b"", "p", (), NOW)
    with pytest.raises(TokenError):
        verify(b"", TOKEN, purpose="unsubscribe", now=NOW)


def test_a_token_for_one_thing_does_no_other():
    with pytest.raises(TokenError, match="something else"):
        verify(SECRET, TOKEN, purpose="feedback", now=NOW)


def test_a_longer_life_can_not_be_written_in():
    payload, mac = TOKEN.split(".")
    purpose, until, *fields = json.loads(base64.urlsafe_b64decode(payload + "=="))
    longer = base64.urlsafe_b64encode(json.dumps([purpose, until * 2, *fields]).encode()).decode().rstrip("=")
    with pytest.raises(TokenError, match="not one of ours"):
        verify(SECRET, f"{longer}.{mac}", purpose="unsubscribe", now=NOW)


@pytest.mark.parametrize("late", [timedelta(days=1), timedelta(days=5000)])
def test_a_token_ends(late):
    assert verify(SECRET, TOKEN, purpose="unsubscribe", now=NOW + timedelta(days=1, seconds=-1))
    with pytest.raises(TokenExpired):
        verify(SECRET, TOKEN, purpose="unsubscribe", now=NOW + late)


def test_what_is_too_long_for_a_link_is_not_signed():
    with pytest.raises(ValueError, match="too many for a link"):
        sign(SECRET, "p", ("x" * LONGEST,), NOW)


def test_a_link_is_fixed_by_its_message_and_lasts_a_year():
    link = unsubscribe_link("https://m.example/base/", SECRET, "desk", "desk@example.org", NOW)
    assert link == unsubscribe_link("https://m.example/base", SECRET, "desk", "desk@example.org", NOW)
    token = link.removeprefix("https://m.example/base/u/")
    fields = verify(SECRET, token, purpose=UNSUBSCRIBE, now=NOW + timedelta(days=364))
    assert fields == ("desk", fingerprint(SECRET, "desk@example.org"))
    with pytest.raises(TokenExpired):
        verify(SECRET, token, purpose=UNSUBSCRIBE, now=NOW + timedelta(days=365))


def test_a_link_tells_no_address_and_fits_a_line_of_mail():
    link = unsubscribe_link("https://monitor.example.org", SECRET, "newsroom", "someone@example.org", NOW)
    token = link.rpartition("/")[2]
    assert b"someone" not in base64.urlsafe_b64decode(token.split(".")[0] + "==")
    assert len(link) < 200


def test_an_address_can_not_be_guessed_from_its_link():
    assert fingerprint(SECRET, "a@example.org") != fingerprint(b"another secret", "a@example.org")
    assert fingerprint(SECRET, "a@example.org") != fingerprint(SECRET, "b@example.org")


def test_a_link_beside_a_story_names_who_answers_what_for_ninety_days():
    link = story_link("https://m.example/base/", SECRET, "desk", "talks", 17, NOW)
    assert link.startswith("https://m.example/base/s/")
    token = link.rpartition("/")[2]
    assert verify(SECRET, token, purpose=STORY, now=NOW + timedelta(days=89)) == ("desk", "talks", "17")
    with pytest.raises(TokenExpired):
        verify(SECRET, token, purpose=STORY, now=NOW + timedelta(days=90))
    with pytest.raises(TokenError):
        verify(SECRET, token, purpose=UNSUBSCRIBE, now=NOW)
