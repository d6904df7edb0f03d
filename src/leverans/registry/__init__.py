"""Parses municipality, agreement and delivery; discovers content by path."""

from leverans.registry.agreement import match_agreement
from leverans.registry.load import deliveries, load_delivery, load_municipality
from leverans.registry.types import (
    Agreement,
    Creator,
    Delivery,
    EnvironmentReference,
    Facts,
    Municipality,
    Organisation,
    Period,
    ProtectedRoute,
    RootRule,
    Schedule,
    SourceEntry,
    Waiver,
)

__all__ = [
    "Agreement",
    "Creator",
    "Delivery",
    "EnvironmentReference",
    "Facts",
    "Municipality",
    "Organisation",
    "Period",
    "ProtectedRoute",
    "RootRule",
    "Schedule",
    "SourceEntry",
    "Waiver",
    "deliveries",
    "load_delivery",
    "load_municipality",
    "match_agreement",
]
