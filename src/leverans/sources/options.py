"""The options of each kind of source."""

import codecs
import json
from collections.abc import Mapping
from typing import Any

from leverans.findings.phrases import phrase
from leverans.formats.yamltext import KeyPath
from leverans.sources.reader import Reader
from leverans.sources.spelling import ISO646

_LETTERS = "}{|][\\^~`@"
_ASCII = "\r\n\t;,|\"'0a"


def check_options(reader: Reader, kind: str, value: Any) -> Mapping[str, str]:
    """Give the options of `kind`, complete with defaults; faults are noted with `reader`."""
    path: KeyPath = ("options",)
    if kind == "json":
        told = reader.mapping(value, path, set(), {"encoding"})
        return {"encoding": _encoding(reader, told.get("encoding", "utf-8"))}
    if kind == "soap":
        told = reader.mapping(value, path, set(), {"version"})
        return {"version": reader.choice(told.get("version", "1.1"), (*path, "version"), ("1.1", "1.2"))}
    if kind == "xml":
        told = reader.mapping(value, path, set(), {"manifest"})
        return {"manifest": reader.text(told.get("manifest", ""), (*path, "manifest"), empty=True)}
    if kind != "flat":
        reader.mapping(value, path, set(), set())
        return {}
    return _flat(reader, value if isinstance(value, dict) else {})


def _flat(reader: Reader, value: Mapping[str, Any]) -> Mapping[str, str]:
    path: KeyPath = ("options",)
    if "format" in value:
        return _binary(reader, value)
    if "description" in value:
        return _fixed(reader, value)
    given = reader.mapping(value, path, {"delimiter", "encoding"}, {"quote", "header"})
    delimiter = _character(reader, given.get("delimiter", ";"), "delimiter", empty=False)
    quote = _character(reader, given.get("quote", '"'), "quote", empty=True)
    if delimiter == quote:
        reader.fault("SRC004", (*path, "quote"), wanted="quote ≠ delimiter")
    return {
        "delimiter": delimiter,
        "quote": quote,
        "encoding": _encoding(reader, given.get("encoding", "utf-8"), delimiter),
        "description": "",
        **_header(reader, given),
    }


def _header(reader: Reader, given: Mapping[str, Any]) -> Mapping[str, str]:
    """Whether the first lines hold names: of all files, or by stream; nothing where nobody says."""
    if "header" not in given:
        return {}
    value = given["header"]
    each = value.values() if isinstance(value, dict) else [value]
    if not all(isinstance(one, bool) for one in each):
        reader.fault("SRC004", ("options", "header"), wanted="true, false, {stream: true/false}")
        return {}
    return {"header": json.dumps(value, sort_keys=True)}


def _fixed(reader: Reader, value: Any) -> Mapping[str, str]:
    """Fixed width: the description lies beside the files."""
    path: KeyPath = ("options",)
    given = reader.mapping(value, path, {"description", "encoding"}, set())
    name = reader.text(given.get("description", "?"), (*path, "description"))
    if "/" in name or "\\" in name or name == "..":
        reader.fault("SRC004", (*path, "description"), wanted=phrase("path below the location"))
    return {"description": name, "encoding": _encoding(reader, given.get("encoding", "utf-8"))}


def _binary(reader: Reader, value: Any) -> Mapping[str, str]:
    """Workbooks and dBase files: they say themselves where a cell ends."""
    path: KeyPath = ("options",)
    made = reader.choice(value.get("format"), (*path, "format"), ("xlsx", "dbase"))
    if made == "dbase":
        given = reader.mapping(value, path, {"format", "encoding"}, set())
        return {"format": made, "encoding": _encoding(reader, given.get("encoding", "utf-8"))}
    given = reader.mapping(value, path, {"format"}, {"header"})
    header = given.get("header", 0)
    if "header" in given and (not isinstance(header, int) or isinstance(header, bool) or header < 1):
        reader.fault("SRC004", (*path, "header"), wanted="1, 2, …")
        header = 0
    return {"format": made, "header": str(header)}


def _character(reader: Reader, value: Any, key: str, *, empty: bool) -> str:
    path: KeyPath = ("options", key)
    if isinstance(value, str) and (len(value) == 1 or (empty and not value)) and value not in "\r\n":
        return value
    if value == "" and empty:
        return ""
    reader.fault("SRC004", path, wanted="1 character")
    return ";" if key == "delimiter" else '"'


def _encoding(reader: Reader, value: Any, delimiter: str = "") -> str:
    """Lines are found before they are decoded: the encoding must write ASCII as ASCII."""
    path: KeyPath = ("options", "encoding")
    if value == ISO646 and (not delimiter or delimiter not in _LETTERS):
        return ISO646
    try:
        name = codecs.lookup(value).name if isinstance(value, str) else ""
        fits = bool(name) and _ASCII.encode(name) == _ASCII.encode("ascii")
    except (LookupError, UnicodeError, ValueError):
        fits = False
    if fits:
        return "utf-8" if name in {"utf-8-sig", "utf-8"} else name
    reader.fault("SRC004", path, wanted="utf-8, cp1252, iso8859-1, cp437, …")
    return "utf-8"
