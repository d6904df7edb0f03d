"""Broken mappings: every fault with its exact place. ``§`` in a changed line marks where the fault is."""

from itertools import accumulate
from string import Formatter

import pytest
from tests.mapping.kit import BASE, FILES, case, catalogues, loaded, plan_for, record, world

from leverans.errors import ConfigurationError
from leverans.findings import describe

FIRST_LAYER = {
    "unknown key": ("information_type: diarium", "§colour: red\ninformation_type: diarium", ["MAP001"]),
    "misspelt step": ("{from: TITLE, required: true}", "{from: TITLE, §requierd: true}", ["MAP001"]),
    "yes is no boolean": ("required: true}", "§required: yes}", ["MAP003"]),
    "missing id": ("mapping: 1\nid: diarium", "§mapping: 1", ["MAP002"]),
    "missing information type": ("mapping: 1\nid: diarium\ninformation_type: diarium", "§mapping: 1\nid: d", ["MAP002"]),
    "no source": ("mapping: 1", "§mapping: 1", ["MAP002"], ("source: d\n", "")),
    "list instead of block": ("      makulerat: {keep: {VOID: {not_in: [J]}}", "      makulerat: {§keep: [VOID]", ["MAP003"]),
    "text instead of list": ("required: true}", "required: true, §clean: strip}", ["MAP003"]),
    "number instead of column": ("{from: DNR}", "{§from: 12}", ["MAP003"]),
    "empty list": ("key: [ID]", "§key: []", ["MAP003"]),
    "unknown cleaning step": ("required: true}", "required: true, clean: [§stripp]}", ["MAP004"]),
    "unknown policy": ("required: true}", "§on_error: ignore}", ["MAP004"]),
    "unknown cardinality": ("cardinality: many_to_one", "§cardinality: many_to_many", ["MAP004"]),
    "unknown disposition": ("otherwise: void", "§otherwise: delete", ["MAP004"]),
    "void below the root": ("otherwise: exclude, because: utkast", "§otherwise: void, because: utkast", ["MAP004"]),
    "otherwise false": ("- {otherwise: true, web: full}", "- {§otherwise: false, web: full}", ["MAP004"]),
    "two operators": ("{from: DNR}", "{from: DNR, §constant: x}", ["MAP005"]),
    "no operator": ("      title: {from: TITLE, required: true}", "      §title: {required: true}", ["MAP002"]),
    "two types": ('{from: OPENED, date: "%Y-%m-%d"}', '{from: OPENED, date: "%Y-%m-%d", §type: int}', ["MAP005"]),
    "two sources": ("source: d\n", "source: d\n§sources: [d]\n", ["MAP005"]),
    "on and same_row": ("{entity: file, same_row: true}", "{entity: file, same_row: true, §on: {HID: HID}}", ["MAP005"]),
    "no on": ("on: {UNIT: ENH_ID}, ", "", ["MAP002"], ("      unit: {table", "      §unit: {table")),
    "pattern": ("required: true}", "§match: '(', required: true}", ["MAP006"]),
    "look-ahead": ("required: true}", "§match: 'a(?=b)'}", ["MAP006"]),
    "group that is not there": ("required: true}", "§match: '(?P<a>.)', group: b}", ["MAP006"]),
    "unknown piece of a layout": ('opened: {from: OPENED, date: "%Y-%m-%d"}', 'opened: {from: OPENED, §date: "%Y-%b-%d"}', ["MAP007"]),
    "time in a date": ('opened: {from: OPENED, date: "%Y-%m-%d"}', 'opened: {from: OPENED, §date: "%Y-%m-%d %H:%M"}', ["MAP007"]),
    "layout without a day": ('opened: {from: OPENED, date: "%Y-%m-%d"}', 'opened: {from: OPENED, §date: "%Y-%m"}', ["MAP007"]),
    "unknown code table": ("code: status}", "§code: staus}", ["MAP008"]),
    "unknown table to look up": ("{lookup: plan,", "{§lookup: plann,", ["MAP008"]),
    "no such CSV": ("{file: codes/status.csv", "{§file: codes/gone.csv", ["MAP009"]),
    "no such column in CSV": ("{file: codes/status.csv, key: KOD, value: TERM}", "{§file: codes/status.csv, key: KOD, value: TERMEN}", ["MAP010"]),
    "column to take is not there": ("take: [rule, authority]", "§take: [rule, authorite]", ["MAP010"]),
    "unknown child": ("{entity: record, on", "{§entity: recod, on", ["MAP013"]),
    "two roots": ("checks:", "  §extra:\n    model: case\n    from: ARENDE\n    key: [ID]\nchecks:", ["MAP014"]),
    "file below a case": ("{entity: record, on: {ID: CASE}", "{§entity: file, on: {ID: CASE}", ["MAP027"]),
    "version": ("mapping: 1", "§mapping: 9", ["MAP015"]),
    "gallring without decision": ("TOUCHED: {technical: tidpunkt för senaste läsning}", "§TOUCHED: {gallring: minnesanteckning}", ["MAP017"]),
    "table gallrad without decision": ("  LOGG: {technical: driftlogg}", "  §LOGG: {gallring: logg}", ["MAP017"]),
    "decision in a shared file": ("leave:", "§decisions: {§d.LOGG: {decision: KS}}\nleave:", ["MAP018", "MAP026"]),
    "group without match": ("required: true}", "§group: a}", ["MAP020"]),
    "order without a table": ("      - fields:\n          type: {constant: counterpart}", "      - §order: [ID]\n        fields:\n          type: {constant: counterpart}", ["MAP020"]),
    "check twice": ("text: {sv: Fel, en: Wrong}}", "text: {sv: Fel, en: Wrong}}\n  - {§id: ARK-1, on: case, required: [title], text: {sv: Fel, en: Wrong}}", ["MAP022"]),
    "check on an unmapped field": ("order: [created, opened]", "order: [created, §closed]", ["MAP024"]),
    "check on an unknown entity": ("on: case, order", "§on: cas, order", ["MAP013"]),
    "unknown kind of check": ("order: [created, opened]", "§ordering: [created, opened]", ["MAP001", "MAP002"], ("  - {id: ARK-1", "  - §{id: ARK-1")),
    "unique on an unmapped field": ("unique: [reference_code]", "unique: [§closed]", ["MAP024"]),
    "rule after otherwise": ("- {otherwise: true, web: full}", "- {otherwise: true, web: full}\n        - §{when: {VOID: {in: [J]}}, web: none}", ["MAP025"]),
    "code table without a value": ("code: status}", "§code: plan}", ["MAP030"]),
    "default without a policy": ("      title: {from: TITLE, required: true}", "      §title: {from: TITLE, default: x}", ["MAP031"]),
    "policy without a default": ("      title: {from: TITLE, required: true}", "      §title: {from: TITLE, on_error: default}", ["MAP031"]),
    "retention that is no pair": ("      retention: {lookup: plan, by: PROCESS, take: [rule, authority]}", "      §retention: {lookup: plan, by: PROCESS, take: rule}", ["MAP032"]),
    "retention without lookup": ("      retention: {lookup: plan, by: PROCESS, take: [rule, authority]}", "      §retention: {from: PROCESS}", ["MAP032"]),
    "same row of another table": ("{entity: file, same_row: true}", "{entity: file, §same_row: true}", ["MAP033"], ("  file:\n    from: HANDLING", "  file:\n    from: ANNAN")),
    "legal ground typed wrong": ("law: {from: LAG}", "§law: LAG", ["MAP003"]),
    "years typed in a mapping": ("law: {from: LAG}}", "law: {from: LAG}, §years: 20}", ["MAP001"]),
    "reason that is blank": ("  LOGG: {technical: driftlogg}", "  LOGG: {§technical: '  '}", ["MAP003"]),
    "reason of one letter": ("  LOGG: {technical: driftlogg}", "  LOGG: {§technical: x}", ["MAP003"]),
    "rule without a why": ("otherwise: void, because: makulerat i diariet", "otherwise: void, §because: '-'", ["MAP003"]),
    "text in another language": ("text: {sv: Fel, en: Wrong}}", "§text: {§se: Fel, en: Wrong}}", ["MAP001", "MAP002"]),
    "text without English": ("text: {sv: Fel, en: Wrong}}", "§text: {sv: Fel}}", ["MAP002"]),
    "secrecy that is never reached": ('- {when: {SEKR: {in: [S]}}, law: {from: LAG}}\n        - {when: {SEKR: {in: [""]}}, none: true}', '- {when: {SEKR: {in: ["", S]}}, none: true}\n        - §{when: {SEKR: {in: [S]}}, law: {from: LAG}}', ["MAP025"]),
    "rule whose values are taken one by one": ('- {when: {SEKR: {in: [S]}}, law: {from: LAG}}\n        - {when: {SEKR: {in: [""]}}, none: true}', '- {when: {SEKR: {in: [S]}}, law: {from: LAG}}\n        - {when: {SEKR: {empty: true}}, none: true}\n        - §{when: {SEKR: {in: [S, ""]}, VOID: {in: [J]}}, none: true}', ["MAP025"]),
    "choice that is never reached": ("reference_code: {from: DNR}", "reference_code: {choose: [{when: {VOID: {not_in: [J]}}, from: DNR}, §{when: {VOID: {in: [N]}}, from: TITLE}]}", ["MAP025"]),
    "column of the key twice": ("key: [ID]", "key: [ID, §ID]", ["MAP044"]),
    "field twice in a check": ("order: [created, opened]", "order: [created, §created]", ["MAP044"]),
    "code table outside the content": ("{file: codes/status.csv,", "{§file: ../../../../../../../etc/passwd,", ["MAP045"]),
    "plan outside its folder": ('{file: "plan:ihp.csv",', '{§file: "plan:../../..",', ["MAP045"]),
    "reason of no kind": ("  LOGG: {technical: driftlogg}", "  §LOGG: {}", ["MAP002"]),
}  # fmt: skip


def marked(text):
    """Take the marks out and give their places as ``line:column``."""
    places, lines = [], []
    for number, line in enumerate(text.split("\n"), start=1):
        pieces = line.split("§")
        lengths = accumulate(len(piece) for piece in pieces[:-1])
        places += [f"{number}:{length + 1}" for length in lengths]
        lines.append("".join(pieces))
    return "\n".join(lines), places


def broken(old, new, *more):
    text = BASE
    for before, after in ((old, new), *more):
        assert before in text, before
        text = text.replace(before, after, 1)
    return marked(text)


def check(raised, codes, places):
    problems = raised.value.problems
    found = sorted((problem.code, problem.where) for problem in problems)
    wanted = [f"mappings/x/m.yaml:{place}" for place in places]
    assert sorted(code for code, _ in found) == sorted(codes), [str(problem) for problem in problems]
    assert {where for _, where in found} == set(wanted), [str(problem) for problem in problems]
    for problem in problems:
        for text in (problem.kind.sv, problem.kind.en):
            places = {name for _, name, _, _ in Formatter().parse(text) if name}
            assert places <= set(problem.parameters), problem.code


@pytest.mark.parametrize("name", FIRST_LAYER)
def test_first_layer(tmp_path, name):
    old, new, codes, *more = FIRST_LAYER[name]
    text, places = broken(old, new, *more)
    with pytest.raises(ConfigurationError) as raised:
        loaded(tmp_path, text)
    assert raised.value.code == "MAP000"
    check(raised, codes, places)


def test_all_faults_of_a_pass_are_told_in_the_order_of_the_file(tmp_path):
    text, places = marked(
        BASE.replace("{from: DNR}", "{§from: 12}")
        .replace("code: status}", "§code: staus}")
        .replace("unique: [reference_code]", "unique: [§closed]")
        .replace("- {otherwise: true, web: full}", "- {otherwise: true, web: full, §colour: red}")
        .replace("  LOGG: {technical: driftlogg}", "  §LOGG: {gallring: logg}")
    )
    with pytest.raises(ConfigurationError) as raised:
        loaded(tmp_path, text)
    assert [problem.where for problem in raised.value.problems] == [
        f"mappings/x/m.yaml:{place}" for place in places
    ]
    assert [problem.code for problem in raised.value.problems] == [
        "MAP003",
        "MAP008",
        "MAP024",
        "MAP001",
        "MAP017",
    ]
    assert "5 places" in str(raised.value)


SECOND_LAYER = {
    "unknown table": ("      unit: {table: ENHET,", "      §unit: {table: ENHETER,", ["MAP052", "MAP057"]),
    "unknown column": ("reference_code: {from: DNR}", "§reference_code: {from: DNRR}", ["MAP053", "MAP056"]),
    "column of another join": ("{from: unit.NAMN}", "{from: unit.NAME}", ["MAP053", "MAP056"]),
    "word in concat that is no column": ("{from: DNR}", "{concat: [§Dnr, DNR]}", ["MAP053"]),
    "unknown field": ("      type: {from: KIND, code: term}", "      §colour: {from: KIND, code: term}", ["MAP054"]),
    "field of the software": ("      type: {from: KIND, code: term}", "      §access: {from: KIND, code: term}", ["MAP054"]),
    "required field missing": ("      title: {from: TITLE, required: true}", "      description: {from: TITLE}", ["MAP055"], ("  case:\n", "  §case:\n")),
    "agent without a type": ("          type: {constant: counterpart}\n", "", ["MAP055"], ("      - fields:", "      - §fields:")),
    "file without content": ("      content: {document: DOK, by: PATH, absent: skip}", "      reference: {from: PATH}", ["MAP054", "MAP055", "MAP057"]),
    "unmapped column": ("      TOUCHED: {technical: tidpunkt för senaste läsning}", "      VOID: {technical: xx}", ["MAP056", "MAP059"]),
    "unlisted table": ("leave:\n  LOGG: {technical: driftlogg}\n", "", ["MAP057"], ("entities:", "§entities:")),
    "text in a whole number": ("      number: {from: NR, type: int}", "      §number: {from: RUBRIK}", ["MAP058"]),
    "used and dropped": ("      TOUCHED: {", "      §DNR: {technical: xx}\n      TOUCHED: {", ["MAP059"]),
    "left and used": ("  LOGG: {technical: driftlogg}", "  LOGG: {technical: driftlogg}\n  §ENHET: {technical: xx}", ["MAP060"]),
    "unknown table left": ("  LOGG: {technical: driftlogg}", "  LOGG: {technical: driftlogg}\n  §LOG: {technical: xx}", ["MAP052"]),
    "document that is a table": ("{document: DOK, by", "{document: ENHET, by", ["MAP061", "MAP057"]),
    "rows of documents": ("{table: ENHET, on: {UNIT: ENH_ID}", "{table: DOK, on: {UNIT: ref}", ["MAP061", "MAP053", "MAP057"]),
    "raw word in a closed field": ("      number: {from: NR, type: int}", "      number: {from: NR, type: int}\n      §direction: {from: RUBRIK}", ["MAP063"]),
    "constant outside a closed set": ("      number: {from: NR, type: int}", "      number: {from: NR, type: int}\n      §medium: {constant: paper}", ["MAP063"]),
    "code outside a closed set": ("      number: {from: NR, type: int}", "      number: {from: NR, type: int}\n      §direction: {from: DRAFT, code: kind}", ["MAP063"]),
    "choice outside a closed set": ("      number: {from: NR, type: int}", "      number: {from: NR, type: int}\n      medium: {choose: [{when: {DRAFT: {null: true}}, constant: digital}, §{otherwise: true, constant: paper}]}", ["MAP063"]),
}  # fmt: skip


@pytest.mark.parametrize("name", SECOND_LAYER)
def test_second_layer(tmp_path, name):
    old, new, codes, *more = SECOND_LAYER[name]
    text, places = broken(old, new.replace("{null: true}", "{is_null: true}"), *more)
    with pytest.raises(ConfigurationError) as raised:
        plan_for(tmp_path, world([case()], [record(1)]), text)
    assert raised.value.code == "MAP050"
    found = [(problem.code, problem.where) for problem in raised.value.problems]
    assert {code for code, _ in found} == set(codes), found
    for place in places:
        assert f"mappings/x/m.yaml:{place}" in {where for _, where in found}, found


def test_a_source_that_is_not_there(tmp_path):
    from leverans.mapping import bind

    mapping = loaded(tmp_path)
    with pytest.raises(ConfigurationError) as raised:
        bind(mapping, {"e": catalogues(*world([case()]))["d"]})
    assert [(problem.code, problem.where) for problem in raised.value.problems] == [
        ("MAP051", "mappings/x/m.yaml:4:1")
    ]


@pytest.mark.parametrize(
    ("name", "content", "code", "where"),
    [
        (
            "mappings/x/codes/status.csv",
            "KOD;TERM\n01;a\n01;b\n",
            "MAP011",
            "mappings/x/codes/status.csv:3:1",
        ),
        ("mappings/x/codes/status.csv", "KOD;TERM\n01;a;b\n", "MAP028", "mappings/x/codes/status.csv:2:1"),
        (
            "mappings/_tables/osl.csv",
            "law;years;start\nOSL 1;x;created\n",
            "MAP029",
            "mappings/_tables/osl.csv:2:1",
        ),
        (
            "mappings/_tables/osl.csv",
            "law;years;start\nOSL 30 kap. 23 §;20;never\n",
            "MAP029",
            "mappings/_tables/osl.csv:2:1",
        ),
        ("municipalities/y/plan/ihp.csv", "process,rule\nP1,keep\n", "MAP010", "mappings/x/m.yaml:26:46"),
        (
            "municipalities/y/plan/ihp.csv",
            "process,rule,authority,process\nP1,keep,KS,P2\n",
            "MAP012",
            "municipalities/y/plan/ihp.csv:1:1",
        ),
        (
            "municipalities/y/plan/ihp.csv",
            "process,rule,authority,rule\u00a0\nP1,keep,KS,10\n",
            "MAP012",
            "municipalities/y/plan/ihp.csv:1:1",
        ),
        (
            "municipalities/y/plan/ihp.csv",
            "process,rule,authority\nP1,keep,KS\n\u200b,10,KS\n",
            "MAP016",
            "municipalities/y/plan/ihp.csv:3:1",
        ),
        (
            "municipalities/y/plan/ihp.csv",
            "process,rule,authority\nP1,keep,KS\n ,10,KS\n",
            "MAP016",
            "municipalities/y/plan/ihp.csv:3:1",
        ),
        (
            "municipalities/y/plan/ihp.csv",
            "process,rule,authority\nP1,keep,KS\nP2,keep, \n",
            "MAP016",
            "municipalities/y/plan/ihp.csv:3:1",
        ),
    ],
)
def test_tables_beside_the_mapping(tmp_path, name, content, code, where):
    with pytest.raises(ConfigurationError) as raised:
        loaded(tmp_path, BASE, FILES | {name: content})
    (problem,) = raised.value.problems
    assert problem.code == code
    assert problem.where == where


def test_a_class_without_a_name_is_refused_where_that_row_is_asked_for(tmp_path):
    """The row of a constant is the one that counts; what is asked by a column may need any row."""
    plan = "process;rule;authority;klass;namn\nP1;keep;KS;1.1;Ett\nP2;keep;KS;;\n"
    files = FILES | {"municipalities/y/plan/ihp.csv": plan}
    for by, wanted in (
        ("{constant: P1}", []),
        ("{constant: P2}", ["klass", "namn"]),
        ("PROCESS", ["klass", "namn"]),
    ):
        line = f"      classification: {{lookup: plan, by: {by}, take: [klass, namn]}}\n"
        text = BASE.replace("    unique:", f"{line}    unique:")
        try:
            loaded(tmp_path, text, files)
            found = []
        except ConfigurationError as fault:
            found = [(one.code, one.where, one.parameters["column"]) for one in fault.problems]
        assert found == [("MAP016", "municipalities/y/plan/ihp.csv:3:1", column) for column in wanted]


def test_tables_that_are_not_utf8(tmp_path):
    from tests.mapping.kit import load, write

    path = write(tmp_path, BASE)
    (tmp_path / "mappings/x/codes/status.csv").write_bytes("KOD;TERM\n01;är\n".encode("latin-1"))
    with pytest.raises(ConfigurationError) as raised:
        load(path, content=tmp_path, plan_folder=None)
    assert {problem.code for problem in raised.value.problems} == {"MAP009", "MAP021"}


@pytest.mark.parametrize("text", ["", "- a\n- b\n", "just text\n"])
def test_a_file_that_is_no_mapping(tmp_path, text):
    with pytest.raises(ConfigurationError) as raised:
        loaded(tmp_path, text)
    assert raised.value.problems[0].code == "MAP003"
    assert raised.value.problems[0].where == "mappings/x/m.yaml:1:1"


def test_a_file_that_is_no_yaml_or_not_there(tmp_path):
    from leverans.mapping import load

    with pytest.raises(ConfigurationError) as raised:
        loaded(tmp_path, "a: [1\n")
    assert raised.value.code == "CFG002"
    with pytest.raises(ConfigurationError) as raised:
        load(tmp_path / "gone.yaml", content=tmp_path, plan_folder=None)
    assert raised.value.code == "CFG001"


def test_every_code_has_texts_and_a_remedy():
    import tomllib
    from importlib.resources import files

    table = tomllib.loads(
        files("leverans.findings").joinpath("codes", "mapping.toml").read_text(encoding="utf-8")
    )
    for code in table:
        entry = describe(code)
        assert entry.sv and entry.en
        assert entry.severity == "info" or (entry.remedy_sv and entry.remedy_en), code


def test_random_damage_never_crashes_the_loader(tmp_path):
    """Take any one line away, or turn any one value into something else: faults, never another exception."""
    lines = BASE.split("\n")
    for number in range(len(lines)):
        for changed in (
            lines[:number] + lines[number + 1 :],
            [*lines[:number], lines[number].split(":")[0] + ": [1, {a: 2}]", *lines[number + 1 :]],
        ):
            try:
                loaded(tmp_path, "\n".join(changed))
            except ConfigurationError as fault:
                assert fault.problems or fault.code.startswith("CFG")
