"""A made-up Ciceron: the real columns of its database, its FGS export, and the faults that real ones have.

    python -m tests.support.ciceron FOLDER [--cases N] [--seed N]

Every person, unit and case is invented. What the mapping must find stands in `Truth`.
"""

import argparse
import contextlib
import sqlite3
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from random import Random
from xml.sax.saxutils import escape, quoteattr

NAMESPACE = "http://xml.ra.se/e-arkiv/FGS-ERMS"
DATABASE, EXPORT = "ciceron.sqlite", "ciceron-fgs.sqlite"
TABLES = {
    "arende": "diarienr mod_dat ankomst_dat reg_dat beslut_dat plan_beslut_dat avslut_dat bevak_dat exp_dat"
    " bekraft_dat makulerat_datum enhet_kod usrsign_handl usrsign_reg usrsign_senast agare_usrsign arende_mening",
    "atgard": "diarienr atgardsnr mod_dat atgard_text enhet_kod agare_usrsign reg_dat ink_dat utg_dat",
    "anvandare": "usrsign usr_namn usr_enhet mod_dat",
    "enhet": "enhet_kod enhet_namn ansv_usrsign aktiv mod_dat",
}
"""The tables and columns that a reader of the real database uses (data/facts/ciceron_diabas_columns.csv)."""

KEYS = {"arende": "diarienr", "atgard": "diarienr, atgardsnr", "anvandare": "usrsign", "enhet": "enhet_kod"}
LAWS = ("OSL 25 kap. 1 §", "OSL 26 kap. 1 §", "OSL 19 kap. 1 §")
LAYOUTS = ("%Y-%m-%d %H:%M:%S.%f", "%Y%m%d %H:%M:%S", "%Y-%m-%d")
"""The notations of mod_dat: 20 characters or more, 17, fewer."""

_FIRST = ("Provia", "Tolvan", "Exempla", "Påhitt", "Åskådlig", "Öde")
_LAST = ("Provsson", "Tolvansson", "Exempelgren", "Påhittsberg", "Låtsasdotter")
_MATTERS = (
    "Ansökan om bidrag",
    "Remiss om detaljplan",
    "Upphandling av måltider",
    "Medborgarförslag",
    "Avtal",
)
_CLASSES = ("00", "04", "21", "70")
_START = datetime(2011, 1, 3, 8)  # noqa: DTZ001  # the source's times have no zone


@dataclass
class Truth:
    """What lies in a made-up Ciceron."""

    cases: set[str] = field(default_factory=set)
    cancelled: set[str] = field(default_factory=set)
    secret: dict[str, str] = field(default_factory=dict)
    protected: set[str] = field(default_factory=set)
    entries: int = 0
    orphans: set[tuple[str, int]] = field(default_factory=set)
    unexported: set[str] = field(default_factory=set)
    bad_mod_dat: set[str] = field(default_factory=set)
    files: dict[str, bytes] = field(default_factory=dict)
    layouts: dict[str, int] = field(default_factory=dict)


def build(folder: Path, *, cases: int = 40, seed: int = 1) -> Truth:
    """Write both databases into a folder; the same numbers give the same bytes."""
    maker = _Maker(Random(seed))
    for number in range(1, cases + 1):
        maker.case(number, cases)
    maker.orphan(cases + 1)
    folder.mkdir(parents=True, exist_ok=True)
    maker.write(folder)
    return maker.truth


class _Maker:
    def __init__(self, random: Random) -> None:
        self.random = random
        self.truth = Truth()
        self.people = [f"{first} {last}" for first in _FIRST for last in _LAST]
        self.rows: dict[str, list[dict[str, object]]] = {name: [] for name in TABLES}
        self.documents: list[tuple[str, str]] = []
        self.files: list[tuple[str, str, str, bytes]] = []
        for code, name in (("KSK", "Kommunkansliet"), ("SBF", "Stadsbyggnad"), ("ÄLD", "Äldreomsorg")):
            self.rows["enhet"].append(
                {
                    "enhet_kod": code,
                    "enhet_namn": name,
                    "ansv_usrsign": "PP",
                    "aktiv": 1,
                    "mod_dat": "2010-01-01",
                }
            )
        for sign, name, unit in (("PP", self.people[0], "KSK"), ("TT", self.people[6], "SBF")):
            self.rows["anvandare"].append(
                {"usrsign": sign, "usr_namn": name, "usr_enhet": unit, "mod_dat": "20100101 08:00:00"}
            )

    def case(self, number: int, cases: int) -> None:
        when = _START + timedelta(days=number * 3, minutes=number * 7)
        key = f"{when.year}{number:05}"
        row: dict[str, object] = {
            "diarienr": key, "mod_dat": self.changed(when), "ankomst_dat": stamp(when),
            "reg_dat": stamp(when + timedelta(hours=1)), "enhet_kod": self.random.choice(["KSK", "SBF", "ÄLD"]),
            "usrsign_handl": self.random.choice(["PP", "TT", "BORTA"]), "usrsign_reg": "PP",
            "usrsign_senast": "TT", "agare_usrsign": "PP",
            "arende_mening": f"{self.random.choice(_MATTERS)} nr {number}",
        }  # fmt: skip
        for days, column in (
            (5, "bekraft_dat"), (20, "plan_beslut_dat"), (25, "bevak_dat"), (30, "beslut_dat"), (31, "exp_dat"),
            (40, "avslut_dat"),
        ):  # fmt: skip
            row[column] = stamp(when + timedelta(days=days)) if self.random.random() < 0.8 else None
        self.truth.cases.add(key)
        if number % 13 == 5:
            row["makulerat_datum"] = stamp(when + timedelta(days=2))
            self.truth.cancelled.add(key)
        if number == cases:
            row["mod_dat"] = "3/4/2011"
            self.truth.bad_mod_dat.add(key)
        self.rows["arende"].append(row)
        self.below(key, number, when, exported=number != cases - 1)

    def below(self, key: str, number: int, when: datetime, *, exported: bool) -> None:
        """Write the entries of a case and its document of the export."""
        law = self.random.choice(LAWS) if number % 4 == 0 else ""
        if law:
            self.truth.secret[key] = law
        protected = number % 17 == 8
        if protected:
            self.truth.protected.add(key)
        parts = [
            self.entry(
                key, number, when + timedelta(days=number, hours=number), protected=protected and number == 1
            )
            for number in range(1, self.random.randint(2, 5))
        ]
        if not exported:
            self.truth.unexported.add(key)
            return
        self.documents.append((key, self.document(key, number, law, "".join(parts))))

    def entry(self, key: str, number: int, when: datetime, *, protected: bool) -> str:
        way = self.random.choice(["INK", "UTG", "UPPR"])
        self.rows["atgard"].append(
            {"diarienr": key, "atgardsnr": number, "mod_dat": self.changed(when), "enhet_kod": "KSK",
             "atgard_text": f"{way.capitalize()} skrivelse {number}", "agare_usrsign": "TT", "reg_dat": stamp(when),
             "ink_dat": stamp(when) if way == "INK" else None, "utg_dat": stamp(when) if way == "UTG" else None}
        )  # fmt: skip
        self.truth.entries += 1
        person = f"<Namn>{escape(self.random.choice(self.people))}</Namn>"
        person += "<SkyddadIdentitet>true</SkyddadIdentitet>" if protected else ""
        party = {"INK": f"<Avsandare>{person}</Avsandare>", "UTG": f"<Mottagare>{person}</Mottagare>"}.get(
            way, f"<Avsandare>{person}</Avsandare>" if protected else ""
        )
        secret = key in self.truth.secret and number == 1
        return (
            f"<ArkivobjektHandling><ArkivobjektID>{key}-{number}</ArkivobjektID><Lopnummer>{number}</Lopnummer>"
            f"<Handlingstyp>{way}</Handlingstyp><StatusHandling>Registrerad</StatusHandling>"
            f"<Beskrivning>Skrivelse {number} i ärendet</Beskrivning><Skapad>{when:%Y-%m-%d}</Skapad>{party}"
            f"{restriction(self.truth.secret[key]) if secret else ''}{self.file(key, number)}</ArkivobjektHandling>"
        )

    def file(self, key: str, number: int) -> str:
        if number % 2 == 0:
            return ""
        name, link = f"skrivelse {number} åäö.txt", f"Bilagor\\{key}\\{number}.txt"
        content = f"Skrivelse {number} i ärende {key}\n".encode()
        self.truth.files[link] = content
        self.files.append((key, link, name, content))
        return f"<Bilaga Namn={quoteattr(name)} Lank={quoteattr(link)}/>"

    def document(self, key: str, number: int, law: str, parts: str) -> str:
        place = f"F1:{number}" if number % 3 == 0 else ""
        own = {"Programområde": "Kommunledning", "Förvaringsplats": place, "Avslutsorsak": "Beslut"}
        elements = "".join(
            f"<EgetElement Namn={quoteattr(name)}><Varde>{escape(value)}</Varde></EgetElement>"
            for name, value in own.items()
            if value
        )
        return (
            f'<?xml version="1.0" encoding="UTF-8"?>\n<ArkivobjektArende xmlns="{NAMESPACE}">'
            f"<ArkivobjektID>{key}</ArkivobjektID><ArendeTyp>Ärende</ArendeTyp>"
            f"<Klass>{self.random.choice(_CLASSES)}</Klass><Motpart><Namn>{escape(self.random.choice(self.people))}"
            f"</Namn></Motpart><Agent><Roll>Föredragande</Roll><Namn>{escape(self.people[3])}</Namn></Agent>"
            f"{restriction(law) if law else ''}<EgnaElement>{elements}</EgnaElement>"
            f"<ArkivobjektListaHandlingar>{parts}</ArkivobjektListaHandlingar></ArkivobjektArende>"
        )

    def orphan(self, number: int) -> None:
        """An entry of a case that is not there."""
        key = f"{_START.year}{number + 90000:05}"
        self.rows["atgard"].append(
            {"diarienr": key, "atgardsnr": 1, "mod_dat": "2011-05-05", "atgard_text": "Utan ärende",
             "enhet_kod": "KSK", "agare_usrsign": "PP", "reg_dat": stamp(_START), "ink_dat": stamp(_START)}
        )  # fmt: skip
        self.truth.orphans.add((key, 1))

    def changed(self, when: datetime) -> str:
        layout = self.random.choice(LAYOUTS)
        self.truth.layouts[layout] = self.truth.layouts.get(layout, 0) + 1
        return when.strftime(layout)[: 23 if "%f" in layout else None]

    def write(self, folder: Path) -> None:
        with contextlib.closing(sqlite3.connect(folder / DATABASE)) as connection, connection:
            for table, columns in TABLES.items():
                names = columns.split()
                kinds = ", ".join(
                    f"{name} integer" if name in {"atgardsnr", "aktiv"} else f"{name} text" for name in names
                )
                connection.execute(f"create table {table} ({kinds}, primary key ({KEYS[table]}))")
                marks = ", ".join("?" * len(names))
                rows = [tuple(row.get(name) for name in names) for row in self.rows[table]]
                connection.executemany(f"insert into {table} values ({marks})", rows)
        with contextlib.closing(sqlite3.connect(folder / EXPORT)) as connection, connection:
            connection.execute("create table arende (diarienr text primary key, dokument text not null)")
            connection.execute(
                "create table bilaga (lank text primary key, diarienr text, namn text, innehall blob)"
            )
            connection.executemany("insert into arende values (?, ?)", self.documents)
            connection.executemany(
                "insert into bilaga (diarienr, lank, namn, innehall) values (?, ?, ?, ?)", self.files
            )


def restriction(law: str) -> str:
    """Give the element of secrecy."""
    return f'<Restriktion Typ="Sekretess"><Lagrum>{law}</Lagrum></Restriktion>'


def stamp(when: datetime) -> str:
    """Give a time as the database's driver writes it, with milliseconds."""
    return when.strftime("%Y-%m-%d %H:%M:%S.%f")[:23]


def main() -> None:
    """Write a made-up Ciceron where somebody wants it."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--cases", type=int, default=40)
    parser.add_argument("--seed", type=int, default=1)
    given = parser.parse_args()
    build(given.folder, cases=given.cases, seed=given.seed)


if __name__ == "__main__":
    main()
