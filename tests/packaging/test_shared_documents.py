"""One landed document that two records, or two cases, refer to: the package stays valid and loses no file."""

from dataclasses import replace

import pytest

from leverans.packaging.opening import read_package
from leverans.testing.builders import a_case, a_file, a_record
from leverans.validation import validate


def shared(across):
    """Two records with the same document, in one case or in two."""
    one = a_file(b"samma", "ett.txt", "1", reference="samma.txt")
    other = a_file(b"samma", "tva.txt", "2", reference="samma.txt")
    first, second = a_record("1"), a_record("2")
    records = replace(first, files=(one,)), replace(second, files=(other,))
    if across:
        return [replace(a_case(str(at)), records=(record,)) for at, record in enumerate(records, 1)]
    return [replace(a_case("1"), records=records)]


@pytest.mark.parametrize("across", [False, True])
def test_a_document_that_two_records_refer_to_is_packed_for_both(make, across):
    package = make(shared(across), [b"samma"])
    assert not [one for one in validate(package.path).findings if one.severity == "error"]
    names = [name for name in package.names() if "/data/" in name and not name.endswith("ERMS.xml")]
    assert len(names) == 2
    cases = read_package(package.path, package.profile)
    assert [file.reference for case in cases for record in case.records for file in record.files] == [
        "samma.txt"
    ] * 2
