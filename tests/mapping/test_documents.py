"""Files and documents: every listed document once, every reference answered."""

import pytest
from tests.mapping.kit import BASE, case, codes_of, document, one, record, run


def statuses(mapped):
    return [
        (row["ref"], row["status"], row["root"] is not None, row["disposition"])
        for row in mapped.documents.to_pylist()
    ]


def test_a_file_is_its_document(tmp_path):
    mapped = run(tmp_path, [case()], [record(1)], [document("1/1.pdf", name="1.pdf", size=9)])
    row = one(mapped, "file")
    assert (row["name"], row["size"], row["sha256"], row["crc32"], row["reference"]) == (
        "1.pdf",
        9,
        "ab" * 32,
        1,
        "1/1.pdf",
    )
    assert (row["mime"], row["basis"], row["puid"]) == ("application/octet-stream", "none", None)
    assert row["owner"] == one(mapped, "record")["id"]
    assert statuses(mapped) == [("1/1.pdf", "landed", True, None)]


def test_formats_come_with_the_document(tmp_path):
    import pyarrow as pa
    from tests.mapping.kit import context, plan_for, world

    bucket, shared = world([case()], [record(1)])
    plan = plan_for(tmp_path, (bucket, shared))
    known = {
        "puid": "fmt/95",
        "format": "PDF/A",
        "format_version": "1a",
        "mime": "application/pdf",
        "basis": "signature",
    }
    for name, value in known.items():
        bucket["d.DOK"] = bucket["d.DOK"].append_column(name, pa.array([value]))
    row = one(plan.execute(bucket, shared, context()), "file")
    assert {name: row[name] for name in known} == known


@pytest.mark.parametrize(
    ("found", "code", "status"),
    [
        ([], "MAP120", "missing"),
        ([document("1/1.pdf", status="missing", sha256=None, size=None)], "MAP120", "missing"),
        ([document("1/1.pdf", status="unreadable", sha256=None)], "MAP122", "unreadable"),
        ([document("1/1.pdf", status="refused", sha256=None)], "MAP122", "refused"),
        ([document("1/1.pdf", size=0)], "MAP121", "landed"),
    ],
)
def test_bad_documents(tmp_path, found, code, status):
    mapped = run(tmp_path, [case()], [record(1)], found)
    assert codes_of(mapped) == [(code, "quarantine", "file.content")]
    assert statuses(mapped) == [("1/1.pdf", status, True, None)]
    assert mapped.tables["file"].num_rows == 1
    lenient = BASE.replace("by: PATH, absent: skip", "by: PATH, absent: skip, missing: warn, empty: warn")
    mapped = run(tmp_path, [case()], [record(1)], found, text=lenient)
    assert codes_of(mapped) == [(code, "warn", "file.content")]
    assert mapped.tables["file"].num_rows == (1 if code == "MAP121" else 0)
    assert mapped.tables["record"].num_rows == 1


@pytest.mark.parametrize("path", ["", None])
def test_a_row_that_names_no_document(tmp_path, path):
    mapped = run(tmp_path, [case()], [record(1, PATH=path)])
    assert (codes_of(mapped), mapped.tables["file"].num_rows, mapped.tables["record"].num_rows) == ([], 0, 1)
    strict = BASE.replace(", absent: skip", "")
    mapped = run(tmp_path, [case()], [record(1, PATH=path)], text=strict)
    assert codes_of(mapped) == [("MAP124", "quarantine", "file.content")]


def test_a_document_in_no_register(tmp_path):
    mapped = run(tmp_path, [case()], [record(1)], [document("1/1.pdf"), document("1/kopia.pdf")])
    assert [(row["root"], row["key"], row["code"]) for row in mapped.verdicts.to_pylist()] == [
        (None, "1/kopia.pdf", "MAP123")
    ]
    assert statuses(mapped)[1] == ("1/kopia.pdf", "landed", False, "quarantine")


def test_twins_by_case_and_by_composition_stay_apart(tmp_path):
    names = ["1/Å.pdf", "1/A\u030a.pdf", "1/å.pdf"]
    records = [record(at, PATH=name) for at, name in enumerate(names)]
    mapped = run(
        tmp_path, [case()], records, [document(name, sha256=f"{at}" * 64) for at, name in enumerate(names)]
    )
    assert codes_of(mapped) == []
    assert {row["sha256"][0] for row in mapped.tables["file"].to_pylist()} == {"0", "1", "2"}


def test_a_document_that_two_objects_point_at_is_counted_once(tmp_path):
    mapped = run(
        tmp_path, [case(1), case(2)], [record(1, PATH="a"), record(2, of=2, PATH="a")], [document("a")]
    )
    assert [code for code, *_ in codes_of(mapped)] == ["MAP125"]
    assert mapped.tables["file"].num_rows == 2
    assert mapped.documents.num_rows == 1


def test_a_missing_document_that_two_rows_name_is_counted_once(tmp_path):
    mapped = run(tmp_path, [case(1), case(2)], [record(1, PATH="a"), record(2, of=2, PATH="a")], [])
    assert [row[:2] for row in statuses(mapped)] == [("a", "missing")]


def test_documents_by_a_value_and_own_names(tmp_path):
    text = BASE.replace("by: PATH, absent", "by: {from: PATH, clean: [forward_slashes]}, absent")
    text = text.replace("      content:", "      name: {from: RUBRIK}\n      content:")
    mapped = run(
        tmp_path,
        [case()],
        [record(1, PATH="1\\a.pdf"), record(2, PATH="b.pdf", RUBRIK=None)],
        [document("1/a.pdf"), document("b.pdf")],
        text=text,
    )
    assert sorted(row["name"] for row in mapped.tables["file"].to_pylist()) == ["Brev", "b.pdf"]


def test_shared_documents_are_found_but_not_accounted_here(tmp_path):
    from tests.mapping.kit import context, plan_for, world

    bucket, shared = world([case()], [record(1)], [document("1/1.pdf"), document("annan")])
    plan = plan_for(tmp_path, (bucket, shared))
    shared["d.DOK"] = bucket.pop("d.DOK")
    mapped = plan.execute(bucket, shared, context())
    assert one(mapped, "file")["size"] == 5
    assert (codes_of(mapped), mapped.documents.num_rows) == ([], 0)
