"""What the identifying software says, in our words."""

import re
from collections.abc import Mapping, Sequence

from leverans.identify.result import Basis, Identification, Warned

UNKNOWN_MEDIA = "application/octet-stream"
_REGISTERED = re.compile(
    r"(?:application|audio|font|haptics|image|message|model|multipart|text|video)/(?!x-)[A-Za-z0-9][\w!#$&^.+-]*"
)
_EXTENSION = re.compile(r"[0-9a-z_~$!-]{1,16}")
_RANK: dict[Basis, int] = {"container": 0, "signature": 1, "extension": 2, "none": 3}


def extension(name: str) -> str:
    """Give the extension of a file name as formats know them: lower case, without the dot; empty for none."""
    _, dot, last = name.rpartition(".")
    found = last.lower()
    return found if dot and _EXTENSION.fullmatch(found) else ""


def interpret(matches: Sequence[Mapping[str, str]], errors: str, *, named: bool) -> Identification:
    """Turn the matches of one file into one identification; the result never depends on their order.

    Args:
        matches: as siegfried lists them: ``id``, ``format``, ``version``, ``mime``, ``basis``, ``warning``.
        errors: what went wrong with the file, or an empty text.
        named: the original name has an extension.
    """
    if errors == "empty source":
        return Identification(warning="empty")
    if errors:
        return Identification(warning="failed")
    known = [match for match in matches if match["id"] not in {"", "UNKNOWN"}]
    if not known:
        promised = any("possibilities based on extension" in match["warning"] for match in matches)
        return Identification(warning="extension_mismatch" if promised else None)
    best = min(known, key=lambda match: (_RANK[_basis(match)], match["id"]))
    return Identification(
        puid=best["id"],
        format=best["format"] or None,
        version=best["version"] or None,
        mime=media_type(best["mime"]),
        basis=_basis(best),
        warning=_warning(best, named=named),
    )


def media_type(listed: str) -> str:
    """Give the first media type of a comma-separated list, if it is of a registered kind."""
    first = listed.partition(",")[0].strip()
    return first if _REGISTERED.fullmatch(first) else UNKNOWN_MEDIA


def _basis(match: Mapping[str, str]) -> Basis:
    basis = match["basis"]
    if "container" in basis:
        return "container"
    parts = [part.strip() for part in basis.split(";")]
    if any(part and not part.startswith(("extension match", "glob match")) for part in parts):
        return "signature"
    return "extension" if basis else "none"


def _warning(match: Mapping[str, str], *, named: bool) -> Warned | None:
    if "extension mismatch" not in match["warning"]:
        return None
    return "extension_mismatch" if named else "extension_missing"
