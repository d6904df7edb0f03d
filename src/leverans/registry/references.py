"""Where a secret or a place of one host lies: named in the delivery's file, read on the host."""

import os
from collections.abc import Mapping
from dataclasses import dataclass

from leverans.errors import ConfigurationError


@dataclass(frozen=True, slots=True)
class EnvironmentReference:
    """A value that lies in an environment variable of the host, never in a file.

    Attributes:
        variable: the variable's name.
        where: ``file:line:column`` of the reference.
    """

    variable: str
    where: str = ""

    def resolve(self, environment: Mapping[str, str] | None = None) -> str:
        """Read the variable.

        Raises:
            ConfigurationError: REG009, the variable is not set.
        """
        value = (os.environ if environment is None else environment).get(self.variable, "")
        if not value:
            raise ConfigurationError("REG009", self.where, variable=self.variable)
        return value


@dataclass(frozen=True, slots=True)
class FileReference:
    """A secret that lies in a file of the host.

    Attributes:
        path: absolute, or relative to the municipality's ``keys/`` in the work root.
        where: ``file:line:column`` of the reference.
    """

    path: str
    where: str = ""
