r"""The canonical form of what is signed and hashed.

JSON as UTF-8 with keys sorted by code point, no white space between tokens, no final line break, text written
as itself (only ``"``, ``\\`` and control characters are escaped), whole numbers only: a float has more than
one way to be written. It is `leverans.contracts.to_json` without the line break at its end.
"""

import hashlib
import json
from typing import Any

from leverans.contracts import to_json
from leverans.errors import IntegrityError

_MOST = 2**53 - 1


def canonical(value: object) -> bytes:
    """Write plain data, or a contract, in the canonical form.

    Raises:
        TypeError: a number is no whole number, or larger than 2^53 - 1, or a value is no JSON.
        ValueError: a text cannot be written as UTF-8.
    """
    text = to_json(value).removesuffix("\n")
    _whole(json.loads(text, parse_float=_no_float))
    return text.encode()


def digest(value: object) -> str:
    """Give the SHA-256 of the canonical form, lower-case hex."""
    return hashlib.sha256(canonical(value)).hexdigest()


def read_canonical(data: bytes, where: str) -> Any:
    """Read a file that holds one value in the canonical form and a final line break, and nothing else.

    Two readers could understand any other form in two ways (a key that stands twice, a float).

    Raises:
        IntegrityError: SIG001, it is not written so.
    """
    try:
        value = json.loads(data.decode())
        if canonical(value) + b"\n" == data:
            return value
    except (ValueError, TypeError, RecursionError):
        pass
    raise IntegrityError("SIG001", where)


def _no_float(text: str) -> Any:
    raise TypeError(f"no float is canonical: {text}")


def _whole(value: object) -> None:
    if isinstance(value, dict):
        for item in value.values():
            _whole(item)
    elif isinstance(value, list):
        for item in value:
            _whole(item)
    elif isinstance(value, int) and abs(value) > _MOST:
        raise TypeError(f"{value} is too large to be canonical")
