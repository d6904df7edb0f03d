from tests.support.worlds import delivered, fresh  # noqa: F401  # fixtures of this folder
