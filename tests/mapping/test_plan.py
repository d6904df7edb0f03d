"""What a plan tells: column ledger, lineage, digest; overlays, extends and disposal decisions."""

import json

import pyarrow as pa
import pytest
from tests.mapping.kit import (
    BASE,
    FILES,
    case,
    catalogues,
    codes_of,
    context,
    loaded,
    one,
    plan_for,
    record,
    run,
    world,
    write,
)

from leverans.errors import ConfigurationError
from leverans.mapping import bind, load

GALLRING = BASE.replace(
    "TOUCHED: {technical: tidpunkt för senaste läsning}", "TOUCHED: {gallring: minnesanteckning}"
)
DECIDED = {"decisions": {"ARENDE.TOUCHED": {"decision": "KS § 45", "date": "2021-03-02"}}}


def plan(tmp_path, text=BASE, **more):
    return plan_for(tmp_path, world([case()], [record(1)]), text, **more)


def test_what_a_plan_tells(tmp_path):
    made = plan(tmp_path)
    assert (made.information_type, made.sources, made.root_stream) == ("diarium", ("d",), "d.ARENDE")
    (check,) = made.checks
    assert (check.id, check.on, check.kind, check.arguments, check.severity) == (
        "ARK-1",
        "case",
        "order",
        ["created", "opened"],
        "quarantine",
    )
    assert check.text == {"sv": "Fel", "en": "Wrong"}
    assert check.where.startswith("mappings/x/m.yaml:")


def test_the_ledger_has_every_column_of_every_table(tmp_path):
    data = world([case()], [record(1)])
    ledger = plan(tmp_path).column_ledger()
    known = {
        (name, column) for group in data for name, table in group.items() for column in table.column_names
    }
    known = {entry for entry in known if entry[0] != "d.DOK"} | {("d.LOGG", "TEXT")}
    assert {(use.stream, use.column) for use in ledger} == known
    uses = {(use.stream, use.column, use.use): use for use in ledger}
    assert uses["d.ARENDE", "TOUCHED", "dropped"].reason == "technical: tidpunkt för senaste läsning"
    assert uses["d.ARENDE", "DNR", "mapped"].target == "case.reference_code"
    assert uses["d.ARENDE", "UNIT", "joined"].target == "case.join.unit"
    assert uses["d.ARENDE", "VOID", "conditioned"].target == "case.where.makulerat"
    assert uses["d.ARENDE", "ID", "key"].target == "case"
    assert uses["d.LOGG", "TEXT", "left"].reason == "technical: driftlogg"
    assert all(use.where.startswith("mappings/x/m.yaml:") for use in ledger)


def test_lineage_names_column_operators_and_line(tmp_path):
    every = reversed(plan(tmp_path).lineage())  # the line of a field stands before those of its tables
    lines = {(line.entity, line.field): line for line in every}
    opened = lines["case", "opened"]
    number = BASE.split("\n").index('      opened: {from: OPENED, date: "%Y-%m-%d"}') + 1
    assert (opened.stream, opened.columns, opened.where) == (
        "d.ARENDE",
        ("OPENED",),
        f"mappings/x/m.yaml:{number}:7",
    )
    assert opened.operators == ("from", "date %Y-%m-%d")
    assert lines["case.extra", "value"].stream == "d.ENHET"
    assert lines["case", "retention"].operators == ("lookup", "lookup plan")
    assert lines["file", "content"].columns == ("PATH",)
    assert ("case", "partition") in lines


def test_the_digest_covers_meaning_and_nothing_else(tmp_path):
    digest = plan(tmp_path).digest
    assert len(digest) == 64
    assert plan(tmp_path / "elsewhere", "# en kommentar\n" + BASE).digest == digest
    csv, law, ihp = "mappings/x/codes/status.csv", "mappings/_tables/osl.csv", "municipalities/y/plan/ihp.csv"
    changed = [
        plan(tmp_path, BASE.replace("web: metadata", "web: none")).digest,
        plan(tmp_path, files={csv: FILES[csv].replace("open", "öppet")}).digest,
        plan(tmp_path, files=FILES | {law: FILES[law].replace("20", "40")}).digest,
        plan(tmp_path, files=FILES | {ihp: FILES[ihp].replace("keep", "5")}).digest,
        plan(tmp_path, files=FILES, overlay={"title": "annat"}).digest,
    ]
    assert len({digest, *changed}) == 6
    assert plan(tmp_path, files=FILES).digest == digest


def test_gallring_needs_the_municipality_s_decision(tmp_path):
    with pytest.raises(ConfigurationError) as raised:
        loaded(tmp_path, GALLRING)
    assert [problem.code for problem in raised.value.problems] == ["MAP017"]
    for name in ("ARENDE.TOUCHED", "d.ARENDE.TOUCHED"):
        made = plan(tmp_path, GALLRING, overlay={"decisions": {name: DECIDED["decisions"]["ARENDE.TOUCHED"]}})
        (use,) = [use for use in made.column_ledger() if use.column == "TOUCHED"]
        assert use.reason == "gallring: minnesanteckning (KS § 45 2021-03-02)"


def test_what_is_disposed_of_also_leaves_the_rows(tmp_path):
    mapped = run(tmp_path, [case()], text=GALLRING, overlay=DECIDED)
    assert "TOUCHED" not in json.loads(one(mapped, "row")["json"])
    assert "TOUCHED" in json.loads(one(run(tmp_path, [case()]), "row")["json"])
    assert "2020-01-01" not in str(mapped.tables)


def test_a_table_can_be_disposed_of_by_decision(tmp_path):
    text = BASE.replace("{technical: driftlogg}", "{gallring: logg}")
    made = plan(tmp_path, text, overlay={"decisions": {"LOGG": {"decision": "KS § 9"}}})
    assert [use.reason for use in made.column_ledger() if use.stream == "d.LOGG"] == [
        "gallring: logg (KS § 9)"
    ]


def test_a_decision_about_nothing_is_a_fault(tmp_path):
    with pytest.raises(ConfigurationError) as raised:
        loaded(tmp_path, BASE, overlay=DECIDED)
    assert [(problem.code, problem.where) for problem in raised.value.problems] == [
        ("MAP026", "overlay:decisions.ARENDE.TOUCHED")
    ]


def test_a_municipality_lays_its_own_code_table_over(tmp_path):
    files = FILES | {"municipalities/y/plan/status.csv": "KOD;TERM\n01;egen\n"}
    overlay = {"codes": {"status": {"file": "plan:status.csv"}}}
    mapped = run(tmp_path, [case()], files=files, overlay=overlay)
    assert one(mapped)["status"] == "egen"


def test_faults_of_an_overlay_are_placed_in_it(tmp_path):
    overlay = {"entities": {"case": {"fields": {"title": {"form": "X"}}}}}
    with pytest.raises(ConfigurationError) as raised:
        loaded(tmp_path, BASE, overlay=overlay)
    assert [problem.where for problem in raised.value.problems] == ["overlay:entities.case.fields.title.form"]
    path = write(tmp_path, BASE)
    with pytest.raises(ConfigurationError) as raised:
        load(
            path,
            content=tmp_path,
            plan_folder=tmp_path / "municipalities/y/plan",
            overlay=overlay,
            overlay_where=lambda keys: f"municipalities/y/o.yaml:{len(keys)}:1",
        )
    assert [problem.where for problem in raised.value.problems] == ["municipalities/y/o.yaml:5:1"]


def test_extends_lays_one_file_over_another(tmp_path):
    over = "extends: bas/m.yaml\nid: annan\nentities:\n  case:\n    fields:\n      title: {from: DNR, requird: true}\n"
    files = FILES | {
        "mappings/x/bas/m.yaml": BASE,
        "mappings/x/bas/codes/status.csv": FILES["mappings/x/codes/status.csv"],
    }
    with pytest.raises(ConfigurationError) as raised:
        loaded(tmp_path, over, files)
    assert [(problem.code, problem.where) for problem in raised.value.problems] == [
        ("MAP001", "mappings/x/m.yaml:6:26")
    ]
    mapped = run(
        tmp_path,
        [case()],
        text=over.replace("requird", "required").replace("{from: DNR,", "{coalesce: [DNR, TITLE],"),
        files=files,
    )
    assert one(mapped)["title"] == "D 1"
    files["mappings/x/bas/codes/status.csv"] = "KOD;TERM\n01;basens\n"
    again = run(
        tmp_path,
        [case()],
        text="extends: bas/m.yaml\nid: annan\n",
        files=files,
    )
    assert one(again)["status"] == "basens"
    files["mappings/x/bas/m.yaml"] = BASE.replace("{from: DNR}", "{form: DNR}")
    with pytest.raises(ConfigurationError) as raised:
        loaded(tmp_path, over.replace("requird", "required"), files)
    assert {problem.where.rpartition("/")[0] for problem in raised.value.problems} == {"mappings/x/bas"}


@pytest.mark.parametrize(("below", "code"), [("m.yaml", "MAP019"), ("gone.yaml", "MAP009")])
def test_extends_that_leads_nowhere(tmp_path, below, code):
    with pytest.raises(ConfigurationError) as raised:
        loaded(tmp_path, f"extends: {below}\n" + BASE)
    assert (raised.value.code, raised.value.where) == (code, "mappings/x/m.yaml:1:1")


def test_several_sources_are_named(tmp_path):
    text = BASE.replace("source: d\n", "sources: [d, e]\n")
    for name in ("ARENDE", "HANDLING", "KODER", "DOK"):
        text = text.replace(f"from: {name}\n", f"from: d.{name}\n").replace(
            f"table: {name},", f"table: d.{name},"
        )
        text = text.replace(f"document: {name},", f"document: d.{name},")
    text = text.replace("table: ENHET", "table: e.ENHET").replace("  LOGG:", "  d.LOGG:")
    bucket, shared = world([case()])
    shared["e.ENHET"] = shared.pop("d.ENHET")
    found = catalogues(bucket, {"d.KODER": shared["d.KODER"]})
    stream = catalogues({"d.ENHET": shared["e.ENHET"]})["d"].stream("ENHET")
    found["e"] = type(found["d"])("e", "annat", (stream,))
    mapped = bind(loaded(tmp_path, text), found).execute(bucket, shared, context())
    assert one(mapped, "extra")["value"] == "Kansliet"
    with pytest.raises(ConfigurationError) as raised:
        loaded(tmp_path, text.replace("table: e.ENHET", "table: ENHET"))
    assert [problem.code for problem in raised.value.problems] == ["MAP023"]


def test_names_with_dots_spaces_and_letters_of_all_kinds(tmp_path):
    odd = "Ärende nr. (löpande)"
    text = BASE.replace("from: DNR", f"from: '{odd}'")
    bucket, shared = world([case()])
    bucket["d.ARENDE"] = bucket["d.ARENDE"].rename_columns(
        [odd if name == "DNR" else name for name in bucket["d.ARENDE"].column_names]
    )
    mapped = bind(loaded(tmp_path, text), catalogues(bucket, shared)).execute(bucket, shared, context())
    assert one(mapped)["reference_code"] == "D 1"


def test_other_arrow_types_are_compared_as_text(tmp_path):
    bucket, shared = world([case()])
    table = bucket["d.ARENDE"].drop(["VOID", "TITLE"])
    bucket["d.ARENDE"] = table.append_column("VOID", pa.array([True])).append_column("TITLE", pa.array([1.5]))
    text = BASE.replace("{not_in: [J]}", "{not_in: [true]}")
    mapped = bind(loaded(tmp_path, text), catalogues(bucket, shared)).execute(bucket, shared, context())
    assert codes_of(mapped) == [("MAP141", "void", "makulerat")]
    assert one(mapped)["title"] == "1.5"
    row = json.loads(one(mapped, "row")["json"])
    assert (row["VOID"], row["TITLE"]) == (True, 1.5)


@pytest.mark.parametrize("word", ["keep", "bevaras", "Bevaras", "KEEP"])
def test_what_the_plan_keeps_is_kept_in_either_language(tmp_path, word):
    told = "process,rule,authority\nP1," + word + ",KS § 1\nP2,10,KS § 2\nP3,P18M,KS\n"
    cases = [case(1), case(2, PROCESS="P2"), case(3, PROCESS="P3")]
    made = run(tmp_path, cases, files=FILES | {"municipalities/y/plan/ihp.csv": told})
    rules = {row["key"]: row["retention_rule"] for row in made.tables["case"].to_pylist()}
    assert rules == {"1": "keep", "2": "10", "3": "P18M"}


@pytest.mark.parametrize("word", ["arkiveras", "P", "10 år", "P1", "-3", "1.5", "keep it", "P3X", "0", "P0Y"])
def test_a_rule_out_of_the_source_that_is_none_sets_its_case_aside(tmp_path, word):
    text = BASE.replace(
        "retention: {lookup: plan, by: PROCESS, take: [rule, authority]}", "retention_rule: {from: PROCESS}"
    )
    assert text != BASE
    cases = [case(1, PROCESS=word), case(2, PROCESS="P18M"), case(3, PROCESS="bevaras")]
    made = run(tmp_path, cases, text=text)
    assert codes_of(made) == [("MAP134", "quarantine", "case.retention_rule")]
    rules = {row["key"]: row["retention_rule"] for row in made.tables["case"].to_pylist()}
    assert (rules["2"], rules["3"]) == ("P18M", "keep")


@pytest.mark.parametrize(
    "word", ["behålls", "", "10 år", "P", "PT5H", "-1", "gallras", "0", "P0Y0M", "99999999999"]
)
def test_a_plan_that_says_neither_kept_nor_for_how_long_is_refused_at_its_line(tmp_path, word):
    told = f"process,rule,authority\nP1,keep,KS § 1\n\nP2,{word},KS § 2\n"
    twice = BASE.replace(
        "    fields:\n      number:",
        "    fields:\n      retention: {lookup: plan, by: RUBRIK, take: [rule, authority]}\n      number:",
    )
    with pytest.raises(ConfigurationError) as raised:
        loaded(tmp_path, twice, FILES | {"municipalities/y/plan/ihp.csv": told})
    (problem,) = raised.value.problems
    assert (problem.code, problem.where) == ("MAP046", "municipalities/y/plan/ihp.csv:4:1")


_BEGINS = "      retention_start: {}\n      retention: {{lookup"


def test_what_a_time_is_counted_from_is_a_day(tmp_path):
    def said(value):
        return BASE.replace("      retention: {lookup", _BEGINS.format(value))

    chosen = (
        "{choose: [{when: {VOID: {in: [J]}}, constant: avslutat}, {otherwise: true, constant: 2003-04-02}]}"
    )
    for value in ("{constant: closed}", "{constant: 2003-02-30}", chosen):
        with pytest.raises(ConfigurationError) as raised:
            loaded(tmp_path, said(value))
        assert [problem.code for problem in raised.value.problems] == ["MAP048"]
    cases = [case(1, UNIT=7, PERSON="snart"), case(2, PERSON="2003-04-02"), case(3, PERSON=None)]
    made = run(tmp_path, cases, text=said("{from: PERSON}"))
    found = [row for row in codes_of(made) if row[0] == "MAP135"]
    assert found == [("MAP135", "quarantine", "case.retention_start")]


def test_the_lineage_names_the_code_tables_that_were_asked(tmp_path):
    text = BASE.replace("by: PROCESS, take", "by: {constant: P2}, take").replace(
        "      TOUCHED:", "      PROCESS: {technical: xx}\n      TOUCHED:"
    )
    told = {}
    for line in plan(tmp_path, text).lineage():
        told.setdefault((line.entity, line.field), []).append(
            (line.stream, line.columns, line.operators, line.where)
        )
    kind, status, plan_line = (told["case", name][1] for name in ("type", "status", "retention"))
    assert kind[:3] == ("d.KODER", ("KOD", "TERM"), ("table term",))
    assert status[:3] == ("", (), ("table status", "file codes/status.csv"))
    assert plan_line[2:] == (("table plan", "file plan:ihp.csv"), "municipalities/y/plan/ihp.csv:3:1")


def test_the_day_a_code_is_asked_for_is_no_step_of_the_code(tmp_path):
    dated = '  namnd: {file: "plan:n.csv", key: K, value: V, valid: {from: F, to: T}}\n'
    text = BASE.replace("codes:\n", "codes:\n" + dated, 1).replace(
        "      type: {from: KIND, code: term}",
        '      creator: {from: UNIT, code: namnd, at: {from: OPENED, date: "%Y-%m-%d"}}\n      type: {from: KIND, code: term}',
    )
    made = plan(tmp_path, text, files={"municipalities/y/plan/n.csv": "K,V,F,T\n7,N,,\n"})
    (line, *_table) = [one for one in made.lineage() if one.field == "creator"]
    assert line.operators == ("from", "code namnd", "at OPENED date %Y-%m-%d")
