"""Objects from rows: identities, joins, children, rules, partition, creators; what goes wrong with each."""

import json
from datetime import date

import pytest
from tests.mapping.kit import BASE, case, codes_of, context, one, record, run

from leverans.model import SCHEMAS, assemble, disassemble
from leverans.trust import object_id


def verdicts(mapped, disposition="quarantine"):
    return sorted(
        (row["key"], row["code"])
        for row in mapped.verdicts.to_pylist()
        if row["disposition"] == disposition and row["root"] is not None
    )


def test_tables_have_the_model_s_schemas_and_become_objects(tmp_path):
    mapped = run(tmp_path, [case(1), case(2)], [record(2), record(1), record(3, of=2)])
    assert {name: table.schema for name, table in mapped.tables.items()} == SCHEMAS
    objects = list(assemble(mapped.tables))
    assert [len(found.records) for found in objects] == [2, 1]
    assert [found.number for found in objects[0].records] == [1, 2]
    again = disassemble(objects)
    assert again["record"].num_rows == 3


def test_object_ids_are_those_of_trust(tmp_path):
    mapped = run(tmp_path, [case(1)], [record(9)])
    assert one(mapped)["id"] == object_id("y", "diariet", "case", ["1"])
    assert one(mapped, "record")["id"] == object_id("y", "diariet", "record", ["h9"])
    assert one(mapped, "file")["id"] == object_id("y", "diariet", "file", ["h9"])
    named = BASE.replace("source: d\n", "source: d\nsystem: annat\n")
    assert one(run(tmp_path, [case(1)], text=named))["id"] == object_id("y", "annat", "case", ["1"])


def test_a_personal_key_never_shows(tmp_path):
    text = BASE.replace("    key: [ID]\n", "    key: [DNR]\n    personal: true\n")
    text = text.replace("drop:\n      TOUCHED", "drop:\n      TOUCHED", 1)
    number = "19811218-9875"
    rows = [case(1, DNR=number, KIND="X9"), case(2, DNR=number), case(3, DNR="19900101-1234")]
    mapped = run(tmp_path, rows, [record(1, HID=f"{number}-1"), record(8, of=77, HID=number)], text=text)
    assert one(run(tmp_path, [rows[2]], text=text))["key"].startswith("p-")
    for table in (mapped.rows, mapped.verdicts):
        assert number not in str(table.to_pylist())
        assert "1990" not in str(table.to_pylist())
    for name in ("case", "record", "file"):
        for row in mapped.tables[name].to_pylist():
            assert row["key" if name != "file" else "id"] not in {number, f"{number}-1"}
    ids = {row["id"] for row in mapped.tables["case"].to_pylist()}
    assert object_id("y", "diariet", "case", [number]) not in ids
    assert all(identifier[14] == "8" for identifier in ids)
    assert all(row["key"].startswith("p-") for row in mapped.tables["row"].to_pylist())


def test_two_rows_with_one_key_are_one_object_set_aside(tmp_path):
    mapped = run(tmp_path, [case(1), case(1, DNR="annat"), case(2)])
    assert verdicts(mapped) == [("1", "MAP113"), ("1", "MAP113")]
    assert mapped.tables["case"].num_rows == 2
    roles = sorted(row["role"] for row in mapped.rows.to_pylist())
    assert roles == ["object", "object", "part_of"]


def test_a_root_without_a_key_is_a_row_by_itself(tmp_path):
    mapped = run(tmp_path, [case(1), case(2, ID=None)])
    loose = [row for row in mapped.rows.to_pylist() if row["root"] is None]
    assert [row["disposition"] for row in loose] == ["quarantine"]
    assert [(row["root"], row["code"]) for row in mapped.verdicts.to_pylist()] == [(None, "MAP114")]


def test_a_value_that_must_be_unique_sets_both_aside(tmp_path):
    mapped = run(tmp_path, [case(1, DNR="D"), case(2, DNR="D"), case(3)])
    assert verdicts(mapped) == [("1", "MAP100"), ("2", "MAP100")]


@pytest.mark.parametrize(("missing", "expected"), [("null", []), ("quarantine", [("1", "MAP110")])])
def test_a_joined_row_that_is_not_there(tmp_path, missing, expected):
    text = BASE.replace("missing: null", f"missing: {missing}")
    mapped = run(tmp_path, [case(1, UNIT=8)], text=text)
    assert verdicts(mapped) == expected
    assert mapped.tables["extra"].num_rows == 0
    assert verdicts(run(tmp_path, [case(1, UNIT=None)], text=text)) == expected


def test_what_a_missing_join_would_have_brought_is_no_news(tmp_path):
    text = BASE.replace("missing: null", "missing: quarantine").replace(
        "{from: TITLE, required", "{coalesce: [unit.NAMN], required"
    )
    text = text.replace("TOUCHED: {", "TITLE: {technical: xx}\n      TOUCHED: {")
    assert verdicts(run(tmp_path, [case(1, UNIT=8)], text=text)) == [("1", "MAP110")]


def test_a_join_that_multiplies_sets_the_object_aside(tmp_path):
    units = [{"ENH_ID": 7, "NAMN": "a"}, {"ENH_ID": 7, "NAMN": "b"}, {"ENH_ID": 8, "NAMN": "c"}]
    mapped = run(tmp_path, [case(1), case(2, UNIT=8)], units=units)
    assert verdicts(mapped) == [("1", "MAP111")]
    assert [row["value"] for row in mapped.tables["extra"].to_pylist()] == ["c"]


SELF = """
      register: {table: HANDLING, on: {ID: CASE}, where: {NR: {in: ["0"]}}, cardinality: one_to_one, missing: quarantine}
    fields:"""
REGISTER = BASE.replace("\n    fields:", SELF, 1).replace(
    "on: {ID: CASE}, order", 'on: {ID: CASE}, where: {NR: {not_in: ["0"]}}, order'
)


def test_one_table_can_be_the_case_s_row_and_its_records(tmp_path):
    mapped = run(tmp_path, [case(1)], [record(0, PATH=""), record(1), record(2)], text=REGISTER)
    assert codes_of(mapped) == []
    assert [row["number"] for row in mapped.tables["record"].to_pylist()] == [1, 2]
    roles = {(row["stream"], row["role"]) for row in mapped.rows.to_pylist()}
    assert roles == {("d.ARENDE", "object"), ("d.HANDLING", "part_of")}
    assert mapped.rows.num_rows == 4


def test_objects_that_share_a_one_to_one_row(tmp_path):
    text = REGISTER.replace(
        "register: {table: HANDLING, on: {ID: CASE}", "register: {table: HANDLING, on: {UNIT: CASE}"
    )
    mapped = run(tmp_path, [case(1), case(2)], [record(0, of=7, PATH="")], text=text)
    assert verdicts(mapped) == [("1", "MAP112"), ("2", "MAP112")]
    owners = {row["root"] for row in mapped.rows.to_pylist() if row["stream"] == "d.HANDLING"}
    assert owners == {min(row["id"] for row in mapped.tables["case"].to_pylist())}


def test_orphans_are_rows_set_aside(tmp_path):
    mapped = run(tmp_path, [case(1)], [record(1), record(2, of=99)])
    found = [(row["root"], row["key"], row["code"]) for row in mapped.verdicts.to_pylist()]
    assert found == [(None, "1/2.pdf", "MAP123"), (None, "h2", "MAP115")] or found == [
        (None, "99/2.pdf", "MAP123"),
        (None, "h2", "MAP115"),
    ]
    place = next(row["where"] for row in mapped.verdicts.to_pylist() if row["code"] == "MAP115")
    line = BASE.split("\n").index("      records: {entity: record, on: {ID: CASE}, order: [NR]}") + 1
    assert place == f"mappings/x/m.yaml:{line}:7"
    assert [row["disposition"] for row in mapped.rows.to_pylist() if row["key"] == "h2"] == ["quarantine"]


def test_a_child_with_several_parents_sets_them_aside(tmp_path):
    text = BASE.replace("on: {ID: CASE}", "on: {UNIT: CASE}")
    mapped = run(tmp_path, [case(1), case(2)], [record(1, of=7)], text=text)
    assert verdicts(mapped) == [("1", "MAP116"), ("2", "MAP116")]
    assert mapped.tables["record"].num_rows == 1


def test_children_with_one_key_set_the_object_aside(tmp_path):
    mapped = run(tmp_path, [case(1)], [record(1), record(1, PATH="1/b.pdf")])
    assert set(verdicts(mapped)) == {("h1", "MAP113")}
    assert mapped.tables["record"].num_rows == 1
    mapped = run(tmp_path, [case(1)], [record(1, HID=None)])
    assert verdicts(mapped) == [("", "MAP114")]


def test_void_and_exclude_by_named_rules(tmp_path):
    mapped = run(tmp_path, [case(1, VOID="J"), case(2)], [record(1)])
    assert [
        (row["key"], row["code"], row["rule"], row["disposition"]) for row in mapped.verdicts.to_pylist()
    ] == [("1", "MAP141", "makulerat", "void")]
    assert mapped.tables["case"].num_rows == 2
    mapped = run(tmp_path, [case(1, VOID="J")], text=BASE.replace("otherwise: void", "otherwise: exclude"))
    assert codes_of(mapped) == [("MAP140", "exclude", "makulerat")]


def test_an_excluded_record_leaves_with_its_document(tmp_path):
    mapped = run(tmp_path, [case(1)], [record(1), record(2, DRAFT="1")])
    assert codes_of(mapped) == [("MAP140", "exclude", "utkast")]
    assert mapped.tables["record"].num_rows == mapped.tables["file"].num_rows == 1
    (row,) = [row for row in mapped.rows.to_pylist() if row["disposition"]]
    assert (row["key"], row["root"], row["disposition"]) == ("h2", None, "exclude")
    gone = [row for row in mapped.documents.to_pylist() if row["disposition"]]
    assert [(row["ref"], row["disposition"]) for row in gone] == [("1/2.pdf", "exclude")]
    assert "h2" not in str(mapped.tables["row"].to_pylist())


def test_order_is_by_number_and_nulls_first(tmp_path):
    text = BASE.replace("order: [NR]", "order: [RUBRIK]")
    words = ["10", "9", "b", "a", "", "2"]
    mapped = run(
        tmp_path, [case(1)], [record(at, RUBRIK=word or None) for at, word in enumerate(words)], text=text
    )
    assert [row["title"] for row in mapped.tables["record"].to_pylist()] == [None, "2", "9", "10", "a", "b"]
    assert [row["seq"] for row in mapped.tables["record"].to_pylist()] == list(range(6))


@pytest.mark.parametrize(
    ("opened", "partition", "code"),
    [
        ("2003-04-02", "2003", None),
        ("2003", "2003", "MAP101"),
        ("2003-04-02 10:00", "2003", "MAP101"),
        ("2003-02-30", None, "MAP130"),
        ("20030402", None, "MAP130"),
        ("", None, "MAP130"),
        (None, None, "MAP130"),
    ],
)
def test_partition_by_year(tmp_path, opened, partition, code):
    mapped = run(tmp_path, [case(1, OPENED=opened)])
    assert one(mapped)["partition"] == partition
    assert (code in {row[1] for row in verdicts(mapped)}) == (code is not None)


def test_partition_by_a_value(tmp_path):
    text = BASE.replace("{by: OPENED, take: year}", "{by: PROCESS}")
    assert one(run(tmp_path, [case(1)], text=text))["partition"] == "P1"
    for first, outside in ((2000, []), (2010, [("1", "MAP131")])):
        mapped = run(tmp_path, [case(1)], text=text, said=context(period=(date(first, 1, 1), None)))
        assert verdicts(mapped) == outside, "no date in the partition: by the day it was opened"


@pytest.mark.parametrize(
    ("period", "outside"),
    [
        ((date(2003, 4, 2), date(2003, 4, 2)), False),
        ((date(2003, 4, 3), None), True),
        ((None, date(2003, 4, 1)), True),
        ((None, None), False),
    ],
)
def test_the_period_of_the_agreement(tmp_path, period, outside):
    mapped = run(tmp_path, [case(1)], said=context(period=period))
    assert verdicts(mapped) == ([("1", "MAP131")] if outside else [])


@pytest.mark.parametrize(
    ("opened", "name"),
    [
        ("1990-01-01", "A"),
        ("1999-12-31", "A"),
        ("2000-01-01", "B"),
        ("1989-12-31", None),
        ("2005-06-01", None),
    ],
)
def test_the_creator_by_the_case_s_date(tmp_path, opened, name):
    creators = (("B", date(2000, 1, 1), date(2004, 12, 31)), ("A", date(1990, 1, 1), date(1999, 12, 31)))
    mapped = run(tmp_path, [case(1, OPENED=opened)], said=context(creators=creators))
    assert one(mapped)["creator"] == name
    assert verdicts(mapped) == ([] if name else [("1", "MAP132")])


def test_rows_travel_as_canonical_json(tmp_path):
    odd = 'a"b\\c\nå\x01\u2028'
    mapped = run(tmp_path, [case(1, TITLE=odd, SKYDD=None)], [record(1)])
    rows = mapped.tables["row"].to_pylist()
    assert [(row["stream"], row["key"], row["seq"]) for row in rows] == [
        ("d.ARENDE", "1", 0),
        ("d.HANDLING", "h1", 1),
    ]
    assert {row["owner"] for row in rows} == {one(mapped)["id"]}
    plain = case(1, TITLE=odd, SKYDD=None)
    assert rows[0]["json"] == json.dumps(plain, sort_keys=True, ensure_ascii=False, separators=(",", ":"))


def test_events_carry_the_row_s_key_and_null_and_empty_stay_apart(tmp_path):
    part = """    events:
      - from: HANDLING
        on: {ID: CASE}
        where: {DRAFT: {in: ["9"]}}
        order: [NR]
        fields: {kind: {constant: event}, text: {from: RUBRIK}}
    extras:"""
    text = BASE.replace("    extras:", part, 1)
    mapped = run(
        tmp_path,
        [case(1)],
        [record(2, DRAFT="9", RUBRIK="", PATH=None), record(1, DRAFT="9", RUBRIK=None, PATH=None)],
        text=text,
    )
    found = [(row["key"], row["text"], row["seq"]) for row in mapped.tables["event"].to_pylist()]
    assert found == [("h1", None, 0), ("h2", "", 1)]


def test_grandchildren_hang_on_the_case_through_a_join(tmp_path):
    import pyarrow as pa
    from tests.mapping.kit import catalogues, loaded, world

    from leverans.mapping import bind

    part = """    agents:
      - from: ROLL
        join:
          brev: {table: HANDLING, on: {BREV: HID}, cardinality: many_to_one}
        on: {ID: brev.CASE}
        order: [ORD]
        fields: {type: {from: TYP}, name: {concat: [brev.RUBRIK, " ", NAMN], nulls: skip, clean: [strip]}}"""
    text = BASE.replace("    agents:", part, 1)
    bucket, shared = world([case(1), case(2)], [record(1), record(2, of=2)])
    bucket["d.ROLL"] = pa.table(
        {"BREV": ["h1", "h2", "h9"], "TYP": ["sender"] * 3, "NAMN": ["Bo", None, "x"], "ORD": ["1", "2", "3"]}
    )
    plan = bind(loaded(tmp_path, text), catalogues(bucket, shared))
    mapped = plan.execute(bucket, shared, context())
    names = sorted(row["name"] for row in mapped.tables["agent"].to_pylist() if row["type"] == "sender")
    assert names == ["Brev", "Brev Bo"]
    assert [(row["stream"], row["code"]) for row in mapped.verdicts.to_pylist()] == [("d.ROLL", "MAP115")]


def test_rows_of_a_table_that_is_left_are_excluded_if_they_come(tmp_path):
    import pyarrow as pa
    from tests.mapping.kit import catalogues, loaded, world

    from leverans.mapping import bind

    bucket, shared = world([case(1)])
    bucket["d.LOGG"] = pa.table({"TEXT": ["a", "b"]})
    mapped = bind(loaded(tmp_path), catalogues(bucket, shared)).execute(bucket, shared, context())
    left = [row for row in mapped.rows.to_pylist() if row["stream"] == "d.LOGG"]
    assert [row["disposition"] for row in left] == ["exclude", "exclude"]
    assert len({row["key"] for row in left}) == 2
    assert codes_of(mapped) == [("MAP142", "exclude", "leave")] * 2


def test_an_empty_bucket(tmp_path):
    mapped = run(tmp_path, [])
    assert {name: table.schema for name, table in mapped.tables.items()} == SCHEMAS
    assert mapped.rows.num_rows == mapped.documents.num_rows == mapped.verdicts.num_rows == 0


def test_streams_that_the_bucket_does_not_hold_are_empty(tmp_path):
    from tests.mapping.kit import catalogues, loaded, world

    from leverans.mapping import bind

    bucket, shared = world([case(1)])
    plan = bind(loaded(tmp_path), catalogues(bucket, shared))
    mapped = plan.execute({"d.ARENDE": bucket["d.ARENDE"]}, shared, context())
    assert mapped.tables["case"].num_rows == 1
    assert plan.execute({}, {}, context()).rows.num_rows == 0


def test_a_personal_root_makes_all_below_personal_and_a_record_may_be_so_alone(tmp_path):
    root_only = BASE.replace("    key: [ID]\n", "    key: [ID]\n    personal: true\n")
    below_only = BASE.replace("    key: [HID]\n", "    key: [HID]\n    personal: true\n", 1)
    mapped = run(tmp_path, [case(1)], [record(1)], text=root_only)
    assert one(mapped, "record")["id"][14] == one(mapped, "file")["id"][14] == "8"
    assert one(mapped, "record")["key"].startswith("p-")
    mapped = run(tmp_path, [case(1)], [record(1)], text=below_only)
    assert (one(mapped)["id"][14], one(mapped, "record")["id"][14]) == ("5", "8")
    assert one(mapped, "record")["key"].startswith("p-")
    assert one(mapped)["key"] == "1"


def test_a_row_that_becomes_two_records_is_a_double(tmp_path):
    text = BASE.replace(
        "    drop:\n      TOUCHED", "      igen: {entity: record, on: {ID: CASE}}\n    drop:\n      TOUCHED"
    )
    mapped = run(tmp_path, [case(1)], [record(1)], text=text)
    assert verdicts(mapped) == [("h1", "MAP113")]
    assert mapped.tables["record"].num_rows == mapped.tables["file"].num_rows == 1
    assert mapped.rows.num_rows == 2
