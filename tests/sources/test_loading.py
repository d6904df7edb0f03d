"""connector.yaml: every fault is found, each with its place."""

from pathlib import Path

import pytest
from tests.sources.building import definition

from leverans.errors import ConfigurationError
from leverans.sources import Root, load_connector

GOOD = """connector: 1
system: t
system_name: T
kind: sql
streams:
  A: {key: [id], root: {by: [nr]}}
  B:
    root: {via: A, on: {aid: id}}
    personal: true
    documents: [{column: body, name: title, encoding: base64}]
  K: {shared: true}
"""


def faults(tmp_path: Path, text: str, **overrides) -> list[tuple[str, str]]:
    file = tmp_path / "connector.yaml"
    file.write_text(text, encoding="utf-8")
    with pytest.raises(ConfigurationError) as caught:
        load_connector(file, tmp_path, overrides, "mora/alkt.yaml:7:3")
    assert caught.value.code == "SRC001"
    return [(problem.where, problem.code) for problem in caught.value.problems]


def test_a_connector_says_what_it_reads(tmp_path):
    (tmp_path / "connector.yaml").write_text(GOOD, encoding="utf-8")
    made = load_connector(tmp_path, tmp_path)
    assert [stream.name for stream in made.streams] == ["A", "B", "K"]
    assert made.stream("B").root == Root(via="A", on=(("aid", "id"),))
    assert made.stream("B").documents[0].stream == "B_body"
    assert made.stream("B").personal
    assert made.stream("K").shared
    assert made.where(("streams", "K")) == "connector.yaml:11:3"
    with pytest.raises(KeyError):
        made.stream("Q")


def test_every_fault_of_the_pass_is_listed_with_its_place(tmp_path):
    text = (
        GOOD.replace("system_name: T", "system_nam: T")
        .replace("key: [id]", "key: id")
        .replace("personal: true", "personal: yes")
        .replace("encoding: base64", "encoding: hex")
        .replace("K: {shared: true}", "K: {}")
    )
    assert faults(tmp_path, text) == [
        ("connector.yaml:3:1", "SRC002"),
        ("connector.yaml:1:1", "SRC003"),
        ("connector.yaml:6:7", "SRC004"),
        ("connector.yaml:9:5", "SRC004"),
        ("connector.yaml:10:45", "SRC004"),
        ("connector.yaml:11:3", "SRC006"),
    ]


@pytest.mark.parametrize(
    ("old", "new", "code"),
    [
        ("connector: 1", "connector: 2", "SRC004"),
        ("kind: sql", "kind: tape", "SRC004"),
        ("kind: sql", "kind: sql\noptions: {delimiter: x}", "SRC002"),
        ("{via: A, on: {aid: id}}", "{via: A}", "SRC003"),
        ("{via: A, on: {aid: id}}", "{via: A, on: {}}", "SRC004"),
        ("{via: A, on: {aid: id}}", "{via: Q, on: {aid: id}}", "SRC005"),
        ("{via: A, on: {aid: id}}", "{via: B, on: {aid: id}}", "SRC007"),
        ("{by: [nr]}", "{via: B, on: {id: aid}}", "SRC007"),
        ("{by: [nr]}", "{by: []}", "SRC004"),
        ("{by: [nr]}", "{by: [nr], via: B}", "SRC002"),
        ("K: {shared: true}", "K: {shared: true, root: {by: [x]}}", "SRC006"),
        ("K: {shared: true}", "K: [1]", "SRC004"),
        ("K: {shared: true}", "B_body: {shared: true}", "SRC008"),
        ("documents: [", "documents: x #", "SRC004"),
    ],
)
def test_what_does_not_fit_is_named(tmp_path, old, new, code):
    assert old in GOOD
    assert code in [found for _where, found in faults(tmp_path, GOOD.replace(old, new))]


def test_streams_must_be_there(tmp_path):
    assert faults(tmp_path, GOOD[: GOOD.index("streams")] + "streams: {}\n") == [
        ("connector.yaml:5:1", "SRC004")
    ]


@pytest.mark.parametrize(
    "options",
    ["{}", '{delimiter: ";;", encoding: utf-8}', '{delimiter: ";", encoding: utf-16}', '{delimiter: ";", encoding: x}',
     '{delimiter: ";", encoding: utf-8, quote: ";"}', '{delimiter: "\\n", encoding: utf-8}'],
)  # fmt: skip
def test_options_of_text_files_are_checked(tmp_path, options):
    with pytest.raises(ConfigurationError):
        definition(tmp_path, "flat", "  r: {shared: true}\n", options)


def test_a_delivery_puts_its_own_root_in_place(tmp_path):
    rule = {"via": "register.register", "on": {"ref": "Filnamn"}}
    plain = definition(tmp_path, "share", "  share: {root: {by: [ref]}}\n")
    made = definition(tmp_path, "share", "  share: {root: {by: [ref]}}\n", share=rule)
    assert made.stream("share").root == Root(via="register.register", on=(("ref", "Filnamn"),))
    assert made.digest != plain.digest


def test_faults_of_an_override_stand_at_its_own_place(tmp_path):
    found = faults(tmp_path, GOOD, Q={"by": ["x"]}, A={"via": "Q", "on": {"a": "b"}}, K={"by": "x"})
    assert found == [("mora/alkt.yaml:7:3", code) for code in ("SRC005", "SRC004", "SRC005")]


def test_shipped_connectors_load(root):
    for name in ("alkt", "dokumentregister", "dokumentutdelning"):
        folder = root / "connectors" / name
        assert load_connector(folder, root).system == name
        assert (folder / "README.md").is_file()
