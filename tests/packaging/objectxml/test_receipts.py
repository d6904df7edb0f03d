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
    found = reconcile(SENT, [receipt(COUNTS.format(total=3, items=3))], ["Batch-7"])
    assert (found.accepted, found.by_count, found.complete) == (("id-1", "id-2", "id-3"), True, True)


@pytest.mark.parametrize(("total", "count"), [(3, 2), (2, 2), (4, 4)])
def test_a_receipt_of_another_number_leaves_all_missing(total, count):
    found = reconcile(SENT, [receipt(COUNTS.format(total=total, items=count))], ["batch-7"])
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


@pytest.mark.parametrize(
    "status", ["REJECTED", "FAILED", "invalid", "error", "notvalid", "NOT  VALID", "", "valid?"]
)
def test_only_a_word_that_is_known_to_accept_does(status):
    found = reconcile(SENT[:2], [items(("KS-1", status, ""), ("KS-2", " Valid\n", ""))])
    assert (found.accepted, found.refused, found.complete) == (("id-2",), ("id-1",), False)
    assert codes(found) == ["TRC005" if status == "NOT  VALID" else "TRC008"]


def test_an_answer_without_a_word_or_with_an_error_somewhere_in_it_accepts_nothing():
    bare = receipt("<r><item><Id>KS-1</Id></item></r>")
    assert codes(reconcile(SENT[:1], [bare])) == ["TRC008"]
    error = receipt(
        "<r><item><Id>KS-1</Id><status>valid</status><e><error> </error><error>disk</error></e></item></r>"
    )
    found = reconcile(SENT[:1], [error])
    assert (found.refused, codes(found)) == (("id-1",), ["TRC005"])
    assert error.answers == [Answer("KS-1", True, "disk")]
    assert reconcile(SENT[:1], [items(("KS-1", "valid", ""))]).complete


@pytest.mark.parametrize(
    "more", ["<error>allt gick fel</error>", "<status>not valid</status>", "<status>?</status>"]
)
def test_an_error_beside_counts_is_told_and_the_counts_not_believed(more):
    text = "<r><TotalBatchSize>3</TotalBatchSize><ItemsInReceipt>3</ItemsInReceipt>{}</r>"
    found = reconcile(SENT, [receipt(text.format(more))])
    assert (found.accepted, codes(found)) == ((), ["TRC004"] * 3 + ["TRC010"])
    assert reconcile(SENT, [receipt(text.format("<error/><status>VALID</status>"))]).complete


def test_counts_of_another_batch_are_not_believed():
    told = receipt(COUNTS.format(total=3, items=3))
    for batches in ([], ["batch-8"]):
        found = reconcile(SENT, [told], batches)
        assert (found.accepted, codes(found)) == ((), ["TRC004"] * 3 + ["TRC009"])


@pytest.mark.parametrize("correlation", ["<correlationId>b</correlationId>", ""])
def test_the_same_receipt_twice_counts_once(correlation):
    text = f"<r><TotalBatchSize>{{0}}</TotalBatchSize><ItemsInReceipt>{{0}}</ItemsInReceipt>{correlation}</r>"
    half = reconcile(SENT[:2], [receipt(text.format(1)), receipt(text.format(1))], ["b"])
    assert (half.accepted, half.doubled, half.complete) == ((), ("kvitto.xml",), False)
    whole = reconcile(SENT[:2], [receipt(text.format(2)), receipt(text.format(2))], ["b"])
    assert (whole.accepted, whole.doubled, codes(whole)) == (("id-1", "id-2"), ("kvitto.xml",), ["TRC011"])


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
