"""Which forms of packages our own archive takes, and which are for others."""

from leverans.errors import ConfigurationError
from leverans.formats import profiles
from leverans.formats.profiles import Profile

ARCHIVED = "csip"
"""The form that our own archive takes."""


def archivable(name: str) -> Profile:
    """Load a profile that our own archive takes.

    Raises:
        ConfigurationError: PKG010 there is no such profile; EXP001 it is for other receivers.
    """
    profile = profiles.load(name)
    if profile.form != ARCHIVED:
        known = ", ".join(one for one in profiles.names() if profiles.load(one).form == ARCHIVED)
        raise ConfigurationError("EXP001", name, profile=name, known=known)
    return profile
