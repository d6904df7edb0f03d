"""What eark-validator says of the breach of each rule, as data beside the tests::

.venv/bin/python -m tests.validation.tools.verdicts

writes ``tests/validation/eark_verdicts.toml``, from which the page of the rules takes its column.
"""

import sys
import tempfile
import tomllib
from pathlib import Path
from typing import Any

from tests.validation.breaches import Breach, breaches, tables
from tests.validation.tools import eark

RECORD = Path(__file__).resolve().parents[1] / "eark_verdicts.toml"
SHARED = Path(__file__).resolve().parents[4] / "shared"
HEAD = """# What eark-validator {version} says of the first breach of each rule (of a package that METS describes).
# Written by `python -m tests.validation.tools.verdicts`; "same": found under the same id; "always": it reports (or notes) the
# id of every good package too; "nothing": it sees no difference; "breaks off": an exception ends it; else the ids
# that it reports instead.

[verdict]
"""


def vocabularies(shared: Path) -> Path:
    """Give the folder of the vocabularies that eark-validator would fetch."""
    return shared / "specs/csip/schema"


def record(interpreter: Path, shared: Path, where: Path) -> dict[str, str]:
    """Give the verdict for the first breach of every rule."""
    chosen: dict[str, Breach] = {}
    for breach in breaches() + tables():
        if breach.form == "package" and not breach.code.startswith("VAL"):
            chosen.setdefault(breach.code, breach)
    goods: set[Any] = set()
    paths: list[Path] = []
    for code, breach in chosen.items():
        if breach.good not in goods:
            goods.add(breach.good)
            paths.append(breach.good(_folder(where, f"good-{code}")))
        paths.append(breach.make(_folder(where, code)))
    seen = iter(eark.judge(interpreter, vocabularies(shared), paths))
    twins: dict[Any, dict[str, Any]] = {}
    found = {}
    for code, breach in chosen.items():
        if breach.good not in twins:
            twins[breach.good] = next(seen)
        found[code] = verdict(code, next(seen), twins[breach.good])
    return found


def verdict(code: str, broken: dict[str, Any], good: dict[str, Any]) -> str:
    """Put into a word what it says of a broken package beside its good twin."""
    if "broke" in broken:
        return "breaks off" if "broke" not in good else "breaks off always"
    before, after = good.get("found", {}), broken["found"]
    if code in after:
        return "always" if code in before else "same"
    new = sorted(after.keys() - before.keys())
    return " ".join(new) or "nothing"


def recorded() -> dict[str, str]:
    """Read the verdicts recorded."""
    return tomllib.loads(RECORD.read_text("utf-8"))["verdict"] if RECORD.exists() else {}


def _folder(where: Path, name: str) -> Path:
    folder = where / name
    folder.mkdir(parents=True)
    return folder


def main() -> None:
    """Ask it and write the record."""
    interpreter = eark.python()
    if interpreter is None:
        sys.exit("eark-validator could not be installed")
    with tempfile.TemporaryDirectory() as where:
        found = record(interpreter, SHARED, Path(where))
    version = eark.REQUIREMENTS.read_text("utf-8").partition("eark-validator==")[2].split()[0]
    lines = [f'"{code}" = "{word}"' for code, word in sorted(found.items())]
    RECORD.write_text(HEAD.format(version=version) + "\n".join(lines) + "\n", "utf-8")


if __name__ == "__main__":
    main()
