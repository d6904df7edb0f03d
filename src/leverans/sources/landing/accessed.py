"""How the sources of a landing were read: by an account that may what, and with which statements."""

import json
from collections.abc import Sequence

from leverans.sources.contract import Connector, SourceCheck, Told

ACCESS = "access.json"
"""Per source: ``may_write``, ``known_by``, ``waiver`` and every different statement that was sent."""


def access_text(sources: Sequence[Connector], checks: Sequence[SourceCheck]) -> str:
    """Give the text of the file; no values, no times: the same source gives the same text."""
    told = [
        {
            "source": check.source,
            "may_write": check.may_write,
            "known_by": check.known_by,
            "waiver": check.waiver,
            "statements": list(connector.statements()) if isinstance(connector, Told) else [],
        }
        for connector, check in zip(sources, checks, strict=True)
    ]
    return json.dumps(told, ensure_ascii=False, indent=1) + "\n"
