"""The OCFL reader and its judgement, on the fixtures of the specification and on objects broken by hand."""

import hashlib
import json
import re
import subprocess
import sys
from pathlib import Path

import pytest

from leverans.findings import catalogue
from leverans.formats import ocfl
from leverans.formats.ocfl import Malformed, read_content, read_inventory, survey, verify_object, walk

FIXTURES = Path(__file__).resolve().parents[3] / "shared" / "specs" / "ocfl-fixtures"
CODE = re.compile(r"[EW]\d{3}")


def fixtures(kind: str) -> list[Path]:
    """Give the fixtures of a kind; without the reference material one, so that its test can skip with the reason."""
    return sorted(FIXTURES.glob(f"*/{kind}-objects/*")) or [FIXTURES / "1.1" / f"{kind}-objects" / "missing"]


def codes(folder: Path) -> set[str]:
    return {problem.code for problem in verify_object(folder).problems}


def label(folder: Path) -> str:
    return f"{folder.parent.parent.name}-{folder.name}"


@pytest.mark.parametrize("folder", fixtures("good"), ids=label)
def test_good_objects_have_no_problem(shared, folder):
    assert codes(folder) == set()


@pytest.mark.parametrize("folder", fixtures("warn"), ids=label)
def test_objects_with_warnings_have_just_those(shared, folder):
    assert codes(folder) == set(CODE.findall(folder.name))


@pytest.mark.parametrize("folder", fixtures("bad"), ids=label)
def test_bad_objects_break_the_rules_in_their_names(shared, folder):
    report = verify_object(folder)
    assert not report.valid
    assert set(CODE.findall(folder.name)) <= {problem.code for problem in report.problems}


def test_all_fixtures_are_there(shared):
    assert {kind: len(fixtures(kind)) for kind in ("good", "warn", "bad")} == {
        "good": 22,
        "warn": 27,
        "bad": 52,
    }


def test_every_code_has_a_text_and_every_text_a_code():
    raised = set()
    for path in Path(ocfl.__file__).parent.glob("*.py"):
        raised |= set(re.findall(r'"([EW]\d{3})"', path.read_text(encoding="utf-8")))
    written = {code.removeprefix("OCFL-") for code in catalogue() if code.startswith("OCFL-")}
    # E087 is reported as ARC012; E083 is the archive's own look at where an object lies
    assert raised - {"E087"} == written - {"E083"}


def test_the_texts_name_the_clause_and_the_right_severity():
    for code in catalogue().values():
        if code.code.startswith("OCFL-"):
            assert code.clause == f"https://ocfl.io/1.1/spec/#{code.code[5:]}"
            assert code.severity == ("error" if code.code[5] == "E" else "warning")
            places = re.findall(r"{\w+}", code.sv)
            assert places == re.findall(r"{\w+}", code.en)


def test_nothing_but_the_standard_library_is_imported():
    script = (
        "import sys, leverans.formats.ocfl\n"
        "own = {name for name in sys.modules if name.partition('.')[0] == 'leverans'}\n"
        "other = {name.partition('.')[0] for name in sys.modules} - set(sys.stdlib_module_names)\n"
        "print(sorted(own), sorted(name for name in other if not name.startswith('_')))"
    )
    found = subprocess.run([sys.executable, "-S", "-c", script], capture_output=True, text=True, check=False,
                           env={"PYTHONPATH": str(Path(__file__).resolve().parents[2] / "src")})  # fmt: skip
    assert found.returncode == 0, found.stderr
    own, _, other = found.stdout.partition("] ")
    assert other.strip() == "['leverans']"
    assert "findings" not in own
    assert "contracts" not in own


# objects broken by hand, for the rules that no fixture of the specification shows


def digest(raw: bytes) -> str:
    return hashlib.sha256(raw).hexdigest()


class Made:
    """A small object that can be bent and written."""

    def __init__(self, folder: Path):
        self.folder = folder
        self.files = {"v1/content/a.txt": b"a", "v1/content/sub/b.txt": b"b"}
        self.inventory = {
            "id": "urn:example:1",
            "type": "https://ocfl.io/1.1/spec/#inventory",
            "digestAlgorithm": "sha256",
            "head": "v1",
            "manifest": {digest(raw): [path] for path, raw in self.files.items()},
            "versions": {
                "v1": {
                    "created": "2026-01-01T12:00:00Z",
                    "message": "first",
                    "user": {"name": "A", "address": "mailto:a@example.org"},
                    "state": {digest(b"a"): ["a.txt"], digest(b"b"): ["sub/b.txt"]},
                }
            },
        }

    def write(self) -> Path:
        for path, raw in {"0=ocfl_object_1.1": b"ocfl_object_1.1\n", **self.files}.items():
            self.put(path, raw)
        raw = json.dumps(self.inventory).encode()
        for place in ("", "v1/"):
            self.put(f"{place}inventory.json", raw)
            self.put(f"{place}inventory.json.sha256", f"{digest(raw)} inventory.json\n".encode())
        return self.folder

    def put(self, path: str, raw: bytes) -> None:
        target = self.folder / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(raw)

    def codes(self) -> set[str]:
        return codes(self.write()) - {"W004"}


@pytest.fixture
def made(tmp_path):
    return Made(tmp_path / "object")


def test_the_object_made_here_is_right(made):
    assert made.codes() == set()
    report = verify_object(made.folder)
    assert (report.id, report.files, report.bytes, report.valid) == ("urn:example:1", 2, 2, True)


def bend(*path: str, value: object):
    def change(inventory: dict) -> None:
        place = inventory
        for step in path[:-1]:
            place = place[step]
        place[path[-1]] = value

    return change


V1 = ("versions", "v1")
BENT = {
    "E018": bend("contentDirectory", value=".."),
    "E037": bend("id", value=""),
    "E038": bend("type", value="https://ocfl.io/1.0/spec/#inventory"),
    "E044": bend("versions", value=[]),
    "E047": bend(*V1, value="v1"),
    "E048": bend(*V1, value={"state": {}}),
    "E051": bend(*V1, "state", digest(b"a"), value="a.txt"),
    "E054": bend(*V1, "user", value={"address": "mailto:a@example.org"}),
    "E057": bend("fixity", value={"md5": []}),
    "E094": bend(*V1, "message", value=1),
    "E102": bend("comment", value="x"),
    "E106": bend("manifest", value=[]),
    "E107": bend("manifest", digest(b"c"), value=["v1/content/c.txt"]),
    "E111": bend("fixity", value=[]),
    "W009": bend(*V1, "user", value={"name": "A", "address": "a person"}),
}


@pytest.mark.parametrize("code", list(BENT))
def test_a_bent_inventory_breaks_its_rule(made, code):
    BENT[code](made.inventory)
    assert code in made.codes()


@pytest.mark.parametrize(
    ("code", "path", "raw"),
    [
        ("E001", "stray.txt", b""),
        ("E003", "0=ocfl_object_1.0", b"ocfl_object_1.0\n"),
        ("E006", "0=ocfl_object_9.9", b""),
        ("E015", "v1/stray.txt", b""),
        ("E023", "v1/content/stray.txt", b""),
        ("E046", "v2/content/late.txt", b""),
        ("W002", "v1/other/x", b""),
    ],
)
def test_an_added_file_is_named(made, code, path, raw):
    made.put(path, raw)
    found = verify_object(made.write()).problems
    assert any(
        problem.code == code and problem.where in {path, path.rpartition("/")[0], "v2", ""}
        for problem in found
    )


def test_a_flipped_byte_and_a_missing_file_are_told_apart(made):
    made.write()
    made.put("v1/content/a.txt", b"A")
    (made.folder / "v1/content/sub/b.txt").unlink()
    found = set(verify_object(made.folder).problems)
    assert ("E092", "v1/content/a.txt", "digest") in found
    assert ("E092", "v1/content/sub/b.txt", "missing") in found
    assert ("E024", "v1/content/sub", "") in found


def test_without_content_only_the_structure_is_read(made):
    made.write()
    made.put("v1/content/a.txt", b"A")
    report = verify_object(made.folder, content=False)
    assert report.valid
    assert report.files == 0


@pytest.mark.parametrize(
    "raw", [b"", b"{", b"[]", b'"x"', b'{"id": 1, "id": 2}', b"\xff\xfe", b"[" * 100_000]
)
def test_an_inventory_that_is_none(made, raw):
    made.write()
    made.put("inventory.json", raw)
    assert "E033" in codes(made.folder)
    with pytest.raises(Malformed) as caught:
        read_inventory(made.folder)
    assert caught.value.code in {"E033", "E060"}


def test_links_are_not_followed(made, tmp_path):
    made.write()
    (tmp_path / "outside").write_bytes(b"a")
    (made.folder / "v1/content/a.txt").unlink()
    (made.folder / "v1/content/a.txt").symlink_to(tmp_path / "outside")
    (made.folder / "link").symlink_to(tmp_path)
    found = set(verify_object(made.folder).problems)
    assert {
        ("E090", "link", ""),
        ("E090", "v1/content/a.txt", ""),
        ("E092", "v1/content/a.txt", "missing"),
    } <= found


def test_a_wrong_sidecar(made):
    made.write()
    made.put("inventory.json.sha256", b"0" * 64 + b" inventory.json\n")
    assert "E060" in codes(made.folder)
    with pytest.raises(Malformed, match="E060"):
        read_inventory(made.folder)
    made.put("inventory.json.sha256", b"something else entirely\n")
    assert "E061" in codes(made.folder)
    (made.folder / "inventory.json.sha256").unlink()
    assert "E058" in codes(made.folder)
    with pytest.raises(Malformed, match="E058"):
        read_inventory(made.folder)


# reading


def test_an_inventory_is_read(made):
    inventory = read_inventory(made.write())
    assert (inventory.id, inventory.head, inventory.number) == ("urn:example:1", "v1", 1)
    assert inventory.version().state == {"a.txt": digest(b"a"), "sub/b.txt": digest(b"b")}
    assert inventory.version(1).user == "A"
    assert inventory.content_path("sub/b.txt") == "v1/content/sub/b.txt"
    assert read_content(made.folder, inventory, "a.txt") == b"a"
    with pytest.raises(KeyError):
        inventory.version(2)
    with pytest.raises(KeyError):
        read_content(made.folder, inventory, "nothing")


def test_content_is_held_against_its_digest(made):
    inventory = read_inventory(made.write())
    made.put("v1/content/a.txt", b"A")
    with pytest.raises(Malformed, match="E092"):
        read_content(made.folder, inventory, "a.txt")
    (made.folder / "v1/content/a.txt").unlink()
    with pytest.raises(Malformed, match="E092"):
        read_content(made.folder, inventory, "a.txt")


def test_padded_and_many_versions(shared):
    folder = FIXTURES / "1.1" / "warn-objects" / "W001_W004_W005_zero_padded_versions"
    inventory = read_inventory(folder)
    assert inventory.version(1) is inventory.versions[min(inventory.versions)]
    assert inventory.version() is inventory.versions[inventory.head]


def test_walk_and_survey_of_a_root(tmp_path):
    root = tmp_path / "root"
    for place in ("ab/cd/one", "ab/ef/two", "00/11/three"):
        Made(root / place).write()
    (root / "0=ocfl_1.1").write_bytes(b"ocfl_1.1\n")
    wanted = [root / place for place in ("00/11/three", "ab/cd/one", "ab/ef/two")]
    assert list(walk(root)) == wanted
    assert list(survey(root)) == wanted


@pytest.mark.parametrize(
    ("code", "where", "act"),
    [
        ("E069", "", lambda root: (root / "0=ocfl_1.1").unlink()),
        ("E080", "0=ocfl_1.1", lambda root: (root / "0=ocfl_1.1").write_bytes(b"ocfl_1.1")),
        ("E076", "", lambda root: (root / "0=ocfl_1.0").write_bytes(b"ocfl_1.0\n")),
        ("E079", "0=other", lambda root: (root / "0=other").write_bytes(b"other\n")),
        ("E070", "ocfl_layout.json", lambda root: (root / "ocfl_layout.json").write_bytes(b"{}")),
        (
            "E071",
            "ocfl_layout.json",
            lambda root: (root / "ocfl_layout.json").write_bytes(b'{"extension": "x", "description": "y"}'),
        ),
        ("E073", "ab/empty", lambda root: (root / "ab" / "empty").mkdir()),
        ("E084", "ab/stray", lambda root: (root / "ab" / "stray").write_bytes(b"")),
        ("E087", "stray", lambda root: (root / "stray").write_bytes(b"")),
        ("E090", "link", lambda root: (root / "link").symlink_to(root)),
        ("W016", "extensions/own", lambda root: (root / "extensions" / "own").mkdir(parents=True)),
    ],
)
def test_what_has_no_business_in_a_root_is_named(tmp_path, code, where, act):
    root = tmp_path / "root"
    Made(root / "ab/cd/one").write()
    (root / "0=ocfl_1.1").write_bytes(b"ocfl_1.1\n")
    act(root)
    found = [(problem.code, problem.where) for problem in survey(root) if not isinstance(problem, Path)]
    assert (code, where) in found


def test_a_file_among_the_extensions_of_a_root_is_named(tmp_path):
    (tmp_path / "0=ocfl_1.1").write_bytes(b"ocfl_1.1\n")
    (tmp_path / "extensions").mkdir()
    (tmp_path / "extensions" / "stray").write_bytes(b"")
    assert [problem.code for problem in survey(tmp_path)] == ["E112"]
