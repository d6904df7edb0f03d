"""``leverans mapping`` and ``leverans trace`` on a delivered demo world."""

import csv
import hashlib
import json
import re
import shutil
import sqlite3
import subprocess
from pathlib import Path

import pytest
from tests.support.worlds import AT, leverans, make_world

from leverans.clock import SystemClock
from leverans.delivery.describing import bound_plan
from leverans.delivery.mappingfiles import mapping_of, papers
from leverans.ledger import Ledger
from leverans.ledger.audit import REVEAL
from leverans.mapping.functions import Function
from leverans.mapping.layers import read
from leverans.registry import load_delivery
from leverans.settings import Settings

ROOT = Path(__file__).resolve().parents[2]
MAPPING = "mappings/alkt/serveringstillstand.yaml"
CODES = "mappings/alkt/codes/riktning.csv"


@pytest.fixture(scope="module")
def world(tmp_path_factory):
    made = make_world(tmp_path_factory.mktemp("mapping"), cases=60, seed=5)
    status, result = made.run("--at", AT)
    assert status == 0, result
    return made


@pytest.fixture
def content(world, tmp_path):
    """Another content root, to change."""
    for part in ("connectors", "mappings", "municipalities"):
        shutil.copytree(world.path / part, tmp_path / "other" / part)
    return tmp_path / "other"


def edit(path, old, new):
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), encoding="utf-8")


def archived(world, route="open"):
    name = "archive" if route == "open" else "archive-protected"
    for path in sorted((world.home / "mora" / name).rglob("case.json")):
        yield json.loads(path.read_text(encoding="utf-8"))


def with_files(world):
    return next(case for case in archived(world) if any(record["files"] for record in case["records"]))


# check


def test_all_shipped_mappings_have_no_fault():
    status, plain = leverans("mapping", "check", "--content", ROOT, "--json")
    assert (status, plain["findings"]) == (0, 0)
    assert len(plain["mappings"]) >= 3


def test_a_delivery_is_bound_to_its_sources_and_without_them_to_its_last_landing(world, tmp_path):
    status, plain = world.ask("mapping", "check", "mora/alkt")
    assert (status, plain["mappings"][0]["bound"]) == (0, "live")
    gone = world.copy(tmp_path)
    shutil.rmtree(gone.path / "sources")
    status, plain = gone.ask("mapping", "check", "mora/alkt")
    assert (status, plain["mappings"][0]["bound"]) == (0, "landing")


def test_a_column_more_in_the_source_is_a_fault_with_its_place(world, tmp_path):
    changed = world.copy(tmp_path)
    with sqlite3.connect(changed.path / "sources/alkt.sqlite") as connection:
        connection.execute('alter table "Ärende" add column "Nytt" text')
    status, plain = changed.ask("mapping", "check", "mora/alkt")
    assert status == 1
    assert [fault["code"] for fault in plain["mappings"][0]["findings"]] == ["MAP056"]
    assert plain["mappings"][0]["findings"][0]["where"].startswith(f"{MAPPING}:")
    assert changed.ask("mapping", "check", "mora/alkt", "--landed")[0] == 0


def test_a_fault_in_an_overlay_is_told_for_the_mapping_it_lies_over(content):
    overlay = content / "municipalities/falun/overlay/parkeringstillstand.yaml"
    overlay.write_text(overlay.read_text(encoding="utf-8") + "colour: red\n", encoding="utf-8")
    status, plain = leverans("mapping", "check", "--content", content, "--json")
    assert status == 1
    faults = [fault for one in plain["mappings"] for fault in one["findings"]]
    assert [(fault["code"], fault["where"].split(":")[0]) for fault in faults] == [
        ("MAP001", "municipalities/falun/overlay/parkeringstillstand.yaml")
    ]


def test_a_delivery_whose_own_files_are_broken_tells_them(content):
    edit(content / "municipalities/mora/alkt.yaml", "schedule: yearly", "schedule: sometimes")
    status, plain = leverans("mapping", "check", "mora/alkt", "--unbound", "--content", content, "--json")
    assert status == 1
    assert plain["mappings"][0]["findings"][0]["where"].startswith("municipalities/mora/alkt.yaml:")


def test_a_broken_delivery_is_no_silence_when_everything_is_checked(content):
    edit(content / "municipalities/mora/alkt.yaml", "schedule: yearly", "schedule: sometimes")
    status, plain = leverans("mapping", "check", "--content", content, "--json")
    assert status == 1
    assert [one["name"] for one in plain["mappings"] if one["findings"]] == ["mora/alkt"]


def test_people_are_told_what_a_mapping_was_held_against(world, tmp_path):
    gone = world.copy(tmp_path)
    shutil.rmtree(gone.path / "sources")
    _, text = leverans("mapping", "check", "mora/alkt", "--content", gone.path, "--home", gone.home)
    assert "senaste uttaget" in text


def test_words_that_name_nothing(world):
    status, plain = world.ask("mapping", "check", "nothing/here")
    assert (status, plain["error"]["code"]) == (1, "MTL011")


# coverage


def test_every_column_of_every_table_stands_in_the_coverage(world):
    status, plain = world.ask("mapping", "coverage", "mora/alkt")
    assert status == 0
    lines = {f"{line['stream']}.{line['column']}": line for line in plain["columns"]}
    with sqlite3.connect(world.path / "sources/alkt.sqlite") as connection:
        tables = [
            name for (name,) in connection.execute("select name from sqlite_master where type = 'table'")
        ]
        columns = {
            f"db.{table}.{row[1]}"
            for table in tables
            for row in connection.execute(f'pragma table_info("{table}")')
        }
    assert columns <= set(lines)
    assert "uncovered" not in plain["counts"]
    dropped = lines["db.Ärende.UpplagdDatum"]
    assert (dropped["use"], dropped["reason"][:9]) == ("dropped", "technical")
    assert lines["db.Ärende.DiarieNr"]["use"] == "mapped"
    assert {"case.reference_code", "case.join.reg"} <= set(lines["db.Ärende.DiarieNr"]["targets"])
    assert all(line["where"].startswith("mappings/") for line in lines.values() if line["use"] != "document")


def test_the_coverage_as_csv_is_the_column_ledger_of_the_packages(world):
    status, text = leverans(
        "mapping", "coverage", "mora/alkt", "--csv", "--content", world.path, "--home", world.home
    )
    assert status == 0
    rows = list(csv.DictReader(text.splitlines(), delimiter=";"))
    (ledger,) = (world.home / "mora/runs/alkt").glob("*/column-ledger.csv")
    assert rows == list(csv.DictReader(ledger.read_text(encoding="utf-8").splitlines(), delimiter=";"))


# preview


def test_preview_shows_source_rows_beside_the_result(world):
    status, plain = world.ask("mapping", "preview", "mora/alkt", "--count", "2")
    assert (status, len(plain["objects"])) == (0, 2)
    one = plain["objects"][0]
    row = next(row["row"] for row in one["rows"] if row["stream"] == "db.Ärende")
    field = next(field for field in one["fields"] if field["path"] == "reference_code")
    assert field["value"] == row["DiarieNr"]
    assert (field["columns"], field["where"].split(":")[0]) == (["db.Ärende.DiarieNr"], MAPPING)


def test_one_object_is_shown_by_its_reference(world):
    case = with_files(world)
    status, plain = world.ask("mapping", "preview", "mora/alkt", "--object", case["reference_code"])
    assert (status, [one["object"] for one in plain["objects"]]) == (0, [case["id"]])


def test_a_protected_object_is_never_shown(world):
    secrets = list(archived(world, "protected"))
    assert secrets
    for case in secrets:
        for name in (case["id"], case["reference_code"]):
            status, plain = world.ask("mapping", "preview", "mora/alkt", "--object", name, "--reveal")
            assert (status, plain["error"]["code"]) == (2, "MTL004")
    status, plain = world.ask("mapping", "preview", "mora/alkt", "--count", "1000")
    text = json.dumps(plain, ensure_ascii=False)
    assert not [case["id"] for case in secrets if case["id"] in text]
    assert not [case["reference_code"] for case in secrets if case["reference_code"] in text]


def test_an_object_that_may_be_protected_is_withheld(world):
    _status, plain = world.ask("mapping", "preview", "mora/alkt", "--count", "1000")
    withheld = [one for one in plain["objects"] if one["withheld"]]
    assert withheld
    for one in withheld:
        assert one["rows"] == one["fields"] == []
        assert {verdict["code"] for verdict in one["verdicts"]} & {"MAP110", "MAP112", "DLV009"}


def test_the_page_is_self_contained_and_escapes_everything(world, tmp_path):
    evil = world.copy(tmp_path)
    case = with_files(evil)
    with sqlite3.connect(evil.path / "sources/alkt.sqlite") as connection:
        connection.execute('update "Objekt" set "ServeringsNamn" = \'<script>alert(1)</script>\'')
    assert evil.run("--at", AT)[0] == 0
    page = tmp_path / "page.html"
    status, _ = leverans("mapping", "preview", "mora/alkt", "--object", case["reference_code"], "--html", page,
                         "--content", evil.path, "--home", evil.home)  # fmt: skip
    text = page.read_text(encoding="utf-8")
    assert status == 0
    assert "&lt;script&gt;" in text
    assert "<script" not in text
    assert not re.search(r"(?:src|href)=", text)


# diff


def test_a_changed_code_table_changes_just_that_field(world, content):
    edit(content / CODES, "I;incoming;sender", "I;internal;sender")
    status, plain = world.ask("mapping", "diff", "mora/alkt", "--other-content", content)
    assert status == 1
    assert list(plain["fields"]) == ["record.direction"]
    change = plain["fields"]["record.direction"]
    incoming = {
        row["DiarieNr"] for row in register(world) if row["Riktning"] == "I" and row["Makulerad"] != "J"
    }
    assert 0 < change["objects"] <= len(incoming)
    assert plain["objects"]["changed"] == change["objects"]
    for example in change["examples"]:
        assert (example["before"], example["after"]) in {("internal", "incoming"), (None, None)}
        assert example["key"] == "" or re.fullmatch(r"p-[0-9a-f]{20}", example["key"])
    assert plain["dispositions"] == [] and plain["rows"] == {}


def register(world):
    return list(
        csv.DictReader(
            (world.path / "sources/register.csv").read_text(encoding="utf-8-sig").splitlines(), delimiter=";"
        )
    )


def test_the_same_content_is_equal(world, content):
    status, plain = world.ask("mapping", "diff", "mora/alkt", "--other-content", content)
    assert (status, plain["equal"], plain["objects"]["changed"]) == (0, True, 0)


def test_a_renamed_extra_comes_and_goes(world, content):
    other = content / MAPPING
    edit(
        other,
        "      Serveringsställe: {from: objekt.ServeringsNamn}",
        "      Krog: {from: objekt.ServeringsNamn}",
    )
    status, plain = world.ask("mapping", "diff", "mora/alkt", "--with", other)
    assert status == 1
    assert plain["fields"] == {}
    assert plain["rows"]["extra"]["added"] == plain["rows"]["extra"]["removed"] > 0


def test_a_stricter_mapping_sends_objects_to_quarantine(world, content):
    edit(content / MAPPING, "unique: [reference_code]", "unique: [reference_code, type]")
    status, plain = world.ask("mapping", "diff", "mora/alkt", "--with", content / MAPPING)
    assert status == 1
    assert {(one["before"], one["after"]) for one in plain["dispositions"]} >= {("quarantine", "archive")}


def test_a_revision_of_the_contents_repository(world, content):
    def git(*words):
        subprocess.run(["git", "-C", content, "-c", "user.name=t", "-c", "user.email=t@example.com", *words],
                       check=True, capture_output=True)  # fmt: skip

    git("init", "-q")
    git("add", ".")
    git("commit", "-q", "-m", "before")
    edit(content / CODES, "U;outgoing;recipient", "U;internal;recipient")
    words = ("mapping", "diff", "mora/alkt", "--content", content, "--home", world.home, "--json")
    status, plain = leverans(*words, "--against", "HEAD")
    assert status == 1
    assert list(plain["fields"]) == ["record.direction"]
    assert {one["after"] for one in plain["fields"]["record.direction"]["examples"]} <= {"internal", None}
    status, plain = leverans(*words, "--against", "no-such-revision")
    assert (status, plain["error"]["code"]) == (1, "MTL005")


def test_a_broken_other_version_tells_its_faults(world, content):
    edit(content / MAPPING, "code: riktning", "code: rikting")
    status, plain = world.ask("mapping", "diff", "mora/alkt", "--with", content / MAPPING)
    assert status == 1
    assert [problem["code"] for problem in plain["problems"]] == ["MAP008"]


def test_without_a_landing_there_is_nothing_to_work_on(world, tmp_path):
    status, plain = leverans(
        "mapping", "preview", "mora/alkt", "--content", world.path, "--home", tmp_path, "--json"
    )
    assert (status, plain["error"]["code"]) == (1, "MTL014")


# document


def test_the_metadatabilaga_says_what_is_kept_dropped_and_protected(world, tmp_path):
    page = tmp_path / "bilaga.html"
    words = ("mapping", "document", "mora/alkt", "--content", world.path, "--home", world.home)
    assert leverans(*words, "--to", page)[0] == 0
    text = page.read_text(encoding="utf-8")
    for word in (
        "Mora kommun", "MORA-LÖ-2020-014", "Ärendemening", "register.register.Rubrik", "Diarienummer",
        "makulerat i registret", "tidpunkt då raden senast ändrades i systemet", "OSL 30:23", "ARK-012",
        "Sekretess", "Personuppgifter", "Upphovsrätt", "Underskrift", "Serveringstillstånd ur AlkT",
        "översätts med kodtabellen ”riktning”", "läses som tidpunkt skriven ÅÅÅÅ-MM-DD tt:mm:ss.bråkdelar",
        "incoming", "teknisk uppgift", "Kolumner utan egen plats i arkivet",
    ):  # fmt: skip
        assert word in text, word
    again = tmp_path / "igen.html"
    assert leverans(*words, "--to", again, "--landed")[0] == 0
    assert again.read_text(encoding="utf-8") == text.replace("källan själv", "senaste uttaget")


def test_every_field_drop_and_rule_of_the_mapping_stands_in_the_metadatabilaga(world):
    _delivery, plan, _known = bound_plan(Settings.load(world.path, world.home), "mora/alkt", SystemClock())
    status, plain = world.ask("mapping", "document", "mora/alkt")
    places = set(re.findall(r"mappings/[\w./-]+:\d+:\d+", plain["html"]))
    said = {line.where for line in plan.lines if line.field != "partition"}
    said -= {line.where for line in plan.lines if line.field.startswith("restrict.")}  # told with their rule
    said |= {
        rule.where
        for one in plan.mapping.entities.values()
        for axis in one.restrict.values()
        for rule in axis
    }
    said |= {use.where for use in plan.uses if use.use in {"dropped", "left"}}
    said |= {rule.where for one in plan.mapping.entities.values() for rule in one.rules}
    said |= {check.where for check in plan.checks}
    inner = {line.where for line in plan.lines if line.field == "content"}  # told at the field
    inner |= {
        line.where for line in plan.lines if line.operators[0].startswith("table ")
    }  # so is the table's name
    assert status == 0
    assert len(said) > 60
    assert said - inner - places == set()


# impact


def test_a_plan_touches_its_municipality_and_the_paragraphs_touch_all():
    status, plain = leverans(
        "mapping", "impact", "municipalities/mora/plan/ihp.csv", "--content", ROOT, "--json"
    )
    assert (status, plain["deliveries"]) == (0, ["mora/alkt"])
    _, plain = leverans("mapping", "impact", "mappings/_tables/osl.csv", "--content", ROOT, "--json")
    every = sorted(path.parent.name for path in ROOT.glob("municipalities/*/municipality.yaml"))
    assert plain["municipalities"] == every
    assert {"borlange", "falun", "mora"} <= set(every)


@pytest.mark.parametrize(
    ("path", "delivery", "how"),
    [
        ("mappings/alkt/serveringstillstand.yaml", "mora/alkt", "mapping"),
        ("mappings/alkt/codes/riktning.csv", "mora/alkt", "codes"),
        ("connectors/dokumentregister", "mora/alkt", "connector"),
        ("municipalities/falun/overlay/parkeringstillstand.yaml", "falun/parkeringstillstand", "overlay"),
        ("municipalities/falun/municipality.yaml", "falun/parkeringstillstand", "municipality"),
        ("mappings/alkt/serveringstillstand.rules.yaml", "mora/alkt", "rules"),
    ],
)
def test_each_kind_of_file_touches_its_delivery(path, delivery, how):
    _, plain = leverans("mapping", "impact", path, "--content", ROOT, "--json")
    assert {(one["delivery"], one["how"]) for one in plain["touched"]} == {(delivery, how)}


def test_a_file_that_nobody_uses_and_a_broken_delivery_are_told(content):
    (content / "mappings/alkt/codes/loose.csv").write_text("a;b\n", encoding="utf-8")
    edit(content / "municipalities/mora/alkt.yaml", "schedule: yearly", "schedule: sometimes")
    _, plain = leverans("mapping", "impact", "mappings/alkt/codes/loose.csv", "--content", content, "--json")
    assert plain["nothing"] == ["mappings/alkt/codes/loose.csv"]
    assert plain["unreadable"] == ["mora/alkt"]


def test_a_function_touches_who_calls_it_and_travels_with_the_mapping(content):
    code = b"def same(text):\n    return text\n"
    folder = content / "mappings/_functions"
    folder.mkdir(exist_ok=True)
    (folder / "titel.py").write_bytes(code)
    row = f"function;sha256;text\ntitel:same;{hashlib.sha256(code).hexdigest()};samma\n"
    (folder / "functions.csv").write_text(row, encoding="utf-8")
    edit(content / MAPPING, "{from: reg.Rubrik, required", '{fn: "titel:same", args: [reg.Rubrik], required')
    for path in ("mappings/_functions/titel.py", "mappings/_functions/functions.csv"):
        _, plain = leverans("mapping", "impact", path, "--content", content, "--json")
        assert [(one["delivery"], one["how"]) for one in plain["touched"]] == [("mora/alkt", "function")]
    delivery = load_delivery(content, "mora/alkt")
    function = Function("titel:same", "", "", folder / "titel.py")
    made = papers(content, delivery, [function])
    assert made["mapping-function-titel.py"] == code
    assert "mapping-function-titel.py;mappings/_functions/titel.py" in made["mapping-files.csv"].decode()
    assert made["mapping-functions.csv"].decode() == row
    assert mapping_of(lambda name: made[name].decode()).data == read(delivery.mapping, content).data


def test_a_deleted_file_still_touches_who_names_it(content):
    (content / CODES).unlink()
    _, plain = leverans("mapping", "impact", CODES, "--content", content, "--json")
    assert plain["deliveries"] == ["mora/alkt"]


# trace

FIELDS = {
    "title": ("register.register", "Rubrik", "Rubrik"),
    "reference_code": ("db.Ärende", "DiarieNr", "DiarieNr"),
    "opened": ("db.Ärende", "OppnandeDatum", None),
    "type": ("db.Ärende", "ArendeTyp", None),
    "agents[0].type": ("", "", None),
    "agents[0].name": ("db.Ärende", "HandlaggarID", None),
    "events[0].date": ("db.Ärende_Beslut", "BeslutsDatumTid", None),
    "restrictions[secrecy].web": ("register.register", "Sekretess", None),
    "records[0].title": ("register.register", "Rubrik", "Rubrik"),
    "records[0].number": ("register.register", "Löpnr", "Löpnr"),
    "records[0].created": ("register.register", "Datum", None),
    "records[0].files[0].sha256": ("register.register", "Filnamn", None),
}


def traced(world, case, field):
    status, plain = world.ask("trace", "mora", case["id"], field)
    assert status == 0, plain
    return plain


def case_to_trace(world):
    """A case with a decision, whose first record has a file."""
    for case in archived(world):
        if case["records"] and case["records"][0]["files"]:
            status, plain = world.ask("trace", "mora", case["id"], "events[0].kind")
            if status == 0 and plain["value"] == "decision":
                return case
    raise AssertionError("no such case")


@pytest.fixture(scope="module")
def case(world):
    return case_to_trace(world)


@pytest.mark.parametrize("field", FIELDS)
def test_a_field_of_an_archived_case_tells_where_it_comes_from(world, case, field):
    stream, column, same = FIELDS[field]
    plain = traced(world, case, field)
    assert plain["exact"], plain
    origin = plain["origins"][0]
    assert origin["stream"] == stream
    assert list(origin["columns"]) == ([column] if column else [])
    assert origin["where"].startswith(f"{MAPPING}:")
    line = (
        (world.path / MAPPING)
        .read_text(encoding="utf-8")
        .splitlines()[int(origin["where"].split(":")[1]) - 1]
    )
    assert not column or column in line
    if stream:
        assert len(origin["keys"]) == 1
        row = source_row(world, stream, origin["keys"][0])
        assert not same or row[same] == plain["value"]
        assert row.get("DiarieNr", case["reference_code"]) == case["reference_code"]


def source_row(world, stream, key):
    if stream == "register.register":
        return next(row for row in register(world) if f"{row['DiarieNr']}|{row['Löpnr']}" == key)
    with sqlite3.connect(world.path / "sources/alkt.sqlite") as connection:
        connection.row_factory = sqlite3.Row
        table = stream.removeprefix("db.")
        column = {"Ärende": "ArendeID", "Ärende_Beslut": "BeslutsID", "Ärende_Händelser": "HandelseID"}[table]
        return dict(connection.execute(f'select * from "{table}" where "{column}" = ?', (key,)).fetchone())


@pytest.mark.parametrize(
    ("element", "field"),
    [
        ("objectId", "reference_code"),
        ("dates/date[@dateType='opened']", "opened"),
        ('dates/date[@dateType="opened"]', "opened"),
        ("record[1]/title", "records[0].title"),
        ("record[1]/runningNumber", "records[0].number"),
        ("agents/agent[1]/name", "agents[0].name"),
        ("action[1]/actionType", "events[0].type"),
        ("aggregation/title", "title"),
    ],
)
def test_an_erms_element_is_the_field_it_was_made_of(world, case, element, field):
    assert traced(world, case, element) == traced(world, case, field)


@pytest.mark.parametrize(
    ("held", "field"),
    [
        ("dates.opened", "opened"),
        ("records[0].dates.created", "records[0].created"),
        ("records[0].files[0].original_name", "records[0].files[0].name"),
        ("records[0].files[0].format.puid", "records[0].files[0].puid"),
        ("records[0].files[0].format.version", "records[0].files[0].format_version"),
        ("web.secrecy", "restrictions[secrecy].web"),
        ("restrictions[gdpr].web", "restrictions[personal_data].web"),
        ("restrictions[confidential].web", "restrictions[secrecy].web"),
        ("content_digest", "digest"),
    ],
)
def test_a_name_of_case_json_is_the_field_it_tells(world, case, held, field):
    assert traced(world, case, held) == traced(world, case, field)


def test_where_the_bytes_lie_is_told_as_case_json_has_it(world, case):
    for name in ("path", "container"):
        plain = traced(world, case, f"records[0].files[0].{name}")
        assert (plain["made_by"], plain["value"]) == ("software", case["records"][0]["files"][0][name])


def test_a_rule_of_an_overlay_or_of_what_the_mapping_extends_is_named_where_it_stands(tmp_path):
    made = make_world(tmp_path, cases=25, seed=5)
    base = made.path / "mappings/alkt/grund.yaml"
    base.write_text((made.path / MAPPING).read_text(encoding="utf-8"), encoding="utf-8")
    restrict = "    restrict:\n      copyright:\n        - {otherwise: true, web: none}\n"
    own = f"mapping: 1\nextends: grund.yaml\nentities:\n  case:\n{restrict}"
    (made.path / MAPPING).write_text(own, encoding="utf-8")
    over = made.path / "municipalities/mora/overlay/alkt.yaml"
    over.parent.mkdir()
    rule = "      personal_data:\n        - {when: {ArendeTyp: {is_null: false}}, web: none}\n"
    over.write_text(f"entities:\n  case:\n    restrict:\n{rule}", encoding="utf-8")
    edit(made.path / "municipalities/mora/alkt.yaml", "profile:", "overlay: overlay/alkt\nprofile:")
    status, result = made.run("--at", AT)
    assert status == 0, result
    case = next(iter(archived(made)))

    told = {field: traced(made, case, f"web.{field}") for field in ("personal_data", "secrecy", "copyright")}
    names = [one["origins"][0]["where"].split(":")[0] for one in told.values()]
    assert names == ["municipalities/mora/overlay/alkt.yaml", "mappings/alkt/grund.yaml", MAPPING]
    assert all(one["exact"] for one in told.values()), told
    assert told["personal_data"]["origins"][0]["operators"] == ["when", "web none"]
    assert told["personal_data"]["value"] == "none"
    assert told["personal_data"]["origins"][0]["where"].split(":")[1] == "5"


def test_the_table_that_translated_a_code_is_named_beside_the_column(world, case):
    plain = traced(world, case, "type")
    own, table = plain["origins"]
    assert (own["columns"], own["operators"]) == (["ArendeTyp"], ["from", "code arendetyp"])
    assert (table["stream"], table["columns"]) == ("db.Klartext", ["Kod", "Klartext"])
    assert table["operators"] == ["table arendetyp"]


def test_restrictions_count_as_in_case_json(world):
    for case in archived(world):
        for number, told in enumerate(case["restrictions"]):
            plain = traced(world, case, f"restrictions[{number}].type")
            axis = {"gdpr": "personal_data", "confidential": "secrecy"}.get(told["type"], told["type"])
            assert plain["value"] == axis
            assert traced(world, case, f"restrictions[{number}].web")["value"] == case["web"][axis]
            assert traced(world, case, f"restrictions[{number}].law")["value"] == told["law"]
        assert (
            world.ask("trace", "mora", case["id"], f"restrictions[{len(case['restrictions'])}].web")[0] == 2
        )


def test_protection_names_the_rule_that_made_it(world):
    """Also where the rule says that nothing is secret; access names one rule of every axis."""
    lines = (world.path / MAPPING).read_text(encoding="utf-8").splitlines()
    seen = set()
    for case in archived(world):
        for axis, web in case["web"].items():
            plain = traced(world, case, f"web.{axis}")
            (origin, *_more) = plain["origins"]
            rule = lines[int(origin["where"].split(":")[1]) - 1]
            assert origin["where"].startswith(f"{MAPPING}:")
            assert plain["exact"], (axis, plain)
            assert plain["value"] == web
            assert ("none: true" in rule) == (axis == "secrecy" and web == "full"), rule
            seen.add((axis, web))
        access = traced(world, case, "access")
        assert len({origin["where"] for origin in access["origins"]}) == len(case["web"])
    assert {("secrecy", "full"), ("secrecy", "none")} <= seen


def test_a_day_of_the_source_is_a_day(world, case):
    """A midnight that the source does not say is not told, neither in case.json nor by trace."""
    assert re.fullmatch(r"\d{4}-\d\d-\d\d", case["records"][0]["dates"]["created"])
    assert traced(world, case, "records[0].created")["value"] == case["records"][0]["dates"]["created"]
    assert traced(world, case, "opened")["value"] == case["dates"]["opened"]


def test_a_name_is_not_shown_but_its_digest_is(world, case):
    plain = traced(world, case, "agents[0].name")
    assert plain["value"] is None
    assert re.fullmatch(r"p-[0-9a-f]{20}", plain["digest"])


def test_what_the_software_makes_says_so(world, case):
    assert traced(world, case, "version")["made_by"] == "software"
    assert traced(world, case, "creator")["made_by"] == "software"
    access = traced(world, case, "access")
    assert (access["made_by"], access["origins"][0]["columns"]) == ("rules", ["Sekretess"])


def test_trace_reads_the_archive_alone(world, case, tmp_path):
    """Neither landing nor sources nor today's mapping are asked."""
    alone = world.copy(tmp_path)
    before = traced(alone, case, "records[0].title")
    shutil.rmtree(alone.path / "sources")
    shutil.rmtree(alone.path / "mappings")
    for name in ("landing", "outbox", "mapped", "packages", "blobs"):
        shutil.rmtree(alone.home / "mora" / name, ignore_errors=True)
    after = traced(alone, case, "records[0].title")
    assert after["origins"] == before["origins"]


def test_on_the_protected_route_neither_key_nor_value_is_told(world):
    secret = next(archived(world, "protected"))
    for field in ("title", "reference_code", "key", "agents[1].name", "opened"):
        assert world.ask("trace", "mora", secret["id"], field)[0] == 2
        status, plain = world.ask("trace", "mora", secret["id"], field, "--protected")
        assert (status, plain["value"], plain["digest"]) == (0, None, None)
        assert all(origin["keys"] == [] for origin in plain["origins"])


@pytest.mark.parametrize(
    ("field", "code"),
    [("colour", "MTL007"), ("records[999].title", "MTL013"), ("agents[99].name", "MTL013"), ("records[0].opened", "MTL007"),
     ("restrictions[9].law", "MTL013"), ("agents[0].colour", "MTL007"), ("", "MTL007")],
)  # fmt: skip
def test_a_field_that_is_not_there(world, case, field, code):
    status, plain = world.ask("trace", "mora", case["id"], field)
    assert (status, plain["error"]["code"]) == (2, code)


def test_an_object_that_is_not_there(world):
    status, plain = world.ask("trace", "mora", "ALK-0000-0", "title")
    assert (status, plain["error"]["code"]) == (2, "MTL008")


# reveal


def test_reveal_leaves_an_entry_in_the_audit_log_first(world, tmp_path):
    own = world.copy(tmp_path)
    words = ("mapping", "preview", "mora/alkt", "--count", "1")
    assert own.ask(*words)[0] == 0
    assert entries(own) == []
    status, plain = own.ask(*words, "--reveal", "--by", "Arkivarie")
    (entry,) = entries(own)
    assert status == 0
    assert (entry["by"], entry["delivery"], entry["objects"]) == (
        "Arkivarie",
        "mora/alkt",
        [plain["objects"][0]["object"]],
    )


def entries(world):
    with Ledger.look(world.home / "mora/ledger.sqlite", SystemClock()) as ledger:
        return [dict(one.entry) for one in ledger.audit.entries(REVEAL)]


# for people


@pytest.mark.parametrize(
    ("words", "seen"),
    [
        (("mapping", "coverage", "mora/alkt"), "kolumner"),
        (("mapping", "preview", "mora/alkt", "--count", "1"), "Arkivet"),
        (("mapping", "impact", CODES), "mora/alkt"),
        (("mapping", "schema", "overlay"), '"definitions"'),
        (("mapping", "test", "personal"), "stämmer"),
    ],
)
def test_what_people_see(world, words, seen):
    status, text = leverans(*words, "--content", world.path, "--home", world.home)
    assert status == 0
    assert seen in (text if isinstance(text, str) else json.dumps(text))


# counts


def test_check_and_test_count_the_same_mappings(world):
    """What others extend is checked through those and has golden pairs of its own: both say so."""
    _status, checked = leverans("mapping", "check", "--content", ROOT)
    found = re.search(r"(\d+) checked.*?(\d+) of (\d+) are part of one that extends", checked, re.DOTALL)
    alone, below, every = map(int, found.groups())
    _status, plain = leverans("mapping", "test", "--content", ROOT, "--json")
    assert every == alone + below == len({pair["mapping"] for pair in plain["pairs"]})
    assert below > 0
