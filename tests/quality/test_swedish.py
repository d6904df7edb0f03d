"""Swedish notations. Numbers of persons are from the Tax Agency's test series and leaflets, or invalid."""

import json
import re
from datetime import date
from random import Random

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.quality.kit import Rule

from leverans.quality import KINDS, Facts
from leverans.quality.bench import Bench
from leverans.quality.subject import Unable
from leverans.quality.swedish_numbers import persons

TODAY = Facts(as_of=date(2026, 6, 30))
EVERY = ["personnummer", "samordningsnummer", "tf-nummer"]


def broken(kind, demand, values, facts=TODAY, **columns):
    """Give value → codes and details, of one column `a`."""
    names = {"a": values, **columns}
    table = pa.table({name: pa.array(column, pa.string()) for name, column in names.items()})
    found = {}
    for mark in KINDS[kind](Bench(Rule(kind, demand), table, {"case": table}, facts)):
        mask = pa.chunked_array([mark.mask]) if isinstance(mark.mask, pa.Array) else mark.mask
        for value, wrong in zip(values, mask.to_pylist(), strict=True):
            if wrong:
                found[value] = (mark.code, mark.detail)
    return found


def numbers(*values, classes=EVERY, facts=TODAY):
    return {
        value: detail
        for value, (_code, detail) in broken("personal_number", {"a": classes}, values, facts).items()
    }


def test_numbers_of_persons_in_every_shape():
    assert numbers(
        "189001019802", "18900101-9802", "900101+9802", "000101+9801", "201701012393", "170101-2393",
        "640823-3234", "6408233234", "701063-2391", "191401682396", "19140168-2396", "20100228-TF12", "20100228TF12",
        "20100228-T123", None, "",
    ) == {}  # fmt: skip


@pytest.mark.parametrize(
    ("value", "reason"),
    [
        ("640823-3235", "a: check digit"),
        ("20170101-2392", "a: check digit"),
        ("701063-2392", "a: check digit"),
        ("640823-0007", "a: check digit"),  # 000 is no number of birth
        ("190002292399", "a: date"),  # 1900 was no leap year
        ("196013019802", "a: date"),
        ("20170132-2393", "a: date"),
        ("20170193-2393", "a: date"),  # 33 + 60
        ("203001019802", "a: date"),  # not born yet
        ("170001019802", "a: date"),  # before anybody had a number
        ("20170101+2393", "a: date"),  # not a hundred years old
        ("20100230-TF12", "a: date"),
        ("100228-TF12", "a: form"),  # a TF number has its century
        ("640823 3234", "a: form"),
        ("640823--3234", "a: form"),
        ("64082-3234", "a: form"),
        ("640823-32345", "a: form"),
        (" 640823-3234", "a: form"),
        ("hemlig", "a: form"),
        (" ", "a: form"),
    ],
)
def test_numbers_of_persons_that_are_wrong(value, reason):
    assert numbers(value) == {value: reason}


def test_a_coordination_number_may_leave_month_and_day_open():
    open_day = persons(pa.chunked_array([["191400602396"]]), date(2026, 6, 30))
    assert open_day.dated.tolist() == [True]
    assert open_day.classes["samordningsnummer"].tolist() == [True]


def test_only_the_allowed_classes():
    assert numbers("640823-3234", "701063-2391", "20100228-TF12", classes=["personnummer"]) == {
        "701063-2391": "a: class",
        "20100228-TF12": "a: class",
    }
    assert numbers("640823-3234", "701063-2391", classes=["samordningsnummer"]) == {"640823-3234": "a: class"}


def test_ten_digits_take_the_latest_century_they_can():
    assert numbers("000229-2399") == {}  # 2000, a leap year
    read = persons(pa.chunked_array([["270101-9802", "270101-9802"]]), date(2026, 6, 30))
    assert read.dated.tolist() == [True, True]  # 1927: in 2026 nobody is born in 2027


def test_the_check_digit_finds_every_single_wrong_digit():
    value = "6408233234"
    for at in range(10):
        for digit in set("0123456789") - {value[at]}:
            other = value[:at] + digit + value[at + 1 :]
            assert numbers(other), other


@given(
    st.lists(st.one_of(st.none(), st.text(max_size=14), st.from_regex(r"\d{6}[-+]?\d{4}", fullmatch=True)))
)
def test_any_text_is_judged_one_way_only(values):
    read = persons(pa.chunked_array([pa.array(values, pa.string())]), date(2026, 6, 30))
    for at, value in enumerate(values):
        assert read.given[at] == (value is not None)
        assert sum(bool(rows[at]) for rows in read.classes.values()) == 1
        assert not read.valid[at] or read.form[at]


def test_organisation_numbers():
    def wrong(*values, groups=("any",)):
        return {
            value: detail
            for value, (_c, detail) in broken("organisation_number", {"a": list(groups)}, values).items()
        }

    assert wrong("212000-2213", "2120002213", "162120002213", "555555-5555", None, "") == {}
    assert wrong("555555-5556", "555-5555555", "640823-3234", " ", "456016-0680") == {
        "555555-5556": "a: check digit",
        "555-5555555": "a: form",
        "640823-3234": "a: form",  # the third digit tells an organisation from a person
        " ": "a: form",
        "456016-0680": "a: check digit",
    }
    assert wrong("212000-2213", "555555-5555", groups=["public"]) == {"555555-5555": "a: group"}
    assert wrong("640823-3234", "640823-3235", groups=["company", "sole_trader"]) == {
        "640823-3235": "a: form"
    }


def test_diary_numbers_of_a_declared_form_and_year():
    form = {"a": {"pattern": "KS {year}/{number}", "year": "opened"}}
    values = ["KS 2003/1", "KS 2004/2", "KS 2003/0", "ks 2003/4", "KS 03/5", "KS 2003/6 ", "KS 2003/7", None]
    opened = ["2003-04-02", "2003-01-01", "2003", "2003", "2003", "2003", None, "2003"]
    assert broken("diary_number", form, values, opened=opened) == {
        "KS 2004/2": ("QUA112", "a, opened"),
        "KS 2003/0": ("QUA111", "a"),
        "ks 2003/4": ("QUA111", "a"),
        "KS 03/5": ("QUA111", "a"),
        "KS 2003/6 ": ("QUA111", "a"),
    }
    short = {"a": {"pattern": "{series}.{yy}-{number}", "year": "opened"}}
    assert broken("diary_number", short, ["BN.03-1", "BN.04-1", "BN-03-1"], opened=["2003"] * 3) == {
        "BN.04-1": ("QUA112", "a, opened"),
        "BN-03-1": ("QUA111", "a"),  # a point is a point
    }


def test_property_designations():
    good = [
        "Mora Stranden 47:3", "MORA NORET 12:3>2", "Falun Kv. Rosen 5", "Mora Östnor S:3", "Mora Noret GA:4",
        "Malung-Sälen Transtrand 1:1", "Älvdalen Åsens by FS:12", "Mora 47:3", "Kv Rosen 5", None, "",
    ]  # fmt: skip
    bad = [
        "Stranden",
        "47:3",
        "Mora Stranden 47:",
        "Mora Stranden 1:2:3",
        "Mora  Noret 1:2",
        " ",
        "Mora Noret 1:2 m.fl.",
        "Handling 12",
        "Ansökan om tillstånd 2024",
        "Falun Rosen 5",
        "Mora Stranden 0:0",
        "Mora Stranden 0:1",
        "Mora Stranden 1:0",
        "Mora Stranden 01:2",
        "Mora Stranden S:0",
        "Mora Stranden 1:2>0",
        "Falun Kv. Rosen 0",
        "kl 12:30",
        "Möte kl 12:30",
        "Möte kl. 12:30",
        "Klockan 12:30",
        "Sida 3:4",
        "Psaltaren 23:1",
        "SKALA 1:500",
        "möte 12:30",
    ]
    assert broken("property_designation", {"a": ["any"]}, good) == {}
    assert set(broken("property_designation", {"a": ["any"]}, bad)) == set(bad)
    assert set(
        broken(
            "property_designation",
            {"a": ["Mora", "Orsa"]},
            [
                "MORA NORET 1:2",
                "Orsa By 1:2",
                "Mora Rosen 5",
                "Falun By 1:2",
                "Mora 47:3",
                "Mora Noret 0:1",
                "Mora\u00a0Noret 1:2",
                "Mora telefon 12345",
                "Mora kommun 12",
                "Orsa tel. 5",
            ],
        )
    ) == {
        "Falun By 1:2",
        "Mora 47:3",
        "Mora Noret 0:1",
        "Mora telefon 12345",
        "Mora kommun 12",
        "Orsa tel. 5",
    }


def test_legal_grounds():
    good = [
        "25 kap. 1 §", "25 kap 1 §", "OSL 25 kap. 1 §", "25 kap. 1 § OSL", "25:1", "OSL 25:1", "26 kap. 1-5 §§",
        "26 kap. 1, 2 och 3 §§", "18 kap. 8 a §", "21 kap. 1 § första stycket", "21 kap. 1 § 2 st. p. 3",
        "offentlighets- och sekretesslagen (2009:400) 25 kap. 1 §", "7 kap. 1 § sekretesslagen (1980:100)", None,
        "25 kap. 1 §, 26 kap. 1 §", "OSL 25 kap. 1 § och 26 kap. 1 §", "25 kap. 1 § 2 p", "25 kap. 1 § 2 p.",
        "OSL 18:10", "25:12", "OSL 25:1, 26:1", "25 kap. 1 § och 3 § andra stycket OSL", "",
        "SekrL 7 kap. 1 § och 8 kap. 2 §", "25 kap.\u00a01\u00a0§", "OSL 26:1-5", "26:1–5", "OSL 25 kap. 1 §.",
        "OSL 5 kap. 2 § första stycket första punkten", "offentlighets- och sekretesslag (2009:400) 26 kap. 1 §",
    ]  # fmt: skip
    bad = [
        "45 kap. 1 §",
        "0 kap. 1 §",
        "25 kap.",
        "sekretess",
        " ",
        "SekrL 17 kap. 1 §",
        "25 kap. 1 § GDPR",
        "x 25:1",
        "25 kap. 0 §",
        "OSL 25:0",
        "12:30",
        "23:59",
        "9:00",
        "08:15",
        "25 kap. 1 §,",
        "25 kap. 1 § och 45 kap. 1 §",
        "25 kap. 1 § 0 p",
        "12:30-13:30",
        "25 kap. 1 §..",
    ]
    assert broken("legal_ground", ["a"], good) == {}
    assert set(broken("legal_ground", ["a"], bad)) == set(bad)


@pytest.mark.parametrize(
    "value",
    ["Västerås", "Örebro", "MALMÖ", "Ängelholm", "äldre", "öster", "Höör", "KÖPING", "idé", "i år", "på väg"],
)
def test_every_letter_read_in_the_encodings_of_dos(value):
    assert broken("encoding", ["a"], [value.encode("cp850").decode("cp1252", errors="replace")])
    assert broken("encoding", ["a"], [value.encode("cp437").decode("cp1252", errors="replace")])


_WORDS = re.findall(
    r"\w+",
    "Västerås Örebro Malmö Ängelholm Östersund Växjö Köping Göteborg Älvdalen Åmål Skövde Borås "
    "Gävle Umeå Sjöbo Höör Höganäs Ärende Ändring Åtgärd Öppet Över Även förskola ansökan ärende "
    "ändring åtgärd nämnd möte miljö på så får från är kräver gård väg höst trädgård öppen skötsel "
    "räddning tjänst hälsa snö idé öster sammanträde handläggare sökande tillstånd överklagande "
    "äldre ålder",
)
_READ_AS = {
    ("utf-8", "cp1252"): 100,
    ("utf-8", "latin-1"): 100,
    ("utf-8", "mac_roman"): 100,
    ("utf-8", "cp850"): 100,
    ("utf-8", "cp437"): 100,
    ("cp850", "latin-1"): 100,
    ("cp850", "cp1252"): 98,
    ("cp437", "cp1252"): 98,
    ("cp1252", "cp437"): 96,
    ("cp1252", "mac_roman"): 94,
    ("iso646", ""): 85,
    ("cp1252", "cp850"): 80,
    ("mac_roman", "cp1252"): 75,
}
"""How many of a hundred texts of three words are found, at least; where letters are legal ones it is fewer."""


@pytest.mark.parametrize(("written", "read"), _READ_AS)
def test_texts_of_three_words_are_found_in_every_encoding(written, read):
    chance = Random(3)
    words = [*_WORDS, *(word.upper() for word in _WORDS)]
    texts = [" ".join(chance.choices(words, k=3)) for _ in range(400)]
    wrong = [_misread(text, written, read) for text in texts]
    assert broken("encoding", ["a"], sorted(set(texts))) == {}
    found = broken("encoding", ["a"], wrong)
    assert 100 * sum(text in found for text in wrong) / len(wrong) >= _READ_AS[written, read]


def _misread(text, written, read):
    if written == "iso646":
        return text.translate(str.maketrans("ÄÖÅäöåÉé", "[\\]{|}@`"))
    return text.encode(written).decode(read, errors="replace")


@settings(deadline=None)
@given(st.lists(st.sampled_from(_WORDS), min_size=1, max_size=6), st.sampled_from(" ,;|/–-"))
def test_sound_words_in_any_order_are_sound(words, separator):
    assert broken("encoding", ["a"], [separator.join(words), f"”{' '.join(words)}”", f"({words[0]}™)"]) == {}


def test_texts_of_real_sources_are_sound(shared):
    folder = shared / "data"
    names = json.loads((folder / "geo" / "swedish_municipalities.geojson").read_text("utf-8"))
    texts = {str(value) for one in names["features"] for value in one["properties"].values()}
    for path in sorted((folder / "casedata_mariadb").glob("*.sql")):
        texts |= set(re.findall(r"'((?:[^'\n]|'')*)'", path.read_text("utf-8")))
    for path in sorted((folder / "open_data").glob("*.csv")):
        texts |= set(re.split(r"[;\n]", path.read_text("utf-8")))
    assert len(texts) > 1000
    assert broken("encoding", ["a"], sorted(texts)) == {}


@pytest.mark.parametrize(
    ("value", "sign"),
    [
        ("™rebro", "CP850"),
        ("MALM™", "CP850"),
        ("Žngelholm", "CP850"),
        ("„ldre", "CP850"),
        ("”ster", "CP850"),
        ("id‚", "CP850"),
        ("K÷PING", "Windows-1252"),
        ("GŠvle", "MacRoman"),
        ("fŒr", "MacRoman"),
        ("100 â‚¬", "UTF-8"),
        ("F&ouml;r", "HTML"),
        ("f&#246;r", "HTML"),
        ("V{xj|", "ISO 646"),
        ("K\\PING", "ISO 646"),
        ("V[STER]S", "ISO 646"),
        ("m|te", "ISO 646"),
        ("Ansökan".encode().decode("latin-1"), "UTF-8"),
        ("Ärende".encode().decode("cp1252"), "UTF-8"),
        ("få".encode().decode("cp1252").encode().decode("cp1252"), "UTF-8"),
        ("1990–95".encode().decode("cp1252"), "UTF-8"),
        ("får".encode("cp850").decode("cp1252"), "CP850"),
        ("R]DAL", "ISO 646"),
        ("h|st", "ISO 646"),
        ("F\ufffdr", "U+FFFD"),
        ("a\x07b", "control"),
        ("får".encode("cp850").decode("latin-1"), "control"),
    ],
)
def test_harmed_texts(value, sign):
    assert broken("encoding", ["a"], [value])[value][1] == f"a: {sign}"


def test_sound_texts():
    sound = [
        "Ansökan om tillstånd",
        "São Paulo",
        "Ângela",
        "Ã la",
        "a | b",
        "”citat” [1]",
        "x\ty\r\nz",
        "§ 5",
        "§§",
        "x|y",
        "x|y|z",
        "ja|nej",
        "rött|grönt|blått",
        "Gšteborg",
        "Žižek",
        "Žilina",
        "Šarūnas Milošević",
        "KNEŽEVIĆ",
        "DRŽAVA",
        "Tõnu Õunapuu",
        "LEGO™ och Windows™",
        "Karl Karlsson†",
        "† 1945",
        "en 19” skärm",
        "den ”lilla” skolan",
        "„citat“",
        "KOMMUN\\ANNA",
        "C:\\DATA\\FIL.TXT",
        "\\\\SERVER\\DELAD",
        "KOD[A]",
        "kund{id}",
        "10 ÷ 2",
        "x÷y",
        "100 € per år",
        "<p>F&ouml;r</p>",
        "AT&T; R&D",
        "vänta…sen",
        "Σ 100",
        None,
    ]
    assert broken("encoding", ["a"], sound) == {}


@pytest.mark.parametrize(
    ("kind", "demand"),
    [
        ("personal_number", {"a": ["reservnummer"]}),
        ("personal_number", {"a": []}),
        ("organisation_number", {"a": "any"}),
        ("diary_number", {"a": "KS {year}/{number}"}),
        ("diary_number", {"a": {"pattern": "KS {year}"}}),
        ("diary_number", {"a": {"pattern": "KS {number}", "year": "b"}}),
        ("diary_number", {"a": {"pattern": "KS {year}/{number}", "yaer": "b"}}),
        ("property_designation", {"a": "any"}),
        ("legal_ground", ["c"]),
        ("encoding", {"a": 1}),
        ("files_exist", ["landed"]),
    ],
)
def test_demands_that_make_no_sense_are_not_checked(kind, demand):
    with pytest.raises(Unable):
        broken(kind, demand, ["KS 2003/1"], b=["2003"])
