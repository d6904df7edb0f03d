"""The signing keys of one owner: made, rotated, revoked and exported.

::

    <home>/mora/keys/signing-<id>.key    the present key: 32 bytes, mode 0600
    <home>/mora/keys/history.json        every public key ever

A retired secret is deleted: what cannot sign any more cannot be stolen. Its signatures hold for ever, because
its public key stays in the history.
"""

import base64
from datetime import datetime
from pathlib import Path
from typing import Any

from leverans.clock import Clock, iso
from leverans.errors import ConfigurationError, IntegrityError, UsageError
from leverans.trust.canonical import canonical
from leverans.trust.history import (
    KeyHistory,
    PublicKey,
    key_id,
    origin_body,
    revocation_body,
)
from leverans.trust.private import create_private, locked, read_private, replace_public
from leverans.trust.signing import Signer, moment, public_of

HISTORY = "history.json"
_SEED = 32


class Keyring:
    """The keys of one owner.

    Args:
        folder: ``<home>/<owner>/keys``.
        owner: ``centre`` or the municipality's name.
        clock: time and randomness.
    """

    def __init__(self, folder: Path, owner: str, clock: Clock) -> None:
        self._folder, self._owner, self._clock = folder, owner, clock

    @property
    def exists(self) -> bool:
        """Whether the owner has a key."""
        return (self._folder / HISTORY).is_file()

    def history(self) -> KeyHistory:
        """Read the public history.

        Raises:
            ConfigurationError: KEY005, the owner has no key.
            IntegrityError: SIG001, KEY004, the file is damaged.
        """
        where = f"{self._owner}/keys/{HISTORY}"
        try:
            data = (self._folder / HISTORY).read_bytes()
        except FileNotFoundError:
            raise ConfigurationError("KEY005", where, owner=self._owner) from None
        return KeyHistory.read(data, where, self._owner)

    def create(self) -> PublicKey:
        """Make the first key.

        Raises:
            UsageError: KEY006, there is one.
            AccessDenied: KEY003, others than the owner may enter the folder.
        """
        with locked(self._folder):
            if self.exists:
                raise UsageError("KEY006", self._owner, owner=self._owner)
            return self._first().present

    def rotate(self) -> PublicKey:
        """Put a new key in the place of the present one: each signs the other, the old secret is deleted.

        Raises:
            ConfigurationError: KEY005, the owner has no key.
            AccessDenied, IntegrityError: the present key cannot be used.
        """
        with locked(self._folder):
            history = self.history()
            old = self._signer(history)
            new = self._fresh()
            body = origin_body(self._owner, new.public(), iso(new.created), old.key)
            signed = [signer.sign("rotation", body).plain() for signer in (old, new)]
            retired = _with(history.present, retired=iso(new.created))
            self._write(history.keys[:-1], retired, _key(new, body, signed))
            return self.history().present

    def revoke(self, name: str, since: datetime, reason: str) -> KeyHistory:
        """Revoke a key from a date: nothing signed with it at that time or later holds any more.

        When it is the present key, a new one takes its place, which nothing endorses.

        Args:
            name: id of the key.
            since: from when it is not to be trusted.
            reason: why, without personal data.

        Raises:
            ConfigurationError: KEY005, the owner has no key.
            UsageError: KEY007 there is no such key, KEY008 the date lies ahead.
        """
        now = self._clock.now()
        with locked(self._folder):
            history = self.history()
            found = history.key(name)
            if found is None:
                raise UsageError("KEY007", self._owner, key=name[:16], owner=self._owner)
            if since > now:
                raise UsageError("KEY008", self._owner, since=iso(since))
            self._revoke(history, found, since, reason)
            return self.history()

    def signer(self, *, create: bool = False) -> Signer:
        """Give what signs with the present key.

        Args:
            create: make the first key if there is none.

        Raises:
            ConfigurationError: KEY005, the owner has no key.
            AccessDenied: KEY001, KEY003, others than the owner may read the key.
            IntegrityError: KEY002 the key is damaged, KEY009 it is not the one of the history.
        """
        if create and not self.exists:
            with locked(self._folder):
                if not self.exists:
                    self._first()
        return self._signer(self.history())

    def export(self, folder: Path) -> Path:
        """Write the public history to a trust folder, as ``<owner>.json``.

        Raises:
            IntegrityError: KEY010, the folder knows keys of this owner that the history does not.
        """
        history = self.history()
        target = folder / f"{self._owner}.json"
        if target.exists():
            known = KeyHistory.read(target.read_bytes(), target.name, self._owner)
            ids = [key.id for key in history.keys]
            if [key.id for key in known.keys] != ids[: len(known.keys)]:
                raise IntegrityError("KEY010", target.name, owner=self._owner)
        folder.mkdir(parents=True, exist_ok=True)
        replace_public(target, canonical(history.plain()) + b"\n")
        return target

    def _first(self) -> KeyHistory:
        new = self._fresh()
        body = origin_body(self._owner, new.public(), iso(new.created), None)
        self._write((), _key(new, body, [new.sign("rotation", body).plain()]))
        return self.history()

    def _revoke(self, history: KeyHistory, found: PublicKey, since: datetime, reason: str) -> None:
        keys, added = list(history.keys), []
        if found == history.present:
            signer = self._fresh()
            body = origin_body(self._owner, signer.public(), iso(signer.created), found.id)
            added = [_key(signer, body, [signer.sign("rotation", body).plain()])]
            found = _with(found, retired=iso(signer.created))
        else:
            signer = self._signer(history)
        earliest = min(iso(since), found.revoked or iso(since))
        told = revocation_body(self._owner, found.id, earliest, reason, iso(self._clock.now()))
        signed = {"body": told, "signatures": [signer.sign("revocation", told).plain()]}
        revoked = _with(found, revoked=earliest, revocation=signed)
        self._write([revoked if key.id == found.id else key for key in keys], *added)

    def _fresh(self) -> Signer:
        seed = self._clock.token(_SEED)
        name = key_id(public_of(seed))
        create_private(self._secret(name), seed)
        return Signer(self._owner, name, self._clock.now(), self._clock, seed)

    def _signer(self, history: KeyHistory) -> Signer:
        present = history.present
        path = self._secret(present.id)
        try:
            seed = read_private(path)
        except FileNotFoundError:
            raise IntegrityError("KEY009", path.name, key=present.id) from None
        if len(seed) != _SEED:
            raise IntegrityError("KEY002", path.name, length=len(seed), expected=_SEED)
        if key_id(public_of(seed)) != present.id:
            raise IntegrityError("KEY009", path.name, key=present.id)
        return Signer(self._owner, present.id, moment(present.created), self._clock, seed)

    def _write(self, keys: Any, *more: PublicKey) -> None:
        """Put the new history in place, and only then delete every secret but the present one."""
        history = KeyHistory(self._owner, (*keys, *more))
        data = canonical(history.plain()) + b"\n"
        KeyHistory.read(data, HISTORY, self._owner)
        replace_public(self._folder / HISTORY, data)
        for path in self._folder.glob("signing-*.key"):
            if path != self._secret(history.present.id):
                path.unlink(missing_ok=True)

    def _secret(self, name: str) -> Path:
        return self._folder / f"signing-{name}.key"


def _key(signer: Signer, body: dict[str, Any], signatures: list[dict[str, str]]) -> PublicKey:
    return PublicKey(
        id=signer.key,
        public=base64.b64encode(signer.public()).decode(),
        created=iso(signer.created),
        retired=None,
        revoked=None,
        origin={"body": body, "signatures": signatures},
    )


def _with(key: PublicKey, **changed: Any) -> PublicKey:
    return PublicKey(**{**key.plain(), **changed})
