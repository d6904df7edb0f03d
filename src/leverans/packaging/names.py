"""Neutral names: what stands in a path says where a thing is, never what it is about or who it is about."""

import hashlib
import re
import unicodedata
from collections.abc import Callable, Iterable, Sequence

from leverans.model import Case, Record

ERMS_FOLDER = "data"
_UNSAFE = re.compile(r"[^A-Za-z0-9._-]+")
_EDGES = "-._"
_PSEUDONYM = re.compile(r"p-[0-9a-f]{16,}")
_PERSONAL_NUMBER = re.compile(r"(?<!\d)(?:\d\d)?\d\d[01]\d[0-9]\d[-+]?\d{4}(?!\d)")
_RESERVED = re.compile(r"(?:con|prn|aux|nul|com\d|lpt\d)(?:\..*)?", re.IGNORECASE)
_EXTENSION = re.compile(r"[a-z0-9]{1,10}")
_LONGEST = 64


def safe_name(text: str, longest: int = _LONGEST) -> str:
    """Give a name of ASCII letters, digits, ``.``, ``_`` and ``-`` that every file system takes.

    Accents are taken off (``å`` → ``a``), anything else becomes ``-``; what would be empty or is a word that
    Windows keeps for itself gets an ``x`` in front. Different texts may give the same name.
    """
    bare = _UNSAFE.sub("-", text if text.isascii() else _without_marks(text))
    name = bare.strip(_EDGES)[:longest].rstrip(_EDGES)
    return f"x{name}" if not name or _RESERVED.fullmatch(name) else name


def extension(name: str) -> str:
    """Give the extension of a file's original name with its dot, lower case, or an empty text.

    An extension is at most ten ASCII letters and digits; anything else is no extension.
    """
    _, dot, last = name.rpartition(".")
    found = last.lower()
    return f".{found}" if dot and _EXTENSION.fullmatch(found) else ""


def safe_path(text: str) -> str:
    """Give a path whose every part is a `safe_name`."""
    return "/".join(safe_name(part, 120) for part in text.split("/") if part) or safe_name("")


def free_path(path: str, taken: set[str]) -> str:
    """Give `path`, or one with a number where it is taken (upper and lower case are one), and take it.

    A file and a folder of one name do not stand side by side either: ``a/b`` beside a file ``a`` becomes
    ``a-2/b``. `taken` holds files, and folders with a slash at their end.
    """
    *folders, last = path.split("/")
    above = ""
    for folder in folders:
        above += f"{_free(folder, above, lambda low: low in taken, suffixed=False)}/"
        taken.add(above.lower())
    found = above + _free(last, above, lambda low: low in taken or f"{low}/" in taken, suffixed=True)
    taken.add(found.lower())
    return found


def _free(name: str, above: str, is_taken: Callable[[str], bool], *, suffixed: bool) -> str:
    stem, dot, suffix = name.rpartition(".") if suffixed else ("", "", "")
    number, found = 1, name
    while is_taken(f"{above}{found}".lower()):
        number += 1
        found = f"{stem}-{number}.{suffix}" if dot else f"{name}-{number}"
    return found


class CaseFolders:
    """Gives each case of a package a folder of its own, also where upper and lower case are one."""

    def __init__(self) -> None:
        self._taken: set[int] = set()

    def name(self, case: Case) -> str:
        """Give the folder of a case: its reference code made safe, or its id where that may tell too much.

        The id is used in the protected route, for a personal key and where the code holds what may be a
        personal identity number. A code that is taken gets the beginning of the id behind it.
        """
        base = case.id if _tells_too_much(case) else safe_name(case.reference_code)
        for name in _candidates(base, case.id, len(self._taken)):
            mark = int.from_bytes(hashlib.blake2b(name.lower().encode(), digest_size=8).digest(), "big")
            if mark not in self._taken:
                self._taken.add(mark)
                return name
        raise AssertionError("the candidates never end on a taken name")


def record_numbers(records: Sequence[Record]) -> list[str]:
    """Give the number each record has in paths: its own where all have different ones, else its place."""
    numbers = [record.number for record in records if record.number is not None and record.number > 0]
    if len(set(numbers)) == len(records):
        return [f"{number:04d}" for number in numbers]
    return [f"{place:04d}" for place in range(1, len(records) + 1)]


def document_paths(folder: str, case: Case) -> list[list[str]]:
    """Give the path of every file of a case, by record, relative to the folder of the ERMS document.

    The records come in the order of `Case.all_records`.
    """
    records = tuple(case.all_records())
    return [
        [
            f"{folder}/{number}-{place:02d}{extension(file.name)}"
            for place, file in enumerate(record.files, start=1)
        ]
        for number, record in zip(record_numbers(records), records, strict=True)
    ]


def _without_marks(text: str) -> str:
    apart = unicodedata.normalize("NFKD", text)
    return "".join(sign for sign in apart if not unicodedata.combining(sign))


def _tells_too_much(case: Case) -> bool:
    return (
        case.route != "open"
        or _PSEUDONYM.fullmatch(case.key) is not None
        or _PERSONAL_NUMBER.search(case.reference_code) is not None
    )


def _candidates(base: str, own: str, bound: int) -> Iterable[str]:
    yield base
    yield f"{base}_{own[:8]}"
    yield f"{base}_{own}"
    for number in range(bound + 1):
        yield f"{base}_{own}_{number}"
