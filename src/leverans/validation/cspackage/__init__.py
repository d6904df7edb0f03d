"""The older Swedish packages (FGS Paketstruktur, Ärendehantering): ``sip.xml``, ``arendehantering.xml``."""

from leverans.validation.cspackage.steps import CsPackage, is_cspackage

__all__ = ["CsPackage", "is_cspackage"]
