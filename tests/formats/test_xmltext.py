import pytest
from hypothesis import given
from hypothesis import strategies as st
from lxml import etree

from leverans.formats import xmltext

ANY_TEXT = st.text(st.characters(codec=None, categories=None), max_size=40) | st.text(
    "\\uU0aF5cC\x00\x07\x1f\r\n\t\ud800\uffff&<>\"'å", max_size=30
)


@given(ANY_TEXT)
def test_escape_is_undone_by_unescape(value):
    assert xmltext.unescape(xmltext.escape(value)[0]) == value


@given(ANY_TEXT)
def test_every_text_comes_back_through_a_parser(value):
    document = f'<a b="{xmltext.attribute(value)}">{xmltext.text(value)}</a>'
    tree = etree.fromstring(document.encode())
    assert xmltext.unescape(tree.text or "") == value
    assert xmltext.unescape(tree.get("b")) == value


@given(ANY_TEXT)
def test_the_counting_writer_writes_the_same(value):
    writer = xmltext.Escapes()
    assert writer.text(value) == xmltext.text(value)
    assert writer.count == xmltext.escape(value)[1]
    assert writer.attribute(value) == xmltext.attribute(value)


@pytest.mark.parametrize(
    ("value", "written"),
    [
        ("Ärende å ä ö", "Ärende å ä ö"),
        ("a\x00b", "a\\u0000b"),
        ("\ud800", "\\uD800"),
        ("C:\\users\\u", "C:\\users\\u"),
        ("\\u00e5", "\\u005Cu00e5"),
        ("\\u00", "\\u00"),
        ("\uffff", "\\uFFFF"),
        ("𝄞", "𝄞"),
    ],
)
def test_only_what_xml_cannot_hold_is_written_otherwise(value, written):
    assert xmltext.escape(value)[0] == written


def test_marks_and_line_breaks_are_references():
    assert xmltext.text('<&>\r\n"') == '&lt;&amp;&gt;&#13;\n"'
    assert xmltext.attribute('<&>\r\n\t"') == "&lt;&amp;&gt;&#13;&#10;&#9;&quot;"
