"""``leverans validate`` and ``leverans archive``."""

import argparse

from leverans.cli.words.adding import add


def words(
    commands: "argparse._SubParsersAction[argparse.ArgumentParser]", common: argparse.ArgumentParser
) -> None:
    """Add the words."""
    validate = add(
        commands, common, "validate", "checking:validate", "Validate packages, ours or a stranger's."
    )
    validate.add_argument("paths", metavar="PATH", nargs="+", help="folder, zip, tar, .siard or one document")
    validate.add_argument("--profile", help="target profile (default: as the package says)")
    validate.add_argument("--html", metavar="FILE", help="write the report as a page, in Swedish and English")
    archive = commands.add_parser("archive", help="What is archived.", description="What is archived.")
    actions = archive.add_subparsers(metavar="ACTION", dest="action", required=True)
    for name, command, text in (
        ("list", "checking:archive_list", "List the archived objects of a municipality."),
        ("get", "checking:archive_get", "Restore one archived object into a folder."),
        ("verify", "checking:archive_verify", "Read every byte of the archive and hold it to its digests."),
    ):
        action = add(actions, common, name, command, text)
        action.add_argument("municipality", metavar="MUNICIPALITY")
        action.add_argument("--test", action="store_true", help="the test archive")
        if name == "get":
            action.add_argument("object", metavar="OBJECT", help="reference code or object id")
            action.add_argument("--to", metavar="DIR", default=".", help="where to put it (default: here)")
            action.add_argument("--version", type=int, help="an older version")
            action.add_argument("--protected", action="store_true", help="from the protected archive")
