"""Registered functions: the one way out of the closed operators.

A function lies in ``mappings/_functions/MODULE.py`` and is called ``MODULE:NAME`` in mappings. It is used
only where ``mappings/_functions/functions.csv`` names it with the SHA-256 of its file, which is how somebody
says that the file was read and found pure. What runs are the bytes that have that digest.

A function takes one `pyarrow` array of strings for each argument and gives one of the same length. It is pure
and works row by row: the answer for a row depends on that row only.
"""

import ast
import hashlib
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from types import ModuleType
from typing import Any

from leverans.mapping.layers import KeyPath, Problems
from leverans.mapping.tables import read_codes

FOLDER = Path("mappings") / "_functions"
REGISTRY = FOLDER / "functions.csv"
_COLUMNS = ("function", "sha256", "text")


@dataclass(frozen=True, slots=True)
class Function:
    """One registered function.

    Attributes:
        name: ``module:name``.
        sha256: digest of its file.
        text: what it does, for people.
        file: its file.
    """

    name: str
    sha256: str
    text: str
    file: Path = field(compare=False)

    def code(self) -> Callable[..., Any]:
        """Give the function.

        Raises:
            ValueError: the file is not the registered one.
        """
        return _code(self.file, self.sha256, self.name.partition(":")[2])


class Registry:
    """The registered functions of a content root, read when the first is asked for."""

    def __init__(self, content: Path, problems: Problems) -> None:
        self.content, self.problems = content, problems
        self.used: dict[str, Function] = {}
        self._rows: dict[str, dict[str, str]] | None = None

    def find(self, name: str, path: KeyPath) -> None:
        """Note that a mapping uses a function; MAP042 it is not registered, MAP043 its file is another."""
        rows = self._read(path)
        row = rows.get(name)
        if row is None:
            self.problems.add("MAP042", path, name=name, known=", ".join(rows) or "–")
            return
        module, _colon, inner = name.partition(":")
        file = self.content / FOLDER / f"{module}.py"
        if not file.resolve().is_relative_to((self.content / FOLDER).resolve()):
            self.problems.add("MAP045", path, file=f"{module}.py")
            return
        if not _stands(file, row["sha256"], inner):
            self.problems.add("MAP043", path, name=name, file=(FOLDER / file.name).as_posix())
            return
        self.used[name] = Function(name, row["sha256"], row["text"], file)

    def _read(self, path: KeyPath) -> dict[str, dict[str, str]]:
        if self._rows is None:
            file = self.content / REGISTRY
            self._rows = (
                read_codes(file, REGISTRY.as_posix(), _COLUMNS, path, self.problems) if file.is_file() else {}
            )
        return self._rows


def _stands(file: Path, sha256: str, name: str) -> bool:
    """Say whether a file is the registered one and has the function."""
    try:
        text = file.read_bytes()
        tree = ast.parse(text)
    except (OSError, SyntaxError, ValueError):
        return False
    names = [node.name for node in tree.body if isinstance(node, ast.FunctionDef)]
    return hashlib.sha256(text).hexdigest() == sha256 and name in names


@lru_cache(maxsize=64)
def _code(file: Path, sha256: str, name: str) -> Callable[..., Any]:
    text = file.read_bytes()
    if hashlib.sha256(text).hexdigest() != sha256:
        raise ValueError(file.name)
    module = ModuleType(f"leverans_function_{file.stem}")
    exec(compile(text, file.name, "exec"), module.__dict__)  # noqa: S102  # registered by the digest of these bytes
    found: Callable[..., Any] = getattr(module, name)
    return found
