"""Keys, signatures, keyed pseudonyms and the three identities that are never mixed.

::

    signer = Keyring(home.keys, "mora", clock).signer()
    signature = signer.sign("approval", body, by="Anna Arkivarie")
    Trust.load(folder).verify(signature, body, purpose="approval", owner="mora")
"""

from leverans.trust import merkle
from leverans.trust.canonical import canonical, digest, read_canonical
from leverans.trust.history import KeyHistory, PublicKey
from leverans.trust.identity import (
    ID_WIDTH,
    object_id,
    object_ids,
    package_id,
    personal_object_id,
    personal_object_ids,
    pseudonym,
)
from leverans.trust.keyring import Keyring
from leverans.trust.keys import fingerprint, load_or_create_secret
from leverans.trust.papers import Check
from leverans.trust.receipts import SignedReceipt
from leverans.trust.signing import CENTRE, Purpose, Signature, Signer
from leverans.trust.verifying import Trust

__all__ = [
    "CENTRE",
    "ID_WIDTH",
    "Check",
    "KeyHistory",
    "Keyring",
    "PublicKey",
    "Purpose",
    "Signature",
    "SignedReceipt",
    "Signer",
    "Trust",
    "canonical",
    "digest",
    "fingerprint",
    "load_or_create_secret",
    "merkle",
    "object_id",
    "object_ids",
    "package_id",
    "personal_object_id",
    "personal_object_ids",
    "pseudonym",
    "read_canonical",
]
