"""The house against its drawing: levels, start-up, and what may stand where."""

import ast
import re
import subprocess
import sys

import pytest

HEAVY = (
    "pandas",
    "pyarrow",
    "numpy",
    "sqlalchemy",
    "alembic",
    "lxml",
    "rich",
    "prefect",
    "great_expectations",
    "jsonschema",
    "ruamel",
    "cryptography",
    "pygfried",
)
PRODUCTS = (
    "alkt",
    "casedata",
    "iipax",
    "essarch",
    "byggr",
    "public360",
    "platina",
    "ephorte",
    "castor",
    "ecos",
    "vitec",
    "procapita",
    "lifecare",
    "treserva",
    "personec",
    "heroma",
    "evolution",
    "openeplatform",
    "lex",
    "w3d3",
)
STANDARD_VERSIONS = re.compile(r"(?i)\b(?:fgs|eark|csip|erms|premis|mets)[-_ ]?\d+\.\d+")
EXAMPLES = re.compile("leverans/(?:demo|testing)/")  # the fictive world and the test kit's fictive cases
MACHINE = re.compile(r"/(?:work|root)/|/home/\w|C:\\\\")


def python(code, **more):
    return subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, timeout=300, check=False, **more
    )


def loaded_after(statement):
    done = python(f"import sys\n{statement}\nprint(*sorted({{name.split('.')[0] for name in sys.modules}}))")
    assert done.returncode == 0, done.stderr
    return set(done.stdout.split())


def committed(root, *folders):
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--", *folders], cwd=root, capture_output=True, text=True, check=False
    )
    if listed.returncode:
        pytest.skip("needs the git history of the repository")
    return [root / name for name in listed.stdout.split("\0") if name]


def texts(root, *folders):
    for path in committed(root, *folders):
        if not path.is_file():
            continue
        try:
            yield path, path.read_text(encoding="utf-8")
        except UnicodeDecodeError:
            continue


def test_the_import_table_holds(root):
    code = "from importlinter.cli import lint_imports_command as c; c(['--no-cache'], standalone_mode=True)"
    done = python(code, cwd=root)
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize(
    "statement",
    ["import leverans", "import leverans.settings, leverans.errors, leverans.findings, leverans.clock"],
)
def test_the_package_starts_without_anything_heavy(statement):
    assert loaded_after(statement).isdisjoint(HEAVY)


@pytest.mark.parametrize("room", ["validation", "formats", "blobs", "trust", "contracts", "formats.yamltext"])
def test_the_light_rooms_stay_light(room):
    assert loaded_after(f"import leverans.{room}").isdisjoint(
        {"pandas", "pyarrow", "sqlalchemy", "prefect", "great_expectations"}
    )


def test_a_run_begins_without_what_only_some_runs_need():
    assert loaded_after("import leverans.delivery").isdisjoint(
        {"pandas", "alembic", "prefect", "great_expectations", "lxml.etree"}
    )


def test_the_ledger_does_not_import_alembic_when_it_is_current(tmp_path):
    opened = (
        "from pathlib import Path; from leverans.clock import SystemClock; from leverans.ledger import Ledger; "
        f"Ledger.open(Path({str(tmp_path / 'l.sqlite')!r}), 'mora', SystemClock()).close()"
    )
    assert "alembic" in loaded_after(opened)
    assert "alembic" not in loaded_after(opened)


def test_no_product_stands_in_the_core(root):
    words = re.compile(rf"(?i)(?<![a-zåäö])({'|'.join(PRODUCTS)})(?![a-zåäö])")
    found = [
        f"{path.relative_to(root)}: {match.group()}"
        for path, text in texts(root, "src")
        if "leverans/demo/" not in path.as_posix()
        for match in words.finditer(text.replace("mora/alkt", ""))
    ]
    assert found == []


def test_no_municipality_stands_in_the_core(root):
    names = sorted(path.parent.name for path in (root / "municipalities").glob("*/municipality.yaml"))
    words = re.compile(rf"(?i)(?<![a-zåäö])({'|'.join(names)})(?![a-zåäö])")
    found = [
        f"{path.relative_to(root)}:{node.lineno}"
        for path, text in texts(root, "src")
        if path.suffix == ".py" and not EXAMPLES.search(path.as_posix())
        for node in strings(ast.parse(text))
        if words.search(node.value)
    ]
    assert found == []


def strings(tree):
    """Every text of the code that is no docstring."""
    told = {
        id(node.body[0].value)
        for node in ast.walk(tree)
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef)
        and node.body
        and isinstance(node.body[0], ast.Expr)
    }
    loose = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in told | loose:
            yield node


def test_no_version_of_a_standard_stands_in_the_code(root):
    found = [
        f"{path.relative_to(root)}:{node.lineno}: {node.value[:60]}"
        for path, text in texts(root, "src")
        if path.suffix == ".py" and not EXAMPLES.search(path.as_posix())
        for node in strings(ast.parse(text))
        if STANDARD_VERSIONS.search(node.value)
    ]
    assert found == []


def test_nothing_reaches_outside_the_repository(root):
    found = [
        str(path.relative_to(root))
        for path, text in texts(root, "src", "connectors", "mappings", "municipalities", "flows")
        if "../shared" in text or MACHINE.search(text)
    ]
    assert found == []


def test_time_comes_only_from_the_clock(root):
    asked = re.compile(r"datetime\.now\(|time\.time\(|date\.today\(|datetime\.utcnow\(|uuid\.uuid[14]\(")
    found = [
        str(path.relative_to(root))
        for path, text in texts(root, "src")
        if path.suffix == ".py" and path.name != "clock.py" and asked.search(text)
    ]
    assert found == []


def test_every_import_is_absolute(root):
    found = [
        str(path.relative_to(root))
        for path, text in texts(root, "src")
        if path.suffix == ".py"
        for node in ast.walk(ast.parse(text))
        if isinstance(node, ast.ImportFrom) and node.level
    ]
    assert found == []


def test_no_module_needs_a_map(root):
    long = [
        f"{path.relative_to(root)}: {text.count(chr(10))}"
        for path, text in texts(root, "src")
        if path.suffix == ".py" and text.count("\n") > 400
    ]
    assert long == []


@pytest.mark.parametrize("room", ["contracts", "registry", "ledger", "quality", "model", "trust", "blobs"])
def test_what_a_room_offers_is_there_and_sorted(room):
    code = (
        f"import leverans.{room} as r; names = list(r.__all__); "
        "assert len(set(names)) == len(names); "
        "assert names == sorted(names, key=lambda n: (not n.isupper(), not n[0].isupper(), n)), names; "
        "[getattr(r, n) for n in names]"
    )
    done = python(code)
    assert done.returncode == 0, done.stderr


def test_prefects_server_can_be_made():
    environment = {
        "PREFECT_SERVER_ANALYTICS_ENABLED": "false",
        "DO_NOT_TRACK": "1",
        "PATH": "/usr/bin:/bin",
        "PREFECT_CLOUD_ENABLE_ORCHESTRATION_TELEMETRY": "false",
        "HOME": "/nonexistent",
    }
    code = (
        "import tempfile, os; os.environ['PREFECT_HOME'] = tempfile.mkdtemp(); "
        "from prefect.server.api.server import create_app; create_app(ephemeral=True)"
    )
    done = python(code, env=environment)
    assert done.returncode == 0, done.stderr
