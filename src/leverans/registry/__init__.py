"""Parses municipality, agreement and delivery; discovers content by path."""

from leverans.registry.agreement import match_agreement
from leverans.registry.calendar import due_moments, grace_days
from leverans.registry.load import deliveries, load_delivery, load_municipality
from leverans.registry.placing import location_of
from leverans.registry.references import EnvironmentReference, FileReference
from leverans.registry.timetable import CENTRE, ZONE, Limit, limits, limits_of, spread, timetable
from leverans.registry.types import (
    UNTESTED,
    Agreement,
    Concurrency,
    Creator,
    Delivery,
    Facts,
    Municipality,
    Organisation,
    PackageLimits,
    Period,
    ProtectedRoute,
    RootRule,
    Schedule,
    SourceEntry,
    Throttle,
    Transfer,
    Waiver,
)

__all__ = [
    "CENTRE",
    "UNTESTED",
    "ZONE",
    "Agreement",
    "Concurrency",
    "Creator",
    "Delivery",
    "EnvironmentReference",
    "Facts",
    "FileReference",
    "Limit",
    "Municipality",
    "Organisation",
    "PackageLimits",
    "Period",
    "ProtectedRoute",
    "RootRule",
    "Schedule",
    "SourceEntry",
    "Throttle",
    "Transfer",
    "Waiver",
    "deliveries",
    "due_moments",
    "grace_days",
    "limits",
    "limits_of",
    "load_delivery",
    "load_municipality",
    "location_of",
    "match_agreement",
    "spread",
    "timetable",
]
