"""Send a message to people through Apprise; a failure is a sentence for the summary and never the run's."""

import logging
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Final

from flows.notifying.addresses import MissingVariableError, service_of, with_secrets
from flows.notifying.summary_message import Message

_NOT_UNDERSTOOD: Final = (
    "no address that Apprise understands; see the list of services in its documentation"
)


def send(message: Message, addresses: Sequence[str]) -> list[str]:
    """Send a message to every address.

    Args:
        message: what to say.
        addresses: Apprise addresses as the configuration has them.

    Returns:
        A sentence for each address that could not be reached; it names no secret.
    """
    complaints = []
    for number, address in enumerate(addresses, 1):
        failed = _send(message, address)
        if failed:
            complaints.append(f"{entry(number, address)}: {failed}")
    return complaints


def entry(number: int, address: str) -> str:
    """An address as messages name it: by its place and its service, because the rest of it is secret."""
    return f"notify.urls, entry {number} ({service_of(address)})"


def examine_address(address: str) -> str | None:
    """Why an address cannot work, without sending anything; None when it may."""
    import apprise

    try:
        whole = with_secrets(address)
    except MissingVariableError as error:
        return str(error)
    with _silent():
        return None if apprise.Apprise().add(whole) else _NOT_UNDERSTOOD


def _send(message: Message, address: str) -> str | None:
    """Why one address was not reached; None when it was."""
    import apprise

    complaint = examine_address(address)
    if complaint:
        return complaint
    with _silent():
        service = apprise.Apprise()
        service.add(with_secrets(address))
        kind = apprise.NotifyType.WARNING if message.needs_attention else apprise.NotifyType.SUCCESS
        try:
            is_sent = service.notify(title=message.title, body=message.body, notify_type=kind)
        except Exception as error:  # noqa: BLE001 - whatever a service does, the run has ended well or badly before
            return f"failed ({type(error).__name__})"
    return None if is_sent else "was not accepted; try the address with the command line of Apprise"


@contextmanager
def _silent() -> Iterator[None]:
    """Apprise logs addresses, and addresses hold secrets."""
    logger = logging.getLogger("apprise")
    was_disabled = logger.disabled
    logger.disabled = True
    try:
        yield
    finally:
        logger.disabled = was_disabled
