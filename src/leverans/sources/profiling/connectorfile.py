"""Writes the connector file of a source that nobody has read before."""

from collections.abc import Iterator, Mapping

from leverans.contracts.profile import Proposal, Reference, SourceProfile, TableProfile
from leverans.formats.yamlquote import comment, flow, quoted

_FEW = 0.5


def connector_file(
    profile: SourceProfile,
    proposal: Proposal,
    *,
    name: str,
    kind: str,
    options: Mapping[str, str],
    files: Mapping[str, str],
) -> str:
    """Give the text of ``connector.yaml``.

    Args:
        profile: what was seen.
        proposal: which table is the case and what hangs on it.
        name: id of the system, and its name until somebody knows better.
        kind: ``sql`` or ``flat``.
        options: the kind's options.
        files: per stream its file below the location (flat sources in a folder).
    """
    return "\n".join([*_head(name, kind, options), *_streams(profile, proposal, files)]) + "\n"


def _head(name: str, kind: str, options: Mapping[str, str]) -> Iterator[str]:
    yield f"# {comment(name)}: utkast av leverans new source. Läs igenom: nycklar, vad som hör till ärendet."
    yield "connector: 1"
    yield f"system: {quoted(name)}"
    yield f"system_name: {quoted(name)}   # vad folk kallar systemet"
    yield 'system_version: ""'
    yield f"kind: {kind}"
    if options:
        told = (f"{key}: {value if key == 'header' else quoted(value)}" for key, value in options.items())
        yield "options: {" + ", ".join(told) + "}"
    yield ""
    yield "streams:"


def _streams(profile: SourceProfile, proposal: Proposal, files: Mapping[str, str]) -> Iterator[str]:
    within = [proposal.root, *(one.table for one in proposal.parents)]
    tables = [profile.table(name) for name in within]
    yield from _stream(tables[0], f"root: {{by: {flow(proposal.key)}}}", files, "ärendet: rotobjektet")
    for table, reference in zip(tables[1:], proposal.parents, strict=True):
        on = ", ".join(
            f"{quoted(own)}: {quoted(other)}"
            for own, other in zip(reference.columns, reference.target_columns, strict=True)
        )
        root = f"root: {{via: {quoted(reference.target)}, on: {{{on}}}}}"
        yield from _stream(table, root, files, evidence(reference))
    rest = [table for table in profile.tables if table.name not in within]
    if rest:
        yield ""
        yield "  # Delas av alla ärenden, eller så är det inte känt vems raderna är"
    for table in rest:
        yield from _stream(table, "shared: true", files, "")


def _stream(table: TableProfile, rule: str, files: Mapping[str, str], why: str) -> Iterator[str]:
    note = f"{table.rows} rader" + (f"; {why}" if why else "")
    yield f"  {quoted(table.name)}:   # {comment(note)}"
    if table.name in files:
        yield f"    file: {quoted(files[table.name])}"
    key = [name for name in table.key if name]
    if key:
        seen = "" if table.declared else "   # ingen nyckel är deklarerad; inget värde står två gånger"
        yield f"    key: {flow(key)}{seen}"
    if table.personal:
        yield "    personal: true   # nyckeln ser ut som ett personnummer: den visas bara som pseudonym"
    yield f"    {rule}"
    for column in table.columns:
        if column.type == "binary" and column.filled:
            many = f"{column.filled} rader med bytes: är det dokument?"
            yield f"    # documents: [{{column: {quoted(column.name)}}}]   # {many}"


def evidence(reference: Reference) -> str:
    """Say in Swedish why a reference is believed."""
    columns = ", ".join(reference.columns)
    if reference.declared:
        return f"{columns} → {reference.target}, deklarerad"
    if reference.inclusion is None:
        return f"{columns} → {reference.target}, bara namnen talar för det: inga värden"
    share = f"{reference.counted - reference.orphans} av {reference.counted} värden finns där"
    return f"{columns} → {reference.target}, antagen: {share}, namnlikhet {reference.names:.2f}"
