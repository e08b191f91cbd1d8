"""Addresses with secrets in them: written as `${NAME}` in the configuration, taken from the environment when used."""

import os
import re
from typing import Final

_VARIABLE: Final = re.compile(r"\$\{([A-Za-z_][A-Za-z0-9_]*)\}")


class MissingVariableError(LookupError):
    """An address names a variable that the environment does not have; the message names the variable."""


def with_secrets(address: str) -> str:
    """The address with every `${NAME}` replaced by the environment's value.

    Raises:
        MissingVariableError: a variable is not set.
    """

    def value(found: re.Match[str]) -> str:
        try:
            return os.environ[found[1]]
        except KeyError:
            raise MissingVariableError(
                f"environment variable {found[1]} is not set where the run was started"
            ) from None

    return _VARIABLE.sub(value, address)


def service_of(address: str) -> str:
    """The part of an address that is no secret and tells a person which one is meant: `mailtos`, `slack`, `https`."""
    return address.partition(":")[0]
