import pytest

from monitor.sources.language import tag


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ("ko", "ko"),
        ("EN_us", "en-US"),
        ("zh-hant-tw", "zh-Hant-TW"),
        ("en-GB, fr", "en-GB"),
        ("de_DE.UTF-8", "de-DE"),
        ("English", ""),
        ("x", ""),
        ("", ""),
        (None, ""),
        (7, ""),
        ("en\x00", ""),
    ],
)
def test_a_language_is_written_as_bcp_47_does(written: object, expected: str) -> None:
    assert tag(written) == expected
