"""What a dry run says to people."""

from leverans.cli.foretold import AGAIN, _show_again
from leverans.cli.show import counted
from leverans.contracts import Finding


def test_findings_to_expect_stand_in_one_table(capsys):
    _show_again(
        [Finding.of(AGAIN, "mora/x", code=code, count=at) for at, code in enumerate(("QUA101", "DLV001"))]
    )
    told = capsys.readouterr().out
    assert told.count("QUA101") == told.count("DLV001") == 1
    assert told.count(AGAIN) == 1
    assert "gånger" not in told


def test_one_thing_is_said_in_the_singular():
    assert [counted(number, "rad", "rader") for number in (0, 1, 2)] == ["0 rader", "1 rad", "2 rader"]
