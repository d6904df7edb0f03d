"""The whole way, by the public command, against the truth of the demo world."""

import hashlib
import json
import shutil
import subprocess
import zipfile
from collections import Counter

import pytest
from tests.support.worlds import AT, leverans, make_world

pytestmark = pytest.mark.e2e


def keys_by_disposition(world):
    """Read the ledger's events as anybody could: with SQL."""
    import sqlite3

    with sqlite3.connect(f"file:{world.home}/mora/ledger.sqlite?mode=ro", uri=True) as ledger:
        return ledger.execute("select key, disposition, route, object from object_event").fetchall()


def object_id(key):
    from leverans.trust import object_id

    return object_id("mora", "alkt", "case", [key])


def test_the_sets_of_keys_are_those_of_the_truth(delivered):
    expected = delivered.truth["expected"]
    rows = keys_by_disposition(delivered)
    by_word = {}
    for _key, disposition, route, identity in rows:
        by_word.setdefault((disposition, route), set()).add(identity)
    quarantined = by_word.get(("quarantined", "open"), set()) | by_word.get(
        ("quarantined", "protected"), set()
    )
    excluded = by_word.get(("excluded", "open"), set()) | by_word.get(("excluded", "protected"), set())
    assert quarantined == {object_id(key) for key in expected["quarantined"]}
    assert excluded == {object_id(key) for key in expected["excluded"]}
    assert by_word[("archived", "protected")] == {object_id(key) for key in expected["protected"]}
    assert len(by_word[("archived", "open")]) == expected["archived_open"]


def test_the_counts_are_those_of_the_truth(delivered):
    expected, objects = delivered.truth["expected"], delivered.result["objects"]
    assert delivered.result["status"] == "complete"
    assert delivered.result["balanced"] is True
    assert delivered.result["settled"] is False
    assert objects["found"] == expected["found"]
    assert objects["quarantined"] == len(expected["quarantined"])
    assert objects["excluded"] == len(expected["excluded"])
    assert objects["archived_protected"] == len(expected["protected"])
    assert objects["archived"] == expected["archived_open"] + len(expected["protected"])
    assert objects["by_state"] == {"new": objects["archived"]}


def test_every_row_and_document_is_accounted_for(delivered):
    truth, result = delivered.truth, delivered.result
    for name, stream in result["streams"].items():
        told = sum(stream[kind] for kind in ("object", "part_of", "reference", "quarantined", "excluded"))
        assert told == stream["rows"], name
    for table, rows in truth["counts"]["tables"].items():
        assert result["streams"][f"db.{table}"]["rows"] == rows
    assert result["streams"]["register.register"]["rows"] == truth["counts"]["register_rows"]
    documents = result["documents"]
    assert documents["landed"] == truth["counts"]["files"]
    assert documents["listed"] == truth["counts"]["files"] + len(truth["dirt"]["missing_file"])
    assert documents["listed"] == documents["archived"] + documents["quarantined"] + documents["excluded"]


def test_loose_rows_and_documents_are_named_by_key(delivered):
    status, answer = delivered.ask("quarantine", "list", "mora/alkt")
    assert status == 0
    loose = {(entry["stream"], entry["key"]) for entry in answer["quarantine"] if entry["object"] is None}
    truth = delivered.truth["dirt"]
    assert {key for stream, key in loose if stream == "db.Ärende_Händelser"} == set(
        map(str, truth["orphan_events"])
    )
    files = [entry["name"] for entry in answer["quarantine"] if entry["stream"] == "share.share"]
    assert len(files) == len(set(files)) == len(truth["unregistered_files"])
    shown = [
        delivered.ask("quarantine", "show", "mora/alkt", name, "--reveal", "--by", "E. Prov")
        for name in files
    ]
    assert {told["quarantine"][0]["key"] for _, told in shown} == set(truth["unregistered_files"])


def test_the_second_run_makes_nothing(delivered, tmp_path):
    world = delivered.copy(tmp_path)
    status, result = world.run("--at", "2026-07-01T12:00:00Z")
    assert status == 0
    assert result["packages"] == 0
    assert result["objects"]["archived"] == 0
    assert result["objects"]["unchanged"] == delivered.result["objects"]["archived"]
    assert result["objects"]["by_state"] == {"unchanged": delivered.result["objects"]["archived"]}
    assert result["streams"] == delivered.result["streams"]


def test_only_what_changed_is_delivered_as_next_versions(delivered, tmp_path):
    world = delivered.copy(tmp_path)
    before = {path.name: path.read_bytes() for path in world.packages()}
    status, changes = leverans("demo", "change", world.path, "--json")
    assert status == 0
    status, result = world.run("--at", "2026-08-01T12:00:00Z")
    assert status == 0, result
    states = result["objects"]["by_state"]
    assert set(states) == {"unchanged", "supplemented", "reopened", "voided"}
    assert states["supplemented"] == len(changes["late_document"])
    assert states["reopened"] == len(changes["reopened"])
    assert states["voided"] == len(changes["voided"])
    changed = sum(len(keys) for keys in changes.values())
    assert result["objects"]["archived"] == changed
    assert states["unchanged"] == delivered.result["objects"]["archived"] - changed
    for path in world.packages():
        if path.name in before:
            assert path.read_bytes() == before.pop(path.name)
    assert not before
    _, listed = world.ask("archive", "list", "mora")
    versions = {entry["reference_code"]: entry["version"] for entry in listed["objects"]}
    wanted = {key for keys in changes.values() for key in keys}
    assert {key for key, version in versions.items() if version == 2} == wanted
    late = changes["late_document"][0]
    status, answer = world.ask("explain", late)
    assert [entry["version"] for entry in answer["objects"][0]["entries"]] == [1, 2]
    fresh = [path for path in world.packages() if path.name not in {old.name for old in delivered.packages()}]
    texts = "".join(erms_of(path) for path in fresh)
    assert 'relationType="replaces"' in texts
    assert world.ask("archive", "verify", "mora")[0] == 0
    third_status, third = world.run("--at", "2026-09-01T12:00:00Z")
    assert third_status == 0
    assert third["packages"] == 0


def erms_of(package):
    with zipfile.ZipFile(package) as archive:
        name = next(name for name in archive.namelist() if name.endswith("data/ERMS.xml"))
        return archive.read(name).decode()


def test_every_package_validates(delivered):
    paths = [*delivered.packages(), *delivered.packages("packages-protected")]
    assert len(paths) == delivered.result["packages"]
    status, reports = leverans("validate", *paths, "--json")
    assert status == 0
    errors = [
        (report["package"], finding)
        for report in reports
        for finding in report["findings"]
        if finding["severity"] in {"error", "critical"}
    ]
    assert errors == []


@pytest.mark.parametrize("damage", ["flip", "delete", "add"])
def test_damage_to_a_package_is_named(delivered, tmp_path, damage):
    package = max(delivered.packages(), key=lambda path: path.stat().st_size)
    folder = tmp_path / "unpacked"
    subprocess.run(["unzip", "-q", package, "-d", folder], check=True) if shutil.which("unzip") else (
        zipfile.ZipFile(package).extractall(folder)
    )
    victim = min(
        path
        for path in folder.rglob("*")
        if path.is_file() and "/data/" in str(path) and path.name != "ERMS.xml" and path.stat().st_size
    )
    name = victim.relative_to(folder).as_posix().split("/", 1)[1]
    if damage == "flip":
        raw = bytearray(victim.read_bytes())
        raw[len(raw) // 2] ^= 1
        victim.write_bytes(raw)
    elif damage == "delete":
        victim.unlink()
    else:
        victim.with_name("extra.bin").write_bytes(b"x")
        name = name.rsplit("/", 1)[0] + "/extra.bin"
    status, report = leverans("validate", next(folder.iterdir()), "--json")
    assert status == 1
    assert not report["valid"]
    assert any(name in finding["where"] for finding in report["findings"] if finding["severity"] == "error")


def test_every_emitted_document_passes_the_official_schema(delivered, shared):
    from lxml import etree

    schemas = {
        "METS.xml": etree.XMLSchema(etree.parse(shared / "specs/xsd/mets_1_12.xsd", local_parser(shared))),
        "premis.xml": etree.XMLSchema(etree.parse(shared / "specs/xsd/premis_3_0.xsd", local_parser(shared))),
        "ERMS.xml": etree.XMLSchema(
            etree.parse(shared / "specs/cits-erms/schema/ERMS_v2_1_2.xsd", local_parser(shared))
        ),
    }
    seen = Counter()
    for package in [*delivered.packages(), *delivered.packages("packages-protected")]:
        with zipfile.ZipFile(package) as archive:
            for name in archive.namelist():
                schema = schemas.get(name.rsplit("/", 1)[-1])
                if schema is not None:
                    seen[name.rsplit("/", 1)[-1]] += 1
                    tree = etree.fromstring(archive.read(name)).getroottree()
                    assert schema.validate(tree), (package.name, name, schema.error_log.last_error)
    assert seen["METS.xml"] == 2 * delivered.result["packages"]
    assert seen["ERMS.xml"] == delivered.result["packages"]
    assert seen["premis.xml"] >= delivered.result["packages"]


def local_parser(shared):
    from lxml import etree

    class Local(etree.Resolver):
        def resolve(self, url, _public, context):
            name = url.rsplit("/", 1)[-1]
            for folder in ("specs/xsd", "specs/csip/schema", "specs/sip/schema"):
                if (shared / folder / name).is_file():
                    return self.resolve_filename(str(shared / folder / name), context)
            return None

    parser = etree.XMLParser(no_network=True)
    parser.resolvers.add(Local())
    return parser


def test_an_archived_case_is_found_and_read_with_plain_tools(delivered, tmp_path):
    lines = (delivered.home / "mora" / "archive.catalogue.jsonl").read_text(encoding="utf-8").splitlines()
    assert len(lines) == delivered.truth["expected"]["archived_open"]
    places = [delivered.home / "mora" / "archive" / json.loads(line)["path"] for line in lines]
    cases = [
        (folder, json.loads((folder / "v1/content/case.json").read_text(encoding="utf-8")))
        for folder in places
    ]
    folder, case = next(found for found in cases if any(record["files"] for record in found[1]["records"]))
    inventory = json.loads((folder / "inventory.json").read_text(encoding="utf-8"))
    for digest, paths in inventory["manifest"].items():
        told = subprocess.run(
            ["sha256sum", folder / paths[0]], capture_output=True, text=True, check=True
        ).stdout
        assert told.split()[0] == digest
    file = (
        case["records"][0]["files"][0]
        if case["records"][0]["files"]
        else next(file for record in case["records"] for file in record["files"])
    )
    with zipfile.ZipFile(folder / "v1/content" / file["container"]) as archive:
        assert hashlib.sha256(archive.read(file["path"])).hexdigest() == file["sha256"]


def test_the_archive_verifies_and_damage_is_named(delivered, tmp_path):
    world = delivered.copy(tmp_path)
    assert world.ask("archive", "verify", "mora")[0] == 0
    victim = next(path for path in sorted((world.home / "mora/archive").rglob("case.json")))
    victim.write_bytes(victim.read_bytes() + b" ")
    status, answer = world.ask("archive", "verify", "mora")
    assert status == 1
    assert any("case.json" in finding["where"] for root in answer["roots"] for finding in root["findings"])
    status, result = world.run()
    assert status == 1
    assert result["status"] == "incomplete"
    assert any(problem["code"] == "DLV004" for problem in result["problems"])


def test_restored_documents_are_the_bytes_of_the_source(delivered, tmp_path):
    _, listed = delivered.ask("archive", "list", "mora")
    entry = max(listed["objects"], key=lambda entry: entry["files"])
    status, answer = delivered.ask("archive", "get", "mora", entry["reference_code"], "--to", tmp_path)
    assert status == 0
    sources = {
        hashlib.sha256(path.read_bytes()).hexdigest()
        for path in (delivered.path / "sources/share").rglob("*")
        if path.is_file()
    }
    from pathlib import Path

    restored = [
        path for path in Path(answer["path"]).rglob("*") if path.is_file() and path.name != "case.json"
    ]
    digests = [hashlib.sha256(path.read_bytes()).hexdigest() for path in restored]
    assert len([digest for digest in digests if digest in sources]) >= entry["files"]


def test_protected_names_and_keys_are_nowhere_outside_their_own_rooms(delivered):
    truth = delivered.truth
    import csv

    with (delivered.path / "sources/register.csv").open(encoding="utf-8", newline="") as register:
        rows = list(csv.DictReader(register, delimiter=";"))
    protected = [row for row in rows if row["SkyddadIdentitet"]]
    assert len(protected) >= len(truth["expected"]["protected"]) > 0
    words = {row["DiarieNr"].encode() for row in protected}
    home = delivered.home / "mora"
    for path in home.rglob("*"):
        parts = path.relative_to(home).parts
        if not path.is_file() or parts[0] in {
            "archive-protected",
            "packages-protected",
            "blobs",
            "outbox",
            "landing",
            "mapped",
        }:
            continue
        raw = path.read_bytes()
        assert not [word for word in words if word in raw], path
    assert not (home / "archive-protected.catalogue.jsonl").exists()


def test_the_same_input_gives_the_same_bytes(delivered, tmp_path):
    other = make_world(tmp_path, cases=120, seed=7)
    status, _result = other.run("--at", AT)
    assert status == 0
    ours = {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in delivered.packages()}
    theirs = {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in other.packages()}
    assert ours == theirs


def test_a_test_delivery_leaves_the_archive_alone(fresh):
    status, result = fresh.run("--test", "--at", AT)
    assert status == 0
    assert result["test"] is True
    assert not (fresh.home / "mora/archive").exists()
    assert (fresh.home / "mora/test-archive").is_dir()
    assert fresh.packages() == []
    with zipfile.ZipFile(fresh.packages("test-packages")[0]) as archive:
        name = next(name for name in archive.namelist() if name.count("/") == 1 and name.endswith("METS.xml"))
        assert 'RECORDSTATUS="TEST"' in archive.read(name).decode()
    status, result = fresh.run("--at", AT)
    assert status == 0
    assert result["objects"]["by_state"] == {"new": result["objects"]["archived"]}


def test_status_and_explain(delivered):
    status, answer = delivered.ask("status")
    assert status == 0
    assert answer["deliveries"][0]["status"] == "complete"
    key = delivered.truth["expected"]["quarantined"][0]
    status, answer = delivered.ask("explain", object_id(key))
    assert status == 0
    assert answer["objects"][0]["entries"][0]["disposition"] == "quarantined"
    assert answer["objects"][0]["entries"][0]["reason"]["sv"]
    status, answer = delivered.ask("quarantine", "show", "mora/alkt", object_id(key))
    assert status == 0
    assert answer["quarantine"][0]["where"].startswith("mappings/")


@pytest.mark.parametrize(("cases", "seed"), [(60, 21), (230, 99)])
def test_other_worlds(tmp_path, cases, seed):
    world = make_world(tmp_path, cases=cases, seed=seed)
    status, result = world.run("--at", AT)
    assert status == 0, result["problems"]
    world.result = result
    test_the_sets_of_keys_are_those_of_the_truth(world)
    test_the_counts_are_those_of_the_truth(world)
    test_every_row_and_document_is_accounted_for(world)
    test_loose_rows_and_documents_are_named_by_key(world)


def test_what_vanished_from_the_source_stays_in_the_archive(delivered, tmp_path):
    import sqlite3

    world = delivered.copy(tmp_path)
    _, listed = world.ask("archive", "list", "mora")
    gone = listed["objects"][0]["reference_code"]
    with sqlite3.connect(world.path / "sources/alkt.sqlite") as database:
        database.execute('delete from "Ärende" where DiarieNr = ?', [gone])
    status, result = world.run("--at", "2026-07-01T12:00:00Z")
    assert status == 0
    assert result["objects"]["by_state"]["vanished"] == 1
    assert result["findings"]["DLV001"] == 1
    assert result["objects"]["found"] == delivered.result["objects"]["found"] - 1
    _, again = world.ask("archive", "list", "mora")
    assert gone in {entry["reference_code"] for entry in again["objects"]}
    _, told = world.ask("explain", gone)
    assert [entry["disposition"] for entry in told["objects"][0]["entries"]] == ["archived", "vanished"]


def test_an_object_that_is_missing_in_the_archive_is_named(delivered, tmp_path):
    world = delivered.copy(tmp_path)
    _, listed = world.ask("archive", "list", "mora")
    gone = world.home / "mora/archive" / listed["objects"][0]["path"]
    shutil.rmtree(gone)
    for empty in (gone.parent, gone.parent.parent):
        if not any(empty.iterdir()):
            empty.rmdir()
    status, answer = world.ask("archive", "verify", "mora")
    assert status == 1
    assert [finding["where"] for finding in answer["ledger"]["findings"]] == [
        f"urn:uuid:{listed['objects'][0]['id']}"
    ]


@pytest.mark.parametrize("protect", [True, False])
def test_a_case_that_changes_its_route_waits_for_a_person_and_the_rest_goes_on(delivered, tmp_path, protect):
    import csv

    world = delivered.copy(tmp_path)
    register = world.path / "sources/register.csv"
    with register.open(encoding="utf-8", newline="") as stream:
        names, *rows = csv.reader(stream, delimiter=";")
    expected = delivered.truth["expected"]
    aside = {*expected["quarantined"], *expected["excluded"], *expected["protected"]}
    flag, first = names.index("SkyddadIdentitet"), names.index("Löpnr")
    known = {entry["reference_code"] for entry in world.ask("archive", "list", "mora")[1]["objects"]}
    assert aside
    mine = next(
        row for row in rows if row[first] == "0" and (row[0] in known if protect else row[flag] != "")
    )
    mine[flag] = "sekretessmarkering" if protect else ""
    with register.open("w", encoding="utf-8", newline="") as stream:
        csv.writer(stream, delimiter=";").writerows([names, *rows])
    status, result = world.run("--at", "2026-08-01T12:00:00Z")
    assert status == 0, result["problems"]
    assert result["quarantined"]["DLV008"] == 1
    assert result["packages"] == 0
    assert result["objects"]["unchanged"] == delivered.result["objects"]["archived"] - 1


def test_a_changed_party_is_no_supplement(delivered, tmp_path):
    import sqlite3

    world = delivered.copy(tmp_path)
    with sqlite3.connect(world.path / "sources/alkt.sqlite") as database:
        database.execute('update "Ägare" set Bolagsnamn = ?', ["Nytt AB"])
    status, result = world.run("--at", "2026-08-01T12:00:00Z")
    assert status == 0
    assert result["objects"]["by_state"]["changed"] > 0
    assert "supplemented" not in result["objects"]["by_state"]


def test_the_work_folder_is_its_owners_alone_and_keeps_no_mapped_objects(delivered):
    home = delivered.home / "mora"
    assert home.stat().st_mode & 0o077 == 0
    assert list((home / "mapped/alkt").iterdir()) == []


def test_a_delivery_without_any_agreement_is_refused(fresh):
    path = fresh.path / "municipalities/mora/alkt.yaml"
    text = path.read_text(encoding="utf-8")
    start, end = text.index("agreement:  "), text.index("# Personer med skyddade")
    path.write_text(text[:start] + text[end:], encoding="utf-8")
    status, result = fresh.run("--at", AT)
    assert status == 1
    assert result["status"] == "refused"
    assert result["findings"] == {"AGR009": 1}
    assert not result["problems"][0]["text"]["sv"].startswith("municipalities/")
