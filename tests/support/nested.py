"""Made-up sources whose data are nested: SS 12000 pages, grades, personal files in FGS with data of their own.

Every person is invented; the numbers have wrong check digits.
"""

import json
from dataclasses import dataclass, field
from pathlib import Path
from random import Random

FIRST = ("Prova", "Prov", "Testa", "Test", "Exempla")
LAST = ("Provdotter", "Provson", "Testdotter", "Testson", "Exempelsson")


def wrong_number(year: int, number: int) -> str:
    """Give a personal number that cannot be anyone's: its check digit is wrong."""
    digits = f"{year % 100:02}0101{number % 1000:03}"
    total = sum(sum(divmod(int(digit) * (2 - place % 2), 10)) for place, digit in enumerate(digits))
    return f"{year}0101{number % 1000:03}{(11 - total % 10) % 10}"


def pdf(words: str) -> bytes:
    """Give a small PDF that says some words."""
    stream = f"BT /F1 12 Tf 72 720 Td ({words}) Tj ET".encode("latin-1", "replace")
    parts = [
        b"<< /Type /Catalog /Pages 2 0 R >>",
        b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        (
            b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents 4 0 R "
            b"/Resources << /Font << /F1 5 0 R >> >> >>"
        ),
        b"<< /Length %d >>\nstream\n%s\nendstream" % (len(stream), stream),
        b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>",
    ]
    made, places = b"%PDF-1.4\n", []
    for number, part in enumerate(parts, start=1):
        places.append(len(made))
        made += b"%d 0 obj\n%s\nendobj\n" % (number, part)
    table = b"".join(b"%010d 00000 n \n" % place for place in places)
    size = len(parts) + 1
    return made + b"xref\n0 %d\n0000000000 65535 f \n%strailer\n<< /Size %d /Root 1 0 R >>\nstartxref\n%d\n%%%%EOF\n" % (
        size, table, size, len(made),
    )  # fmt: skip


@dataclass
class School:
    """What lies in the pages.

    Attributes:
        persons: id → the person as it was given last.
        deleted: ids that the source has deleted.
        protected: ids of persons who are protected.
        memberships: person's id → names of groups.
    """

    persons: dict[str, dict] = field(default_factory=dict)
    deleted: set[str] = field(default_factory=set)
    protected: set[str] = field(default_factory=set)
    memberships: dict[str, list[str]] = field(default_factory=dict)


def school(folder: Path, *, persons: int, seed: int, page: int = 10) -> School:
    """Write pages as the API gives them; what was changed between two pulls stands in both."""
    random, truth = Random(seed), School()  # made-up data
    folder.mkdir(parents=True)
    unit = uuid(random)
    everyone = [person(random, number, unit) for number in range(persons)]
    pages = [everyone[start : start + page] for start in range(0, persons, page)]
    changed = [dict(one, middleName="Ändrad", meta=dict(one["meta"], modified="2025-06-01T10:00:00+02:00"))
               for one in everyone[:2]]  # fmt: skip
    for number, held in enumerate([*pages, changed], start=1):
        token = {} if number == len(pages) + 1 else {"pageToken": f"t{number}"}
        write(folder / f"persons-{number:03}.json", {"data": held, **token})
    truth.persons = {one["id"]: one for one in [*everyone, *changed]}
    truth.deleted = {everyone[-1]["id"]}
    truth.protected = {
        key for key, one in truth.persons.items() if one.get("securityMarking", "Ingen").lower() != "ingen"
    }
    groups = [group(random, number, unit, everyone, truth) for number in range(3)]
    write(folder / "groups-001.json", {"data": groups})
    school_unit = {"id": unit, "displayName": "Provskolan", "schoolUnitCode": "00000000", "meta": meta(1)}
    write(folder / "organisations-001.json", {"data": [school_unit]})
    gone = {
        "persons": sorted(truth.deleted),
        "groups": [],
        "duties": [],
        "activitites": [],
        "organisations": [],
    }
    write(folder / "deletedEntities-001.json", {"data": gone})
    return truth


def person(random: Random, number: int, unit: str) -> dict:
    """Make a pupil."""
    made = {
        "id": uuid(random), "meta": meta(number), "givenName": random.choice(FIRST),
        "familyName": random.choice(LAST), "eduPersonPrincipalNames": [f"elev{number}@example.com"],
        "civicNo": {"value": wrong_number(2010, number), "nationality": random.choice(["SE", "SWE", "se"])},
        "emails": [{"value": f"elev{number}@example.com", "type": "Skola elev"}],
        "enrolments": [{"enroledAt": {"id": unit, "displayName": "Provskolan"}, "schoolYear": number % 9 + 1,
                        "schoolType": random.choice(["GR", "gr", "Gr"]), "cancelled": False,
                        "startDate": "2018-08-20"}],
    }  # fmt: skip
    if number % 7 == 3:
        made["securityMarking"] = random.choice(
            ["Sekretessmarkering", "SEKRETESSMARKERING", "Skyddad folkbokföring"]
        )
    elif number % 2:
        made["securityMarking"] = random.choice(["Ingen", "ingen"])
    if number % 5 == 0:
        made["externalIdentifiers"] = [
            {"value": f"x{number}", "context": "https://example.com", "globallyUnique": True}
        ]
    return made


def group(random: Random, number: int, unit: str, everyone: list[dict], truth: School) -> dict:
    """Make a class with some of the pupils."""
    name = f"{number + 1}A"
    members = [one["id"] for one in everyone if random.random() < 0.5]
    for key in members:
        truth.memberships.setdefault(key, []).append(name)
    return {
        "id": uuid(random), "meta": meta(number), "displayName": name,
        "groupType": ["Klass", "KLASS", "Undervisning"][number % 3], "schoolType": "GR",
        "organisation": {"id": unit, "displayName": "Provskolan"},
        "groupMemberships": [{"person": {"id": key, "displayName": "Prov"}} for key in members],
    }  # fmt: skip


def meta(number: int) -> dict:
    """Give when an entity was made and changed."""
    return {
        "created": f"{2018 + number % 3}-08-{number % 28 + 1:02}T08:00:00+02:00",
        "modified": "2024-06-01T10:00:00+02:00",
    }


def uuid(random: Random) -> str:
    """Give an id."""
    text = f"{random.getrandbits(128):032x}"
    return f"{text[:8]}-{text[8:12]}-4{text[13:16]}-8{text[17:20]}-{text[20:]}"


def write(path: Path, value: object) -> None:
    """Write a page."""
    path.write_text(json.dumps(value, ensure_ascii=False, indent=1), encoding="utf-8")


@dataclass
class Exported:
    """What lies in an export of XML and files.

    Attributes:
        objects: ids in the order of the export.
        files: reference → bytes.
        closed: ids of objects that are closed.
        records: number of records of all objects that are delivered.
    """

    objects: list[str] = field(default_factory=list)
    files: dict[str, bytes] = field(default_factory=dict)
    closed: set[str] = field(default_factory=set)
    records: int = 0


def grades(folder: Path, *, pupils: int, seed: int) -> Exported:
    """Write an export of grades: one object per pupil, one PDF per document."""
    random, truth, parts = Random(seed), Exported(), []
    for number in range(pupils):
        key, year = f"B{number:05}", 1998 + number % 3
        name = f"{random.choice(FIRST)} {random.choice(LAST)}"
        papers = ""
        for place in range(1 + number % 2):
            ref = f"betyg/{key}-{place}.pdf"
            truth.files[ref] = pdf(f"Slutbetyg {name} {place}")
            truth.records += 1
            papers += (
                f"<handling><handlingstyp>{('Slutbetyg', 'Utdrag')[place]}</handlingstyp><utfardat_ar>{year}</utfardat_ar>"
                f"<utfardat_datum>{year}-06-10</utfardat_datum><fil>{ref}</fil></handling>"
            )
        courses = "".join(
            f"<kurs><kurskod>{code}</kurskod><kursnamn>{words}</kursnamn><poang>100</poang><betyg>{random.choice(['G', 'VG', 'MVG'])}</betyg>"
            f"<betygsdatum>{year}-05-20</betygsdatum></kurs>"
            for code, words in (("MA201", "Matematik A"), ("SV201", "Svenska A"))
        )
        first, last = name.split()
        parts.append(
            f"<betygsobjekt><id>{key}</id><pnr>{wrong_number(1980, number)}</pnr><utfardat_ar>{year}</utfardat_ar>"
            f"<utfardat_datum>{year}-06-10</utfardat_datum><elevinformation><efternamn>{last}</efternamn>"
            f"<fornamn>{first}</fornamn><personnummer>{wrong_number(1980, number)}</personnummer></elevinformation>"
            f"<utbildningsinformation><arskurs>3</arskurs><huvudmannaskap>Provkommunen</huvudmannaskap><klass>3A</klass>"
            f"<program_linje>Naturvetenskap</program_linje><skolnamn>Provskolan</skolnamn>"
            f"<utbildningsniva>Gymnasieskola</utbildningsniva></utbildningsinformation>{papers}<kurser>{courses}</kurser></betygsobjekt>"
        )
        truth.objects.append(key)
    save(folder, "betyg", f"<leverans>{''.join(parts)}</leverans>", truth.files)
    return truth


def erms(folder: Path, *, files: int, seed: int) -> Exported:
    """Write an FGS export with the system's own data: one object per person's file."""
    random, truth, parts = Random(seed), Exported(), []
    for number in range(files):
        key, year = f"V-{number:04}", 2001 + number % 3
        is_open = number % 6 == 5
        ref = f"akter/{key}/bilaga.pdf"
        truth.files[ref] = pdf(f"Bilaga {number}")
        truth.objects.append(key)
        if not is_open:
            truth.closed.add(key)
            truth.records += 2
        ended = "" if is_open else f"<ca:Avslutad>{year + 2}-02-03</ca:Avslutad>"
        parts.append(
            f"<ArkivobjektArende><ArkivobjektID>{key}</ArkivobjektID><Arendemening>Stöd till enskild {number}</Arendemening>"
            f"<TillkommandeXMLdata><ca:ArendeInfo><ca:Arendetyp>Bistånd</ca:Arendetyp><ca:ExtraID>{number}</ca:ExtraID>"
            f"<ca:Personnummer>{wrong_number(1970, number)}</ca:Personnummer><ca:Förnamn>{random.choice(FIRST)}</ca:Förnamn>"
            f"<ca:Efternamn>{random.choice(LAST)}</ca:Efternamn><ca:Skapad>{year}-01-02</ca:Skapad><ca:Öppnad>{year}-01-02</ca:Öppnad>{ended}"
            f"<ca:Handläggning><ca:Enhet>Vuxenenheten</ca:Enhet><ca:Handläggare><ca:VisningsNamn>Prov Handläggarsson</ca:VisningsNamn>"
            f"</ca:Handläggare></ca:Handläggning><ca:Handlingar><ca:Ekonomi/><ca:Bilagor><ca:Bilaga><ca:Namn>Bilaga</ca:Namn>"
            f"<ca:Filnamn>bilaga.pdf</ca:Filnamn><ca:Länk>{ref}</ca:Länk><ca:Skapad>{year}-01-03</ca:Skapad></ca:Bilaga></ca:Bilagor>"
            f"<ca:Anteckningar><ca:Anteckning><ca:Rubrik>Samtal</ca:Rubrik><ca:Text>Påhittad anteckning</ca:Text>"
            f"<ca:Händelsedatum>{year}-01-04</ca:Händelsedatum></ca:Anteckning></ca:Anteckningar></ca:Handlingar></ca:ArendeInfo>"
            f"</TillkommandeXMLdata></ArkivobjektArende>"
        )
    text = (
        '<Leveransobjekt xmlns="http://xml.ra.se/e-arkiv/FGS-ERMS" xmlns:ca="urn:viva:arendeinfo">'
        f"<ArkivobjektListaArenden>{''.join(parts)}</ArkivobjektListaArenden></Leveransobjekt>"
    )
    save(folder, "ermsxml", text, truth.files)
    return truth


def save(folder: Path, name: str, text: str, files: dict[str, bytes]) -> None:
    """Write an export: its XML in one folder, its files in another."""
    (folder / name).mkdir(parents=True)
    (folder / name / "export.xml").write_text(
        f'<?xml version="1.0" encoding="UTF-8"?>\n{text}', encoding="utf-8"
    )
    for ref, data in files.items():
        path = folder / f"{name}-filer" / ref
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
