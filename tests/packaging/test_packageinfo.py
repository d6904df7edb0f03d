"""additionalPackageInfo.xml: one word about all of a package."""

import pytest
from tests.packaging.conftest import INFO

from leverans.model import Agent, Fonds, Restriction, SubCase
from leverans.packaging.packageinfo import Summary
from leverans.testing.builders import a_case, a_file, a_record, an_order

OPEN = "open on the web"


def told(package, path):
    return package.find(INFO, f"/i:additionalPackageInfo/{path}")


def test_an_open_package_that_is_kept(make):
    package = make([
        a_case(access=OPEN, retention_rule="keep", restrictions=(Restriction("secrecy", "full"),),
               fonds=(Fonds("Byggnadsnämnden"),), opened="2003-04-02", closed="2003-09-30", created=None),
    ])  # fmt: skip
    assert told(package, "i:control/i:identification/text()") == [package.descriptor.id]
    assert told(package, "i:control/i:status/text()") == ["NEW"]
    assert told(package, "i:package/@id") == [package.root]
    assert told(package, "i:package/i:archiveName/text()") == ["Byggnadsnämnden"]
    assert told(package, "i:package/i:disposal/@disposable") == ["false"]
    assert told(package, "i:package/i:accessRestrict/@restricted") == ["false"]
    assert told(package, "i:package/i:useRestrict/@restricted") == ["false"]
    assert told(package, "i:package/i:audience/@publishable") == ["true"]
    assert told(package, "i:package/i:startDate/text()") == ["2003-04-02"]
    assert told(package, "i:package/i:endDate/text()") == ["2003-09-30"]


def test_one_closed_file_or_one_disposable_record_decides(make):
    file = a_file(b"x", restrictions=(Restriction("secrecy", "none", "OSL 26 kap. 1 §"),))
    package = make(
        [
            a_case("1", access=OPEN, restrictions=(Restriction("personal_data", "metadata"),)),
            a_case("2", access="staff", records=(a_record(retention_rule="5", files=(file,)),)),
        ],
        [b"x"],
    )
    assert told(package, "i:package/i:accessRestrict/@restricted") == ["true"]
    assert told(package, "i:package/i:accessRestrict/i:accessRestrictDesc/text()") == ["OSL 26 kap. 1 §"]
    assert told(package, "i:package/i:useRestrict/@restricted") == ["true"]
    assert told(package, "i:package/i:disposal/@disposable") == ["true"]
    assert told(package, "i:package/i:disposal/i:disposalDesc/text()") == ["5 år"]
    assert told(package, "i:package/i:audience/@publishable") == ["false"]


def test_the_protected_route_is_never_publishable(make):
    package = make([a_case(access=OPEN, route="protected")], route="protected")
    assert told(package, "i:package/i:audience/@publishable") == ["false"]


SHUT = (Restriction("secrecy", "none"),)
FREE = (Restriction("secrecy", "full"),)


def summed(case):
    from leverans.packaging.holdings import Collector

    summary, collected = Summary(), Collector()
    summary.add(case, OPEN)
    collected.add(case)
    return summary.write(an_order(), collected.holdings())


def nested(record=None, **subcase):
    inside = SubCase("i", "i", "Akt", access=OPEN, restrictions=FREE)
    inner = SubCase(
        "s", "s", "Akt", **{"access": OPEN, "restrictions": FREE, "subcases": (inside,), **subcase}
    )
    told = {
        "access": OPEN,
        "restrictions": FREE,
        "files": (a_file(b"x", restrictions=FREE),),
        **(record or {}),
    }
    return a_case(access=OPEN, restrictions=FREE, records=(a_record(**told),), subcases=(inner,))


def test_all_that_is_open_on_every_level_is_publishable():
    assert '<audience publishable="true"/>' in summed(nested())


@pytest.mark.parametrize(
    "case",
    [
        nested({"access": "existence hidden"}),
        nested({"restrictions": SHUT}),
        nested({"files": (a_file(b"x", restrictions=SHUT),)}),
        nested({"agents": (Agent("sender", "X", protected_identity="ja"),)}),
        nested(access="staff"),
        nested(restrictions=SHUT),
        nested(agents=(Agent("sender", "X", protected_identity="ja"),)),
        nested(subcases=(SubCase("i", "i", "Akt", access=OPEN, restrictions=SHUT),)),
        nested(records=(a_record("2", access="staff"),)),
        nested(restrictions=(Restriction("copyright", "metadata"),)),
    ],
)
def test_what_is_closed_on_any_level_is_not_published(case):
    assert '<audience publishable="false"/>' in summed(case)


def test_a_law_restricts_also_where_the_web_may_show_all():
    told = summed(a_case(access=OPEN, restrictions=(Restriction("copyright", "full", "URL 2 §"),)))
    assert '<useRestrict restricted="true"><useRestrictDesc>URL 2 §</useRestrictDesc></useRestrict>' in told
    assert '<accessRestrict restricted="false">' in told
    assert '<audience publishable="false"/>' in told
