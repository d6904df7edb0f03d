"""Two hosts: the municipality's worker extracts and sends, the centre's takes over from there."""

import re
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from flows.awaiting import awaited
from flows.guarding import stage
from prefect.states import StateType

from leverans.delivery import Session
from leverans.errors import ConfigurationError, LeveransError, Outage
from leverans.findings import Code, catalogue

LANDING = "landing"

_LINE = re.compile(r"(?:(?P<where>\S+): )?(?P<code>[A-Z][A-Z0-9-]*\d) (?P<sv>\S.*?) \| (?P<en>\S.*)")
"""An error as `flows.guarding.words` tells it."""


class Elsewhere(LeveransError):
    """An error on the municipality's host, in the words it was told with there.

    Args:
        code: its code.
        where: its place in the content, or an empty text.
        sv: its text in Swedish, filled.
        en: its text in English, filled.
    """

    def __init__(self, code: str, where: str, sv: str, en: str) -> None:
        self._sv, self._en = (text.replace("{", "{{").replace("}", "}}") for text in (sv, en))
        super().__init__(code, where)

    @property
    def kind(self) -> Code:
        """The entry of the code, with the text that was told."""
        return replace(super().kind, sv=self._sv, en=self._en)


def elsewhere(message: str | None) -> tuple[Elsewhere, ...]:
    """Give the errors in the message of the municipality's run; what has no code of ours stays there.

    Args:
        message: as `flows.guarding.words` made it; Prefect's own messages may hold data.
    """
    return tuple(_told(message or ""))


def _told(message: str) -> Iterator[Elsewhere]:
    for line in message.splitlines():
        found = _LINE.fullmatch(line)
        if found is not None and found["code"] in catalogue():
            yield Elsewhere(found["code"], found["where"] or "", found["sv"], found["en"])


def two_hosts(session: Session) -> bool:
    """Say whether the sources are read on a host of the municipality."""
    return session.job.delivery.municipality.transfer is not None


@stage("extract", "extract on the municipality's host")
def fetched(session: Session) -> dict[str, Any]:
    """Let the municipality's worker extract and send for this run; a run that has landed asks no more.

    Raises:
        Outage: FLW003, that run was killed or met an outage; with its codes. FLW010 to FLW012, as `awaited`.
        ConfigurationError: FLW004, it ended otherwise; with its errors as `problems`. FLW013, as `awaited`.
    """
    job = session.job
    if LANDING in job.ledger.checkpoints(job.run, "extract"):
        return session.extract()
    name, transfer = job.delivery.name, job.delivery.municipality.transfer
    state = awaited(name, session.run, transfer.where if transfer else name)
    word, _, landing = (state.message or "").partition(" ")
    if state.type == StateType.COMPLETED and word == LANDING:
        return session.landed_elsewhere(landing)
    problems = elsewhere(state.message)
    if state.type == StateType.CRASHED:
        codes = ", ".join([str(state.name), *(problem.code for problem in problems)])
        raise Outage("FLW003", name, delivery=name, state=codes)
    raise ConfigurationError("FLW004", name, problems, delivery=name, state=state.name)
