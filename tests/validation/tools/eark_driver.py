"""Runs inside eark-validator's own environment: ``python eark_driver.py VERSION VOCABULARIES PATH …``.

One JSON line per package: its ``name`` and the ids found with their severity (``found``), or why it broke off
(``broke``). The vocabularies it would fetch are read from the folder VOCABULARIES.
"""

import io
import json
import sys
import urllib.request
from functools import cache
from pathlib import Path


def main(version: str, vocabularies: str, *paths: str) -> None:
    """Judge each package and print a line."""
    folder = Path(vocabularies)
    urllib.request.urlopen = lambda address, *_, **__: io.BytesIO(
        (folder / str(address).rsplit("/", 1)[-1]).read_bytes()
    )
    from eark_validator import packages, rules
    from eark_validator.specifications.specification import SpecificationVersion

    rules.SchematronRuleset = cache(rules.SchematronRuleset)  # compiled once, not once for each package
    chosen = SpecificationVersion[version]
    for path in paths:
        try:
            report = packages.PackageValidator(Path(path), chosen).validation_report
            line = {"found": sorted(set(_found(report)))}
        except Exception as fault:  # noqa: BLE001 - it breaks off on much, and that is what is recorded
            line = {"broke": type(fault).__name__}
        print(json.dumps({"name": Path(path).name} | line), flush=True)


def _found(report):
    for one in report.structure.messages:
        yield one.rule_id, one.severity.value
    if report.metadata:
        for one in report.metadata.schematron_results.messages:
            yield one.rule_id, one.severity.value
        for one in report.metadata.schema_results.messages:
            yield "XSD", one.severity.value


if __name__ == "__main__":
    main(*sys.argv[1:])
