"""Where an object lies: OCFL extension 0004, hashed n-tuple storage layout."""

import hashlib
import json
from dataclasses import dataclass
from pathlib import Path

from leverans.errors import ConfigurationError

EXTENSION = "0004-hashed-n-tuple-storage-layout"
DECLARATION = "0=ocfl_1.1"
LAYOUT = "ocfl_layout.json"
_DESCRIPTION = (
    "An object lies at the SHA-256 of its id in hexadecimal: one folder per tuple of leading digits, then a "
    "folder named by the whole digest."
)


@dataclass(frozen=True, slots=True)
class Layout:
    """The two numbers of the layout (extension 0004, parameters).

    Attributes:
        tuple_size: hexadecimal digits per folder name.
        tuples: levels of folders above the objects.
    """

    tuple_size: int = 2
    tuples: int = 2

    def relative(self, object_id: str) -> str:
        """Give the folder of an object below the root, with forward slashes."""
        digest = hashlib.sha256(object_id.encode()).hexdigest()
        size = self.tuple_size
        return "/".join([*(digest[at * size : (at + 1) * size] for at in range(self.tuples)), digest])

    def write(self, folder: Path) -> None:
        """Write the files that make an empty folder a storage root (OCFL 1.1, section 4.1)."""
        (folder / DECLARATION).write_text("ocfl_1.1\n", encoding="ascii")
        plain = {"extension": EXTENSION, "description": _DESCRIPTION}
        (folder / LAYOUT).write_text(json.dumps(plain, indent=2) + "\n", encoding="utf-8")
        extension = folder / "extensions" / EXTENSION
        extension.mkdir(parents=True)
        config = {
            "extensionName": EXTENSION,
            "digestAlgorithm": "sha256",
            "tupleSize": self.tuple_size,
            "numberOfTuples": self.tuples,
            "shortObjectRoot": False,
        }
        (extension / "config.json").write_text(json.dumps(config, indent=2) + "\n", encoding="utf-8")

    @classmethod
    def read(cls, root: Path) -> "Layout":
        """Read the layout that a storage root declares.

        Raises:
            ConfigurationError: STO002 it is no OCFL 1.1 root, STO003 its layout is none that we know.
        """
        if not (root / DECLARATION).is_file():
            raise ConfigurationError("STO002", root.name)
        try:
            declared = json.loads((root / LAYOUT).read_bytes())["extension"]
            config = json.loads((root / "extensions" / EXTENSION / "config.json").read_bytes())
            layout = cls(int(config["tupleSize"]), int(config["numberOfTuples"]))
            digest = (declared, config["digestAlgorithm"], bool(config.get("shortObjectRoot", False)))
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise ConfigurationError("STO003", root.name, reason=type(error).__name__) from error
        if digest != (EXTENSION, "sha256", False):
            raise ConfigurationError("STO003", root.name, reason=str(declared)[:80])
        return layout
