"""What sender and receiver tell each other in a drop, all of it sealed."""

import hashlib
import json
import re
from dataclasses import dataclass
from typing import Any

from leverans.sources.carrying.carrier import BLOB
from leverans.sources.carrying.packing import Member, line, read_members

VERSION = 1
LANDING = re.compile(r"[0-9a-f]{64}")
_PATH = re.compile(r"[A-Za-z0-9_][A-Za-z0-9._-]*(?:/[A-Za-z0-9_][A-Za-z0-9._-]*){0,3}")
_LONGEST_PATH = 200


class Malformed(Exception):
    """A message is not of the form agreed on; the text names the part."""


class Outside(Exception):
    """A message names a place outside the landing."""


@dataclass(frozen=True, slots=True)
class Marker:
    """``ready``: the sending is complete.

    Attributes:
        delivery: ``municipality/delivery``.
        landing: id of the landing.
        index: name of the index.
        size: bytes of the index.
        at: when it was sent, ISO 8601; several sendings are received in this order.
    """

    delivery: str
    landing: str
    index: str
    size: int
    at: str

    def written(self) -> bytes:
        """Give the message's plain bytes."""
        return line({"version": VERSION, **{name: getattr(self, name) for name in self.__slots__}})


@dataclass(frozen=True, slots=True)
class Head:
    """The first line of an index.

    Attributes:
        delivery: ``municipality/delivery``.
        landing: id of the landing.
        reply_to: the age recipient that the reply is sealed to; nobody else knows it.
        token: what the reply must repeat.
        packs: how many packs follow.
    """

    delivery: str
    landing: str
    reply_to: str
    token: str
    packs: int

    def written(self) -> bytes:
        """Give the line."""
        return line({"version": VERSION, **{name: getattr(self, name) for name in self.__slots__}})


@dataclass(frozen=True, slots=True)
class Listed:
    """One pack in an index: name and size of its sealed bytes, and what is in it, in this order."""

    name: str
    size: int
    members: tuple[Member, ...]

    def written(self) -> bytes:
        """Give the line."""
        members = [member.plain() for member in self.members]
        return line({"pack": self.name, "size": self.size, "members": members})


@dataclass(frozen=True, slots=True)
class Reply:
    """``reply``: what the receiver says.

    Attributes:
        token: the one of the index.
        state: ``received``, or ``wanted``: something is to be sent anew.
        packs: names of the packs wanted anew.
        whole: the documents that were left out are wanted, too.
    """

    token: str
    state: str
    packs: tuple[str, ...] = ()
    whole: bool = False

    def written(self) -> bytes:
        """Give the message's plain bytes."""
        return line({"version": VERSION, **{name: getattr(self, name) for name in self.__slots__}})


def sending(delivery: str, landing: str) -> str:
    """Give the name of a sending's folder: the same on both sides, and it tells nothing."""
    return hashlib.sha256(f"leverans sending {VERSION}\n{delivery}\n{landing}".encode()).hexdigest()


def read_marker(data: bytes) -> Marker:
    """Read ``ready``.

    Raises:
        Malformed: it is none.
    """
    plain = _plain(data, {"delivery": str, "landing": str, "index": str, "size": int, "at": str})
    if not LANDING.fullmatch(plain["landing"]) or not BLOB.fullmatch(plain["index"]) or plain["size"] < 0:
        raise Malformed("landing, index, size")
    return Marker(**plain)


def read_head(data: bytes) -> Head:
    """Read the first line of an index.

    Raises:
        Malformed: it is none.
    """
    plain = _plain(data, {"delivery": str, "landing": str, "reply_to": str, "token": str, "packs": int})
    return Head(**plain)


def read_reply(data: bytes) -> Reply:
    """Read ``reply``.

    Raises:
        Malformed: it is none.
    """
    plain = _plain(data, {"token": str, "state": str, "packs": list, "whole": bool})
    if plain["state"] not in {"received", "wanted"}:
        raise Malformed("state")
    return Reply(plain["token"], plain["state"], tuple(map(str, plain["packs"])), plain["whole"])


def read_listed(data: bytes) -> Listed:
    """Read the line of one pack.

    Raises:
        Malformed: it is none.
        Outside: it names a place that no landing has.
    """
    plain = _plain(data, {"pack": str, "size": int, "members": list}, versioned=False)
    if not BLOB.fullmatch(plain["pack"]) or plain["size"] < 0:
        raise Malformed("pack, size")
    for row in plain["members"]:
        _check_row(row)
    return Listed(plain["pack"], plain["size"], tuple(read_members(plain["members"])))


def _check_row(row: Any) -> None:
    if not isinstance(row, list) or [type(cell) for cell in row] != [str, str, str, int]:
        raise Malformed("members")
    kind, path, sha256, size = row
    if kind not in {"document", "file"} or not LANDING.fullmatch(sha256) or size < 0:
        raise Malformed("members")
    if kind == "document" and path:
        raise Malformed("members")
    if kind == "file" and not inside(path):
        raise Outside


def inside(path: str) -> bool:
    """Say whether a path is one that a landing's file may have: below its folder, whatever the system."""
    return len(path) <= _LONGEST_PATH and _PATH.fullmatch(path) is not None


def _plain(data: bytes, fields: dict[str, type], *, versioned: bool = True) -> dict[str, Any]:
    try:
        plain = json.loads(data)
    except (ValueError, RecursionError):
        raise Malformed("JSON") from None
    if not isinstance(plain, dict):
        raise Malformed("JSON")
    if versioned and plain.pop("version", None) != VERSION:
        raise Malformed("version")
    wrong = [name for name, kind in fields.items() if type(plain.get(name)) is not kind]
    if wrong or len(plain) != len(fields):
        raise Malformed(", ".join(wrong) or "+")
    return plain
