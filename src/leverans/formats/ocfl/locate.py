"""Where an object lies below a storage root that declares a hashed n-tuple layout (OCFL extension 0004)."""

import hashlib
import json
from collections.abc import Callable
from pathlib import Path

from leverans.formats.ocfl.inventory import Malformed

_LAYOUT = "ocfl_layout.json"


def locator(root: Path) -> Callable[[str], Path]:
    """Give the function from object id to folder, by what the root itself declares.

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

    place = str(root)

    def locate(object_id: str) -> Path:
        digest = hashlib.new(algorithm, object_id.encode()).hexdigest()
        folders = [digest[at * size : (at + 1) * size] for at in range(levels)]
        return Path("/".join([place, *folders, digest[levels * size :] if short else digest]))

    return locate
