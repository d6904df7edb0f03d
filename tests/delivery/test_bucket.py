"""What becomes of each object of a bucket: precedence of verdicts, versions, and what may be told of it."""

from dataclasses import replace

import pyarrow as pa
import pytest

from leverans.delivery.bucket import judge
from leverans.delivery.packaging_stage import archived_rows
from leverans.delivery.planning import PackagePlan
from leverans.ledger import OBJECT_COLUMNS
from leverans.mapping import MappedBucket
from leverans.model import Case, Row, assemble, disassemble
from leverans.testing.builders import a_case, a_file, a_record

SALT = "salt"
CASE = a_case(
    "1",
    records=(a_record("1", files=(a_file(b"abc"), a_file(b"de"))), a_record("2", files=(a_file(b"f"),))),
    rows=(Row("db.a", "1", '{"a":1}'),),
)
PAPER = a_case("2", rows=(Row("db.a", "2", "{}"),))
VERDICT = ("root", "stream", "key", "code", "disposition", "rule", "where", "detail")


def texts(names, rows):
    return pa.Table.from_pylist(
        [dict(zip(names, row, strict=True)) for row in rows],
        pa.schema([(name, pa.string()) for name in names]),
    )


def verdict(disposition, case=CASE, code=None, rule="r"):
    codes = {"quarantine": "MAP100", "exclude": "MAP116", "void": "MAP116", "warn": "MAP150"}
    root = case.id if case else None
    return (root, "db.a", "k", code or codes[disposition], disposition, rule, "m.yaml:1:1", None)


def judged(*verdicts, cases=(CASE,), before=None, test=False, personal=False, documents=()):
    rows = [("db.a", case.key, case.id, "object", None) for case in cases]
    mapped = MappedBucket(
        disassemble(cases),
        texts(("stream", "key", "root", "role", "disposition"), rows),
        texts(("stream", "ref", "root", "sha256", "status", "disposition"), documents),
        texts(VERDICT, verdicts),
    )
    found = judge(mapped, mapped.verdicts, before or {}, SALT, test=test, personal=personal)
    found.counts.finish()
    return found


def archived(case=CASE, version=3, **more):
    """What the ledger says of a case that was archived before, just as it is now."""
    row = judged(cases=[case]).plan.to_pylist()[0]
    names = ("object", "digest", "closed", "parts", "state", "route", "partition", "records", "documents")
    return {case.id: {name: row[name] for name in names} | {"version": version, "package": "before"} | more}


def only(rows):
    (row,) = rows
    return row


def test_an_object_without_a_verdict_is_archived():
    found = judged(verdict("warn"))
    row = only(found.plan.to_pylist())
    assert found.settled == []
    assert (row["state"], row["version"], row["status"], row["group"]) == ("new", 1, "NEW", "2003/open/NEW")
    assert (row["records"], row["documents"], row["bytes"]) == (2, 3, 6)
    case = only(assemble(found.tables))
    assert (case.version, case.digest, case.replaces) == (1, row["digest"], None)
    assert found.counts.entities == {"case": 1, "record": 2, "file": 3}
    assert found.counts.documents["bytes"] == 6
    assert found.counts.findings == {"MAP150": 1}


@pytest.mark.parametrize(
    ("words", "disposition"),
    [
        (["void", "exclude", "quarantine"], "quarantined"),
        (["void", "quarantine"], "quarantined"),
        (["exclude", "quarantine"], "quarantined"),
        (["void", "exclude"], "excluded"),
        (["exclude", "warn"], "excluded"),
        (["void"], "excluded"),
    ],
)
@pytest.mark.parametrize("backwards", [False, True])
def test_the_strictest_verdict_wins_in_whatever_order_they_come(words, disposition, backwards):
    verdicts = [verdict(word, rule=word) for word in words]
    found = judged(*(reversed(verdicts) if backwards else verdicts))
    row = only(found.settled)
    decisive = {"quarantined": "quarantine", "excluded": "exclude" if "exclude" in words else "void"}
    assert (row["disposition"], row["rule"]) == (disposition, decisive[disposition])
    assert (row["digest"], row["version"], row["package"]) == (None, None, None)
    assert found.plan.num_rows == 0
    assert found.tables["case"].num_rows == found.tables["file"].num_rows == 0
    assert {name: number for name, number in found.counts.objects.items() if number} == {
        "found": 1,
        disposition: 1,
    }
    kind = only(entry for name, entry in found.counts.streams.items() if name == "db.a")
    assert (kind["object"], kind[disposition]) == (0, 1)


@pytest.mark.parametrize(("word", "disposition"), [("quarantine", "quarantined"), ("exclude", "excluded")])
def test_what_was_archived_before_is_set_aside_all_the_same(word, disposition):
    found = judged(verdict("void"), verdict(word), before=archived())
    assert only(found.settled)["disposition"] == disposition
    assert found.counts.states == {}


def test_the_first_verdict_gives_the_reason():
    found = judged(verdict("quarantine", code="MAP105"), verdict("quarantine", code="MAP110"))
    assert only(found.settled)["reason"] == "MAP105"
    assert found.counts.quarantined == {"MAP105": 1}


def test_a_verdict_about_one_object_says_nothing_of_another():
    found = judged(verdict("quarantine"), cases=[CASE, PAPER])
    assert [row["object"] for row in found.settled] == [CASE.id]
    assert found.plan["object"].to_pylist() == [PAPER.id]


def test_a_void_object_that_was_archived_becomes_its_next_version():
    found = judged(verdict("void"), before=archived())
    row = only(found.plan.to_pylist())
    assert (row["state"], row["version"], row["status"]) == ("voided", 4, "REPLACEMENT")
    case = only(assemble(found.tables))
    assert (case.status, case.version, case.replaces) == ("obliterated", 4, "before")
    assert case.digest == row["digest"] != archived()[CASE.id]["digest"]
    assert found.counts.objects["archived"] == 1
    assert found.counts.states == {"voided": 1}


def test_a_void_object_that_was_archived_as_void_is_unchanged():
    void = only(judged(verdict("void"), before=archived()).plan.to_pylist())
    known = archived(version=4, digest=void["digest"], state="voided")
    row = only(judged(verdict("void"), before=known).settled)
    assert (row["disposition"], row["state"], row["version"]) == ("unchanged", "unchanged", 4)


def test_what_did_not_change_is_not_archived_again():
    found = judged(before=archived())
    row = only(found.settled)
    assert (row["disposition"], row["version"], row["package"]) == ("unchanged", 3, "before")
    assert found.plan.num_rows == 0
    assert found.counts.streams["db.a"]["object"] == 1
    assert found.counts.objects["unchanged"] == 1


@pytest.mark.parametrize(
    ("case", "state", "status"),
    [
        (replace(CASE, rows=(*CASE.rows, Row("db.b", "1", "{}"))), "supplemented", "SUPPLEMENT"),
        (replace(CASE, title="Annan"), "changed", "REPLACEMENT"),
        (replace(CASE, rows=(Row("db.a", "1", '{"a":2}'),)), "changed", "REPLACEMENT"),
        (replace(CASE, closed=None), "reopened", "REPLACEMENT"),
    ],
)
def test_what_changed_follows_the_version_before(case, state, status):
    found = judged(cases=[case], before=archived())
    row = only(found.plan.to_pylist())
    assert (row["state"], row["version"], row["status"]) == (state, 4, status)
    told = only(assemble(found.tables))
    assert (told.version, told.replaces, told.digest) == (4, "before", row["digest"])


def test_each_case_gets_its_own_version_and_digest():
    found = judged(cases=[CASE, PAPER], before=archived(replace(PAPER, title="Annan"), version=7))
    rows = {row["object"]: row for row in found.plan.to_pylist()}
    told = {case.id: case for case in assemble(found.tables)}
    assert {own: case.version for own, case in told.items()} == {CASE.id: 1, PAPER.id: 8}
    assert {own: case.replaces for own, case in told.items()} == {CASE.id: None, PAPER.id: "before"}
    assert {own: case.digest for own, case in told.items()} == {own: rows[own]["digest"] for own in rows}


@pytest.mark.parametrize("before", [None, archived(replace(CASE, title="Annan"))])
def test_a_test_delivery_is_marked_so_whatever_its_state(before):
    row = only(judged(before=before, test=True).plan.to_pylist())
    assert (row["status"], row["group"]) == ("TEST", "2003/open/TEST")


def ledger_rows(found):
    """What the ledger is sent of the objects of a bucket, archived or not."""
    planned = PackagePlan("p", "2003", "protected", "NEW", 1, 1, found.plan)
    settled = [{name: row.get(name) for name in OBJECT_COLUMNS.names} for row in found.settled]
    return archived_rows(planned).to_pylist() + settled


@pytest.mark.parametrize("words", [[], ["quarantine"], ["exclude"], ["void"]])
def test_neither_key_nor_reference_of_a_protected_case_is_told(words):
    hidden: Case = replace(CASE, route="protected", key="hemlig-1", reference_code="hemlig-2")
    found = judged(*map(verdict, words), cases=[hidden])
    for row in [*found.settled, *found.plan.to_pylist()]:
        assert (row["key"], row["quiet"], row["route"]) == (None, True, "protected")
    row = only(ledger_rows(found))
    assert (row["key"], row["reference"], row["route"]) == (None, None, "protected")
    assert "hemlig" not in repr(row)
    assert all(row["reference"] is None for row in found.settled)


@pytest.mark.parametrize(("earlier", "now"), [("open", "protected"), ("protected", "open")])
@pytest.mark.parametrize("words", [[], ["exclude"], ["void"]])
def test_a_case_that_would_change_its_route_waits_for_a_person(earlier, now, words):
    case, known = replace(CASE, route=now), archived(replace(CASE, route=earlier))
    found = judged(*map(verdict, words), cases=[case], before=known)
    row = only(found.settled)
    assert (row["disposition"], row["reason"], row["route"]) == ("quarantined", "DLV008", now)
    assert found.plan.num_rows == 0
    assert found.counts.findings["DLV008"] == found.counts.quarantined["DLV008"] == 1
    if now == "protected":
        assert (row["key"], row["reference"]) == (None, None)


def test_of_an_open_case_both_are_told():
    assert [(row["key"], row["reference"]) for row in ledger_rows(judged())] == [("1", "KS 2003/1")]


@pytest.mark.parametrize("words", [[], ["quarantine"]])
def test_a_personal_key_stands_alone_without_the_reference(words):
    row = only(ledger_rows(judged(*map(verdict, words), personal=True)))
    assert (row["key"], row["reference"]) == ("1", None)


def test_what_belongs_to_no_object_is_listed_with_its_reason():
    found = judged(
        verdict("quarantine", None, "MAP105"), verdict("exclude", None, rule="e"), verdict("warn", None)
    )
    assert [(row["code"], row["disposition"]) for row in found.loose] == [
        ("MAP105", "quarantine"),
        ("MAP116", "exclude"),
    ]
    assert (found.counts.quarantined, found.counts.excluded) == ({"MAP105": 1}, {"e": 1})
    assert found.settled == []


def test_documents_follow_their_object():
    documents = [("s", "1", CASE.id, "x", "landed", None), ("s", "2", PAPER.id, "y", "landed", None)]
    found = judged(verdict("quarantine"), cases=[CASE, PAPER], documents=documents)
    counts = found.counts.documents
    assert (counts["listed"], counts["archived"], counts["quarantined"]) == (2, 1, 1)
