"""The older Swedish packages (FGS Paketstruktur, Ärendehantering): ``sip.xml``, ``arendehantering.xml``."""

from leverans.validation.cspackage.steps import CsPackage, has_sip

__all__ = ["CsPackage", "has_sip"]
