"""A package as one thing, whether it lies in a folder, a zip or a tar."""

import stat
from pathlib import Path

from leverans.errors import AccessDenied, ConfigurationError
from leverans.formats.entries import Container, Entry, Kind

__all__ = ["Container", "Entry", "Kind", "open_container"]

_ZIP_STARTS = (b"PK\x03\x04", b"PK\x05\x06", b"PK\x07\x08", b"PK00")
_GZIP_START = b"\x1f\x8b"
_TAR_MAGIC = b"ustar"


def open_container(path: Path) -> Container:
    """Open a package.

    Raises:
        ConfigurationError: VAL001 nothing is there, VAL002 neither folder, zip nor tar.
        AccessDenied: VAL003 it may not be read.
        IntegrityError: ZIP001 damaged so that its directory cannot be read.
    """
    try:
        mode = path.stat().st_mode
        if stat.S_ISDIR(mode):
            from leverans.formats.folder import Folder

            return Folder(path)
        if not stat.S_ISREG(mode):
            raise ConfigurationError("VAL002", path.name)
        return _archive(path)
    except (FileNotFoundError, NotADirectoryError, ValueError):
        raise ConfigurationError("VAL001", path.name) from None
    except OSError as fault:
        raise AccessDenied("VAL003", path.name, reason=fault.strerror or type(fault).__name__) from None


def _archive(path: Path) -> Container:
    with path.open("rb") as file:
        head = file.read(512)
    if head.startswith(_ZIP_STARTS):
        from leverans.formats.zipreader import Zip

        return Zip(path)
    if head.startswith(_GZIP_START) or head[257:262] == _TAR_MAGIC:
        from leverans.formats.tarreader import Tar

        return Tar(path)
    raise ConfigurationError("VAL002", path.name)
