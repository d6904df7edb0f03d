"""Files of rules beside mappings: read, held against language and model, part of the mapping."""

import shutil

import pytest

from leverans.errors import ConfigurationError
from leverans.findings import catalogue
from leverans.mapping import expectations, load
from leverans.mapping.rules import rules_path

HEAD = "rules: 1\nchecks:\n"
MAPPING = "mappings/alkt/serveringstillstand.yaml"


@pytest.fixture
def content(root, tmp_path):
    """The content of the repository without its files of rules."""
    shutil.copytree(root / "mappings", tmp_path / "mappings", ignore=shutil.ignore_patterns("*.rules.yaml"))
    shutil.copytree(root / "municipalities" / "mora" / "plan", tmp_path / "plan")
    return tmp_path


def loaded(content, rules=None, mapping=MAPPING):
    if rules is not None:
        rules_path(content / MAPPING).write_text(rules, encoding="utf-8")
    return load(content / mapping, content=content, plan_folder=content / "plan")


def rule(body, on="case", name="R-1", severity="quarantine"):
    lines = [
        f"  - id: {name}", f"    on: {on}", f"    severity: {severity}", "    text: {sv: aa, en: bb}", "    because: cc",
    ]  # fmt: skip
    return "\n".join([*lines, *(f"    {line}" for line in body.split("\n"))]) + "\n"


def faults(content, rules):
    with pytest.raises(ConfigurationError, match="MAP000") as caught:
        loaded(content, rules)
    return [
        (one.code, one.where.removeprefix("mappings/alkt/serveringstillstand."))
        for one in caught.value.problems
    ]


EXPECT = "expectation: expect_column_values_to_match_regex\nwith: {column: title, regex: '^[^ ]'}"


def test_a_mapping_without_a_file_of_rules_has_its_own_checks(content):
    assert [check.id for check in loaded(content).checks] == ["ARK-012"]


def test_rules_come_after_the_mappings_own_checks_with_place_and_source(content):
    both = (
        HEAD
        + rule(EXPECT)
        + rule("when: {type: {in: [owner]}}\nrequired: [name]", on="agent", name="R-2", severity="critical")
    )
    _, first, second = loaded(content, both).checks
    assert (first.id, first.kind, first.severity, first.because) == ("R-1", "expectation", "quarantine", "cc")
    assert first.arguments == {
        "name": "ExpectColumnValuesToMatchRegex",
        "with": {"column": "title", "regex": "^[^ ]"},
    }
    assert first.where == "mappings/alkt/serveringstillstand.rules.yaml:3:5"
    assert first.when.tests == ()
    assert (second.on, second.kind, second.arguments) == ("agent", "required", ["name"])
    assert [(test.column, test.operator, test.values) for test in second.when.tests] == [
        ("type", "in", ("owner",))
    ]


def test_the_rules_are_part_of_what_the_digest_is_of(content):
    plain = loaded(content).data
    first = loaded(content, HEAD + rule(EXPECT)).data
    second = loaded(content, HEAD + rule(EXPECT, severity="warning")).data
    assert "rules" not in plain
    assert first != second
    assert {name: value for name, value in first.items() if name != "rules"} == plain


def test_camel_and_snake_are_one_name(content):
    camel = HEAD + rule("expectation: ExpectColumnValuesToBeNull\nwith: {column: type}")
    snake = HEAD + rule("expectation: expect_column_values_to_be_null\nwith: {column: type}")
    assert loaded(content, camel).checks == loaded(content, snake).checks


def test_a_mapping_has_the_rules_of_what_it_extends(content):
    (content / "mappings/alkt/egen.yaml").write_text(
        "extends: serveringstillstand.yaml\nid: egen\n", encoding="utf-8"
    )
    rules_path(content / "mappings/alkt/egen.yaml").write_text(
        HEAD + rule(EXPECT, name="R-9"), encoding="utf-8"
    )
    loaded(content, HEAD + rule(EXPECT))
    own = loaded(content, mapping="mappings/alkt/egen.yaml")
    assert [check.id for check in own.checks] == ["ARK-012", "R-1", "R-9"]
    assert own.checks[2].where == "mappings/alkt/egen.rules.yaml:3:5"


@pytest.mark.parametrize(
    ("body", "on", "code", "where"),
    [
        (
            "expectation: expect_column_values_to_match_regx\nwith: {column: title, regex: a}",
            "case",
            "RUL004",
            "8:5",
        ),
        ("expectation: expect_column_values_to_be_unique\nwith: {column: title}", "case", "RUL005", "8:5"),
        ("expectation: ExpectTableRowCountToEqual\nwith: {value: 1}", "case", "RUL005", "8:5"),
        (
            "expectation: expect_column_values_to_be_of_type\nwith: {column: title, type_: str}",
            "case",
            "RUL006",
            "8:5",
        ),
        (
            "expectation: expect_column_values_to_be_null\nwith: {colum: title, column: title}",
            "case",
            "RUL007",
            "9:12",
        ),
        (
            "expectation: expect_column_values_to_be_null\nwith: {column: title, mostly: 0.9}",
            "case",
            "RUL007",
            "9:27",
        ),
        ("expectation: expect_column_values_to_be_null", "case", "RUL008", "8:5"),
        (
            "expectation: expect_column_value_lengths_to_be_between\nwith: {column: title}",
            "case",
            "RUL008",
            "8:5",
        ),
        (
            "expectation: expect_column_values_to_match_regex\nwith: {column: title, regex: '('}",
            "case",
            "RUL009",
            "9:27",
        ),
        (
            "expectation: expect_column_values_to_be_in_set\nwith: {column: title, value_set: a}",
            "case",
            "RUL009",
            "9:27",
        ),
        (
            "expectation: expect_column_values_to_be_between\nwith: {column: title, min_value: 1}",
            "case",
            "RUL010",
            "9:5",
        ),
        (
            "expectation: expect_column_values_to_match_regex\nwith: {column: number, regex: a}",
            "record",
            "RUL010",
            "9:5",
        ),
        ("expectation: expect_column_values_to_be_null\nwith: [title]", "case", "MAP003", "9:5"),
        ("expectation: expect_column_values_to_be_null\nwith: {column: tilte}", "case", "RUL013", "9:5"),
        ("required: [title]", "kase", "RUL002", "4:5"),
        ("required: [title]", "row", "RUL002", "4:5"),
        ("required: [tilte]", "case", "RUL013", "8:16"),
        ("required: [description]", "case", "RUL013", "8:16"),  # the mapping fills none
        ("required: [title]\nwhen: {typ: {in: [a]}}", "case", "RUL013", "9:12"),
        ("required: [title]\nwhen: {type: {inn: [a]}}", "case", "MAP001", "9:19"),
        ("required: [title]\nwith: {column: title}", "case", "MAP020", "9:5"),
        ("files_exist: [missing]", "case", "RUL011", "4:5"),
        ("files_exist: [landed]", "document", "MAP004", "8:19"),
        ("count: {handling: 1}", "case", "MAP013", "8:13"),
        ("orphans: {target: case.reference}", "relation", "RUL013", "8:15"),
        ("orphans: {name: kase.reference_code}", "agent", "RUL002", "8:15"),
        ("diary_number: {reference_code: {pattern: 'A {year}'}}", "case", "RUL012", "8:37"),
        ("diary_number: {reference_code: {pattern: 'A {nummer}'}}", "case", "RUL012", "8:37"),
        ("diary_number: {reference_code: {pattern: 'A {number}', year: opened}}", "case", "RUL012", "8:60"),
        (
            "diary_number: {reference_code: {pattern: 'A {year}/{number}', year: öppnad}}",
            "case",
            "RUL013",
            "8:67",
        ),
        ("personal_number: {id_number: [reservnummer]}", "agent", "MAP004", "8:35"),
        ("organisation_number: {id_number: any}", "agent", "MAP003", "8:27"),
        ("required: [title]\nunique: [title]", "case", "MAP005", "9:5"),
        ("requires: [title]", "case", "MAP001", "8:5"),
        ("order: [title, opened]", "case", "RUL014", "8:13"),
        ("between: {title: {to: today}}", "case", "RUL014", "8:15"),
    ],
)
def test_a_fault_is_told_with_its_place_before_any_row_is_read(content, body, on, code, where):
    assert (code, f"rules.yaml:{where}") in faults(content, HEAD + rule(body, on=on))


@pytest.mark.parametrize(
    ("name", "given", "on", "parameter"),
    [
        ("match_strftime_format", "{column: opened, strftime_format: '%Q'}", "case", "strftime_format"),
        ("match_strftime_format", "{column: opened, strftime_format: '%Y-%'}", "case", "strftime_format"),
        ("match_strftime_format", "{column: opened, strftime_format: '%Y-%Y'}", "case", "strftime_format"),
        (
            "match_strftime_format",
            "{column: opened, strftime_format: 'YYYY-MM-DD'}",
            "case",
            "strftime_format",
        ),
        ("match_strftime_format", "{column: opened, strftime_format: 4}", "case", "strftime_format"),
        ("match_regex", "{column: title, regex: '[a'}", "case", "regex"),
        ("match_regex", "{column: title, regex: '(?<=a)b'}", "case", "regex"),  # Arrow has no lookbehind
        ("match_regex_list", "{column: title, regex_list: [a, '*']}", "case", "regex_list"),
        ("match_regex", "{column: title, regex: '^(\\w+\\s?)*$'}", "case", "regex"),  # never ends
        ("match_regex_list", "{column: title, regex_list: ['^a', '(?:a|a)*b']}", "case", "regex_list"),
        ("be_in_set", "{column: title, value_set: [1, 2]}", "case", "value_set"),
        ("be_in_set", "{column: title, value_set: [a, true]}", "case", "value_set"),
        ("not_be_in_set", "{column: number, value_set: ['1']}", "record", "value_set"),
        ("be_between", "{column: number, min_value: .nan}", "record", "min_value"),
        ("be_between", "{column: number, min_value: '1'}", "record", "min_value"),
        ("be_between", "{column: number, min_value: 3, max_value: 2}", "record", "min_value"),
    ],
)
def test_a_value_that_no_row_can_meet_is_told_before_any_row_is_read(content, name, given, on, parameter):
    body = f"expectation: expect_column_values_to_{name}\nwith: {given}"
    place = f"rules.yaml:9:{1 + len('    with: ') + given.index(parameter)}"
    assert faults(content, HEAD + rule(body, on=on)) == [("RUL009", place)]


def test_every_fault_of_a_pass_is_told_in_order(content):
    broken = (
        HEAD
        + rule("required: [tilte]")
        + rule("required: [titel]", name="R-2")
        + rule("required: [title]", name="ARK-012")
    )
    found = faults(content, broken)
    assert [code for code, _ in found] == ["RUL013", "RUL013", "MAP022"]


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("rules: 2\nchecks:\n" + rule("required: [title]"), "RUL001"),
        ("checks:\n" + rule("required: [title]"), "MAP002"),
        ("rules: 1\n", "MAP002"),
        ("- a\n", "MAP003"),
        (HEAD + "  - {id: R-1, on: case, required: [title]}\n", "MAP002"),
        (HEAD + rule("required: [title]").replace("{sv: aa, en: bb}", "{sv: aa}"), "MAP002"),
        (HEAD + rule("required: [title]", severity="error"), "MAP004"),
        (HEAD + rule("required: [title]", severity="no"), "MAP004"),
        (HEAD + rule("required: [title]") + "extra: 1\n", "MAP001"),
    ],
)
def test_the_file_itself(content, text, code):
    assert code in [found for found, _ in faults(content, text)]


def test_yaml_that_cannot_be_read_is_told_with_its_place(content):
    with pytest.raises(ConfigurationError, match="CFG002") as caught:
        loaded(content, "rules: 1\nchecks: [\n")
    assert "rules.yaml:" in caught.value.where


def test_an_entity_that_shares_its_table_is_refused(root, tmp_path):
    shutil.copytree(root / "mappings", tmp_path / "mappings", ignore=shutil.ignore_patterns("*.rules.yaml"))
    shutil.copytree(root / "municipalities" / "falun" / "plan", tmp_path / "plan")
    mapping = tmp_path / "mappings/casedata/tillstandsarende.yaml"
    for on, known in (("note", False), ("record", True)):
        rules_path(mapping).write_text(HEAD + rule("required: [title]", on=on), encoding="utf-8")
        if known:
            assert load(mapping, content=tmp_path, plan_folder=tmp_path / "plan").checks[-1].on == "record"
            continue
        with pytest.raises(ConfigurationError) as caught:
            load(mapping, content=tmp_path, plan_folder=tmp_path / "plan")
        assert [one.code for one in caught.value.problems] == ["RUL003"]


def test_files_exist_is_no_check_of_a_mapping(content):
    path = content / MAPPING
    text = path.read_text(encoding="utf-8").replace(
        "    order: [opened, closed]", "    files_exist: [missing]"
    )
    path.write_text(text, encoding="utf-8")
    with pytest.raises(ConfigurationError) as caught:
        loaded(content)
    assert "RUL011" in [one.code for one in caught.value.problems]


def test_the_catalogue_of_expectations_is_told_apart():
    assert not set(expectations.allowed()) & set(expectations.refused())
    assert (
        expectations.class_name("expect_column_kl_divergence_to_be_less_than")
        == "ExpectColumnKLDivergenceToBeLessThan"
    )
    assert expectations.class_name("nonsense") == "nonsense"


def test_every_code_of_the_rules_can_be_met_and_read():
    for name, code in catalogue().items():
        if name.startswith("RUL"):
            assert code.remedy_sv, name
            assert code.remedy_en, name
            assert "{{" not in code.remedy_sv + code.remedy_en
