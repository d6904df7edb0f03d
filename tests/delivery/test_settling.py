"""What decisions make of a bucket: accepted, excluded, cut to a selection; and what can be decided at all."""

import json
import re
from datetime import UTC, datetime

import pyarrow as pa
import pytest

from leverans.delivery.bucket import judge
from leverans.delivery.counting import imbalances
from leverans.delivery.decided import Selection, cut, decide, excluded_by, read_deviations
from leverans.delivery.deciding import Asked, _possible, choose
from leverans.delivery.grounds import grounds, same_person
from leverans.delivery.mapped import read_plan, write_bucket
from leverans.delivery.planning import plan_packages
from leverans.errors import Refused, UsageError
from leverans.ledger import Aside, Decision, Standing
from leverans.mapping import MappedBucket
from leverans.model import Row, assemble, disassemble
from leverans.testing.builders import a_case, a_file, a_record
from leverans.trust import pseudonym

SECRET = b"s" * 32
CASE = a_case(
    "1", records=(a_record("1", files=(a_file(b"abc"), a_file(b"de"))),), rows=(Row("db.a", "1", "{}"),)
)
OTHER = a_case("2", rows=(Row("db.a", "2", "{}"),))
COLUMNS = ("root", "stream", "key", "code", "disposition", "rule", "where", "detail")


def decision(action, reference="SN 1", **selection):
    at = datetime(2026, 1, 1, tzinfo=UTC)
    return Decision(1, "d1", "mora/alkt", False, 1, action, "Anna", "skäl", reference, selection, at)


def standing(*acts, rows=()):
    """(case, code, action, reference) of objects, (stream, key, code) of excluded rows."""
    objects = {}
    for case, code, action, *reference in acts:
        objects.setdefault(case.id, {})[code] = decision(action, *reference)
    return Standing(objects, dict.fromkeys(rows, decision("exclude")))


def fault(case=CASE, code="MAP120", stream="db.a", key="k", disposition="quarantine"):
    return (case.id if case else None, stream, key, code, disposition, "rule", "m.yaml:1:1", "")


def texts(names, rows):
    return pa.Table.from_pylist(
        [dict(zip(names, row, strict=True)) for row in rows],
        pa.schema([(name, pa.string()) for name in names]),
    )


def bucket(*verdicts, cases=(CASE, OTHER), rows=(), documents=(), tables=None):
    own = [("db.a", case.key, case.id, "object", None) for case in cases]
    return MappedBucket(
        tables or disassemble(cases),
        texts(("stream", "key", "root", "role", "disposition"), [*own, *rows]),
        texts(("stream", "ref", "root", "sha256", "status", "disposition"), documents),
        texts(COLUMNS, verdicts),
    )


def judged(mapped, stands, before=None):
    decided = decide(mapped, mapped.verdicts, stands, SECRET)
    found = judge(decided.mapped, decided.verdicts, before or {}, "salt", test=False, standing=stands,
                  deviations=decided.deviations)  # fmt: skip
    for rule, number in decided.left_out.items():
        found.counts.excluded[rule] = found.counts.excluded.get(rule, 0) + number
    found.counts.finish()
    assert imbalances(found.counts) == []
    return found


def dispositions(found):
    told = {row["object"]: (row["disposition"], row["reason"], row["rule"]) for row in found.settled}
    return told | {row["object"]: "archived" for row in found.plan.to_pylist()}


def test_without_decisions_nothing_changes():
    mapped = bucket(fault())
    decided = decide(mapped, mapped.verdicts, Standing(), SECRET)
    assert decided.mapped is mapped
    assert decided.verdicts is mapped.verdicts


def test_an_accepted_object_is_archived_and_its_deviation_goes_with_it():
    found = judged(bucket(fault()), standing((CASE, "MAP120", "accept", "SN 7")))
    assert dispositions(found) == {CASE.id: "archived", OTHER.id: "archived"}
    plan = {row["object"]: row for row in found.plan.to_pylist()}
    (deviation,) = read_deviations(CASE.id, plan[CASE.id]["deviations"])
    assert (deviation.code, deviation.reference, deviation.person) == ("MAP120", "SN 7", "Anna")
    assert "Dokumentet" in deviation.sv
    assert deviation.en
    assert plan[OTHER.id]["deviations"] is None


def test_a_fault_of_another_code_still_sets_an_accepted_object_aside():
    found = judged(bucket(fault(), fault(code="QUA101")), standing((CASE, "MAP120", "accept")))
    assert dispositions(found)[CASE.id] == ("quarantined", "QUA101", "rule")


def test_an_excluded_object_is_excluded_by_the_rule_of_its_decision():
    found = judged(bucket(fault()), standing((CASE, "MAP120", "exclude", "SN 9")))
    assert dispositions(found)[CASE.id] == ("excluded", "MAP120", "decision SN 9")
    assert found.counts.excluded == {"decision SN 9": 1}


def test_an_exclusion_wins_over_an_acceptance_and_over_new_faults():
    stands = standing((CASE, "MAP120", "accept"), (CASE, "QUA101", "exclude", "SN 9"))
    found = judged(bucket(fault(), fault(code="QUA101"), fault(code="MAP100")), stands)
    assert dispositions(found)[CASE.id][0] == "excluded"


def test_an_object_without_the_fault_any_more_is_archived_whatever_was_decided():
    found = judged(bucket(), standing((CASE, "MAP120", "exclude"), (OTHER, "MAP120", "accept")))
    assert dispositions(found) == {CASE.id: "archived", OTHER.id: "archived"}
    assert [row["deviations"] for row in found.plan.to_pylist()] == [None, None]


def with_missing():
    """The case's second document has no bytes."""
    tables = disassemble((CASE, OTHER))
    files = tables["file"].to_pylist()
    files[1] |= {"sha256": None, "size": None, "crc32": None}
    tables["file"] = pa.Table.from_pylist(files, schema=tables["file"].schema)
    documents = [("share.s", "a", CASE.id, files[0]["sha256"], "landed", None),
                 ("share.s", "b", CASE.id, None, "missing", None)]  # fmt: skip
    return bucket(fault(), tables=tables, documents=documents)


def test_a_document_that_is_not_there_is_left_out_by_the_decision_and_counted():
    found = judged(with_missing(), standing((CASE, "MAP120", "accept", "SN 7")))
    assert dispositions(found)[CASE.id] == "archived"
    documents = found.counts.documents
    assert (documents["listed"], documents["archived"], documents["excluded"]) == (2, 1, 1)
    assert found.counts.excluded == {"decision SN 7": 1}
    (case,) = [one for one in assemble(found.tables) if one.id == CASE.id]
    assert [file.size for record in case.records for file in record.files] == [3]


def without_title():
    tables = disassemble((CASE, OTHER))
    rows = [row | ({"title": ""} if row["root"] == CASE.id else {}) for row in tables["case"].to_pylist()]
    return tables | {"case": pa.Table.from_pylist(rows, schema=tables["case"].schema)}


def test_an_accepted_object_that_no_package_can_hold_stays_in_quarantine():
    stands = standing((CASE, "MAP120", "accept"))
    found = judged(bucket(fault(), tables=without_title()), stands)
    assert dispositions(found)[CASE.id] == ("quarantined", "DEC010", "case.title")
    stands = standing((CASE, "MAP120", "accept"), (CASE, "DEC010", "exclude", "SN 9"))
    found = judged(bucket(fault(), tables=without_title()), stands)
    assert dispositions(found)[CASE.id] == ("excluded", "DEC010", "decision SN 9")


def test_a_change_of_route_can_be_excluded():
    row = judged(bucket(cases=(CASE,)), Standing()).plan.to_pylist()[0]
    before = {CASE.id: row | {"package": "p", "route": "protected"}}
    assert dispositions(judged(bucket(cases=(CASE,)), Standing(), before))[CASE.id][1] == "DLV008"
    found = judged(bucket(cases=(CASE,)), standing((CASE, "DLV008", "exclude", "SN 9")), before)
    assert dispositions(found)[CASE.id] == ("excluded", "DLV008", "decision SN 9")


def test_rows_and_documents_without_an_object_are_excluded_by_stream_key_and_code():
    hidden = pseudonym(SECRET, "hemlig.pdf")
    verdicts = [fault(None, "MAP115", "db.h", "7"), fault(None, "MAP115", "db.h", "8"),
                fault(None, "MAP123", "share.s", hidden), fault(None, "MAP123", "share.s", "öppen.pdf")]  # fmt: skip
    mapped = bucket(
        *verdicts,
        cases=(CASE,),
        rows=[("db.h", "7", None, "part_of", "quarantine"), ("db.h", "8", None, "part_of", "quarantine")],
        documents=[("share.s", "hemlig.pdf", None, "aa", "landed", "quarantine"),
                   ("share.s", "öppen.pdf", None, "bb", "landed", "quarantine")],
    )  # fmt: skip
    found = judged(mapped, standing(rows=[("db.h", "7", "MAP115"), ("share.s", hidden, "MAP123")]))
    assert found.counts.streams["db.h"] | {"x": 0} == {
        "rows": 2, "object": 0, "part_of": 0, "reference": 0, "quarantined": 1, "excluded": 1, "x": 0,
    }  # fmt: skip
    assert (found.counts.documents["quarantined"], found.counts.documents["excluded"]) == (1, 1)
    words = {(row["stream"], row["key"]): row["disposition"] for row in found.loose}
    assert words == {("db.h", "7"): "exclude", ("db.h", "8"): "quarantine",
                     ("share.s", hidden): "exclude", ("share.s", "öppen.pdf"): "quarantine"}  # fmt: skip


def test_a_line_that_could_not_be_read_is_another_line_on_another_landing():
    line = ("register.r", "register.csv:17", "SRC101")
    stands = Standing({}, {line: decision("exclude", "SN 9", landing="one")})
    assert excluded_by(stands, *line, "one") == "decision SN 9"
    assert excluded_by(stands, *line, "two") is None
    path = ("share.s", "a/b.pdf", "SRC111")
    stands = Standing({}, {path: decision("exclude", "SN 9", landing="one")})
    assert excluded_by(stands, *path, "two") == "decision SN 9"


def test_a_bucket_is_cut_to_objects_and_to_those_that_selected_rows_belong_to_now():
    third = a_case("3", rows=(Row("db.a", "3", "{}"),))
    mapped = bucket(
        fault(third), fault(OTHER), fault(None, "MAP115", "db.h", "9"), fault(None, "MAP115", "db.h", "8"),
        cases=(CASE, OTHER, third),
        rows=[("db.h", "7", OTHER.id, "part_of", None), ("db.h", "8", None, "part_of", "quarantine"),
              ("db.h", "9", None, "part_of", "quarantine")],
        documents=[("share.s", "x", CASE.id, "aa", "landed", None), ("share.s", "y", third.id, "bb", "landed", None)],
    )  # fmt: skip
    selection = Selection(frozenset({CASE.id}), frozenset({("db.h", "7"), ("db.h", "9")}))
    part, verdicts = cut(mapped, mapped.verdicts, selection, SECRET)
    assert sorted(part.tables["case"]["root"].to_pylist()) == sorted([CASE.id, OTHER.id])
    assert sorted(map(tuple, part.rows.select(["stream", "key"]).to_pandas().to_numpy())) == [
        ("db.a", CASE.key), ("db.a", OTHER.key), ("db.h", "7"), ("db.h", "9"),
    ]  # fmt: skip
    assert part.documents["ref"].to_pylist() == ["x"]
    assert [(row["root"], row["key"]) for row in verdicts.to_pylist()] == [(OTHER.id, "k"), (None, "9")]


def test_accepted_objects_go_into_a_package_of_their_own(tmp_path):
    found = judged(bucket(fault()), standing((CASE, "MAP120", "accept")))
    (tmp_path / "0000").mkdir()
    write_bucket(tmp_path / "0000", found.plan, found.tables)
    packages = plan_packages("mora/alkt", [tmp_path / "0000"])
    assert [(plan.group, plan.objects["object"].to_pylist()) for plan in packages] == [
        ("2003/open/NEW", [OTHER.id]),
        ("2003/open/NEW/accepted", [CASE.id]),
    ]
    kept = {row["object"]: row["deviations"] for row in read_plan(tmp_path / "0000").to_pylist()}
    assert json.loads(kept[CASE.id])[0]["code"] == "MAP120"


# -- what can be decided --------------------------------------------------------------------------------------


def aside(name="a", code="MAP120", stream=None, rule="file.content"):
    return Aside("r", name if stream is None else None, stream, f"key-{name}", None if stream else f"ref-{name}",
                 "2003", "open", code, rule, None)  # fmt: skip


def asked(action="exclude", **more):
    return Asked(action, "Anna", "skäl", "SN 1", **more)


WAITING = [(aside("a"), None), (aside("b", "QUA101", rule="ARK-012"), None), (aside("c"), decision("exclude")),
           (aside("d"), decision("accept")), (aside("e", "MAP115", "db.h", "orphan"), None)]  # fmt: skip


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ({"code": "MAP120"}, ["key-a"]),
        ({"code": "MAP120", "action": "accept"}, ["key-a", "key-d"]),
        ({"rule": "ARK-012"}, ["key-b"]),
        ({"object": "ref-c"}, ["key-c"]),
        ({"object": "key-e"}, ["key-e"]),
        ({"object": "a", "code": "MAP120", "rule": "file.content"}, ["key-a"]),
    ],
)
def test_a_selection_narrows(words, expected):
    assert [one.key for one in choose(WAITING, asked(**words))] == expected


@pytest.mark.parametrize("words", [{"code": "MAP999"}, {"object": "a", "code": "QUA101"}, {"rule": "x"}])
def test_a_selection_that_meets_nothing_is_told(words):
    with pytest.raises(UsageError) as fault:
        choose(WAITING, asked(**words))
    assert fault.value.code == "DEC002"


@pytest.mark.parametrize(
    ("action", "one", "code"),
    [
        ("accept", aside(code="DLV008"), "DEC005"),
        ("accept", aside(code="MAP130"), "DEC005"),
        ("accept", aside("e", "MAP115", "db.h"), "DEC006"),
        ("retry", aside("e", "SRC101", "register.r"), "DEC007"),
    ],
)
def test_what_cannot_be_decided_so_is_refused(action, one, code):
    with pytest.raises(Refused) as fault:
        _possible(asked(action, code=one.code), [aside(), one])
    assert fault.value.code == code
    _possible(asked("exclude", code=one.code), [one])


@pytest.mark.parametrize("missing", ["person", "reason", "reference"])
def test_a_decision_needs_who_why_and_by_what(missing):
    words = {"person": "Anna", "reason": "skäl", "reference": "SN 1"} | {missing: "  "}
    with pytest.raises(UsageError) as fault:
        grounds(**words)
    assert fault.value.code == "DEC001"


@pytest.mark.parametrize(
    "text",
    [
        *("19121212-1213", "gäller 121212-1213", "191212121213.", "121212+1213", "19121212 1213"),
        *(
            "19121212\N{EN DASH}1213",
            "121212 \N{MINUS SIGN} 1213",
            "1212\N{SOFT HYPHEN}12-1213",
            "1900 01 01 9801",
        ),
        *("19140168-2396", "19140168 2396"),
        *(
            "20100228-TF12",
            "20100228-tf12",
            "20100228 TF12",
            "20100228\N{EN DASH}TF12",
            "20100228TF12",
            "20100228T123",
        ),
        *("121212-TF12", "1912-12-12-TF12"),
    ],
)
def test_no_decision_holds_a_personal_identity_number(text):
    with pytest.raises(UsageError) as fault:
        grounds("Anna", text, "SN 1")
    assert fault.value.code == "DEC012"
    assert not any(digits in str(fault.value) for digits in re.findall(r"\d{4,}", text))


@pytest.mark.parametrize(
    "text", ["SN 2026/140", "SN 2026-01-12 § 4711", "2026-01-12 2026-02-13", "KA 2019 TF 12"]
)
def test_days_and_references_are_no_numbers_of_persons(text):
    grounds("Anna", "skäl", text)


def test_a_reference_is_no_personal_identity_number():
    grounds("Anna", "se ALK-2020-00004 och SN 2026-000123 § 14", "SN 2026/1234-5")


@pytest.mark.parametrize("other", ["anna arkivarie", " Anna  Arkivarie ", "ANNA ARKIVARIE"])
def test_a_name_is_the_same_whatever_its_case_and_spaces(other):
    assert same_person("Anna Arkivarie", other)
    assert not same_person("Anna Arkivarie", "Anna Arkivare")
