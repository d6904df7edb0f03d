"""A worker process: ``python -m leverans.identify.worker FOLDER``.

Reads one JSON line ``[path, extension]`` per document from standard input and answers with one JSON line per
document, in order. The bytes lie in the store without an extension, so each is shown to the identifying
software through a symbolic link in FOLDER that has one. What kills this process kills nothing else.
"""

import json
import os
import sys
from dataclasses import astuple
from pathlib import Path
from typing import Any, BinaryIO

from leverans.identify.reading import interpret
from leverans.identify.result import Identification

READY = b"ready\n"


def main(folder: Path) -> None:
    """Answer until the questions end."""
    import pygfried

    answers = os.fdopen(os.dup(1), "wb", buffering=0)
    os.dup2(os.open(os.devnull, os.O_WRONLY), 1)  # whatever a library prints is no answer
    scanner = pygfried.Scanner()
    answers.write(READY)
    serve(sys.stdin.buffer, answers, scanner, folder)


def serve(questions: BinaryIO, answers: BinaryIO, scanner: Any, folder: Path) -> None:
    """Answer each question with the fields of an `Identification`."""
    for line in questions:
        path, extension = json.loads(line)
        found = look(scanner, path, folder / (f"document.{extension}" if extension else "document"))
        answers.write(json.dumps(astuple(found)).encode() + b"\n")


def look(scanner: Any, path: str, link: Path) -> Identification:
    """Identify the bytes at `path` under the name of `link`."""
    try:
        link.symlink_to(path)
        try:
            file = scanner.identify(str(link), detailed=True)["files"][0]
        finally:
            link.unlink()
    except Exception:  # noqa: BLE001  # whatever one document does must not stop the others
        return Identification(warning="failed")
    return interpret(file["matches"], file["errors"], named=bool(link.suffix))


if __name__ == "__main__":
    main(Path(sys.argv[1]))
