"""The words of the command line."""

import argparse
from collections.abc import Callable

Command = Callable[[argparse.Namespace], int]


def build_parser() -> argparse.ArgumentParser:
    """Give the parser; each command's module and function stand in ``args.command``."""
    parser = argparse.ArgumentParser(
        prog="leverans",
        description="Leverans: from a legacy system to an archived, reconciled delivery.",
        epilog="Exit status: 0 complete (quarantines included), 1 incomplete, refused or an error was found, "
        "2 the words are off, 3 an outage: try again.",
    )
    parser.add_argument("--version", action="store_true", help="show the version and end")
    commands = parser.add_subparsers(title="commands", metavar="COMMAND", dest="name")
    common = _common()
    _run(commands, common)
    _ledger(commands, common)
    _packages(commands, common)
    _sources(commands, common)
    _demo(commands, common)
    return parser


def _common() -> argparse.ArgumentParser:
    common = argparse.ArgumentParser(add_help=False)
    common.add_argument("--content", metavar="DIR", help="content root (LEVERANS_CONTENT, default: here)")
    common.add_argument("--home", metavar="DIR", help="work root (LEVERANS_HOME, default: var)")
    common.add_argument("--json", action="store_true", help="JSON on standard output")
    return common


def _add(
    commands: "argparse._SubParsersAction[argparse.ArgumentParser]",
    common: argparse.ArgumentParser,
    name: str,
    command: str,
    text: str,
) -> argparse.ArgumentParser:
    parser = commands.add_parser(name, parents=[common], help=text, description=text)
    parser.set_defaults(command=command)
    return parser


def _run(
    commands: "argparse._SubParsersAction[argparse.ArgumentParser]", common: argparse.ArgumentParser
) -> None:
    run = _add(
        commands, common, "run", "delivering:run", "Deliver: extract, map, package, archive, reconcile."
    )
    run.add_argument("delivery", metavar="MUNICIPALITY/DELIVERY")
    run.add_argument("--test", action="store_true", help="the same delivery to a test archive, marked TEST")
    run.add_argument("--at", metavar="TIME", help="reference time, e.g. 2026-01-31T12:00:00Z (default: now)")
    run.add_argument("--restart", action="store_true", help="give up an interrupted run and begin anew")


def _ledger(
    commands: "argparse._SubParsersAction[argparse.ArgumentParser]", common: argparse.ArgumentParser
) -> None:
    status = _add(commands, common, "status", "asking:status", "Where every delivery stands.")
    status.add_argument("delivery", metavar="MUNICIPALITY[/DELIVERY]", nargs="?")
    explain = _add(commands, common, "explain", "asking:explain", "What became of one object, and why.")
    explain.add_argument("object", metavar="OBJECT", help="object id, reference code or source key")
    quarantine = commands.add_parser(
        "quarantine", help="What was set aside.", description="What was set aside."
    )
    actions = quarantine.add_subparsers(metavar="ACTION", dest="action", required=True)
    listed = _add(actions, common, "list", "asking:quarantine_list", "List what was set aside, by reason.")
    listed.add_argument("delivery", metavar="MUNICIPALITY/DELIVERY")
    listed.add_argument("--code", help="only this finding code")
    shown = _add(actions, common, "show", "asking:quarantine_show", "Show one object that was set aside.")
    shown.add_argument("delivery", metavar="MUNICIPALITY/DELIVERY")
    shown.add_argument("object", metavar="OBJECT", help="object id, reference code or source key")


def _packages(
    commands: "argparse._SubParsersAction[argparse.ArgumentParser]", common: argparse.ArgumentParser
) -> None:
    validate = _add(
        commands, common, "validate", "checking:validate", "Validate packages, ours or a stranger's."
    )
    validate.add_argument("paths", metavar="PATH", nargs="+", help="folder, zip or tar")
    validate.add_argument("--profile", help="target profile (default: as the package says)")
    archive = commands.add_parser("archive", help="What is archived.", description="What is archived.")
    actions = archive.add_subparsers(metavar="ACTION", dest="action", required=True)
    for name, command, text in (
        ("list", "checking:archive_list", "List the archived objects of a municipality."),
        ("get", "checking:archive_get", "Restore one archived object into a folder."),
        ("verify", "checking:archive_verify", "Read every byte of the archive and hold it to its digests."),
    ):
        action = _add(actions, common, name, command, text)
        action.add_argument("municipality", metavar="MUNICIPALITY")
        action.add_argument("--test", action="store_true", help="the test archive")
        if name == "get":
            action.add_argument("object", metavar="OBJECT", help="reference code or object id")
            action.add_argument("--to", metavar="DIR", default=".", help="where to put it (default: here)")
            action.add_argument("--version", type=int, help="an older version")
            action.add_argument("--protected", action="store_true", help="from the protected archive")


def _sources(
    commands: "argparse._SubParsersAction[argparse.ArgumentParser]", common: argparse.ArgumentParser
) -> None:
    source = commands.add_parser("source", help="Look at the sources.", description="Look at the sources.")
    actions = source.add_subparsers(metavar="ACTION", dest="action", required=True)
    for name, command, text in (
        ("check", "looking:check", "Can every source be read, and only read?"),
        ("discover", "looking:discover", "Which tables, columns, keys and documents are there?"),
    ):
        action = _add(actions, common, name, command, text)
        action.add_argument("delivery", metavar="MUNICIPALITY/DELIVERY")


def _demo(
    commands: "argparse._SubParsersAction[argparse.ArgumentParser]", common: argparse.ArgumentParser
) -> None:
    demo = commands.add_parser(
        "demo", help="A world to try things on.", description="A world to try things on."
    )
    actions = demo.add_subparsers(metavar="ACTION", dest="action", required=True)
    build = _add(actions, common, "build", "showing:build", "Build a demo world: sources, content, truth.")
    build.add_argument("directory", metavar="DIR")
    run = _add(
        actions, common, "run", "showing:run", "Build the demo world if it is missing, and deliver it."
    )
    change = _add(actions, common, "change", "showing:change", "Change a demo world: late, reopened, voided.")
    change.add_argument("directory", metavar="DIR", nargs="?", help="default: demo in the work root")
    for parser in (build, run):
        parser.add_argument("--cases", type=int, default=2000, metavar="N")
    for parser in (build, run, change):
        parser.add_argument("--seed", type=int, default=1, metavar="S")
