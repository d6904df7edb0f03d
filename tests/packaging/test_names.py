import re
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from leverans.packaging.names import (
    CaseFolders,
    document_paths,
    extension,
    free_path,
    record_numbers,
    safe_name,
    safe_path,
)
from leverans.testing.builders import a_case, a_file, a_record

CODES = st.text(max_size=90) | st.text("KSå/ -._0123", max_size=12)


@given(CODES)
def test_a_safe_name_is_ascii_short_and_never_special(text):
    name = safe_name(text)
    assert re.fullmatch(r"[A-Za-z0-9_][A-Za-z0-9._-]{0,64}", name) or name == "x"
    assert name.lower() not in {"con", "nul", "aux", "prn", "com1", "lpt1"}
    assert not name.endswith((".", "-"))


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("KS 2003/0412", "KS-2003-0412"),
        ("Åtgärd Ö", "Atgard-O"),
        ("A\u030a", "A"),
        ("../..", "x"),
        ("", "x"),
        ("NUL", "xNUL"),
        ("日本", "x"),
        ("a" * 80, "a" * 64),
    ],
)
def test_safe_names(text, name):
    assert safe_name(text) == name


@pytest.mark.parametrize(
    ("name", "suffix"),
    [
        ("a.PDF", ".pdf"),
        ("a.tar.gz", ".gz"),
        ("utan", ""),
        ("a.", ""),
        ("a.pdf ", ""),
        ("a.åäö", ""),
        ("a.abcdefghijk", ""),
        ("a.b/c", ""),
        (".dold", ".dold"),
    ],
)
def test_extensions(name, suffix):
    assert extension(name) == suffix


@given(st.lists(CODES, max_size=12))
def test_no_two_cases_share_a_folder_even_without_case(codes):
    folders = CaseFolders()
    names = [folders.name(a_case(str(n), reference_code=code)) for n, code in enumerate(codes)]
    assert len({name.lower() for name in names}) == len(codes)


def test_a_taken_code_gets_the_id_behind_it():
    folders, first, second = (
        CaseFolders(),
        a_case("1", reference_code="KS 1"),
        a_case("2", reference_code="ks-1"),
    )
    assert folders.name(first) == "KS-1"
    assert folders.name(second) == f"ks-1_{second.id[:8]}"
    assert folders.name(second) == f"ks-1_{second.id}"


@pytest.mark.parametrize(
    "change",
    [
        {"route": "protected"},
        {"key": "p-0123456789abcdef0123"},
        {"reference_code": "PA 850101-1234"},
        {"reference_code": "198501011234"},
        {"reference_code": "19850161-1234"},
    ],
)
def test_a_folder_never_tells_who(change):
    case = replace(a_case(), **change)
    assert CaseFolders().name(case) == case.id


def test_an_ordinary_diary_number_is_no_personal_number():
    assert CaseFolders().name(a_case(reference_code="BN 2003-000412")) == "BN-2003-000412"


def test_records_go_by_their_own_number_where_all_have_one():
    records = [a_record(str(n), number=number) for n, number in enumerate((3, 1, 12345))]
    assert record_numbers(records) == ["0003", "0001", "12345"]


@pytest.mark.parametrize("numbers", [(1, 1), (1, None), (0, 1), (-1, 2)])
def test_records_go_by_their_place_otherwise(numbers):
    records = [a_record(str(n), number=number) for n, number in enumerate(numbers)]
    assert record_numbers(records) == ["0001", "0002"]


def test_paths_of_a_case():
    files = (a_file(b"x", "a.TXT"), a_file(b"x", "b"))
    case = a_case(records=(a_record(files=files), a_record("2")))
    assert document_paths("KS-1", case) == [["KS-1/0001-01.txt", "KS-1/0001-02"], []]


@given(st.lists(st.text("aA./", max_size=6), max_size=8))
def test_no_path_is_a_file_and_a_folder_or_another_path(texts):
    taken = set()
    paths = [free_path(safe_path(text), taken).lower() for text in texts]
    assert len(set(paths)) == len(paths)
    folders = {path[:at] for path in paths for at, sign in enumerate(path) if sign == "/"}
    assert not folders & set(paths)


def test_a_path_that_is_taken_gets_a_number_where_it_is_taken():
    taken = set()
    wanted = {"a": "a", "A": "A-2", "a/b": "a-3/b", "a/c.txt": "a-3/c.txt", "x.y/z": "x.y/z", "x.y": "x-2.y"}
    assert {path: free_path(path, taken) for path in wanted} == wanted
