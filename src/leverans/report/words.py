"""The words of report and papers, Swedish first."""

from collections.abc import Mapping

Pair = tuple[str, str]
_Words = Mapping[str, Pair]

STATUSES: _Words = {
    "complete": ("Fullständig", "Complete"),
    "incomplete": ("Ofullständig", "Incomplete"),
    "refused": ("Nekad", "Refused"),
    "interrupted": ("Avbruten", "Interrupted"),
}
ACTIONS: _Words = {
    "accept": ("Godta avvikelsen", "Accept"),
    "exclude": ("Undanta", "Exclude"),
    "retry": ("Försök igen", "Retry"),
    "approve": ("Godkänn testleverans", "Approve"),
    "countersign": ("Medunderteckna kvittens", "Countersign"),
    "clear": ("Frige för gallring i källan", "Clear for erasure"),
}
SEVERITIES: _Words = {
    "critical": ("kritisk", "critical"),
    "error": ("fel", "error"),
    "quarantine": ("karantän", "quarantine"),
    "warning": ("varning", "warning"),
    "info": ("upplysning", "info"),
    "mixed": ("karantän eller varning, efter regel", "quarantine or warning, by rule"),
    "": ("okänd", "unknown"),
}
STATES: _Words = {
    "new": ("nya", "new"),
    "unchanged": ("oförändrade", "unchanged"),
    "supplemented": ("kompletterade", "supplemented"),
    "changed": ("ändrade", "changed"),
    "reopened": ("återöppnade", "reopened"),
    "voided": ("makulerade", "voided"),
    "vanished": ("försvunna ur källan", "vanished from the source"),
}
ROUTES: _Words = {
    "open": ("öppen väg", "open route"),
    "protected": ("skyddad väg", "protected route"),
}
USES: _Words = {
    "mapped": ("mappad", "mapped"),
    "joined": ("kopplad", "joined"),
    "conditioned": ("villkor", "conditioned"),
    "key": ("nyckel", "key"),
    "dropped": ("utelämnad", "dropped"),
    "left": ("tabellen lämnad", "table left"),
}
STAGES: _Words = {
    "extract": ("uttag", "extract"),
    "transfer": ("överföring", "transfer"),
    "map": ("mappning, delar", "mapping, parts"),
    "package": ("paket byggda", "packages built"),
    "deliver": ("paket arkiverade", "packages archived"),
}
