"""Keys, keyed pseudonyms and the three identities that are never mixed."""

from leverans.trust.identity import object_id, package_id, personal_object_id, pseudonym
from leverans.trust.keys import fingerprint, load_or_create_secret

__all__ = [
    "fingerprint",
    "load_or_create_secret",
    "object_id",
    "package_id",
    "personal_object_id",
    "pseudonym",
]
