"""Two versions of a mapping on the same landing: which objects change, in which fields."""

import dataclasses
import io
import subprocess
import tarfile
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from leverans.clock import Clock
from leverans.delivery.progress import Progress, Silent
from leverans.delivery.rehearsing import Rehearsal, Rehearsed, known_secret, last_landing, rehearse
from leverans.errors import ConfigurationError, UsageError
from leverans.mapping.tools.comparing import Difference, Outcome
from leverans.registry import Delivery, load_delivery
from leverans.settings import Settings
from leverans.trust import pseudonym

DIFF = "diff"
_PARTS = ("connectors", "mappings", "municipalities")


@dataclass(frozen=True, slots=True)
class Other:
    """What a delivery is compared with; one of these.

    Attributes:
        mapping: another mapping file in the place of the delivery's.
        revision: the content as it was at a revision of its git repository.
        content: another content root.
    """

    mapping: Path | None = None
    revision: str = ""
    content: Path | None = None


def diff(
    settings: Settings,
    name: str,
    other: Other,
    *,
    clock: Clock,
    examples: int = 5,
    progress: Progress | None = None,
) -> Difference:
    """Run both versions on the delivery's last landing, bucket by bucket, and compare what they make.

    The first result is the other version's, the second that of the content root: what stands under
    ``after`` is what a run would make now.

    Args:
        settings: the installation's roots.
        name: ``municipality/delivery``.
        other: what it is compared with.
        clock: for the ledger that knows the last landing.
        examples: examples per changed field.
        progress: who listens.

    Raises:
        ConfigurationError: MTL003 there is no landing, MTL005 no such revision; MAP, a mapping has faults.
        UsageError: MTL006, there is nothing to compare with.
    """
    delivery = load_delivery(settings.content, name)
    home = settings.municipality(delivery.municipality.name)
    secret = known_secret(home, clock)
    landing, moment = last_landing(home, delivery, clock)
    bound = partial(rehearse, landing=landing, secret=secret, reference_time=moment)
    found = Difference(hide=partial(pseudonym, secret), most=examples)
    with _other(settings, delivery, other) as (settings_before, delivery_before):
        after, before = bound(settings, delivery), bound(settings_before, delivery_before)
        _compare(before, after, found, progress or Silent())
    return found


def _compare(before: Rehearsal, after: Rehearsal, found: Difference, progress: Progress) -> None:
    progress.stage(DIFF, len(after.buckets()))
    for number in after.buckets():
        found.add(_outcome(before.bucket(number)), _outcome(after.bucket(number)))
        progress.advance()


def _outcome(bucket: Rehearsed) -> Outcome:
    return Outcome(bucket.mapped.tables, bucket.verdicts)


@contextmanager
def _other(settings: Settings, delivery: Delivery, other: Other) -> Iterator[tuple[Settings, Delivery]]:
    if other.mapping is not None:
        if not other.mapping.is_file():
            raise ConfigurationError("CFG001", other.mapping.name)
        yield settings, dataclasses.replace(delivery, mapping=other.mapping.resolve())
    elif other.content is not None:
        yield _in(settings, delivery, other.content.absolute())
    elif other.revision:
        with tempfile.TemporaryDirectory(prefix="leverans-diff-") as folder:
            content = Path(folder)
            _checkout(settings.content, other.revision, content)
            yield _in(settings, delivery, content)
    else:
        raise UsageError("MTL006")


def _in(settings: Settings, delivery: Delivery, content: Path) -> tuple[Settings, Delivery]:
    return dataclasses.replace(settings, content=content), load_delivery(content, delivery.name)


def _checkout(content: Path, revision: str, target: Path) -> None:
    """Write the content as it was at a revision; the work tree is not touched.

    Raises:
        ConfigurationError: MTL005, git does not know it.
    """
    if revision.startswith("-"):
        raise ConfigurationError("MTL005", given=revision, reason="-")
    parts = [part for part in _PARTS if (content / part).is_dir()]
    command = ["git", "-C", str(content), "archive", "--format=tar", revision, *parts]
    try:
        packed = subprocess.run(command, check=True, capture_output=True).stdout  # noqa: S603  # fixed words
    except (OSError, subprocess.CalledProcessError) as fault:
        reason = _last_line(getattr(fault, "stderr", b"") or str(fault).encode())
        raise ConfigurationError("MTL005", given=revision, reason=reason) from fault
    with tarfile.open(fileobj=io.BytesIO(packed)) as archive:
        archive.extractall(target, filter="data")


def _last_line(text: bytes) -> str:
    lines = text.decode("utf-8", "replace").strip().splitlines()
    return lines[-1][:200] if lines else "?"
