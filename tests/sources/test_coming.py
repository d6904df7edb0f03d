"""Small values are fetched some at a time, and each is given to whoever asks for it."""

from leverans.sources.contract import Document
from leverans.sources.sql.coming import TOGETHER, Coming
from leverans.sources.sql.reading import Token

PLACE = ("t", "d")


def documents(locators, place=PLACE):
    return [
        Document(
            stream="s", ref=one, name=one, token=Token(*place, "", locator=one), position=1, row=0, column="d"
        )
        for one in locators
    ]


class Server:
    def __init__(self, big=()):
        self.asked = []
        self.big = big

    def __call__(self, locators):
        self.asked.append(list(locators))
        return {one: one.encode() for one in locators if one not in self.big}


def test_a_question_is_for_several_values():
    names = [f"{n}" for n in range(TOGETHER + 3)]
    coming, server = Coming(), Server()
    coming.expect(documents(names))
    assert [coming.take(PLACE, one, server) for one in names] == [one.encode() for one in names]
    assert server.asked == [names[:TOGETHER], names[TOGETHER:]]


def test_a_big_value_is_left_to_the_one_who_asks():
    coming, server = Coming(), Server(big=("1",))
    coming.expect(documents("0123"))
    assert [coming.take(PLACE, one, server) for one in "0123"] == [b"0", None, b"2", b"3"]
    assert len(server.asked) == 1


def test_what_is_not_expected_or_asked_for_twice_is_not_answered_from_memory():
    coming, server = Coming(), Server()
    assert coming.take(PLACE, "0", server) is None
    coming.expect(documents("012"))
    assert coming.take(PLACE, "2", server) is None
    assert coming.take(PLACE, "0", server) == b"0"
    assert coming.take(PLACE, "0", server) is None
    assert coming.take(("t", "other"), "1", server) is None
    coming.expect(documents("9"))
    assert coming.take(PLACE, "1", server) is None
