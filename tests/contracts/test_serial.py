import dataclasses
import json

import jsonschema
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from leverans.contracts import (
    Catalogue,
    Column,
    ControlTotals,
    DocumentTotals,
    Finding,
    LandedFile,
    LandedStream,
    Manifest,
    PackageDescriptor,
    Receipt,
    Stream,
    from_json,
    schema,
    to_json,
    validate,
)
from leverans.model import STATES

COUNT = st.integers(0, 2**40)
TEXT = st.text(max_size=8)
NAME = st.text(min_size=1, max_size=8)
DIGEST = st.binary(min_size=32, max_size=32).map(bytes.hex)
COUNTS = st.dictionaries(TEXT, COUNT, max_size=3)
DELIVERY = st.just("mora/alkt")
MOMENT = st.just("2026-01-01T12:00:00Z")
ID = st.just("0b5cbd0c-5b65-5d1f-9d5b-1a2b3c4d5e6f")


def several(strategy):
    return st.lists(strategy, max_size=3).map(tuple)


def counted(*names):
    return st.fixed_dictionaries(dict.fromkeys(names, COUNT))


COLUMNS = st.builds(Column, name=TEXT, type=st.sampled_from(["string", "int64", "double", "binary", "bool"]))
STREAMS = st.builds(
    Stream,
    name=TEXT,
    kind=st.sampled_from(["table", "documents"]),
    columns=several(COLUMNS),
    key=several(TEXT),
    personal=st.booleans(),
)
CATALOGUES = st.builds(
    Catalogue, source=NAME, system=NAME, streams=several(STREAMS), schema_version=st.just(1)
)
FILES = st.builds(
    LandedFile,
    path=st.from_regex(r"streams/[0-9a-z.-]{1,8}", fullmatch=True),
    sha256=DIGEST,
    rows=COUNT,
    bucket=st.none() | COUNT,
)
LANDED = st.builds(
    LandedStream,
    name=TEXT,
    rows=COUNT,
    files=several(FILES),
    left=st.booleans(),
    set_aside=COUNT,
    totals=st.builds(ControlTotals, stream=TEXT, rows=COUNT, bytes=COUNT, nulls=COUNTS),
)
MANIFESTS = st.builds(
    Manifest,
    delivery=DELIVERY,
    buckets=st.integers(1, 999),
    streams=several(LANDED),
    schema_version=st.just(1),
    documents=st.builds(DocumentTotals, listed=COUNT, landed=COUNT, bytes=COUNT),
    sources=st.dictionaries(TEXT, DIGEST, max_size=2),
    companions=st.dictionaries(TEXT, DIGEST, max_size=2),
)
FINDINGS = st.builds(
    Finding,
    code=st.just("MAP101"),
    where=TEXT,
    schema_version=st.just(1),
    parameters=st.dictionaries(TEXT, TEXT | st.integers(), max_size=2),
    severity=st.sampled_from(["critical", "quarantine", "error", "warning", "info"]),
)
ROUTE = st.sampled_from(["open", "protected"])
STATUS = st.sampled_from(["NEW", "SUPPLEMENT", "REPLACEMENT", "TEST"])
PACKAGES = st.builds(
    PackageDescriptor,
    id=ID,
    delivery=DELIVERY,
    partition=TEXT,
    route=ROUTE,
    status=STATUS,
    profile=NAME,
    path=st.just("2003.zip"),
    sha256=DIGEST,
    size=COUNT,
    objects=COUNT,
    documents=COUNT,
    document_bytes=COUNT,
    counts=COUNTS,
    schema_version=st.just(1),
)
OBJECTS = st.fixed_dictionaries(
    {
        **dict.fromkeys(
            ("found", "archived", "unchanged", "quarantined", "excluded", "archived_protected"), COUNT
        ),
        "by_state": st.dictionaries(st.sampled_from(STATES), COUNT),
    }
)
RECEIPTS = st.builds(
    Receipt,
    run=NAME,
    delivery=DELIVERY,
    reference_time=MOMENT,
    issued=MOMENT,
    agreement=st.just({"id": "A", "producer": "P", "system": "S", "information_type": "I", "period": "1/2"}),
    status=st.sampled_from(["complete", "incomplete", "refused"]),
    balanced=st.booleans(),
    settled=st.booleans(),
    objects=OBJECTS,
    findings=COUNTS,
    landing=DIGEST | st.just(""),
    mapping=DIGEST | st.just(""),
    code=NAME,
    streams=st.dictionaries(
        TEXT, counted("rows", "object", "part_of", "reference", "quarantined", "excluded"), max_size=2
    ),
    documents=counted("listed", "landed", "archived", "quarantined", "excluded", "bytes"),
    packages=several(
        st.fixed_dictionaries(
            {"id": ID, "sha256": DIGEST, "size": COUNT, "objects": COUNT, "route": ROUTE, "status": STATUS}
        )
    ),
    quarantined=COUNTS,
    excluded=COUNTS,
    test=st.booleans(),
    audit=st.fixed_dictionaries({"size": COUNT, "root": DIGEST}),
    content=st.fixed_dictionaries({"objects": COUNT, "sha256": DIGEST, "stored": DIGEST}),
    connectors=st.dictionaries(TEXT, DIGEST, max_size=2),
    terms=DIGEST | st.just(""),
    plan=DIGEST | st.just(""),
    functions=st.dictionaries(NAME, DIGEST, max_size=2),
    previous=st.none() | DIGEST,
    approval=st.none() | st.fixed_dictionaries({"run": NAME, "sha256": DIGEST, "decision": NAME}),
    settles=st.none() | st.fixed_dictionaries({"parent": NAME, "decision": NAME}),
    decisions=several(
        st.fixed_dictionaries(
            {
                "id": NAME,
                "action": st.sampled_from(["accept", "exclude", "retry"]),
                **dict.fromkeys(("person", "reason", "reference"), TEXT),
                "items": COUNT,
            }
        )
    ),
    aside=several(
        st.fixed_dictionaries(
            {
                "disposition": st.sampled_from(["quarantined", "excluded"]),
                **dict.fromkeys(("code", "rule"), TEXT),
                **dict.fromkeys(("objects", "documents", "rows"), COUNT),
            }
        )
    ),
    schema_version=st.just(2),
)
CONTRACTS = [
    (Catalogue, CATALOGUES),
    (Manifest, MANIFESTS),
    (Finding, FINDINGS),
    (PackageDescriptor, PACKAGES),
    (Receipt, RECEIPTS),
]
KINDS = [kind for kind, _ in CONTRACTS]
VERSIONS = {Receipt: 2}
EACH = pytest.mark.parametrize(("kind", "strategy"), CONTRACTS, ids=lambda one: getattr(one, "__name__", ""))


@EACH
def test_what_is_written_is_read_back_equal(kind, strategy):
    @settings(max_examples=15, deadline=None)
    @given(strategy)
    def round_trip(record):
        text = to_json(record)
        assert from_json(kind, text) == record
        assert to_json(from_json(kind, text)) == text

    round_trip()


YOUNGER = {Receipt: {"certificates", "registry"}}
"""What papers that were signed before it do not have; they hold as they are."""


def example(kind):
    from hypothesis import find

    strategy = dict(zip(KINDS, (one for _, one in CONTRACTS), strict=True))[kind]
    return json.loads(to_json(find(strategy, lambda _: True)))


@pytest.mark.parametrize("kind", KINDS)
def test_the_schema_is_a_schema_and_strict(kind):
    jsonschema.Draft202012Validator.check_schema(schema(kind))
    assert schema(kind)["$schema"] == "https://json-schema.org/draft/2020-12/schema"
    assert schema(kind)["properties"]["schema_version"] == {"const": VERSIONS.get(kind, 1)}


@pytest.mark.parametrize("kind", KINDS)
def test_the_schema_knows_exactly_the_fields(kind):
    fields = {entry.name for entry in dataclasses.fields(kind)}
    assert set(schema(kind)["properties"]) == fields
    assert set(schema(kind)["required"]) == fields - YOUNGER.get(kind, set())


@pytest.mark.parametrize("kind", KINDS)
def test_every_object_of_the_schema_is_closed_or_a_map(kind):
    def walk(node):
        if isinstance(node, dict):
            if node.get("type") == "object":
                assert "additionalProperties" in node, node
            for value in node.values():
                walk(value)
        if isinstance(node, list):
            for value in node:
                walk(value)

    walk(schema(kind))


@pytest.mark.parametrize("kind", KINDS)
def test_a_key_too_many_is_refused(kind):
    with pytest.raises(ValueError, match="surplus"):
        validate(kind, {**example(kind), "surplus": 1})


@pytest.mark.parametrize("kind", KINDS)
def test_a_key_too_few_is_refused(kind):
    whole = example(kind)
    for name in whole.keys() - YOUNGER.get(kind, set()):
        with pytest.raises(ValueError, match=name):
            validate(kind, {key: value for key, value in whole.items() if key != name})


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("version", [0, 3, "1", True, None])
def test_another_version_is_refused(kind, version):
    with pytest.raises(ValueError, match="schema_version"):
        validate(kind, {**example(kind), "schema_version": version})


def test_every_fault_of_the_pass_is_told_with_its_place():
    plain = {**example(PackageDescriptor), "size": -1, "sha256": "no"}
    with pytest.raises(ValueError, match=r"sha256: .*; size: "):
        validate(PackageDescriptor, plain)


@pytest.mark.parametrize("text", ["", "{", "[]", "null", '{"schema_version": 1}'])
def test_what_is_no_contract_is_a_value_error(text):
    with pytest.raises(ValueError):
        from_json(Manifest, text)


def test_the_written_form_is_canonical():
    finding = Finding("MAP101", "å", {"b": 1, "a": "ö"})
    assert to_json(finding) == (
        '{"code":"MAP101","parameters":{"a":"ö","b":1},"schema_version":1,"severity":"error","where":"å"}\n'
    )
    assert to_json({"z": {"b", "c", "a"}}) == '{"z":["a","b","c"]}\n'
    with pytest.raises(ValueError):
        to_json({"z": float("nan")})


def test_a_finding_has_the_severity_and_texts_of_its_code():
    finding = Finding.of("LED003", "ledger.sqlite", owner="mora", municipality="orsa")
    assert (finding.severity, finding.scope) == ("critical", "run")
    assert finding.text("sv") == "Liggaren hör till mora, inte till orsa."
    assert Finding.of("LED003", "x", severity="warning").severity == "warning"
    assert Finding.of("LED003", "x").text() == "The ledger belongs to ?, not to ?."
    assert finding.plain()["text"]["en"] == finding.text("en")


def test_a_catalogue_gives_its_streams_by_name():
    stream = Stream("Ärende", "table", (Column("a", "string"),))
    catalogue = Catalogue("db", "alkt", (stream,))
    assert catalogue.stream("Ärende") is stream
    with pytest.raises(KeyError):
        catalogue.stream("arende")
