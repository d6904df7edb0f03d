"""The files of a new source that are about the delivery and for people: Swedish first."""

from collections.abc import Iterator, Sequence

from leverans.contracts.profile import Proposal, Reference, SourceProfile
from leverans.formats.yamlquote import comment, quoted
from leverans.mapping.tools.scaffold import doubts
from leverans.registry import Creator, EnvironmentReference, Period, SourceEntry

_DOUBTFUL = 0.7


def delivery_file(  # what a delivery says
    delivery: str,
    *,
    name: str,
    information_type: str,
    creators: Sequence[Creator],
    period: Period,
    profile: str,
    source: SourceEntry,
) -> str:
    """Give the text of ``municipalities/M/D.yaml``; without a signed agreement nothing is delivered."""
    short = delivery.partition("/")[2]
    dates = f"{{from: {period.start.isoformat()}, to: {period.end.isoformat() if period.end else ''}}}"
    lines = [
        f"# Leveransen {delivery}: utkast av leverans new source. Läs varje rad.",
        "delivery: 1",
        "",
        f"system: {name}                # ingår i varje objekts identitet; ändras aldrig",
        f"information_type: {quoted(information_type)}",
        f"producer: {quoted(creators[-1].name)}",
        "creators:",
        *(f"  - {quoted(creator.name)}" for creator in creators),
        "",
        f"mapping: {name}/{short}",
        f"profile: {profile}",
        f"period: {dates}",
        "schedule: once",
        "",
        "sources:",
        f"  {source.name}:",
        f"    connector: {name}",
        f"    location: {_place(source.location)}",
        *_secrets(source),
        "",
        "# Överenskommelsen är inte tecknad: nummer, beslut, undertecknare och dag skrivs när den är det.",
        "# Tills dess går allt att pröva (source check, mapping check), men ingenting levereras.",
        "agreement:",
        "  id: saknas",
        f"  producer: {quoted(creators[-1].name)}",
        f"  system: {name}",
        f"  information_type: {quoted(information_type)}",
        f"  period: {dates}",
        f"  valid: {{from: {period.start.isoformat()}}}",
        "  checksum: SHA-256",
        "  ownership: {transferred: false, custody: mellanarkiv}",
        "  signed: {}",
    ]
    return "\n".join(lines) + "\n"


def _place(location: str | EnvironmentReference) -> str:
    return f"{{env: {location.variable}}}" if isinstance(location, EnvironmentReference) else quoted(location)


def _secrets(source: SourceEntry) -> Iterator[str]:
    if source.secrets:
        yield "    secrets:"
        for key, reference in source.secrets.items():
            if isinstance(reference, EnvironmentReference):
                yield f"      {key}: {{env: {reference.variable}}}"


def readme(seen: SourceProfile, plan: Proposal, *, name: str, delivery: str, mapping: str) -> str:
    """Give the text of the connector's README: what was seen, why the proposal is what it is, what to do."""
    return "\n".join(_readme(seen, plan, name, delivery, mapping)) + "\n"


def _readme(seen: SourceProfile, plan: Proposal, name: str, delivery: str, mapping: str) -> Iterator[str]:
    yield f"# {name}\n"
    yield "Utkast av `leverans new source`: källan lästes en gång, ingenting skrevs till den.\n"
    yield "## Vad som finns\n"
    yield "| tabell | rader | kolumner | nyckel | hör till |"
    yield "|---|---|---|---|---|"
    for table in seen.tables:
        parent = plan.parent(table.name)
        where = (
            "är ärendet"
            if table.name == plan.root
            else _cell(parent.target)
            if parent
            else "delas, eller okänt"
        )
        key = _cell(", ".join(table.key)) if table.key else "ingen"
        yield f"| {_cell(table.name)} | {table.rows} | {len(table.columns)} | {key} | {where} |"
    yield "\n## Hänvisningar\n"
    yield "Deklarerade i källan, eller antagna: värdena finns i den andra tabellen, namnen liknar"
    yield "varandra och typerna stämmer.\n"
    yield "| från | till | grund | olika värden | saknas där |"
    yield "|---|---|---|---|---|"
    yield from map(_row, seen.chosen())
    weak = [one for one in seen.chosen() if not one.declared and one.score < _DOUBTFUL]
    said = [
        *doubts(plan),
        *(f"{_cell(one.table)} → {_cell(one.target)} är antagen på svaga grunder" for one in weak),
    ]
    if said:
        yield "\n## Osäkert\n"
        yield from (f"- {text}" for text in said)
    yield "\n## Att göra\n"
    yield "1. Läs `connector.yaml`: är ärendet rätt tabell, hör raderna till rätt ärende, är något dokument?"
    yield f"2. Avgör varje `todo` i `mappings/{name}/{mapping}.yaml`."
    yield f"3. `leverans mapping check {delivery}` tills inget fel återstår; `preview` visar verkliga poster."
    yield f"4. Skriv fler rader i `mappings/{name}/golden/{mapping}.in.json`, sedan"
    yield f"   `leverans mapping test {name} --update`."
    yield f"5. Teckna överenskommelsen i `municipalities/{delivery}.yaml`; provleverera med"
    yield f"   `leverans run {delivery} --test`."
    yield "\n## Vad detta bygger på\n"
    yield "**Sett:** källans tabeller och värden, räknade. **Antaget:** det som tabellen ovan kallar antaget,"
    yield "och vad som är ärendet. **Inte prövat:** allt annat. Skriv här vad förvaltningen svarar.\n"
    yield "---"
    yield "*In English.* A draft by `leverans new source`. See docs/new-source.md."


def _row(reference: Reference) -> str:
    ground = "deklarerad" if reference.declared else f"antagen {reference.score:.2f}".replace(".", ",")
    own = _cell(f"{reference.table}: {', '.join(reference.columns)}")
    other = _cell(f"{reference.target}: {', '.join(reference.target_columns)}")
    return f"| {own} | {other} | {ground} | {reference.counted} | {reference.orphans} |"


def _cell(text: str) -> str:
    safe = comment(text).replace("\\", "\\\\").replace("|", "\\|").replace("<", "&lt;")
    return f"`{safe}`" if "`" not in safe else safe.replace("`", "\\`")
