"""What every METS header says of an order, whatever the structure around it."""

from leverans.formats.profiles import AgentRole
from leverans.formats.xmltext import attribute, text
from leverans.packaging.order import PackageOrder


def agent(role: AgentRole, name: str, note: str) -> str:
    """Write one agent; `note` is its finished element, or empty."""
    other_role = f' OTHERROLE="{attribute(role.other_role)}"' if role.other_role else ""
    other_type = f' OTHERTYPE="{attribute(role.other_type)}"' if role.other_type else ""
    return (
        f'<agent ROLE="{role.role}"{other_role} TYPE="{role.type}"{other_type}>'
        f"<name>{text(name)}</name>{note}</agent>\n"
    )


def references(order: PackageOrder) -> str:
    """Write the agreement and the reference code, and those before them, as ``altRecordID``."""
    pairs = (
        ("SUBMISSIONAGREEMENT", order.agreement["id"]),
        ("PREVIOUSSUBMISSIONAGREEMENT", order.agreement.get("previous")),
        ("REFERENCECODE", order.reference_code),
        ("PREVIOUSREFERENCECODE", order.previous_reference_code),
    )
    return "".join(
        f'<altRecordID TYPE="{kind}">{text(value)}</altRecordID>\n' for kind, value in pairs if value
    )
