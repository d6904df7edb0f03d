"""Pieces of findings: Swedish in a Swedish text, English in an English, and English wherever only carried."""

import json
import re

import pytest

from leverans.errors import ConfigurationError
from leverans.findings.phrases import phrase, swedish_pieces
from leverans.formats.yamltext import parse
from leverans.mapping.building import _FAULTS
from leverans.mapping.grammar import Type
from leverans.mapping.nodes import NODES

ENGLISH = frozenset(
    re.findall(
        r"\w+",
        "an and another are blocks cannot closed column columns deeper does each empty expected fit found from has "
        "here hold is keys known letters levels line more no none not of once only or other question quotes reads "
        "sign some stands than that the there two understood unexpected value values whole within without word wrong",
    )
)
"""Words that no Swedish text holds."""


def english_words(text):
    return ENGLISH & set(re.findall(r"[a-zåäö]+", re.sub(r"`[^`]*`|\w+_\w+", "", text.lower())))


def kinds(kind):
    yield kind
    for inner in kind.inner:
        yield from kinds(inner)


def every_kind():
    return [one for node in NODES.values() for key in node.keys.values() for one in kinds(key.type)]


@pytest.mark.parametrize("english", swedish_pieces())
def test_no_swedish_piece_holds_an_english_word(english):
    assert not english_words(swedish_pieces()[english])


def test_every_kind_of_value_is_told_in_swedish():
    for kind in every_kind():
        wrong = ConfigurationError(
            "MAP003", "x", (), expected=phrase("a {inner}, not empty", inner=kind.describe())
        )
        assert not english_words(wrong.text("sv")), wrong.text("sv")
        assert isinstance(kind, Type)


def test_a_piece_within_a_piece_follows_the_language():
    told = phrase("a {inner}, not empty", inner=phrase("list of {inner}", inner=phrase("column")))
    wrong = ConfigurationError("MAP003", "x", (), expected=told)
    assert wrong.text("sv").endswith("en lista med kolumn, som inte är tom.")
    assert wrong.text("en").endswith("a list of column, not empty.")
    assert json.dumps({"expected": told}) == '{"expected": "a list of column, not empty"}'


@pytest.mark.parametrize(
    "text",
    ["a: [1\n", "a: b: c\n", "a: 'x\n", "a: 1\n---\nb: 2\n", "a: *b\n", "a:\n  - 1\n b: 2\n", "a: @x\n", "a: \tb\n\t- c\n",
     "a: {b: &c [*c]}\n", "a: !x 1\n", "? [a]\n: 1\n", "a: 1\na: 2\n", "a: " + "{b: " * 200, '"a": "\\q"\n', "a: |x\n"],
)  # fmt: skip
def test_what_yaml_cannot_be_read_for_is_told_in_swedish(text):
    with pytest.raises(ConfigurationError) as caught:
        parse(text, "x.yaml")
    assert not english_words(caught.value.text("sv")), caught.value.text("sv")
    assert re.match(r"x\.yaml:\d+:\d+: CFG002 ", caught.value.text("sv"))


def test_the_faults_of_expressions_are_pieces():
    assert set(_FAULTS) <= set(swedish_pieces())


def test_what_is_no_piece_is_no_phrase():
    with pytest.raises(KeyError):
        phrase("never heard of")
