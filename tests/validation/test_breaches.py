"""Every rule has a breach that leads to it and a good twin that does not, or a reason why it cannot."""

import pytest
from tests.validation.breaches import breaches, tables, unbroken
from tests.validation.rules_page import OWN

from leverans.findings import catalogue
from leverans.validation import validate
from leverans.validation.profiles import requirements

BREACHES = breaches()
# test_rules holds the tables to the letter; those of our own codes, which look alike, are held here as well
OURS = [breach for breach in tables() if OWN.fullmatch(breach.code)]


@pytest.mark.filterwarnings("ignore:Duplicate name")
@pytest.mark.parametrize("breach", BREACHES + OURS, ids=lambda breach: breach.code)
def test_each_breach_is_found_at_its_place_and_its_twin_is_not(tmp_path, breach):
    broken = validate(breach.make(tmp_path), profile=breach.profile).findings
    where = [finding.where for finding in broken if finding.code == breach.code]
    assert any(place.endswith(breach.where) for place in where), [
        (finding.code, finding.where) for finding in broken
    ]
    assert breach.code not in twin(breach, tmp_path)


def twin(breach, where, known={}):  # noqa: B006 - each good package is judged once
    if breach.good not in known:
        (where / "good").mkdir()
        good = validate(breach.good(where / "good"), profile=breach.profile)
        known[breach.good] = {finding.code for finding in good.findings}
    return known[breach.good]


def test_every_rule_has_a_breach_or_a_reason():
    rules = requirements() | {code for code in catalogue() if OWN.fullmatch(code)}
    reached = {breach.code for breach in BREACHES + tables()}
    assert sorted(rules - reached - unbroken().keys()) == []
    assert sorted(unbroken().keys() & reached) == []
    assert sorted(unbroken().keys() - rules) == []
    assert all(len(reason.split()) > 3 for reason in unbroken().values())
