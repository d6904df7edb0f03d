"""Rules about `discover` and the shape of batches."""

from leverans.sources.certifying.judging import fits, keys_of
from leverans.testing.contract.rules import rule
from leverans.testing.contract.source import Variant
from leverans.testing.contract.subject import Subject, same_rows
from leverans.testing.contract.verdicts import NotApplicable, ensure


@rule("discover-twice", "discover gives the same catalogue twice, and after opening anew.")
def discover_twice(subject: Subject) -> None:
    """Discover three times."""
    source = subject.sources.get("plain")
    with subject.open(source) as connector:
        first, second = connector.discover(), connector.discover()
    ensure(first == second, "two catalogues of one source differ")
    ensure(first == subject.reading("plain").catalogue, "opened anew, the source has another catalogue")


@rule(
    "discover-all", "The catalogue has every stream that the connector reads, and every table that is left."
)
def discover_all(subject: Subject) -> None:
    """Compare with what the connector names and what the rig made besides."""
    source = subject.sources.get("names")
    found = {stream.name for stream in subject.reading("names").catalogue.streams}
    with subject.open(source) as connector:
        wanted = {stream.name for stream in connector.definition.streams}
        wanted |= {part.stream for stream in connector.definition.streams for part in stream.documents}
    wanted |= {stream for name, (stream, _column) in source.names.items() if name == "left"}
    ensure(wanted <= found, f"missing in the catalogue: {len(wanted - found)}")


@rule("keys", "The catalogue's key is the declared one; its columns are there, filled, and tell rows apart.")
def keys(subject: Subject) -> None:
    """Look at the key columns of a clean source."""
    reading = subject.reading("plain")
    with subject.open(subject.sources.get("plain")) as connector:
        declared = {stream.name: stream.key for stream in connector.definition.streams}
    for name, key in declared.items():
        stream = reading.catalogue.stream(name)
        ensure(
            not key or stream.kind == "documents" or stream.key == key, f"{name}: another key than declared"
        )
        ensure(
            set(stream.key) <= {column.name for column in stream.columns}, f"{name}: a key without its column"
        )
        if name not in reading.batches:
            refs = [one.ref for one in reading.documents[name]]
            ensure(len(set(refs)) == len(refs), f"{name}: two documents with one reference")
            continue
        if stream.key:
            empty, twice = keys_of(stream, [batch.rows for batch in reading.batches[name]])
            ensure(not empty, f"{name}: a key without a value")
            ensure(not twice, f"{name}: a key twice")


@rule("schema", "Every batch has the columns of the catalogue, in its order, with its types.")
def schema(subject: Subject) -> None:
    """Compare batches with the catalogue."""
    _shaped(subject, "plain")


@rule("schema-all-null", "So has a batch in which every value is NULL.")
def schema_all_null(subject: Subject) -> None:
    """Compare batches without values with the catalogue."""
    _shaped(subject, "nulls")


def _shaped(subject: Subject, variant: Variant) -> None:
    reading = subject.reading(variant)
    if not reading.batches:
        raise NotApplicable("a share has documents, no rows")
    for name, batches in reading.batches.items():
        ensure(any(batch.rows.num_rows for batch in batches), f"{name}: nothing was read")
        stream = reading.catalogue.stream(name)
        for batch in batches:
            ensure(fits(stream, batch.rows), f"{name}: another schema than the catalogue's")


@rule("read-twice", "A second read gives the same rows and documents in the same order.")
def read_twice(subject: Subject) -> None:
    """Read twice in one session, and compare with a third read in another."""
    other = subject.reading("plain")
    with subject.open(subject.sources.get("plain")) as connector:
        for name in other.batches:
            first, second = tuple(connector.read(name)), tuple(connector.read(name))
            ensure(same_rows(first, second), f"{name}: two reads differ")
            ensure(same_rows(first, other.batches[name]), f"{name}: opened anew, it reads otherwise")
        for name, documents in other.documents.items():
            listed = [(one.ref, one.name, one.size) for one in connector.documents(name)]
            ensure(
                listed == [(one.ref, one.name, one.size) for one in documents], f"{name}: listed otherwise"
            )
