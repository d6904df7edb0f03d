import hashlib
import io
import tracemalloc

import pytest
from tests.validation.builder import LETTER, PREMIS, Builder

from leverans.formats import premis
from leverans.formats.xmlstream import XmlFault


def test_objects_events_and_agents():
    tree = Builder().tree()
    first, second, representation, event, agent = premis.read(io.BytesIO(tree[PREMIS]))
    assert first == premis.Object(
        kind="file",
        identifiers=(("local", "object-1"),),
        fixity=(("SHA-256", hashlib.sha256(tree[LETTER]).hexdigest()),),
        size=len(tree[LETTER]),
        format_name="Plain",
        registry_key="x-fmt/111",
        location="data/KS-2003-1/brev.txt",
    )
    assert second.identifiers == (("local", "object-2"),)
    assert representation.kind == "representation"
    assert representation.related == (("has part", "object-1"),)
    assert event == premis.Event(
        ("local", "event-1"),
        "extraction",
        "2026-01-01T12:00:00Z",
        "success",
        None,
        ("agent-1",),
        ("object-2",),
    )
    assert agent == premis.Agent((("local", "agent-1"),), "Prov", "software")


def test_what_is_absent_is_none():
    text = b'<premis xmlns="http://www.loc.gov/premis/v3"><object/><event/><agent/><rights/></premis>'
    found = list(premis.read(io.BytesIO(text)))
    assert found == [premis.Object("", ()), premis.Event(("", ""), "", ""), premis.Agent((), "", "")]


def test_memory_stays_flat():
    one = Builder().tree()[PREMIS].decode()
    start, end = one.index("<object"), one.index("</object>") + len("</object>")

    def peak(number):
        text = (one[:start] + one[start:end] * number + one[end:]).encode()
        tracemalloc.start()
        assert sum(1 for _ in premis.read(io.BytesIO(text))) == number + 4
        highest = tracemalloc.get_traced_memory()[1] - len(text)
        tracemalloc.stop()
        return highest

    assert peak(2_000) - peak(400) < 300_000


def test_what_cannot_be_read():
    with pytest.raises(XmlFault) as caught:
        list(premis.read(io.BytesIO(b"<premis><object></premis>")))
    assert (caught.value.code, caught.value.line) == ("XML001", 1)
