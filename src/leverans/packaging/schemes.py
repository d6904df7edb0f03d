"""The classification schemes that the cases of one ERMS document follow, where its version can name them."""

from collections.abc import Sequence

from leverans.formats.profiles import Profile
from leverans.formats.xmltext import Escapes
from leverans.model import Class
from leverans.packaging.when import moment

_MOST = 1000
_DAY = len("2003-04-02")


class Schemes:
    """Collects schemes as cases come and writes them as ``classificationSchema`` [ERMS272-279].

    Schemes beyond the first thousand different ones are not declared; their names stand at each class.
    """

    def __init__(self, profile: Profile, reference_time: str, escapes: Escapes) -> None:
        self._wanted = bool(profile.erms["schemes"])
        self._today = reference_time[:_DAY]
        self._text = escapes.text
        self._known: dict[tuple[str, str | None, str | None], str] = {}

    def used(self, code: str | None, classes: Sequence[Class]) -> str:
        """Write ``classificationSchemaUsed``: the scheme of the class with the code, else the first one's."""
        if not self._wanted:
            return ""
        named = [one for one in classes if one.scheme is not None]
        chosen = next((one for one in named if one.code == code), named[0] if named else None)
        found = [self._id(one) for one in named]
        own = next((own for one, own in zip(named, found, strict=True) if one is chosen), None)
        return "" if own is None else f' classificationSchemaUsed="{own}"'

    def written(self) -> str:
        """Write all that were used so far."""
        return "".join(self._scheme(own, *told) for told, own in self._known.items())

    def _id(self, one: Class) -> str | None:
        key = (one.scheme or "", one.valid_from, one.valid_to)
        if key not in self._known and len(self._known) < _MOST:
            self._known[key] = f"scheme-{len(self._known) + 1}"
        return self._known.get(key)

    def _scheme(self, own: str, name: str, begins: str | None, ends: str | None) -> str:
        first, last = _day(begins), _day(ends)
        status = "previous" if last is not None and last < self._today else "current"
        period = ""
        if first is not None:
            until = "" if last is None else f"<toDate>{last}</toDate>"
            period = f"<useDatePeriod><fromDate>{first}</fromDate>{until}</useDatePeriod>"
        return (
            f'<classificationSchema classificationSchemaId="{own}" '
            f'classificationSchemaStatus="{status}">{period}'
            f"<textualDescriptionOfClassificationSchema><p>{self._text(name)}</p>"
            "</textualDescriptionOfClassificationSchema></classificationSchema>"
        )


def _day(text: str | None) -> str | None:
    """Give a whole day, or nothing for what is none."""
    whole = text is not None and len(text) == _DAY and moment(text).value is not None
    return text if whole else None
