"""Why rows are set aside, as data: reason code, what was found, and what to do about it."""

import tomllib
from dataclasses import dataclass
from functools import cache
from importlib import resources


@dataclass(frozen=True, slots=True)
class RowReason:
    """One reason: what was found in the row, and what to do so that it can be read."""

    message: str
    remedy: str

    @property
    def sentence(self) -> str:
        """Both, as table `quarantined_row` carries them."""
        return f"{self.message} {self.remedy}"


@cache
def row_reasons() -> dict[str, RowReason]:
    """All reasons by code."""
    text = resources.files("transforms.reports").joinpath("row_reasons.toml").read_text("utf-8")
    return {code: RowReason(**entry) for code, entry in tomllib.loads(text).items()}


def row_reason(code: str) -> RowReason:
    """The reason of a code.

    Raises:
        KeyError: the code is not explained in row_reasons.toml.
    """
    return row_reasons()[code]
