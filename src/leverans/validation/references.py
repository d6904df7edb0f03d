"""What one document says about one file: found, counted once, kept for the fixity pass."""

from leverans.formats.entries import fold
from leverans.validation.inventory import LENGTHS, algorithm
from leverans.validation.package import Package, Target, resolve

_HEX = frozenset("0123456789abcdefABCDEF")


def locate(package: Package, href: str, base: str) -> tuple[Target, int]:
    """Resolve a reference and find its file; the number is -1 when it is not there.

    A file whose name differs only in case or Unicode form is taken, with the oddity ``PATH002``.
    """
    target = resolve(href, base)
    if target.path is None:
        return target, -1
    number = package.inventory.index.find(target.path)
    if number < 0 and "%" in href:
        number = package.inventory.index.find(base + href.strip())
    if number < 0:
        number = package.survey.folded(fold(target.path))
        if number >= 0:
            target = Target(target.path, "PATH002")
    return target, number


def declare(package: Package, where: str, number: int, path: str, attributes: dict[str, str]) -> None:
    """Keep what a METS element says about the bytes of a file; a second word about it is FIX005."""
    size = attributes.get("SIZE", "").strip()
    checksum = attributes.get("CHECKSUM", "").strip()
    name = algorithm(attributes.get("CHECKSUMTYPE", ""))
    if checksum and attributes.get("CHECKSUMTYPE") and name is None:
        package.sink.report("FIX006", path, value=attributes["CHECKSUMTYPE"], place=where)
    usable = checksum if name and well_formed(name, checksum) else ""
    known = int(size) if size.isascii() and size.isdigit() and len(size) < 19 else -1
    if not package.inventory.declare(number, known, name, usable):
        package.sink.report("FIX005", path, place=where)


def well_formed(name: str, checksum: str) -> bool:
    """Tell whether a checksum is hexadecimal of the right length for its algorithm."""
    return len(checksum) == LENGTHS[name] and _HEX.issuperset(checksum)
