"""Small packages, valid to the last word, that a test can spoil at one place.

::

    package = Builder()
    package.change("METS.xml", lambda text: text.replace('RECORDSTATUS="NEW"', 'RECORDSTATUS="BANANA"'))
    path = package.folder(tmp_path)

A change is made before the documents that vouch for the changed one are written, so that only its own rule
is broken; `spoil` works on the finished tree, so that fixity breaks.
"""

import hashlib
import shutil
import zipfile
from collections.abc import Callable
from pathlib import Path

NAME = "uuid-11111111-2222-4333-8444-555555555555"
REP = "representations/rep1"
ROOT, REPRESENTATION, ERMS = "METS.xml", f"{REP}/METS.xml", f"{REP}/data/ERMS.xml"
PREMIS, EAD, RIGHTS = (
    f"{REP}/metadata/preservation/premis.xml",
    "metadata/descriptive/ead.xml",
    "metadata/other/rights.txt",
)
DOCUMENT, SCHEMA = "documentation/about.txt", "schemas/own.xsd"
LETTER, PICTURE = f"{REP}/data/KS-2003-1/brev.txt", f"{REP}/data/KS-2003-1/bild.png"
WHEN = "2026-01-01T12:00:00Z"
NAMESPACES = (
    'xmlns="http://www.loc.gov/METS/" xmlns:csip="https://DILCIS.eu/XML/METS/CSIPExtensionMETS" '
    'xmlns:sip="https://DILCIS.eu/XML/METS/SIPExtensionMETS" xmlns:xlink="http://www.w3.org/1999/xlink" '
    'xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"'
)
PROFILES = {
    "2.1.0": ("https://earksip.dilcis.eu/profile/E-ARK-SIP.xml", "citserms_v2_1"),
    "2.2.0": ("https://earksip.dilcis.eu/profile/E-ARK-SIP-v2-2-0.xml", "citserms_v3_0"),
}
FINDING_AID = """<ead xmlns="http://ead3.archivists.org/schema/"><control><recordid>1</recordid>
<filedesc><titlestmt><titleproper>Prov</titleproper></titlestmt></filedesc><maintenancestatus value="new"/>
<maintenanceagency><agencyname>Prov</agencyname></maintenanceagency><maintenancehistory><maintenanceevent>
<eventtype value="created"/><eventdatetime>2026</eventdatetime><agenttype value="machine"/><agent>Prov</agent>
</maintenanceevent></maintenancehistory></control>
<archdesc level="collection"><did><unittitle>Prov</unittitle></did></archdesc></ead>
"""
Change = Callable[[str], str]


class Builder:
    """One package in the making."""

    def __init__(self, version: str = "2.1.0") -> None:
        self.version = version
        self.profile, self.kind = PROFILES[version]
        self.name = NAME
        self.changes: list[tuple[str, Change]] = []
        self.spoilers: list[Callable[[dict[str, bytes]], None]] = []

    def change(self, path: str, change: Change) -> "Builder":
        self.changes.append((path, change))
        return self

    def spoil(self, spoiler: Callable[[dict[str, bytes]], None]) -> "Builder":
        self.spoilers.append(spoiler)
        return self

    def tree(self) -> dict[str, bytes]:
        tree: dict[str, bytes] = {}

        def add(path: str, text: str) -> None:
            for changed, change in self.changes:
                if changed == path:
                    before, text = text, change(text)
                    assert text != before, f"the change of {path} changes nothing"
            tree[path] = text.encode("utf-8", "surrogateescape")

        add(LETTER, "Hej, här är ett brev.\n")
        add(PICTURE, "no real picture")
        add(DOCUMENT, "Om leveransen.\n")
        add(SCHEMA, "<xs:schema xmlns:xs='http://www.w3.org/2001/XMLSchema'/>\n")
        add(EAD, FINDING_AID)
        add(RIGHTS, "CC0\n")
        add(ERMS, erms(self.version))
        add(PREMIS, premis(tree))
        add(REPRESENTATION, representation(tree, self.profile, self.kind))
        add(ROOT, root(tree, self.profile, self.kind))
        for spoiler in self.spoilers:
            spoiler(tree)
        return tree

    def folder(self, where: Path) -> Path:
        target = where / self.name
        shutil.rmtree(target, ignore_errors=True)
        for path, content in self.tree().items():
            full = target / path
            full.parent.mkdir(parents=True, exist_ok=True)
            full.write_bytes(content)
        return target

    def zip(self, where: Path, compression: int = zipfile.ZIP_STORED) -> Path:
        target = where / f"{self.name}.zip"
        with zipfile.ZipFile(target, "w", compression) as container:
            for path, content in self.tree().items():
                container.writestr(f"{self.name}/{path}", content)
        return target


def fixity(content: bytes, mime: str = "text/plain") -> str:
    digest = hashlib.sha256(content).hexdigest()
    return (
        f'MIMETYPE="{mime}" SIZE="{len(content)}" CREATED="{WHEN}" CHECKSUM="{digest}" CHECKSUMTYPE="SHA-256"'
    )


def reference(content: bytes, href: str, kind: str, mime: str = "application/xml") -> str:
    other = ' OTHERMDTYPE="RIGHTS"' if kind == "OTHER" else ""
    return (
        f'<mdRef LOCTYPE="URL" xlink:type="simple" xlink:href="{href}" MDTYPE="{kind}"{other} '
        f"{fixity(content, mime)}/>"
    )


def file(identifier: str, content: bytes, href: str, mime: str = "text/plain") -> str:
    return (
        f'<file ID="{identifier}" {fixity(content, mime)}>\n'
        f'<FLocat LOCTYPE="URL" xlink:type="simple" xlink:href="{href}"/>\n</file>'
    )


def root(tree: dict[str, bytes], profile: str, kind: str) -> str:
    return f"""<?xml version="1.0" encoding="UTF-8"?>
<mets {NAMESPACES} OBJID="{NAME}" LABEL="Prov" TYPE="Datasets" csip:CONTENTINFORMATIONTYPE="{kind}"
 PROFILE="{profile}">
<metsHdr CREATEDATE="{WHEN}" LASTMODDATE="{WHEN}" RECORDSTATUS="NEW" csip:OAISPACKAGETYPE="SIP">
<agent ROLE="CREATOR" TYPE="OTHER" OTHERTYPE="SOFTWARE">
<name>Prov</name><note csip:NOTETYPE="SOFTWARE VERSION">1.0</note>
</agent>
<agent ROLE="ARCHIVIST" TYPE="ORGANIZATION">
<name>Provnämnden</name><note csip:NOTETYPE="IDENTIFICATIONCODE">ORG:1</note>
</agent>
<agent ROLE="CREATOR" TYPE="ORGANIZATION">
<name>Provkommun</name><note csip:NOTETYPE="IDENTIFICATIONCODE">ORG:2</note>
</agent>
<agent ROLE="CREATOR" TYPE="INDIVIDUAL">
<name>Kontakt</name><note>0250-26000</note>
</agent>
<agent ROLE="PRESERVATION" TYPE="ORGANIZATION">
<name>Provarkivet</name><note csip:NOTETYPE="IDENTIFICATIONCODE">ORG:3</note>
</agent>
<altRecordID TYPE="SUBMISSIONAGREEMENT">LÖ 1</altRecordID>
</metsHdr>
<dmdSec ID="dmd-1" CREATED="{WHEN}" STATUS="CURRENT">
{reference(tree[EAD], EAD, "EAD")}
</dmdSec>
<amdSec ID="amd-1">
<rightsMD ID="rights-1" STATUS="CURRENT">
{reference(tree[RIGHTS], RIGHTS, "OTHER", "text/plain")}
</rightsMD>
</amdSec>
<fileSec ID="files-1">
<fileGrp ID="grp-documentation" USE="Documentation">
{file("file-about", tree[DOCUMENT], DOCUMENT)}
</fileGrp>
<fileGrp ID="grp-schemas" USE="Schemas">
{file("file-schema", tree[SCHEMA], SCHEMA, "application/xml")}
</fileGrp>
<fileGrp ID="grp-rep1" USE="Representations/rep1" csip:CONTENTINFORMATIONTYPE="{kind}" ADMID="rights-1">
{file("file-rep1", tree[REPRESENTATION], REPRESENTATION, "application/xml")}
</fileGrp>
</fileSec>
<structMap ID="map-1" TYPE="PHYSICAL" LABEL="CSIP">
<div ID="div-top" LABEL="{NAME}">
<div ID="div-metadata" LABEL="Metadata" ADMID="rights-1" DMDID="dmd-1"/>
<div ID="div-documentation" LABEL="Documentation"><fptr FILEID="grp-documentation"/></div>
<div ID="div-schemas" LABEL="Schemas"><fptr FILEID="grp-schemas"/></div>
<div ID="div-rep1" LABEL="Representations/rep1">
<mptr LOCTYPE="URL" xlink:type="simple" xlink:href="{REPRESENTATION}" xlink:title="grp-rep1"/>
</div>
</div>
</structMap>
</mets>
"""


def representation(tree: dict[str, bytes], profile: str, kind: str) -> str:
    premis_reference = reference(tree[PREMIS], PREMIS.removeprefix(f"{REP}/"), "PREMIS")
    return f"""<?xml version="1.0" encoding="UTF-8"?>
<mets {NAMESPACES} OBJID="rep1" TYPE="Datasets" csip:CONTENTINFORMATIONTYPE="{kind}" PROFILE="{profile}">
<metsHdr CREATEDATE="{WHEN}" csip:OAISPACKAGETYPE="SIP">
<agent ROLE="CREATOR" TYPE="OTHER" OTHERTYPE="SOFTWARE">
<name>Prov</name><note csip:NOTETYPE="SOFTWARE VERSION">1.0</note>
</agent>
<agent ROLE="CREATOR" TYPE="ORGANIZATION">
<name>Provkommun</name><note csip:NOTETYPE="IDENTIFICATIONCODE">ORG:2</note>
</agent>
</metsHdr>
<amdSec ID="amd-rep1">
<digiprovMD ID="premis-rep1" STATUS="CURRENT">
{premis_reference}
</digiprovMD>
</amdSec>
<fileSec ID="files-rep1">
<fileGrp ID="grp-data" USE="Data">
{file("file-erms", tree[ERMS], "data/ERMS.xml", "application/xml")}
{file("file-brev", tree[LETTER], "data/KS-2003-1/brev.txt")}
{file("file-bild", tree[PICTURE], "data/KS-2003-1/bild.png", "image/png")}
</fileGrp>
</fileSec>
<structMap ID="map-rep1" TYPE="PHYSICAL" LABEL="CSIP">
<div ID="div-rep1-top" LABEL="rep1">
<div ID="div-rep1-metadata" LABEL="Metadata" ADMID="premis-rep1"/>
<div ID="div-rep1-data" LABEL="Data"><fptr FILEID="grp-data"/></div>
</div>
</structMap>
</mets>
"""


def erms(version: str) -> str:
    schema = (
        ' classificationSchemaId="plan" classificationSchemaStatus="current"' if version == "2.2.0" else ""
    )
    medium = "digital" if version == "2.2.0" else "digitial"
    address = "addressType" if version == "2.2.0" else "adressType"
    return f"""<?xml version="1.0" encoding="UTF-8"?>
<erms xmlns="https://DILCIS.eu/XML/ERMS">
<control>
<identification identificationType="delivery">prov</identification>
<classificationSchema{schema}>
<textualDescriptionOfClassificationSchema><p>Planen</p></textualDescriptionOfClassificationSchema>
</classificationSchema>
<maintenanceInformation>
<maintenanceStatus value="new"/>
<maintenanceAgency>
<agencyCode type="ORG">1</agencyCode>
<agencyName>Provkommun</agencyName>
</maintenanceAgency>
<maintenanceHistory>
<maintenanceEvent>
<eventType value="created"/>
<eventDateTime>2026-01-01T12:00:00</eventDateTime>
<agent agentType="creator"><name>Prov</name></agent>
</maintenanceEvent>
</maintenanceHistory>
</maintenanceInformation>
</control>
<aggregations>
<aggregation systemIdentifier="aaaaaaaa-0000-4000-8000-000000000001" aggregationType="caseFile">
<objectId>KS 2003/1</objectId>
<extraId extraIdType="key">1</extraId>
<identification identificationType="box">7</identification>
<keywords><keyword>bygg</keyword></keywords>
<title>Ett ärende</title>
<status value="closed"/>
<relation relationType="reference">KS 2003/9</relation>
<restriction restrictionType="confidential"><regulation>OSL 21 kap. 7 §</regulation></restriction>
<disposal disposable="false">
<dates><disposalDate dateType="disposal_date">2030-01-01T00:00:00</disposalDate></dates>
</disposal>
<agents>
<agent agentType="counterpart">
<name>Eva</name>
<addressContactInformation>
<addressLine {address}="postal_city">Mora</addressLine>
<contactLine contactType="email">eva@example.org</contactLine>
</addressContactInformation>
<protectedIdentity>false</protectedIdentity>
</agent>
</agents>
<dates>
<date dateType="created">2003-04-02T00:00:00</date>
<date dateType="closed">2003-09-30T00:00:00</date>
</dates>
<action>
<actionText>Bifall</actionText>
<dates><actionDate dateType="decision_date">2003-09-01T00:00:00</actionDate></dates>
<agents><agent agentType="agent"><name>BN</name></agent></agents>
</action>
<archivalHistory><historyLine>Flyttad</historyLine></archivalHistory>
<physicalLocations><physicalLocation><currentLocation>F1a:12</currentLocation></physicalLocation></physicalLocations>
<record systemIdentifier="aaaaaaaa-0000-4000-8000-000000000002" recordPhysicalOrDigital="{medium}">
<objectId>KS 2003/1:1</objectId>
<extraId extraIdType="key">11</extraId>
<keywords><keyword>brev</keyword></keywords>
<title>En handling</title>
<runningNumber>1</runningNumber>
<direction directionDefinition="incoming"/>
<agents><agent agentType="sender"><name>Bo</name></agent></agents>
<dates><date dateType="created">2003-04-02T00:00:00</date></dates>
<archivalHistory><historyLine>Skannad</historyLine></archivalHistory>
<physicalLocations><physicalLocation><currentLocation>F1a:12</currentLocation></physicalLocation></physicalLocations>
<additionalInformation>
<appendix name="brev.txt" fileFormat="x-fmt/111" path="KS-2003-1/brev.txt"><eSignature present="false"/></appendix>
<appendix name="bild.png" fileFormat="fmt/11" path="KS-2003-1/bild.png"/>
<ownElement><ownElement name="fält"><value>1</value></ownElement></ownElement>
</additionalInformation>
</record>
</aggregation>
</aggregations>
</erms>
"""


def premis(tree: dict[str, bytes]) -> str:
    objects = "\n".join(
        premis_file(f"object-{number}", tree[path], path.removeprefix(f"{REP}/"))
        for number, path in enumerate((LETTER, PICTURE), 1)
    )
    return f"""<?xml version="1.0" encoding="UTF-8"?>
<premis xmlns="http://www.loc.gov/premis/v3" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" version="3.0">
{objects}
<object xsi:type="representation">
<objectIdentifier>
<objectIdentifierType>local</objectIdentifierType>
<objectIdentifierValue>rep1</objectIdentifierValue>
</objectIdentifier>
<relationship>
<relationshipType>structural</relationshipType>
<relationshipSubType>has part</relationshipSubType>
<relatedObjectIdentifier>
<relatedObjectIdentifierType>local</relatedObjectIdentifierType>
<relatedObjectIdentifierValue>object-1</relatedObjectIdentifierValue>
</relatedObjectIdentifier>
</relationship>
</object>
<event>
<eventIdentifier>
<eventIdentifierType>local</eventIdentifierType>
<eventIdentifierValue>event-1</eventIdentifierValue>
</eventIdentifier>
<eventType>extraction</eventType>
<eventDateTime>{WHEN}</eventDateTime>
<eventOutcomeInformation>
<eventOutcome>success</eventOutcome>
</eventOutcomeInformation>
<linkingAgentIdentifier>
<linkingAgentIdentifierType>local</linkingAgentIdentifierType>
<linkingAgentIdentifierValue>agent-1</linkingAgentIdentifierValue>
</linkingAgentIdentifier>
<linkingObjectIdentifier>
<linkingObjectIdentifierType>local</linkingObjectIdentifierType>
<linkingObjectIdentifierValue>object-2</linkingObjectIdentifierValue>
</linkingObjectIdentifier>
</event>
<agent>
<agentIdentifier>
<agentIdentifierType>local</agentIdentifierType>
<agentIdentifierValue>agent-1</agentIdentifierValue>
</agentIdentifier>
<agentName>Prov</agentName>
<agentType>software</agentType>
</agent>
</premis>
"""


def premis_file(identifier: str, content: bytes, path: str) -> str:
    return f"""<object xsi:type="file">
<objectIdentifier>
<objectIdentifierType>local</objectIdentifierType>
<objectIdentifierValue>{identifier}</objectIdentifierValue>
</objectIdentifier>
<objectCharacteristics>
<fixity>
<messageDigestAlgorithm>SHA-256</messageDigestAlgorithm>
<messageDigest>{hashlib.sha256(content).hexdigest()}</messageDigest>
</fixity>
<size>{len(content)}</size>
<format>
<formatDesignation>
<formatName>Plain</formatName>
</formatDesignation>
<formatRegistry>
<formatRegistryName>PRONOM</formatRegistryName>
<formatRegistryKey>x-fmt/111</formatRegistryKey>
</formatRegistry>
</format>
</objectCharacteristics>
<storage>
<contentLocation>
<contentLocationType>relative path</contentLocationType>
<contentLocationValue>{path}</contentLocationValue>
</contentLocation>
</storage>
</object>"""
