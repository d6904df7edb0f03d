"""A delivered demo world."""

from tests.support.worlds import delivered  # noqa: F401  # a fixture of this folder
