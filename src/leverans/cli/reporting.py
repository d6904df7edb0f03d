"""``leverans report``: write the report of a run anew, or one of its papers, and tell where it lies."""

import argparse
import json
import sys

from leverans.cli.common import delivery_of, settings_of
from leverans.cli.show import show_json


def report(args: argparse.Namespace) -> int:
    """Write the page or paper; print its path, or with ``--json`` its path and facts."""
    from leverans import report as room
    from leverans.report.rendering import render_json

    settings, name = settings_of(args), delivery_of(args.delivery)
    run = args.run or room.latest(settings, name)
    if args.paper:
        path = room.write_paper(settings, name, run, args.paper)
    else:
        path = room.write(settings, name, run)
    if args.json:
        told = json.loads(render_json(args.paper or "report", room.collected(settings, name, run)))
        show_json({"path": str(path), **told})
    else:
        sys.stdout.write(f"{path}\n")
    return 0
