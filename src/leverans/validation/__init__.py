"""A rule engine over anyone's package."""
