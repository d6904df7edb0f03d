"""What is seen in a source that nobody has mapped: counts, shapes, references, the case; never a value."""

import contextlib
import sqlite3

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from tests.content import casedata_loader
from tests.sources.building import database
from tests.sources.references import ALKT, NORTHWIND, declared, undeclared

from leverans.errors import ConfigurationError
from leverans.sources.profiling import distinct, propose, survey
from leverans.sources.profiling.buffers import hashes, shapes, texts
from leverans.sources.profiling.distinct import SAMPLE, Sketch, Uniqueness, present
from leverans.sources.profiling.likeness import Names, alike, tokens


def seen(path, **more):
    return survey("db", "x", "sql", path.name, path.parent, options={}, **more)


def column(profile, table, name):
    return profile.table(table).column(name)


@pytest.mark.parametrize(
    ("text", "shape"),
    [
        ("SN 2021/3", "AA 9999/9"),
        ("Åsa Öberg", "Aa Aa"),
        ("ÅÄÖ", "AAA"),
        ("Bo Ek", "Aa Aa"),
        ("Maximiliana Oxenstierna", "Aa Aa"),
        ("SVENSSON", "AAAAA"),
        ("JOHANNESSON", "AAAAA"),
        ("19000101-0000", "99999999-9999"),
        ("a@b.se", "a@a.a"),
        ("rad\nrad", "axa"),
        ("日本 😀", "x x"),
        ("x" * 500, "a…"),
        ("1 2 3 4 5 6 7 8 9 1 2 3 4 5 6 7", "9 9 9 9 9 9 9 9 9 9 9 9 9 9 …"),
        ("", ""),
    ],
)
def test_a_shape_tells_how_a_code_is_built_and_nothing_of_a_name(text, shape):
    assert shapes(pa.array([text])).to_pylist() == [shape]


@given(st.lists(st.text(max_size=60), min_size=1, max_size=20))
def test_a_shape_has_no_sign_of_the_text_but_blanks_and_punctuation(values):
    for shape in shapes(pa.array(values)).to_pylist():
        assert set(shape) <= set("Aa9x… -/.,:;_+@()#&%*='")
        assert len(shape) <= 29
        assert "aa" not in shape and "  " not in shape


@given(st.lists(st.text(max_size=20), min_size=2, max_size=30), st.integers(0, 1))
@example(["", "\0"], 0)
def test_hashes_are_of_the_text_alone_wherever_it_stands(values, cut):
    one, other = pa.array(values), pa.array(["fyllnad", *values, "mer"]).slice(1, len(values))
    assert np.array_equal(hashes(one), hashes(other))
    assert len(set(hashes(one).tolist())) == len(set(values))
    assert np.array_equal(hashes(one.slice(cut)), hashes(one)[cut:])


def test_numbers_and_their_texts_meet():
    assert hashes(texts(pa.array([12, 7])))[0] == hashes(pa.array(["12"]))[0]
    assert hashes(texts(pa.array([12.0])))[0] == hashes(pa.array(["12"]))[0]
    assert texts(pa.array([1.5, None])).to_pylist() == ["1.5", None]


def test_a_sketch_counts_a_few_exactly_and_estimates_many():
    sketch = Sketch()
    values = hashes(pa.array([str(number) for number in range(100_000)]))
    sketch.add(values[:SAMPLE])
    assert (sketch.count, sketch.full) == (SAMPLE, False)
    for start in range(0, 100_000, 7_000):
        sketch.add(values[start : start + 7_000])
    assert sketch.full and len(sketch.kept) == SAMPLE
    assert abs(sketch.count - 100_000) < 10_000


@pytest.mark.parametrize("again", [None, 3, 49_999])
def test_a_value_that_stands_twice_is_found_across_all_runs_on_disk(tmp_path, monkeypatch, again):
    monkeypatch.setattr(distinct, "_RUN", 1_000)
    values = hashes(pa.array([str(number) for number in range(50_000)]))
    unique, sketch = Uniqueness(tmp_path / "h"), Sketch()
    late = np.append(values, values[again : again + 1]) if again is not None else values
    for start in range(0, len(late), 700):
        part = late[start : start + 700]
        sketch.add(np.unique(part))
        unique.add(part, sketch)
    assert unique.settle() is (again is None)
    if again is None:
        held = np.fromfile(tmp_path / "h", np.uint64)
        assert np.array_equal(held, np.sort(values))
        stranger = hashes(pa.array(["inte där"]))
        assert present(np.sort(np.append(values[:10], stranger)), held) == 10
    else:
        assert list(tmp_path.iterdir()) == []


def test_a_column_is_counted_with_empties_apart_and_rare_shapes_hidden(tmp_path):
    rows = [(number, "SN 2021/1", "", None) for number in range(10)]
    rows += [(10, "udda värde!", None, 1), (11, "udda värde!", "x", 1)]
    path = database(tmp_path / "a.sqlite", "CREATE TABLE t (id INTEGER PRIMARY KEY, nr, tom, null_)", t=rows)
    profile = seen(path)
    nr, empty = column(profile, "t", "nr"), column(profile, "t", "tom")
    assert nr.shapes == (("AA 9999/9", 10),)
    assert (nr.distinct, nr.exact, nr.unique) == (2, True, False)
    assert (empty.nulls, empty.empty, empty.distinct, empty.shapes) == (1, 10, 1, ())
    assert column(profile, "t", "null_").nulls == 10
    assert column(profile, "t", "id").unique


@pytest.mark.parametrize(
    ("value", "layout"),
    [
        ("2021-03-0{}", "%Y-%m-%d"),
        ("2021-03-0{} 10:11", "%Y-%m-%d %H:%M"),
        ("2021-03-0{} 10:11:12.123", "%Y-%m-%d %H:%M:%S.%f"),
        ("2021-03-0{}T10:11:12Z", "%Y-%m-%dT%H:%M:%S%z"),
        ("2021030{}", "%Y%m%d"),
        ("{}/28/2021", "%-m/%-d/%Y"),
        ("28/{}/2021", "%-d/%-m/%Y"),
        ("99999{}99", ""),
        ("2021-13-0{}", ""),
    ],
)
def test_the_layout_of_dates_is_found(tmp_path, value, layout):
    rows = [(value.format(number),) for number in range(1, 10)]
    profile = seen(database(tmp_path / "a.sqlite", "CREATE TABLE t (d text)", t=rows))
    found = column(profile, "t", "d")
    assert (found.layout, found.years) == (layout, 1 if layout else 0)
    assert found.time == ("%H" in layout)


def test_the_same_source_gives_the_same_profile(tmp_path, shared):
    path = shared / "data" / "databases" / "northwind" / "northwind.sqlite"
    assert seen(path) == seen(path)


@pytest.fixture(scope="session")
def databases(shared, tmp_path_factory):
    folder = tmp_path_factory.mktemp("undeclared")
    data = shared / "data"
    chinook = data / "databases" / "chinook" / "Chinook_Sqlite.sqlite"
    people = data / "databases" / "employee_hr" / "employee.db"
    casedata_loader.merge(folder / "c.sqlite", data / "casedata_mariadb")
    more = {(one, (own,), other) for (one, own), (other, _) in casedata_loader.UNDECLARED.items()}
    northwind = data / "databases" / "northwind" / "northwind.sqlite"
    truths = {
        "northwind": (northwind, NORTHWIND),
        "chinook": (chinook, declared(chinook)),
        "employees": (people, declared(people)),
        "alkt": (data / "alkt_sqlserver" / "alkt.sqlite", ALKT),
        "casedata": (folder / "c.sqlite", declared(folder / "c.sqlite") | more),
    }
    return {
        name: (seen(undeclared(path, folder / f"{name}.sqlite")), truth)
        for name, (path, truth) in truths.items()
    }


@pytest.mark.parametrize(
    ("name", "recall", "precision"),
    [
        ("northwind", 0.9, 0.9),
        ("chinook", 0.9, 0.9),
        ("employees", 0.9, 0.9),
        ("alkt", 1, 0.9),
        ("casedata", 0.9, 0.9),
    ],
)
def test_references_that_are_not_declared_are_inferred(databases, name, recall, precision):
    profile, truth = databases[name]
    assert not any(one.declared for one in profile.references)
    first = {(one.table, one.columns, one.target) for one in profile.references if one.rank == 1}
    chosen = {(one.table, one.columns, one.target) for one in profile.chosen()}
    assert len(truth & first) >= 0.9 * len(truth)
    assert len(truth & chosen) >= recall * len(truth)
    assert len(truth & chosen) >= precision * len(chosen)


@pytest.mark.parametrize(
    ("name", "case", "partition", "joins"),
    [
        ("northwind", "Orders", "OrderDate", {"Customers", "Employees", "Shippers"}),
        ("chinook", "Invoice", "InvoiceDate", {"Customer"}),
        ("employees", "employee", "hire_date", set()),
        ("alkt", "Ärende", "OppnandeDatum", {"Objekt"}),
        ("casedata", "errand", "created", set()),
    ],
)
def test_the_case_is_proposed_with_what_hangs_on_it(databases, name, case, partition, joins):
    profile, _truth = databases[name]
    plan = propose(profile)
    assert (plan.root, plan.partition) == (case, partition)
    assert {one.target for one in plan.joins} == joins
    reached = {case}
    for one in plan.parents:
        assert one.target in reached and one.table not in reached
        reached.add(one.table)


def test_the_engineer_may_name_the_case(databases):
    profile, _truth = databases["northwind"]
    plan = propose(profile, "Products")
    assert (plan.root, plan.guesses) == ("Products", ())
    assert plan.parent("Order Details").target == "Products"
    with pytest.raises(ConfigurationError) as fault:
        propose(profile, "Finns inte")
    assert fault.value.code == "MTL023"


def test_declared_references_are_believed_with_their_evidence(shared):
    path = shared / "data" / "databases" / "northwind" / "northwind.sqlite"
    profile = seen(path)
    found = {(one.table, one.columns, one.target) for one in profile.references if one.declared}
    assert found == declared(path)
    lines = next(one for one in profile.references if one.columns == ("OrderID",))
    assert (lines.counted, lines.orphans, lines.score) == (830, 0, 1.0)


def test_orphans_are_counted_and_an_unlike_type_is_bridged(tmp_path):
    path = database(
        tmp_path / "a.sqlite",
        'CREATE TABLE "Ärende" ("ÄrendeId" INTEGER PRIMARY KEY); CREATE TABLE "Händelse" (hid INTEGER PRIMARY KEY, "ARENDE_ID" text);',
        Ärende=[(number * 7 + 1000,) for number in range(40)],
        Händelse=[(number, str((number % 42) * 7 + 1000)) for number in range(90)],
    )
    (found,) = seen(path).chosen()
    assert (found.table, found.columns, found.target) == ("Händelse", ("ARENDE_ID",), "Ärende")
    assert (found.counted, found.orphans) == (42, 2)


def test_a_key_called_after_the_first_letter_of_its_table_is_followed(tmp_path):
    cases = [(f"A{number:03}", f"TR {number}", "Rubrik") for number in range(96)]
    rows = [(number, f"A{number % 96:03}", "text") for number in range(288)]
    path = database(
        tmp_path / "a.sqlite",
        "CREATE TABLE ARENDE (ID text PRIMARY KEY, DNR text, RUB text); CREATE TABLE SVAR (ID INTEGER PRIMARY KEY, AID text, JS text);",
        ARENDE=cases,
        SVAR=rows,
    )
    profile = seen(path)
    assert [(one.table, one.columns, one.target) for one in profile.chosen()] == [
        ("SVAR", ("AID",), "ARENDE")
    ]
    assert propose(profile, root="ARENDE").title == "RUB"


def test_running_numbers_are_found_everywhere_and_prove_nothing(tmp_path):
    tables = {name: [(number, number % 9) for number in range(20)] for name in ("aa", "bb", "cc")}
    script = "".join(f"CREATE TABLE {name} (id INTEGER PRIMARY KEY, antal int);" for name in tables)
    assert seen(database(tmp_path / "a.sqlite", script, **tables)).chosen() == ()


def test_the_same_share_says_more_where_chance_could_not_do_it(tmp_path):
    def score(name, step):
        path = database(
            tmp_path / name,
            "CREATE TABLE aa (id INTEGER PRIMARY KEY); CREATE TABLE bb (id INTEGER PRIMARY KEY, cc int);",
            aa=[(number * step,) for number in range(20)],
            bb=[(-1 - number, number % 9 * step) for number in range(20)],
        )
        (found,) = [one for one in seen(path).references if one.columns == ("cc",)]
        assert found.inclusion == 1
        return found.score

    assert score("running.sqlite", 1) < score("far_apart.sqlite", 1000)


def test_a_key_of_two_columns_is_referred_to_as_a_whole(tmp_path):
    pairs = [(f"N-{number // 3}", number % 3) for number in range(60)]
    path = database(
        tmp_path / "a.sqlite",
        "CREATE TABLE handling (dnr text, lopnr int, PRIMARY KEY (dnr, lopnr)); CREATE TABLE fil (f INTEGER PRIMARY KEY, dnr text, lopnr int);",
        handling=pairs,
        fil=[(number, *pair) for number, pair in enumerate(pairs[:40])],
    )
    assert ("fil", ("dnr", "lopnr"), "handling") in {
        (one.table, one.columns, one.target) for one in seen(path).chosen()
    }


@pytest.mark.parametrize("name", ["pnr", "PersonNr", "id"])
def test_a_key_of_personal_numbers_is_personal(tmp_path, name):
    rows = [(f"19000101-{number:04}",) for number in range(9)]
    profile = seen(database(tmp_path / "a.sqlite", f"CREATE TABLE t ({name} text PRIMARY KEY)", t=rows))
    assert profile.table("t").personal
    other = [(f"A{number}",) for number in range(9)]
    profile = seen(database(tmp_path / "b.sqlite", "CREATE TABLE t (id text PRIMARY KEY)", t=other))
    assert not profile.table("t").personal


@pytest.mark.parametrize(
    ("name", "found"),
    [
        ("ÄrendeID", ("arende", "id")),
        ("AR_ENHET", ("ar", "enhet")),
        ("decidedById", ("decided", "by", "id")),
        ("123 fält", ("falt",)),
        ("😀", ()),
    ],
)
def test_names_are_cut_into_folded_words(name, found):
    assert tokens(name) == found


def test_words_are_alike_whatever_their_ending():
    for one, other in (("arende", "arenden"), ("category", "categories"), ("parameter", "parameters")):
        assert alike(one, other) == 1
    assert alike("kund", "faktura") == 0


def test_prefixes_that_all_names_have_say_nothing():
    names = Names(
        {
            "DIA_ARENDE": ["AR_ID", "AR_ENHET", "AR_DATUM", "AR_TYP"],
            "DIA_ENHET": ["ENH_ID", "ENH_NAMN", "ENH_KOD", "ENH_TYP"],
            "DIA_LOGG": ["L"],
            "DIA_X": ["Y"],
        }
    )
    assert names.likeness("DIA_ARENDE", "AR_ENHET", "DIA_ENHET", "ENH_ID", key=True) == 1
    assert names.likeness("DIA_ARENDE", "AR_DATUM", "DIA_ENHET", "ENH_ID", key=True) == 0


def test_a_source_without_tables_is_refused(tmp_path):
    with contextlib.closing(sqlite3.connect(tmp_path / "a.sqlite")) as connection:
        connection.execute("PRAGMA user_version = 1")
    with pytest.raises(ConfigurationError) as fault:
        seen(tmp_path / "a.sqlite")
    assert fault.value.code == "MTL022"


# Dirty data


def diary(path, *, orphans=0, twice=0, keyless=0, days=lambda day, _number: day):
    """A diary whose columns have prefixes and which declares nothing, with a few dirty rows."""
    cases = [
        (1000 + 3 * number, f"SN {2000 + number % 15}/{number}", days(f"{2000 + number % 15}-0{1 + number % 9}-12", number),
         1000 + 3 * (number - 1) if number % 4 == 2 else None, 1 + number % 8)
        for number in range(1, 121)
    ]  # fmt: skip
    cases += [(1003, f"dubblett {number}", cases[0][2], None, 1) for number in range(twice)]
    cases += [(None, f"utan nyckel {number}", cases[0][2], None, 1) for number in range(keyless)]
    papers = [(number, 1000 + 3 * (1 + number % 120), f"Rubrik {number}") for number in range(1, 241)]
    papers += [(241 + number, 999_999 + number, "Vilsen") for number in range(orphans)]
    return database(
        path,
        "CREATE TABLE ENHET (ENH_ID integer, ENH_NAMN text);"
        "CREATE TABLE HANDLING (HA_ID integer, AR_ID integer, HA_RUBRIK text);"
        "CREATE TABLE ARENDE (AR_ID integer, AR_DNR text, AR_START text, AR_OVERORDNAD integer, AR_ENHET integer)",
        ENHET=[(number, f"Enhet {number}") for number in range(1, 9)],
        HANDLING=papers,
        ARENDE=cases,
    )


@pytest.mark.parametrize("dirt", [{}, {"orphans": 1}, {"orphans": 5}, {"twice": 1}, {"keyless": 1}])
def test_a_few_dirty_rows_hide_no_reference(tmp_path, dirt):
    profile = seen(diary(tmp_path / "a.sqlite", **dirt))
    found = {(one.table, one.columns[0], one.target) for one in profile.chosen()}
    assert found == {
        ("ARENDE", "AR_ENHET", "ENHET"),
        ("ARENDE", "AR_OVERORDNAD", "ARENDE"),
        ("HANDLING", "AR_ID", "ARENDE"),
    }
    plan = propose(profile)
    assert (plan.root, plan.key, plan.partition) == ("ARENDE", ("AR_ID",), "AR_START")
    (records,) = [one for one in profile.chosen() if one.table == "HANDLING"]
    assert records.orphans == dirt.get("orphans", 0)


def test_a_date_of_three_layouts_is_a_date_with_its_layouts_in_order(tmp_path):
    def days(day, number):
        return (day, day, day, day.replace("-", ""), day.replace("-", ""), f"{day} 10:00:00")[number % 6]

    profile = seen(diary(tmp_path / "a.sqlite", days=days))
    column = profile.table("ARENDE").column("AR_START")
    assert [layout for layout, _share in column.layouts] == ["%Y-%m-%d", "%Y%m%d", "%Y-%m-%d %H:%M:%S"]
    assert [round(share, 2) for _layout, share in column.layouts] == [0.5, 0.33, 0.17]
    assert (column.time, propose(profile).partition) == (True, "AR_START")


def test_texts_that_now_and_then_look_like_dates_are_none(tmp_path):
    profile = seen(
        diary(tmp_path / "a.sqlite", days=lambda day, number: day if number % 3 == 0 else f"text {number}")
    )
    column = profile.table("ARENDE").column("AR_START")
    assert (column.layout, column.layouts) == ("", ())
