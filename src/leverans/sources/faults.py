"""Errors of the file system, told apart by what to do about them."""

import errno

from leverans.errors import AccessDenied, ConfigurationError, LeveransError, Outage

_GONE = {errno.ENOENT, errno.ENOTDIR, errno.ELOOP, errno.ENAMETOOLONG}
_DENIED = {errno.EACCES, errno.EPERM}
_DOWN = {
    errno.ESTALE,
    errno.EHOSTDOWN,
    errno.EHOSTUNREACH,
    errno.ENETDOWN,
    errno.ENETUNREACH,
    errno.ENOTCONN,
    errno.ETIMEDOUT,
    errno.ECONNRESET,
    errno.EMFILE,
    errno.ENFILE,
}


def source_error(fault: OSError, where: str) -> LeveransError:
    """Give the error of a source as a whole for what the file system said."""
    if fault.errno in _GONE:
        return ConfigurationError("SRC012", where)
    if fault.errno in _DENIED:
        return AccessDenied("SRC014", where)
    return Outage("SRC018", where, reason=fault.strerror or type(fault).__name__)


def is_outage(fault: OSError) -> bool:
    """Say whether the whole source is away, not one file of it."""
    return fault.errno in _DOWN
