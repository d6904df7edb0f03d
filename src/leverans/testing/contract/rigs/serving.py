"""A service on a port of its own that answers as a rig tells it."""

import socket
import threading
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, unquote, urlsplit


@dataclass(frozen=True, slots=True)
class Asked:
    """One request.

    Attributes:
        path: decoded, without the service's own.
        query: the first value of each parameter.
        headers: as sent.
        body: what was sent.
    """

    path: str
    query: Mapping[str, str]
    headers: Mapping[str, str]
    body: bytes


@dataclass(frozen=True, slots=True)
class Told:
    """One answer.

    Attributes:
        status: HTTP status.
        kind: its ``Content-Type``.
        parts: the bytes, in pieces.
        size: how many bytes the pieces have.
        headers: besides.
    """

    status: int
    kind: str
    parts: Iterable[bytes]
    size: int
    headers: Mapping[str, str] = field(default_factory=dict)

    @classmethod
    def of(
        cls, data: bytes, kind: str, status: int = 200, headers: Mapping[str, str] | None = None
    ) -> "Told":
        """Give an answer that is held in memory."""
        return cls(status, kind, (data,), len(data), headers or {})


class Service:
    """Answers requests until it is stopped.

    Args:
        answer: gives the answer to a request.
        below: path of the service.
    """

    def __init__(self, answer: Callable[[Asked], Told], below: str) -> None:
        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"
            disable_nagle_algorithm = True

            def do_GET(self) -> None:
                self._do()

            def do_POST(self) -> None:
                self._do()

            def _do(self) -> None:
                there = urlsplit(self.path)
                body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
                query = {name: values[0] for name, values in parse_qs(there.query).items()}
                path = unquote(there.path).removeprefix(below)
                told = answer(Asked(path, query, dict(self.headers), body))
                self.send_response(told.status)
                for name, value in told.headers.items():
                    self.send_header(name, value)
                self.send_header("Content-Type", told.kind)
                self.send_header("Content-Length", str(told.size))
                self.end_headers()
                for part in told.parts:
                    self.wfile.write(part)

            def log_message(self, *_words: object) -> None:
                """Say nothing."""

        self._server = _Server(("127.0.0.1", 0), Handler)
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True)
        self._thread.start()
        self.address = f"127.0.0.1:{self._server.server_address[1]}{below}"

    def stop(self) -> None:
        """Answer nobody any more."""
        self._server.shutdown()
        self._server.server_close()


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, request: object, client_address: object) -> None:
        """Whoever hung up needs no answer."""


def nobodys_port() -> int:
    """Give a port at which nobody answers."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
