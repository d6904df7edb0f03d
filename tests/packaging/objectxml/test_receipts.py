import io
import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from leverans.formats import profiles
from leverans.packaging.objectxml import Answer, Sent, TargetReceipt, read_receipt, reconcile

PROFILE = profiles.load("archive-object-2.2")
SENT = [Sent("id-1", "KS-1", "KS 1"), Sent("id-2", "KS-2", "KS 2"), Sent("id-3", "id-3")]
COUNTS = """<ns2:receipt xmlns:ns2="http://www.idainfront.se/schema/archive-2.1-custom"><ns2:date>2024-05-01</ns2:date>
<ns2:correlationId>batch-7</ns2:correlationId><ns2:TotalBatchSize>{total}</ns2:TotalBatchSize>
<ns2:ItemsInReceipt>{items}</ns2:ItemsInReceipt></ns2:receipt>"""
ITEM = "<n:item><n:Id>{id}</n:Id><n:status>{status}</n:status>{error}</n:item>"


def receipt(text):
    return read_receipt(io.BytesIO(text.encode()), "kvitto.xml", PROFILE)


def items(*told):
    body = "".join(
        ITEM.format(id=own, status=status, error=f"<n:error>{error}</n:error>" if error else "")
        for own, status, error in told
    )
    return receipt(
        f'<n:r xmlns:n="http://www.idainfront.se/schema/archive-2.0-custom"><n:date>2024-05-01</n:date>{body}</n:r>'
    )


def codes(found):
    return sorted(one.code for one in found.findings)


def test_counts_and_answers_are_read():
    found = receipt(COUNTS.format(total=3, items=3))
    assert (found.total, found.items, found.correlation, found.date) == (3, 3, "batch-7", "2024-05-01")
    assert items(("KS-1", "not valid", "hash differs")).answers == [Answer("KS-1", True, "hash differs")]


def test_a_receipt_of_all_that_was_sent_is_believed_by_its_counts():
    found = reconcile(SENT, [receipt(COUNTS.format(total=3, items=3))])
    assert (found.accepted, found.by_count, found.complete) == (("id-1", "id-2", "id-3"), True, True)


@pytest.mark.parametrize(("total", "count"), [(3, 2), (2, 2), (4, 4)])
def test_a_receipt_of_another_number_leaves_all_missing(total, count):
    found = reconcile(SENT, [receipt(COUNTS.format(total=total, items=count))])
    assert found.missing == ("id-1", "id-2", "id-3")
    assert not found.complete


def test_each_answer_goes_to_its_object():
    one = items(
        ("KS 1", "valid", ""), ("KS-2", "not valid", "hash"), ("KS-1", "valid", ""), ("X", "valid", "")
    )
    found = reconcile(SENT, [one])
    assert (found.accepted, found.refused, found.missing) == (("id-1",), ("id-2",), ("id-3",))
    assert (found.doubled, found.unknown) == (("id-1",), ("X",))
    assert codes(found) == ["TRC004", "TRC005", "TRC006", "TRC007"]


@settings(max_examples=150, deadline=None)
@given(
    st.lists(st.tuples(st.sampled_from(["id-1", "KS-2", "KS 2", "id-3", "X", ""]), st.booleans()), max_size=9)
)
def test_counts_are_conserved(told):
    found = reconcile(SENT, [TargetReceipt("r", answers=[Answer(*one) for one in told])])
    assert sorted(found.accepted + found.refused + found.missing) == ["id-1", "id-2", "id-3"]
    assert len(found.accepted + found.refused + found.doubled + found.unknown) == len(told)
    assert len(found.missing) + len(found.refused) + len(found.unknown) + len(found.doubled) == len(
        found.findings
    )


def test_what_is_no_receipt_is_a_finding_and_nothing_raises():
    assert codes(receipt("<a/>")) == ["TRC002"]
    assert codes(receipt("<a>")) == ["TRC001", "TRC002"]
    assert codes(receipt("<!DOCTYPE a [<!ENTITY b 'c'>]><a>&b;</a>")) == ["TRC001", "TRC002"]
    random.seed(3)
    text = COUNTS.format(total=3, items=3).encode()
    for _ in range(300):
        raw = bytearray(text)
        raw[random.randrange(len(raw))] = random.randrange(256)
        read_receipt(io.BytesIO(bytes(raw)), "r.xml", PROFILE)
