"""A small world whose every secret place holds a canary: a text that may be seen nowhere but in the archive.

Pupils of an invented school. Their personal identity numbers are invalid by checksum; nobody bears them.
"""

import sqlite3
from contextlib import closing
from pathlib import Path

DELIVERY = "provby/elevakt"
GOOD, LATE, BAD_DATE, BAD_CODE, BAD_NUMBER, CONTROL, SECRET, MISSING, TWICE, ORPHAN, HIDDEN = (
    f"19900231{serial}" for serial in range(4440, 4451)
)

CANARIES = {
    "key": GOOD,
    "key of a pupil with a later document": LATE,
    "key of a faulty pupil": BAD_DATE,
    "key of an unmapped code": BAD_CODE,
    "key of a pupil with a missing file": MISSING,
    "key that stands twice": TWICE,
    "key of a row without a pupil": ORPHAN,
    "key of a protected pupil": SECRET,
    "key in a line that cannot be read": HIDDEN,
    "name": "Kanarina Gulfjäder",
    "title": "Utredning om kanariefågelns frånvaro",
    "title with control characters": "Styrtecken kanarie\x07fågel",
    "value of a date": "den trettionde kanari",
    "value of a code": "KOD-KANARIE-7",
    "value of a number": "sju kanariefåglar",
    "file name": "omdöme kanarie.txt",
    "folder name": "Kanarieklass 7B",
    "name of a missing file": "borttappad kanarie.pdf",
    "name of an unregistered file": "oregistrerad kanarie.txt",
    "inside a document": "kanariehemlighet i en fil",
    "inside a BLOB": "kanariehemlighet i en blob",
    "name of a BLOB": "kanarieblob.txt",
    "protected name": "Skydda Kanariesson",
    "protected title": "Åtgärdsprogram för skyddad kanarie",
    "protected file": "skyddad kanarie.txt",
    "text in a line that cannot be read": "oläslig kanarie",
    "password": "lösen-kanarie-4711",
    "token": "tok_kanarie_0a1b2c3d4e5f",
}
"""What is planted, by where it is planted."""

_TABLES = """
CREATE TABLE elev (pnr TEXT, namn TEXT, rubrik TEXT, inskriven TEXT, avslutad TEXT, status TEXT,
                   klass TEXT, skyddad TEXT);
CREATE TABLE handling (id INTEGER PRIMARY KEY, pnr TEXT, nr TEXT, rubrik TEXT, fil TEXT);
CREATE TABLE bilaga (id INTEGER PRIMARY KEY, pnr TEXT, namn TEXT, innehall BLOB);
"""


def plant(folder: Path) -> dict[str, str]:
    """Write content and sources below `folder`; give the environment that the delivery needs."""
    _content(folder / "content")
    sources = folder / "sources"
    sources.mkdir(parents=True)
    _database(sources / "elever.sqlite")
    _share(sources / "mapp")
    (sources / "anteckning.csv").write_text(
        f"nr;pnr;text\n1;{GOOD};närvarande\n2;{HIDDEN};{CANARIES['text in a line that cannot be read']};för mycket;än\n",
        encoding="utf-8",
    )
    return {
        "LEVERANS_SOURCES": str(sources),
        "KANARIE_LOCATION": "elever.sqlite",
        "KANARIE_PASSWORD": CANARIES["password"],
        "KANARIE_TOKEN": CANARIES["token"],
    }


def add_late(sources: Path) -> None:
    """Add a document to a pupil, so that a second run has something to deliver."""
    with closing(sqlite3.connect(sources / "elever.sqlite")) as connection, connection:
        row = (90, LATE, "9", CANARIES["title"], None)
        connection.execute("INSERT INTO handling VALUES (?, ?, ?, ?, ?)", row)


def _database(path: Path) -> None:
    said = CANARIES
    pupils = [
        (GOOD, said["name"], said["title"], "1999-08-16", "2008-06-12", "A", "7", None),
        (LATE, said["name"], said["title"], "1999-08-16", "2008-06-12", "A", "7", None),
        (BAD_DATE, said["name"], said["title"], said["value of a date"], None, "A", "7", None),
        (BAD_CODE, said["name"], said["title"], "1999-08-16", None, said["value of a code"], "7", None),
        (BAD_NUMBER, said["name"], said["title"], "1999-08-16", None, "A", said["value of a number"], None),
        (CONTROL, said["name"], said["title with control characters"], "1999-08-16", None, "A", "7", None),
        (SECRET, said["protected name"], said["protected title"], "1999-08-16", None, "A", "7", "J"),
        (MISSING, said["name"], said["title"], "1999-08-16", "2008-06-12", "A", "7", None),
        (TWICE, said["name"], said["title"], "1999-08-16", "2008-06-12", "A", "7", None),
        (TWICE, said["name"], said["title"], "1999-08-16", "2008-06-12", "A", "7", None),
        (HIDDEN, said["name"], said["title"], "1999-08-16", "2008-06-12", "A", "7", None),
    ]
    folder = said["folder name"]
    records = [
        (1, GOOD, "1", said["title"], f"{folder}/{said['file name']}"),
        (2, SECRET, "1", said["protected title"], f"{folder}/{said['protected file']}"),
        (3, MISSING, "1", said["title"], f"{folder}/{said['name of a missing file']}"),
        (4, TWICE, "1", said["title"], None),
        (5, TWICE, "1", said["title"], None),
        (6, ORPHAN, "1", said["title"], None),
    ]
    blobs = [(1, GOOD, said["name of a BLOB"], said["inside a BLOB"].encode())]
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.executescript(_TABLES)
        connection.executemany("INSERT INTO elev VALUES (?, ?, ?, ?, ?, ?, ?, ?)", pupils)
        connection.executemany("INSERT INTO handling VALUES (?, ?, ?, ?, ?)", records)
        connection.executemany("INSERT INTO bilaga VALUES (?, ?, ?, ?)", blobs)


def _share(root: Path) -> None:
    folder = root / CANARIES["folder name"]
    folder.mkdir(parents=True)
    for name in ("file name", "protected file", "name of an unregistered file"):
        (folder / CANARIES[name]).write_text(CANARIES["inside a document"], encoding="utf-8")


def _content(root: Path) -> None:
    for path, text in _FILES.items():
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_text(text, encoding="utf-8")


_AGREEMENT = """
  id: {id}
  producer: Skolnämnden
  system: elev
  information_type: elevakt
  period: {{from: 1990-01-01, to: 2020-12-31}}
  valid: {{from: 2020-01-01}}
  checksum: SHA-256
  ownership: {{transferred: true, custody: slutarkiv}}
  signed: {{by: Skolchefen, date: 2019-12-10}}
  decisions: {{retention: [SKN 2019 § 1], secrecy: [SKN 2019 § 2]}}
"""

_FILES = {
    "connectors/elev/connector.yaml": """\
connector: 1
system: elev
system_name: Elev
kind: sql
streams:
  elev: {key: [pnr], personal: true, root: {by: [pnr]}}
  handling: {key: [id], root: {via: elev, on: {pnr: pnr}}}
  bilaga:
    key: [id]
    root: {via: elev, on: {pnr: pnr}}
    documents: [{column: innehall, name: namn, stream: bilaga_innehall}]
""",
    "connectors/mapp/connector.yaml": """\
connector: 1
system: mapp
system_name: Mapp
kind: share
streams:
  mapp: {root: {by: [ref]}}
""",
    "connectors/anteckning/connector.yaml": """\
connector: 1
system: anteckning
system_name: Anteckningar
kind: flat
options: {delimiter: ";", encoding: utf-8}
streams:
  anteckning: {key: [nr], root: {by: [pnr]}}
""",
    "mappings/elev/codes/status.csv": "kod;term\nA;avslutad\n",
    "mappings/elev/elevakt.yaml": """\
mapping: 1
id: elev-elevakt
title: Elevakter
information_type: elevakt
sources: [db, mapp, lista]
partition: {by: inskriven, take: year}
codes:
  status: {file: codes/status.csv, key: kod, value: term}
entities:
  elevakt:
    model: case
    from: db.elev
    key: [pnr]
    personal: true
    fields:
      reference_code: {from: pnr, required: true}
      title: {from: rubrik, required: true}
      type: {from: status, code: status}
      opened: {from: inskriven, date: "%Y-%m-%d", required: true}
      closed: {from: avslutad, date: "%Y-%m-%d"}
    agents:
      - fields:
          type: {constant: counterpart}
          name: {from: namn}
          protected_identity: {choose: [{when: {skyddad: {in: [J]}}, constant: sekretessmarkering}]}
    events:
      - from: lista.anteckning
        on: {pnr: pnr}
        order: [nr]
        fields:
          kind: {constant: event}
          type: {from: text}
    extras:
      Klass: {from: klass, type: int}
    restrict:
      secrecy: [{otherwise: true, none: true}]
      personal_data: [{otherwise: true, web: none}]
      copyright: [{otherwise: true, web: full}]
    children:
      handlingar: {entity: record, on: {pnr: pnr}, order: [nr, id]}
      bilagor: {entity: bilaga, on: {pnr: pnr}, order: [id]}
  record:
    from: db.handling
    key: [id]
    fields:
      number: {from: nr, type: int}
      title: {from: rubrik, required: true}
    restrict:
      secrecy: [{otherwise: true, none: true}]
    children:
      fil: {entity: fil, same_row: true}
  fil:
    model: file
    from: db.handling
    key: [id]
    fields:
      content: {document: mapp.mapp, by: fil, missing: quarantine, empty: quarantine, absent: skip}
    restrict:
      copyright: [{otherwise: true, web: metadata}]
  bilaga:
    model: record
    from: db.bilaga
    key: [id]
    fields:
      number: {from: id, type: int}
      title: {from: namn, required: true}
    restrict:
      secrecy: [{otherwise: true, none: true}]
    children:
      blob: {entity: blob, same_row: true}
  blob:
    model: file
    from: db.bilaga
    key: [id]
    fields:
      content: {document: db.bilaga_innehall, by: id, missing: quarantine}
    drop:
      innehall: {technical: filen själv}
    restrict:
      copyright: [{otherwise: true, web: metadata}]
checks:
  - id: ELE-001
    on: elevakt
    order: [opened, closed]
    severity: quarantine
    text: {sv: Avslutad före inskrivningen, en: Closed before opened}
""",
    "municipalities/provby/municipality.yaml": """\
municipality: 1
name: Provby kommun
organisation_number: 212000-2213
archival_authority: Kommunstyrelsen
preservation_organisation: {name: E-arkivcentrum, organisation_number: 212000-2213}
creators:
  - {name: Skolnämnden, code: SKN, from: 1980-01-01}
""",
    "municipalities/provby/elevakt.yaml": f"""\
delivery: 1
system: elev
information_type: elevakt
producer: Skolnämnden
creators: [Skolnämnden]
mapping: elev/elevakt
profile: fgs-2.0
period: {{from: 1990-01-01, to: 2020-12-31}}
schedule: yearly
waivers:
  - {{name: untested, reason: påhittad leverans för prov, by: Provaren, date: 2026-01-01}}
sources:
  db:
    connector: elev
    location: {{env: KANARIE_LOCATION}}
    secrets: {{password: {{env: KANARIE_PASSWORD}}, token: {{env: KANARIE_TOKEN}}}}
  mapp:
    connector: mapp
    location: mapp
    root:
      mapp: {{via: db.handling, on: {{ref: fil}}}}
  lista: {{connector: anteckning, location: anteckning.csv}}
agreement:{_AGREEMENT.format(id="PROVBY-1")}
protected:
  approver: Arkivarien
  agreement:{_AGREEMENT.format(id="PROVBY-2").replace(chr(10) + "  ", chr(10) + "    ")}
""",
}
