"""Where a source is, as a command line says it: held to the same rules as a file."""

from leverans.errors import ConfigurationError
from leverans.formats.yamltext import Document
from leverans.registry import parse
from leverans.registry.reading import Node
from leverans.registry.references import EnvironmentReference


def location_of(given: object) -> str | EnvironmentReference | None:
    """Read a location: a text without credentials, or ``{"env": VARIABLE}``; None when it is neither."""
    problems: list[ConfigurationError] = []
    found = parse.location(Node(Document("", given), (), given, problems))
    return None if problems or not found else found
