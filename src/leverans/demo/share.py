"""The document share: a folder for each year, a folder for each case."""

import os
from calendar import timegm
from datetime import datetime, timedelta
from pathlib import Path

from leverans.demo.errors import DemoError
from leverans.demo.files import render
from leverans.demo.prose import compose
from leverans.demo.streams import stream
from leverans.demo.things import Case, Document


def stamp(path: Path, at: datetime) -> None:
    """Sets the times of a file or folder: no clock leaves a trace in the world."""
    seconds = timegm(at.timetuple())
    os.utime(path, (seconds, seconds))


def epoch(seed: int) -> datetime:
    """The time that files without a date of their own carry in the world of this seed."""
    return datetime(2023, 1, 9, 6) + timedelta(minutes=seed % 100_000)  # noqa: DTZ001 - the source knows no zones


class Share:
    """Writes the files of cases below `root` and counts them."""

    def __init__(self, root: Path, seed: int) -> None:
        self._root = root
        self._seed = seed
        self.files = 0

    def add_case(self, case: Case) -> None:
        """Writes the documents of a case that are on the share."""
        if not case.documents:
            return
        folder = self._root / case.folder
        folder.mkdir(parents=True)
        for document in case.documents:
            if document.on_share:
                self.add(case, document)
        stamp(folder, case.documents[-1].at)

    def add_loose(self, case: Case, document: Document) -> None:
        """Writes a document outside every case's folder; its text speaks of `case`."""
        (self._root / document.path).parent.mkdir(exist_ok=True)
        self.add(case, document)

    def add(self, case: Case, document: Document) -> None:
        """Writes one document, as a file that was not there before."""
        chance = stream(self._seed, "document", case.id, document.number)
        data = b"" if document.empty else render(document.kind, compose(case, document, chance), chance)
        path = self._root / document.path
        try:
            with path.open("xb") as file:
                file.write(data)
        except FileExistsError as error:
            raise DemoError(
                f"{document.path}: this file system takes two names of the world for one"
            ) from error
        stamp(path, document.at)
        self.files += 1
