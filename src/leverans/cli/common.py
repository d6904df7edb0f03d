"""What several commands need."""

import argparse
import getpass
import os
from datetime import UTC, datetime

from leverans.errors import UsageError
from leverans.settings import Settings

USER_VARIABLE = "LEVERANS_USER"


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


def person_of(args: argparse.Namespace) -> str:
    """Give who asks: ``--by``, else ``LEVERANS_USER``, else the login name."""
    return str(getattr(args, "by", None) or os.environ.get(USER_VARIABLE) or getpass.getuser())


def moment_of(text: str | None) -> datetime | None:
    """Read a time of the command line; without a zone it is UTC.

    Raises:
        UsageError: USE002, it is none.
    """
    if text is None:
        return None
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise UsageError("USE002", "", given=text) from None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
