"""What a municipality's work root still holds of deliveries when their ledger or an archive is gone."""

from collections.abc import Iterator
from pathlib import Path

from leverans.contracts import Finding
from leverans.delivery.heads import heads_path, next_path, read_heads
from leverans.errors import IntegrityError
from leverans.ledger import Ledger
from leverans.ledger.audit import root_at
from leverans.settings import MunicipalityHome

_ROOMS = ("receipts", "approvals")
_STORES = ("archive", "archive-protected", "packages", "packages-protected")
_ROUTES = ("open", "protected")


def traces(home: MunicipalityHome, ledger: Ledger | None = None) -> list[str]:
    """Name the rooms that hold what only a run with a ledger leaves: receipts, heads, approvals, archives.

    Args:
        home: the municipality's work folders.
        ledger: heads that its audit log leads to are its own, and no trace of another one.
    """
    rooms = (*_ROOMS, *_STORES, *(f"test-{store}" for store in _STORES))
    own = _own(home, ledger) if ledger is not None else frozenset[Path]()
    return [
        room
        for room in rooms
        if any(path.is_file() and path not in own for path in (home.root / room).rglob("*"))
    ]


def _own(home: MunicipalityHome, ledger: Ledger) -> frozenset[Path]:
    leaves, path = ledger.audit.leaves(), heads_path(home)
    try:
        heads = [signed.head for signed in read_heads(path)]
    except IntegrityError:
        return frozenset()
    led = all(head.size <= len(leaves) and root_at(leaves, head.size) == head.root for head in heads)
    return frozenset({path, next_path(home)}) if led else frozenset()


def lost_ledger(
    home: MunicipalityHome, municipality: str, ledger: Ledger | None = None
) -> tuple[Finding, ...]:
    """Tell that the ledger is gone: runs have left their traces, and no ledger knows of any run.

    Args:
        home: the municipality's work folders.
        municipality: whose.
        ledger: the ledger, where it is open already; a file that is not is believed to know runs.

    Returns:
        OPR070, or nothing. A run that begins meanwhile is no loss: its ledger is there before its traces.
    """
    known = bool(ledger.runs()) if ledger is not None else home.ledger.is_file()
    found = [] if known else traces(home, ledger)
    if not found:
        return ()
    told = ", ".join(found)
    return (Finding.of("OPR070", home.ledger.name, municipality=municipality, found=told),)


def lost_archives(home: MunicipalityHome, ledger: Ledger, *, test: bool = False) -> Iterator[Finding]:
    """Tell of every route whose packages the ledger knows to be archived, and whose archive is gone (OPR071).

    Args:
        home: the municipality's work folders.
        ledger: the municipality's ledger.
        test: the test archives.
    """
    for route in _ROUTES:
        root = home.archive(route, test=test)
        if root.is_dir():
            continue
        states = [state for state in ledger.runs() if state.run.test == test]
        count = sum(package.route == route for state in states for package in ledger.packages(state.run))
        if count:
            yield Finding.of("OPR071", root.name, route=route, count=count)


def refuse_lost(
    home: MunicipalityHome, municipality: str, ledger: Ledger | None = None, *, test: bool | None = None
) -> None:
    """Refuse to go on where ledger or archive is lost: nothing is numbered anew, nothing begun beside it.

    Args:
        home: the municipality's work folders.
        municipality: whose.
        ledger: the ledger, once it is open; before that only its file is asked for, and none is made.
        test: which archives must be there, too: those of the test deliveries, or the live ones; None: any
            may be gone.

    Raises:
        IntegrityError: OPR070 the ledger is lost, OPR071 an archive is.
    """
    lost = [*lost_ledger(home, municipality, ledger)]
    if ledger is not None and test is not None:
        lost += lost_archives(home, ledger, test=test)
    for one in lost:
        raise IntegrityError(one.code, one.where, **one.parameters)
