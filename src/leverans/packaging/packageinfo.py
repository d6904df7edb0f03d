"""``additionalPackageInfo.xml``: disposal, restrictions and time of a package, in Riksarkivet's words."""

from collections.abc import Iterable

from leverans.formats.xmltext import attribute, text
from leverans.model import Case, File, Record, Restriction, SubCase
from leverans.packaging.holdings import Holdings
from leverans.packaging.order import PackageOrder

_SECRECY = "secrecy"
_OPEN = "full"
_KEEP = "keep"
_MOST = 50


class Summary:
    """Takes cases one at a time; what it tells is true of at least one of them, and publishable of all."""

    def __init__(self) -> None:
        self._publishable = True
        self._rules: dict[str, None] = {}
        self._laws: dict[bool, dict[str, None]] = {True: {}, False: {}}
        self._restricted = {True: False, False: False}

    def add(self, case: Case, public: str) -> None:
        """Take a case in; `public` is the access class of what may be published."""
        self._publishable = self._publishable and case.route == "open"
        things: list[Case | SubCase | Record] = [case, *case.all_subcases(), *case.all_records()]
        for thing in things:
            shielded = any(agent.protected_identity is not None for agent in thing.agents)
            self._publishable = self._publishable and thing.access == public and not shielded
            self._retained(thing.retention_rule)
            self._protected(thing)
        for record in case.all_records():
            for file in record.files:
                self._protected(file)

    def write(self, order: PackageOrder, holdings: Holdings) -> str:
        """Write the document."""
        fonds, creators = [one.name for one in holdings.fonds], [one.name for one in holdings.creators]
        archive = "; ".join(dict.fromkeys(fonds + creators)) or order.creator.name
        code = order.submitter.code
        coded = "" if code is None else f'<creatorCode type="ORG">{text(code[4:])}</creatorCode>'
        days = (("startDate", holdings.first), ("endDate", holdings.last))
        dated = "".join(f"<{name}>{day}</{name}>" for name, day in days if day is not None)
        return (
            '<?xml version="1.0" encoding="UTF-8"?>\n'
            f'<additionalPackageInfo xmlns="{order.profile.namespaces["packageinfo"]}"><control>'
            f'<identification type="UUID">{text(order.id)}</identification><status>{order.status}</status>'
            f"<creationDate>{text(order.reference_time)}</creationDate>"
            f"<creator><creatorName>{text(order.submitter.name)}</creatorName>{coded}</creator></control>"
            f'<package id="{attribute(order.root)}"><archiveName>{text(archive)}</archiveName>'
            f"{self._disposal(order)}{self._restriction('accessRestrict', secrecy=True)}"
            f"{self._restriction('useRestrict', secrecy=False)}{dated}"
            f"<informationClass>{text(order.information_type)}</informationClass>"
            f'<audience publishable="{_flag(self._publishable)}"/></package></additionalPackageInfo>\n'
        )

    def _retained(self, rule: str | None) -> None:
        if rule is not None and len(self._rules) < _MOST:
            self._rules[rule] = None

    def _protected(self, thing: Case | SubCase | Record | File) -> None:
        for one in thing.restrictions:
            if one.web != _OPEN or one.law is not None:
                self._restrict(one)

    def _restrict(self, one: Restriction) -> None:
        secrecy = one.axis == _SECRECY
        self._restricted[secrecy] = True
        self._publishable = False
        if one.law and len(self._laws[secrecy]) < _MOST:
            self._laws[secrecy][one.law] = None

    def _disposal(self, order: PackageOrder) -> str:
        rules = sorted(rule for rule in self._rules if rule != _KEEP)
        years = order.profile.words["describing"]["years"]
        told = [f"{rule} {years}" if rule.isdecimal() else rule for rule in rules]
        return f'<disposal disposable="{_flag(bool(rules))}">{_described("disposalDesc", told)}</disposal>'

    def _restriction(self, name: str, *, secrecy: bool) -> str:
        flag = _flag(self._restricted[secrecy])
        told = _described(f"{name}Desc", sorted(self._laws[secrecy]))
        return f'<{name} restricted="{flag}">{told}</{name}>'


def _described(name: str, parts: Iterable[str]) -> str:
    inner = text("; ".join(parts))
    return f"<{name}>{inner}</{name}>" if inner else ""


def _flag(value: bool) -> str:
    return "true" if value else "false"
