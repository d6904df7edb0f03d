"""Walks a folder tree in a stable order and tells what each entry is; names stay exactly as they are."""

import errno
import os
import stat
from collections.abc import Iterator
from dataclasses import dataclass

from leverans.sources.contract import DocumentStatus
from leverans.sources.faults import is_outage, source_error


@dataclass(frozen=True, slots=True)
class Entry:
    r"""One file, or something in a file's place.

    Attributes:
        ref: path below the root with forward slashes; bytes that are no UTF-8 as ``\xNN``.
        name: the last part of it.
        path: what the operating system is asked for.
        size: bytes as listed.
        fault: an empty text, or the code of why it is not read.
        status: what becomes of it when `fault` is set.
        odd_name: the name is no UTF-8.
    """

    ref: str
    name: str
    path: str
    size: int = 0
    fault: str = ""
    status: DocumentStatus = "landed"
    odd_name: bool = False


class Crawler:
    """Lists the files of one share.

    Args:
        root: the share's folder.
        where: the source's name, for errors of the share as a whole.
    """

    def __init__(self, root: str, where: str) -> None:
        self._root = root
        self._real = os.path.realpath(root)
        self._where = where

    def entries(self) -> Iterator[Entry]:
        """List all files, each folder in its place among the names, sorted by code point.

        Raises:
            LeveransError: the root itself cannot be listed, or the whole share is away.
        """
        try:
            levels = [_names(self._root)]
        except OSError as fault:
            raise source_error(fault, self._where) from fault
        places = [("", self._root)]
        while levels:
            found = next(levels[-1], None)
            if found is None:
                levels.pop()
                places.pop()
                continue
            name, shown = found
            prefix, folder = places[-1]
            entry = self._look(f"{folder}/{name}", prefix + shown, shown, odd=name != shown)
            if entry is not None:
                yield entry
                continue
            below = self._below(f"{folder}/{name}", prefix + shown, shown)
            if isinstance(below, Entry):
                yield below
                continue
            levels.append(below)
            places.append((f"{prefix}{shown}/", f"{folder}/{name}"))

    def _look(self, path: str, ref: str, name: str, *, odd: bool) -> Entry | None:
        """Tell what one name is; None for a folder."""
        try:
            found = os.lstat(path)
            if stat.S_ISDIR(found.st_mode):
                return None
            if stat.S_ISLNK(found.st_mode):
                return self._link(path, ref, name, odd=odd)
        except OSError as fault:
            return self._failed(fault, Entry(ref, name, path, 0, *_reason(fault), odd))
        if stat.S_ISREG(found.st_mode):
            return Entry(ref, name, path, found.st_size, odd_name=odd)
        return Entry(ref, name, path, 0, "SRC116", "refused", odd)

    def _link(self, path: str, ref: str, name: str, *, odd: bool) -> Entry:
        """A link is read where it leads to a file of this share; all else has its own place or none."""
        try:
            target = os.path.realpath(path, strict=True)
        except OSError as fault:
            looped = fault.errno == errno.ELOOP
            reason: tuple[str, DocumentStatus] = ("SRC113", "refused") if looped else _reason(fault)
            return self._failed(fault, Entry(ref, name, path, 0, *reason, odd))
        if os.path.commonpath([target, self._real]) != self._real:
            return Entry(ref, name, path, 0, "SRC112", "refused", odd)
        found = os.lstat(target)
        if stat.S_ISREG(found.st_mode):
            return Entry(ref, name, target, found.st_size, odd_name=odd)
        code = "SRC113" if stat.S_ISDIR(found.st_mode) else "SRC116"
        return Entry(ref, name, path, 0, code, "refused", odd)

    def _below(self, path: str, ref: str, name: str) -> Iterator[tuple[str, str]] | Entry:
        try:
            return _names(path)
        except OSError as fault:
            return self._failed(
                fault, Entry(f"{ref}/", name, path, 0, "SRC117", "unreadable", odd_name=False)
            )

    def _failed(self, fault: OSError, entry: Entry) -> Entry:
        if is_outage(fault):
            raise source_error(fault, self._where) from fault
        return entry


def _names(folder: str) -> Iterator[tuple[str, str]]:
    """Give the names of a folder sorted, each with the text it is shown as; no two share a text."""
    names = sorted(os.listdir(folder))  # noqa: PTH208  # texts all the way, they are many
    taken = set(names)
    return iter([(name, _shown(name, taken)) for name in names])


def _shown(name: str, taken: set[str]) -> str:
    if name.isprintable() or not any("\ud800" <= sign <= "\udfff" for sign in name):
        return name
    shown = os.fsencode(name).decode("utf-8", "backslashreplace")
    while shown in taken:
        shown += "~"
    taken.add(shown)
    return shown


def _reason(fault: OSError) -> tuple[str, DocumentStatus]:
    return ("SRC114", "missing") if isinstance(fault, FileNotFoundError) else ("SRC111", "unreadable")
