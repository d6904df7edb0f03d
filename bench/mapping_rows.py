"""The generated landing of `bench/mapping.py`: cases of the shipped AlkT mapping, nobody real in them."""

from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

RECORDS = 5
EVENTS = 2
ROWS_PER_CASE = 1 + 1 + EVENTS + 1 + RECORDS + RECORDS
PLACES = 2_000
OWNERS = 1_000
REGISTER = (
    "DiarieNr", "Löpnr", "Rubrik", "Filnamn", "Riktning", "Datum", "Makulerad", "Sekretess", "Lagrum",
    "Motpart", "SkyddadIdentitet", "Volym",
)  # fmt: skip
_EPOCH = np.datetime64("1996-01-01")


def generate(folder: Path, cases: int, bucket: int) -> None:
    """Write the files of `cases` cases, `bucket` of them in each bucket."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, table in _shared().items():
        pq.write_table(table, folder / f"{name}.parquet")
    for number, start in enumerate(range(0, cases, bucket)):
        for name, table in _bucket(start, min(bucket, cases - start)).items():
            pq.write_table(table, folder / f"{number:05d}.{name}.parquet")
    (folder / "done").touch()


def _bucket(start: int, cases: int) -> dict[str, pa.Table]:
    """Give one bucket; the numbers are spread as a hash spreads them, so that no order helps."""
    place = np.random.default_rng(start).permutation(np.arange(start, start + cases))
    diary = _numbered("", place, 7)
    made = {"db.Ärende": _cases(place, diary), "db.Ärende_Beslut": _decisions(place)}
    made["db.Ärende_Händelser"] = _events(np.repeat(place, EVENTS), _repeat(diary, EVENTS))
    register = [_register_case(place, diary)] + [
        _register_record(place, diary, at) for at in range(1, 1 + RECORDS)
    ]
    made["register.register"] = pa.concat_tables(register)
    made["share.share"] = pa.concat_tables([_documents(place, diary, at) for at in range(1, 1 + RECORDS)])
    return made


def _cases(place: np.ndarray, diary: pa.Array) -> pa.Table:
    opened = _days(place % 9_000)
    closed = _days(place % 9_000 + 40)
    return pa.table({
        "ArendeID": pa.array(place + 1),
        "ArendeTyp": _cycled(["0100", "0200", "0300"], place),
        "DiarieNr": diary,
        "ObjektID": pa.array(place % PLACES + 1),
        "OppnandeDatum": opened,
        "AvslutsDatum": closed,
        "HandlaggarID": _cycled(["JOS", "ANB", "KLE", "MAW"], place),
        "UpplagdDatum": opened,
        "AndradDatum": closed,
    })  # fmt: skip


def _decisions(place: np.ndarray) -> pa.Table:
    return pa.table({
        "BeslutsID": pa.array(place + 1),
        "ArendeID": pa.array(place + 1),
        "BeslutsTyp": _cycled(["0100", "0200"], place),
        "BeslutsDatumTid": _days(place % 9_000 + 39),
    })  # fmt: skip


def _events(place: np.ndarray, diary: pa.Array) -> pa.Table:
    key = place * EVENTS + np.tile(np.arange(EVENTS), len(place) // EVENTS) + 1
    when = _days(place % 9_000 + 3)
    return pa.table({
        "HandelseID": pa.array(key),
        "ArendeID": pa.array(place + 1),
        "ObjektID": pa.array(place % PLACES + 1),
        "DiarieNr": diary,
        "HandelseTyp": _cycled(["REMP", "REMB"], key),
        "HandelseDatumTid": when,
        "UpplagdDatum": when,
        "AndradDatum": when,
    })  # fmt: skip


def _register_case(place: np.ndarray, diary: pa.Array) -> pa.Table:
    names = _numbered("Restaurang Ankan nummer ", place % 50_000, 1)
    columns = {"Rubrik": pc.binary_join_element_wise("Ansökan om serveringstillstånd, ", names, "")}
    columns["Motpart"] = _numbered("Kund Ek ", place % 50_000, 1)
    columns["Volym"] = _cycled(["", "", "F1a:12"], place)
    return _register(diary, "0", columns)


def _register_record(place: np.ndarray, diary: pa.Array, at: int) -> pa.Table:
    return _register(diary, str(at), {
        "Rubrik": _cycled(["Ansökan", "Yttrande från polisen", "Ritning över lokalen"], place + at),
        "Motpart": _numbered("Kund Ek ", place % 50_000, 1),
        "Riktning": _cycled(["I", "U"], place + at),
        "Datum": pc.utf8_slice_codeunits(_days(place % 9_000 + at), 0, 10),
        "Filnamn": _path(place, diary, at),
        "Sekretess": _cycled(["", "", "", "S"], place + at),
        "Lagrum": _cycled(["", "", "", "OSL 30 kap. 23 §"], place + at),
    })  # fmt: skip


def _register(diary: pa.Array, number: str, columns: dict[str, pa.Array]) -> pa.Table:
    blank = pa.array([""] * len(diary))
    fixed = {
        "DiarieNr": diary,
        "Löpnr": pa.array([number] * len(diary)),
        "Makulerad": pa.array(["N"] * len(diary)),
    }
    return pa.table({name: (fixed | columns).get(name, blank) for name in REGISTER})


def _documents(place: np.ndarray, diary: pa.Array, at: int) -> pa.Table:
    refs = _path(place, diary, at)
    rows = len(refs)
    digests = _numbered("ab" * 28, place * 10 + at, 8)
    return pa.table({
        "ref": refs,
        "name": pc.binary_join_element_wise(str(at), ".pdf", pa.array([""] * rows), ""),
        "size": pa.array(place % 90_000 + 5),
        "sha256": digests,
        "crc32": pa.array(place),
        "status": pa.array(["landed"] * rows),
        "puid": pa.array(["fmt/18"] * rows),
        "format": pa.array(["Acrobat PDF"] * rows),
        "format_version": pa.array(["1.4"] * rows),
        "mime": pa.array(["application/pdf"] * rows),
        "basis": pa.array(["signature"] * rows),
    })  # fmt: skip


def _shared() -> dict[str, pa.Table]:
    places, owners = np.arange(1, PLACES + 1), np.arange(1, OWNERS + 1)
    when = "2020-01-01 00:00:00.000"
    kinds = [("A", "0100", "Tillstånd"), ("A", "0200", "Ändring"), ("A", "0300", "Tillsyn")]
    kinds += [("B", "0100", "Beviljat"), ("B ", "0200", "Avslag")]
    kinds += [("D", "REMP", "Remiss till polisen"), ("D", "REMB", "Remiss till brandförsvaret")]
    return {
        "db.Objekt": pa.table({
            "ObjektID": pa.array(places),
            "AgarID": pa.array(places % OWNERS + 1),
            "ServeringsNamn": _numbered("Uteservering ", places, 1),
            "UpplagdDatum": pa.array([when] * PLACES),
            "AndradDatum": pa.array([when] * PLACES),
        }),
        "db.Ägare": pa.table({
            "AgarID": pa.array(owners),
            "OrganisationsNr": _numbered("550000-", owners, 4),
            "Bolagsnamn": _numbered("Ankans Aktiebolag ", owners, 1),
            "UpplagdDatum": pa.array([when] * OWNERS),
            "AndradDatum": pa.array([when] * OWNERS),
        }),
        "db.Klartext": pa.table(list(map(list, zip(*kinds, strict=True))), ["Kodtyp", "Kod", "Klartext"]),
    }  # fmt: skip


def _days(days: np.ndarray) -> pa.Array:
    """Give days as the source writes them, with a time of midnight."""
    text = np.datetime_as_string(_EPOCH + days.astype("timedelta64[D]"))
    return pc.binary_join_element_wise(pa.array(text), "00:00:00.000", " ")


def _numbered(prefix: str, numbers: np.ndarray, width: int) -> pa.Array:
    text = pc.utf8_lpad(pc.cast(pa.array(numbers), pa.string()), width=width, padding="0")
    return pc.binary_join_element_wise(prefix, text, "")


def _cycled(words: list[str], numbers: np.ndarray) -> pa.Array:
    return pa.array(words).take(pa.array(numbers % len(words)))


def _repeat(column: pa.Array, times: int) -> pa.Array:
    return column.take(pa.array(np.repeat(np.arange(len(column)), times)))


def _path(place: np.ndarray, diary: pa.Array, at: int) -> pa.Array:
    year = pc.utf8_slice_codeunits(_days(place % 9_000), 0, 4)
    return pc.binary_join_element_wise(year, diary, f"{at}.pdf", "/")
