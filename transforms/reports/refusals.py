"""Why files are not taken in, as data: reason code, and the sentence that tells the seller what to do."""

import tomllib
from dataclasses import dataclass
from functools import cache
from importlib import resources


@dataclass(frozen=True, slots=True)
class Refusal:
    """One file is not taken in: the reason code and the sentence for a person."""

    reason: str
    message: str
    is_deferred: bool = False
    """The file stays where it is and is tried again; it is not set aside."""


class UnknownReasonError(KeyError):
    """A reason code that refusals.toml does not explain."""


@cache
def _explained() -> dict[str, tuple[str, bool]]:
    text = resources.files("transforms.reports").joinpath("refusals.toml").read_text("utf-8")
    explained = {}
    for reason, entry in tomllib.loads(text).items():
        if unknown := set(entry) - {"message", "is_deferred"}:
            raise ValueError(f"refusals.toml [{reason}]: unknown keys {sorted(unknown)}")
        explained[reason] = (entry["message"], entry.get("is_deferred", False))
    return explained


def reasons() -> tuple[str, ...]:
    """All reason codes."""
    return tuple(_explained())


def refusal(reason: str, detail: str | None = None) -> Refusal:
    """The refusal of a reason code.

    Args:
        reason: a code of refusals.toml.
        detail: what was found, for messages that name it; no buyer's data.

    Raises:
        UnknownReasonError: the code is not explained.
    """
    if reason not in _explained():
        raise UnknownReasonError(f"{reason!r} is not in refusals.toml")
    message, is_deferred = _explained()[reason]
    return Refusal(reason, message.replace("{detail}", detail or "not named"), is_deferred)
