"""``leverans mapping`` and ``leverans trace``: to write, sign and change a mapping."""

import argparse

from leverans.cli.words.adding import add

_DELIVERY = "MUNICIPALITY/DELIVERY"


def words(
    commands: "argparse._SubParsersAction[argparse.ArgumentParser]", common: argparse.ArgumentParser
) -> None:
    """Add the words."""
    text = "Check, preview, compare, test and document mappings."
    mapping = commands.add_parser("mapping", help=text, description=text)
    actions = mapping.add_subparsers(metavar="ACTION", dest="action", required=True)
    _check(actions, common)
    _looking(actions, common)
    _comparing(actions, common)
    _files(actions, common)
    _trace(commands, common)


def _check(
    actions: "argparse._SubParsersAction[argparse.ArgumentParser]", common: argparse.ArgumentParser
) -> None:
    check = add(actions, common, "check", "mapping:check", "Tell every fault of mappings, all in one pass.")
    check.add_argument("names", metavar="PATH|MUNICIPALITY/DELIVERY", nargs="*", help="default: all mappings")
    check.add_argument("--for", metavar="MUNICIPALITY", dest="municipality", help="whose plan tables count")
    _sources(check)
    check.add_argument("--unbound", action="store_true", help="do not hold deliveries against their sources")


def _sources(parser: argparse.ArgumentParser) -> None:
    known = parser.add_mutually_exclusive_group()
    known.add_argument("--catalogue", metavar="FILE", help="what `source discover --json` wrote")
    known.add_argument("--landed", action="store_true", help="the last landing, not the sources themselves")


def _looking(
    actions: "argparse._SubParsersAction[argparse.ArgumentParser]", common: argparse.ArgumentParser
) -> None:
    coverage = add(actions, common, "coverage", "mapping:coverage", "What becomes of every column.")
    coverage.add_argument("delivery", metavar=_DELIVERY)
    coverage.add_argument("--csv", action="store_true", help="the column ledger as it travels in packages")
    _sources(coverage)
    preview = add(
        actions,
        common,
        "preview",
        "mapping:preview",
        "Real records of the last landing, source beside result.",
    )
    preview.add_argument("delivery", metavar=_DELIVERY)
    preview.add_argument(
        "--object", metavar="KEY", help="id, reference code or key (a personal one: pseudonym)"
    )
    preview.add_argument("--count", type=int, default=3, help="how many objects (default: 3)")
    preview.add_argument("--html", metavar="FILE", help="write a self-contained page instead")
    preview.add_argument("--reveal", action="store_true", help="show personal keys; leaves an audit entry")
    preview.add_argument("--by", metavar="PERSON", help="who asks (LEVERANS_USER, default: the login name)")
    document = add(
        actions, common, "document", "mapping:document", "Write the metadatabilaga that an archivist signs."
    )
    document.add_argument("delivery", metavar=_DELIVERY)
    document.add_argument("--to", metavar="FILE", help="where to write it (default: standard output)")
    _sources(document)


def _comparing(
    actions: "argparse._SubParsersAction[argparse.ArgumentParser]", common: argparse.ArgumentParser
) -> None:
    diff = add(
        actions, common, "diff", "mapping:diff", "What changes between two versions, on the last landing."
    )
    diff.add_argument("delivery", metavar=_DELIVERY)
    other = diff.add_mutually_exclusive_group(required=True)
    other.add_argument(
        "--with", metavar="FILE", dest="other", help="the version before: another mapping file"
    )
    other.add_argument("--against", metavar="REVISION", help="the version before: content at a git revision")
    other.add_argument("--other-content", metavar="DIR", help="the version before: another content root")
    diff.add_argument("--examples", type=int, default=5, help="examples per field (default: 5)")
    impact = add(actions, common, "impact", "mapping:impact", "Which deliveries a changed file touches.")
    impact.add_argument("paths", metavar="PATH", nargs="+", help="file or folder below the content root")


def _files(
    actions: "argparse._SubParsersAction[argparse.ArgumentParser]", common: argparse.ArgumentParser
) -> None:
    test = add(actions, common, "test", "mapping:test", "Run the golden pairs beside the mappings.")
    test.add_argument("systems", metavar="SYSTEM", nargs="*", help="folders below mappings/ (default: all)")
    test.add_argument("--update", action="store_true", help="write what comes out as the expected result")
    schema = add(actions, common, "schema", "mapping:schema", "Give the JSON Schema for editors.")
    schema.add_argument("kind", choices=["mapping", "overlay", "rules"], nargs="?", default="mapping")
    schema.add_argument("--write", action="store_true", help="write all of them to mappings/_schema/")


def _trace(
    commands: "argparse._SubParsersAction[argparse.ArgumentParser]", common: argparse.ArgumentParser
) -> None:
    trace = add(commands, common, "trace", "tracing:trace", "Where a field of an archived object comes from.")
    trace.add_argument("municipality", metavar="MUNICIPALITY")
    trace.add_argument("object", metavar="OBJECT", help="reference code or object id")
    trace.add_argument("field", metavar="FIELD", help="title, records[2].files[0].name, or an ERMS element")
    trace.add_argument("--version", type=int, help="an older version")
    trace.add_argument("--test", action="store_true", help="in the test archive")
    trace.add_argument(
        "--protected", action="store_true", help="in the protected archive: no keys, no values"
    )
