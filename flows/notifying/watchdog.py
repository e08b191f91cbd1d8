"""Pings for a dead-man's switch: it raises the alarm when they stop, so a machine that died is noticed as well."""

from enum import StrEnum
from typing import Final

from flows.notifying.addresses import MissingVariableError, with_secrets

_SECONDS: Final = 5.0


class Ping(StrEnum):
    """What a run tells the switch."""

    START = "start"
    SUCCESS = "success"
    FAIL = "fail"


def ping(kind: Ping, address: str | None) -> str | None:
    """Call an address; the call carries no data.

    Args:
        kind: what is told.
        address: where; None when nobody wants to know.

    Returns:
        Why it failed, for the summary; None when it was answered or nothing was to be done.
    """
    if address is None:
        return None
    import httpx

    try:
        httpx.get(with_secrets(address), timeout=_SECONDS).raise_for_status()
    except MissingVariableError as error:
        return f"watchdog, {kind}: {error}"
    except httpx.HTTPStatusError as error:
        return f"watchdog, {kind}: answered {error.response.status_code}"
    except (httpx.HTTPError, httpx.InvalidURL) as error:
        return f"watchdog, {kind}: not reached ({type(error).__name__})"
    return None
