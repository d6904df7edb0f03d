"""Servers for the connector contract; started when the first rule needs one, stopped with the session."""

import tempfile
from pathlib import Path
from typing import Any

_SERVERS: dict[str, Any] = {}


def pytest_leverans_server(engine: str) -> Any:
    """Give the suite's own server of an engine, or None where its programs are missing."""
    from tests.support.contracted import start

    if engine not in _SERVERS:
        _SERVERS[engine] = start(engine, Path(tempfile.mkdtemp(prefix=f"leverans-{engine}-")))
    return _SERVERS[engine]


def pytest_unconfigure() -> None:
    """Stop what was started."""
    for server in _SERVERS.values():
        if server is not None:
            server.stop()
    _SERVERS.clear()
