"""The operator's written acceptance of Amazon's policy for automated software."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Self

from feedback_manager.loopback import is_loopback

_WRITTEN = re.compile(r"\s*(\d{4}-\d{2}-\d{2})\s*,\s*(\S.{0,99}?)\s*")


class AcceptanceMissingError(Exception):
    """The tool would press Submit at Amazon, and nobody has accepted the policy for that; nothing was opened."""


@dataclass(frozen=True, slots=True)
class Acceptance:
    """Who accepted Amazon's Agent Policy (in force since 4 March 2026), and when."""

    on: date
    name: str

    @classmethod
    def parse(cls, written: str) -> Self:
        """Read `<date>, <name>`.

        Raises:
            ValueError: it is not written so.
        """
        found = _WRITTEN.fullmatch(written)
        if found is None:
            raise ValueError(
                'write the date and the name of who accepts: "2026-11-25, Ann Example"'
            )
        return cls(date.fromisoformat(found[1]), found[2])


def require_acceptance(addresses: Iterable[str], acceptance: Acceptance | None) -> None:
    """Let the tool press Submit at Amazon only with an acceptance; at this machine's own stand-in it needs none.

    Raises:
        AcceptanceMissingError: saying what to write where.
    """
    elsewhere = sorted(address for address in addresses if not is_loopback(address))
    if elsewhere and acceptance is None:
        raise AcceptanceMissingError(
            f'channel "browser" would press Submit at {elsewhere[0]}. Amazon\'s Agent Policy binds automated software on a '
            "seller account; whoever answers for the account accepts it in the configuration: [submission] "
            'i_accept_amazons_agent_policy = "<date>, <name>". Channel "assisted" leaves the press to a person.'
        )
