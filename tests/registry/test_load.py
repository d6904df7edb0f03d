from datetime import date

import pytest

from leverans.delivery.access import access_to
from leverans.errors import ConfigurationError, Refused, UsageError
from leverans.registry import EnvironmentReference, RootRule, deliveries, load_delivery, load_municipality
from leverans.settings import Settings


def faults(content, name="fictiva/one"):
    with pytest.raises(ConfigurationError) as caught:
        load_delivery(content, name)
    error = caught.value
    return sorted((problem.code, problem.where) for problem in (error.problems or (error,)))


def codes(content):
    return [code for code, _ in faults(content)]


def test_a_delivery_is_read_whole(content):
    delivery = load_delivery(content, "fictiva/one")
    assert (delivery.name, delivery.short_name, delivery.system) == ("fictiva/one", "one", "sys")
    assert delivery.mapping == content / "mappings/sys/kind.yaml"
    assert delivery.period.text() == "1996-01-01/2025-12-31"
    assert delivery.schedule.kind == "yearly"
    assert delivery.protected is delivery.overlay is None
    assert delivery.agreement.plain()["custody"] == "slutarkiv"
    assert delivery.agreement.where == "municipalities/fictiva/one.yaml:12:1"
    assert delivery.facts.producer == "Nya nämnden"
    assert set(delivery.files) == {
        "municipalities/fictiva/municipality.yaml",
        "municipalities/fictiva/one.yaml",
    }
    assert load_delivery(content, "fictiva/one") == delivery


def test_the_digest_follows_the_files(content, edit):
    before = load_delivery(content, "fictiva/one").digest
    edit("yearly", "monthly")
    assert load_delivery(content, "fictiva/one").digest != before


def test_the_creator_follows_the_day(content):
    delivery = load_delivery(content, "fictiva/one")
    assert [
        who.name if (who := delivery.creator_on(date.fromisoformat(day))) else None
        for day in ("1989-12-31", "1990-01-01", "2006-12-31", "2007-01-01", "2999-01-01")
    ] == [None, "Gamla nämnden", "Gamla nämnden", "Nya nämnden", "Nya nämnden"]


def test_the_municipalities_of_the_repository_can_be_read(real):
    for name in deliveries(real):
        delivery = load_delivery(real, name)
        assert delivery.name == name


def test_the_demo_delivery_says_what_the_demo_needs(real):
    delivery = load_delivery(real, "mora/alkt")
    assert delivery.municipality.organisation_number == "212000-2213"
    assert [entry.name for entry in delivery.sources] == ["db", "register", "share"]
    assert delivery.sources[2].root == {"share": RootRule(via="register.register", on=(("ref", "Filnamn"),))}
    assert delivery.protected.agreement.id != delivery.agreement.id
    assert delivery.protected.approver
    assert [creator.predecessor for creator in delivery.creators] == [None, "Sociala centralnämnden"]


def test_deliveries_are_found_by_path(content):
    folder = content / "municipalities"
    (folder / "fictiva" / "plan").mkdir()
    (folder / "fictiva" / "plan" / "x.yaml").write_text("")
    (folder / "annan").mkdir()
    (folder / "annan" / "x.yaml").write_text("")
    (folder / "README.md").write_text("")
    assert deliveries(content) == ["fictiva/one"]
    assert deliveries(content / "nowhere") == []


@pytest.mark.parametrize(
    "name",
    ["", "fictiva", "/one", "fictiva/", "a/b/c", "../x/one", "fictiva/../one", "Å/x", "fictiva/municipality"],
)
def test_a_name_of_another_form_is_a_usage_error(content, name):
    with pytest.raises(UsageError, match="USE001"):
        load_delivery(content, name)


def test_a_file_that_is_not_there(content):
    assert codes_of(content, "none/one") == ["CFG001"]
    assert faults(content, "fictiva/two") == [("CFG001", "municipalities/fictiva/two.yaml")]


def codes_of(content, name):
    return [code for code, _ in faults(content, name)]


@pytest.mark.parametrize(
    ("old", "new", "code", "place"),
    [
        ("delivery: 1", "delivery: 2", "REG004", "1:1"),
        ("delivery: 1", "delivery: true", "REG004", "1:1"),
        ("system: sys", "system:", "REG002", "1:1"),
        ("system: sys", "sytem: sys", "REG003", "2:1"),
        ("system: sys", "system: 12", "REG004", "2:1"),
        ("system: sys", "system: '  '", "REG004", "2:1"),
        ("producer: Nya nämnden", "producer: Ingen nämnd", "REG006", "4:1"),
        ("[Gamla nämnden, Nya", "[Ingen nämnd, Nya", "REG006", "5:12"),
        ("[Gamla nämnden, Nya nämnden]", "[Nya nämnden]", "REG007", "5:1"),
        ("[Gamla nämnden, Nya nämnden]", "[Gamla nämnden]", "REG007", "5:1"),
        ("[Gamla nämnden, Nya nämnden]", "Nya nämnden", "REG004", "5:1"),
        ("[Gamla nämnden, Nya nämnden]", "[]", "REG007", "5:1"),
        ("sys/kind", "sys/none", "REG014", "6:1"),
        ("sys/kind", "../../secret", "REG014", "6:1"),
        (
            "from: 1996-01-01, to: 2025-12-31}\nschedule",
            "from: 2026-01-01, to: 2025-12-31}\nschedule",
            "REG005",
            "8:1",
        ),
        (
            "from: 1996-01-01, to: 2025-12-31}\nschedule",
            "from: 1996-02-30, to: 2025-12-31}\nschedule",
            "REG004",
            "8:10",
        ),
        ("from: 1996-01-01, to: 2025-12-31}\nschedule", "from: 1996-01-01}\nschedule", "REG002", "8:1"),
        (
            "from: 1996-01-01, to: 2025-12-31}\nschedule",
            "from: 1996-1-1, to: 2025-12-31}\nschedule",
            "REG004",
            "8:10",
        ),
        ("schedule: yearly", "schedule: weekly", "REG004", "9:1"),
        ("schedule: yearly", "schedule: {cron: often}", "REG004", "9:12"),
        ("{connector: sys,", "{connector: none,", "REG014", "11:8"),
        ("{connector: sys,", "{connector: ../sys,", "REG011", "11:8"),
        ("db: {", "Db: {", "REG011", "11:3"),
        ("location: a.sqlite", "location: ''", "REG004", "11:24"),
        ("location: a.sqlite}", "}", "REG002", "11:3"),
        ("SHA-256", "MD5", "REG004", "19:3"),
        ("custody: slutarkiv", "custody: källare", "REG004", "20:34"),
        ("transferred: true", "transferred: ja", "REG004", "20:15"),
    ],
)
def test_a_fault_is_told_with_its_place(content, edit, old, new, code, place):
    edit(old, new)
    assert (code, f"municipalities/fictiva/one.yaml:{place}") in faults(content)


def test_all_faults_of_both_files_are_told_at_once(content, edit):
    edit("system: sys", "sytem: sys")
    edit("schedule: yearly", "schedule: sometimes")
    edit("SHA-256", "MD5")
    edit("212000-2213", "212000-2214", "municipality.yaml")
    assert codes(content) == ["REG002", "REG003", "REG004", "REG004", "REG013"]
    with pytest.raises(ConfigurationError) as caught:
        load_delivery(content, "fictiva/one")
    assert (caught.value.code, caught.value.parameters["count"]) == ("REG001", 5)


@pytest.mark.parametrize(
    ("old", "new", "code"),
    [
        ("to: 2006-12-31", "to: 2006-12-30", "REG010"),
        ("to: 2006-12-31", "to: 2007-01-01", "REG010"),
        ("from: 2007-01-01,", "from: 2007-01-01, to: 2020-01-01,", "REG007"),
        ("code: GN, from: 1990-01-01", "code: GN, from: 2008-01-01", "REG005"),
        ("name: Gamla nämnden, code", "name: Nya nämnden, code", "REG008"),
        ("predecessor: Gamla nämnden", "predecessor: Ingen nämnd", "REG006"),
        ("code: NN, ", "", "REG002"),
        ("212000-2213\narch", '"2120002213"\narch', "REG013"),
        ("212000-2213\narch", "212000-2231\narch", "REG013"),
        ("municipality: 1", "municipality: 3", "REG004"),
        ("municipality: 1", "municipality: 1\nsurplus: 1", "REG003"),
    ],
)
def test_faults_of_the_municipality(content, edit, old, new, code):
    edit(old, new, "municipality.yaml")
    assert code in codes(content)


def test_a_municipality_is_read_alone_too(content, edit):
    assert load_municipality(content, "fictiva").creator("Nya nämnden").code == "NN"
    edit("code: NN, ", "", "municipality.yaml")
    with pytest.raises(ConfigurationError, match="REG001"):
        load_municipality(content, "fictiva")


@pytest.mark.parametrize("text", ["", "# nothing\n", "- a\n", "text\n", "1\n"])
def test_a_file_that_is_no_map(content, text):
    (content / "municipalities/fictiva/one.yaml").write_text(text)
    assert set(codes(content)) <= {"REG001", "REG002", "REG004", "AGR009"}


@pytest.mark.parametrize("block", ["sources", "agreement", "period", "creators"])
@pytest.mark.parametrize("value", ["1", "text", "[1, 2]", "{a: 1}", "true"])
def test_a_block_of_another_kind_never_crashes(content, block, value):
    path = content / "municipalities/fictiva/one.yaml"
    head = path.read_text().split(f"{block}:")[0]
    path.write_text(f"{head}{block}: {value}\n")
    assert codes(content)


def test_no_agreement_is_a_refusal(content):
    path = content / "municipalities/fictiva/one.yaml"
    path.write_text(path.read_text().split("agreement:")[0])
    with pytest.raises(Refused, match="AGR009"):
        load_delivery(content, "fictiva/one")


@pytest.mark.parametrize(
    "location",
    [
        "mssql+pyodbc://user:hemligt@host/db",
        "'DRIVER={X};SERVER=h;UID=u;PWD=hemligt'",
        "'host=h password=hemligt'",
        "https://host/x?api_key=hemligt",
        "'Server=h;Password = hemligt'",
    ],
)
def test_a_password_in_a_location_is_refused_and_not_repeated(content, edit, location):
    edit("location: a.sqlite", f"location: {location}" if location[0] == "'" else f"location: '{location}'")
    with pytest.raises(ConfigurationError) as caught:
        load_delivery(content, "fictiva/one")
    (problem,) = caught.value.problems
    assert (problem.code, problem.where) == ("REG012", "municipalities/fictiva/one.yaml:11:24")
    for language in ("sv", "en"):
        assert "hemligt" not in problem.text(language) + caught.value.text(language) + repr(
            problem.parameters
        )


def test_a_literal_secret_is_refused(content, edit):
    edit("location: a.sqlite", "location: a.sqlite, secrets: {password: hemligt}")
    assert codes(content) == ["REG012"]


@pytest.mark.parametrize(
    "location", ["a.sqlite", "mssql+pyodbc://user@host/db", "/abs/password-file.csv", "share/a=b"]
)
def test_a_location_without_a_password_is_fine(content, edit, location):
    edit("location: a.sqlite", f"location: {location}")
    assert load_delivery(content, "fictiva/one").sources[0].location == location


def test_locations_start_at_the_sources_or_are_absolute_or_addresses(content, edit, tmp_path):
    source = load_delivery(content, "fictiva/one").sources[0]
    assert source.resolve(tmp_path) == str(tmp_path / "a.sqlite")
    edit("location: a.sqlite", "location: /abs/a.sqlite")
    assert load_delivery(content, "fictiva/one").sources[0].resolve(tmp_path) == "/abs/a.sqlite"
    edit("location: /abs/a.sqlite", "location: pg://h/d")
    assert load_delivery(content, "fictiva/one").sources[0].resolve(tmp_path) == "pg://h/d"


def test_a_location_may_lie_in_the_environment(content, edit, tmp_path):
    edit("location: a.sqlite", "location: {env: KALLA}, secrets: {password: {env: PW}}")
    source = load_delivery(content, "fictiva/one").sources[0]
    assert source.resolve(tmp_path, {"KALLA": "pg://u:hemligt@h/d"}) == "pg://u:hemligt@h/d"
    assert source.resolve(tmp_path, {"KALLA": "b.sqlite"}) == str(tmp_path / "b.sqlite")
    assert isinstance(source.secrets["password"], EnvironmentReference)
    assert source.secrets["password"].resolve({"PW": "x"}) == "x"
    with pytest.raises(ConfigurationError, match="REG009") as caught:
        source.resolve(tmp_path, {"KALLA": ""})
    assert caught.value.where == "municipalities/fictiva/one.yaml:11:24"


@pytest.mark.parametrize("reference", ["{env: 'A B'}", "{env: ''}", "{var: A}", "{env: A, or: b}"])
def test_a_reference_of_another_form(content, edit, reference):
    edit("location: a.sqlite", f"location: {reference}")
    assert codes(content)


@pytest.mark.parametrize(
    ("rule", "expected"),
    [
        ("{by: [A, B]}", RootRule(by=("A", "B"))),
        ("{via: db.x, on: {Å: B}}", RootRule(via="db.x", on=(("Å", "B"),))),
    ],
)
def test_a_root_rule(content, edit, rule, expected):
    edit("location: a.sqlite", f"location: a.sqlite, root: {{Händelser: {rule}}}")
    assert load_delivery(content, "fictiva/one").sources[0].root == {"Händelser": expected}


@pytest.mark.parametrize("rule", ["{via: x, on: {a: b}}", "{via: a.b}", "{by: [a], via: a.b}", "{}", "[a]"])
def test_a_root_rule_of_another_form(content, edit, rule):
    edit("location: a.sqlite", f"location: a.sqlite, root: {{x: {rule}}}")
    assert codes(content)


def test_a_waiver_names_who_and_why(content, edit):
    edit("a.sqlite", "a.sqlite, waivers: [{name: may_write, reason: r, by: b, date: 2026-01-02}]")
    (waiver,) = load_delivery(content, "fictiva/one").sources[0].waivers
    assert (waiver.name, waiver.by, waiver.on) == ("may_write", "b", date(2026, 1, 2))
    edit("by: b, ", "")
    assert codes(content) == ["REG002"]


def test_an_overlay_is_a_file_of_the_municipality(content, edit):
    edit("mapping: sys/kind", "mapping: sys/kind\noverlay: overlay/kind")
    assert codes(content) == ["REG014"]
    (content / "municipalities/fictiva/overlay").mkdir()
    (content / "municipalities/fictiva/overlay/kind.yaml").write_text("a: 1\n")
    assert (
        load_delivery(content, "fictiva/one").overlay == content / "municipalities/fictiva/overlay/kind.yaml"
    )


@pytest.mark.parametrize("schedule", ["once", "yearly", "monthly", "on request"])
def test_schedules(content, edit, schedule):
    edit("schedule: yearly", f"schedule: {schedule}")
    assert load_delivery(content, "fictiva/one").schedule.kind == schedule


def test_a_schedule_as_cron(content, edit):
    edit("schedule: yearly", 'schedule: {cron: "0 3 * * 1"}')
    schedule = load_delivery(content, "fictiva/one").schedule
    assert (schedule.kind, schedule.cron) == ("cron", "0 3 * * 1")


def test_a_source_is_frozen_only_where_it_says_so(content, edit):
    assert not load_delivery(content, "fictiva/one").sources[0].frozen
    edit("a.sqlite", "a.sqlite, frozen: true")
    delivery = load_delivery(content, "fictiva/one")
    settings = Settings(content, content, content)
    assert access_to(settings, delivery, delivery.sources[0]).frozen
    edit("frozen: true", "frozen: ja")
    assert codes(content) == ["REG004"]
