"""What the machine says no to, told as an error with a remedy; the ledger remembers why a run stopped."""

import contextlib
import errno
import traceback
from pathlib import Path

from leverans.errors import AccessDenied, ConfigurationError, LeveransError, Outage
from leverans.ledger import Ledger, Run

_NO_SPACE = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}
_NO_RIGHT = {errno.EACCES, errno.EPERM, errno.EROFS}


def told(fault: OSError) -> LeveransError:
    """Give the error that a full disk, a missing permission or a place that cannot be used stands for."""
    place, reason = str(fault.filename or ""), fault.strerror or type(fault).__name__
    if fault.errno in _NO_SPACE:
        return Outage("RUN002", place, reason=reason)
    if fault.errno in _NO_RIGHT:
        return AccessDenied("RUN003", place, reason=reason)
    return ConfigurationError("RUN005", place, reason=reason)


def unexpected(fault: BaseException) -> LeveransError:
    """Give the error that a fault of our own stands for: its kind and where it arose, never its text."""
    frames = traceback.extract_tb(fault.__traceback__)[-3:]
    place = " ← ".join(
        f"{Path(frame.filename).name}:{frame.lineno} {frame.name}" for frame in reversed(frames)
    )
    return LeveransError("RUN006", kind=type(fault).__name__, place=place)


def remember(ledger: Ledger, run: Run, fault: LeveransError) -> None:
    """Write down why a run stopped; on a full disk even that may be impossible, and is left."""
    with contextlib.suppress(LeveransError, OSError):
        ledger.event(run, "stopped", {"code": fault.code, "where": fault.where})
