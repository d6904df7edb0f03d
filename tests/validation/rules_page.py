"""Writes docs/validator-rules.md from the rules, their levels and their mutations::

.venv/bin/python -m tests.validation.rules_page
"""

import re
import tomllib
from collections import Counter
from importlib.resources import files
from pathlib import Path

from tests.validation.tools.verdicts import recorded

from leverans.findings import catalogue
from leverans.validation.profiles import profiles, requirements

PAGE = Path(__file__).resolve().parents[2] / "docs/validator-rules.md"
SHOWN = ("fgs-2.0", "eark-2.2", "aip-2.2", "dip-2.2", "fgs-1.2", "siard")
OWN = re.compile(r"(?:VAL|ZIP|PATH|FIX|XML|SCH|REF|REP|LBL|ERM|PRE|SRD|DSC|XSD)\d{3}")
HEAD = """# The rules of the validator

Written by `python -m tests.validation.rules_page`; a test holds it current. `leverans validate` takes a package (folder,
zip, tar), a SIARD file or one document (METS, ERMS, PREMIS, arendehantering.xml, metadata.xml) and finds the profile
by what it says. MUST is an error, SHOULD a warning, MAY an information. *Schematron* is an error, too: CITS ERMS says
SHOULD, but the official Schematron of that version, which receivers run, refuses it.

The column of breaches counts the ways in which tests/validation breaks a good package so that the id is found at its
exact place, and not in the good twin. The last column is what eark-validator 1.1.3 says of the first of them
(`python -m tests.validation.tools.verdicts` asks it, a test holds the answers): *same* id, *always* (also of the good
package), *nothing*, *breaks off* with an exception, or other ids; empty where METS does not describe the package. It
reads the root METS only, no checksum, and knows the specifications 2.0.4 and 2.1.0; on packages of 2.2 it is asked by
those of 2.1.0. What it says of our golden packages stands in tests/validation/expected, id by id with the reason.

"""


def broken() -> Counter[str]:
    """Count the breaches that are found under each id."""
    from tests.validation.breaches import breaches, tables

    return Counter(breach.code for breach in breaches() + tables())


def render() -> str:
    """Give the page."""
    words = {"error": "MUST", "warning": "SHOULD", "info": "MAY"}
    counts, verdicts = broken(), recorded()
    lines = [
        HEAD + real() + "\n## Rules\n",
        f"| id | what is wrong | {' | '.join(SHOWN)} | breaches | eark-validator |",
        "|---" * (len(SHOWN) + 4) + "|",
    ]
    known = catalogue()
    for code in sorted(requirements() | {code for code in known if OWN.fullmatch(code)}, key=order):
        own = code not in requirements()
        levels = [
            words.get(known[code].severity, known[code].severity) if own
            else "*Schematron*" if code in profiles()[name].schematron
            else words.get(profiles()[name].levels.get(code, ""), "") for name in SHOWN
        ]  # fmt: skip
        text = known[code].en.replace("|", "\\|")
        lines.append(
            f"| {code} | {text} | {' | '.join(levels)} | {counts[code] or '–'} | {verdicts.get(code, '')} |"
        )
    table = tomllib.loads(files("leverans.validation").joinpath("coverage.toml").read_text("utf-8"))
    lines += ["", "## What nothing can break", "", "| rule | why |", "|---|---|"]
    lines += [f"| {' '.join(row['ids'].split())} | {row['reason']} |" for row in unbroken_rows()]
    lines += ["", "## Held under another id", "", "| requirement | told as |", "|---|---|"]
    lines += [f"| {' '.join(row['ids'].split())} | {row['by']} |" for row in table["held"]]
    lines += ["", "## What a package does not show", "", "| requirement | why |", "|---|---|"]
    lines += [f"| {' '.join(row['ids'].split())} | {row['reason']} |" for row in table["unseen"]]
    return "\n".join(lines) + "\n"


def real() -> str:
    """Give the findings of real files and official examples, each with its reason."""
    lines = ["## What real files show", "", "With every place in tests/validation/real.toml.", ""]
    lines += ["| file | findings |", "|---|---|"]
    for row in tomllib.loads(Path(__file__).with_name("real.toml").read_text("utf-8"))["file"]:
        times = Counter(code for code, _ in row["findings"])
        words = [f"{times[code]} × {code}: {why}" for code, why in row.get("why", {}).items()]
        lines.append(f"| `{row['path']}` | {'; '.join(words) or 'none'} |")
    return "\n".join(lines) + "\n"


def unbroken_rows() -> list[dict[str, str]]:
    """Give the rules without a breach, with the reason."""
    return tomllib.loads(Path(__file__).with_name("unbroken.toml").read_text("utf-8"))["rule"]


def order(code: str) -> tuple[str, list[int], str]:
    """Sort by letters, then by numbers."""
    return re.match(r"[A-Z]+", code)[0], [int(number) for number in re.findall(r"\d+", code)], code


if __name__ == "__main__":
    PAGE.write_text(render(), "utf-8")
