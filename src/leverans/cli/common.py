"""What several commands need."""

import argparse

from leverans.errors import UsageError
from leverans.settings import Settings


def settings_of(args: argparse.Namespace) -> Settings:
    """Give the roots that the words and the environment name."""
    return Settings.load(args.content, args.home)


def delivery_of(text: str) -> str:
    """Hold a delivery's name to its form.

    Raises:
        UsageError: USE001, it is not ``municipality/delivery``.
    """
    municipality, slash, delivery = text.partition("/")
    if not slash or not municipality or not delivery or "/" in delivery or ".." in text:
        raise UsageError("USE001", "", given=text)
    return text
