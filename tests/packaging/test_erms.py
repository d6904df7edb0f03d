"""What the ERMS document says, read with nothing but XPath."""

import pytest
from lxml import etree
from tests.packaging.conftest import NAMES

from leverans.formats import profiles
from leverans.model import Agent, Class, Event, Location, Restriction
from leverans.packaging.erms import ErmsWriter
from leverans.packaging.names import document_paths
from leverans.packaging.when import moment
from leverans.testing.builders import REFERENCE_TIME, a_case, a_full_case, a_record, an_order


class Written:
    def __init__(self, *cases, **fields):
        self.writer = ErmsWriter(an_order(**fields))
        inner = "".join(self.writer.aggregation(case, document_paths("K", case)) for case in cases)
        text = self.writer.head() + inner + self.writer.tail()
        self.tree = etree.fromstring(text.encode())

    def __call__(self, path):
        return self.tree.xpath(path, namespaces=NAMES)

    def own(self, name, below="//e:aggregation/e:additionalInformation"):
        return self(f"{below}//e:ownElement[@name='{name}']/e:value/text()")


@pytest.fixture(scope="module")
def full():
    return Written(a_full_case())


def test_ingest_finds_identity_version_and_digest(full):
    case = a_full_case()
    assert full("//e:aggregation/@systemIdentifier") == [case.id]
    assert full("//e:aggregation/e:objectId/text()") == [case.reference_code]
    found = {e.get("extraIdType"): e.text for e in full("//e:aggregation/e:extraId")}
    assert found == {"sourceKey": case.key, "version": "2", "contentDigest": case.digest}
    assert full("//e:relation[@relationType='replaces']/text()") == [case.replaces]


def test_a_first_version_replaces_nothing():
    assert Written(a_case())("//e:relation") == []


def test_the_words_of_the_case(full):
    assert full("//e:aggregation/@aggregationType") == ["own_aggregation_definition"]
    assert full("//e:aggregation/@otherAggregationType") == ["personfil"]
    assert full("//e:classification/@fullyQualifiedClassificationCode") == ["3.4.1"]
    assert full("//e:classification/text()") == ["Bygglov"]
    assert full("//e:aggregation/e:status/@value") == ["closed"]
    assert full("//e:aggregation/e:access/text()") == ["staff"]
    assert full.own("partition") == ["2003"]
    assert full.own("fastighet") == ["Mora 1:2"]


def test_dates_have_the_documented_form(full):
    dates = {e.get("dateType"): e.text for e in full("//e:aggregation/e:dates/e:date")}
    assert dates == {
        "created": "2003-04-02T00:00:00", "opened": "2003-04-02T00:00:00", "closed": "2003-09-30T00:00:00",
    }  # fmt: skip
    assert full("//e:record/e:dates/e:date[@dateType='sent']/text()") == ["2003-04-04T08:30:00+02:00"]


def test_agents_keep_their_roles_and_protection(full):
    agents = full("//e:aggregation/e:agents/e:agent")
    assert [agent.get("agentType") for agent in agents] == ["creator", "counterpart", "other"]
    assert agents[2].get("otherAgentType") == "byggherre"
    assert full("//e:protectedIdentity/text()") == ["true"]
    assert full("string(//e:agentExtendingXMLInformation)") == "sekretessmarkering"
    assert full("//e:idNumber/@idNumberType") == ["personnummer"]


def test_restrictions_have_a_regulation_and_open_axes_none(full):
    kinds = full("//e:aggregation/e:restriction/@restrictionType")
    assert kinds == ["confidential", "gdpr"]
    laws = full("//e:aggregation/e:restriction/e:regulation")
    assert [law.text or "" for law in laws] == ["OSL 21 kap. 7 §", ""], (
        "no words of ours where there is no law"
    )
    assert full("//e:aggregation/e:restriction/e:dates/e:date/@dateType") == ["expiration"]
    assert full.own("web.secrecy") == ["none"]
    assert full.own("web.copyright") == ["full"]


def test_an_own_axis_is_named():
    found = Written(a_case(restrictions=(Restriction("copyright", "none", "URL 1 §"),)))
    assert found("//e:restriction/@otherRestrictionType") == ["copyright"]


def test_decisions_and_events_are_actions(full):
    assert full("//e:aggregation/e:action/e:actionText/text()") == ["Bifall", "Muntligt"]
    assert full("//e:aggregation/e:action[1]//e:actionDate/@dateType") == ["decision_date"]
    assert full("//e:aggregation/e:action[1]//e:name/text()") == ["BN"]
    assert full.own("action.2.kind") == ["decision"]  # no date that could tell
    assert full("//e:record/e:action//e:actionDate/text()") == ["2004-01-01T00:00:00"]
    assert full.own("action.1.date", "//e:record") == ["2004"]


def test_disposal_says_rule_authority_and_start(full):
    assert full("//e:disposal/@disposable") == ["true"]
    assert full("//e:disposalPeriod/text()") == ["P10Y"]
    assert full("//e:disposalMandate/text()") == ["KF 2001 § 9"]
    assert full("//e:disposalDate/text()") == ["2003-09-30T00:00:00"]
    kept = Written(a_case(retention_rule="keep"))
    assert kept("//e:disposal/@disposable") == ["false"]
    assert kept("//e:disposalPeriod") == []


def test_a_start_that_is_no_day_is_noted_and_no_other_day_stands_for_it():
    case = a_case(
        closed="2003-04-02", retention_rule="10", retention_authority="KS", retention_start="avslutat"
    )
    found = Written(case)
    assert found("//e:disposal") == []
    told = [found.own(f"disposal.{name}") for name in ("start", "rule", "mandate")]
    assert told == [["avslutat"], ["10"], ["KS"]]
    assert found.writer.blocks.unwritable == 1


def test_paper_has_a_place_and_a_declared_one_is_marked(full):
    assert full("//e:aggregation/e:physicalLocations//e:currentLocation/text()") == ["F1a:12", "F1a:13"]
    assert full.own("location.basis") == ["source", "declared"]
    assert Written(a_case(locations=(Location("F1"),))).own("location.basis") == []


def test_records_and_their_files(full):
    assert full("//e:record/@recordType") == ["ritning"]
    assert full("//e:record/@recordPhysicalOrDigital") == ["digitial"]
    assert full("//e:record/e:runningNumber/text()") == ["1"]
    assert full("//e:direction/@directionDefinition") == ["internal_memo_without_follow-up"]
    assert full("//e:appendix/@path") == ["K/0001-01.pdf", "K/0001-02.pdf"]
    assert full("//e:appendix/@fileFormat") == ["fmt/18", "fmt/18"]
    assert full("//e:appendix/@description") == ["Plan <1>", "Plan <1>"]
    assert full.own("sidor", "//e:ownElement[@name='K/0001-02.pdf']") == ["3"]
    assert full.own("restriction.law", "//e:ownElement[@name='K/0001-01.pdf']") == ["OSL 21 kap. 7 §"]


def test_a_record_without_a_code_is_named_after_its_case():
    case = a_case(reference_code="KS 1", records=(a_record(number=7), a_record("2", number=None)))
    assert Written(case)("//e:record/e:objectId/text()") == ["KS 1:7", "KS 1:2"]


@pytest.mark.parametrize(
    ("fields", "created", "basis", "supplied"),
    [
        ({"created": "2001-02-03"}, "2001-02-03T00:00:00", [], 0),
        ({"created": None}, "2003-04-02T00:00:00", ["another date"], 0),
        ({"created": "fel", "opened": None}, "2003-09-30T00:00:00", ["another date"], 0),
        ({"created": None, "opened": None, "closed": None}, REFERENCE_TIME, ["reference time"], 1),
    ],
)
def test_created_is_always_there_and_says_where_it_came_from(fields, created, basis, supplied):
    found = Written(a_case(**fields))
    assert found("//e:aggregation/e:dates/e:date[@dateType='created']/text()") == [created]
    assert found.own("created.basis") == basis
    assert found.writer.supplied == supplied


def test_a_date_that_is_none_is_kept_and_counted():
    found = Written(a_case(closed="2003-02-30", events=(Event("event", text="x", date="i går"),)))
    assert found.own("date.closed") == ["2003-02-30"]
    assert found.own("action.1.date") == ["i går"]
    assert found.writer.blocks.unwritable == 2


def test_words_the_standard_lacks_are_kept():
    found = Written(a_case(status="vilande", records=(a_record(medium="mikrofilm", direction="bud"),)))
    assert found("//e:status") == []
    assert found.own("case_status") == ["vilande"]
    assert found.own("medium", "//e:record") == ["mikrofilm"]
    assert found("//e:direction/@otherDirectionDefinition") == ["bud"]


def test_escapes_are_counted():
    found = Written(a_case(title="a\x00b\x01", agents=(Agent("sender", "c\x02"),)))
    assert found.writer.blocks.escapes.count == 3


@pytest.mark.parametrize(
    ("status", "word"),
    [("NEW", "new"), ("SUPPLEMENT", "updated"), ("REPLACEMENT", "revised"), ("TEST", "new")],
)
def test_the_control_says_what_the_package_is(status, word):
    found = Written(a_case(), status=status)
    assert found("//e:maintenanceStatus/@value") == [word]
    assert found("//e:eventDateTime/text()") == [REFERENCE_TIME]
    assert found("//e:agencyCode/text()") == ["ORG:2120000000"]
    assert found("//e:systemInformation//e:name/text()") == ["Provsystem 5.2"]


@pytest.mark.parametrize(
    ("text", "value", "exact"),
    [
        ("2003-04-02", "2003-04-02T00:00:00", True),
        ("2003-04-02T09:18", "2003-04-02T09:18:00", False),
        ("2003-04-02 09:18:37", "2003-04-02T09:18:37", False),
        ("2003-04-02T00:00:00", "2003-04-02T00:00:00", False),
        ("2003-04-02T09:18:37.123Z", "2003-04-02T09:18:37.123Z", True),
        ("2003-04-02T09:18:37+02:00", "2003-04-02T09:18:37+02:00", True),
        ("2003-04", "2003-04-01T00:00:00", False),
        ("2003", "2003-01-01T00:00:00", False),
        ("2004-02-29", "2004-02-29T00:00:00", True),
        ("2003-02-29", None, False),
        ("0000-00-00", None, False),
        ("2003-04-02T24:00:00", None, False),
        ("2003-04-02T09:18:37+15:00", None, False),
        ("20030402", None, False),
        ("", None, False),
        ("2003-04-02\n", None, False),
        ("٢٠٠٣-04-02", None, False),
    ],
)
def test_moments(text, value, exact):
    assert moment(text) == (value, exact)


EARK = profiles.load("eark-2.2")
PLAN = Class("3.4", "Bygga", "Diarieplan", "1998-01-01", "2014-12-31")
NOW = Class("2.1", "Bygglov", "Klassificeringsstruktur", "2015-01-01")


def test_a_version_that_can_names_the_schemes_and_points_to_them():
    found = Written(a_case(classification_code="2.1", classes=(PLAN, NOW)), profile=EARK)
    schemes = found("//e:control/e:classificationSchema")
    assert [one.get("classificationSchemaStatus") for one in schemes] == ["previous", "current"]
    assert found("//e:fromDate/text()") == ["1998-01-01", "2015-01-01"]
    assert found("//e:toDate/text()") == ["2014-12-31"]
    assert found("//e:p/text()") == ["Diarieplan", "Klassificeringsstruktur"]
    assert found("//e:aggregation/@classificationSchemaUsed") == [schemes[1].get("classificationSchemaId")]


def test_a_version_that_cannot_says_the_scheme_at_the_class_alone():
    found = Written(a_case(classes=(PLAN,)))
    assert found("//e:classificationSchema | //@classificationSchemaUsed") == []
    assert found("//e:classification/@classificationId") == ["Diarieplan"]


def test_a_scheme_without_a_whole_first_day_has_no_period():
    found = Written(a_case(classes=(Class("1", scheme="A", valid_from="1998"),)), profile=EARK)
    assert found("//e:useDatePeriod") == []


def test_words_are_spelt_as_the_version_spells_them():
    records = (a_record("1", medium="digital"), a_record("2", medium="physical_and_digital"))
    assert Written(a_case(records=records), profile=EARK)("//@recordPhysicalOrDigital") == [
        "digital", "physical_and_digital",
    ]  # fmt: skip
    agents = (Agent("contact_person", "A"),)
    assert Written(a_case(agents=agents), profile=EARK)("//e:aggregation//@agentType") == ["contact_person"]
    assert Written(a_case(agents=agents))("//@otherAgentType")[-1] == "contact_person"


@pytest.mark.parametrize(("profile", "typed"), [("fgs-2.0", "adressType"), ("eark-2.2", "addressType")])
def test_an_agents_address_and_contacts_are_lines(profile, typed):
    text = Written(a_full_case(), profile=profiles.load(profile))
    lines = text("//e:agent[e:name='Eva <Ö>']/e:addressContactInformation/*")
    assert [(*one.attrib.items(), one.text) for one in lines] == [
        ((typed, "postal_address"), "Storgatan 1"),
        ((typed, "postal_code"), "000 00"),
        ((typed, "postal_city"), "Provstad"),
        ((typed, "country"), "Sverige"),
        (("contactType", "phonenumber"), "000-00 00 00"),
        (("contactType", "email"), "eva@example.se"),
    ]


@pytest.mark.parametrize(("profile", "beside"), [("fgs-2.0", True), ("eark-2.2", False)])
def test_a_line_alone_and_notes_stand_in_own_elements_where_the_standard_cannot(profile, beside):
    text = Written(a_full_case(), profile=profiles.load(profile))
    inside = text("//e:agent[e:name='Åsa']/e:addressContactInformation/e:addressLine/text()")
    inside += text("//e:agent/e:notes/e:note/text()")
    own = text.own("agent.2.city") + text.own("agent.1.note")
    told = ["Provstad", "nås efter 17"]
    assert (inside, own) == (([], told) if beside else (told, []))


def test_files_say_whether_they_hold_or_held_an_electronic_signature(full):
    held, removed = full("//e:appendix")
    (signature,) = held
    assert dict(signature.attrib) == {"present": "true", "dateeSignatureIsVerified": "2004-01-02T03:04:05Z"}
    assert held.get("eSignatureHasExisted") is None
    assert (removed.get("eSignatureHasExisted"), len(removed)) == ("true", 0)
    assert full.own("signature.type", "//e:record") == ["PAdES", "PAdES"]
