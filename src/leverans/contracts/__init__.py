"""What passes between rooms: small frozen records, each with a JSON Schema and a ``schema_version``.

Between stages only manifests pass (addresses by digest, counts), never a data frame.
"""

from leverans.contracts.catalogue import Catalogue, Column, ControlTotals, Stream
from leverans.contracts.finding import Finding
from leverans.contracts.landing import DocumentTotals, LandedFile, LandedStream, Manifest
from leverans.contracts.package import PackageDescriptor, PackageFile
from leverans.contracts.receipt import Receipt
from leverans.contracts.serial import from_json, schema, to_json, validate

SCHEMA_VERSION = 1

__all__ = [
    "SCHEMA_VERSION",
    "Catalogue",
    "Column",
    "ControlTotals",
    "DocumentTotals",
    "Finding",
    "LandedFile",
    "LandedStream",
    "Manifest",
    "PackageDescriptor",
    "PackageFile",
    "Receipt",
    "Stream",
    "from_json",
    "schema",
    "to_json",
    "validate",
]
