"""Which field of an archived object is meant: ``records[2].files[0].name``, or an ERMS element's path."""

import re
from dataclasses import dataclass

from leverans.errors import UsageError
from leverans.mapping.tools.elements import elements, model_element
from leverans.mapping.tools.origin import PLURALS

_SUBCASE = re.compile(r"sub_?cases\[(\d+)\](?:[./]|$)")
_RECORD = re.compile(r"(?:(records)|record)\[(\d+)\](?:[./]|$)")
_FILE = re.compile(r"(?:(files)|(?:additionalInformation/)?appendix)\[(\d+)\](?:[./]|$)")
_PART = re.compile(rf"({'|'.join(PLURALS)})\[(\w+)\][./]")
_OWN = "ownElement"
AXIS_WORDS = {"confidential": "secrecy", "gdpr": "personal_data"}
"""Our axis by the word that ERMS and ``case.json`` have for it, where they differ."""

_LISTED = {"physical_locations": "locations"}
_AXIS = re.compile(r"(?:^|(?<=[.]))restrictions\[\w+\]$")
"""A restriction without a field: what it says of the web, which every axis does."""
_WEB = re.compile(r"web\.(\w+)$")
_CASEFILE = {
    **{
        ("*", f"dates.{name}"): name
        for name in ("created", "opened", "closed", "received", "sent", "expedited")
    },
    ("file", "original_name"): "name",
    ("file", "format.puid"): "puid",
    ("file", "format.name"): "format",
    ("file", "format.version"): "format_version",
    ("restriction", "type"): "axis",
    ("case", "content_digest"): "digest",
}
"""Names that ``case.json`` has for fields of the model."""

PLACED = frozenset({"container", "path"})
"""Names of ``case.json`` about a file that no field of the model is: where its bytes lie in the archive."""


@dataclass(frozen=True, slots=True)
class FieldPath:
    """One field of an archived case.

    Attributes:
        model: type of the thing that has the field: ``case``, ``subcase``, ``record``, ``file`` or a part's.
        field: the field of the model.
        record: number of the record in the whole case, from 0; None for the case itself.
        file: number of the file in its record, from 0; None for case and record.
        part: number of the part among its siblings, from 0; of a restriction also its axis.
        subcase: number of the sub-case in the whole case, each before those in it, from 0.
    """

    model: str
    field: str
    record: int | None = None
    file: int | None = None
    part: int | str | None = None
    subcase: int | None = None

    @property
    def owner(self) -> str:
        """The type of what the field, or the part that has it, belongs to."""
        if self.record is not None:
            return "record" if self.file is None else "file"
        return "case" if self.subcase is None else "subcase"

    @property
    def text(self) -> str:
        """The path as the model names it."""
        pieces = [] if self.subcase is None else [f"subcases[{self.subcase}]"]
        pieces += [] if self.record is None else [f"records[{self.record}]"]
        pieces += [] if self.file is None else [f"files[{self.file}]"]
        plural = next((name for name, model in PLURALS.items() if model == self.model), "")
        pieces += [f"{plural}[{self.part}]"] if self.part is not None else []
        return ".".join([*pieces, self.field])


def parse_field(text: str) -> FieldPath:
    """Read a field's path.

    The model's names count from 0 (``records[0]``), ERMS elements from 1 as XPath does (``record[1]``).

    Raises:
        UsageError: MTL007, there is no such field; it tells those that are there.
    """
    rest = text.strip().removeprefix("aggregation/")
    for name, own in _LISTED.items():
        rest = re.sub(rf"(^|[.])({name})(?=\[)", rf"\g<1>{own}", rest)
    rest = _AXIS.sub(r"\g<0>.web", rest)
    below = _SUBCASE.match(rest)
    subcase, rest = (int(below[1]), rest[below.end() :]) if below is not None else (None, rest)
    record, rest = _numbered(_RECORD, rest) if subcase is None else (None, rest)
    file, rest = _numbered(_FILE, rest) if record is not None else (None, rest)
    model, part, rest = _part(rest)
    owner = FieldPath("", "", record, file, subcase=subcase).owner
    model = model or owner
    web = _WEB.fullmatch(rest) if part is None else None
    if web is not None:
        model, part, rest = "restriction", _axis(web[1]), "web"
    field = _field(model, rest)
    if field is None:
        known = sorted(name for one, name in elements() if one == model)
        parts = [] if part is not None else [f"{name}[0].…" for name in PLURALS]
        raise UsageError("MTL007", given=text, known=", ".join([*known, *parts]))
    return FieldPath(model, field, record, file, part, subcase)


def _numbered(pattern: re.Pattern[str], text: str) -> tuple[int | None, str]:
    found = pattern.match(text)
    if found is None:
        return None, text
    number = int(found[2]) - (0 if found[1] else 1)
    return (number, text[found.end() :]) if number >= 0 else (None, text)


def _part(text: str) -> tuple[str, int | str | None, str]:
    found = _PART.match(text)
    if found is not None:
        number = int(found[2]) if found[2].isdigit() else _axis(found[2])
        return PLURALS[found[1]], number, text[found.end() :]
    for model in PLURALS.values():
        name = model_element(model).erms
        short = name.rsplit("/", 1)[-1]
        for path in (name, short) if short != _OWN else (name, _OWN):
            told = re.match(rf"{re.escape(path)}\[(\d+)\](?:/|$)", text)
            if told is not None and int(told[1]) > 0:
                return model, int(told[1]) - 1, text[told.end() :] or "."
    return "", None, text


def _axis(word: str) -> str:
    return AXIS_WORDS.get(word, word)


def _field(model: str, text: str) -> str | None:
    wanted = text.replace('"', "'").replace(" ", "")
    for one in (model, "*"):
        wanted = _CASEFILE.get((one, wanted), wanted)
    if model == "file" and wanted in PLACED:
        return wanted
    found: str | None = None
    for (one, name), entry in elements().items():
        if one == model and wanted == name:
            return name
        if one == model and wanted == entry.erms and found is None:
            found = name
    return found
