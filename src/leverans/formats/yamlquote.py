"""Texts as YAML 1.2 scalars that read back as they are, whatever they hold."""

import json
import re

_PLAIN = re.compile(r"[A-Za-zÅÄÖåäöÉé_](?:[\wÅÄÖåäö-]| (?! ))*(?<! )")
_WORDS = frozenset({"null", "true", "false", "yes", "no", "on", "off", "y", "n", "inf", "nan"})


def quoted(text: str) -> str:
    """Give a text as a scalar for a key or a value: plain where that is safe, otherwise in double quotes.

    It never holds a line break, so that it may stand in a comment, too.
    """
    if _PLAIN.fullmatch(text) and text.lower() not in _WORDS and text.isprintable():
        return text
    return '"' + "".join(map(_escaped, text)) + '"'


def flow(texts: tuple[str, ...] | list[str]) -> str:
    """Give a list of texts on one line."""
    return "[" + ", ".join(map(quoted, texts)) + "]"


def _escaped(sign: str) -> str:
    if sign in '"\\':
        return "\\" + sign
    if sign.isprintable():
        return sign
    number = ord(sign)
    return f"\\u{number:04x}" if number <= 0xFFFF else f"\\U{number:08x}"  # the two forms of YAML


def comment(text: str) -> str:
    """Give a text for a comment: no line break, nothing that does not print."""
    return "".join(sign if sign.isprintable() else json.dumps(sign)[1:-1] for sign in text)
