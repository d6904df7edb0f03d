import itertools

import pytest

from leverans.identify.reading import extension, interpret, media_type


def match(puid, basis="byte match at 0, 4", warning="", mime="application/pdf"):
    return {"id": puid, "format": "F", "version": "", "mime": mime, "basis": basis, "warning": warning}


@pytest.mark.parametrize(
    ("name", "found"),
    [
        ("a.PDF", "pdf"),
        ("a.tar.gz", "gz"),
        ("a", ""),
        ("a.", ""),
        ("a.å", ""),
        ("a.b c", ""),
        ("a./x", ""),
        ("a." + "x" * 17, ""),
        ("a.\udc80", ""),
        (".htaccess", "htaccess"),
    ],
)
def test_extensions(name, found):
    assert extension(name) == found


@pytest.mark.parametrize(
    ("listed", "found"),
    [
        ("application/pdf", "application/pdf"),
        ("text/xml, application/xml", "text/xml"),
        ("application/vnd.ms-excel", "application/vnd.ms-excel"),
        ("image/svg+xml", "image/svg+xml"),
        ("application/x-foo", "application/octet-stream"),
        ("chemical/pdb", "application/octet-stream"),
        ("", "application/octet-stream"),
        ('text/"><x', "application/octet-stream"),
    ],
)
def test_media_types_are_registered_ones(listed, found):
    assert media_type(listed) == found


@pytest.mark.parametrize(
    ("basis", "found"),
    [
        ("extension match pdf; byte match at 0, 4", "signature"),
        ("byte match at [[0 4]] (signature 1/2)", "signature"),
        ("extension match docx; container name word/document.xml with byte match", "container"),
        ("xml match with root svg", "signature"),
        ("text match ASCII", "signature"),
        ("extension match bin", "extension"),
        ("", "none"),
    ],
)
def test_the_basis(basis, found):
    assert interpret([match("fmt/1", basis)], "", named=True).basis == found


def test_the_order_of_matches_does_not_matter():
    matches = [match("fmt/2"), match("fmt/1"), match("fmt/0", "extension match x"), match("UNKNOWN", "")]
    found = {interpret(order, "", named=True) for order in itertools.permutations(matches)}
    assert {f.puid for f in found} == {"fmt/1"}


def test_errors():
    assert interpret([match("fmt/1", "extension match")], "empty source", named=True).warning == "empty"
    assert interpret([], "permission denied", named=True).warning == "failed"
    assert interpret([], "", named=True).warning is None
