"""What the environment says to Prefect when a command starts a flow itself; the operator's own settings go first."""

import os
from typing import Final

_DEFAULTS: Final = {
    "DO_NOT_TRACK": "1",
    "PREFECT_SERVER_ANALYTICS_ENABLED": "false",
    # Starting took 8 to 16 s on two idle cores; the default limit of 20 s is too near to that on a busy machine.
    "PREFECT_SERVER_EPHEMERAL_STARTUP_TIMEOUT_SECONDS": "180",
    "PREFECT_LOGGING_LEVEL": "WARNING",
    "PREFECT_LOGGING_SERVER_LEVEL": "ERROR",
}


def prepare_environment() -> None:
    """Set what is not set yet; must be called before Prefect is imported."""
    for name, value in _DEFAULTS.items():
        os.environ.setdefault(name, value)
