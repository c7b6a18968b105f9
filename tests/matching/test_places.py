import time
import zlib
from importlib.resources import files

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.matching import places
from monitor.matching.places import found, is_organisation, names


def ids(text):
    return [place.id for place in found(text)]


@pytest.mark.parametrize(
    ("country", "spellings"),
    [
        (
            "KP",
            "North Korea|DPRK|North Korean|N. Korea|북한|北朝鮮|朝鲜|北韓|КНДР|Северной Кореи|северокорейского"
            "|Nordkorea|Nordkoreas|nordkoreanische|Corea del Norte|norcoreano|Corée du Nord|nord-coréens|nordcoreano"
            "|nordkoreansk|північнокорейський|كوريا الشمالية",
        ),
        (
            "US",
            "U.S.|US|USA|American|Americans|United States|White House|EE.UU.|EE. UU.|estadounidenses|États-Unis"
            "|américaine|amerikanischen|amerikanska|США|американского|米国|美国|美國|미국|アメリカ|الولايات المتحدة",
        ),
        (
            "SE",
            "Sweden|Swedish|Schweden|Suède|suédois|Suecia|sueca|Sverige|svenska|Швеции|шведский|スウェーデン|瑞典|스웨덴",
        ),
        ("FR", "France|French|Frankreich|französische|Francia|français|Франции|французский|フランス|法国|프랑스"),
        ("BR", "Brazil|Brazilian|Brasilien|Brasil|brasileiros|Бразилии|ブラジル|巴西|브라질"),
        ("UA", "Ukraine|Ukrainian|ukrainische|Ucrania|України|Украины|украинский|ウクライナ|乌克兰|우크라이나"),
        ("RU", "Russia|Russian|Kremlin|Russland|russischen|Rusia|rusos|России|российского|ロシア|俄罗斯|러시아|Росії"),
        (
            "GB",
            "UK|U.K.|Britain|British|Großbritannien|britische|Royaume-Uni|Великобритании|英国|영국|イギリス",
        ),
        ("IR", "Iran|Iranian|iranische|iraní|iranien|Ирана|иранский|イラン|伊朗|이란"),
        ("ZA", "South Africa|South African|Südafrika|Afrique du Sud|Sudáfrica|南アフリカ|南非"),
    ],
)
def test_a_country_has_one_id_in_all_languages(country, spellings):
    assert {spelling: ids(spelling) for spelling in spellings.split("|")} == {
        spelling: [country] for spelling in spellings.split("|")
    }


@pytest.mark.parametrize(
    ("city", "spellings"),
    [
        ("KP.pyongyang", "Pyongyang|Pjöngjang|Пхеньян|平壌|平壤|평양"),
        ("SE.stockholm", "Stockholm|Estocolmo|Стокгольме|ストックホルム|斯德哥尔摩|스톡홀름"),
        ("VN.hanoi", "Hanoi|Ханой|ハノイ|하노이"),
        ("RU.moscow", "Moscow|Moskau|Moscou|Москве|モスクワ|莫斯科|모스크바"),
        ("JP.tokyo", "Tokyo|Tokio|東京|东京|도쿄"),
        ("KE.nairobi", "Nairobi|Найроби|ナイロビ"),
        ("US.washington", "Washington|Вашингтоне|ワシントン|华盛顿|워싱턴"),
    ],
)
def test_a_city_has_one_id_and_tells_its_country(city, spellings):
    for spelling in spellings.split("|"):
        [place] = found(spelling)
        assert (place.id, place.country) == (city, city[:2]), spelling


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("米朝実務協議", ["US", "KP"]),
        ("日米韓の連携", ["JP", "US", "KR"]),
        ("朝美会谈在斯德哥尔摩举行", ["KP", "US", "SE.stockholm"]),
        ("中美贸易战", ["CN", "US"]),
        ("북미 실무협상 결렬", ["KP", "US"]),
        ("한미정상회담에서", ["KR", "US"]),
        ("한·미·일 공조", ["KR", "US", "JP"]),
        ("美·北 회담", ["US", "KP"]),
        ("北 비핵화 의지", ["KP"]),
    ],
)
def test_headlines_put_one_character_for_a_country(text, expected):
    assert ids(text) == expected


@pytest.mark.parametrize(
    "text",
    [
        "they told us it is nice reading on a mobile phone",
        "turkey and ham on fine china",
        "TELL US THE TRUTH",
        "Michael Jordan and Paris Hilton met Denzel Washington",
        "New England beat New Mexico",
        "The Washington Post and the New York Times",
        "the Korean Peninsula and the South China Sea",
        "朝鮮半島の緊張",
        "その日中に終える、北の大地、米を食べる",
        "인도적 지원의 수단은 많다",
        "핵이란 무엇인가",
        "Man of the year",
        "a congoing, unchinaed indiana",
    ],
)
def test_what_only_looks_like_a_place_is_none(text):
    assert ids(text) in ([], ["JP", "CN"])[: 1 + ("日中" in text)]


def test_a_place_that_begins_in_the_second_character_of_a_pair_wins():
    assert ids("集中美国力量") == ["US"]


@pytest.mark.parametrize(
    ("organisation", "spellings"),
    [
        ("who", "World Health Organization|WHO|OMS|ВОЗ|세계보건기구|世界保健機関|世卫组织|Weltgesundheitsorganisation"),
        ("iaea", "IAEA|I.A.E.A.|AIEA|МАГАТЭ|국제원자력기구|国際原子力機関|Agence internationale de l’énergie atomique"),
        ("nato", "NATO|Nato|OTAN|НАТО|나토|北約|北大西洋条約機構"),
        ("imf", "International Monetary Fund|IMF|FMI|IWF|МВФ|国际货币基金组织|Internationella valutafonden"),
        ("UN", "UN|U.N.|United Nations|ООН|유엔|国連|Naciones Unidas"),
        ("UN.security-council", "Security Council|UN-Sicherheitsrat|安保理|안보리|Conseil de sécurité"),
        ("EU.european-commission", "European Commission|EU-Kommission|Commission européenne|Еврокомиссия|欧州委員会"),
    ],
)
def test_an_organisation_has_one_id_under_all_its_names(organisation, spellings):
    for spelling in spellings.split("|"):
        assert ids(spelling) == [organisation], spelling
    assert is_organisation(organisation)


def test_countries_and_cities_are_no_organisations():
    assert not any(map(is_organisation, ("KP", "SE.stockholm", "US.texas")))
    assert ids("who told us what is in the red cross stitch") == []


def test_the_longest_name_wins():
    assert ids("South Korea, South Sudan and Guinea-Bissau") == ["KR", "SS", "GW"]


def test_a_possessive_is_no_part_of_a_name():
    text = "Sweden's envoy"
    assert [text[place.start : place.end] for place in found(text)] == ["Sweden"]


def test_places_come_in_order_with_their_spans():
    text = "Pyongyang sagt Gespräche in Stockholm ab"
    assert [text[place.start : place.end] for place in found(text)] == ["Pyongyang", "Stockholm"]


def test_an_id_has_an_english_name():
    assert (names("KP"), names("SE.stockholm"), names("XX.nowhere")) == ("North Korea", "Stockholm", "XX.nowhere")


@pytest.mark.parametrize("piece", ["", "North ", "朝", "한", "U.S.", "\x00", "a-", "Kuala ", "·美", "é", "Ж", "ま"])
def test_hostile_text_takes_linear_time(piece):
    begun = time.process_time()
    found((piece * 200_000)[:200_000])
    assert time.process_time() - begun < 3


@given(st.text(alphabet=st.sampled_from("NorthKorea US朝美米日中한미북 .·-'’U.S.\x00éЖ이란インド"), max_size=60))
def test_spans_lie_inside_the_text_in_order(text):
    at = 0
    for place in found(text):
        assert at <= place.start < place.end <= len(text)
        at = place.end


def test_every_line_is_whole_and_small_enough():
    table = files(places).joinpath("places.z").read_bytes()
    assert len(table) < 600_000
    for line in zlib.decompress(table).decode().split("\n"):
        id, title, written = line.split("\t")
        assert id == places.NOWHERE or title
        assert all(written.split("|"))


def test_the_notice_names_sources_and_licences():
    notice = files(places).joinpath("NOTICE").read_text(encoding="utf-8")
    assert all(
        word in notice for word in ("GeoNames", "Creative Commons Attribution 4.0", "Unicode License", "countryinfo")
    )


@given(
    st.lists(
        st.tuples(
            st.sampled_from(
                ["New", "South", "Korea", "the", "Hague", "U.S", "EE", "UU", "Bosnia", "and", "Herzegovina"]
            )
            | st.sampled_from(
                ["White", "house", "São", "Tomé", "북한은", "米朝", "Washington", "D", "C", "Papua", "guinea"]
            ),
            st.sampled_from([" ", "-", " - ", " – ", "'", "\u00a0", ". ", ", ", "\n", "  ", "’s "]),
        ),
        max_size=12,
    )
)
def test_a_name_is_found_across_spaces_as_within_them(parts):
    text = "".join(word + joint for word, joint in parts)
    tokens = list(places._WORD.finditer(text))
    whole = places._named(tokens, text, len(text), places._is_korean(text), text.isupper() and len(tokens) > 3)
    assert found(text) == tuple(place for place in whole if place.id != places.NOWHERE)
