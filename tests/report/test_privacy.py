"""Canaries in titles, names, keys, file names and documents: none is in report or papers."""

import html as escaping
import json
import sqlite3

import pytest
from tests.support.worlds import AT

from leverans import report
from leverans.settings import Settings

TITLE, AGENT, OWNER, PLACE = "Kanarititeln", "Kanarimotparten", "Kanaribolaget", "Kanarikrogen"
FILE, INSIDE, LOOSE, NUMBER = "Kanarifilen", "Kanari-i-dokumentet", "Kanari lösa filen", "199002314441"


@pytest.fixture
def planted(fresh):
    sources = fresh.path / "sources"
    with sqlite3.connect(sources / "alkt.sqlite") as database:
        database.execute('UPDATE "Ägare" SET "Bolagsnamn" = ?', (OWNER,))
        database.execute('UPDATE "Objekt" SET "ServeringsNamn" = ?', (PLACE,))
        database.execute(
            'UPDATE "Ärende" SET "DiarieNr" = ? WHERE "ArendeID" = (SELECT max("ArendeID") FROM "Ärende")',
            (NUMBER,),
        )
    register = sources / "register.csv"
    head, *lines = register.read_text(encoding="utf-8").splitlines()
    names = head.split(";")
    title, agent, file = (names.index(name) for name in ("Rubrik", "Motpart", "Filnamn"))
    changed = []
    for line in lines:
        cells = line.split(";")
        if len(cells) == len(names):
            cells[title], cells[agent] = TITLE, AGENT
            if cells[file]:
                cells[file] = f"{FILE}-{cells[file]}"
        changed.append(";".join(cells))
    register.write_text("\r\n".join([head, *changed]) + "\r\n", encoding="utf-8", newline="")
    (sources / "share" / LOOSE).mkdir()
    (sources / "share" / LOOSE / f"{LOOSE}.txt").write_text(INSIDE, encoding="utf-8")
    return fresh


@pytest.mark.parametrize("test", [False, True])
def test_no_canary_is_in_report_or_papers(planted, test):
    status, result = planted.run("--at", AT, *(["--test"] if test else []))
    assert status == 0, result
    settings = Settings.load(planted.path, planted.home)
    facts = report.collected(settings, "mora/alkt", result["run"])
    assert any(one.rows for one in facts.asides)
    texts = [
        (planted.home / "mora" / "reports" / "alkt" / result["run"] / "report.html").read_text(
            encoding="utf-8"
        )
    ]
    for paper in report.PAPERS:
        if (paper == "testprotokoll") == test or paper in {"felprotokoll", "gallringslista"}:
            path = report.write_paper(settings, "mora/alkt", result["run"], paper)
            texts += [path.read_text(encoding="utf-8"), path.with_suffix(".json").read_text(encoding="utf-8")]
    assert len(texts) >= 7
    for text in texts:
        plain = escaping.unescape(text)
        for canary in (TITLE, AGENT, OWNER, PLACE, FILE, INSIDE, LOOSE, NUMBER):
            assert canary not in plain, canary
            assert json.dumps(canary)[1:-1] not in plain, canary
