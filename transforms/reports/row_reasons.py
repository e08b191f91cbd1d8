"""Why rows are set aside, as data: reason code, and the sentence that tells what to do."""

import tomllib
from functools import cache
from importlib import resources


@cache
def row_reasons() -> dict[str, str]:
    """Every reason code of a row with its sentence (row_reasons.toml beside this module)."""
    text = resources.files("transforms.reports").joinpath("row_reasons.toml").read_text("utf-8")
    reasons = {}
    for reason, entry in tomllib.loads(text).items():
        if set(entry) != {"message"}:
            raise ValueError(f"row_reasons.toml [{reason}]: expected only `message`")
        reasons[reason] = entry["message"]
    return reasons
