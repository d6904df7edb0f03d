"""docs/validator-rules.md is what the rules say now."""

from tests.validation.rules_page import PAGE, broken, render


def test_the_page_is_current():
    assert PAGE.read_text("utf-8") == render()


def test_sixty_kinds_of_mutation_and_more():
    assert len(broken()) >= 200
