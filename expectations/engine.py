"""Importing Great Expectations: late, with its telemetry off before it can start, and without the noise of its imports."""

import logging
import os
import warnings
from types import ModuleType


def import_great_expectations() -> ModuleType:
    """The module `great_expectations`; the first call takes seconds, the others nothing."""
    os.environ["GX_ANALYTICS_ENABLED"] = "false"  # read once, at import
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # it imports modules Python renamed
        import great_expectations as gx  # noqa: PLC0415 - seconds, so only who needs it pays
    # it would tell an operator about its temporary folders
    logging.getLogger("great_expectations.data_context.types.base").setLevel(logging.WARNING)
    return gx
