"""Every rule finds its own breach, at the exact place, and nothing else; switched off it finds nothing."""

import re
import zipfile

import pytest
from tests.validation import test_cspackage
from tests.validation.builder import ERMS, PREMIS, REPRESENTATION, ROOT, Builder
from tests.validation.families import other_kind
from tests.validation.mutations import MUTATIONS
from tests.validation.siardbuilder import Siard
from tests.validation.words import BAD, REFERENCE, SECTIONS, of_line

from leverans.findings import catalogue
from leverans.validation import validate
from leverans.validation.profiles import profiles, requirements
from leverans.validation.run import examine


def found(report):
    return [(finding.code, finding.where) for finding in report.findings]


def changed(path, old, new):
    return Builder().change(path, lambda text: text.replace(old, new, 1))


@pytest.mark.parametrize("version", ["2.1.0", "2.2.0"])
def test_a_good_package_has_no_finding_in_any_form(tmp_path, version):
    package = Builder(version)
    paths = [package.folder(tmp_path), package.zip(tmp_path), package.zip(tmp_path, zipfile.ZIP_DEFLATED)]
    reports = [validate(path) for path in paths]
    assert [found(report) for report in reports] == [[], [], []]
    assert all(report.valid for report in reports)
    assert {report.profile for report in reports} == {"fgs-2.0" if version == "2.1.0" else "eark-2.2"}
    assert (
        reports[0].counts | {"files": 10, "references": 9, "appendices": 2, "premis_objects": 3}
        == reports[0].counts
    )


@pytest.mark.parametrize(("path", "old", "new", "expected"), MUTATIONS)
def test_each_breach_is_found_at_its_place(tmp_path, path, old, new, expected):
    report = validate(changed(path, old, new).folder(tmp_path))
    assert found(report) == list(expected)


@pytest.mark.parametrize(("path", "old", "new", "expected"), MUTATIONS)
def test_a_rule_that_is_off_finds_nothing_and_the_others_stay(tmp_path, path, old, new, expected):
    first = expected[0][0]
    report = examine(changed(path, old, new).folder(tmp_path), without=frozenset({first}))
    assert found(report) == [row for row in expected if row[0] != first]


@pytest.mark.parametrize(("document", "marker", "first", "place"), SECTIONS)
@pytest.mark.parametrize(
    ("number", "way"),
    [(number, "absent") for number in range(9)]
    + [(number, "wrong") for number in range(9) if REFERENCE[number] in BAD],  # any text can be an href
)
def test_each_of_the_nine_words_of_a_reference(tmp_path, document, marker, first, place, number, way):
    attribute = REFERENCE[number]
    value = BAD[attribute] if way == "wrong" else None
    package = Builder().change(document, lambda text: of_line(text, marker, attribute, value))
    codes = dict(found(validate(package.folder(tmp_path))))
    code = f"CSIP{first + number}"
    assert code in codes
    assert codes[code].endswith(f"{place}/@{attribute}")
    assert codes.keys() - {code} <= ({"FIX004"} if attribute == "xlink:href" else {"CSIPSTR6", "CSIPSTR7"})


@pytest.mark.parametrize(
    ("attribute", "value", "code"),
    [
        ("SIZE", None, "CSIP69"),
        ("SIZE", "-1", "CSIP69"),
        ("CREATED", None, "CSIP70"),
        ("CHECKSUM", None, "CSIP71"),
        ("CHECKSUM", "0" * 63, "CSIP71"),
        ("CHECKSUM", "g" * 64, "CSIP71"),
        ("CHECKSUMTYPE", None, "CSIP72"),
        ("CHECKSUMTYPE", "sha256", "CSIP72"),
    ],
)
def test_the_words_of_a_file(tmp_path, attribute, value, code):
    package = Builder().change(ROOT, lambda text: of_line(text, 'ID="file-about"', attribute, value))
    expected = [(code, f"METS.xml:32 /mets/fileSec/fileGrp[1]/file[1]/@{attribute}")]
    assert found(validate(package.folder(tmp_path))) == expected


def test_a_checksum_nobody_can_compute_is_told(tmp_path):
    package = Builder().change(
        ROOT, lambda text: of_line(text, 'ID="file-about"', "CHECKSUMTYPE", "WHIRLPOOL")
    )
    assert found(validate(package.folder(tmp_path))) == [("FIX006", "documentation/about.txt")]


@pytest.mark.parametrize(
    ("name", "digest"), [("MD5", "md5"), ("SHA-1", "sha1"), ("SHA-384", "sha384"), ("SHA-512", "sha512")]
)
def test_other_algorithms_are_computed(tmp_path, name, digest):
    import hashlib

    def use(content):
        def change(text):
            text = of_line(
                text, 'ID="file-about"', "CHECKSUM", hashlib.new(digest, content).hexdigest().upper()
            )
            return of_line(text, 'ID="file-about"', "CHECKSUMTYPE", name)

        return change

    good = Builder().change(ROOT, use(b"Om leveransen.\n"))
    assert found(validate(good.folder(tmp_path))) == []
    bad = Builder().change(ROOT, use(b"annat"))
    assert found(validate(bad.folder(tmp_path))) == [("FIX001", "documentation/about.txt")]


@pytest.mark.parametrize(("name", "checksum"), [("CRC32", "3610a686"), ("Adler-32", "062c0215")])
def test_rolling_checksums_are_computed(tmp_path, name, checksum):
    import zlib

    content = b"hello"
    assert f"{(zlib.crc32 if name == 'CRC32' else zlib.adler32)(content):08x}" == checksum

    def change(text):
        text = of_line(text, 'ID="file-about"', "CHECKSUM", checksum)
        text = of_line(text, 'ID="file-about"', "SIZE", "5")
        return of_line(text, 'ID="file-about"', "CHECKSUMTYPE", name)

    package = (
        Builder().change(ROOT, change).spoil(lambda tree: tree.update({"documentation/about.txt": content}))
    )
    assert found(validate(package.folder(tmp_path))) == []


def severities(version, path, old, new, tmp_path, **options):
    package = Builder(version).change(path, lambda text: text.replace(old, new, 1))
    return {
        finding.code: finding.severity for finding in validate(package.folder(tmp_path), **options).findings
    }


@pytest.mark.parametrize(
    ("old", "new", "before", "after"),
    [
        ('<fptr FILEID="grp-documentation"/>', "", {"CSIP96": "error"}, {"CSIP96": "warning"}),
        ('<fptr FILEID="grp-schemas"/>', "", {"CSIP100": "error"}, {"CSIP100": "warning"}),
        ("<name>Provkommun</name>", "<name> </name>", {"SIP18": "info"}, {"SIP18": "error"}),
        ("<name>Provnämnden</name>", "<name> </name>", {"SIP12": "info"}, {"SIP12": "error"}),
        ("<name>Provarkivet</name>", "<name> </name>", {"SIP29": "info"}, {"SIP29": "error"}),
    ],
)
def test_levels_follow_the_version(tmp_path, old, new, before, after):
    assert severities("2.1.0", ROOT, old, new, tmp_path) == before
    assert severities("2.2.0", ROOT, old, new, tmp_path) == after


def test_an_agent_without_the_element_name_is_no_mets(tmp_path):
    lacking = (ROOT, "<name>Provarkivet</name>", "")
    assert severities("2.1.0", *lacking, tmp_path) == {"SIP29": "info", "SCH002": "error"}


def test_ids_are_unique_in_the_document_only_from_the_later_version(tmp_path):
    change = (REPRESENTATION, '<file ID="file-brev"', '<file ID="file-about"')
    assert severities("2.1.0", *change, tmp_path) == {"REF003": "error"}
    assert severities("2.2.0", *change, tmp_path) == {}


@pytest.mark.parametrize(
    ("old", "new", "code"),
    [
        (' classificationSchemaId="plan"', "", "ERMS272"),
        (' classificationSchemaStatus="current"', "", "ERMS273"),
        ('classificationSchemaStatus="current"', 'classificationSchemaStatus="other"', "ERMS274"),
        ("<textualDescription", "<useDatePeriod/><textualDescription", "ERMS276"),
        ("<aggregation ", '<aggregation classificationSchemaUsed="annan" ', "REF001"),
        ('"digital"', '"digitial"', "SCH005"),
        ('agentType="sender"', 'agentType="contact"', "ERMS93"),
    ],
)
def test_the_later_erms_has_its_own_rules(tmp_path, old, new, code):
    assert list(severities("2.2.0", ERMS, old, new, tmp_path)) == [code]


def test_the_later_erms_takes_what_the_earlier_does_not(tmp_path):
    contact = (ERMS, 'agentType="sender"', 'agentType="contact_person"')
    assert severities("2.2.0", *contact, tmp_path) == {}
    assert severities("2.1.0", *contact, tmp_path) == {"ERMS93": "error"}


def test_a_profile_that_is_asked_for_holds(tmp_path):
    codes = [finding.code for finding in validate(Builder().folder(tmp_path), profile="eark-2.2").findings]
    assert codes == ["SIP2"]
    report = validate(Builder().folder(tmp_path), profile="finns-inte")
    assert [finding.code for finding in report.findings] == ["VAL005"]
    assert report.profile == "fgs-2.0"


def test_both_spellings_of_the_profile_address_are_taken(tmp_path):
    package = changed(ROOT, "E-ARK-SIP.xml", "E-ARK-SIP-v2-1-0.xml")
    assert found(validate(package.folder(tmp_path))) == []


def test_both_spellings_of_the_format_attributes_are_taken(tmp_path):
    for names in (("FILEFORMATREGISTRY", "FILEFORMATKEY"), ("FORMATREGISTRY", "FORMATREGISTRYKEY")):
        words = f'<file sip:{names[0]}="PRONOM" sip:{names[1]}="x-fmt/111" ID="file-about"'
        package = changed(ROOT, '<file ID="file-about"', words)
        assert found(validate(package.folder(tmp_path))) == []


def test_every_requirement_has_a_text_and_every_text_in_two_languages():
    codes = catalogue()
    assert requirements() <= codes.keys()
    for code in requirements():
        assert codes[code].sv
        assert codes[code].en != codes[code].sv
        assert code in codes[code].clause


def test_the_numbers_of_requirements_are_those_of_the_published_profiles():
    def count(name, prefix, severity):
        levels = profiles()[name].levels
        return sum(
            re.fullmatch(prefix + r"\d+", code) is not None and levels[code] == severity for code in levels
        )

    assert [count("fgs-2.0", "CSIP", level) for level in ("error", "warning", "info")] == [89, 20, 7]
    assert [count("eark-2.2", "CSIP", level) for level in ("error", "warning", "info")] == [86, 23, 7]
    assert [count("fgs-2.0", "SIP", level) for level in ("error", "info")] == [15, 20]
    assert [count("eark-2.2", "SIP", level) for level in ("error", "info")] == [18, 17]
    assert [count("fgs-2.0", "CSIPSTR", level) for level in ("error", "warning")] == [2, 11]


def test_no_value_of_a_person_stands_in_a_finding(tmp_path):
    secret = "19121212-1213"
    for path, old in (
        (ERMS, "aaaaaaaa-0000-4000-8000-000000000001"),
        (ERMS, ">false<"),
        (PREMIS, "relative path</contentLocationType>\n<contentLocationValue>"),
    ):
        new = f">{secret}<" if old.startswith(">") else secret
        report = validate(changed(path, old, new).folder(tmp_path))
        assert report.findings
        assert secret not in repr(report.plain())


def test_the_report_is_plain_data(tmp_path):
    import json

    report = validate(changed(ROOT, 'RECORDSTATUS="NEW"', 'RECORDSTATUS="X"').folder(tmp_path))
    plain = json.loads(json.dumps(report.plain()))
    assert plain["package"] == Builder().name
    assert plain["valid"] is True
    assert plain["findings"][0]["code"] == "SIP3"
    assert set(plain["findings"][0]) >= {"code", "severity", "where", "text"}
    assert set(plain["findings"][0]["text"]) == {"sv", "en"}


@pytest.mark.parametrize(
    ("kind", "old", "new", "expected"),
    [
        ("AIP", "E-ARK-AIP-v2-2-0.xml", "E-ARK-AIP.xml", ["AIPM2"]),
        ("AIP", 'OAISPACKAGETYPE="AIP"', 'OAISPACKAGETYPE="SIP"', ["AIPM3"]),
        ("AIP", 'STATUS="CURRENT">\n<mdRef LOCTYPE="URL" xlink:type="simple" xlink:href="metadata/descriptive', 'STATUS="SUPERSEDED">\n<mdRef LOCTYPE="URL" xlink:type="simple" xlink:href="metadata/descriptive', ["AIPM4"]),
        ("DIP", "E-ARK-DIP-v2-2-0.xml", "E-ARK-DIX.xml", ["DIP2"]),
        ("DIP", 'OAISPACKAGETYPE="DIP"', 'OAISPACKAGETYPE="SIP"', ["DIP3"]),
        ("DIP", 'STATUS="CURRENT">\n<mdRef LOCTYPE="URL" xlink:type="simple" xlink:href="metadata/descriptive', 'STATUS="SUPERSEDED">\n<mdRef LOCTYPE="URL" xlink:type="simple" xlink:href="metadata/descriptive', ["DIP4"]),
        ("AIP", 'MDTYPE="PREMIS"', 'MDTYPE="OTHER" OTHERMDTYPE="X"', ["AIPM6"]),
        ("AIP", ' MDTYPEVERSION="3.0"', "", ["AIPM7"]),
        ("AIP", "digiprovMD", "techMD", ["AIPM5"]),
    ],
)  # fmt: skip
def test_what_other_kinds_of_packages_add(tmp_path, kind, old, new, expected):
    """An AIP and a DIP: the builder's package with another address, type and one provenance section."""

    def good():
        return other_kind(kind)

    name = f"{kind.lower()}-2.2"
    report = validate(good().folder(tmp_path), profile=name)
    base = {finding.code for finding in report.findings} - {"CSIP9"}
    changed = good().change(ROOT, lambda text: text.replace(old, new))
    found_now = [finding.code for finding in validate(changed.folder(tmp_path), profile=name).findings]
    assert [code for code in found_now if code.startswith(("AIPM", "DIP"))] == expected
    assert not {code for code in base if code.startswith(("AIPM", "DIP"))}


def test_a_sip_is_held_against_the_rules_of_a_sip_whatever_it_claims(tmp_path):
    package = changed(ROOT, "earksip.dilcis.eu/profile/E-ARK-SIP", "earkcsip.dilcis.eu/profile/E-ARK-CSIP")
    package.change(ROOT, lambda text: text.replace('RECORDSTATUS="NEW"', 'RECORDSTATUS="X"', 1))
    report = validate(package.folder(tmp_path))
    assert [code for code, _ in found(report)] == ["SIP2", "SIP3"]
    assert report.findings[0].where == "METS.xml:2 /mets/@PROFILE"
    assert (report.profile, report.valid) == ("fgs-2.0", False)


def test_a_mets_does_not_leave_its_rules_by_the_address_of_another_structure(tmp_path):
    address = profiles()["fgs-1.2"].addresses[0]
    report = validate(
        Builder()
        .change(ROOT, lambda text: re.sub(r'(?<= )PROFILE="[^"]*"', f'PROFILE="{address}"', text))
        .folder(tmp_path)
    )
    assert [code for code, _ in found(report)] == ["SIP2"]


def test_words_hidden_behind_more_blanks_than_are_kept_are_seen(tmp_path):
    blank = " " * (1 << 18)
    for old, new in (("<agent ", f"{blank}x<agent "), (">false<", f">false{blank}x<")):
        path = ROOT if old.startswith("<") else ERMS
        assert "error" in severities("2.1.0", path, old, new, tmp_path).values(), old
        assert severities("2.1.0", path, old, new.replace("x", ""), tmp_path) == {}


def test_a_submitter_of_another_role_is_told_as_such(tmp_path):
    role = changed(
        ROOT, '<agent ROLE="CREATOR" TYPE="ORGANIZATION">', '<agent ROLE="EDITOR" TYPE="ORGANIZATION">'
    )
    contact = '<agent ROLE="CREATOR" TYPE="INDIVIDUAL">'
    role.change(ROOT, lambda text: text.replace(contact, '<agent ROLE="EDITOR" TYPE="INDIVIDUAL">', 1))
    assert [code for code, _ in found(validate(role.folder(tmp_path)))] == ["SIP16"]


def test_a_package_of_another_kind_than_the_profile_is_never_valid(tmp_path):
    """VAL009 or CSIPSTR4, and whatever else its own profile says; what is of no kind is not valid either."""
    (tmp_path / "skrap").mkdir()
    (tmp_path / "skrap/a.txt").write_text("a")
    places = {
        "–": tmp_path / "skrap",
        "csip": changed(ROOT, 'RECORDSTATUS="NEW"', 'RECORDSTATUS="X"').folder(tmp_path),
        "siard": Siard().write(tmp_path, "prov.siard"),
        "cspackage": test_cspackage.build(tmp_path),
    }
    for form, path in places.items():
        for name, profile in profiles().items():
            report = validate(path, profile=name)
            told = [finding for finding in report.findings if finding.code == "VAL009"]
            if profile.form == form:
                assert not told, (form, name)
                continue
            assert not report.valid, (form, name)
            assert {finding.parameters["value"] for finding in told} == (
                {form} if (form, profile.form) != ("–", "csip") else set()
            )
        assert validate(path).valid == (form != "–")
    assert [code for code, _ in found(validate(places["csip"], profile="siard"))] == ["VAL009", "SIP3"]


def test_a_document_of_another_kind_than_the_profile_is_not_valid(tmp_path):
    path = Builder().folder(tmp_path) / "METS.xml"
    assert validate(path, profile="fgs-2.0").valid
    assert [code for code, _ in found(validate(path, profile="siard"))][:1] == ["VAL009"]
