"""What the generator refuses."""


class DemoError(ValueError):
    """The world cannot be built or changed there; the text says why and what to do."""
