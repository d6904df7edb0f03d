"""Registered functions: the one way out of the closed operators.

A function lies in ``mappings/_functions/MODULE.py`` and is called ``MODULE:NAME`` in mappings. It is used
only where ``mappings/_functions/functions.csv`` names it with the SHA-256 of its file, which is how somebody
says that the file was read and found pure. What runs are the bytes that have that digest.

A function takes one `pyarrow` array of strings for each argument and gives one of the same length. It is pure
and works row by row: the answer for a row depends on that row only.
"""

import ast
import hashlib
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from types import CodeType, ModuleType
from typing import Any

from leverans.mapping.layers import KeyPath, Problems
from leverans.mapping.tables import read_codes

FOLDER = Path("mappings") / "_functions"
REGISTRY = FOLDER / "functions.csv"
_COLUMNS = ("function", "sha256", "text")
_ANY = sys.maxsize


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
        """Give the function, its module made anew: what one call leaves behind no other finds.

        Raises:
            ValueError: the file is not the registered one.
        """
        module = ModuleType(f"leverans_function_{self.file.stem}")
        exec(_compiled(self.file, self.sha256), module.__dict__)  # noqa: S102  # registered by its bytes' digest
        found: Callable[..., Any] = getattr(module, self.name.partition(":")[2])
        return found


class Registry:
    """The registered functions of a content root, read when the first is asked for."""

    def __init__(self, content: Path, problems: Problems) -> None:
        self.content, self.problems = content, problems
        self.used: dict[str, Function] = {}
        self._rows: dict[str, dict[str, str]] | None = None

    def find(self, name: str, given: int, path: KeyPath) -> None:
        """Note that a mapping uses a function with some arguments.

        Faults are noted: MAP042 it is not registered, MAP043 its file is another, MAP045 it lies outside,
        MAP047 it takes another number of arguments.
        """
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
        found = _definition(file, row["sha256"], inner)
        if found is None:
            self.problems.add("MAP043", path, name=name, file=(FOLDER / file.name).as_posix())
            return
        least, most = _arguments(found)
        if not least <= given <= most:
            wanted = str(least) if most == least else f"{least}–" + ("" if most == _ANY else str(most))
            self.problems.add("MAP047", path, name=name, wanted=wanted, given=given)
        self.used[name] = Function(name, row["sha256"], row["text"], file)

    def _read(self, path: KeyPath) -> dict[str, dict[str, str]]:
        if self._rows is None:
            file = self.content / REGISTRY
            self._rows = (
                read_codes(file, REGISTRY.as_posix(), _COLUMNS, path, self.problems) if file.is_file() else {}
            )
        return self._rows


def files_named(data: Any) -> Iterator[Path]:
    """Give the files of the functions that a mapping names, and their registry, within the content."""
    modules = sorted({name.partition(":")[0] for name in _named(data) if ":" in name})
    if modules:
        yield REGISTRY
    yield from (FOLDER / f"{module}.py" for module in modules)


def _named(data: Any) -> Iterator[str]:
    if isinstance(data, dict):
        name = data.get("fn")
        if isinstance(name, str):
            yield name
        data = list(data.values())
    if isinstance(data, list):
        for inner in data:
            yield from _named(inner)


def _definition(file: Path, sha256: str, name: str) -> ast.FunctionDef | None:
    """Give a function as it is written, None where the file is not the registered one or has none."""
    try:
        text = file.read_bytes()
        tree = ast.parse(text)
    except (OSError, SyntaxError, ValueError):
        return None
    if hashlib.sha256(text).hexdigest() != sha256:
        return None
    named = [node for node in tree.body if isinstance(node, ast.FunctionDef) and node.name == name]
    return named[-1] if named else None


def _arguments(found: ast.FunctionDef) -> tuple[int, int]:
    """Give the least and the largest number of arguments; what a decorator makes of it is not known."""
    if found.decorator_list:
        return 0, _ANY
    given = found.args
    most = len(given.posonlyargs) + len(given.args)
    return most - len(given.defaults), _ANY if given.vararg else most


@lru_cache(maxsize=64)
def _compiled(file: Path, sha256: str) -> CodeType:
    text = file.read_bytes()
    if hashlib.sha256(text).hexdigest() != sha256:
        raise ValueError(file.name)
    return compile(text, file.name, "exec")
