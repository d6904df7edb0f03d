"""The agents of metsHdr: who made the package, who hands it over, who created and keeps the archive."""

from dataclasses import dataclass, field
from typing import Protocol

_PARTIES = frozenset({"ORGANIZATION", "INDIVIDUAL"})
_OTHERS = frozenset({"ARCHIVIST", "PRESERVATION"})  # whose agents have rules of their own
_SOFTWARE_NOTE = "SOFTWARE VERSION"
_CODE_NOTE = "IDENTIFICATIONCODE"


@dataclass(slots=True)
class AgentSeen:
    """One agent as it stood in the header."""

    place: str
    role: str
    other_role: str
    type: str
    other_type: str
    names: list[str] = field(default_factory=list)
    notes: list[tuple[str, str]] = field(default_factory=list)

    @property
    def is_creator(self) -> bool:
        """Its role is CREATOR."""
        return self.role == "CREATOR"

    @property
    def is_party(self) -> bool:
        """It is a person or an organisation."""
        return self.type in _PARTIES

    def note_types(self) -> list[str]:
        """Give the types of its notes."""
        return [kind for kind, _ in self.notes]


class Report(Protocol):
    """Takes a finding: code, place, parameters."""

    def __call__(self, code: str, where: str, /, **parameters: str | int) -> None: ...  # noqa: D102 - see class


def check_agents(agents: list[AgentSeen], header: str, report: Report, *, submission: bool) -> None:
    """Hold the agents against CSIP10-16 and, in a submission, SIP9-31.

    Args:
        agents: all agents of the header, in order.
        header: place of metsHdr.
        report: takes the findings.
        submission: the profile is one of a SIP.
    """
    software = _software(agents)
    if software is not None:
        _check_software(software, report)
    elif agents:
        report("CSIP10", f"{header}/agent")
    if submission:
        _check_submitter(agents, software, header, report)
        _check_archivist([agent for agent in agents if agent.role == "ARCHIVIST"], report)
        _check_preserver([agent for agent in agents if agent.role == "PRESERVATION"], report)
    for agent in agents:
        if agent is not software:
            contact = submission and agent.is_creator and agent.type == "INDIVIDUAL"
            _check_form(agent, report, named_by_rule=contact)


def _check_form(agent: AgentSeen, report: Report, *, named_by_rule: bool) -> None:
    """METS itself demands a role and a name of every agent."""
    if not agent.role:
        report("SCH004", f"{agent.place}/@ROLE", name="ROLE")
    if not agent.names and not named_by_rule:
        report("SCH002", f"{agent.place}/name", name="name")


def _software(agents: list[AgentSeen]) -> AgentSeen | None:
    """Find the agent that is meant to be the packaging software, however much of it is wrong."""
    tests = (
        lambda agent: agent.is_creator and agent.other_type == "SOFTWARE",
        lambda agent: _SOFTWARE_NOTE in agent.note_types() and agent.role in {"CREATOR", ""},
        lambda agent: agent.is_creator and agent.type == "OTHER",
        lambda agent: _SOFTWARE_NOTE in agent.note_types(),
    )
    for test in tests:
        for agent in agents:
            if test(agent):
                return agent
    return None


def _check_software(agent: AgentSeen, report: Report) -> None:
    if not agent.is_creator:
        report("CSIP11", f"{agent.place}/@ROLE", value=agent.role or "–")
    if agent.type != "OTHER":
        report("CSIP12", f"{agent.place}/@TYPE", value=agent.type or "–")
    if agent.other_type != "SOFTWARE":
        report("CSIP13", f"{agent.place}/@OTHERTYPE", value=agent.other_type or "–")
    if not any(name.strip() for name in agent.names):
        report("CSIP14", f"{agent.place}/name")
    if len(agent.notes) != 1 or not agent.notes[0][1].strip():
        report("CSIP15", f"{agent.place}/note")
    elif agent.notes[0][0] != _SOFTWARE_NOTE:
        report("CSIP16", f"{agent.place}/note[1]/@csip:NOTETYPE", value=agent.notes[0][0] or "–")


def _check_submitter(
    agents: list[AgentSeen], software: AgentSeen | None, header: str, report: Report
) -> None:
    others = [agent for agent in agents if agent is not software]
    found = [agent for agent in others if agent.is_creator and agent.is_party]
    for agent in found:
        if not any(name.strip() for name in agent.names):
            report("SIP18" if agent.type == "ORGANIZATION" else "SIP24", f"{agent.place}/name")
        if agent.type == "ORGANIZATION" and agent.notes and _CODE_NOTE not in agent.note_types():
            report("SIP20", f"{agent.place}/note[1]/@csip:NOTETYPE")
    if found:
        return
    creator = next((agent for agent in others if agent.is_creator), None)
    party = next((agent for agent in others if agent.is_party and agent.role not in _OTHERS), None)
    if creator is not None:
        report("SIP17", f"{creator.place}/@TYPE", value=creator.type or "–")
    elif party is not None and party.other_role != "SUBMITTER":
        report("SIP16", f"{party.place}/@ROLE", value=party.role or "–")
    else:
        report("SIP15", f"{header}/agent")


def _check_archivist(agents: list[AgentSeen], report: Report) -> None:
    for agent in agents:
        if not agent.is_party:
            report("SIP11", f"{agent.place}/@TYPE", value=agent.type or "–")
        if not any(name.strip() for name in agent.names):
            report("SIP12", f"{agent.place}/name")
        if agent.notes and _CODE_NOTE not in agent.note_types():
            report("SIP14", f"{agent.place}/note[1]/@csip:NOTETYPE")
    for agent in agents[1:]:
        report("SIP9", agent.place)


def _check_preserver(agents: list[AgentSeen], report: Report) -> None:
    for agent in agents:
        if agent.type != "ORGANIZATION":
            report("SIP28", f"{agent.place}/@TYPE", value=agent.type or "–")
        if not any(name.strip() for name in agent.names):
            report("SIP29", f"{agent.place}/name")
        if agent.notes and _CODE_NOTE not in agent.note_types():
            report("SIP31", f"{agent.place}/note[1]/@csip:NOTETYPE")
    for agent in agents[1:]:
        report("SIP26", agent.place)
