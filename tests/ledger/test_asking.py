import pyarrow as pa
import pytest

from leverans.findings import catalogue
from leverans.ledger.types import reason_text

ROWS = pa.table(
    {
        "stream": ["db.Händelser", "share.share", "db.Händelser"],
        "key": ["77", "a.pdf", "78"],
        "code": ["LED002", "LED001", "LED002"],
        "disposition": ["quarantined", "quarantined", "excluded"],
        "where": ["m.yaml:1:1", None, None],
    }
)


def filled(ledger, begin, objects):
    first, second = begin(ledger), begin(ledger)
    ledger.record_objects(first, "1", objects("a", "b"))
    ledger.finish(first, "complete")
    ledger.record_objects(second, "1", objects("a", disposition="unchanged", state="unchanged"))
    ledger.record_objects(
        second,
        "2",
        objects(
            "b",
            "c",
            disposition="quarantined",
            state=None,
            version=None,
            package=None,
            reason="LED004",
            rule="ARK-012",
            where="m.yaml:9:3",
        ),
    )
    ledger.record_rows(second, "1", ROWS)
    return first, second


def test_quarantine_lists_objects_then_rows_of_the_latest_run(ledger, begin, objects):
    _, second = filled(ledger, begin, objects)
    aside = ledger.quarantine("mora/alkt")
    assert [(one.object, one.stream, one.key, one.code) for one in aside] == [
        ("b", None, "key-b", "LED004"),
        ("c", None, "key-c", "LED004"),
        (None, "share.share", "a.pdf", "LED001"),
        (None, "db.Händelser", "77", "LED002"),
    ]
    assert {one.run for one in aside} == {second.id}
    assert (aside[0].rule, aside[0].where, aside[0].reference) == ("ARK-012", "m.yaml:9:3", "ref-b")
    assert "programmet" in aside[0].text("sv")
    assert "software" in aside[0].text("en")


def test_quarantine_is_narrowed_by_reason_and_by_any_name(ledger, begin, objects):
    filled(ledger, begin, objects)
    assert [one.object for one in ledger.quarantine("mora/alkt", code="LED004")] == ["b", "c"]
    assert [one.key for one in ledger.quarantine("mora/alkt", code="LED002")] == ["77"]
    for name in ("c", "key-c", "ref-c"):
        assert [one.object for one in ledger.quarantine("mora/alkt", object=name)] == ["c"]
    assert [one.stream for one in ledger.quarantine("mora/alkt", object="a.pdf")] == ["share.share"]
    assert ledger.quarantine("mora/alkt", test=True) == ledger.quarantine("mora/none") == []


def test_a_refused_run_does_not_hide_the_quarantine(ledger, begin, objects):
    _, second = filled(ledger, begin, objects)
    ledger.finish(second, "complete")
    ledger.finish(begin(ledger), "refused")
    assert len(ledger.quarantine("mora/alkt")) == 4
    ledger.finish(begin(ledger), "complete")
    assert ledger.quarantine("mora/alkt") == []


def test_an_object_is_explained_by_id_key_or_reference(ledger, begin, objects):
    first, second = filled(ledger, begin, objects)
    for name in ("b", "key-b", "ref-b"):
        (history,) = ledger.explain(name)
        assert (history.object, history.key, history.reference) == ("b", "key-b", "ref-b")
    assert [(one.run.run, one.disposition, one.version, one.package) for one in history.entries] == [
        (first, "archived", 1, "p1"),
        (second, "quarantined", None, None),
    ]
    assert [one.run.status for one in history.entries] == ["complete", None]
    assert history.entries[0].text("sv") == ""
    assert history.entries[1].code == "LED004"
    assert history.entries[1].text("sv")
    (unchanged,) = ledger.explain("key-a")
    assert [one.disposition for one in unchanged.entries] == ["archived", "unchanged"]
    assert ledger.explain("nothing") == []


def test_two_objects_of_one_reference_are_both_explained(ledger, begin, objects):
    run = begin(ledger)
    ledger.record_objects(run, "1", objects("a", "b", reference="ALK 2003/1"))
    assert [one.object for one in ledger.explain("ALK 2003/1")] == ["a", "b"]


def test_a_code_that_this_version_does_not_know_stands_for_itself(ledger, begin, objects):
    run = begin(ledger)
    ledger.record_objects(run, "1", objects("a", disposition="quarantined", reason="OLD999"))
    assert ledger.quarantine("mora/alkt")[0].text("sv") == "OLD999"


def test_status_tells_where_each_delivery_stands(ledger, begin, objects):
    _, second = filled(ledger, begin, objects)
    begin(ledger, "mora/hr", test=True)
    alkt, hr = ledger.status()
    assert (alkt.delivery, alkt.test, alkt.archived, alkt.quarantined) == ("mora/alkt", False, 2, 2)
    assert (alkt.latest.run, alkt.latest.status) == (second, None)
    assert (hr.delivery, hr.test, hr.archived, hr.quarantined) == ("mora/hr", True, 0, 0)


def test_an_empty_ledger_has_nothing_to_say(ledger):
    assert ledger.status() == ledger.runs() == ledger.explain("a") == ledger.quarantine("mora/alkt") == []


@pytest.mark.parametrize("language", ["sv", "en"])
def test_a_reason_names_its_rule_and_never_shows_a_question_mark(language):
    assert "case.type" in reason_text("MAP105", "case.type", language)
    assert "ARK-012" in reason_text("QUA101", "ARK-012", language)
    assert "–" in reason_text("MAP105", None, language)
    for code, kind in catalogue().items():
        asked = (kind.sv if language == "sv" else kind.en).count("?")
        assert reason_text(code, None, language).count("?") == asked, code
    assert reason_text("OLD999", "x", language) == "OLD999"
