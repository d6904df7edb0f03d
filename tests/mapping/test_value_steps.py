"""Zones, numbers, splits, dated tables, identity numbers, patterns of documents, declared places."""

from datetime import UTC, datetime

import pytest
from tests.mapping.kit import BASE, FILES, case, codes_of, context, document, loaded, one, record, run

from leverans.errors import ConfigurationError
from leverans.mapping.tools.swedish import Names, columns, value_text

NBSP = "\u00a0"
THIN = "\u2009"
NARROW = "\u202f"


def described(tmp_path, line, **changes):
    """Make one value of a case beside the others, and give it with what was said about it."""
    text = BASE.replace("    unique: [ref", f"      description: {line}\n    unique: [ref")
    text = text.replace("title: {from: TITLE, required: true}", "title: {constant: t}")
    mapped = run(tmp_path, [case(**changes)], text=text)
    return one(mapped)["description"], [found[:2] for found in codes_of(mapped)]


ZONE = (
    "{{from: TITLE, datetime: ['%Y-%m-%d %H:%M:%S', '%Y-%m-%d %H:%M:%S%z', '%Y-%m-%d'], zone: {zone}{dst}}}"
)


@pytest.mark.parametrize(
    ("text", "zone", "expected"),
    [
        ("2003-01-02 09:18:37", "Europe/Stockholm", "2003-01-02T09:18:37+01:00"),
        ("2003-07-02 09:18:37", "Europe/Stockholm", "2003-07-02T09:18:37+02:00"),
        ("2003-03-30 01:59:59", "Europe/Stockholm", "2003-03-30T01:59:59+01:00"),
        ("2003-03-30 03:00:00", "Europe/Stockholm", "2003-03-30T03:00:00+02:00"),
        ("2003-10-26 01:59:59", "Europe/Stockholm", "2003-10-26T01:59:59+02:00"),
        ("2003-10-26 03:00:00", "Europe/Stockholm", "2003-10-26T03:00:00+01:00"),
        ("1970-01-01 00:00:00", "Europe/Stockholm", "1970-01-01T00:00:00+01:00"),
        ("2100-07-01 12:00:00", "Europe/Stockholm", "2100-07-01T12:00:00+02:00"),
        ("2003-07-02 09:18:37", "America/St_Johns", "2003-07-02T09:18:37-02:30"),
        ("2003-07-02 09:18:37", "UTC", "2003-07-02T09:18:37+00:00"),
        ("2003-03-30 02:30:00+05:00", "Europe/Stockholm", "2003-03-30T02:30:00+05:00"),
        ("2003-07-02", "Europe/Stockholm", "2003-07-02"),
        (None, "Europe/Stockholm", None),
    ],
)
def test_a_local_time_gets_the_offset_of_its_zone(tmp_path, text, zone, expected):
    assert described(tmp_path, ZONE.format(zone=zone, dst=""), TITLE=text) == (expected, [])


@pytest.mark.parametrize(
    ("text", "code", "earlier", "later"),
    [
        ("2003-03-30 02:00:00", "MAP201", "+02:00", "+01:00"),
        ("2003-03-30 02:59:59", "MAP201", "+02:00", "+01:00"),
        ("2003-10-26 02:00:00", "MAP202", "+02:00", "+01:00"),
        ("2003-10-26 02:59:59", "MAP202", "+02:00", "+01:00"),
    ],
)
def test_the_hours_of_the_change_are_findings_or_chosen(tmp_path, text, code, earlier, later):
    written = text.replace(" ", "T")
    zone = "Europe/Stockholm"
    assert described(tmp_path, ZONE.format(zone=zone, dst=""), TITLE=text) == (None, [(code, "quarantine")])
    for word, offset in (("earlier", earlier), ("later", later)):
        found = described(tmp_path, ZONE.format(zone=zone, dst=f", dst: {word}"), TITLE=text)
        assert found == (written + offset, [("MAP204", "warn")])


def test_the_chosen_moments_are_the_earlier_and_the_later_one(tmp_path):
    for text in ("2003-03-30 02:30:00", "2003-10-26 02:30:00"):
        moments = [
            datetime.fromisoformat(
                described(tmp_path, ZONE.format(zone="Europe/Stockholm", dst=f", dst: {word}"), TITLE=text)[0]
            )
            for word in ("earlier", "later")
        ]
        assert moments[0] < moments[1]


@pytest.mark.parametrize("text", ["1969-12-31 23:59:59", "0100-01-01 00:00:00", "9999-12-31 23:59:59"])
def test_of_times_without_certain_rules_no_offset_is_claimed(tmp_path, text):
    found = described(tmp_path, ZONE.format(zone="Europe/Stockholm", dst=", dst: later"), TITLE=text)
    assert found == (None, [("MAP203", "quarantine")])


@pytest.mark.parametrize(
    ("steps", "text", "expected"),
    [
        ("type: decimal, decimal_mark: ',', thousands: space", "1 234 567,50", "1234567.50"),
        ("type: decimal, decimal_mark: ',', thousands: space", f"1{NBSP}234,50", "1234.50"),
        ("type: decimal, decimal_mark: ',', thousands: space", f"1{NARROW}234{THIN}567", "1234567"),
        ("type: decimal, decimal_mark: ',', thousands: '.'", "-1.234,5", "-1234.5"),
        ("type: decimal, thousands: ','", "1,234.5", "1234.5"),
        ('type: decimal, thousands: "\'"', "1'234.5", "1234.5"),
        ("type: decimal, decimal_mark: ','", "\u22121,5", "-1.5"),
        ("type: int, thousands: space", f"12{NBSP}345", "12345"),
        ("type: int, thousands: '.'", "1.234", "1234"),
        ("type: int", "007", "7"),
        ("type: int", "-0", "0"),
        ("type: int", "9" * 18, "9" * 18),
        ("type: int", None, None),
    ],
)
def test_numbers_as_a_country_writes_them(tmp_path, steps, text, expected):
    assert described(tmp_path, f"{{from: TITLE, {steps}}}", TITLE=text) == (expected, [])


@pytest.mark.parametrize(
    ("steps", "text"),
    [
        ("type: decimal, decimal_mark: ',', thousands: space", "1 23,5"),
        ("type: decimal, decimal_mark: ',', thousands: space", "1  234"),
        ("type: decimal, decimal_mark: ',', thousands: space", "1234 567"),
        ("type: decimal, decimal_mark: ',', thousands: space", "1,234.5"),
        ("type: decimal, decimal_mark: ','", "1 234,5"),
        ("type: decimal, decimal_mark: ','", "1.5"),
        ("type: decimal, decimal_mark: ','", ",5"),
        ("type: decimal, decimal_mark: ','", "5,"),
        ("type: decimal", "1e5"),
        ("type: int, thousands: space", " 123"),
        ("type: int, thousands: space", "1 234 567 890 123 456 789"),
        ("type: int", "١٢"),
        ("type: int", ""),
    ],
)
def test_what_is_no_number_is_told(tmp_path, steps, text):
    assert described(tmp_path, f"{{from: TITLE, {steps}}}", TITLE=text) == (None, [("MAP104", "quarantine")])


@pytest.mark.parametrize(
    ("text", "expected"),
    [("260101", "2026-01-01"), ("260102", "1926-01-02"), ("991231", "1999-12-31"), ("000229", "2000-02-29")],
)
def test_a_year_of_two_digits_is_the_latest_not_after_the_delivery_s_day(tmp_path, text, expected):
    old = [("MAP209", "warn")] if expected < "1927" else []
    assert described(tmp_path, "{from: TITLE, date: '%y%m%d'}", TITLE=text) == (expected, old)


def test_the_day_that_years_are_counted_from_is_the_delivery_s(tmp_path):
    text = BASE.replace("title: {from: TITLE, required: true}", "title: {from: TITLE, date: '%y%m%d'}")
    for year, expected in ((2026, "1926-01-02"), (2027, "2026-01-02")):
        said = context(reference_time=datetime(year, 1, 1, tzinfo=UTC))
        assert said.as_of.year == year
        assert one(run(tmp_path, [case(TITLE="260102")], text=text, said=said))["title"] == expected


# split ------------------------------------------------------------------------------------------------------

SPLIT = (
    BASE.replace("    fields:\n      reference_code: {from: DNR}", "    split:\n      dnr: {by: DNR, match: '(?P<ar>\\d{4})(?P<nr>\\d{5})(?P<bilaga>[a-z])?'POLICY}\n    fields:\n      reference_code: {concat: [dnr.nr, \"/\", dnr.ar]}", 1)
    .replace("    extras:\n", "    extras:\n      Bilaga: {from: dnr.bilaga}\n")
)  # fmt: skip


def split(policy=""):
    return SPLIT.replace("POLICY", policy)


def test_one_text_becomes_several_fields(tmp_path):
    mapped = run(tmp_path, [case(DNR="201100167"), case(2, DNR="201100168b")], text=split())
    assert codes_of(mapped) == []
    found = {row["key"]: row["reference_code"] for row in mapped.tables["case"].to_pylist()}
    assert found == {"1": "00167/2011", "2": "00168/2011"}
    extras = [row["value"] for row in mapped.tables["extra"].to_pylist() if row["name"] == "Bilaga"]
    assert extras == ["b"]


def test_a_text_that_cannot_be_taken_apart_is_told_once(tmp_path):
    mapped = run(tmp_path, [case(DNR="2011/167")], text=split())
    assert codes_of(mapped) == [("MAP103", "quarantine", "case.split.dnr")]
    (verdict,) = mapped.verdicts.to_pylist()
    line = split().split("\n").index("    split:") + 2
    assert (verdict["key"], verdict["where"]) == ("1", f"mappings/x/m.yaml:{line}:7")
    assert verdict["detail"] == "9999/999"


def test_a_split_may_let_what_does_not_fit_be(tmp_path):
    text = split(", on_error: null").replace('{concat: [dnr.nr, "/", dnr.ar]}', "{coalesce: [dnr.nr, DNR]}")
    text = text.replace("      Bilaga: {from: dnr.bilaga}", "      Bilaga: {coalesce: [dnr.bilaga, dnr.ar]}")
    mapped = run(tmp_path, [case(DNR="x")], text=text)
    assert codes_of(mapped) == [("MAP143", "warn", "case.split.dnr")]
    assert one(mapped)["reference_code"] == "x"


def test_the_groups_of_a_split_join_condition_and_partition(tmp_path):
    text = split().replace("partition: {by: OPENED, take: year}", "partition: {by: dnr.ar}")
    text = text.replace(
        "      records: {entity: record, on: {ID: CASE}",
        "      records: {entity: record, on: {dnr.nr: RUBRIK}",
    )
    text = text.replace("{when: {SEKR: {in: [S]}}", '{when: {dnr.ar: {in: ["1999"]}}')
    text = text.replace(
        "HANDLING\n    key: [HID]\n    where",
        "HANDLING\n    key: [HID]\n    drop: {CASE: {technical: xx}}\n    where",
    )
    text = text.replace(
        '- {when: {SEKR: {in: [""]}}, none: true}', '- {when: {SEKR: {in: [""]}}, none: true}'
    )
    rows = [case(DNR="199900001", LAG="OSL 30 kap. 23 §"), case(2, DNR="201100002")]
    mapped = run(tmp_path, rows, [record(1, of=9, RUBRIK="00002")], text=text)
    cases = {row["key"]: row for row in mapped.tables["case"].to_pylist()}
    assert {key: row["partition"] for key, row in cases.items()} == {"1": "1999", "2": "2011"}
    (child,) = mapped.tables["record"].to_pylist()
    assert child["owner"] == cases["2"]["id"]
    laws = {
        row["owner"]: row["law"]
        for row in mapped.tables["restriction"].to_pylist()
        if row["axis"] == "secrecy"
    }
    assert laws == {cases["1"]["id"]: "OSL 30 kap. 23 §", cases["2"]["id"]: None}


def test_lineage_and_plain_words_name_the_text_that_was_split(tmp_path):
    from tests.mapping.kit import plan_for, world

    plan = plan_for(tmp_path, world([case()], [record(1)]), split())
    (line,) = [line for line in plan.lineage() if (line.entity, line.field) == ("case", "reference_code")]
    assert (line.stream, line.columns) == ("d.ARENDE", ("DNR",))
    assert line.operators[0].startswith("split ^(?:(?P<ar>")
    entity = plan.mapping.entities["case"]
    names = Names.of(entity.table, entity.joins, entity.splits)
    value = entity.fields["reference_code"]
    assert columns(value, names) == ["d.ARENDE.DNR (delen nr)", "d.ARENDE.DNR (delen ar)"]
    assert "delen nr" in value_text(value, names)


def test_a_part_splits_its_own_rows(tmp_path):
    text = BASE.replace(
        "    extras:\n",
        "    events:\n"
        "      - from: BREV\n"
        "        on: {ID: CASE}\n"
        "        split:\n"
        "          bit: {by: RUBRIK, match: '(?P<typ>[^:]*): (?P<text>.*)'}\n"
        "        drop: {HID: {technical: xx}, NR: {technical: xx}, DRAFT: {technical: xx}, PATH: {technical: xx}}\n"
        "        fields: {kind: {constant: event}, type: {from: bit.typ}, text: {from: bit.text}}\n"
        "    extras:\n",
    )  # fmt: skip
    from tests.mapping.kit import catalogues, table, world

    from leverans.mapping import bind

    bucket, shared = world([case()])
    rows = [record(1, RUBRIK="Möte: kort"), record(2, RUBRIK="utan")]
    bucket["d.BREV"] = table(rows, record(1))
    plan = bind(loaded(tmp_path, text), catalogues(bucket, shared))
    mapped = plan.execute(bucket, shared, context())
    assert [(row["type"], row["text"]) for row in mapped.tables["event"].to_pylist()] == [
        ("Möte", "kort"),
        (None, None),
    ]
    assert codes_of(mapped) == [("MAP103", "quarantine", "case.event.split.bit")]


# dated tables -----------------------------------------------------------------------------------------------

DATED = BASE.replace(
    '  plan: {file: "plan:ihp.csv", key: process}\n',
    '  plan: {file: "plan:ihp.csv", key: process}\n'
    "  namnd: {file: codes/namnd.csv, key: KOD, value: NAMN, valid: {from: FRAN, to: TILL}}\n",
).replace(
    "    unique: [ref",
    '      creator: {from: SEKR, code: namnd, at: {from: TITLE, null_if: [""], date: "%Y%m%d"}}\n    unique: [ref',
).replace("title: {from: TITLE, required: true}", "title: {constant: t}").replace(
    '        - {when: {SEKR: {in: [S]}}, law: {from: LAG}}\n        - {when: {SEKR: {in: [""]}}, none: true}',
    "        - {when: {LAG: {in: [S]}}, law: {from: LAG}}\n        - {otherwise: true, none: true}",
)  # fmt: skip
NAMND = "KOD;NAMN;FRAN;TILL\nBN;Byggnadsnämnden;;1992-12-31\nBN;Miljönämnden;1993-01-01;2016-12-31\nBN;SBN;2017-01-01;\nKS;Styrelsen;1990-01-01;\n"


def creator(tmp_path, code, day, table=NAMND, text=DATED):
    files = {"mappings/x/codes/namnd.csv": table}
    mapped = run(tmp_path, [case(SEKR=code, TITLE=day)], text=text, files=files)
    return one(mapped)["creator"], [found for found in codes_of(mapped) if found[2] == "case.creator"]


@pytest.mark.parametrize(
    ("code", "day", "name"),
    [
        ("BN", "18500101", "Byggnadsnämnden"),
        ("BN", "19921231", "Byggnadsnämnden"),
        ("BN", "19930101", "Miljönämnden"),
        ("BN", "20161231", "Miljönämnden"),
        ("BN", "20170101", "SBN"),
        ("BN", "99991231", "SBN"),
        ("KS", "19900101", "Styrelsen"),
        (None, "20170101", None),
        (None, None, None),
    ],
)
def test_the_row_that_held_on_the_day(tmp_path, code, day, name):
    assert creator(tmp_path, code, day) == (name, [])


@pytest.mark.parametrize(
    ("code", "day", "fault"),
    [
        ("KS", "19891231", "MAP205"),
        ("XX", "20170101", "MAP105"),
        ("BN", None, "MAP207"),
        ("BN", "", "MAP207"),
        ("BN", "19981301", "MAP102"),
    ],
)
def test_no_row_on_the_day_is_told_once_and_nothing_is_guessed(tmp_path, code, day, fault):
    assert creator(tmp_path, code, day) == (None, [(fault, "quarantine", "case.creator")])


def test_a_gap_that_is_allowed_sets_its_days_aside(tmp_path):
    table = "KOD;NAMN;FRAN;TILL\nBN;a;1990-01-01;1992-12-31\nBN;b;2000-01-01;\n"
    text = DATED.replace("to: TILL}", "to: TILL, gaps: allow}")
    assert creator(tmp_path, "BN", "19950101", table, text)[1] == [("MAP205", "quarantine", "case.creator")]
    assert creator(tmp_path, "BN", "20000101", table, text) == ("b", [])


PHYSICAL = DATED.replace(
    "namnd: {file: codes/namnd.csv, key: KOD, value: NAMN, valid: {from: FRAN, to: TILL}}",
    'namnd: {table: NAMND, key: KOD, value: NAMN, valid: {from: FRAN, to: TILL, date: "%Y%m%d"}}',
)


@pytest.mark.parametrize(
    ("rows", "day", "name", "fault"),
    [
        ([("a", "19900101", "19991231"), ("b", "20000101", None)], "20000101", "b", None),
        ([("a", "19900101", ""), ("b", "20000101", "20001231")], "20010101", "a", None),
        ([("a", "19900101", ""), ("b", "20000101", "20001231")], "20000601", None, "MAP206"),
        ([("a", "19900101", ""), ("a", "19900101", "")], "20000601", "a", None),
        ([("a", "19900101", ""), ("b", "x", "20001231")], "20010101", None, "MAP208"),
        ([("a", "20000101", "19990101")], "20010101", None, "MAP208"),
        ([("a", "20000101", "20010101")], "20010102", None, "MAP205"),
    ],
)
def test_a_dated_table_of_the_source(tmp_path, rows, day, name, fault):
    import pyarrow as pa
    from tests.mapping.kit import catalogues, world

    from leverans.mapping import bind

    bucket, shared = world([case(SEKR="BN", TITLE=day)])
    names = ("NAMN", "FRAN", "TILL")
    listed = [dict(zip(names, row, strict=True), KOD="BN") for row in rows]
    listed.append({"KOD": "AA", "NAMN": "annan", "FRAN": "18000101", "TILL": None})
    shared["d.NAMND"] = pa.Table.from_pylist(
        listed, pa.schema([(key, pa.string()) for key in (*names, "KOD")])
    )
    plan = bind(loaded(tmp_path, PHYSICAL), catalogues(bucket, shared))
    mapped = plan.execute(bucket, shared, context())
    wanted = [] if fault is None else [(fault, "quarantine", "case.creator")]
    assert (one(mapped)["creator"], [found for found in codes_of(mapped) if found[2] == "case.creator"]) == (
        name,
        wanted,
    )
    uses = {(use.column, use.use) for use in plan.column_ledger() if use.stream == "d.NAMND"}
    assert uses == {("KOD", "joined"), ("NAMN", "mapped"), ("FRAN", "conditioned"), ("TILL", "conditioned")}


def test_a_pair_from_a_dated_table_is_told_once(tmp_path):
    text = DATED.replace("value: NAMN, valid", "valid").replace(
        'creator: {from: SEKR, code: namnd, at: {from: TITLE, null_if: [""], date: "%Y%m%d"}}',
        'classification: {lookup: namnd, by: SEKR, at: {from: TITLE, date: "%Y%m%d"}, take: [KOD, NAMN]}',
    )
    files = {"mappings/x/codes/namnd.csv": NAMND}
    row = one(run(tmp_path, [case(SEKR="BN", TITLE="20000101")], text=text, files=files))
    assert (row["classification_code"], row["classification_title"]) == ("BN", "Miljönämnden")
    mapped = run(tmp_path, [case(SEKR="KS", TITLE="x")], text=text, files=files)
    assert codes_of(mapped) == [("MAP101", "quarantine", "case.classification")]


@pytest.mark.parametrize(
    ("table", "code", "line"),
    [
        ("BN;a;1990-01-01;1992-12-31\nBN;b;1992-12-31;\n", "MAP085", 3),
        ("BN;a;;\nBN;b;1992-12-31;1993-01-01\n", "MAP085", 3),
        ("BN;a;1990-01-01;1992-12-31\nBN;b;1993-01-02;\n", "MAP086", 3),
        ("BN;b;1993-01-02;\nBN;a;1990-01-01;1992-12-31\n", "MAP086", 2),
        ("BN;a;1990-01-01;1989-12-31\n", "MAP084", 2),
        ("BN;a;19900101;\n", "MAP084", 2),
        ("BN;a;1990-02-30;\n", "MAP084", 2),
    ],
)
def test_a_dated_file_without_seam_is_refused_before_any_row_is_read(tmp_path, table, code, line):
    files = {"mappings/x/codes/namnd.csv": "KOD;NAMN;FRAN;TILL\n" + table}
    with pytest.raises(ConfigurationError) as raised:
        loaded(tmp_path, DATED, FILES | files)
    assert [(one.code, one.where) for one in raised.value.problems] == [
        (code, f"mappings/x/codes/namnd.csv:{line}:1")
    ]


def test_the_digest_covers_every_row_of_a_dated_table(tmp_path):
    from leverans.mapping.binding import mapping_digest

    texts = [NAMND, NAMND.replace("Miljönämnden", "MN"), NAMND.replace("1993-01-01", "1993-01-01")]
    digests = [
        mapping_digest(loaded(tmp_path, DATED, FILES | {"mappings/x/codes/namnd.csv": text}))
        for text in texts
    ]
    assert digests[0] == digests[2] != digests[1]


# identity numbers -------------------------------------------------------------------------------------------

AGENT = BASE.replace("          name: {from: PERSON}\n", "          name: {from: PERSON}\n          id_number: {from: LAG, identity: WORDPOLICY}\n").replace(
    "        - {when: {SEKR: {in: [S]}}, law: {from: LAG}}\n", ""
)  # fmt: skip
# Personnummer and samordningsnummer of the Tax Agency's published test series; companies with a right digit.
PERSON, SHORT, COORDINATED = "200002292399", "000229-2399", "191401682396"


def digit(nine):
    total = sum(sum(divmod(int(sign) * (2 - at % 2), 10)) for at, sign in enumerate(nine))
    return nine + str(-total % 10)


COMPANY = digit("556000999")
MUNICIPAL = digit("212000999")


def agent(tmp_path, number, word="auto", policy=""):
    text = AGENT.replace("WORD", word).replace("POLICY", policy)
    mapped = run(tmp_path, [case(LAG=number)], text=text)
    row = one(mapped, "agent")
    return row["id_number"], row["id_number_type"], [found[:2] for found in codes_of(mapped)]


@pytest.mark.parametrize(
    ("number", "kind"),
    [
        (PERSON, "personnummer"),
        (SHORT, "personnummer"),
        (SHORT.replace("-", ""), "personnummer"),
        (COORDINATED, "samordningsnummer"),
        ("20100228TF12", "tf-nummer"),
        ("20100228T123", "tf-nummer"),
        (COMPANY, "organisationsnummer"),
        (f"{COMPANY[:6]}-{COMPANY[6:]}", "organisationsnummer"),
        (f"16{COMPANY}", "organisationsnummer"),
        (f"16{MUNICIPAL[:6]}-{MUNICIPAL[6:]}", "organisationsnummer"),
        (f" {PERSON} ", "personnummer"),
        (None, None),
    ],
)
def test_a_number_tells_its_class_and_stays_as_it_is(tmp_path, number, kind):
    assert agent(tmp_path, number) == (number, kind, [])


@pytest.mark.parametrize(
    ("number", "word", "code"),
    [
        ("okänd", "auto", "MAP211"),
        ("", "auto", "MAP211"),
        ("19811218", "auto", "MAP211"),
        (f"16{PERSON[2:]}", "auto", "MAP211"),
        ("198113319876", "auto", "MAP211"),
        ("198102309870", "auto", "MAP212"),
        ("202612189876", "auto", "MAP212"),
        ("200002292390", "auto", "MAP213"),
        (COMPANY[:9] + str((int(COMPANY[9]) + 1) % 10), "auto", "MAP213"),
        (COORDINATED, "personnummer", "MAP214"),
        (PERSON, "samordningsnummer", "MAP214"),
        (PERSON, "organisationsnummer", "MAP214"),
        (COMPANY, "personnummer", "MAP214"),
        (PERSON, "tf", "MAP214"),
    ],
)
def test_a_wrong_number_is_a_finding_and_the_raw_value_is_kept(tmp_path, number, word, code):
    if number == "198113319876":
        code = "MAP212"
    found, kind, verdicts = agent(tmp_path, number, word)
    assert (found, verdicts) == (number, [(code, "quarantine")])
    assert (kind is None) == (code != "MAP214")
    assert agent(tmp_path, number, word, ", on_error: keep")[::2] == (number, [(code, "warn")])
    assert agent(tmp_path, number, word, ", on_error: null")[::2] == (None, [("MAP143", "warn")])


def test_the_class_goes_through_a_choice_and_a_type_of_the_mapping_stands(tmp_path):
    choice = "{choose: [{when: {VOID: {in: [N]}}, from: LAG, identity: personnummer}, {otherwise: true, from: DNR, on_error: keep, identity: auto}]}"
    text = AGENT.replace("{from: LAG, identity: WORDPOLICY}", choice)
    mapped = run(tmp_path, [case(LAG=PERSON), case(2, VOID="J", DNR=COMPANY)], text=text)
    kinds = {row["id_number"]: row["id_number_type"] for row in mapped.tables["agent"].to_pylist()}
    assert kinds == {PERSON: "personnummer", COMPANY: "organisationsnummer"}
    text = AGENT.replace("WORDPOLICY", "auto").replace(
        "          id_number:", "          id_number_type: {constant: x}\n          id_number:"
    )
    assert one(run(tmp_path, [case(LAG=PERSON)], text=text), "agent")["id_number_type"] == "x"


def test_a_number_is_never_shown(tmp_path):
    text = AGENT.replace("WORDPOLICY", "auto")
    mapped = run(tmp_path, [case(LAG="198112189877")], text=text)
    assert "198112189877" not in str(mapped.verdicts.to_pylist())


# documents by pattern ---------------------------------------------------------------------------------------

PATTERN = BASE.replace(
    "{document: DOK, by: PATH, absent: skip}",
    "{document: DOK, by: PATH, pattern: '(?:.*/)?(?P<key>\\d+)_[^/]*', absent: skip}",
)


def test_a_document_is_found_by_what_its_name_holds(tmp_path):
    documents = [document("a/17_Ansökan.pdf"), document("17/annat.pdf"), document("a/117_x.pdf")]
    mapped = run(tmp_path, [case()], [record(1, PATH="17")], documents, text=PATTERN)
    row = one(mapped, "file")
    assert (row["name"], row["reference"]) == ("17_Ansökan.pdf", "a/17_Ansökan.pdf")
    assert sorted(found[0] for found in codes_of(mapped)) == ["MAP123", "MAP123"]


def test_several_documents_are_no_answer_and_all_are_accounted_for(tmp_path):
    documents = [document("a/17_a.pdf"), document("b/17_b.pdf"), document("18_c.pdf")]
    mapped = run(
        tmp_path,
        [case(), case(2)],
        [record(1, PATH="17"), record(2, of=2, PATH="18")],
        documents,
        text=PATTERN,
    )
    assert codes_of(mapped) == [("MAP216", "quarantine", "file.content")]
    owner = {row["key"]: row["id"] for row in mapped.tables["case"].to_pylist()}
    roots = {row["ref"]: row["root"] for row in mapped.documents.to_pylist()}
    assert roots == {"a/17_a.pdf": owner["1"], "b/17_b.pdf": owner["1"], "18_c.pdf": owner["2"]}


def test_no_document_fits(tmp_path):
    mapped = run(tmp_path, [case()], [record(1, PATH="17")], [], text=PATTERN)
    assert codes_of(mapped) == [("MAP120", "quarantine", "file.content")]
    assert [(row["ref"], row["status"]) for row in mapped.documents.to_pylist()] == [("17", "missing")]


# declared places --------------------------------------------------------------------------------------------

PAPER = {
    "paper": [
        {"series": "F1a", "place": "Centralarkivet", "when": {"KIND": {"in": ["0100"]}}, "by": "stadsarkivarien", "date": "2024-05-02"},
        {"series": "F1b", "place": "Källaren", "when": {"unit.NAMN": {"in": ["Kansliet"]}}, "by": "stadsarkivarien", "date": "2024-05-02", "reference": "KS 2024/12"},
    ]
}  # fmt: skip


def test_paper_only_cases_get_the_declared_place_of_their_series(tmp_path):
    rows = [case(), case(2), case(3, KIND="0320"), case(4, KIND="0320", UNIT=9)]
    records = [record(1), record(2, of=2, PATH=None)]
    text = BASE.replace(
        "    extras:\n", "    locations:\n      - fields: {place: {from: LAG}}\n    extras:\n"
    )
    rows.append(case(5, LAG="hylla 7"))
    mapped = run(tmp_path, rows, records, text=text, overlay=PAPER)
    cases = {row["id"]: row["key"] for row in mapped.tables["case"].to_pylist()}
    places = {
        cases[row["owner"]]: (row["place"], row["basis"]) for row in mapped.tables["location"].to_pylist()
    }
    assert places == {
        "2": ("F1a, Centralarkivet", "declared"),
        "3": ("F1b, Källaren", "declared"),
        "5": ("hylla 7", "source"),
    }
    told = [(row["key"], row["code"], row["disposition"]) for row in mapped.verdicts.to_pylist()]
    assert told == [("4", "MAP215", "warn")]


def test_without_a_declaration_nothing_is_said(tmp_path):
    assert codes_of(run(tmp_path, [case()])) == []


def test_a_document_that_is_only_listed_as_missing_is_no_paper(tmp_path):
    mapped = run(tmp_path, [case()], [record(1)], [], overlay=PAPER)
    assert codes_of(mapped) == [("MAP120", "quarantine", "file.content")]
    assert len(mapped.tables["location"]) == 0
