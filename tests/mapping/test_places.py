"""The places that lineage and faults name: the line of the file that says what stands there."""

from tests.mapping.kit import BASE, FILES, case, plan_for, record, world

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
