import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from leverans.errors import ConfigurationError
from leverans.formats.yamltext import load, parse


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("no", "no"),
        ("yes", "yes"),
        ("on", "on"),
        ("off", "off"),
        ("y", "y"),
        ("NO", "NO"),
        ("0123", "0123"),
        ("08", "08"),
        ("00", "00"),
        ("007", "007"),
        ("12:30", "12:30"),
        ("1:20:30", "1:20:30"),
        ("1996-01-01", "1996-01-01"),
        ("2001-12-14t21:59:43.10-05:00", "2001-12-14t21:59:43.10-05:00"),
        ("1_000", "1_000"),
        ("0x1F", "0x1F"),
        ("0o17", "0o17"),
        (".inf", ".inf"),
        ("=", "="),
        ("true", True),
        ("false", False),
        ("+1", "+1"),
        ("-0", "-0"),
        ("null", None),
        ("~", None),
        ("", None),
        ("0", 0),
        ("12", 12),
        ("-3", -3),
        ("'12'", "12"),
        ('"true"', "true"),
        ("!!str 12", "12"),
        ("'no'", "no"),
        ("'~'", "~"),
        ("å ä ö", "å ä ö"),
    ],
)
def test_scalars_mean_what_they_look_like(text, value):
    read = parse(f"a: {text}\n", "x.yaml").data["a"]
    assert read == value
    assert type(read) is type(value)


@pytest.mark.parametrize(("text", "value"), [("1.50", 1.5), ("1e3", 1000), ("-0.5", -0.5), ("0.00", 0)])
def test_a_number_with_decimals_remembers_how_it_is_written(text, value):
    read = parse(f"a: {text}\n", "x.yaml").data["a"]
    assert (read, read.text) == (value, text)


@pytest.mark.parametrize("word", ["True", "TRUE", "False", "Null", "NULL", "[a, NULL]"])
def test_a_word_that_other_spellings_make_true_or_nothing_is_refused(word):
    with pytest.raises(ConfigurationError) as caught:
        parse(f"a: {word}\n", "x.yaml")
    assert caught.value.code == "CFG002"
    assert "small letters" in caught.value.text("en")
    assert "små bokstäver" in caught.value.text("sv")


@pytest.mark.parametrize(
    ("data", "place"),
    [
        (b"a: b\nc: r\xe4d\n", "x.yaml:2:5"),
        ("å: b\nc: ärr".encode() + b"\xff", "x.yaml:2:7"),
        ("a: b\n".encode("utf-16"), "x.yaml:1:1"),
        ("a: b\n".encode("utf-16-be"), "x.yaml:1:1"),
        (b"a: b\nc: \x00\n", "x.yaml:2:4"),
        (b"a: b\r\nc: \x1b[31m\r\n", "x.yaml:2:4"),
        ("a: b\nc: in\u202edeb\n".encode(), "x.yaml:2:6"),
        ("a: b\nc: \u2066x\u2069\n".encode(), "x.yaml:2:4"),
        (b'a: b\nc: "in\\u202Edeb"\n', "x.yaml:2:4"),
        (b'a: b\n"\\u202Ec": d\n', "x.yaml:2:1"),
    ],
)
def test_what_is_no_text_for_people_is_refused_with_its_place(tmp_path, data, place):
    (tmp_path / "x.yaml").write_bytes(data)
    with pytest.raises(ConfigurationError) as caught:
        load(tmp_path / "x.yaml", tmp_path)
    assert (caught.value.code, caught.value.where) == ("CFG002", place)
    assert "UnicodeDecodeError" not in caught.value.text("sv")


def test_keys_are_text_as_written():
    assert parse("012: a\n1: b\ntrue: c\nno: d\n1996-01-01: e\n", "x").data == {
        "012": "a",
        "1": "b",
        "true": "c",
        "no": "d",
        "1996-01-01": "e",
    }


JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.text(st.characters(codec="utf-8", exclude_categories=["C"])),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text("abcåäö", min_size=1), inner, max_size=3)
    ),
    max_leaves=8,
)


@settings(max_examples=60, deadline=None)
@given(st.dictionaries(st.text("abcåäö", min_size=1), JSON, max_size=3))
def test_json_is_yaml(data):
    assert parse(json.dumps(data, ensure_ascii=False), "x").data == data


def test_every_value_knows_its_place():
    text = "a:\n  - b: 1\n    å: 2\n  - x\n"
    document = parse(text, "m/x.yaml")
    assert document.where(("a",)) == "m/x.yaml:1:1"
    assert document.where(("a", 0, "å")) == "m/x.yaml:3:5"
    assert document.where(("a", 1)) == "m/x.yaml:4:5"
    assert document.where(("a", 1, "missing", 3)) == "m/x.yaml:4:5"
    assert document.where() == "m/x.yaml:1:1"
    assert document.line(("a", 0, "b")) == 2


def test_a_key_twice_is_located_and_all_of_them_are_told():
    with pytest.raises(ConfigurationError) as caught:
        parse("a: 1\nb: {c: 1, c: 2}\na: 2\n", "x.yaml")
    assert [problem.where for problem in caught.value.problems] == ["x.yaml:2:11", "x.yaml:3:1"]
    assert caught.value.code == "CFG002"


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("a: 1\n\tb: 2\n", "x.yaml:2:1"),
        ("a: [1\nb: 2\n", "x.yaml:2:2"),
        ("a: &a [*a]\n", "x.yaml:1:4"),
        ("a: &a {b: *a}\n", "x.yaml:1:4"),
        ("a: {<<: {b: 1}}\n", "x.yaml:1:5"),
        ("? [a]\n: 1\n", "x.yaml:1:3"),
        ("a: !!binary aGk=\n", "x.yaml:1:4"),
        ("a: !!python/object:os.system x\n", "x.yaml:1:4"),
        ("a: !mine {b: 1}\n", "x.yaml:1:4"),
        ("!!set {a, b}\n", "x.yaml:1:1"),
        ("a: 1\n---\nb: 2\n", "x.yaml:2:1"),
        ("%YAML 1.1\n---\na: no\n", "x.yaml:1:1"),
        ("a: \x00\n", "x.yaml:1:4"),
        ("a: " + "[" * 5000, "x.yaml:1:67"),
    ],
)
def test_what_is_not_read_is_refused_with_its_place(text, place):
    with pytest.raises(ConfigurationError) as caught:
        parse(text, "x.yaml")
    assert (caught.value.code, caught.value.where) == ("CFG002", place)


def test_an_alias_is_a_copy():
    assert parse("a: &a {b: 1}\nc: *a\n", "x").data == {"a": {"b": 1}, "c": {"b": 1}}


@pytest.mark.parametrize("text", ["", "# only words\n", "---\n"])
def test_an_empty_file_is_nothing(text):
    assert parse(text, "x").data is None


def test_files_are_named_from_the_content_root(tmp_path):
    path = tmp_path / "mappings" / "a.yaml"
    path.parent.mkdir()
    path.write_bytes(b"\xef\xbb\xbfa: \xc3\xa5\r\nb: 2\r\n")
    assert load(path, tmp_path).where(("b",)) == "mappings/a.yaml:2:1"
    assert load(path).data == {"a": "å", "b": 2}


def test_a_file_that_is_not_there_or_no_utf8(tmp_path):
    with pytest.raises(ConfigurationError, match=r"m/none.yaml: CFG001"):
        load(tmp_path / "m" / "none.yaml", tmp_path)
    (tmp_path / "latin.yaml").write_bytes(b"a: \xe5\n")
    with pytest.raises(ConfigurationError, match=r"latin.yaml:1:4: CFG002"):
        load(tmp_path / "latin.yaml", tmp_path)
    with pytest.raises(ConfigurationError, match="CFG002"):
        load(tmp_path, tmp_path)
