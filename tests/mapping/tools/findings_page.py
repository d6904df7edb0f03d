"""Writes ``docs/findings-mapping.md``: every code of mappings with its texts, its remedy and an example.

Run it from the repository: ``python -m tests.mapping.tools.findings_page``.
"""

from pathlib import Path

from leverans.findings import Code, catalogue

ROOT = Path(__file__).resolve().parents[3]
PAGE = ROOT / "docs" / "findings-mapping.md"
BROKEN = ROOT / "tests" / "mapping" / "broken"
_HEAD = """# Findings of mappings

Made from the code tables by `python -m tests.mapping.tools.findings_page`; a test holds the two equal. The
examples are lines of the broken mappings in `tests/mapping/broken/`.

*The file* (MAP000 to MAP049, MAP080 to MAP089) and *its binding to the source* (MAP050 to MAP079) are told before any row is read,
all of a pass, each as `file:line:col: CODE text`. *The data* (MAP100 and up) are verdicts about objects and
rows: they have no example here, since they quote no data.
"""
_GROUPS = (
    ("The file", ("MAP0",), lambda number: number < 50 or 80 <= number < 90),
    ("The binding", ("MAP0",), lambda number: 50 <= number < 80 or number >= 90),
    ("The data", ("MAP1", "MAP2"), lambda number: True),
    ("Rules beside a mapping", ("RUL",), lambda number: True),
    ("The tools", ("MTL",), lambda number: True),
)


def render() -> str:
    """Give the page."""
    found = examples()
    pieces = [_HEAD]
    for title, prefix, fits in _GROUPS:
        pieces.append(f"## {title}\n")
        codes = [code for name, code in sorted(catalogue().items()) if name.startswith(prefix)]
        pieces += [_entry(code, found.get(code.code, "")) for code in codes if fits(int(code.code[3:]))]
    return "\n".join(pieces)


def examples() -> dict[str, str]:
    """Give per code the first line of a broken mapping that it is told of."""
    found: dict[str, str] = {}
    for line in (BROKEN / "expected.txt").read_text(encoding="utf-8").splitlines():
        _name, where, code = line.split()
        file, number, _column = where.rsplit(":", 2)
        text = (BROKEN / file).read_bytes().decode("utf-8", "replace").splitlines()
        if code not in found and int(number) <= len(text):
            found[code] = text[int(number) - 1].strip()
    return found


def _entry(code: Code, example: str) -> str:
    shown = f"\n\n```yaml\n{example}\n```" if example else ""
    remedy = f"\n→ {code.remedy_sv} *{code.remedy_en}*" if code.remedy_sv else ""
    return f"### {code.code}\n\n{code.sv} *{code.en}* ({code.severity}){remedy}{shown}\n"


if __name__ == "__main__":
    PAGE.write_text(render(), encoding="utf-8")
