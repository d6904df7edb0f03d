"""Every operator and step of a value, on good and on bad data."""

import pytest
from tests.mapping.kit import BASE, FILES, case, codes_of, one, run, with_field

from leverans.errors import ConfigurationError


def title(tmp_path, line, **changes):
    mapped = run(tmp_path, [case(**changes)], text=with_field(f"title: {line}"))
    return one(mapped)["title"], codes_of(mapped)


def test_a_clean_case_has_no_verdicts(tmp_path):
    mapped = run(tmp_path, [case()])
    row = one(mapped)
    assert codes_of(mapped) == []
    assert row["title"] == "Ärende 1"
    assert (row["type"], row["status"]) == ("Tillstånd", "closed")
    assert (row["retention_rule"], row["retention_authority"]) == ("keep", "KS § 1")
    assert (row["partition"], row["creator"]) == ("2003", "Nämnden")
    assert (row["version"], row["digest"], row["kind"]) == (1, "", "caseFile")


@pytest.mark.parametrize(
    ("line", "changes", "expected"),
    [
        ("{from: TITLE}", {"TITLE": "x"}, "x"),
        ("{from: unit.NAMN}", {}, "Kansliet"),
        ("{constant: fast}", {}, "fast"),
        ("{constant: 12}", {}, "12"),
        ('{concat: [DNR, "/", TITLE]}', {"DNR": "a", "TITLE": "b"}, "a/b"),
        ("{concat: [{constant: Dnr}, DNR]}", {"DNR": "7"}, "Dnr7"),
        ("{concat: [DNR, TITLE], nulls: skip}", {"TITLE": None, "DNR": "7"}, "7"),
        ("{coalesce: [TITLE, PERSON]}", {"TITLE": "", "PERSON": "p"}, "p"),
        ("{coalesce: [TITLE, PERSON]}", {"TITLE": None, "PERSON": "p"}, "p"),
        ("{coalesce: [TITLE, {constant: sist}]}", {"TITLE": None}, "sist"),
        ("{choose: [{when: {VOID: {in: [N]}}, constant: n}, {otherwise: true, constant: o}]}", {}, "n"),
        ("{choose: [{when: {VOID: {in: [X]}}, constant: n}, {otherwise: true, from: DNR}]}", {}, "D 1"),
        ("{from: TITLE, clean: [strip]}", {"TITLE": "  x "}, "x"),
        ("{from: TITLE, clean: [collapse_space]}", {"TITLE": "a \u00a0\n b"}, "a b"),
        ("{from: TITLE, clean: [upper]}", {"TITLE": "åa"}, "ÅA"),
        ("{from: TITLE, clean: [lower]}", {"TITLE": "ÅA"}, "åa"),
        ("{from: TITLE, clean: [forward_slashes]}", {"TITLE": "a\\b"}, "a/b"),
        ("{from: TITLE, clean: [strip_leading_zeros]}", {"TITLE": "0070"}, "70"),
        ("{from: TITLE, clean: [strip_leading_zeros]}", {"TITLE": "000"}, "0"),
        ("{from: TITLE, clean: [nfc]}", {"TITLE": "a\u030a"}, "å"),
        ("{from: TITLE, match: '[A-ZÅÄÖ]+ \\d{4}'}", {"TITLE": "ÅR 2003"}, "ÅR 2003"),
        ("{from: TITLE, match: 'D(?P<year>\\d{4})-\\d+', group: year}", {"TITLE": "D2003-1"}, "2003"),
        ("{from: TITLE, type: int}", {"TITLE": "007"}, "7"),
        ("{from: TITLE, type: decimal}", {"TITLE": "-1.50"}, "-1.50"),
        ("{from: TITLE, type: decimal, decimal_mark: ','}", {"TITLE": "1,50"}, "1.50"),
        ("{from: TITLE, code: kind}", {"TITLE": "A"}, "Ansökan"),
        ("{from: TITLE, code: status}", {"TITLE": "1"}, "open"),
        ("{from: TITLE, code: term}", {"TITLE": "0320"}, "Avslag"),
        ("{lookup: plan, by: PROCESS, take: authority}", {"PROCESS": "P2"}, "KS § 2"),
        ("{lookup: plan, by: {constant: P1}, take: rule}", {}, "keep"),
        ("{from: TITLE, date: '%Y%m%d'}", {"TITLE": "20040229"}, "2004-02-29"),
        ("{from: TITLE, date: ['%Y%m%d', '%d.%m.%Y']}", {"TITLE": "02.04.2003"}, "2003-04-02"),
        ("{from: TITLE, date: '%-m/%-d/%Y'}", {"TITLE": "7/4/1996"}, "1996-07-04"),
        ("{from: TITLE, date: '%-m/%-d/%Y'}", {"TITLE": "12/08/1948"}, "1948-12-08"),
        ("{from: TITLE, datetime: '%Y-%-m-%-d %-H:%M'}", {"TITLE": "1997-1-2 9:05"}, "1997-01-02T09:05:00"),
        ("{from: TITLE, date: '%Y-%m-%d'}", {"TITLE": "0100-01-01"}, "0100-01-01"),
        ("{from: TITLE, date: '%Y-%m-%d'}", {"TITLE": "9999-12-31"}, "9999-12-31"),
        (
            "{from: TITLE, datetime: '%Y-%m-%d %H:%M:%S.%f'}",
            {"TITLE": "2003-04-02 09:18:37.123"},
            "2003-04-02T09:18:37.123",
        ),
        ("{from: TITLE, datetime: '%Y-%m-%d %H:%M'}", {"TITLE": "2003-04-02 09:18"}, "2003-04-02T09:18:00"),
        (
            "{from: TITLE, datetime: '%Y-%m-%dT%H:%M:%S%z'}",
            {"TITLE": "2003-04-02T09:18:37+0200"},
            "2003-04-02T09:18:37+02:00",
        ),
        (
            "{from: TITLE, datetime: '%Y-%m-%dT%H:%M:%S%z'}",
            {"TITLE": "2003-04-02T09:18:37Z"},
            "2003-04-02T09:18:37Z",
        ),
        ("{from: UNIT}", {}, "7"),
    ],
)
def test_operators(tmp_path, line, changes, expected):
    text = BASE.replace("    unique: [ref", f"      description: {line}\n    unique: [ref")
    if "TITLE" in line:
        text = text.replace("title: {from: TITLE, required: true}", "title: {constant: t}")
    mapped = run(tmp_path, [case(**changes)], text=text)
    assert (one(mapped)["description"], codes_of(mapped)) == (expected, [])


@pytest.mark.parametrize(
    ("line", "changes", "code"),
    [
        ("{from: TITLE, date: '%Y%m%d'}", {"TITLE": "2003-04-02"}, "MAP101"),
        ("{from: TITLE, date: '%Y%m%d'}", {"TITLE": "00000000"}, "MAP102"),
        ("{from: TITLE, date: '%-m/%-d/%Y'}", {"TITLE": "13/1/1996"}, "MAP102"),
        ("{from: TITLE, date: '%Y%m%d'}", {"TITLE": "19981301"}, "MAP102"),
        ("{from: TITLE, date: '%Y%m%d'}", {"TITLE": "19990229"}, "MAP102"),
        ("{from: TITLE, date: '%Y%m%d'}", {"TITLE": "19000229"}, "MAP102"),
        ("{from: TITLE, datetime: '%Y-%m-%d %H:%M'}", {"TITLE": "2003-04-02 24:00"}, "MAP102"),
        ("{from: TITLE, datetime: '%Y-%m-%d %H:%M%z'}", {"TITLE": "2003-04-02 20:00+19:00"}, "MAP102"),
        ("{from: TITLE, match: '\\d+'}", {"TITLE": "12a"}, "MAP103"),
        ("{from: TITLE, match: '\\d+'}", {"TITLE": "12\n"}, "MAP103"),
        ("{from: TITLE, type: int}", {"TITLE": "1.5"}, "MAP104"),
        ("{from: TITLE, type: int}", {"TITLE": ""}, "MAP104"),
        ("{from: TITLE, type: int}", {"TITLE": "1" * 19}, "MAP104"),
        ("{from: TITLE, type: decimal}", {"TITLE": "1,5"}, "MAP104"),
        ("{from: TITLE, code: kind}", {"TITLE": "C"}, "MAP105"),
        ("{from: TITLE, code: status}", {"TITLE": "001"}, "MAP105"),
        ("{from: TITLE, code: term}", {"TITLE": "0999"}, "MAP105"),
        ("{from: TITLE, code: term}", {"TITLE": ""}, "MAP105"),
        ("{from: TITLE, required: true}", {"TITLE": None}, "MAP106"),
        ("{from: TITLE}", {"TITLE": None}, "MAP106"),
        ("{from: TITLE, required: true}", {"TITLE": ""}, "MAP107"),
        ("{from: TITLE, null_if: ['-']}", {"TITLE": "-"}, "MAP106"),
        ("{concat: [DNR, TITLE]}", {"TITLE": None}, "MAP106"),
        ("{coalesce: [TITLE, PERSON]}", {"TITLE": "", "PERSON": ""}, "MAP106"),
        ("{lookup: plan, by: TITLE, take: rule}", {"TITLE": "P9"}, "MAP108"),
    ],
)
def test_bad_values_set_the_object_aside(tmp_path, line, changes, code):
    value, verdicts = title(tmp_path, line, **changes)
    assert verdicts == [(code, "quarantine", "case.title")]
    assert not value


@pytest.mark.parametrize(
    ("line", "value"),
    [
        ("opened: {from: OPENED, date: '%Y%m%d', on_error: null}", None),
        ("opened: {from: OPENED, date: '%Y%m%d', on_error: default, default: '2000-01-01'}", "2000-01-01"),
    ],
)
def test_a_policy_replaces_with_a_warning(tmp_path, line, value):
    text = BASE.replace('      opened: {from: OPENED, date: "%Y-%m-%d"}\n', f"      {line}\n")
    mapped = run(tmp_path, [case()], text=text)
    assert one(mapped)["opened"] == value
    assert codes_of(mapped) == [("MAP143", "warn", "case.opened")]


def test_fail_stops_the_run_with_the_line(tmp_path):
    text = with_field("title: {from: TITLE, type: int, on_error: fail}")
    with pytest.raises(ConfigurationError) as raised:
        run(tmp_path, [case(), case(2)], text=text)
    assert raised.value.code == "MAP190"
    line = text.split("\n").index("      title: {from: TITLE, type: int, on_error: fail}") + 1
    assert raised.value.where == f"mappings/x/m.yaml:{line}:7"
    assert "2 values" in raised.value.text("en")


@pytest.mark.parametrize(
    ("unmapped", "value", "verdicts"),
    [
        ("unmapped: null", None, [("MAP143", "warn", "case.type")]),
        ("unmapped: default, default: annat", "annat", [("MAP143", "warn", "case.type")]),
        ("unmapped: quarantine", None, [("MAP105", "quarantine", "case.type")]),
    ],
)
def test_an_unmapped_code_follows_its_table(tmp_path, unmapped, value, verdicts):
    text = BASE.replace("key: KOD, value: TERM}\n  plan", f"key: KOD, value: TERM, {unmapped}}}\n  plan")
    mapped = run(tmp_path, [case(KIND="X9")], text=text)
    assert (one(mapped)["type"], codes_of(mapped)) == (value, verdicts)


def test_types_that_differ_by_a_space_differ(tmp_path):
    only_b = BASE.replace('{in: [B, "B "]}', "{in: [B]}")
    assert codes_of(run(tmp_path, [case(KIND="0320")], text=only_b)) == [
        ("MAP105", "quarantine", "case.type")
    ]
    assert one(run(tmp_path, [case(KIND="0320")]))["type"] == "Avslag"


def test_a_code_with_two_meanings_is_no_answer(tmp_path):
    terms = [{"TYP": "B", "KOD": "0100", "TERM": "ett"}, {"TYP": "B ", "KOD": "0100", "TERM": "två"}]
    mapped = run(tmp_path, [case()], codes=terms)
    assert codes_of(mapped) == [("MAP109", "quarantine", "case.type")]
    assert one(mapped)["type"] is None
    same = [{"TYP": "B", "KOD": "0100", "TERM": "ett"}, {"TYP": "B ", "KOD": "0100", "TERM": "ett"}]
    assert codes_of(run(tmp_path, [case()], codes=same)) == []


def test_leading_zeros_live_in_code_tables(tmp_path):
    assert one(run(tmp_path, [case(STATUS="01")]))["status"] == "closed"
    assert one(run(tmp_path, [case(STATUS="1")]))["status"] == "open"


def test_a_value_inside_another_fails_where_it_is_used_only(tmp_path):
    line = (
        "title: {choose: [{when: {VOID: {in: [J]}}, from: TITLE, type: int}, {otherwise: true, from: DNR}]}"
    )
    mapped = run(tmp_path, [case(1), case(2, VOID="J", DNR="D2")], text=with_field(line))
    faults = [row for row in mapped.verdicts.to_pylist() if row["disposition"] == "quarantine"]
    assert [(row["key"], row["code"]) for row in faults] == [("2", "MAP104")]


def test_details_show_shapes_and_short_codes_only(tmp_path):
    mapped = run(
        tmp_path,
        [case(KIND="X9", TITLE="811218-9875 Åsa")],
        text=with_field("title: {from: TITLE, type: int}"),
    )
    details = {row["rule"]: row["detail"] for row in mapped.verdicts.to_pylist()}
    assert details == {"case.type": "X9", "case.title": "999999-9999 Aaa"}
    mapped = run(tmp_path, [case(KIND="811218-9875")])
    assert mapped.verdicts.to_pylist()[0]["detail"] == "999999-9999"


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("a\x07b", "MAP150"),
        ("a\x1bb", "MAP150"),
        ("a\x85b", "MAP150"),
        ("a\ufffdb", "MAP151"),
        ("AnsÃ¶kan", "MAP152"),
        ("fÃ¥r", "MAP152"),
        ("Ã…terkallat", "MAP152"),
        ("hon sade â€œja", "MAP152"),
    ],
)
def test_harmed_text_is_reported_and_kept(tmp_path, text, code):
    mapped = run(tmp_path, [case(TITLE=text)])
    assert codes_of(mapped) == [(code, "quarantine", "case.title")]
    assert one(mapped)["title"] == text


@pytest.mark.parametrize("text", ["å ä ö Å Ä Ö é ü", "rad\nrad\ttabb", "Ångström & Cø", "”citat” – streck…"])
def test_sound_text_is_left_alone(tmp_path, text):
    mapped = run(tmp_path, [case(TITLE=text)])
    assert (one(mapped)["title"], codes_of(mapped)) == (text, [])


def test_harm_in_parts_and_extras_is_seen(tmp_path):
    mapped = run(tmp_path, [case(PERSON="Ã…ke")], units=[{"ENH_ID": 7, "NAMN": "\x00"}])
    assert sorted(codes_of(mapped)) == [
        ("MAP150", "quarantine", "case.extra.Enhet"),
        ("MAP152", "quarantine", "case.agent.name"),
    ]


def test_a_very_long_title_passes(tmp_path):
    mapped = run(tmp_path, [case(TITLE="ö" * 5_000_000)])
    assert len(one(mapped)["title"]) == 5_000_000


def test_quoted_cells_and_a_marker_in_code_tables(tmp_path):
    csv = '\ufeffKOD;TERM\n01;"clo;sed\nof"\n1;"a ""b"""\n'
    files = FILES | {"mappings/x/codes/status.csv": csv}
    assert one(run(tmp_path, [case()], files=files))["status"] == "clo;sed\nof"
    assert one(run(tmp_path, [case(STATUS="1")], files=files))["status"] == 'a "b"'


def test_harm_in_a_piece_is_told_once(tmp_path):
    mapped = run(tmp_path, [case(TITLE="a\x07")], text=with_field('title: {concat: [DNR, " ", TITLE]}'))
    assert codes_of(mapped) == [("MAP150", "quarantine", "case.title")]


def test_a_pair_from_a_physical_table(tmp_path):
    text = BASE.replace(
        "{lookup: plan, by: PROCESS, take: [rule, authority]}",
        "{lookup: term, by: PROCESS, take: [TERM, TYP]}",
    )
    codes = [{"TYP": "B", "KOD": "0100", "TERM": "x"}]
    codes += [{"TYP": "B", "KOD": "P1", "TERM": "ett"}, {"TYP": "B ", "KOD": "P1", "TERM": "två"}]
    row = one(run(tmp_path, [case()], codes=codes[:2], text=text))
    assert (row["retention_rule"], row["retention_authority"]) == ("ett", "B")
    mapped = run(tmp_path, [case()], codes=codes, text=text)
    assert codes_of(mapped) == [("MAP109", "quarantine", "case.retention")]
    assert (one(mapped)["retention_rule"], one(mapped)["retention_authority"]) == (None, None)


@pytest.mark.parametrize(
    ("test", "matching"),
    [
        ("{in: [J]}", {"J"}),
        ("{in: [J, null]}", {"J", None}),
        ('{in: [""]}', {""}),
        ("{not_in: [J]}", {"", None, "N"}),
        ("{not_in: [J, null]}", {"", "N"}),
        ("{is_null: true}", {None}),
        ("{is_null: false}", {"J", "N", ""}),
        ("{empty: true}", {"", None}),
        ("{empty: false}", {"J", "N"}),
        ("{match: '[JK]'}", {"J"}),
    ],
)
def test_conditions(tmp_path, test, matching):
    line = f"title: {{choose: [{{when: {{VOID: {test}}}, constant: ja}}, {{otherwise: true, from: TITLE}}]}}"
    words = ["J", "N", "", None]
    mapped = run(tmp_path, [case(at, VOID=word) for at, word in enumerate(words)], text=with_field(line))
    titles = {row["key"]: row["title"] for row in mapped.tables["case"].to_pylist()}
    assert {word for at, word in enumerate(words) if titles[str(at)] == "ja"} == matching


@pytest.mark.parametrize("terms", [("Ce", None), (None, "Ce"), ("Ce", ""), ("Ce", "De")])
def test_rows_of_a_physical_code_table_that_contradict_each_other_are_no_answer(tmp_path, terms):
    """NULL beside a text is a doubt, too, in whatever order the rows lie; the same said twice is none."""
    rows = [{"TYP": "B", "KOD": "0100", "TERM": term} for term in terms]
    mapped = run(tmp_path, [case(1)], codes=rows)
    assert codes_of(mapped) == [("MAP109", "quarantine", "case.type")]
    same = run(tmp_path, [case(1)], codes=[rows[0], rows[0]])
    assert [code for code in codes_of(same) if code[0] == "MAP109"] == []


@pytest.mark.parametrize("types", [("B", "B "), ("B ", "B")])
def test_a_lookup_in_a_physical_table_is_doubtful_by_what_it_takes(tmp_path, types):
    """Two rows of one term and different types: the term is clear, the type is not."""
    rows = [{"TYP": kind, "KOD": "P1", "TERM": "10"} for kind in types]
    plan = "{lookup: plan, by: PROCESS, take: [rule, authority]}"
    text = BASE.replace(plan, "{lookup: term, by: PROCESS, take: [TERM, TYP]}")
    mapped = run(tmp_path, [case(KIND=None)], text=text, codes=rows)
    assert codes_of(mapped) == [("MAP109", "quarantine", "case.retention")]
    assert (one(mapped)["retention_rule"], one(mapped)["retention_authority"]) == (None, None)
    text = with_field("title: {coalesce: [{lookup: term, by: PROCESS, take: TERM}, TITLE]}")
    assert one(run(tmp_path, [case(KIND=None)], text=text, codes=rows))["title"] == "10"


def test_a_group_that_takes_nothing_is_null_as_in_a_split(tmp_path):
    line = "title: {coalesce: [{from: TITLE, match: 'KUL \\d{4}(?:/(?P<lop>\\d+))?', group: lop}, DNR]}"
    assert one(run(tmp_path, [case(TITLE="KUL 2003/7")], text=with_field(line)))["title"] == "7"
    assert one(run(tmp_path, [case(TITLE="KUL 2003")], text=with_field(line)))["title"] == "D 1"
    required = "title: {from: TITLE, match: 'KUL \\d{4}(?:/(?P<lop>\\d+))?', group: lop}"
    mapped = run(tmp_path, [case(TITLE="KUL 2003")], text=with_field(required))
    assert codes_of(mapped) == [("MAP106", "quarantine", "case.title")]


def test_an_empty_term_of_a_code_table_is_no_value(tmp_path):
    codes = [{"TYP": "B", "KOD": "0100", "TERM": ""}]
    mapped = run(tmp_path, [case()], codes=codes)
    assert (one(mapped)["type"], codes_of(mapped)) == (None, [])
