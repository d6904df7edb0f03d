"""Reads and writes a file over SFTP with a bounded number of requests on the way at once.

paramiko has ways of its own to do so. Its reading (`SFTPFile.prefetch`) asks from a thread that writes a
traceback when the line is lost, and keeps in memory all that has come. Its writing (`set_pipelined`) bounds
nothing, so that after a lost line nobody knows how much of the end of the file is holes.
"""

from collections import deque
from collections.abc import Iterator
from typing import Any, BinaryIO

import paramiko
from paramiko.message import Message
from paramiko.sftp import CMD_DATA, CMD_READ, CMD_STATUS, CMD_WRITE, int64

BLOCK = 1 << 15
"""Bytes in one request; every server takes as many."""
READS = 128
"""Requests to read that are on the way at once: 4 MiB."""
WRITES = 64
"""Requests to write that are on the way at once: 2 MiB."""


def unsure() -> int:
    """Give how many bytes at the end of a file may be holes after a lost line.

    A block is sent only when the one `WRITES` before it was confirmed, so all before that is there.
    """
    return BLOCK * WRITES


def read_blocks(client: paramiko.SFTPClient, stream: paramiko.SFTPFile, offset: int) -> Iterator[bytes]:
    """Give the bytes of an open file from `offset` to the end that it has now.

    Raises:
        OSError: the server refuses.
        EOFError: the file has become shorter.
        paramiko.SSHException: the line is lost.
    """
    size = stream.stat().st_size or 0
    requests = _Requests(client, stream)
    waiting: deque[tuple[int, int, int]] = deque()
    asked = offset
    while waiting or asked < size:
        while asked < size and len(waiting) < READS:
            length = min(BLOCK, size - asked)
            waiting.append((requests.read(asked, length), asked, length))
            asked += length
        number, start, length = waiting.popleft()
        data = requests.data(number)
        yield data
        while len(data) < length:  # a server may give less than it was asked for
            start, length = start + len(data), length - len(data)
            data = requests.data(requests.read(start, length))
            yield data


def write_blocks(
    client: paramiko.SFTPClient, stream: paramiko.SFTPFile, source: BinaryIO, offset: int
) -> int:
    """Write `source` to its end into an open file from `offset` on; every block is confirmed when this ends.

    Returns:
        The bytes written.

    Raises:
        OSError: the server refuses a block.
        EOFError: the line is lost.
        paramiko.SSHException: the line is lost.
    """
    requests = _Requests(client, stream)
    waiting: deque[int] = deque()
    written = 0
    while block := source.read(BLOCK):
        if len(waiting) >= WRITES:
            requests.confirm(waiting.popleft())
        waiting.append(requests.write(offset + written, block))
        written += len(block)
    while waiting:
        requests.confirm(waiting.popleft())
    return written


class _Requests:
    """Requests on the way; a server may answer in another order."""

    def __init__(self, client: Any, stream: Any) -> None:
        self._client = client
        self._handle = stream.handle
        self._came: dict[int, tuple[int, Message]] = {}

    def read(self, offset: int, length: int) -> int:
        """Ask for a block and give the request's number."""
        return self._ask(CMD_READ, int64(offset), length)

    def write(self, offset: int, data: bytes) -> int:
        """Send a block and give the request's number."""
        return self._ask(CMD_WRITE, int64(offset), data)

    def data(self, number: int) -> bytes:
        """Wait for a block."""
        kind, message = self._answer(number)
        if kind != CMD_DATA:
            raise paramiko.SFTPError
        return bytes(message.get_string())

    def confirm(self, number: int) -> None:
        """Wait until a block is written."""
        kind, _ = self._answer(number)
        if kind != CMD_STATUS:
            raise paramiko.SFTPError

    def _ask(self, kind: int, *arguments: object) -> int:
        return int(self._client._async_request(self, kind, self._handle, *arguments))  # noqa: SLF001  # see above

    def _answer(self, number: int) -> tuple[int, Message]:
        if number not in self._came:
            kind, message = self._client._read_response(number)  # noqa: SLF001  # see above
            return int(kind), message
        kind, message = self._came.pop(number)
        if kind == CMD_STATUS:
            self._client._convert_status(message)  # noqa: SLF001  # see above
        return kind, message

    def _async_response(self, kind: int, message: Message, number: int) -> None:
        """Take an answer that came before its turn; paramiko calls this."""
        self._came[number] = (kind, message)
