"""Packages that the ledger knows and that lie on no disk here: a receipt does not fail for want of them."""

from leverans.ledger import Ledger
from leverans.settings import MunicipalityHome


def absent_packages(home: MunicipalityHome, ledger: Ledger) -> list[str]:
    """Give the SHA-256 of every delivered package whose working copy is not here, sorted."""
    return sorted(
        {
            package.sha256
            for state in ledger.runs()
            for package in ledger.packages(state.run)
            if not (
                home.packages(state.run.delivery.partition("/")[2], package.route, test=state.run.test)
                / package.path
            ).is_file()
        }
    )
