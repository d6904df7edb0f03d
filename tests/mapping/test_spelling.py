"""What stands without quotes where a text is expected is the text as it is written."""

import pytest
from tests.mapping.kit import BASE, FILES, loaded

from leverans.errors import ConfigurationError
from leverans.mapping.binding import mapping_digest

WRITTEN = ["1.10", "1e3", "0.00", "007", "0o17", "0x1F", "1_000", "+46", "-0", "12", "yes", "no", "off", "2024-01-01",
           "12:30", ".inf", "true", "false"]  # fmt: skip


@pytest.mark.parametrize("text", WRITTEN)
def test_a_text_is_kept_as_it_is_written(tmp_path, text):
    old = "type: {from: KIND, code: term}"
    mapping = loaded(tmp_path, BASE.replace(old, f"type: {{constant: {text}}}").replace("[J]", f"[{text}]"))
    case = mapping.entities["case"]
    assert case.fields["type"].constant == text
    assert case.rules[0].keep.tests[0].values == (text,)


@pytest.mark.parametrize("text", WRITTEN)
def test_codes_and_what_stands_for_nothing_are_kept_too(tmp_path, text):
    changed = BASE.replace("{A: Ansökan,", f"{{{text}: {text},").replace(
        'null_if: [""]', f"null_if: [{text}]"
    )
    mapping = loaded(tmp_path, changed)
    assert mapping.codes["kind"].entries[text] == {"code": text, "value": text}
    assert mapping.entities["case"].parts[0].fields["protected_identity"].null_if == (text,)


def test_two_spellings_are_two_mappings(tmp_path):
    one, other = (
        loaded(tmp_path / text, BASE.replace("not_in: [J]", f"not_in: [{text}]")) for text in ("1.1", "1.10")
    )
    assert mapping_digest(one) != mapping_digest(other)


def test_null_is_no_value_and_only_where_there_may_be_none(tmp_path):
    mapping = loaded(tmp_path, BASE.replace("not_in: [J]", "not_in: [~, null]"))
    assert mapping.entities["case"].rules[0].keep.tests[0].values == (None, None)
    with pytest.raises(ConfigurationError) as caught:
        loaded(tmp_path / "b", BASE.replace('null_if: [""]', "null_if: [~]"))
    assert [problem.code for problem in caught.value.problems] == ["MAP003"]


@pytest.mark.parametrize("text", ["1.10", "2024", "true", "~"])
def test_where_only_a_text_can_stand_anything_else_is_refused_with_its_place(tmp_path, text):
    with pytest.raises(ConfigurationError) as caught:
        loaded(tmp_path, BASE.replace("information_type: diarium", f"information_type: {text}"))
    (problem,) = caught.value.problems
    assert (problem.code, problem.where) == ("MAP003", "mappings/x/m.yaml:3:1")
    assert "citattecken" in problem.remedy("sv")


def test_a_rule_beside_a_mapping_keeps_the_spelling(tmp_path):
    rule = (
        "rules: 1\nchecks:\n  - {id: R-1, on: case, severity: warning, text: {sv: Fel, en: Wrong}, because: kravet,"
        " one_of: {type: [1.10, 0.00]}}\n"
    )
    mapping = loaded(tmp_path, BASE, FILES | {"mappings/x/m.rules.yaml": rule})
    assert mapping.checks[-1].arguments == {"type": ["1.10", "0.00"]}


def test_a_link_out_of_the_content_is_not_followed(tmp_path):
    outside, content = tmp_path / "outside", tmp_path / "content"
    outside.mkdir()
    (outside / "status.csv").write_text("KOD;TERM\n01;a\n", encoding="utf-8")
    (content / "mappings/x/codes").mkdir(parents=True)
    (content / "mappings/x/codes/link.csv").symlink_to(outside / "status.csv")
    with pytest.raises(ConfigurationError) as caught:
        loaded(content, BASE.replace("codes/status.csv", "codes/link.csv"))
    assert [(problem.code, problem.where) for problem in caught.value.problems] == [
        ("MAP045", "mappings/x/m.yaml:8:12")
    ]
