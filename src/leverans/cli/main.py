"""From words to an exit status."""

import argparse
import os
import sys
from collections.abc import Sequence
from importlib import import_module

from leverans import __version__
from leverans.cli.parser import build_parser

USAGE = 2
INTERRUPTED = 130
DEBUG = "LEVERANS_DEBUG"


def entry() -> None:
    """Start from the shell."""
    sys.exit(main(sys.argv[1:]))


def main(words: Sequence[str]) -> int:
    """Do what the words say and give the exit status: 0, 1, 2 or 3 (see ``leverans --help``)."""
    parser = build_parser()
    try:
        args = parser.parse_args(words)
    except SystemExit as end:
        return int(end.code or 0)
    if args.version:
        sys.stdout.write(f"leverans {__version__}\n")
        return 0
    if not getattr(args, "command", None):
        parser.print_help()
        return USAGE
    return _guarded(args)


def _guarded(args: argparse.Namespace) -> int:
    """Run a command; what goes wrong is told with a place and a remedy, in Swedish and English."""
    from leverans.cli.show import show_error
    from leverans.errors import LeveransError

    try:
        return _dispatch(args)
    except LeveransError as fault:
        return show_error(fault, as_json=args.json)
    except KeyboardInterrupt:
        sys.stderr.write(
            "\nAvbrutet; kör samma kommando igen för att fortsätta. | Stopped; run again to go on.\n"
        )
        return INTERRUPTED
    except BrokenPipeError:
        sys.stderr.close()
        return 1
    except OSError as fault:
        from leverans.delivery.stopping import told

        return show_error(told(fault), as_json=args.json)
    except Exception as fault:  # its text and traceback may hold a row
        from leverans.delivery.stopping import unexpected

        if os.environ.get(DEBUG):
            raise
        return show_error(unexpected(fault), as_json=args.json)


def _dispatch(args: argparse.Namespace) -> int:
    module, function = str(args.command).split(":")
    command = getattr(import_module(f"leverans.cli.{module}"), function)
    return int(command(args))
