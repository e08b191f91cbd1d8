"""Importing Great Expectations: late, and with its telemetry switched off before it can start."""

import os
from types import ModuleType


def import_great_expectations() -> ModuleType:
    """The module `great_expectations`; the first call takes seconds, the others nothing."""
    os.environ["GX_ANALYTICS_ENABLED"] = "false"  # read once, at import
    import great_expectations as gx  # noqa: PLC0415 - the import costs seconds, so only who needs it pays

    return gx
