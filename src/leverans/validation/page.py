"""The report as one page: self-contained HTML, Swedish and English, findings by code with their places."""

from collections.abc import Iterable, Sequence
from html import escape
from itertools import groupby

from leverans.contracts import Finding
from leverans.findings import describe
from leverans.validation.report import Report

MOST_PLACES = 100
_ORDER = ("critical", "quarantine", "error", "warning", "info")
_WORDS = {
    "critical": ("Kritiskt", "Critical"),
    "quarantine": ("Karantän", "Quarantine"),
    "error": ("Fel", "Error"),
    "warning": ("Varning", "Warning"),
    "info": ("Upplysning", "Information"),
}
_COUNTS = {
    "files": ("Filer", "Files"),
    "bytes": ("Byte", "Bytes"),
    "references": ("Hänvisningar", "References"),
    "representations": ("Representationer", "Representations"),
    "aggregations": ("Ärenden", "Cases"),
    "records": ("Handlingar", "Records"),
    "appendices": ("Bilagor", "Appendices"),
    "premis_objects": ("PREMIS-objekt", "PREMIS objects"),
    "tables": ("Tabeller", "Tables"),
    "rows": ("Rader", "Rows"),
    "errors": ("Fel", "Errors"),
    "warnings": ("Varningar", "Warnings"),
    "infos": ("Upplysningar", "Informations"),
}
_STYLE = """
body{font:16px/1.5 system-ui,sans-serif;margin:2rem auto;max-width:70rem;padding:0 1rem}
h1{font-size:1.5rem}h2{font-size:1.2rem;margin-top:2.5rem}h3{font-size:1rem;margin:1.5rem 0 .2rem}
.en{color:#555}.verdict{font-weight:700;padding:.2rem .6rem;border-radius:.3rem}
.yes{background:#dff0df;color:#14521a}.no{background:#f8dcdc;color:#7a1010}
table{border-collapse:collapse}td{padding:.1rem 1rem .1rem 0}td:last-child{text-align:right}
ul{margin:.3rem 0;padding-left:1.2rem}code{font-size:.85rem;overflow-wrap:anywhere}
.error,.critical,.quarantine{color:#7a1010}.warning{color:#6b4a00}.info{color:#1d4a75}
details summary{cursor:pointer}
"""


def page(reports: Sequence[Report]) -> str:
    """Write the reports as one page of HTML that needs nothing else."""
    body = "".join(_package(report) for report in reports)
    return (
        '<!DOCTYPE html>\n<html lang="sv"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width,initial-scale=1">'
        f"<title>Paketvalidering | Package validation</title><style>{_STYLE}</style></head>\n"
        '<body><h1>Paketvalidering <span class="en" lang="en">Package validation</span></h1>\n'
        f"{body}</body></html>\n"
    )


def _package(report: Report) -> str:
    mark, words = ("yes", "Giltigt | Valid") if report.valid else ("no", "Ogiltigt | Invalid")
    rows = "".join(
        f"<tr><td>{_both(*_COUNTS.get(name, (name, name)))}</td><td>{number:,}</td></tr>".replace(
            ",", "\u00a0"
        )
        for name, number in report.counts.items()
    )
    return (
        f'<section><h2>{escape(report.package)} <span class="verdict {mark}">{words}</span></h2>\n'
        f"<p>Regelprofil <span class='en' lang='en'>Rule profile</span>: {escape(report.profile)}</p>"
        f"<table>{rows}</table>\n{''.join(_code(group) for group in _groups(report.findings))}</section>\n"
    )


def _groups(findings: Iterable[Finding]) -> Iterable[list[Finding]]:
    def key(finding: Finding) -> tuple[int, str]:
        return _ORDER.index(finding.severity), finding.code

    for _, group in groupby(sorted(findings, key=key), key):
        yield list(group)


def _code(findings: list[Finding]) -> str:
    first = findings[0]
    code = describe(first.code)
    clause = f" · {escape(code.clause)}" if code.clause else ""
    head = (
        f'<h3><span class="{first.severity}">{_both(*_WORDS[first.severity])}</span> '
        f"{escape(first.code)}{clause} ({len(findings)})</h3>"
    )
    remedy = f"<p>{_both(code.remedy_sv, code.remedy_en)}</p>" if code.remedy_sv else ""
    shown = "".join(_place(finding) for finding in findings[:MOST_PLACES])
    rest = len(findings) - MOST_PLACES
    more = f"<li>… {rest} till | more (--json)</li>" if rest > 0 else ""
    opened = " open" if len(findings) <= 10 else ""
    return (
        f"{head}{remedy}<details{opened}><summary>{_both('Ställen', 'Places')}</summary>"
        f"<ul>{shown}{more}</ul></details>\n"
    )


def _place(finding: Finding) -> str:
    text = _both(finding.text("sv"), finding.text("en"))
    return f"<li><code>{escape(finding.where) or '–'}</code><br>{text}</li>"


def _both(swedish: str, english: str) -> str:
    return f'{escape(swedish)} <span class="en" lang="en">{escape(english)}</span>'
