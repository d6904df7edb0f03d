"""One validation from the first byte to the report."""

from collections.abc import Callable
from pathlib import Path

from leverans.validation.report import Report

Progress = Callable[[int, int], None]


def validate(path: Path, *, profile: str | None = None, progress: Progress | None = None) -> Report:
    """Validate one package: a folder, a zip or a tar.

    Args:
        path: the package.
        profile: name of a rule profile (see ``profiles.toml``); found from ``mets/@PROFILE`` when not given.
        progress: called with (bytes read, bytes in all) as the files are read.

    Returns:
        The report. Nothing is ever raised: whatever comes becomes a finding.
    """
    raise NotImplementedError
