"""The command line: a face over the stages. Heavy rooms are imported by the command that needs them."""

from leverans.cli.main import entry, main

__all__ = ["entry", "main"]
