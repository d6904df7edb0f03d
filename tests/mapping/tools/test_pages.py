"""The pages of preview and annex: columns keep sensible widths, words stay whole where they fit."""

from importlib.resources import files

import pytest

PAGES = ("preview.html.j2", "document.html.j2")


@pytest.mark.parametrize("name", PAGES)
def test_a_column_is_never_squeezed_to_single_letters(name):
    """``overflow-wrap: anywhere`` lets a column shrink to one letter; fixed columns and ``break-word`` do not."""
    text = files("leverans.mapping.tools").joinpath("texts", name).read_text(encoding="utf-8")
    style = text[text.index("<style>") : text.index("</style>")]
    assert "anywhere" not in style
    assert "break-all" not in style
    assert "table-layout: fixed" in style
    assert "overflow-wrap: break-word" in style
    assert 'name="viewport"' in text


def test_names_part_at_their_dots_and_are_escaped():
    from jinja2 import Environment

    text = files("leverans.mapping.tools").joinpath("texts", PAGES[0]).read_text(encoding="utf-8")
    macro = text[: text.index("<!DOCTYPE")]
    made = Environment(autoescape=True).from_string(macro + "{{ parted(text) }}")
    assert made.render(text="a.b_c/<b>").strip() == "a.<wbr>b_<wbr>c/<wbr>&lt;b&gt;"
