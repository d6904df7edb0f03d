"""Names and texts that may hold what they should not."""

import pytest

from leverans.ledger import Aside, AsideName
from leverans.report.guarded import MASK, apart, masked, named


@pytest.mark.parametrize(
    "text",
    [
        "199002314441",
        "19900231-4441",
        "900231-4441",
        "900231+4441",
        "9002314441",
        "199002 914441".replace(" ", ""),
    ],
)
def test_what_looks_like_a_personal_number_is_masked(text):
    assert masked(f"nr {text}, se") == f"nr {MASK}, se"


@pytest.mark.parametrize(
    "text",
    ["ALK-2007-00002", "SN 2026/140", "2026-06-30 12:00", "556000-5710", "№ 2007000123", "d00001-aabbccdd"],
)
def test_what_is_none_stays(text):
    assert masked(text) == text


def test_a_long_text_is_cut():
    assert len(masked("a" * 500)) == 120
    assert masked("a" * 500).endswith("…")


def name(**more):
    empty = {"object": None, "reference": None, "key": None, "stream": None, "number": 7}
    return AsideName(**(empty | more))


FILES = frozenset({"share.share"})


def test_an_object_goes_by_reference_then_key_then_id():
    assert named(name(object="o", reference="A-1", key="k"), FILES, known=True) == "A-1"
    assert named(name(object="o", key="k"), FILES, known=True) == "k"
    assert named(name(object="o"), FILES, known=True) == "o"


def test_a_row_goes_by_its_key_and_a_file_by_its_number():
    assert named(name(stream="db.t", key="560"), FILES, known=True) == "db.t 560"
    assert named(name(stream="share.share", key="Anna/brev.pdf"), FILES, known=True) == "share.share nr 7"
    assert named(name(stream="db.t"), FILES, known=True) == "db.t nr 7"


def test_without_knowing_which_keys_are_files_none_is_told():
    assert named(name(stream="db.t", key="560"), frozenset(), known=False) == "db.t nr 7"


def aside(**more):
    empty = dict.fromkeys(("object", "stream", "key", "reference", "partition", "rule", "where"), None)
    return Aside(run="r", route="open", code="QUA103", **(empty | more))


def test_two_of_one_name_are_told_apart_and_go_by_what_tells_them_apart():
    two = [
        aside(object="o1", reference="HL 1", key="17", number=4),
        aside(object="o2", reference="HL 1", key="18", number=5),
    ]
    shown = apart(
        [
            (one.reference, one.key, one.number)
            for one in [*two, aside(object="o3", reference="HL 2", key="19")]
        ]
    )
    assert shown == ["HL 1 (17)", "HL 1 (18)", "HL 2"]
    assert [[one.goes_by(text) for one in two] for text in shown] == [
        [True, False],
        [False, True],
        [False, False],
    ]
    alike = [aside(stream="db.t", key="7", number=number) for number in (8, 9)]
    shown = apart([(f"{one.stream} {one.key}", None, one.number) for one in alike])
    assert shown == ["db.t 7 nr 8", "db.t 7 nr 9"]
    assert [[one.goes_by(text) for one in alike] for text in shown] == [[True, False], [False, True]]
    assert apart([("a", "19900231-4441", 1), ("a", "x", 2)]) == ["a nr 1", "a (x)"]
