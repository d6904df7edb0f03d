"""Which municipalities and deliveries a changed file touches, from the content tree alone."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from leverans.errors import ConfigurationError, LeveransError
from leverans.formats import yamltext
from leverans.mapping.blocks import Folders
from leverans.mapping.functions import files_named
from leverans.mapping.layers import Layered, overlaid, read
from leverans.mapping.loading import LAWS
from leverans.mapping.rules import rules_path
from leverans.registry import Delivery, deliveries, load_delivery


@dataclass(frozen=True, slots=True)
class Touched:
    """One delivery that a changed file touches.

    Attributes:
        delivery: ``municipality/delivery``.
        path: the changed file that it uses, relative to the content root.
        how: what it is to the delivery: ``delivery``, ``municipality``, ``mapping``, ``base`` (what the
            mapping extends), ``rules``, ``codes``, ``plan``, ``overlay``, ``function`` (its file and the
            registry), ``connector`` or ``paragraphs``.
    """

    delivery: str
    path: str
    how: str


@dataclass(frozen=True, slots=True)
class Impact:
    """What changed files touch.

    Attributes:
        touched: sorted by delivery and path.
        nothing: given paths that no delivery uses.
        unreadable: deliveries whose files are broken: what they use is not known.
    """

    touched: tuple[Touched, ...]
    nothing: tuple[str, ...]
    unreadable: tuple[str, ...]

    @property
    def municipalities(self) -> tuple[str, ...]:
        """The municipalities touched, sorted."""
        return tuple(sorted({one.delivery.split("/", 1)[0] for one in self.touched}))

    def plain(self) -> dict[str, Any]:
        """Give it as plain data."""
        lines = [{"delivery": one.delivery, "path": one.path, "how": one.how} for one in self.touched]
        return {
            "municipalities": list(self.municipalities),
            "deliveries": sorted({one.delivery for one in self.touched}),
            "touched": lines,
            "nothing": list(self.nothing),
            "unreadable": list(self.unreadable),
        }


def impact(content: Path, paths: Iterable[Path]) -> Impact:
    """Say which deliveries use any of these files, or a file below any of these folders.

    A path need not be there any more: a delivery that names a deleted file is touched by it.

    Args:
        content: the content root.
        paths: absolute, or relative to the content root or the present folder.
    """
    wanted = {_relative(content, path): path for path in paths}
    touched: set[Touched] = set()
    unreadable: list[str] = []
    for name in deliveries(content):
        try:
            uses = files_of(content, load_delivery(content, name))
        except (LeveransError, OSError):
            unreadable.append(name)
            uses = _nearest(content, name)
        for path, how in uses.items():
            if any(path == given or path.startswith(f"{given}/") for given in wanted):
                touched.add(Touched(name, path, how))
    used = {one.path for one in touched}
    nothing = [given for given in wanted if not any(_below(path, given) for path in used)]
    order = sorted(touched, key=lambda one: (one.delivery, one.path))
    return Impact(tuple(order), tuple(sorted(nothing)), tuple(unreadable))


def files_of(content: Path, delivery: Delivery) -> dict[str, str]:
    """Give every file that decides what a delivery becomes, relative to the content root, and what it is.

    A file that is named and not there is among them.

    Raises:
        ConfigurationError: CFG, a file of the mapping is no YAML.
    """
    used: dict[str, str] = {}
    for name in delivery.files:
        used[name] = "municipality" if name.endswith("/municipality.yaml") else "delivery"
    tree = read(delivery.mapping, content)
    for path in tree.files:
        used[_relative(content, path)] = "mapping" if path == delivery.mapping else "base"
        if rules_path(path).is_file():
            used[_relative(content, rules_path(path))] = "rules"
    if delivery.overlay is not None:
        used[_relative(content, delivery.overlay)] = "overlay"
        over = yamltext.load(delivery.overlay, content)
        if isinstance(over.data, dict):
            tree = overlaid(tree, over.data, over.where)
    used |= dict(_tables(content, delivery, tree))
    used |= {path.as_posix(): "function" for path in files_named(tree.data)}
    for entry in delivery.sources:
        folder = content / "connectors" / entry.connector
        for path in sorted(folder.rglob("*")):
            if path.is_file() and path.suffix in {".yaml", ".py"}:
                used[_relative(content, path)] = "connector"
    return used


def _tables(content: Path, delivery: Delivery, tree: Layered) -> Iterator[tuple[str, str]]:
    plan = content / "municipalities" / delivery.municipality.name / "plan"
    folders = Folders(delivery.mapping.parent, plan, content)
    data = tree.data if isinstance(tree.data, dict) else {}
    codes = data.get("codes")
    for name, block in codes.items() if isinstance(codes, dict) else ():
        text = block.get("file") if isinstance(block, dict) else None
        if isinstance(text, str):
            found = folders.find(text, tree.where(("codes", name, "file")))
            if found is not None:
                yield _relative(content, found), "plan" if text.startswith("plan:") else "codes"
    if any("law" in path for path in tree.places):
        yield LAWS.as_posix(), "paragraphs"


def _nearest(content: Path, name: str) -> dict[str, str]:
    """Give the files of a broken delivery that its name alone tells."""
    municipality = name.split("/", 1)[0]
    folder = content / "municipalities"
    tenant = folder / municipality / "municipality.yaml"
    own = folder / f"{name}.yaml"
    plans = (folder / municipality).glob("*/*")
    used = {_relative(content, own): "delivery", _relative(content, tenant): "municipality"}
    return used | {_relative(content, path): path.parent.name for path in plans if path.is_file()}


def _below(path: str, given: str) -> bool:
    return path == given or path.startswith(f"{given}/")


def _relative(content: Path, path: Path) -> str:
    """Give a path relative to the content root.

    Raises:
        ConfigurationError: MTL011, it lies outside.
    """
    root = content.resolve()
    for start in (content, Path.cwd()):
        found = (start / path).resolve()
        if found.is_relative_to(root) and (path.is_absolute() or found.exists()):
            return found.relative_to(root).as_posix()
    if not path.is_absolute() and (content / path).resolve().is_relative_to(root):
        return (content / path).resolve().relative_to(root).as_posix()
    raise ConfigurationError("MTL011", given=path.name)
