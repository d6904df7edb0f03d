"""From services into the archive by `leverans run`, with the mappings made for saved answers, unchanged."""

import json
import re
import shutil
from datetime import datetime, timedelta

import pytest
from lxml import etree
from tests.content.conftest import ROOT, Work, assert_valid, delivered
from tests.mapping.real_nested.kit import conserved, packaged
from tests.support import nested
from tests.support.etjanster import Platform
from tests.support.services import Export, Service

from leverans.sources.tree.items import xml_items

pytestmark = pytest.mark.e2e
NS = {"a": "www.tekis.se/arende", "t": "www.tekis.se/ServiceContract"}


def content(folder, delivery, connector, place, secrets=""):
    """Copy the content, with one delivery reading a service instead of saved answers."""
    for part in ("connectors", "mappings", "municipalities"):
        shutil.copytree(ROOT / part, folder / part)
    file = folder / "municipalities" / f"{delivery}.yaml"
    old = re.compile(r"    connector: (\w+)\n    location: \w+\n")
    text, count = old.subn(
        f"    connector: {connector}\n    location: {place}\n{secrets}", file.read_text("utf-8")
    )
    assert count == 1
    file.write_text(text, encoding="utf-8")
    return folder


def inner(path):
    """Give the element within the SOAP body of a real answer."""
    body = etree.parse(path).getroot()[0]
    return etree.tostring(body[0], encoding="unicode")


def test_byggr_answers_reach_the_archive(shared, tmp_path, monkeypatch):
    monkeypatch.setenv("BYGGR", "h3mligt")
    given = shared / "data" / "byggr"
    with (given / "arendeexport.GetUpdatedArenden.200.xml").open("rb") as file:
        cases = list(xml_items(file, ("Arenden", "arende")))
    times = [datetime(2021, 12, 16) + timedelta(hours=5 * number) for number in range(len(cases))]  # noqa: DTZ001
    root = etree.parse(given / "arendeexport.GetUpdatedArenden.200.xml")
    keys = {one.get("dokId") for one in root.iter("{*}dokument")}
    one = inner(given / "arendeexport.GetDocument.200.xml")
    files = {key: one.replace('dokId="dokId"', f'dokId="{key}"') for key in keys}
    lists = {
        "HandlingTyper": inner(given / "api-byggr-get-handlingtyper-response.xml"),
        "Roller": inner(given / "api-byggr-get-roles-response.xml"),
    }
    export = Export(list(zip(times, cases, strict=True)), files, cap=2, lists=lists)
    with Service(export) as service:
        place = service.address.replace("//", "//konto@") + "/ws"
        secrets = "    secrets: {password: {env: BYGGR}}\n"
        made = content(tmp_path / "content", "sater/bygglov", "byggr_soap", place, secrets)
        work = Work(tmp_path, tmp_path / "home", made)
        result = delivered(work, "sater/bygglov")
        conserved(result, {
            "byggr.svar": len(cases), "byggr.hanvisning": int(root.xpath("count(//a:dokument)", namespaces=NS)),
            "byggr.dokument": len(keys), "byggr.handlingstyp": 232, "byggr.roll": 25,
        })  # fmt: skip
        ended = int(root.xpath("count(//t:arende[a:status = 'Avslutat'])", namespaces=NS))
        assert result["entities"]["case"] == result["objects"]["archived"] == ended > 0
        assert result["objects"]["quarantined"] == 0
        again = delivered(work, "sater/bygglov")
        assert again["objects"]["archived"] == 0
        assert again["objects"]["unchanged"] == ended
    everything = [path for path in (tmp_path / "home").rglob("*") if path.is_file()]
    assert not any(b"h3mligt" in path.read_bytes() for path in everything)


def test_ss12000_pages_reach_the_archive(tmp_path, monkeypatch):
    monkeypatch.setenv("SKOLA", "t0ken")
    truth = nested.school(tmp_path / "pages", persons=24, seed=1)

    def answer(_method, path, query, headers, _body):
        assert headers["Authorization"] == "Bearer t0ken"
        if "meta.modified.after" in query:
            return 200, {}, b'{"data": []}'
        number = int(query.get("pageToken", ["t0"])[0][1:]) + 1
        page = json.loads((tmp_path / "pages" / f"{path[1:]}-{number:03}.json").read_text("utf-8"))
        return 200, {"Content-Type": "application/json"}, json.dumps(page).encode()

    with Service(answer) as service:
        secrets = "    secrets: {token: {env: SKOLA}}\n"
        made = content(tmp_path / "content", "smedjebacken/elever", "ss12000_rest", service.address, secrets)
        result = delivered(Work(tmp_path, tmp_path / "home", made), "smedjebacken/elever")
        rows = {name: shown["rows"] for name, shown in result["streams"].items()}
        assert (rows["api.person"], result["balanced"]) == (26, True)  # two came again in the last page
        assert result["objects"]["archived"] == len(truth.persons) - len(truth.deleted) == 23


def test_open_eplatform_reaches_the_archive(tmp_path, monkeypatch):
    platform = Platform(7)
    platform.extra[4003] = "<nyFraga><QueryID>9</QueryID><Name>Ny</Name><Value>x</Value></nyFraga>"
    with Service(platform) as service:
        monkeypatch.setenv("AVESTA_ETJANSTER", service.address)
        work = Work(tmp_path, tmp_path / "home")
        status, result = work.run("avesta/sjukanmalan")
        assert (status, result["status"], result["balanced"]) == (0, "complete", True), result
        rows = {name: shown["rows"] for name, shown in result["streams"].items()}
        assert rows == {"api.lista": 7, "api.arende": 7, "api.tjanst": 3}
        assert result["objects"]["archived"] == 6
        assert result["objects"]["quarantined"] == 1  # a question that nobody has spoken for
        (told,) = (tmp_path / "home" / "avesta" / "landing").rglob("findings.json")
        assert "SRC180" in told.read_text(encoding="utf-8")  # Windows-1252 that does not say so
        assert_valid(work, "avesta", result["packages"])
        case = packaged(work, "avesta", "sjukanmalan")["4001"]
        for told in ("Anmälan om sjukfrånvaro, 2024-11-04", "Östen Exempelgren", "Månadsavlönad"):
            assert told in case
        again = delivered(work, "avesta/sjukanmalan")
        assert (again["objects"]["archived"], again["objects"]["unchanged"]) == (0, 6)
