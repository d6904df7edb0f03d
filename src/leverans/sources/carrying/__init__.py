"""Landings on their way between two hosts: sealed packs in a drop, a folder or an SFTP folder.

::

    with open_carrier(access) as carrier:
        send(landing, store, carrier, state=..., recipient="age1…", clock=clock)      # the municipality
    with open_carrier(access) as carrier:
        receive(carrier, place, delivery="m/d", landing=id, identities=keys, clock=clock)  # the centre

In the drop each sending has a folder of its own with packs (named by the SHA-256 of their ciphertext), an
index and, last, the file ``ready``; the receiver answers with ``reply``. Nothing in the drop is readable
without the centre's key, and no name tells what is in it.
"""

from leverans.sources.carrying.carrier import Carrier, Entry
from leverans.sources.carrying.incoming import Place, Received, receive
from leverans.sources.carrying.keys import create_identity, load_identities, recipients, rotate_identity
from leverans.sources.carrying.messages import sending
from leverans.sources.carrying.opening import Access, open_carrier
from leverans.sources.carrying.outgoing import Sent, replied, send
from leverans.sources.carrying.proving import kept_aside

__all__ = [
    "Access",
    "Carrier",
    "Entry",
    "Place",
    "Received",
    "Sent",
    "create_identity",
    "kept_aside",
    "load_identities",
    "open_carrier",
    "receive",
    "recipients",
    "replied",
    "rotate_identity",
    "send",
    "sending",
]
