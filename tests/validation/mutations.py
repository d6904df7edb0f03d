"""One broken place per row: document, text, text instead, and every finding that follows, in order of meeting.

Where a second finding stands it is a true consequence of the first (an ID that is gone leaves its reference
dangling).
"""

from tests.validation.builder import ERMS, PREMIS, REPRESENTATION, ROOT

_E = f"{ERMS}:"
_P = f"{PREMIS}:"
_R = f"{REPRESENTATION}:"

MUTATIONS = (
    (
        ROOT,
        ' OBJID="uuid-11111111-2222-4333-8444-555555555555"',
        "",
        (("CSIP1", "METS.xml:2 /mets/@OBJID"),),
    ),
    (
        ROOT,
        ' OBJID="uuid-11111111-2222-4333-8444-555555555555"',
        ' OBJID="annat"',
        (("CSIPSTR2", "uuid-11111111-2222-4333-8444-555555555555"),),
    ),
    (
        ROOT,
        ' TYPE="Datasets"',
        ' TYPE="Dataset"',
        (("CSIP2", "METS.xml:2 /mets/@TYPE"),),
    ),
    (
        ROOT,
        ' TYPE="Datasets"',
        ' TYPE="Other"',
        (("CSIP3", "METS.xml:2 /mets/@csip:OTHERTYPE"),),
    ),
    (
        ROOT,
        ' csip:CONTENTINFORMATIONTYPE="citserms_v2_1"\n',
        "\n",
        (("CSIP4", "METS.xml:2 /mets/@csip:CONTENTINFORMATIONTYPE"),),
    ),
    (
        ROOT,
        ' csip:CONTENTINFORMATIONTYPE="citserms_v2_1"\n',
        ' csip:CONTENTINFORMATIONTYPE="erms"\n',
        (("CSIP4", "METS.xml:2 /mets/@csip:CONTENTINFORMATIONTYPE"),),
    ),
    (
        ROOT,
        ' csip:CONTENTINFORMATIONTYPE="citserms_v2_1"\n',
        ' csip:CONTENTINFORMATIONTYPE="OTHER"\n',
        (("CSIP5", "METS.xml:2 /mets/@csip:OTHERCONTENTINFORMATIONTYPE"),),
    ),
    (
        ROOT,
        '\n PROFILE="https://earksip.dilcis.eu/profile/E-ARK-SIP.xml"',
        "",
        (("CSIP6", "METS.xml:2 /mets/@PROFILE"),),
    ),
    (
        ROOT,
        "profile/E-ARK-SIP.xml",
        "profile/Annan.xml",
        (("SIP2", "METS.xml:2 /mets/@PROFILE"),),
    ),
    (
        ROOT,
        ' CREATEDATE="2026-01-01T12:00:00Z"',
        ' CREATEDATE="2026-01-01"',
        (("CSIP7", "METS.xml:4 /mets/metsHdr/@CREATEDATE"),),
    ),
    (
        ROOT,
        ' CREATEDATE="2026-01-01T12:00:00Z"',
        "",
        (("CSIP7", "METS.xml:4 /mets/metsHdr/@CREATEDATE"),),
    ),
    (
        ROOT,
        ' LASTMODDATE="2026-01-01T12:00:00Z"',
        ' LASTMODDATE="igår"',
        (("SCH005", "METS.xml:4 /mets/metsHdr/@LASTMODDATE"),),
    ),
    (
        ROOT,
        ' RECORDSTATUS="NEW"',
        ' RECORDSTATUS="BANAN"',
        (("SIP3", "METS.xml:4 /mets/metsHdr/@RECORDSTATUS"),),
    ),
    (
        ROOT,
        ' csip:OAISPACKAGETYPE="SIP"',
        "",
        (("CSIP9", "METS.xml:4 /mets/metsHdr/@csip:OAISPACKAGETYPE"),),
    ),
    (
        ROOT,
        ' csip:OAISPACKAGETYPE="SIP"',
        ' csip:OAISPACKAGETYPE="AIP"',
        (("SIP4", "METS.xml:4 /mets/metsHdr/@csip:OAISPACKAGETYPE"),),
    ),
    (
        ROOT,
        ' csip:OAISPACKAGETYPE="SIP"',
        ' csip:OAISPACKAGETYPE="PAKET"',
        (
            ("CSIP9", "METS.xml:4 /mets/metsHdr/@csip:OAISPACKAGETYPE"),
            ("SIP4", "METS.xml:4 /mets/metsHdr/@csip:OAISPACKAGETYPE"),
        ),
    ),
    (
        ROOT,
        '<agent ROLE="CREATOR" TYPE="OTHER" OTHERTYPE="SOFTWARE">',
        '<agent ROLE="EDITOR" TYPE="OTHER" OTHERTYPE="SOFTWARE">',
        (("CSIP11", "METS.xml:5 /mets/metsHdr/agent[1]/@ROLE"),),
    ),
    (
        ROOT,
        '<agent ROLE="CREATOR" TYPE="OTHER" OTHERTYPE="SOFTWARE">',
        '<agent ROLE="CREATOR" OTHERTYPE="SOFTWARE">',
        (("CSIP12", "METS.xml:5 /mets/metsHdr/agent[1]/@TYPE"),),
    ),
    (
        ROOT,
        '<agent ROLE="CREATOR" TYPE="OTHER" OTHERTYPE="SOFTWARE">',
        '<agent ROLE="CREATOR" TYPE="OTHER" OTHERTYPE="PROGRAM">',
        (("CSIP13", "METS.xml:5 /mets/metsHdr/agent[1]/@OTHERTYPE"),),
    ),
    (
        ROOT,
        '<name>Prov</name><note csip:NOTETYPE="SOFTWARE VERSION">',
        '<note csip:NOTETYPE="SOFTWARE VERSION">',
        (("CSIP14", "METS.xml:5 /mets/metsHdr/agent[1]/name"),),
    ),
    (
        ROOT,
        '<note csip:NOTETYPE="SOFTWARE VERSION">1.0</note>',
        "",
        (("CSIP15", "METS.xml:5 /mets/metsHdr/agent[1]/note"),),
    ),
    (
        ROOT,
        '<note csip:NOTETYPE="SOFTWARE VERSION">1.0</note>',
        '<note csip:NOTETYPE="IDENTIFICATIONCODE">1.0</note>',
        (("CSIP16", "METS.xml:5 /mets/metsHdr/agent[1]/note[1]/@csip:NOTETYPE"),),
    ),
    (
        ROOT,
        '<note csip:NOTETYPE="SOFTWARE VERSION">1.0</note>',
        '<note NOTETYPE="SOFTWARE VERSION">1.0</note>',
        (
            ("SCH003", "METS.xml:6 /mets/metsHdr/agent[1]/note[1]/@NOTETYPE"),
            ("CSIP16", "METS.xml:5 /mets/metsHdr/agent[1]/note[1]/@csip:NOTETYPE"),
        ),
    ),
    (
        ROOT,
        '<agent ROLE="CREATOR" TYPE="OTHER" OTHERTYPE="SOFTWARE">\n<name>Prov</name><note csip:NOTETYPE="SOFTWARE VERSION">1.0</note>\n</agent>\n',
        "",
        (("CSIP10", "METS.xml:4 /mets/metsHdr/agent"),),
    ),
    (
        ROOT,
        '<agent ROLE="ARCHIVIST" TYPE="ORGANIZATION">',
        '<agent ROLE="ARCHIVIST" TYPE="OTHER">',
        (("SIP11", "METS.xml:8 /mets/metsHdr/agent[2]/@TYPE"),),
    ),
    (
        ROOT,
        '<note csip:NOTETYPE="IDENTIFICATIONCODE">ORG:1</note>',
        "<note>ORG:1</note>",
        (("SIP14", "METS.xml:8 /mets/metsHdr/agent[2]/note[1]/@csip:NOTETYPE"),),
    ),
    (
        ROOT,
        '<agent ROLE="CREATOR" TYPE="ORGANIZATION">\n<name>Provkommun</name><note csip:NOTETYPE="IDENTIFICATIONCODE">ORG:2</note>\n</agent>\n<agent ROLE="CREATOR" TYPE="INDIVIDUAL">\n<name>Kontakt</name><note>0250-26000</note>\n</agent>\n',
        "",
        (("SIP15", "METS.xml:4 /mets/metsHdr/agent"),),
    ),
    (
        ROOT,
        '<note csip:NOTETYPE="IDENTIFICATIONCODE">ORG:2</note>',
        "<note>ORG:2</note>",
        (("SIP20", "METS.xml:11 /mets/metsHdr/agent[3]/note[1]/@csip:NOTETYPE"),),
    ),
    (
        ROOT,
        "<name>Kontakt</name>",
        "<name></name>",
        (("SIP24", "METS.xml:14 /mets/metsHdr/agent[4]/name"),),
    ),
    (
        ROOT,
        '<agent ROLE="PRESERVATION" TYPE="ORGANIZATION">',
        '<agent ROLE="PRESERVATION" TYPE="INDIVIDUAL">',
        (("SIP28", "METS.xml:17 /mets/metsHdr/agent[5]/@TYPE"),),
    ),
    (
        ROOT,
        '<note csip:NOTETYPE="IDENTIFICATIONCODE">ORG:3</note>',
        "<note>ORG:3</note>",
        (("SIP31", "METS.xml:17 /mets/metsHdr/agent[5]/note[1]/@csip:NOTETYPE"),),
    ),
    (
        ROOT,
        '<dmdSec ID="dmd-1"',
        "<dmdSec",
        (
            ("CSIP18", "METS.xml:22 /mets/dmdSec[1]/@ID"),
            ("REF001", "METS.xml:49 /mets/structMap[1]/div[1]/div[1]/@DMDID"),
        ),
    ),
    (
        ROOT,
        '<dmdSec ID="dmd-1" CREATED="2026-01-01T12:00:00Z"',
        '<dmdSec ID="dmd-1"',
        (("CSIP19", "METS.xml:22 /mets/dmdSec[1]/@CREATED"),),
    ),
    (
        ROOT,
        '<dmdSec ID="dmd-1" CREATED="2026-01-01T12:00:00Z" STATUS="CURRENT"',
        '<dmdSec ID="dmd-1" CREATED="2026-01-01T12:00:00Z" STATUS="NU"',
        (("CSIP20", "METS.xml:22 /mets/dmdSec[1]/@STATUS"),),
    ),
    (
        ROOT,
        '<amdSec ID="amd-1">',
        '<amdSec ID="amd-0"/><amdSec ID="amd-1">',
        (("CSIP31", "METS.xml:25 /mets/amdSec[2]"),),
    ),
    (
        ROOT,
        '<rightsMD ID="rights-1" STATUS="CURRENT">',
        '<rightsMD ID="rights-1">',
        (("CSIP47", "METS.xml:26 /mets/amdSec[1]/rightsMD[1]/@STATUS"),),
    ),
    (
        REPRESENTATION,
        '<digiprovMD ID="premis-rep1" STATUS="CURRENT">',
        '<digiprovMD ID="premis-rep1">',
        (("CSIP34", _R + "12 /mets/amdSec[1]/digiprovMD[1]/@STATUS"),),
    ),
    (
        REPRESENTATION,
        '<digiprovMD ID="premis-rep1"',
        "<digiprovMD",
        (
            ("CSIP33", _R + "12 /mets/amdSec[1]/digiprovMD[1]/@ID"),
            ("REF001", _R + "31 /mets/structMap[1]/div[1]/div[1]/@ADMID"),
        ),
    ),
    (
        ROOT,
        '<fileSec ID="files-1">',
        "<fileSec>",
        (("CSIP59", "METS.xml:30 /mets/fileSec/@ID"),),
    ),
    (
        ROOT,
        'USE="Documentation"',
        'USE="Doc"',
        (
            ("CSIP116", "METS.xml:50 /mets/structMap[1]/div[1]/div[2]/fptr[1]/@FILEID"),
            ("CSIP60", "METS.xml:2 /mets/fileSec/fileGrp"),
        ),
    ),
    (
        ROOT,
        'USE="Schemas"',
        'USE="Schema"',
        (
            ("CSIP118", "METS.xml:51 /mets/structMap[1]/div[1]/div[3]/fptr[1]/@FILEID"),
            ("CSIP113", "METS.xml:2 /mets/fileSec/fileGrp"),
        ),
    ),
    (
        ROOT,
        'USE="Representations/rep1"',
        'USE="Rep/rep1"',
        (
            ("CSIP108", "METS.xml:53 /mets/structMap[1]/div[1]/div[4]/mptr[1]/@xlink:title"),
            ("CSIP114", "METS.xml:2 /mets/fileSec/fileGrp"),
        ),
    ),
    (
        ROOT,
        ' USE="Schemas"',
        "",
        (
            ("CSIP64", "METS.xml:36 /mets/fileSec/fileGrp[2]/@USE"),
            ("CSIP118", "METS.xml:51 /mets/structMap[1]/div[1]/div[3]/fptr[1]/@FILEID"),
            ("CSIP113", "METS.xml:2 /mets/fileSec/fileGrp"),
        ),
    ),
    (
        ROOT,
        '<fileGrp ID="grp-schemas"',
        "<fileGrp",
        (
            ("CSIP65", "METS.xml:36 /mets/fileSec/fileGrp[2]/@ID"),
            ("REF001", "METS.xml:51 /mets/structMap[1]/div[1]/div[3]/fptr[1]/@FILEID"),
        ),
    ),
    (
        ROOT,
        ' csip:CONTENTINFORMATIONTYPE="citserms_v2_1" ADMID',
        " ADMID",
        (("CSIP62", "METS.xml:41 /mets/fileSec/fileGrp[3]/@csip:CONTENTINFORMATIONTYPE"),),
    ),
    (
        ROOT,
        '<fileGrp ID="grp-schemas"',
        '<fileGrp ID="grp-empty" USE="Tom"></fileGrp><fileGrp ID="grp-schemas"',
        (("CSIP66", "METS.xml:36 /mets/fileSec/fileGrp[2]/file"),),
    ),
    (
        ROOT,
        '<file ID="file-about"',
        "<file",
        (("CSIP67", "METS.xml:32 /mets/fileSec/fileGrp[1]/file[1]/@ID"),),
    ),
    (
        ROOT,
        '<file ID="file-about" MIMETYPE="text/plain"',
        '<file ID="file-about" MIMETYPE="text"',
        (("CSIP68", "METS.xml:32 /mets/fileSec/fileGrp[1]/file[1]/@MIMETYPE"),),
    ),
    (
        ROOT,
        '<FLocat LOCTYPE="URL" xlink:type="simple" xlink:href="documentation',
        '<FLocat LOCTYPE="URN" xlink:type="simple" xlink:href="documentation',
        (("CSIP77", "METS.xml:33 /mets/fileSec/fileGrp[1]/file[1]/FLocat/@LOCTYPE"),),
    ),
    (
        ROOT,
        '<FLocat LOCTYPE="URL" xlink:type="simple" xlink:href="documentation',
        '<FLocat LOCTYPE="URL" xlink:href="documentation',
        (("CSIP78", "METS.xml:33 /mets/fileSec/fileGrp[1]/file[1]/FLocat/@xlink:type"),),
    ),
    (
        ROOT,
        ' xlink:href="documentation/about.txt"',
        "",
        (
            ("CSIP79", "METS.xml:33 /mets/fileSec/fileGrp[1]/file[1]/FLocat/@xlink:href"),
            ("FIX004", "documentation/about.txt"),
        ),
    ),
    (
        ROOT,
        '<FLocat LOCTYPE="URL" xlink:type="simple" xlink:href="documentation/about.txt"/>\n',
        '<FLocat LOCTYPE="URL" xlink:type="simple" xlink:href="documentation/about.txt"/><FLocat LOCTYPE="URL" xlink:type="simple" xlink:href="documentation/about.txt"/>\n',
        (("CSIP76", "METS.xml:33 /mets/fileSec/fileGrp[1]/file[1]/FLocat[2]"),),
    ),
    (
        ROOT,
        'xlink:href="documentation/about.txt"',
        'xlink:href="../documentation/about.txt"',
        (
            ("PATH001", "METS.xml:33 /mets/fileSec/fileGrp[1]/file[1]/FLocat/@xlink:href"),
            ("FIX004", "documentation/about.txt"),
        ),
    ),
    (
        ROOT,
        'xlink:href="documentation/about.txt"',
        'xlink:href="/etc/passwd"',
        (
            ("PATH001", "METS.xml:33 /mets/fileSec/fileGrp[1]/file[1]/FLocat/@xlink:href"),
            ("FIX004", "documentation/about.txt"),
        ),
    ),
    (
        ROOT,
        'xlink:href="documentation/about.txt"',
        'xlink:href="Documentation/About.txt"',
        (("PATH002", "METS.xml:33 /mets/fileSec/fileGrp[1]/file[1]/FLocat/@xlink:href"),),
    ),
    (
        ROOT,
        'xlink:href="documentation/about.txt"',
        'xlink:href="https://example.org/about.txt"',
        (
            ("PATH007", "METS.xml:33 /mets/fileSec/fileGrp[1]/file[1]/FLocat/@xlink:href"),
            ("FIX004", "documentation/about.txt"),
        ),
    ),
    (
        ROOT,
        'xlink:href="documentation/about.txt"',
        'xlink:href="documentation\\about.txt"',
        (("PATH006", "METS.xml:33 /mets/fileSec/fileGrp[1]/file[1]/FLocat/@xlink:href"),),
    ),
    (
        ROOT,
        'xlink:href="documentation/about.txt"',
        'xlink:href="documentation/borta.txt"',
        (
            ("FIX003", "documentation/borta.txt"),
            ("FIX004", "documentation/about.txt"),
        ),
    ),
    (
        ROOT,
        'xlink:href="documentation/about.txt"',
        'xlink:href="schemas/own.xsd"',
        (
            ("FIX005", "schemas/own.xsd"),
            ("FIX004", "documentation/about.txt"),
            ("FIX001", "schemas/own.xsd"),
            ("FIX002", "schemas/own.xsd"),
        ),
    ),
    (
        ROOT,
        '<file ID="file-schema"',
        '<file ID="file-about"',
        (("REF002", "METS.xml:37 /mets/fileSec/fileGrp[2]/file[1]/@ID"),),
    ),
    (
        REPRESENTATION,
        '<file ID="file-brev"',
        '<file ID="file-about"',
        (("REF003", _R + "21 /mets/fileSec/fileGrp[1]/file[2]/@ID"),),
    ),
    (
        ROOT,
        '<structMap ID="map-1" TYPE="PHYSICAL"',
        '<structMap ID="map-1" TYPE="LOGICAL"',
        (("CSIP81", "METS.xml:47 /mets/structMap[1]/@TYPE"),),
    ),
    (
        ROOT,
        'LABEL="CSIP"',
        'LABEL="CSIP StructMap"',
        (("CSIP82", "METS.xml:47 /mets/structMap[1]/@LABEL"),),
    ),
    (
        ROOT,
        '<structMap ID="map-1"',
        "<structMap",
        (("CSIP83", "METS.xml:47 /mets/structMap[1]/@ID"),),
    ),
    (
        ROOT,
        '<div ID="div-top"',
        "<div",
        (("CSIP85", "METS.xml:48 /mets/structMap[1]/div[1]/@ID"),),
    ),
    (
        ROOT,
        '<div ID="div-metadata" LABEL="Metadata" ADMID="rights-1" DMDID="dmd-1"/>\n',
        "",
        (("CSIP88", "METS.xml:48 /mets/structMap[1]/div[1]/div"),),
    ),
    (
        ROOT,
        '<div ID="div-metadata" LABEL="Metadata"',
        '<div LABEL="Metadata"',
        (("CSIP89", "METS.xml:49 /mets/structMap[1]/div[1]/div[1]/@ID"),),
    ),
    (
        ROOT,
        '<div ID="div-metadata" LABEL="Metadata"',
        '<div ID="div-metadata" LABEL="metadata"',
        (("CSIP90", "METS.xml:49 /mets/structMap[1]/div[1]/div[1]/@LABEL"),),
    ),
    (
        ROOT,
        ' ADMID="rights-1" DMDID="dmd-1"/>',
        ' DMDID="dmd-1"/>',
        (("CSIP91", "METS.xml:49 /mets/structMap[1]/div[1]/div[1]/@ADMID"),),
    ),
    (
        ROOT,
        ' ADMID="rights-1" DMDID="dmd-1"/>',
        ' ADMID="rights-1"/>',
        (("CSIP92", "METS.xml:49 /mets/structMap[1]/div[1]/div[1]/@DMDID"),),
    ),
    (
        ROOT,
        ' ADMID="rights-1" DMDID="dmd-1"/>',
        ' ADMID="rights-1 borta" DMDID="dmd-1"/>',
        (("REF001", "METS.xml:49 /mets/structMap[1]/div[1]/div[1]/@ADMID"),),
    ),
    (
        ROOT,
        '<div ID="div-documentation" LABEL="Documentation"><fptr FILEID="grp-documentation"/></div>\n',
        "",
        (("CSIP93", "METS.xml:48 /mets/structMap[1]/div[1]/div"),),
    ),
    (
        ROOT,
        '<div ID="div-documentation"',
        "<div",
        (("CSIP94", "METS.xml:50 /mets/structMap[1]/div[1]/div[2]/@ID"),),
    ),
    (
        ROOT,
        'LABEL="Documentation"',
        'LABEL="documentation"',
        (("CSIP95", "METS.xml:50 /mets/structMap[1]/div[1]/div[2]/@LABEL"),),
    ),
    (
        ROOT,
        '<fptr FILEID="grp-documentation"/>',
        "",
        (("CSIP96", "METS.xml:50 /mets/structMap[1]/div[1]/div[2]/fptr"),),
    ),
    (
        ROOT,
        '<fptr FILEID="grp-documentation"/>',
        '<fptr FILEID="grp-documentation"/><fptr FILEID="grp-schemas"/>',
        (("CSIP116", "METS.xml:50 /mets/structMap[1]/div[1]/div[2]/fptr[2]/@FILEID"),),
    ),
    (
        ROOT,
        '<fptr FILEID="grp-documentation"/>',
        '<fptr FILEID="grp-documentation"/><fptr FILEID="borta"/>',
        (("REF001", "METS.xml:50 /mets/structMap[1]/div[1]/div[2]/fptr[2]/@FILEID"),),
    ),
    (
        ROOT,
        '<div ID="div-schemas" LABEL="Schemas"><fptr FILEID="grp-schemas"/></div>\n',
        "",
        (("CSIP97", "METS.xml:48 /mets/structMap[1]/div[1]/div"),),
    ),
    (
        ROOT,
        '<fptr FILEID="grp-schemas"/>',
        "",
        (("CSIP100", "METS.xml:51 /mets/structMap[1]/div[1]/div[3]/fptr"),),
    ),
    (
        ROOT,
        '<fptr FILEID="grp-schemas"/>',
        '<fptr FILEID="grp-schemas"/><fptr FILEID="grp-rep1"/>',
        (("CSIP118", "METS.xml:51 /mets/structMap[1]/div[1]/div[3]/fptr[2]/@FILEID"),),
    ),
    (
        ROOT,
        '<div ID="div-rep1" LABEL',
        "<div LABEL",
        (("CSIP106", "METS.xml:52 /mets/structMap[1]/div[1]/div[4]/@ID"),),
    ),
    (
        ROOT,
        'LABEL="Representations/rep1"',
        'LABEL="Representations/rep2"',
        (("CSIP107", "METS.xml:52 /mets/structMap[1]/div[1]/div[4]/@LABEL"),),
    ),
    (
        ROOT,
        'xlink:title="grp-rep1"',
        'xlink:title="grp-schemas"',
        (("CSIP108", "METS.xml:53 /mets/structMap[1]/div[1]/div[4]/mptr[1]/@xlink:title"),),
    ),
    (
        ROOT,
        '<mptr LOCTYPE="URL" xlink:type="simple" xlink:href="representations/rep1/METS.xml" xlink:title="grp-rep1"/>',
        "",
        (("CSIP109", "METS.xml:52 /mets/structMap[1]/div[1]/div[4]/mptr"),),
    ),
    (
        ROOT,
        '<mptr LOCTYPE="URL" xlink:type="simple" xlink:href="representations/rep1/METS.xml"',
        '<mptr LOCTYPE="URL" xlink:type="simple" xlink:href="representations/rep1/mets.txt"',
        (("CSIP110", "METS.xml:53 /mets/structMap[1]/div[1]/div[4]/mptr[1]/@xlink:href"),),
    ),
    (
        ROOT,
        '<mptr LOCTYPE="URL" xlink:type="simple"',
        '<mptr LOCTYPE="URL"',
        (("CSIP111", "METS.xml:53 /mets/structMap[1]/div[1]/div[4]/mptr[1]/@xlink:type"),),
    ),
    (
        ROOT,
        '<mptr LOCTYPE="URL"',
        '<mptr LOCTYPE="URN"',
        (("CSIP112", "METS.xml:53 /mets/structMap[1]/div[1]/div[4]/mptr[1]/@LOCTYPE"),),
    ),
    (
        ROOT,
        '<div ID="div-rep1" LABEL="Representations/rep1">\n<mptr LOCTYPE="URL" xlink:type="simple" xlink:href="representations/rep1/METS.xml" xlink:title="grp-rep1"/>\n</div>\n',
        "",
        (("CSIP105", "METS.xml:48 /mets/structMap[1]/div[1]/div"),),
    ),
    (
        ROOT,
        "</metsHdr>",
        "</metsHdr><namez/>",
        (("SCH001", "METS.xml:21 /mets/namez"),),
    ),
    (
        ROOT,
        "<metsHdr CREATE",
        "skräp<metsHdr CREATE",
        (("SCH007", "METS.xml:2 /mets"),),
    ),
    (
        REPRESENTATION,
        'OBJID="rep1"',
        'OBJID="rep2"',
        (("REP001", _R + "2 /mets/@OBJID"),),
    ),
    (
        REPRESENTATION,
        ' csip:CONTENTINFORMATIONTYPE="citserms_v2_1"',
        "",
        (("CSIP4", _R + "2 /mets/@csip:CONTENTINFORMATIONTYPE"),),
    ),
    (
        REPRESENTATION,
        'xlink:href="data/KS-2003-1/brev.txt"',
        'xlink:href="../../../brev.txt"',
        (
            ("PATH001", _R + "22 /mets/fileSec/fileGrp[1]/file[2]/FLocat/@xlink:href"),
            ("FIX004", "representations/rep1/data/KS-2003-1/brev.txt"),
        ),
    ),
    (
        REPRESENTATION,
        'xlink:href="data/KS-2003-1/brev.txt"',
        'xlink:href="../rep1/data/KS-2003-1/brev.txt"',
        (("PATH006", _R + "22 /mets/fileSec/fileGrp[1]/file[2]/FLocat/@xlink:href"),),
    ),
    (
        ERMS,
        '<identification identificationType="delivery">prov</identification>\n',
        "",
        (("ERMS1", _E + "3 /erms/control/identification"),),
    ),
    (
        ERMS,
        ' identificationType="delivery"',
        "",
        (("ERMS2", _E + "4 /erms/control/identification[1]/@identificationType"),),
    ),
    (
        ERMS,
        "<p>Planen</p>",
        "",
        (("ERMS6", _E + "6 /erms/control/classificationSchema/textualDescriptionOfClassificationSchema/p"),),
    ),
    (
        ERMS,
        '<maintenanceStatus value="new"/>',
        '<maintenanceStatus value="ny"/>',
        (("ERMS11", _E + "9 /erms/control/maintenanceInformation/maintenanceStatus/@value"),),
    ),
    (
        ERMS,
        '<agencyCode type="ORG">',
        "<agencyCode>",
        (("ERMS14", _E + "11 /erms/control/maintenanceInformation/maintenanceAgency/agencyCode/@type"),),
    ),
    (
        ERMS,
        "<agencyName>Provkommun</agencyName>\n",
        "",
        (("ERMS17", _E + "10 /erms/control/maintenanceInformation/maintenanceAgency/agencyName"),),
    ),
    (
        ERMS,
        '<eventType value="created"/>',
        "<eventType/>",
        (
            (
                "ERMS21",
                _E
                + "16 /erms/control/maintenanceInformation/maintenanceHistory/maintenanceEvent[1]/eventType/@value",
            ),
        ),
    ),
    (
        ERMS,
        "<eventDateTime>2026-01-01T12:00:00<",
        "<eventDateTime>2026-01-01<",
        (
            (
                "ERMS22",
                _E
                + "17 /erms/control/maintenanceInformation/maintenanceHistory/maintenanceEvent[1]/eventDateTime",
            ),
        ),
    ),
    (
        ERMS,
        '<agent agentType="creator"><name>Prov</name></agent>\n',
        "",
        (
            (
                "ERMS23",
                _E + "15 /erms/control/maintenanceInformation/maintenanceHistory/maintenanceEvent[1]/agent",
            ),
        ),
    ),
    (
        ERMS,
        ' systemIdentifier="aaaaaaaa-0000-4000-8000-000000000001"',
        "",
        (("ERMS199", _E + "24 /erms/aggregations/aggregation[1]/@systemIdentifier"),),
    ),
    (
        ERMS,
        "aaaaaaaa-0000-4000-8000-000000000001",
        "ärende 1",
        (("ERMS199", _E + "24 /erms/aggregations/aggregation[1]/@systemIdentifier"),),
    ),
    (
        ERMS,
        "aaaaaaaa-0000-4000-8000-000000000002",
        "aaaaaaaa-0000-4000-8000-000000000001",
        (("ERM003", _E + "57 /erms/aggregations/aggregation[1]/record[1]/@systemIdentifier"),),
    ),
    (
        ERMS,
        "aaaaaaaa-0000-4000-8000-000000000002",
        "2",
        (("ERMS130", _E + "57 /erms/aggregations/aggregation[1]/record[1]/@systemIdentifier"),),
    ),
    (
        ERMS,
        'aggregationType="caseFile"',
        'aggregationType="akt"',
        (("ERMS200", _E + "24 /erms/aggregations/aggregation[1]/@aggregationType"),),
    ),
    (
        ERMS,
        'aggregationType="caseFile"',
        'aggregationType="own_aggregation_definition"',
        (("ERMS201", _E + "24 /erms/aggregations/aggregation[1]/@otherAggregationType"),),
    ),
    (
        ERMS,
        "<objectId>KS 2003/1</objectId>\n",
        "",
        (("ERMS218", _E + "24 /erms/aggregations/aggregation[1]/objectId"),),
    ),
    (
        ERMS,
        "<objectId>KS 2003/1:1</objectId>\n",
        "",
        (("ERMS146", _E + "57 /erms/aggregations/aggregation[1]/record[1]/objectId"),),
    ),
    (
        ERMS,
        '<extraId extraIdType="key">1<',
        "<extraId>1<",
        (("ERMS220", _E + "26 /erms/aggregations/aggregation[1]/extraId[1]/@extraIdType"),),
    ),
    (
        ERMS,
        '<extraId extraIdType="key">11<',
        "<extraId>11<",
        (("ERMS148", _E + "59 /erms/aggregations/aggregation[1]/record[1]/extraId[1]/@extraIdType"),),
    ),
    (
        ERMS,
        "<title>Ett ärende</title>\n",
        "",
        (
            ("ERMS209", _E + "24 /erms/aggregations/aggregation[1]/title"),
            ("ERMS211", _E + "24 /erms/aggregations/aggregation[1]/description"),
        ),
    ),
    (
        ERMS,
        "<title>En handling</title>\n",
        "",
        (("ERMS137", _E + "57 /erms/aggregations/aggregation[1]/record[1]/title"),),
    ),
    (
        ERMS,
        '<status value="closed"/>',
        '<status value="stängd"/>',
        (("SCH005", _E + "30 /erms/aggregations/aggregation[1]/status/@value"),),
    ),
    (
        ERMS,
        'relationType="reference"',
        'relationType="syskon"',
        (("ERMS53", _E + "31 /erms/aggregations/aggregation[1]/relation[1]/@relationType"),),
    ),
    (
        ERMS,
        'relationType="reference"',
        'relationType="own_relation_definition"',
        (("ERMS54", _E + "31 /erms/aggregations/aggregation[1]/relation[1]/@otherRelationType"),),
    ),
    (
        ERMS,
        'restrictionType="confidential"',
        'restrictionType="hemlig"',
        (("ERMS56", _E + "32 /erms/aggregations/aggregation[1]/restriction[1]/@restrictionType"),),
    ),
    (
        ERMS,
        'restrictionType="confidential"',
        'restrictionType="other_type"',
        (("ERMS57", _E + "32 /erms/aggregations/aggregation[1]/restriction[1]/@otherRestrictionType"),),
    ),
    (
        ERMS,
        "<regulation>OSL 21 kap. 7 §</regulation>",
        "",
        (("ERMS59", _E + "32 /erms/aggregations/aggregation[1]/restriction[1]/regulation"),),
    ),
    (
        ERMS,
        ' disposable="false"',
        "",
        (("ERMS113", _E + "33 /erms/aggregations/aggregation[1]/disposal/@disposable"),),
    ),
    (
        ERMS,
        'dateType="disposal_date"',
        'dateType="other_date"',
        (
            (
                "ERMS128",
                _E
                + "34 /erms/aggregations/aggregation[1]/disposal/dates[1]/disposalDate[1]/@otherDisposalDateType",
            ),
        ),
    ),
    (
        ERMS,
        'agentType="counterpart"',
        'agentType="motpart"',
        (("ERMS93", _E + "37 /erms/aggregations/aggregation[1]/agents/agent[1]/@agentType"),),
    ),
    (
        ERMS,
        'agentType="counterpart"',
        'agentType="other"',
        (("ERMS236", _E + "37 /erms/aggregations/aggregation[1]/agents/agent[1]/@otherAgentType"),),
    ),
    (
        ERMS,
        'agentType="sender"',
        'agentType="other"',
        (("ERMS166", _E + "64 /erms/aggregations/aggregation[1]/record[1]/agents/agent[1]/@otherAgentType"),),
    ),
    (
        ERMS,
        'agentType="creator"',
        'agentType="other"',
        (
            (
                "ERMS94",
                _E
                + "18 /erms/control/maintenanceInformation/maintenanceHistory/maintenanceEvent[1]/agent[1]/@otherAgentType",
            ),
        ),
    ),
    (
        ERMS,
        "<name>Eva</name>\n",
        "",
        (("ERMS95", _E + "37 /erms/aggregations/aggregation[1]/agents/agent[1]/name"),),
    ),
    (
        ERMS,
        "adressType",
        "addressType",
        (
            (
                "SCH003",
                _E
                + "40 /erms/aggregations/aggregation[1]/agents/agent[1]/addressContactInformation/addressLine[1]/@addressType",
            ),
            (
                "ERMS106",
                _E
                + "40 /erms/aggregations/aggregation[1]/agents/agent[1]/addressContactInformation/addressLine[1]/@adressType",
            ),
        ),
    ),
    (
        ERMS,
        'contactType="email"',
        'contactType="epost"',
        (
            (
                "ERMS109",
                _E
                + "41 /erms/aggregations/aggregation[1]/agents/agent[1]/addressContactInformation/contactLine[1]/@contactType",
            ),
        ),
    ),
    (
        ERMS,
        "<protectedIdentity>false<",
        "<protectedIdentity>nej<",
        (("SCH005", _E + "43 /erms/aggregations/aggregation[1]/agents/agent[1]/protectedIdentity"),),
    ),
    (
        ERMS,
        '<date dateType="created">2003-04-02T00:00:00</date>\n<date dateType="closed">',
        '<date dateType="closed">',
        (("ERMS204", _E + "24 /erms/aggregations/aggregation[1]/dates/date[@dateType='created']"),),
    ),
    (
        ERMS,
        '<dates><date dateType="created">2003-04-02T00:00:00</date></dates>\n',
        "",
        (("ERMS135", _E + "57 /erms/aggregations/aggregation[1]/record[1]/dates/date[@dateType='created']"),),
    ),
    (
        ERMS,
        '<date dateType="closed">2003-09-30T00:00:00',
        '<date dateType="closed">2003-02-30T00:00:00',
        (("ERMS46", _E + "48 /erms/aggregations/aggregation[1]/dates[1]/date[2]"),),
    ),
    (
        ERMS,
        'dateType="closed"',
        'dateType="slut"',
        (("ERMS47", _E + "48 /erms/aggregations/aggregation[1]/dates[1]/date[2]/@dateType"),),
    ),
    (
        ERMS,
        "<actionText>Bifall</actionText>\n",
        "",
        (("ERMS84", _E + "50 /erms/aggregations/aggregation[1]/action[1]/actionText"),),
    ),
    (
        ERMS,
        "digitial",
        "digital",
        (("SCH005", _E + "57 /erms/aggregations/aggregation[1]/record[1]/@recordPhysicalOrDigital"),),
    ),
    (
        ERMS,
        "<runningNumber>1<",
        "<runningNumber>ett<",
        (("SCH005", _E + "62 /erms/aggregations/aggregation[1]/record[1]/runningNumber"),),
    ),
    (
        ERMS,
        'directionDefinition="incoming"',
        'directionDefinition="in"',
        (("ERMS190", _E + "63 /erms/aggregations/aggregation[1]/record[1]/direction/@directionDefinition"),),
    ),
    (
        ERMS,
        'name="brev.txt"',
        'name=""',
        (
            (
                "ERMS30",
                _E + "69 /erms/aggregations/aggregation[1]/record[1]/additionalInformation/appendix[1]/@name",
            ),
        ),
    ),
    (
        ERMS,
        ' fileFormat="x-fmt/111"',
        "",
        (
            (
                "ERMS32",
                _E
                + "69 /erms/aggregations/aggregation[1]/record[1]/additionalInformation/appendix[1]/@fileFormat",
            ),
        ),
    ),
    (
        ERMS,
        ' path="KS-2003-1/brev.txt"',
        "",
        (
            (
                "ERMS34",
                _E + "69 /erms/aggregations/aggregation[1]/record[1]/additionalInformation/appendix[1]/@path",
            ),
            ("ERM002", "representations/rep1/data/KS-2003-1/brev.txt"),
        ),
    ),
    (
        ERMS,
        ' path="KS-2003-1/brev.txt"',
        ' path="KS-2003-1/borta.txt"',
        (
            (
                "ERM001",
                _E + "69 /erms/aggregations/aggregation[1]/record[1]/additionalInformation/appendix[1]/@path",
            ),
            ("ERM002", "representations/rep1/data/KS-2003-1/brev.txt"),
        ),
    ),
    (
        ERMS,
        ' path="KS-2003-1/brev.txt"',
        ' path="../../../../../etc/passwd"',
        (
            (
                "PATH001",
                _E + "69 /erms/aggregations/aggregation[1]/record[1]/additionalInformation/appendix[1]/@path",
            ),
            ("ERM002", "representations/rep1/data/KS-2003-1/brev.txt"),
        ),
    ),
    (
        ERMS,
        '<eSignature present="false"/>',
        "<eSignature/>",
        (
            (
                "ERMS37",
                _E
                + "69 /erms/aggregations/aggregation[1]/record[1]/additionalInformation/appendix[1]/eSignature[1]/@present",
            ),
        ),
    ),
    (
        ERMS,
        "</record>\n",
        '</record>\n<aggregation systemIdentifier="aaaaaaaa-0000-4000-8000-000000000003" aggregationType="file"><objectId>x</objectId><title>t</title><dates><date dateType="created">2003-04-02T00:00:00</date></dates></aggregation>\n',
        (("SCH009", _E + "74 /erms/aggregations/aggregation[1]/aggregation[1]"),),
    ),
    (
        ERMS,
        '<title>Ett ärende</title>\n<status value="closed"/>',
        '<status value="closed"/>\n<title>Ett ärende</title>',
        (("SCH006", _E + "30 /erms/aggregations/aggregation[1]/title"),),
    ),
    (
        ERMS,
        '<erms xmlns="https://DILCIS.eu/XML/ERMS">',
        '<erms xmlns="https://DILCIS.eu/XML/ERMS" version="2">',
        (("SCH003", _E + "2 /erms/@version"),),
    ),
    (
        ERMS,
        "</erms>",
        "</erm>",
        (("XML001", _E + "76"),),
    ),
    (
        ERMS,
        "<erms ",
        '<!DOCTYPE erms [<!ENTITY a "b">]><erms ',
        (("XML002", _E + "2"),),
    ),
    (
        ERMS,
        'erms xmlns="https://DILCIS.eu/XML/ERMS"',
        'erms xmlns="urn:x"',
        (("XML004", _E + "2 /erms"),),
    ),
    (
        PREMIS,
        ' version="3.0"',
        ' version="2.0"',
        (("PM1", _P + "2 /premis/@version"),),
    ),
    (
        PREMIS,
        '<object xsi:type="file">',
        "<object>",
        (("PM28", _P + "3 /premis/object[1]/@xsi:type"),),
    ),
    (
        PREMIS,
        '<object xsi:type="file">',
        '<object xsi:type="fil">',
        (("PM28", _P + "3 /premis/object[1]/@xsi:type"),),
    ),
    (
        PREMIS,
        "<objectIdentifierValue>object-1</objectIdentifierValue>\n",
        "",
        (
            ("PM31", _P + "4 /premis/object[1]/objectIdentifier[1]/objectIdentifierValue"),
            (
                "PRE002",
                _P
                + "68 /premis/object[3]/relationship[1]/relatedObjectIdentifier[1]/relatedObjectIdentifierValue",
            ),
        ),
    ),
    (
        PREMIS,
        "<messageDigestAlgorithm>SHA-256</messageDigestAlgorithm>\n",
        "",
        (("PM34", _P + "9 /premis/object[1]/objectCharacteristics[1]/fixity[1]/messageDigestAlgorithm"),),
    ),
    (
        PREMIS,
        "<formatName>Plain</formatName>\n",
        "",
        (
            (
                "PM39",
                _P + "15 /premis/object[1]/objectCharacteristics[1]/format[1]/formatDesignation/formatName",
            ),
        ),
    ),
    (
        PREMIS,
        "<formatRegistryKey>x-fmt/111</formatRegistryKey>\n",
        "",
        (
            (
                "PM43",
                _P
                + "18 /premis/object[1]/objectCharacteristics[1]/format[1]/formatRegistry/formatRegistryKey",
            ),
        ),
    ),
    (
        PREMIS,
        "<contentLocationType>relative path</contentLocationType>\n",
        "",
        (("PM54", _P + "25 /premis/object[1]/storage[1]/contentLocation/contentLocationType"),),
    ),
    (
        PREMIS,
        "data/KS-2003-1/brev.txt",
        "data/KS-2003-1/borta.txt",
        (("PRE001", _P + "3 /premis/object[1]/storage/contentLocation/contentLocationValue"),),
    ),
    (
        PREMIS,
        "<messageDigest>",
        "<messageDigest>00",
        (("FIX007", _P + "3 /premis/object[1]/objectCharacteristics/fixity/messageDigest"),),
    ),
    (
        PREMIS,
        "<size>",
        "<size>9",
        (("FIX008", _P + "3 /premis/object[1]/objectCharacteristics/size"),),
    ),
    (
        PREMIS,
        "<objectIdentifierValue>object-2<",
        "<objectIdentifierValue>object-1<",
        (
            ("PRE003", _P + "34 /premis/object[2]/objectIdentifier[1]/objectIdentifierValue"),
            ("PRE002", _P + "89 /premis/event[1]/linkingObjectIdentifier[1]/linkingObjectIdentifierValue"),
        ),
    ),
    (
        PREMIS,
        "<relatedObjectIdentifierValue>object-1<",
        "<relatedObjectIdentifierValue>borta<",
        (
            (
                "PRE002",
                _P
                + "69 /premis/object[3]/relationship[1]/relatedObjectIdentifier[1]/relatedObjectIdentifierValue",
            ),
        ),
    ),
    (
        PREMIS,
        "<linkingAgentIdentifierValue>agent-1<",
        "<linkingAgentIdentifierValue>borta<",
        (("PRE002", _P + "85 /premis/event[1]/linkingAgentIdentifier[1]/linkingAgentIdentifierValue"),),
    ),
    (
        PREMIS,
        "<eventType>extraction</eventType>\n",
        "",
        (("PM84", _P + "73 /premis/event[1]/eventType"),),
    ),
    (
        PREMIS,
        "<eventOutcome>success</eventOutcome>\n",
        "",
        (("PM86", _P + "80 /premis/event[1]/eventOutcomeInformation[1]/eventOutcome"),),
    ),
    (
        PREMIS,
        "<agentName>Prov</agentName>\n",
        "",
        (("PM73", _P + "92 /premis/agent[1]/agentName"),),
    ),
    (
        PREMIS,
        "<relationshipSubType>has part</relationshipSubType>\n",
        "",
        (("PM59", _P + "64 /premis/object[3]/relationship[1]/relationshipSubType"),),
    ),
    (
        ROOT,
        '<mdRef LOCTYPE="URL" xlink:type="simple" xlink:href="metadata/descriptive/ead.xml"',
        '<mdRef LOCTYPE="URL" xlink:type="simple" xlink:href="metadata/descriptive/ead.xml" ID="file-about"',
        (("REF002", "METS.xml:32 /mets/fileSec/fileGrp[1]/file[1]/@ID"),),
    ),
    (
        ROOT,
        '<rightsMD ID="rights-1" STATUS="CURRENT">',
        '<rightsMD STATUS="CURRENT">',
        (
            ("CSIP46", "METS.xml:26 /mets/amdSec[1]/rightsMD[1]/@ID"),
            ("REF001", "METS.xml:41 /mets/fileSec/fileGrp[3]/@ADMID"),
            ("REF001", "METS.xml:49 /mets/structMap[1]/div[1]/div[1]/@ADMID"),
        ),
    ),
    (
        ROOT,
        '<structMap ID="map-1"',
        '<structMap ID="map-0" TYPE="PHYSICAL" LABEL="CSIP"><div ID="div-0"><div ID="div-00" LABEL="Metadata" ADMID="rights-1" DMDID="dmd-1"/><div ID="div-01" LABEL="Documentation"><fptr FILEID="grp-documentation"/></div><div ID="div-02" LABEL="Schemas"><fptr FILEID="grp-schemas"/></div><div ID="div-03" LABEL="Representations/rep1"><mptr LOCTYPE="URL" xlink:type="simple" xlink:href="representations/rep1/METS.xml" xlink:title="grp-rep1"/></div></div></structMap><structMap ID="map-1"',
        (("CSIP80", "METS.xml:47 /mets/structMap[2]"),),
    ),
    (
        ROOT,
        "</div>\n</structMap>",
        '</div>\n<div ID="div-more"/></structMap>',
        (("CSIP84", "METS.xml:47 /mets/structMap[1]/div"),),
    ),
    (
        ROOT,
        "</structMap>",
        '</structMap><structMap TYPE="LOGICAL"/>',
        (("SCH002", "METS.xml:56 /mets/structMap[2]/div"),),
    ),
    (
        ROOT,
        '<div ID="div-schemas"',
        "<div",
        (("CSIP98", "METS.xml:51 /mets/structMap[1]/div[1]/div[3]/@ID"),),
    ),
    (
        ROOT,
        'LABEL="Schemas"',
        'LABEL="schemas"',
        (("CSIP99", "METS.xml:51 /mets/structMap[1]/div[1]/div[3]/@LABEL"),),
    ),
    (
        ROOT,
        '<agent ROLE="CREATOR" TYPE="ORGANIZATION">\n<name>Provkommun</name><note csip:NOTETYPE="IDENTIFICATIONCODE">ORG:2</note>\n</agent>\n<agent ROLE="CREATOR" TYPE="INDIVIDUAL">\n<name>Kontakt</name><note>0250-26000</note>\n</agent>\n',
        '<agent ROLE="CREATOR">\n<name>Provkommun</name></agent>\n',
        (("SIP17", "METS.xml:11 /mets/metsHdr/agent[3]/@TYPE"),),
    ),
    (
        ROOT,
        '<agent ROLE="CREATOR" TYPE="ORGANIZATION">\n<name>Provkommun</name><note csip:NOTETYPE="IDENTIFICATIONCODE">ORG:2</note>\n</agent>\n<agent ROLE="CREATOR" TYPE="INDIVIDUAL">\n<name>Kontakt</name><note>0250-26000</note>\n</agent>\n',
        '<agent ROLE="OTHER" OTHERROLE="AVLÄMNARE" TYPE="ORGANIZATION">\n<name>Provkommun</name></agent>\n',
        (("SIP16", "METS.xml:11 /mets/metsHdr/agent[3]/@ROLE"),),
    ),
    (
        ROOT,
        "<metsHdr CREATEDATE",
        '<metsHdr CREATEDATE="2026-01-01T12:00:00" csip:OAISPACKAGETYPE="SIP"><agent ROLE="CREATOR" TYPE="OTHER" OTHERTYPE="SOFTWARE"><name>a</name><note csip:NOTETYPE="SOFTWARE VERSION">1</note></agent></metsHdr><metsHdr CREATEDATE',
        (("CSIP117", "METS.xml:4 /mets/metsHdr[2]"),),
    ),
    (
        ERMS,
        '<maintenanceInformation>\n<maintenanceStatus value="new"/>\n<maintenanceAgency>\n<agencyCode type="ORG">1</agencyCode>\n<agencyName>Provkommun</agencyName>\n</maintenanceAgency>\n<maintenanceHistory>\n<maintenanceEvent>\n<eventType value="created"/>\n<eventDateTime>2026-01-01T12:00:00</eventDateTime>\n<agent agentType="creator"><name>Prov</name></agent>\n</maintenanceEvent>\n</maintenanceHistory>\n</maintenanceInformation>\n',
        "",
        (("ERMS10", _E + "3 /erms/control/maintenanceInformation"),),
    ),
    (
        ERMS,
        '<maintenanceAgency>\n<agencyCode type="ORG">1</agencyCode>\n<agencyName>Provkommun</agencyName>\n</maintenanceAgency>\n',
        "",
        (("ERMS12", _E + "8 /erms/control/maintenanceInformation/maintenanceAgency"),),
    ),
    (
        ERMS,
        '<maintenanceHistory>\n<maintenanceEvent>\n<eventType value="created"/>\n<eventDateTime>2026-01-01T12:00:00</eventDateTime>\n<agent agentType="creator"><name>Prov</name></agent>\n</maintenanceEvent>\n</maintenanceHistory>\n',
        "",
        (("ERMS19", _E + "8 /erms/control/maintenanceInformation/maintenanceHistory"),),
    ),
    (
        ERMS,
        '<maintenanceEvent>\n<eventType value="created"/>\n<eventDateTime>2026-01-01T12:00:00</eventDateTime>\n<agent agentType="creator"><name>Prov</name></agent>\n</maintenanceEvent>\n',
        "",
        (("ERMS20", _E + "14 /erms/control/maintenanceInformation/maintenanceHistory/maintenanceEvent"),),
    ),
    (
        ERMS,
        'dateType="closed"',
        'dateType="other"',
        (("ERMS48", _E + "48 /erms/aggregations/aggregation[1]/dates[1]/date[2]/@otherDateType"),),
    ),
    (
        ERMS,
        '<actionDate dateType="decision_date">2003-09-01T00:00:00</actionDate>',
        "",
        (("ERMS89", _E + "52 /erms/aggregations/aggregation[1]/action[1]/dates[1]/actionDate"),),
    ),
    (
        ERMS,
        '<agent agentType="agent"><name>BN</name></agent>',
        "",
        (("ERMS91", _E + "53 /erms/aggregations/aggregation[1]/action[1]/agents/agent"),),
    ),
    (
        ERMS,
        '<addressLine adressType="postal_city">Mora</addressLine>\n',
        "",
        (
            (
                "ERMS105",
                _E
                + "39 /erms/aggregations/aggregation[1]/agents/agent[1]/addressContactInformation/addressLine",
            ),
        ),
    ),
    (
        ERMS,
        '"postal_city"',
        '"other"',
        (
            (
                "ERMS107",
                _E
                + "40 /erms/aggregations/aggregation[1]/agents/agent[1]/addressContactInformation/addressLine[1]/@otherAddressLineType",
            ),
        ),
    ),
    (
        ERMS,
        '<contactLine contactType="email">eva@example.org</contactLine>\n',
        "",
        (
            (
                "ERMS108",
                _E
                + "39 /erms/aggregations/aggregation[1]/agents/agent[1]/addressContactInformation/contactLine",
            ),
        ),
    ),
    (
        ERMS,
        '"email"',
        '"other"',
        (
            (
                "ERMS110",
                _E
                + "41 /erms/aggregations/aggregation[1]/agents/agent[1]/addressContactInformation/contactLine[1]/@otherContactLineType",
            ),
        ),
    ),
    (
        ERMS,
        '<disposal disposable="false">\n',
        '<disposal disposable="false">\n<disposalComments/>',
        (("ERMS121", _E + "34 /erms/aggregations/aggregation[1]/disposal/disposalComments/disposalComment"),),
    ),
    (
        ERMS,
        '<dates><disposalDate dateType="disposal_date">2030-01-01T00:00:00</disposalDate></dates>\n',
        "",
        (("ERMS125", _E + "33 /erms/aggregations/aggregation[1]/disposal/dates"),),
    ),
    (
        ERMS,
        '<disposalDate dateType="disposal_date">2030-01-01T00:00:00</disposalDate>',
        "",
        (("ERMS126", _E + "34 /erms/aggregations/aggregation[1]/disposal/dates[1]/disposalDate"),),
    ),
    (
        ERMS,
        'dateType="disposal_date"',
        'dateType="gallring"',
        (
            (
                "ERMS127",
                _E + "34 /erms/aggregations/aggregation[1]/disposal/dates[1]/disposalDate[1]/@dateType",
            ),
        ),
    ),
    (
        ERMS,
        "2030-01-01T00:00:00",
        "2030-01-01",
        (("ERMS126", _E + "34 /erms/aggregations/aggregation[1]/disposal/dates[1]/disposalDate[1]"),),
    ),
    (
        ERMS,
        "<keyword>bygg</keyword>",
        "",
        (("ERMS224", _E + "28 /erms/aggregations/aggregation[1]/keywords/keyword"),),
    ),
    (
        ERMS,
        "<keyword>brev</keyword>",
        "",
        (("ERMS153", _E + "60 /erms/aggregations/aggregation[1]/record[1]/keywords/keyword"),),
    ),
    (
        ERMS,
        '<identification identificationType="box">',
        "<identification>",
        (("ERMS227", _E + "27 /erms/aggregations/aggregation[1]/identification[1]/@identificationType"),),
    ),
    (
        ERMS,
        '<extraId extraIdType="key">11</extraId>\n',
        '<extraId extraIdType="key">11</extraId>\n<identification>x</identification>\n',
        (
            (
                "ERMS156",
                _E + "60 /erms/aggregations/aggregation[1]/record[1]/identification[1]/@identificationType",
            ),
        ),
    ),
    (
        ERMS,
        "<historyLine>Flyttad</historyLine>",
        "",
        (("ERMS243", _E + "55 /erms/aggregations/aggregation[1]/archivalHistory/historyLine"),),
    ),
    (
        ERMS,
        "<historyLine>Skannad</historyLine>",
        "",
        (("ERMS171", _E + "66 /erms/aggregations/aggregation[1]/record[1]/archivalHistory/historyLine"),),
    ),
    (
        ERMS,
        '"incoming"',
        '"other"',
        (
            (
                "ERMS191",
                _E + "63 /erms/aggregations/aggregation[1]/record[1]/direction/@otherDirectionDefinition",
            ),
        ),
    ),
    (
        ERMS,
        '<aggregation systemIdentifier="aaaaaaaa-0000-4000-8000-000000000001" aggregationType="caseFile">\n<objectId>KS 2003/1</objectId>\n<extraId extraIdType="key">1</extraId>\n<identification identificationType="box">7</identification>\n<keywords><keyword>bygg</keyword></keywords>\n<title>Ett ärende</title>\n<status value="closed"/>\n<relation relationType="reference">KS 2003/9</relation>\n<restriction restrictionType="confidential"><regulation>OSL 21 kap. 7 §</regulation></restriction>\n<disposal disposable="false">\n<dates><disposalDate dateType="disposal_date">2030-01-01T00:00:00</disposalDate></dates>\n</disposal>\n<agents>\n<agent agentType="counterpart">\n<name>Eva</name>\n<addressContactInformation>\n<addressLine adressType="postal_city">Mora</addressLine>\n<contactLine contactType="email">eva@example.org</contactLine>\n</addressContactInformation>\n<protectedIdentity>false</protectedIdentity>\n</agent>\n</agents>\n<dates>\n<date dateType="created">2003-04-02T00:00:00</date>\n<date dateType="closed">2003-09-30T00:00:00</date>\n</dates>\n<action>\n<actionText>Bifall</actionText>\n<dates><actionDate dateType="decision_date">2003-09-01T00:00:00</actionDate></dates>\n<agents><agent agentType="agent"><name>BN</name></agent></agents>\n</action>\n<archivalHistory><historyLine>Flyttad</historyLine></archivalHistory>\n<physicalLocations><physicalLocation><currentLocation>F1a:12</currentLocation></physicalLocation></physicalLocations>\n<record systemIdentifier="aaaaaaaa-0000-4000-8000-000000000002" recordPhysicalOrDigital="digitial">\n<objectId>KS 2003/1:1</objectId>\n<extraId extraIdType="key">11</extraId>\n<keywords><keyword>brev</keyword></keywords>\n<title>En handling</title>\n<runningNumber>1</runningNumber>\n<direction directionDefinition="incoming"/>\n<agents><agent agentType="sender"><name>Bo</name></agent></agents>\n<dates><date dateType="created">2003-04-02T00:00:00</date></dates>\n<archivalHistory><historyLine>Skannad</historyLine></archivalHistory>\n<physicalLocations><physicalLocation><currentLocation>F1a:12</currentLocation></physicalLocation></physicalLocations>\n<additionalInformation>\n<appendix name="brev.txt" fileFormat="x-fmt/111" path="KS-2003-1/brev.txt"><eSignature present="false"/></appendix>\n<appendix name="bild.png" fileFormat="fmt/11" path="KS-2003-1/bild.png"/>\n<ownElement><ownElement name="fält"><value>1</value></ownElement></ownElement>\n</additionalInformation>\n</record>\n</aggregation>\n',
        "",
        (
            ("ERMS198", _E + "23 /erms/aggregations/aggregation"),
            ("ERM002", "representations/rep1/data/KS-2003-1/bild.png"),
            ("ERM002", "representations/rep1/data/KS-2003-1/brev.txt"),
        ),
    ),
    (
        ERMS,
        "<archivalHistory><historyLine>Flyttad</historyLine></archivalHistory>\n<physicalLocations><physicalLocation><currentLocation>F1a:12</currentLocation></physicalLocation>",
        "<archivalHistory><historyLine>Flyttad</historyLine></archivalHistory>\n<physicalLocations>",
        (("ERMS248", _E + "56 /erms/aggregations/aggregation[1]/physicalLocations/physicalLocation"),),
    ),
    (
        ERMS,
        "<archivalHistory><historyLine>Skannad</historyLine></archivalHistory>\n<physicalLocations><physicalLocation><currentLocation>F1a:12</currentLocation></physicalLocation>",
        "<archivalHistory><historyLine>Skannad</historyLine></archivalHistory>\n<physicalLocations>",
        (
            (
                "ERMS186",
                _E + "67 /erms/aggregations/aggregation[1]/record[1]/physicalLocations/physicalLocation",
            ),
        ),
    ),
    (
        ERMS,
        '<aggregations>\n<aggregation systemIdentifier="aaaaaaaa-0000-4000-8000-000000000001" aggregationType="caseFile">\n<objectId>KS 2003/1</objectId>\n<extraId extraIdType="key">1</extraId>\n<identification identificationType="box">7</identification>\n<keywords><keyword>bygg</keyword></keywords>\n<title>Ett ärende</title>\n<status value="closed"/>\n<relation relationType="reference">KS 2003/9</relation>\n<restriction restrictionType="confidential"><regulation>OSL 21 kap. 7 §</regulation></restriction>\n<disposal disposable="false">\n<dates><disposalDate dateType="disposal_date">2030-01-01T00:00:00</disposalDate></dates>\n</disposal>\n<agents>\n<agent agentType="counterpart">\n<name>Eva</name>\n<addressContactInformation>\n<addressLine adressType="postal_city">Mora</addressLine>\n<contactLine contactType="email">eva@example.org</contactLine>\n</addressContactInformation>\n<protectedIdentity>false</protectedIdentity>\n</agent>\n</agents>\n<dates>\n<date dateType="created">2003-04-02T00:00:00</date>\n<date dateType="closed">2003-09-30T00:00:00</date>\n</dates>\n<action>\n<actionText>Bifall</actionText>\n<dates><actionDate dateType="decision_date">2003-09-01T00:00:00</actionDate></dates>\n<agents><agent agentType="agent"><name>BN</name></agent></agents>\n</action>\n<archivalHistory><historyLine>Flyttad</historyLine></archivalHistory>\n<physicalLocations><physicalLocation><currentLocation>F1a:12</currentLocation></physicalLocation></physicalLocations>\n<record systemIdentifier="aaaaaaaa-0000-4000-8000-000000000002" recordPhysicalOrDigital="digitial">\n<objectId>KS 2003/1:1</objectId>\n<extraId extraIdType="key">11</extraId>\n<keywords><keyword>brev</keyword></keywords>\n<title>En handling</title>\n<runningNumber>1</runningNumber>\n<direction directionDefinition="incoming"/>\n<agents><agent agentType="sender"><name>Bo</name></agent></agents>\n<dates><date dateType="created">2003-04-02T00:00:00</date></dates>\n<archivalHistory><historyLine>Skannad</historyLine></archivalHistory>\n<physicalLocations><physicalLocation><currentLocation>F1a:12</currentLocation></physicalLocation></physicalLocations>\n<additionalInformation>\n<appendix name="brev.txt" fileFormat="x-fmt/111" path="KS-2003-1/brev.txt"><eSignature present="false"/></appendix>\n<appendix name="bild.png" fileFormat="fmt/11" path="KS-2003-1/bild.png"/>\n<ownElement><ownElement name="fält"><value>1</value></ownElement></ownElement>\n</additionalInformation>\n</record>\n</aggregation>\n</aggregations>',
        "<records></records>",
        (
            ("ERMS129", _E + "23 /erms/records/record"),
            ("ERM002", "representations/rep1/data/KS-2003-1/bild.png"),
            ("ERM002", "representations/rep1/data/KS-2003-1/brev.txt"),
        ),
    ),
    (
        PREMIS,
        "<objectIdentifierType>local</objectIdentifierType>\n",
        "",
        (("PM30", _P + "4 /premis/object[1]/objectIdentifier[1]/objectIdentifierType"),),
    ),
    (
        PREMIS,
        "<messageDigest>00c8ac8ec9cf714a3385d27872be2831a42cf242b453d21edc8dc6d109446b40</messageDigest>\n",
        "",
        (("PM35", _P + "9 /premis/object[1]/objectCharacteristics[1]/fixity[1]/messageDigest"),),
    ),
    (
        PREMIS,
        "<formatRegistryName>PRONOM</formatRegistryName>\n",
        "",
        (
            (
                "PM42",
                _P
                + "18 /premis/object[1]/objectCharacteristics[1]/format[1]/formatRegistry/formatRegistryName",
            ),
        ),
    ),
    (
        PREMIS,
        "<contentLocationValue>data/KS-2003-1/brev.txt</contentLocationValue>\n",
        "",
        (("PM55", _P + "25 /premis/object[1]/storage[1]/contentLocation/contentLocationValue"),),
    ),
    (
        PREMIS,
        "<relationshipType>structural</relationshipType>\n",
        "",
        (("PM58", _P + "64 /premis/object[3]/relationship[1]/relationshipType"),),
    ),
    (
        PREMIS,
        "<relatedObjectIdentifierType>local</relatedObjectIdentifierType>\n",
        "",
        (
            (
                "PM61",
                _P
                + "67 /premis/object[3]/relationship[1]/relatedObjectIdentifier[1]/relatedObjectIdentifierType",
            ),
        ),
    ),
    (
        PREMIS,
        "<relatedObjectIdentifierValue>object-1</relatedObjectIdentifierValue>\n",
        "",
        (
            (
                "PM62",
                _P
                + "67 /premis/object[3]/relationship[1]/relatedObjectIdentifier[1]/relatedObjectIdentifierValue",
            ),
        ),
    ),
    (
        PREMIS,
        "<agentIdentifierType>local</agentIdentifierType>\n",
        "",
        (("PM71", _P + "93 /premis/agent[1]/agentIdentifier[1]/agentIdentifierType"),),
    ),
    (
        PREMIS,
        "<agentIdentifierValue>agent-1</agentIdentifierValue>\n",
        "",
        (
            ("PM72", _P + "93 /premis/agent[1]/agentIdentifier[1]/agentIdentifierValue"),
            ("PRE002", _P + "85 /premis/event[1]/linkingAgentIdentifier[1]/linkingAgentIdentifierValue"),
        ),
    ),
    (
        PREMIS,
        "<eventIdentifierType>local</eventIdentifierType>\n",
        "",
        (("PM82", _P + "74 /premis/event[1]/eventIdentifier/eventIdentifierType"),),
    ),
    (
        PREMIS,
        "<eventIdentifierValue>event-1</eventIdentifierValue>\n",
        "",
        (("PM83", _P + "74 /premis/event[1]/eventIdentifier/eventIdentifierValue"),),
    ),
    (
        PREMIS,
        "<eventDateTime>2026-01-01T12:00:00Z</eventDateTime>\n",
        "",
        (("PM85", _P + "73 /premis/event[1]/eventDateTime"),),
    ),
    (
        PREMIS,
        "<linkingAgentIdentifierType>local</linkingAgentIdentifierType>\n",
        "",
        (("PM88", _P + "83 /premis/event[1]/linkingAgentIdentifier[1]/linkingAgentIdentifierType"),),
    ),
    (
        PREMIS,
        "<linkingAgentIdentifierValue>agent-1</linkingAgentIdentifierValue>\n",
        "",
        (("PM89", _P + "83 /premis/event[1]/linkingAgentIdentifier[1]/linkingAgentIdentifierValue"),),
    ),
    (
        PREMIS,
        "<linkingObjectIdentifierType>local</linkingObjectIdentifierType>\n",
        "",
        (("PM91", _P + "87 /premis/event[1]/linkingObjectIdentifier[1]/linkingObjectIdentifierType"),),
    ),
    (
        PREMIS,
        "<linkingObjectIdentifierValue>object-2</linkingObjectIdentifierValue>\n",
        "",
        (("PM92", _P + "87 /premis/event[1]/linkingObjectIdentifier[1]/linkingObjectIdentifierValue"),),
    ),
    (
        PREMIS,
        "<agentType>software</agentType>\n",
        "",
        (("PM74", _P + "92 /premis/agent[1]/agentType"),),
    ),
    (
        PREMIS,
        "<objectIdentifier>\n<objectIdentifierType>local</objectIdentifierType>\n<objectIdentifierValue>object-1</objectIdentifierValue>\n</objectIdentifier>\n",
        "",
        (
            ("PM29", _P + "3 /premis/object[1]/objectIdentifier"),
            (
                "PRE002",
                _P
                + "65 /premis/object[3]/relationship[1]/relatedObjectIdentifier[1]/relatedObjectIdentifierValue",
            ),
        ),
    ),
    (
        PREMIS,
        "<objectCharacteristics>\n<fixity>\n<messageDigestAlgorithm>SHA-256</messageDigestAlgorithm>\n<messageDigest>00c8ac8ec9cf714a3385d27872be2831a42cf242b453d21edc8dc6d109446b40</messageDigest>\n</fixity>\n<size>24</size>\n<format>\n<formatDesignation>\n<formatName>Plain</formatName>\n</formatDesignation>\n<formatRegistry>\n<formatRegistryName>PRONOM</formatRegistryName>\n<formatRegistryKey>x-fmt/111</formatRegistryKey>\n</formatRegistry>\n</format>\n</objectCharacteristics>\n",
        "",
        (("PM32", _P + "3 /premis/object[1]/objectCharacteristics"),),
    ),
    (
        PREMIS,
        "<fixity>\n<messageDigestAlgorithm>SHA-256</messageDigestAlgorithm>\n<messageDigest>00c8ac8ec9cf714a3385d27872be2831a42cf242b453d21edc8dc6d109446b40</messageDigest>\n</fixity>\n",
        "",
        (("PM33", _P + "3 /premis/object[1]/objectCharacteristics/fixity"),),
    ),
    (
        PREMIS,
        "<relatedObjectIdentifier>\n<relatedObjectIdentifierType>local</relatedObjectIdentifierType>\n<relatedObjectIdentifierValue>object-1</relatedObjectIdentifierValue>\n</relatedObjectIdentifier>\n",
        "",
        (("PM60", _P + "64 /premis/object[3]/relationship[1]/relatedObjectIdentifier"),),
    ),
    (
        PREMIS,
        "<eventIdentifier>\n<eventIdentifierType>local</eventIdentifierType>\n<eventIdentifierValue>event-1</eventIdentifierValue>\n</eventIdentifier>\n",
        "",
        (("PM81", _P + "73 /premis/event[1]/eventIdentifier"),),
    ),
    (
        PREMIS,
        "<agentIdentifier>\n<agentIdentifierType>local</agentIdentifierType>\n<agentIdentifierValue>agent-1</agentIdentifierValue>\n</agentIdentifier>\n",
        "",
        (
            ("PM70", _P + "92 /premis/agent[1]/agentIdentifier"),
            ("PRE002", _P + "85 /premis/event[1]/linkingAgentIdentifier[1]/linkingAgentIdentifierValue"),
        ),
    ),
    (
        PREMIS,
        "<eventOutcomeInformation>\n<eventOutcome>success</eventOutcome>\n</eventOutcomeInformation>\n",
        "",
        (("PM86", _P + "73 /premis/event[1]/eventOutcomeInformation"),),
    ),
    (
        PREMIS,
        "</format>\n",
        "</format>\n<creatingApplication><creatingApplicationVersion>1</creatingApplicationVersion></creatingApplication>\n",
        (
            (
                "PM46",
                _P
                + "23 /premis/object[1]/objectCharacteristics[1]/creatingApplication[1]/creatingApplicationName",
            ),
        ),
    ),
    (
        PREMIS,
        "</relationship>\n</object>\n",
        '</relationship>\n</object>\n<object xsi:type="intellectualEntity"><objectIdentifier><objectIdentifierType>local</objectIdentifierType><objectIdentifierValue>miljö</objectIdentifierValue></objectIdentifier><environmentFunction/></object>\n',
        (
            ("PM7", _P + "73 /premis/object[4]/environmentFunction[1]/environmentFunctionType"),
            ("PM8", _P + "73 /premis/object[4]/environmentFunction[1]/environmentFunctionLevel"),
        ),
    ),
    (
        PREMIS,
        "</relatedObjectIdentifier>\n",
        "</relatedObjectIdentifier>\n<relatedEventIdentifier/>",
        (
            (
                "PM64",
                _P
                + "71 /premis/object[3]/relationship[1]/relatedEventIdentifier[1]/relatedEventIdentifierType",
            ),
            (
                "PM65",
                _P
                + "71 /premis/object[3]/relationship[1]/relatedEventIdentifier[1]/relatedEventIdentifierValue",
            ),
        ),
    ),
    (
        PREMIS,
        "</agent>\n</premis>",
        "</agent>\n<rights><rightsStatement/></rights>\n</premis>",
        (
            ("PM95", _P + "100 /premis/rights[1]/rightsStatement[1]/rightsStatementIdentifier"),
            ("PM98", _P + "100 /premis/rights[1]/rightsStatement[1]/rightsBasis"),
        ),
    ),
    (
        PREMIS,
        "</agent>\n</premis>",
        "</agent>\n<rights><rightsStatement><rightsStatementIdentifier/><rightsBasis>statute</rightsBasis></rightsStatement></rights>\n</premis>",
        (
            (
                "PM96",
                _P
                + "100 /premis/rights[1]/rightsStatement[1]/rightsStatementIdentifier/rightsStatementIdentifierType",
            ),
            (
                "PM97",
                _P
                + "100 /premis/rights[1]/rightsStatement[1]/rightsStatementIdentifier/rightsStatementIdentifierValue",
            ),
        ),
    ),
    (
        ERMS,
        "<title>Ett ärende</title>\n",
        "<title>Ett ärende</title>\n<title>Ett till</title>\n",
        (("SCH008", _E + "30 /erms/aggregations/aggregation[1]/title[2]"),),
    ),
)
