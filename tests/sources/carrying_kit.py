"""Landings, drops and an SFTP server to carry them through, which can be made to fail."""

import asyncio
import errno
import os
import threading
from dataclasses import dataclass, field
from pathlib import Path

import asyncssh
from tests.sources.building import landed, share

from leverans.blobs import ContentStore
from leverans.clock import SystemClock
from leverans.sources import Landing
from leverans.sources.carrying import (
    Access,
    Place,
    create_identity,
    load_identities,
    open_carrier,
    receive,
    send,
)

CANARY = b"CANARY-19121212-1213-kallelse"
PARQUET = b"PAR1\x15"
"""The beginning of a Parquet file; the four letters alone may stand in any sealed text."""
BOUND = 8000
USER, PASSWORD = "drop", "correct horse"


def content(number):
    """Bytes of a document: of every size, with a canary."""
    return (CANARY + b" %d " % number) * (number * 37 % 60 + 1)


class Hosts:
    """A municipality's host with a landing, a centre, and a drop between them."""

    def __init__(self, root, documents=300, bound=BOUND):
        self.root, self.bound = root, bound
        tree = root / "source" / "share"
        tree.mkdir(parents=True)
        for number in range(documents):
            (tree / f"file-{number:04}.txt").write_bytes(content(number))
        (tree / "empty").write_bytes(b"")
        (tree / "empty too").write_bytes(b"")
        (tree / "twin").write_bytes(content(7))
        (tree / "big").write_bytes(CANARY + os.urandom(3 * bound))
        self.result = landed(root / "source", share(root / "source", tree))
        self.landing = Landing.open(self.result.folder)
        assert all(path.read_bytes().startswith(PARQUET) for path in self.result.folder.rglob("*.parquet"))
        self.store = ContentStore(root / "source" / "blobs")
        self.sent_state = root / "municipality" / "sent"
        self.drop = root / "drop"
        self.drop.mkdir(exist_ok=True)
        self.key = root / "centre" / "keys" / "transfer.age"
        self.recipient = create_identity(self.key, SystemClock())
        centre = root / "centre"
        self.place = Place(centre / "received", centre / "landing", ContentStore(centre / "blobs"))
        self.access = Access(str(self.drop))

    @property
    def id(self):
        return self.landing.id

    @property
    def sending(self):
        (folder,) = [path for path in self.drop.iterdir() if path.is_dir()]
        return folder

    def carrier(self):
        return open_carrier(self.access)

    def send(self, carrier=None, **more):
        with carrier or self.carrier() as opened:
            more = {"recipient": self.recipient, "bound": self.bound, "clock": SystemClock(), **more}
            return send(self.landing, self.store, opened, state=self.sent_state, **more)

    def receive(self, carrier=None, landing="", **more):
        with carrier or self.carrier() as opened:
            more = {"identities": load_identities(self.key), "clock": SystemClock(), **more}
            wanted = self.id if landing == "" else landing
            return receive(opened, self.place, delivery="m/d", landing=wanted, **more)

    def packs(self):
        """Sealed packs and index in the drop."""
        return sorted(path for path in self.sending.iterdir() if len(path.name) == 64)

    def assert_arrived(self):
        """The landing is the same byte for byte, and so are the documents: no more, no fewer."""
        assert tree(self.place.landings / self.id) == tree(self.result.folder)
        assert tree(self.place.store.root) == tree(self.store.root)
        assert Landing.open(self.place.landings / self.id).verify() == ()

    def assert_sealed(self):
        """Nothing readable lies in the drop or in the municipality's staging."""
        for folder in (self.drop, self.sent_state):
            for path in (path for path in folder.rglob("*") if path.is_file()):
                data = path.read_bytes()
                assert CANARY not in data, path
                assert PARQUET not in data, path
                assert not any(name in path.name for name in ("file-", "twin", "big", ".parquet")), path
        told = " ".join(str(path.relative_to(self.drop)) for path in self.drop.rglob("*"))
        assert self.id not in told
        assert not any(digest in told for digest in self.store.digests())

    def assert_emptied(self):
        assert [path.name for path in self.drop.rglob("*") if path.is_file()] == ["reply"]


def tree(folder):
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file() and ".staging" not in path.parts
    }


@dataclass
class Faults:
    """What the server does wrong.

    Attributes:
        cut_after: bytes written or read until the connection is dropped; once. What the server has in its
            hands by then is still written, but for one block.
        full: nothing more is taken.
        refuse_block: the number of the write that is refused, once.
        denied: writing is not permitted.
        moved: bytes that went over, both ways.
        begun: the first offset written to, per file name.
    """

    cut_after: int | None = None
    full: bool = False
    refuse_block: int = 0
    denied: bool = False
    moved: int = 0
    writes: int = 0
    begun: dict = field(default_factory=dict)


class Drop(asyncssh.SFTPServer):
    def __init__(self, channel, root, faults):
        self._faults = faults
        self._names = {}
        self._connection = channel.get_connection()
        super().__init__(channel, chroot=os.fsencode(root))

    def open(self, path, pflags, attrs):
        if self._faults.denied and pflags & asyncssh.FXF_WRITE:
            raise asyncssh.SFTPPermissionDenied("no")
        opened = super().open(path, pflags, attrs)
        self._names[id(opened)] = Path(path.decode()).name
        return opened

    def write(self, file_obj, offset, data):
        faults = self._faults
        faults.writes += 1
        faults.begun.setdefault(self._names.get(id(file_obj)), offset)
        if faults.full or faults.writes == faults.refuse_block:
            raise OSError(errno.ENOSPC, "No space left on device")
        self._move(len(data))
        return super().write(file_obj, offset, data)

    def read(self, file_obj, offset, size):
        data = super().read(file_obj, offset, size)
        self._move(len(data))
        return data

    def _move(self, count):
        faults = self._faults
        faults.moved += count
        if faults.cut_after is not None and faults.moved > faults.cut_after:
            faults.cut_after = None
            self._connection.abort()
            raise asyncssh.SFTPConnectionLost("cut")


class Guard(asyncssh.SSHServer):
    def __init__(self, keys):
        self._keys = keys

    def begin_auth(self, username):
        return True

    def password_auth_supported(self):
        return True

    def validate_password(self, username, password):
        return (username, password) == (USER, PASSWORD)

    def public_key_auth_supported(self):
        return True

    def validate_public_key(self, username, key):
        return username == USER and key.public_data in self._keys


class Server:
    """An SFTP server on the loopback address, chrooted to the parent of the drop."""

    def __init__(self, root: Path):
        self.root = root
        (root / "drop").mkdir(exist_ok=True)
        self.faults = Faults()
        self.client_key = asyncssh.generate_private_key("ssh-ed25519")
        self._host_key = asyncssh.generate_private_key("ssh-ed25519")
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self._thread.start()
        self._listener = self._do(self._listen(0))
        self.port = self._listener.get_port()

    @property
    def key_text(self):
        return self.client_key.export_private_key().decode()

    @property
    def fingerprint(self):
        return self._host_key.get_fingerprint()

    @property
    def known_hosts_line(self):
        return f"[127.0.0.1]:{self.port} " + self._host_key.export_public_key().decode()

    def location(self, folder="drop"):
        return f"sftp://{USER}@127.0.0.1:{self.port}/{folder}"

    def access(self, **more):
        found = {"host_keys": (self.fingerprint,), "key": self.key_text, "timeout": 5.0, **more}
        return Access(found.pop("location", self.location()), **found)

    def new_host_key(self):
        """The server comes back with another host key on the same port."""
        self._do(self._end())
        self._host_key = asyncssh.generate_private_key("ssh-ed25519")
        self._listener = self._do(self._listen(self.port))

    def close(self):
        self._do(self._end())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    def _do(self, work):
        return asyncio.run_coroutine_threadsafe(work, self._loop).result(10)

    async def _listen(self, port):
        return await asyncssh.listen(
            "127.0.0.1",
            port,
            server_host_keys=[self._host_key],
            server_factory=lambda: Guard({self.client_key.public_data}),
            sftp_factory=lambda channel: Drop(channel, self.root, self.faults),
            reuse_address=True,
        )

    async def _end(self):
        self._listener.close()
        await self._listener.wait_closed()
