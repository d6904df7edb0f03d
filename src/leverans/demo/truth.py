"""The truth about a world, by key: what a delivery has to find."""

from collections.abc import Iterable
from typing import Any

from leverans.demo.lexicon import lexicon
from leverans.demo.plan import DUPLICATE, KINDS
from leverans.demo.things import Case

_FATES = {kind.name: kind.fate for kind in KINDS} | {DUPLICATE: "quarantined"}
_OUTSIDE = "unregistered_files"
_LEGAL = "code_in_type_b_space"


def _by_number(keys: Iterable[str]) -> list[str]:
    return sorted(keys, key=int)


class Truth:
    """Collects the truth while the world is written."""

    def __init__(self) -> None:
        self.orphans: list[str] = []
        self.outside: list[str] = []
        self._keys: dict[str, list[str]] = {kind.name: [] for kind in KINDS}
        self._cases: dict[str, list[str]] = {kind: [] for kind in _FATES}
        self._pairs: dict[str, list[str]] = {}
        self._legal: list[dict[str, str]] = []
        self._paper: list[str] = []
        self._unclosed: list[str] = []
        self._found = 0

    def add(self, case: Case, kind: str | None, keys: list[str]) -> None:
        """Takes note of a case, its kind of dirt and the keys that the dirt is listed by."""
        self._found += 1
        if case.registered and not case.documents:
            self._paper.append(str(case.id))
        if case.closed is None:
            self._unclosed.append(str(case.id))
        if kind is None:
            return
        self._cases[kind].append(str(case.id))
        if kind == DUPLICATE:
            self._pairs.setdefault(case.reference, []).append(str(case.id))
            return
        self._keys[kind] += keys
        if kind == _LEGAL:
            self._legal.append({"ArendeID": str(case.id), "DiarieNr": case.reference})

    def as_dict(self, *, seed: int, cases: int, counts: dict[str, Any]) -> dict[str, Any]:
        """The whole truth, as it is written to truth.json."""
        world = lexicon().world
        return {
            "seed": seed,
            "cases": cases,
            "municipality": world["municipality"],
            "delivery": world["delivery"],
            "counts": counts,
            "keys": self._key_types(),
            "dirt": self._dirt(),
            "dirt_cases": {kind: _by_number(ids) for kind, ids in self._cases.items()},
            _LEGAL: self._legal,
            "expected": self._expected(),
        }

    def _key_types(self) -> dict[str, str]:
        types: dict[str, str] = {kind.name: kind.key for kind in KINDS if kind.name != _LEGAL}
        return types | {"orphan_events": "HandelseID", DUPLICATE: "DiarieNr and ArendeIDs"}

    def _dirt(self) -> dict[str, Any]:
        dirt: dict[str, Any] = {kind: sorted(keys) for kind, keys in self._keys.items() if kind != _LEGAL}
        for kind in KINDS:
            if kind.key == "ArendeID" and kind.name in dirt:
                dirt[kind.name] = _by_number(dirt[kind.name])
        dirt[_OUTSIDE] = sorted(dirt[_OUTSIDE] + self.outside)
        dirt["orphan_events"] = _by_number(self.orphans)
        dirt[DUPLICATE] = [{"DiarieNr": code, "ArendeIDs": ids} for code, ids in sorted(self._pairs.items())]
        return dirt

    def _fated(self, fate: str) -> dict[str, list[str]]:
        return {kind: _by_number(ids) for kind, ids in self._cases.items() if _FATES[kind] == fate}

    def _expected(self) -> dict[str, Any]:
        reasons = self._fated("quarantined")
        quarantined, excluded, protected = (
            _by_number(id_ for ids in self._fated(fate).values() for id_ in ids)
            for fate in ("quarantined", "excluded", "protected")
        )
        return {
            "found": self._found,
            "archived_open": self._found - len(quarantined) - len(excluded) - len(protected),
            "quarantined": quarantined,
            "quarantined_by_reason": reasons,
            "excluded": excluded,
            "protected": protected,
            "paper_only": _by_number(self._paper),
            "unclosed": _by_number(self._unclosed),
        }
