"""The ``schemas`` folder: our own schema of what we emit, and the official ones by address and digest."""

import hashlib

from leverans.formats.profiles import Profile
from leverans.formats.xmltext import attribute


def catalog(profile: Profile) -> bytes:
    """Write ``catalog.xml``, an OASIS XML catalogue with the name, kind and SHA-256 of each schema."""
    entries = [
        (entry.namespace, entry.address, entry.name, entry.kind, entry.sha256) for entry in profile.schemas
    ]
    subset = f"own subset of what this software writes ({profile.name}), not an official schema"
    contents = profile.subsets()
    entries += [
        (profile.namespaces[space], name, subset, "own", hashlib.sha256(contents[name]).hexdigest())
        for space, name in profile.subset_names.items()
    ]
    lines = "".join(
        f'<uri name="{attribute(space)}" uri="{attribute(address)}" own:title="{attribute(title)}" '
        f'own:kind="{kind}" own:sha256="{digest}"/>\n'
        for space, address, title, kind, digest in entries
    )
    names = profile.namespaces
    return (
        '<?xml version="1.0" encoding="UTF-8"?>\n'
        f'<catalog xmlns="{names["catalog"]}" xmlns:own="{names["own"]}">\n{lines}</catalog>\n'
    ).encode()
