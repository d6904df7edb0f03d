"""The places that lineage and faults name: the line of the file that says what stands there."""

import pytest
from tests.mapping.kit import BASE, FILES, case, loaded, plan_for, record, world

from leverans.errors import ConfigurationError
from leverans.mapping.tools.origin import SourceRow, joined_rows
from leverans.mapping.tools.swedish import layout_text

_BELOW = BASE.replace(
    "      status: {from: STATUS, code: status}\n",
    "      status: {from: STATUS, code: status}\n"
    "      description: {choose: [{when: {VOID: {in: [J]}}, constant: ja}, {otherwise: true, constant: nej}]}\n",
)
_OVER = """\
extends: bas/m.yaml
id: annan
entities:
  case:
    fields:
      title: {from: DNR, required: true}
      status: {from: STATUS, code: status}
      description: {coalesce: [PERSON, TITLE]}
"""


def test_the_place_of_what_an_upper_file_says_is_its_line(tmp_path):
    folder = "mappings/x/bas"
    files = FILES | {
        f"{folder}/m.yaml": _BELOW,
        f"{folder}/codes/status.csv": FILES["mappings/x/codes/status.csv"],
        "municipalities/y/plan/status.csv": "KOD;TERM\n01;open\n",
    }
    data = world([case()], [record(1)])
    overlay = {"codes": {"status": {"file": "plan:status.csv"}}}
    plan = plan_for(tmp_path, data, _OVER, files=files, overlay=overlay)
    places = {line.field: line.where for line in plan.lines if line.entity == "case" and line.stream}
    lower = f"{folder}/m.yaml"
    assert (places["title"], places["status"], places["description"]) == (
        "mappings/x/m.yaml:6:7",
        "mappings/x/m.yaml:7:7",
        "mappings/x/m.yaml:8:7",
    )
    assert plan.mapping.codes["status"].where == "overlay:codes.status"
    assert places["type"].startswith(lower)
    assert plan.mapping.entities["case"].where.startswith(lower)
    assert plan.mapping.codes["kind"].where.startswith(lower)


_UNDER = """\
  under:
    model: subcase
    from: ARENDE
    key: [ID]
    fields: {title: {from: TITLE}}
"""
_LIES = "      under: {entity: under, on: {ID: CASE}}\n"


def _below(restrict="", lies=_LIES):
    text = BASE.replace("    drop:\n      TOUCHED", f"{lies}    drop:\n      TOUCHED", 1)
    return text.replace("  record:\n    from", f"{_UNDER}{restrict}  record:\n    from", 1)


def test_rows_that_another_entity_protects_are_not_read_without_a_word(tmp_path):
    """A sub-case of the case's own table would be open where the column says that it is secret."""
    with pytest.raises(ConfigurationError) as raised:
        loaded(tmp_path, _below())
    (fault,) = raised.value.problems
    assert (fault.code, fault.where) == ("MAP089", f"mappings/x/m.yaml:{_line(_below(), '  under:')}:3")
    said = "    restrict: {secrecy: [{otherwise: true, none: true}]}\n"
    assert loaded(tmp_path, _below(said)).entities["under"].restrict
    assert loaded(tmp_path, _below(lies="      under: {entity: under, same_row: true}\n"))


def test_the_chain_of_a_number_says_how_the_source_writes_it(tmp_path):
    number = "{from: unit.NAMN, type: decimal, decimal_mark: ',', thousands: space}"
    text = BASE.replace("Enhet: {from: unit.NAMN}", f"Enhet: {number}")
    plan = plan_for(tmp_path, world([case()], [record(1)]), text)
    (line,) = [line for line in plan.lines if line.columns == ("NAMN",)]
    assert line.operators == ("from", "decimal decimal_mark , thousands space")


def test_a_joined_row_is_the_one_that_the_own_row_joins():
    own = SourceRow("d.A", "1", {"BID": "1"})
    rows = [SourceRow("d.B", name, {"ID": name}) for name in ("1", "2")]
    block = {"join": {"b": {"table": "B", "on": {"BID": "ID"}}}}
    assert joined_rows({"entities": {"case": block}}, "case", own, rows) == rows[:1]
    block["join"]["b"]["on"] = {"x.BID": "ID"}
    assert joined_rows({"entities": {"case": block}}, "case", own, rows) == rows


def test_a_layout_of_one_digit_is_written_as_people_do():
    assert layout_text("%-d.%-m.%Y") == "D.M.ÅÅÅÅ"


def _line(text, wanted):
    return text.splitlines().index(wanted) + 1
