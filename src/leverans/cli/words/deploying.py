"""``leverans deploy``."""

import argparse

from leverans.cli.words.adding import add


def words(
    commands: "argparse._SubParsersAction[argparse.ArgumentParser]", common: argparse.ArgumentParser
) -> None:
    """Add the words."""
    deploy = add(commands, common, "deploy", "deploying:deploy", "Bring the schedules to a Prefect server.")
    how = deploy.add_mutually_exclusive_group()
    how.add_argument("--render", action="store_true", help="only write prefect.yaml; no server is asked")
    how.add_argument(
        "--check", action="store_true", help="only tell what is otherwise there; exit 1 if anything"
    )
    how.add_argument("--prune", action="store_true", help="also take away what is ours and wanted no more")
