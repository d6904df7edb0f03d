"""What the sender remembers of one sending, in files that survive a kill.

::

    <landing>/plan.jsonl       which files are in which pack; kept after the sending
              head.json        what the index begins with, and the key that opens the reply (mode 0600)
              packs/000000.json  name and size of a pack that is sealed
              sealed/<name>    a sealed pack on its way; removed when it is in the drop
              index.json       name and size of the index, digests of the packs in it and of the marker
              received.json    the centre has it
"""

import json
import shutil
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from leverans.blobs import commit
from leverans.sources.carrying.packing import Member, line, pack, read_members

PLAN, HEAD, INDEX, RECEIVED = "plan.jsonl", "head.json", "index.json", "received.json"


@dataclass(frozen=True, slots=True)
class Sealed:
    """A sealed file: its name, which is the SHA-256 of its bytes, and its size."""

    name: str
    size: int


class Outbox:
    """The memory of one sending.

    Args:
        folder: where it lies; made if missing, for its owner only.
    """

    def __init__(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        folder.chmod(0o700)
        self.folder = folder

    def head(self) -> dict[str, Any] | None:
        """Give what was noted with the plan, None while there is no plan."""
        return self._note(HEAD)

    def plan(self, members: Iterable[Member], head: dict[str, Any], bound: int) -> dict[str, Any]:
        """Write the plan, in the place of an older one; give `head` with the counts added."""
        self.forget()
        counts = {"packs": 0, "files": 0, "bytes": 0}
        with commit(self.folder) as group:
            with group.file(self.folder / PLAN).open("wb") as stream:
                for part in pack(members, bound):
                    stream.write(line([member.plain() for member in part]))
                    counts["packs"] += 1
                    counts["files"] += len(part)
                    counts["bytes"] += sum(member.size for member in part)
            seal = group.seal(self.folder / HEAD)
            seal.touch(mode=0o600)
            seal.write_bytes(line({**head, **counts}))
        return {**head, **counts}

    def parts(self) -> Iterator[tuple[int, list[Member]]]:
        """Give the packs of the plan, with their numbers."""
        with (self.folder / PLAN).open("rb") as stream:
            for number, text in enumerate(stream):
                yield number, read_members(json.loads(text))

    def packs(self) -> dict[int, Sealed]:
        """Give what is sealed, by number."""
        notes = sorted((self.folder / "packs").glob("*.json"))
        return {int(path.stem): Sealed(**json.loads(path.read_bytes())) for path in notes}

    def staged(self, sealed: Sealed) -> Path:
        """Give where a sealed file lies while it is on its way."""
        return self.folder / "sealed" / sealed.name

    def note_pack(self, number: int) -> Path:
        """Give the place of a pack's note."""
        return self.folder / "packs" / f"{number:06d}.json"

    def index(self) -> dict[str, Any] | None:
        """Give what was noted of the index, None while there is none."""
        return self._note(INDEX)

    def received(self) -> dict[str, Any] | None:
        """Give what was noted when the centre had it, None before."""
        return self._note(RECEIVED)

    def note_received(self, note: dict[str, Any]) -> None:
        """Note that the centre has it, and clear away all but the plan."""
        with commit(self.folder) as group:
            group.seal(self.folder / RECEIVED).write_bytes(line(note))
        self._clear()

    def forget(self, *, received: bool = False) -> None:
        """Forget what was sealed and planned, and if asked to that the centre has it.

        What is in the drop becomes a stranger's.
        """
        if received:
            (self.folder / RECEIVED).unlink(missing_ok=True)
        (self.folder / HEAD).unlink(missing_ok=True)
        self._clear()

    def _clear(self) -> None:
        (self.folder / INDEX).unlink(missing_ok=True)
        for name in ("packs", "sealed"):
            shutil.rmtree(self.folder / name, ignore_errors=True)

    def _note(self, name: str) -> dict[str, Any] | None:
        try:
            return dict(json.loads((self.folder / name).read_bytes()))
        except FileNotFoundError:
            return None


def acknowledged(folder: Path) -> Iterator[str]:
    """Give the digests of all documents in sendings that the centre has, of all sendings below a folder."""
    for note in sorted(folder.glob(f"*/{RECEIVED}")):
        for _, members in Outbox(note.parent).parts():
            yield from (member.sha256 for member in members if member.kind == "document")
