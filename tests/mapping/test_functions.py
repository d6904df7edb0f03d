"""Registered functions: refused unless registered, told where they fail, asked twice."""

import hashlib
import tempfile
from pathlib import Path

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.mapping.kit import BASE, case, codes_of, loaded, one, plan_for, run, with_field, world

from leverans.errors import ConfigurationError
from leverans.mapping.execution.calling import call
from leverans.mapping.functions import Function

CODE = '''\
"""Functions for tests."""

import random

import pyarrow as pa
import pyarrow.compute as pc

calls = []


def both(first, second):
    return pc.binary_join_element_wise(first, second, "+")


def picky(text):
    if any(value == "Fel" for value in text.to_pylist()):
        raise KeyError("Fel")
    return pc.utf8_upper(text)


def chance(text):
    return pa.array([str(random.random()) for _ in text], pa.string())


def neighbour(text):
    return pa.array([str(len(text))] * len(text), pa.string())


def turned(text):
    values = text.to_pylist()
    return pa.array(values[1:] + values[:1], pa.string())


def rownumber(text):
    return pa.array([str(number) for number in range(len(text))], pa.string())


def forward(text):
    return pc.fill_null_forward(text)


def first_ever(text):
    calls.append(text[0].as_py())
    return pa.array([calls[0]] * len(text), pa.string())


def largest(text):
    return pc.fill_null(text, pc.max(text).as_py() or "z")


def ends(text):
    raise SystemExit(0)


def some(first, second=None):
    return first


def many(first, second, *more):
    return first


def short(text):
    return text.slice(1)


def numbers(text):
    return pc.utf8_length(text)
'''
SHA = hashlib.sha256(CODE.encode()).hexdigest()
NAMES = (
    *("both", "picky", "chance", "neighbour", "turned", "rownumber", "forward", "first_ever", "largest"),
    *("ends", "some", "many", "short", "numbers"),
)


def files(sha=SHA, names=NAMES, code=CODE):
    rows = "".join(f"prov:{name};{sha};provar\n" for name in names)
    return {
        "mappings/_functions/functions.csv": f"function;sha256;text\n{rows}",
        "mappings/_functions/prov.py": code,
    }


def title(call):
    return with_field(f"title: {call}")


def test_a_function_makes_a_field_of_columns_and_values(tmp_path):
    text = title('{fn: "prov:both", args: [TITLE, {from: PERSON, clean: [upper]}], clean: [lower]}')
    found = run(tmp_path, [case(1)], text=text, files=files())
    assert codes_of(found) == []
    assert one(found)["title"] == "ärende 1+anna ek"


def test_its_digest_is_in_that_of_the_mapping_and_its_name_in_the_lineage(tmp_path):
    text = title('{fn: "prov:both", args: [TITLE, TITLE]}')
    data = world([case()])
    plan = plan_for(tmp_path, data, text, files=files())
    assert {name: one.sha256 for name, one in plan.mapping.functions.items()} == {"prov:both": SHA}
    (line,) = [line for line in plan.lineage() if (line.entity, line.field) == ("case", "title")]
    assert line.operators == ("fn", "fn prov:both")
    more = CODE + "\n# read again\n"
    other = files(hashlib.sha256(more.encode()).hexdigest(), code=more)
    assert plan_for(tmp_path, data, text, files=other).digest != plan.digest
    assert plan_for(tmp_path, data, text, files=files()).digest == plan.digest


@pytest.mark.parametrize(
    ("given", "changes", "code"),
    [
        ("prov:gone", {}, "MAP042"),
        ("os:system", {}, "MAP042"),
        ("prov:both", {"names": ()}, "MAP042"),
        ("prov:both", {"sha": "0" * 64}, "MAP043"),
        ("prov:both", {"code": CODE + "#"}, "MAP043"),
        ("prov:calls", {"names": ("calls",)}, "MAP043"),
        ("prov:both", {"code": "def (", "sha": hashlib.sha256(b"def (").hexdigest()}, "MAP043"),
    ],
)
def test_what_is_not_registered_is_refused_before_any_row(tmp_path, given, changes, code):
    with pytest.raises(ConfigurationError) as raised:
        loaded(tmp_path, title(f'{{fn: "{given}", args: [TITLE]}}'), files(**changes))
    assert [fault.code for fault in raised.value.problems] == [code]


def test_without_a_registry_nothing_is_registered(tmp_path):
    with pytest.raises(ConfigurationError) as raised:
        loaded(tmp_path, title('{fn: "prov:both", args: [TITLE]}'))
    assert [fault.code for fault in raised.value.problems] == ["MAP042"]


def test_a_file_that_is_changed_after_it_was_read_is_never_run(tmp_path):
    data = world([case()])
    plan = plan_for(tmp_path, data, title('{fn: "prov:both", args: [TITLE, TITLE]}'), files=files())
    (tmp_path / "mappings/_functions/prov.py").write_text("raise SystemExit", encoding="utf-8")
    from tests.mapping.kit import context

    assert {code for code, *_ in codes_of(plan.execute(*data, context()))} == {"MAP180"}


def test_rows_that_it_fails_on_are_set_aside_and_no_others(tmp_path):
    rows = [case(number, TITLE="Fel" if number in {3, 7} else "bra") for number in range(1, 11)]
    found = run(tmp_path, rows, text=title('{fn: "prov:picky", args: [TITLE]}'), files=files())
    assert codes_of(found) == [("MAP180", "quarantine", "case.title")] * 2
    assert sorted(row["key"] for row in found.verdicts.to_pylist()) == ["3", "7"]
    assert found.tables["case"]["title"].to_pylist().count("BRA") == 8


@pytest.mark.parametrize("name", ["short", "numbers", "ends"])
def test_what_gives_no_answers_gives_nothing(tmp_path, name):
    rows = [case(number) for number in range(1, 30)]
    found = run(tmp_path, rows, text=title(f'{{fn: "prov:{name}", args: [TITLE]}}'), files=files())
    assert codes_of(found) == [("MAP180", "quarantine", "case.title")] * 29


@pytest.mark.parametrize("on_error", ["quarantine", "null"])
@pytest.mark.parametrize(
    "name", ["chance", "neighbour", "turned", "rownumber", "forward", "first_ever", "largest"]
)
@pytest.mark.parametrize("count", [9, 60])
def test_what_is_no_function_of_the_row_sets_every_row_aside(tmp_path, name, count, on_error):
    rows = [case(number) for number in range(1, count + 1)]
    rows[-1]["TITLE"] = rows[count // 2]["TITLE"] = None
    text = title(f'{{fn: "prov:{name}", args: [TITLE], on_error: {on_error}}}')
    found = run(tmp_path, rows, text=text, files=files())
    told = [row for row in codes_of(found) if row[0] == "MAP181"]
    assert told == [("MAP181", "quarantine", "case.title")] * count
    assert set(found.tables["case"]["title"].to_pylist()) <= {None}


def test_rows_without_an_argument_are_among_those_asked_alone():
    """The most common value for whoever has none: neither order nor halves show it, the row alone does."""
    code = (
        "import pyarrow as pa\n\n\ndef usual(text):\n    values = text.to_pylist()\n"
        "    most = max(set(values) - {None}, key=values.count, default=None)\n"
        "    return pa.array([most if value is None else value for value in values], pa.string())\n"
    )
    function = Function("prov:usual", hashlib.sha256(code.encode()).hexdigest(), "", _written(code))
    texts = ["a"] * 100
    texts[37] = None
    answer = call(function, [pa.array(texts, pa.string())], len(texts))
    assert not answer.steady
    assert answer.text.null_count == len(texts)


def _written(code):
    file = Path(tempfile.mkdtemp()) / "prov.py"
    file.write_text(code, encoding="utf-8")
    return file


@pytest.mark.parametrize(
    ("name", "args", "wanted"),
    [("both", "TITLE", "2"), ("some", "TITLE, TITLE, TITLE", "1–2"), ("many", "TITLE", "2–")],
)
def test_a_wrong_number_of_arguments_is_refused_before_any_row(tmp_path, name, args, wanted):
    with pytest.raises(ConfigurationError) as raised:
        loaded(tmp_path, title(f'{{fn: "prov:{name}", args: [{args}]}}'), files())
    assert ("MAP047", wanted) in {(one.code, one.parameters.get("wanted")) for one in raised.value.problems}


def test_on_error_decides_what_a_failure_leads_to(tmp_path):
    text = title('{fn: "prov:picky", args: [TITLE], on_error: default, default: saknas}')
    found = run(tmp_path, [case(1, TITLE="Fel")], text=text, files=files())
    assert (one(found)["title"], codes_of(found)) == ("saknas", [("MAP143", "warn", "case.title")])


@settings(max_examples=60, deadline=None)
@given(st.lists(st.one_of(st.none(), st.sampled_from(["Fel", "a", "b"])), max_size=40))
def test_every_row_gets_its_own_answer_wherever_it_stands(tmp_path_factory, texts):
    folder = tmp_path_factory.mktemp("f") if not _FILES else _FILES[0].parent
    file = folder / "prov.py"
    if not _FILES:
        file.write_text(CODE, encoding="utf-8")
        _FILES.append(file)
    answer = call(Function("prov:picky", SHA, "", _FILES[0]), [pa.array(texts, pa.string())], len(texts))
    assert answer.steady
    assert answer.text.to_pylist() == [None if text in {None, "Fel"} else text.upper() for text in texts]
    assert answer.failed.tolist() == [at for at, text in enumerate(texts) if text == "Fel"]


_FILES = []


@pytest.mark.parametrize("name", ["turned", "ends"])
def test_a_person_whose_protection_a_function_cannot_tell_is_protected(tmp_path, name):
    told = 'protected_identity: {from: SKYDD, null_if: [""]}'
    text = BASE.replace(told, f'protected_identity: {{fn: "prov:{name}", args: [SKYDD]}}')
    found = run(tmp_path, [case(1, SKYDD="J"), case(2), case(3)], text=text, files=files())
    assert found.tables["case"]["route"].to_pylist() == ["protected"] * 3
