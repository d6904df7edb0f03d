"""Opens what lies below a share's root, part by part, so that a folder that became a link leads nowhere."""

import errno
import os
import stat

_FLAGS = os.O_RDONLY | os.O_CLOEXEC | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0)
_FOLDER = os.O_RDONLY | getattr(os, "O_CLOEXEC", 0) | getattr(os, "O_DIRECTORY", 0)
_IS_NO_FOLDER = frozenset({errno.ENOTDIR, errno.ELOOP})


def open_below(root: str, path: str) -> int:
    """Give a handle of the file `path`, open for reading; a pipe does not hold it up.

    Args:
        root: the share's folder; it may be a link itself, as somebody configured it so.
        path: below `root`, or below the folder that `root` leads to.

    Raises:
        OSError: it cannot be opened; ELOOP where it, or a folder on the way below the root, is a link.
    """
    base = root if path.startswith(f"{root.rstrip('/')}/") else os.path.realpath(root)
    if not path.startswith(f"{base.rstrip('/')}/"):
        raise OSError(errno.ELOOP, os.strerror(errno.ELOOP))
    if os.open not in os.supports_dir_fd:
        return os.open(path, _FLAGS)
    *folders, name = [part for part in path[len(base) :].split("/") if part]
    handle = os.open(base, _FOLDER)
    try:
        for part in folders:
            below = _folder(part, handle)
            os.close(handle)
            handle = below
        return os.open(name, _FLAGS, dir_fd=handle)
    finally:
        os.close(handle)


def _folder(name: str, within: int) -> int:
    try:
        return os.open(name, _FOLDER | os.O_NOFOLLOW, dir_fd=within)
    except OSError as fault:
        if fault.errno in _IS_NO_FOLDER and stat.S_ISLNK(
            os.stat(name, dir_fd=within, follow_symlinks=False).st_mode
        ):
            raise OSError(errno.ELOOP, os.strerror(errno.ELOOP)) from fault
        raise
