"""Packages by FGS Ärendehantering 1.0: made-up cases in a zip with their files and a METS document."""

import hashlib
import zipfile
from pathlib import Path

SPACE = "http://xml.ra.se/e-arkiv/FGS-ERMS"
_METS = (
    '<mets xmlns="http://www.loc.gov/METS/" xmlns:xlink="http://www.w3.org/1999/xlink"><metsHdr/><fileSec><fileGrp>{}'
    "</fileGrp></fileSec></mets>"
)
_FILE = '<file ID="f{}" CHECKSUM="{}" CHECKSUMTYPE="SHA-256"><FLocat LOCTYPE="URL" xlink:href="file:///{}"/></file>'


def pack(path: Path, document: str, files: dict[str, bytes], *, damaged: str = "") -> Path:
    """Write a package; the METS document promises other bytes of the file called `damaged`."""
    path.parent.mkdir(parents=True, exist_ok=True)
    told = "".join(
        _FILE.format(at, hashlib.sha256(b"x" if name == damaged else data).hexdigest(), name)
        for at, (name, data) in enumerate(files.items())
    )
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as made:
        made.writestr("arendehantering.xml", document)
        made.writestr("sip.xml", _METS.format(told))
        for name, data in files.items():
            made.writestr(name, data)
    return path


def packages(folder: Path) -> Path:
    """Write one package of two made-up cases: one with a protected sender, one whose file is not what was promised."""
    case = (
        "<ArkivobjektArende><ArkivobjektID>{0}</ArkivobjektID><ArendeTyp>BL</ArendeTyp><Avslutat>2021-05-0{1}</Avslutat>"
        "<Klass>F2 Bygglov</Klass><Skapad>2021-01-0{1}</Skapad><StatusArande>Stängt</StatusArande>"
        "<Arendemening>Prov {1}, å</Arendemening><ArkivobjektListaHandlingar><ArkivobjektHandling>"
        "<ArkivobjektID>h{1}</ArkivobjektID><Handlingstyp>S</Handlingstyp>{2}<Rubrik>Ritning</Rubrik>"
        '<Skapad>2021-01-0{1}</Skapad><Bilaga Namn="ritning {1}.pdf" Lank="Bilagor\\{1}.pdf"/></ArkivobjektHandling>'
        "</ArkivobjektListaHandlingar></ArkivobjektArende>"
    )
    sender = "<Avsandare><Namn>Åsa Påhittsson</Namn><SkyddadIdentitet>true</SkyddadIdentitet></Avsandare>"
    cases = case.format("BYGG 2021-000001", 1, sender) + case.format("BYGG 2021-000002", 2, "")
    document = f'<Leveransobjekt xmlns="{SPACE}"><ArkivobjektListaArenden>{cases}</ArkivobjektListaArenden></Leveransobjekt>'
    files = {"Bilagor/1.pdf": b"%PDF-1.4 1\n", "Bilagor/2.pdf": b"%PDF-1.4 2\n"}
    pack(folder / "2.zip", document, files, damaged="Bilagor/2.pdf")
    return folder
