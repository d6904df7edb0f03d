"""The dirt: what real sources hold and no one ordered. Each kind changes one case and names its traces."""

import unicodedata
from collections.abc import Callable
from datetime import timedelta
from random import Random

from leverans.demo.files import SUFFIXES
from leverans.demo.lexicon import lexicon
from leverans.demo.streams import stream
from leverans.demo.things import Case, Decision, Document

_BELLS = ("\x07", "\x01\x1f", "\x02", "\x1b")


def soil(case: Case, kind: str, number: int, seed: int) -> list[str]:
    """Gives the case its dirt.

    `number` counts the cases of this kind, so that every variety of it turns up.
    Returns the keys that the truth lists: paths on the share or the ArendeID, see `plan.KINDS`.
    """
    keys = _HANDS[kind](case, number, stream(seed, "dirt", case.id))
    return keys or [str(case.id)]


def _closed_before_opened(case: Case, _number: int, chance: Random) -> None:
    case.closed = case.opened - timedelta(days=chance.randrange(2, 400))


def _unmapped_code(case: Case, number: int, chance: Random) -> None:
    code = chance.choice(lexicon().world["unknown_codes"])
    match number % 3:
        case 0:
            chance.choice(case.events).kind = code
        case 1:
            case.kind = code
        case _:
            case.decisions.append(Decision(code, case.opened + timedelta(days=3)))


def _duplicate_reference(_case: Case, _number: int, _chance: Random) -> None:
    """The plan has given both cases the same reference code already."""


def _missing_file(case: Case, _number: int, chance: Random) -> list[str]:
    document = chance.choice(case.documents)
    document.on_share = False
    return [document.path]


def _empty_file(case: Case, _number: int, chance: Random) -> list[str]:
    document = chance.choice(case.documents)
    document.empty = True
    return [document.path]


def _no_register_row(case: Case, _number: int, _chance: Random) -> None:
    case.registered = False
    case.volume = ""


def _twins(case: Case, titles: tuple[str, str], names: tuple[str, str]) -> list[str]:
    last = case.documents[-1]
    twins = [
        Document(last.number + step, titles[0], title, f"{case.folder}/{name}", "pdf", "", last.at)
        for step, (title, name) in enumerate(zip(titles, names, strict=True), start=1)
    ]
    case.documents += twins
    return [twin.path for twin in twins]


def _twins_case(case: Case, _number: int, _chance: Random) -> list[str]:
    return _twins(case, ("Protokoll", "PROTOKOLL"), ("Protokoll.pdf", "PROTOKOLL.pdf"))


def _twins_unicode(case: Case, _number: int, _chance: Random) -> list[str]:
    name = "Överklagan.pdf"
    composed, decomposed = (unicodedata.normalize(form, name) for form in ("NFC", "NFD"))
    return _twins(case, ("Överklagan", "Överklagan"), (composed, decomposed))


def _control_characters(case: Case, number: int, chance: Random) -> None:
    bell = _BELLS[number // 2 % len(_BELLS)]
    if number % 2:
        document = chance.choice(case.documents)
        document.title = f"{document.title[:4]}{bell}{document.title[4:]}"
    else:
        case.title = f"{case.title[:9]}{bell}{case.title[9:]}"


def _mojibake(case: Case, _number: int, _chance: Random) -> None:
    case.title = f"Ansökan om tillstånd, {case.place}".encode().decode("cp1252")


def _wrong_extension(case: Case, number: int, chance: Random) -> list[str]:
    document = chance.choice(case.documents)
    pretended = "jpeg" if document.kind in ("pdf", "docx") else "pdf"
    if number % 2 == 0:
        document.kind, pretended = "png", "pdf"
    stem = document.path.rpartition(".")[0]
    document.path = f"{stem}, inskannad{SUFFIXES[pretended]}"
    return [document.path]


def _voided(case: Case, _number: int, _chance: Random) -> None:
    case.voided = True


def _secret(case: Case, number: int, _chance: Random) -> None:
    grounds = lexicon().world["grounds"]
    case.ground = grounds[number % len(grounds)]


def _secret_documents(case: Case, number: int, chance: Random) -> list[str]:
    grounds = lexicon().world["grounds"]
    document = chance.choice(case.documents)
    document.ground = grounds[number % len(grounds)]
    return [document.path]


def _protected_identity(case: Case, number: int, _chance: Random) -> None:
    protections = lexicon().world["protections"]
    case.protection = protections[number % len(protections)]


def _unregistered_files(case: Case, _number: int, chance: Random) -> list[str]:
    document = chance.choice(case.documents)
    number = len(case.documents) + 1
    stem, _, suffix = document.path.rpartition(".")
    copy = Document(
        number, document.heading, "", f"{stem} - arbetskopia.{suffix}", document.kind, "", document.at
    )
    copy.registered = False
    case.documents.append(copy)
    return [copy.path]


def _code_in_type_b_space(case: Case, _number: int, chance: Random) -> None:
    code = chance.choice(list(lexicon().terms("B ")))
    case.decisions = [*case.decisions[:1], Decision(code, case.opened + timedelta(days=4))]


_HANDS: dict[str, Callable[[Case, int, Random], list[str] | None]] = {
    "closed_before_opened": _closed_before_opened,
    "unmapped_code": _unmapped_code,
    "duplicate_reference": _duplicate_reference,
    "missing_file": _missing_file,
    "empty_file": _empty_file,
    "no_register_row": _no_register_row,
    "twins_case": _twins_case,
    "twins_unicode": _twins_unicode,
    "control_characters": _control_characters,
    "mojibake": _mojibake,
    "wrong_extension": _wrong_extension,
    "voided": _voided,
    "secret": _secret,
    "secret_documents": _secret_documents,
    "protected_identity": _protected_identity,
    "unregistered_files": _unregistered_files,
    "code_in_type_b_space": _code_in_type_b_space,
}
