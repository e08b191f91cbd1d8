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
def _explained() -> dict[str, RowReason]:
    text = resources.files("transforms.reports").joinpath("row_reasons.toml").read_text("utf-8")
    return {code: RowReason(**entry) for code, entry in tomllib.loads(text).items()}


@cache
def row_reasons() -> dict[str, str]:
    """The sentence of every reason code: what was found and what to do."""
    return {code: reason.sentence for code, reason in _explained().items()}


def row_reason(code: str) -> RowReason:
    """The reason of a code, what was found apart from what to do.

    Raises:
        KeyError: the code is not explained in row_reasons.toml.
    """
    return _explained()[code]
