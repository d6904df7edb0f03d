"""Broken values, splits, dated tables and declarations, each at its place, before any row is read."""

import pytest
from tests.mapping.kit import case, loaded, plan_for, record, world
from tests.mapping.test_broken import broken, check

from leverans.errors import ConfigurationError

OPENED = 'opened: {from: OPENED, date: "%Y-%m-%d"}'
TITLE = "{from: TITLE, required: true}"
STATUS = "  status: {file: codes/status.csv, key: KOD, value: TERM}\n"
FIELDS = "    fields:\n      reference_code: {from: DNR}"
CONTENT = "{document: DOK, by: PATH, absent: skip}"

FIRST_LAYER = {
    "zone that is not there": (OPENED, 'opened: {from: OPENED, datetime: "%Y-%m-%d %H:%M", §zone: Europe/Falun}', ["MAP080"]),
    "zone that is a path": (OPENED, 'opened: {from: OPENED, datetime: "%Y-%m-%d %H:%M", §zone: ../Stockholm}', ["MAP080"]),
    "zone of a date": (OPENED, 'opened: {from: OPENED, date: "%Y-%m-%d", §zone: Europe/Stockholm}', ["MAP020"]),
    "zone beside offsets": (OPENED, 'opened: {from: OPENED, datetime: "%Y-%m-%d %H:%M%z", §zone: Europe/Stockholm}', ["MAP020"]),
    "dst without a zone": (OPENED, 'opened: {from: OPENED, datetime: "%Y-%m-%d %H:%M", §dst: later}', ["MAP020"]),
    "unknown dst": (OPENED, 'opened: {from: OPENED, datetime: "%Y-%m-%d %H:%M", zone: Europe/Stockholm, §dst: guess}', ["MAP004"]),
    "year twice in a layout": (OPENED, 'opened: {from: OPENED, §date: "%Y%y%m%d"}', ["MAP007"]),
    "thousands of a text": (TITLE, "{from: TITLE, §thousands: space}", ["MAP020"]),
    "thousands as decimals": (TITLE, "{from: TITLE, type: decimal, decimal_mark: ',', §thousands: ','}", ["MAP081"]),
    "thousands as the point that decimals have": (TITLE, "{from: TITLE, type: decimal, §thousands: '.'}", ["MAP081"]),
    "unknown mark of thousands": (TITLE, "{from: TITLE, type: int, §thousands: _}", ["MAP004"]),
    "decimal mark of a whole number": (TITLE, "{from: TITLE, type: int, §decimal_mark: ','}", ["MAP020"]),
    "unknown kind of identity": (TITLE, "{from: TITLE, §identity: passport}", ["MAP004"]),
    "identity and type": (TITLE, "{from: TITLE, type: int, §identity: auto}", ["MAP005"]),
    "keep without identity": (TITLE, "{from: TITLE, §on_error: keep}", ["MAP020"]),
    "no length": (TITLE, "{from: TITLE, §max_length: 0}", ["MAP003"]),
    "unknown word for harmed text": (TITLE, "{from: TITLE, §harmed: mend}", ["MAP004"]),
    "split without a name": (FIELDS, "    split:\n      dnr: {by: DNR, §match: '\\d+'}\n" + FIELDS, ["MAP083"]),
    "split with a group without a name": (FIELDS, "    split:\n      dnr: {by: DNR, §match: '(?P<ar>\\d+)(.)'}\n" + FIELDS, ["MAP006"]),
    "split without match": (FIELDS, "    split:\n      §dnr: {by: DNR}\n" + FIELDS, ["MAP002"]),
    "split with the name of a join": (FIELDS, "    split:\n      §unit: {by: DNR, match: '(?P<ar>.*)'}\n" + FIELDS, ["MAP088"]),
    "split of a part without a table": ("      - fields:\n          type: {constant: counterpart}", "      - §split: {dnr: {by: DNR, match: '(?P<ar>.*)'}}\n        fields:\n          type: {constant: counterpart}", ["MAP020"]),
    "dated table without a day": (STATUS, "  status: {file: codes/dated.csv, key: KOD, value: TERM, valid: {from: FRAN, to: TILL}}\n", ["MAP082"], ("      status: {from", "      §status: {from")),
    "day without a dated table": ("code: status}", "code: status, §at: OPENED}", ["MAP020"]),
    "day without a table": (TITLE, "{from: TITLE, §at: OPENED}", ["MAP020"]),
    "inline table with times": ("  kind: {values: {A: Ansökan, B: Beslut}}", "  kind: {values: {A: Ansökan, B: Beslut}, §valid: {from: FRAN, to: TILL}}", ["MAP020"]),
    "time of a table without an end": (STATUS, "  status: {file: codes/dated.csv, key: KOD, value: TERM, §valid: {from: FRAN}}\n", ["MAP002"]),
    "time of a table in no layout": (STATUS, '  status: {file: codes/dated.csv, key: KOD, value: TERM, valid: {from: FRAN, to: TILL, §date: "%y%m%d"}}\n', ["MAP007"]),
    "time of a table in no column": (STATUS, "  status: {§file: codes/status.csv, key: KOD, value: TERM, valid: {from: FRAN, to: TILL}}\n", ["MAP010", "MAP010", "MAP082"], ("      status: {from", "      §status: {from")),
    "declared places in a shared file": ("leave:\n", "§paper:\n  - {series: F1a, place: Arkivet, otherwise: true, by: arkivarien, date: 2024-05-02}\nleave:\n", ["MAP087"]),
    "pattern of documents without a key": (CONTENT, "{document: DOK, by: PATH, §pattern: '.*', absent: skip}", ["MAP006"]),
}  # fmt: skip
DATED = "KOD;TERM;FRAN;TILL\n01;closed;;1999-12-31\n01;open;2000-01-01;\n"

SECOND_LAYER = {
    "group that is not in the split": (FIELDS, "    split:\n      §dnr: {by: DNR, match: '(?P<ar>.*)'}\n    fields:\n      §reference_code: {from: dnr.lopnr}", ["MAP053", "MAP056", "MAP070"]),
    "group that nothing uses": (FIELDS, "    split:\n      §dnr: {by: DNR, match: '(?P<ar>[^/]*)/(?P<lopnr>.*)'}\n    fields:\n      reference_code: {from: dnr.lopnr}", ["MAP070"]),
    "split of a column that is not there": (FIELDS, "    split:\n      §dnr: {by: DNRR, match: '(?P<ar>.*)'}\n    fields:\n      reference_code: {coalesce: [DNR, dnr.ar]}", ["MAP053"]),
    "group in a whole number": ("    fields:\n      number: {from: NR, type: int}", "    split:\n      nr: {by: NR, match: '(?P<a>.*)'}\n    fields:\n      §number: {from: nr.a}", ["MAP058"]),
    "group in a named rule": (FIELDS, "    split:\n      dnr: {by: DNR, match: '(?P<ar>.*)'}\n    fields:\n      reference_code: {from: dnr.ar}", ["MAP053", "MAP056"], ("{keep: {VOID:", "{keep: {§dnr.ar:")),
    "day of a physical table in no column": ("  term: {table: KODER,", "  §term: {table: KODER, valid: {from: FRAN, to: TILL},", ["MAP053", "MAP053"], ("code: term}", "code: term, at: OPENED}")),
}  # fmt: skip


def files(text):
    from tests.mapping.kit import FILES

    return FILES | {"mappings/x/codes/dated.csv": DATED} if "dated.csv" in text else FILES


@pytest.mark.parametrize("name", FIRST_LAYER)
def test_first_layer(tmp_path, name):
    old, new, codes, *more = FIRST_LAYER[name]
    text, places = broken(old, new, *more)
    with pytest.raises(ConfigurationError) as raised:
        loaded(tmp_path, text, files(text))
    assert raised.value.code == "MAP000"
    check(raised, codes, places)


@pytest.mark.parametrize("name", SECOND_LAYER)
def test_second_layer(tmp_path, name):
    old, new, codes, *more = SECOND_LAYER[name]
    text, places = broken(old, new, *more)
    with pytest.raises(ConfigurationError) as raised:
        plan_for(tmp_path, world([case()], [record(1)]), text)
    assert raised.value.code == "MAP050"
    found = [(problem.code, problem.where) for problem in raised.value.problems]
    assert sorted(set(codes)) == sorted({code for code, _ in found}), found
    assert {f"mappings/x/m.yaml:{place}" for place in places} <= {where for _, where in found}, found
