"""The metadatabilaga says what the run does: versions, levels, policies inside values, what travels."""

import html
import re

import pytest
from tests.mapping.kit import BASE, case, plan_for, record, with_field, world
from tests.mapping.test_functions import SHA, files

from leverans.mapping.tools.document import Facts, document

FACTS = Facts("y/d", "Y", "Nämnden", "diariet", "Y-1", (("d", "d", "live"),), {}, "fgs-2.0")


def page(folder, text, more=None):
    made = document(plan_for(folder, world([case()], [record(1)]), text, files=more), FACTS)
    made = re.sub(r"<[^>]+>", " ", made.replace("<wbr>", "").replace("<b>", "").replace("</b>", ""))
    return re.sub(r"\s+", " ", html.unescape(made))


def page_line(folder, line, **more):
    return page(folder, with_field(line), **more)


PART = """\
    events:
      - {from: HANDLING, on: {ID: CASE}, latest: {by: [NR], of: [CASE]}, fields: {kind: {constant: event}}}
    agents:
"""


@pytest.mark.parametrize(
    ("old", "new", "same", "by"),
    [
        (
            "    key: [ID]\n",
            "    key: [ID]\n    latest: {by: [STATUS], of: [DNR]}\n",
            "ARENDE.DNR",
            "ARENDE.STATUS",
        ),
        (
            "missing: null}",
            "missing: null, latest: {by: [NAMN], of: [ENH_ID]}}",
            "ENHET.ENH_ID",
            "ENHET.NAMN",
        ),
        ("    agents:\n", PART, "HANDLING.CASE", "HANDLING.NR"),
    ],
)
def test_which_version_counts(tmp_path, old, new, same, by):
    text = page(tmp_path, BASE.replace(old, new, 1))
    assert f"Av rader med samma d.{same} gäller bara den senaste efter d.{by}" in text
    assert "den senaste" not in page(tmp_path, BASE)


def test_which_rows_lie_below_others(tmp_path):
    text = BASE.replace("    key: [ID]\n", "    key: [ID]\n    hierarchy: {parent: [PERSON]}\n", 1)
    assert "Bara rader där d.ARENDE.PERSON är tom blir egna objekt" in page(tmp_path, text)


def test_what_a_bad_value_inside_another_leads_to(tmp_path):
    part = '{from: OPENED, date: "%Y-%m-%d", on_error: default, default: OKANT}'
    text = page_line(tmp_path, f"title: {{concat: [{part}, TITLE]}}")
    assert "om det är fel: ersätts med ”OKANT”, med varning)" in text
    own = '{from: OPENED, date: "%Y-%m-%d"}'
    text = page_line(tmp_path, f"title: {{concat: [{own}, TITLE], on_error: null}}")
    assert "om det är fel: objektet ställs åt sidan (karantän))" in text
    assert "om det är fel" not in page_line(tmp_path, f"title: {{concat: [{own}, TITLE]}}")


def test_an_unknown_code_follows_its_table(tmp_path):
    for table in ("status: {file: codes/status.csv, ", 'plan: {file: "plan:ihp.csv", '):
        text = page(tmp_path, BASE.replace(table, f"{table}unmapped: null, "))
        wanted = "okänd kod: fältet lämnas tomt, med varning; annat fel: objektet ställs åt sidan (karantän)"
        assert wanted in text, table
    text = BASE.replace("code: status}", "code: status, on_error: fail}")
    text = text.replace("codes/status.csv, ", "codes/status.csv, unmapped: null, ")
    assert "okänd kod:" not in page(tmp_path, text)


def test_harmed_texts_and_doubtful_hours(tmp_path):
    assert "text med skadade tecken tas med" in page_line(tmp_path, "title: {from: TITLE, harmed: warn}")
    extra = 'Tid: {from: OPENED, datetime: "%Y-%m-%d %H:%M", zone: Europe/Stockholm, dst: later}'
    text = page(tmp_path, BASE.replace("    extras:\n", f"    extras:\n      {extra}\n"))
    assert "klockslag som inte fanns läses med normaltid" in text


def test_what_is_technical_travels_in_the_rows(tmp_path):
    text = page(tmp_path, BASE)
    assert "Kolumner utan egen plats i arkivet" in text
    assert "Kolumner som inte följer med" not in text
    assert "TOUCHED bara i de ursprungliga raderna" in text


def test_a_registered_function_stands_with_its_file(tmp_path):
    line = 'title: {fn: "prov:both", args: [TITLE, TITLE]}'
    text = page_line(tmp_path, line, more=files())
    assert f"prov:both provar mappings/_functions/prov.py {SHA}" in text
