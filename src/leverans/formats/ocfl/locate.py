"""Where an object lies below a storage root that declares a hashed n-tuple layout (OCFL extension 0004)."""

import json
from collections.abc import Callable
from pathlib import Path

from leverans.formats.ocfl.inventory import Malformed, digest_of

_LAYOUT = "ocfl_layout.json"


def locator(root: Path) -> Callable[[str], str]:
    """Give the function from object id to the path of its folder, by what the root itself declares.

    Raises:
        Malformed: the layout is missing or is not extension 0004 (code ``E069``).
    """
    try:
        extension = json.loads((root / _LAYOUT).read_bytes())["extension"]
        config = json.loads((root / "extensions" / extension / "config.json").read_bytes())
        size, levels = int(config["tupleSize"]), int(config["numberOfTuples"])
        algorithm, short = str(config["digestAlgorithm"]), bool(config.get("shortObjectRoot", False))
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise Malformed("E069", str(root / _LAYOUT), type(error).__name__) from error

    place, below = str(root), levels * size
    starts = range(0, below, size) if below else ()

    def locate(object_id: str) -> str:
        digest = digest_of(object_id.encode(), algorithm)
        folders = [digest[start : start + size] for start in starts]
        return "/".join([place, *folders, digest[below:] if short else digest])

    return locate
