"""The JSON Schema says what the loader says."""

from pathlib import Path

import jsonschema
import pytest
from tests.mapping.kit import BASE, loaded
from tests.mapping.test_broken import FIRST_LAYER, marked

from leverans.errors import ConfigurationError
from leverans.formats import yamltext
from leverans.mapping.nodes import NODES
from leverans.mapping.tools.schema import KINDS, file_name, render, schema

ROOT = Path(__file__).resolve().parents[3]
MAPPINGS = sorted(
    path for path in (ROOT / "mappings").glob("[!_]*/*.yaml") if not path.name.endswith(".rules.yaml")
)
RULES = sorted((ROOT / "mappings").glob("[!_]*/*.rules.yaml"))
OVERLAYS = sorted((ROOT / "municipalities").glob("*/overlay/*.yaml"))
STRUCTURAL = {"MAP001", "MAP002", "MAP003", "MAP004", "MAP005"}
BEYOND = {
    # rules of meaning that JSON Schema has no words for
    "void below the root",
    "otherwise false",
    "no source",
}
VALIDATOR = {kind: jsonschema.Draft7Validator(schema(kind)) for kind in KINDS}


def faults(kind, data):
    return [f"{list(one.absolute_path)}: {one.message}" for one in VALIDATOR[kind].iter_errors(data)]


@pytest.mark.parametrize("kind", KINDS)
def test_what_lies_in_the_content_is_what_the_code_gives(kind):
    path = ROOT / "mappings" / "_schema" / file_name(kind)
    assert path.read_text(encoding="utf-8") == render(kind), "run: leverans mapping schema --write"
    jsonschema.Draft7Validator.check_schema(schema(kind))


@pytest.mark.parametrize("path", MAPPINGS, ids=lambda path: path.stem)
def test_every_shipped_mapping_is_accepted(path):
    assert faults("mapping", yamltext.load(path).data) == []


@pytest.mark.parametrize(("kind", "path"), [("rules", p) for p in RULES] + [("overlay", p) for p in OVERLAYS])
def test_every_shipped_file_beside_a_mapping_is_accepted(kind, path):
    assert faults(kind, yamltext.load(path).data) == []


def structural():
    return [name for name, (_, _, codes, *_) in FIRST_LAYER.items() if set(codes) & STRUCTURAL]


def text_of(name):
    old, new, _codes, *more = FIRST_LAYER[name]
    text = BASE
    for before, after in ((old, new), *more):
        text = text.replace(before, after, 1)
    return marked(text)[0]


@pytest.mark.parametrize("name", structural())
def test_a_file_whose_structure_is_broken_is_refused(name):
    found = faults("mapping", yamltext.parse(text_of(name), name).data)
    assert bool(found) is (name not in BEYOND), found


def test_enough_classes_of_faults_are_refused():
    assert len(structural()) >= 20


def test_whatever_the_loader_accepts_the_schema_accepts(tmp_path):
    """Take any one line away or turn any value into another one; what still loads must still be accepted."""
    lines = BASE.split("\n")
    accepted = 0
    for number, line in enumerate(lines):
        for changed in (None, line.replace("true", "false"), line.replace("many_to_one", "one_to_one")):
            kept = [] if changed is None else [changed]
            text = "\n".join([*lines[:number], *kept, *lines[number + 1 :]])
            try:
                loaded(tmp_path, text)
            except ConfigurationError:
                continue
            accepted += 1
            assert faults("mapping", yamltext.parse(text, "m").data) == [], number
    assert accepted > len(lines)


def test_a_mapping_over_another_may_leave_out_what_that_one_says():
    assert (
        faults(
            "mapping", {"extends": "base.yaml", "entities": {"case": {"fields": {"title": {"from": "T"}}}}}
        )
        == []
    )
    assert faults("mapping", {"extends": "base.yaml", "entities": {"case": {"colour": "red"}}})
    assert faults("mapping", {"entities": {"case": {"fields": {"title": {"from": "T"}}}}})


def test_every_key_has_its_meaning_for_an_editor():
    made = schema("mapping")["definitions"]
    for name in ("mapping", "entity", "value", "join", "content", "codes"):
        for key, entry in NODES[name].keys.items():
            assert entry.text in made[name]["properties"][key]["description"]


def test_the_fields_of_the_model_can_be_completed():
    made = schema("mapping")["definitions"]
    assert {"reference_code", "title", "number"} <= set(made["entity"]["properties"]["fields"]["properties"])
    assert set(made["part:agent"]["properties"]["fields"]["properties"]) >= {"name", "id_number", "role"}


@pytest.mark.parametrize("word", ["diarium", "Ärende-1", "a.b", "böj_2"])
def test_a_word_of_the_language_is_a_word_of_the_schema(word):
    assert faults("mapping", yamltext.parse(BASE.replace("id: diarium", f"id: {word}"), "m").data) == []


@pytest.mark.parametrize("word", ["två ord", "a..b", "x,y", "(x)"])
def test_what_is_no_word_is_none_in_the_schema(word):
    assert faults("mapping", yamltext.parse(BASE.replace("id: diarium", f"id: '{word}'"), "m").data)
