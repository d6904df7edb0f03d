"""What is believed: the public key histories in a folder that the verifier keeps, and nothing else."""

from pathlib import Path

from leverans.errors import IntegrityError
from leverans.trust.history import KeyHistory
from leverans.trust.signing import ROLES, Purpose, Signature, raw_signature, verify_bytes


class Trust:
    """The trust anchor: key histories by owner.

    A key that stands in a receipt, or anywhere else, is never believed.
    """

    def __init__(self, *histories: KeyHistory) -> None:
        self._histories = {history.owner: history for history in histories}

    @classmethod
    def load(cls, folder: Path) -> "Trust":
        """Read a trust folder: one ``<owner>.json`` each, as ``leverans keys export`` writes them.

        Raises:
            IntegrityError: SIG001, KEY004, a history is damaged; SIG004, there is none at all.
        """
        paths = sorted(folder.glob("*.json"))
        if not paths:
            raise IntegrityError("SIG004", folder.name, owner="centre")
        return cls(*(KeyHistory.read(path.read_bytes(), path.name, path.stem) for path in paths))

    @classmethod
    def of_home(cls, home: Path) -> "Trust":
        """Take the histories of a work root: enough to find accidents, not somebody who owns the machine."""
        paths = sorted(home.glob("*/keys/history.json"))
        return cls(
            *(KeyHistory.read(path.read_bytes(), f"{path.parts[-3]}/keys", path.parts[-3]) for path in paths)
        )

    def owners(self) -> tuple[str, ...]:
        """Give the owners that are known, sorted."""
        return tuple(sorted(self._histories))

    def verify(
        self, signature: Signature, body: object, *, purpose: Purpose, owner: str, where: str = ""
    ) -> None:
        """Hold a signature to the body, to what it should be for and whose, and to the key's days.

        Args:
            signature: as it stands in the file.
            body: what was signed.
            purpose: what it must have been made for.
            owner: whose it must be.
            where: the place, for the error.

        Raises:
            IntegrityError: SIG004 the owner is unknown here, SIG005 the key is not the owner's, SIG006 the
                signature does not hold, SIG007 the key was not valid then, SIG008 it was made for something
                else or by somebody else.
        """
        role = "centre" if owner == "centre" else "municipality"
        told = (signature.purpose, signature.role, signature.owner)
        if told != (purpose, role, owner) or role not in ROLES[purpose]:
            raise IntegrityError(
                "SIG008", where, found="/".join(told)[:80], expected=f"{purpose}/{role}/{owner}"
            )
        history = self._histories.get(owner)
        if history is None:
            raise IntegrityError("SIG004", where, owner=owner)
        key = history.key(signature.key)
        if key is None:
            raise IntegrityError("SIG005", where, owner=owner, key=signature.key[:16])
        if not verify_bytes(key.raw(), raw_signature(signature), signature.statement(body)):
            raise IntegrityError("SIG006", where, owner=owner, key=key.id)
        try:
            signature.moment  # noqa: B018  # it must be one
            valid = key.valid_at(signature.at)
        except ValueError:
            valid = False
        if not valid:
            raise IntegrityError("SIG007", where, key=key.id, at=signature.at[:20])
