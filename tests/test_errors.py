import pytest

from leverans import errors
from leverans.errors import (
    AccessDenied,
    ConfigurationError,
    IntegrityError,
    LeveransError,
    Outage,
    Refused,
    UsageError,
)

KINDS = [kind for kind in vars(errors).values() if isinstance(kind, type) and issubclass(kind, LeveransError)]


@pytest.mark.parametrize(
    ("kind", "code"),
    [
        (UsageError, 2),
        (ConfigurationError, 1),
        (Refused, 1),
        (AccessDenied, 1),
        (IntegrityError, 1),
        (Outage, 3),
        (LeveransError, 1),
    ],
)
def test_the_exit_code_says_what_to_do(kind, code):
    assert kind("RUN001").exit_code == code


def test_the_tree_in_the_docstring_is_the_tree():
    for kind in KINDS:
        assert kind.__name__ in (errors.__doc__ or "")
    assert issubclass(Refused, ConfigurationError)
    assert {kind.__base__ for kind in KINDS} == {Exception, LeveransError, ConfigurationError}


def test_an_error_speaks_both_languages_with_place_and_remedy():
    error = Outage("RUN001", "ledger.sqlite", delivery="mora/alkt")
    assert error.text("sv") == "ledger.sqlite: RUN001 Leveransen mora/alkt körs redan av någon annan."
    assert str(error) == error.text("en")
    assert error.remedy("sv").startswith("Vänta")
    assert error.remedy("en").startswith("Wait")


def test_a_parameter_that_nobody_gave_stays_visible():
    assert "?" in Outage("RUN001").text("en")


def test_an_error_with_an_unknown_code_cannot_be_made():
    with pytest.raises(KeyError):
        LeveransError("XXX999")


def test_problems_are_kept():
    inner = ConfigurationError("CFG001", "a.yaml")
    assert ConfigurationError("REG001", "b.yaml", (inner,), count=1).problems == (inner,)
