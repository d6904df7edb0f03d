"""Every connector, mapping and municipality in the repository loads, and binds to what the sources really have."""

import contextlib
import re
import shutil
import sqlite3

import pytest
from tests.content.conftest import ROOT
from tests.mapping.real_nested.kit import answers, laid
from tests.support import bookkeeping, ciceron, etjanster, fgspackages, mailbox, nested, openeplatform
from tests.support.services import Service

from leverans.delivery import extracting
from leverans.delivery.mapping_stage import load_mapping
from leverans.demo import build
from leverans.errors import ConfigurationError
from leverans.mapping import load
from leverans.registry import deliveries, load_delivery, load_municipality
from leverans.settings import Settings
from leverans.sources import load_connector

CONNECTORS = sorted(path.parent.name for path in (ROOT / "connectors").glob("*/connector.yaml"))
MAPPINGS = sorted(
    path.relative_to(ROOT).as_posix()
    for path in (ROOT / "mappings").glob("[!_]*/*.yaml")
    if not path.name.endswith(".rules.yaml")
)
DELIVERIES = deliveries(ROOT)


def problems(fault):
    return [f"{problem.where}: {problem.code} {problem.text('en')}" for problem in fault.problems or (fault,)]


def test_there_is_something_to_look_at():
    assert {"alkt", "casedata", "personal"} <= set(CONNECTORS)
    assert {"mora/alkt", "falun/parkeringstillstand", "borlange/personal"} <= set(DELIVERIES)
    assert len(MAPPINGS) >= 3


@pytest.mark.parametrize("name", CONNECTORS)
def test_every_connector_loads_and_says_what_was_seen_and_assumed(name):
    definition = load_connector(ROOT / "connectors" / name / "connector.yaml", content=ROOT)
    assert definition.streams
    readme = (ROOT / "connectors" / name / "README.md").read_text(encoding="utf-8")
    assert "*In English.*" in readme


@pytest.mark.parametrize("name", DELIVERIES)
def test_every_delivery_loads_with_all_it_names(name):
    delivery = load_delivery(ROOT, name)
    assert delivery.municipality == load_municipality(ROOT, name.split("/")[0])
    assert delivery.protected is not None
    assert delivery.agreement.id != delivery.protected.agreement.id


def test_every_mapping_is_used_by_a_delivery():
    used = {load_delivery(ROOT, name).mapping.relative_to(ROOT).as_posix() for name in DELIVERIES}
    assert used == set(MAPPINGS)


@pytest.mark.parametrize("name", DELIVERIES)
def test_the_mapping_of_every_delivery_speaks_the_language(name):
    delivery = load_delivery(ROOT, name)
    plan = ROOT / "municipalities" / delivery.municipality.name / "plan"
    try:
        mapping = load(delivery.mapping, content=ROOT, plan_folder=plan)
    except ConfigurationError as fault:
        raise AssertionError(problems(fault)) from fault
    assert mapping.information_type == delivery.information_type
    assert set(mapping.sources) == {source.name for source in delivery.sources}


@pytest.fixture(scope="session")
def sources(shared, merged, tmp_path_factory):
    """What each delivery reads, all in one folder."""
    folder = tmp_path_factory.mktemp("sources")
    build(folder / "world", cases=60, seed=1)
    for path in (folder / "world" / "sources").iterdir():
        path.rename(folder / path.name)
    shutil.copyfile(merged / "casedata.sqlite", folder / "casedata.sqlite")
    employees = shared / "data" / "databases" / "employee_hr" / "employee.db"
    shutil.copyfile(employees, folder / "personal.sqlite")
    northwind = shared / "data" / "databases" / "northwind" / "northwind.sqlite"
    shutil.copyfile(northwind, folder / "northwind.sqlite")
    ciceron.build(folder, cases=8)
    columns = shared / "data" / "openeplatform" / "openeplatform_mysql_schema.csv"
    openeplatform.build(columns, folder, cases=3)
    openeplatform.build(columns, folder / "apart", cases=3, service=openeplatform.FAULT_REPORT)
    (folder / "apart" / openeplatform.DATABASE).rename(folder / "felanmalan.sqlite")
    (folder / "apart" / openeplatform.FILES).rename(folder / "felanmalan-filer")
    answers(shared, folder / "byggr")
    laid(shared, folder)
    nested.school(folder / "ss12000", persons=8, seed=1)
    nested.grades(folder, pupils=3, seed=1)
    nested.erms(folder, files=3, seed=1)
    bookkeeping.books(folder / "bokforing")
    shutil.copytree(shared / "data" / "noark3_fixedwidth", folder / "noark3")
    mailbox.mailbox(folder / "brevlada")
    fgspackages.packages(folder / "fgs-paket")
    with Service(etjanster.Platform(3)) as service, pytest.MonkeyPatch.context() as patch:
        patch.setenv("AVESTA_ETJANSTER", service.address)
        yield folder


@pytest.mark.parametrize("name", DELIVERIES)
def test_every_delivery_binds_to_its_real_sources(name, sources, tmp_path):
    settings = Settings(content=ROOT, home=tmp_path, sources=sources)
    delivery = load_delivery(ROOT, name)
    with extracting.opened(settings, delivery) as connectors:
        extracting.checked(connectors)
        catalogues = extracting.discovered(connectors)
    try:
        plan = load_mapping(settings, delivery, catalogues)
    except ConfigurationError as fault:
        raise AssertionError(problems(fault)) from fault
    tables = {
        (f"{source}.{stream.name}", column.name)
        for source, catalogue in catalogues.items()
        for stream in catalogue.streams
        if stream.kind == "table"
        for column in stream.columns
    }
    ledger = plan.column_ledger()
    assert tables <= {(use.stream, use.column) for use in ledger}
    assert all(use.reason for use in ledger if use.use in {"dropped", "left"})


def test_a_column_that_nobody_speaks_for_is_refused(sources, tmp_path):
    """The saboteur: one more column in the source, and the mapping no longer binds."""
    shutil.copyfile(sources / "personal.sqlite", tmp_path / "personal.sqlite")
    with contextlib.closing(sqlite3.connect(tmp_path / "personal.sqlite")) as connection, connection:
        connection.execute("alter table employee add column shoe_size integer")
    settings = Settings(content=ROOT, home=tmp_path, sources=tmp_path)
    delivery = load_delivery(ROOT, "borlange/personal")
    with extracting.opened(settings, delivery) as connectors:
        catalogues = extracting.discovered(connectors)
    with pytest.raises(ConfigurationError) as caught:
        load_mapping(settings, delivery, catalogues)
    assert [problem.code for problem in caught.value.problems] == ["MAP056"]


def test_no_product_stands_in_the_code():
    words = re.compile(r"casedata|alkt(?!\")|errand|stakeholder|emp_no|dept_emp", re.IGNORECASE)
    found = [
        path.relative_to(ROOT).as_posix()
        for path in (ROOT / "src").rglob("*.py")
        if "demo" not in path.parts and words.search(path.read_text(encoding="utf-8"))
    ]
    assert found == []
