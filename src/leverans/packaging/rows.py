"""The source's rows and the lineage, as lines of JSON."""

import json
import re
from collections.abc import Mapping, Sequence
from json.encoder import encode_basestring

from leverans.model import Case

_SURROGATE = re.compile("[\ud800-\udfff]")


def rows_line(case: Case) -> str:
    """Write one case's rows as one line: ``{"object":id,"rows":[{"key":…,"row":{…},"stream":…}]}``.

    The rows' own JSON is carried unchanged; only line breaks between its tokens are taken out.
    """
    rows = ",".join(
        f'{{"key":{_json(row.key)},"row":{_one_line(row.json)},"stream":{_json(row.stream)}}}'
        for row in case.rows
    )
    return f'{{"object":{_json(case.id)},"rows":[{rows}]}}\n'


def lineage_lines(lineage: Sequence[Mapping[str, object]]) -> str:
    """Write each record as one line of canonical JSON."""
    return "".join(
        _safe(json.dumps(dict(record), ensure_ascii=False, sort_keys=True, separators=(",", ":"))) + "\n"
        for record in lineage
    )


def _one_line(text: str) -> str:
    return _safe(text.replace("\r", " ").replace("\n", " "))


def _json(text: str) -> str:
    return _safe(encode_basestring(text))


def _safe(text: str) -> str:
    """Write lone surrogates as JSON escapes; UTF-8 cannot hold them."""
    return text if text.isascii() else _SURROGATE.sub(lambda found: f"\\u{ord(found[0]):04x}", text)
