"""How a command is added."""

import argparse


def add(
    commands: "argparse._SubParsersAction[argparse.ArgumentParser]",
    common: argparse.ArgumentParser,
    name: str,
    command: str,
    text: str,
) -> argparse.ArgumentParser:
    """Add a command with the common options.

    Args:
        commands: where to.
        common: the common options.
        name: the word.
        command: ``module:function`` below `leverans.cli`; it takes the words and gives the exit status.
        text: what it does, one line.
    """
    parser = commands.add_parser(name, parents=[common], help=text, description=text)
    parser.set_defaults(command=command)
    return parser
