"""Which addresses the browser may open."""

import re
from dataclasses import dataclass
from urllib.parse import urlsplit

from feedback_manager.errors import ForbiddenAddressError
from feedback_manager.loopback import is_loopback
from feedback_manager.page.contract import Hosts, shipped_hosts
from schemas.marketplaces import marketplace


@dataclass(frozen=True, slots=True)
class SiteAddress:
    """Where Feedback Manager of one store is.

    Attributes:
        base_url: scheme, host and port.
        hosts: hosts that pages may be opened on.
    """

    base_url: str
    hosts: frozenset[str]

    @classmethod
    def of(
        cls, code: str, base_url: str | None = None, hosts: Hosts | None = None
    ) -> "SiteAddress":
        """The address of a marketplace's Seller Central, or another one that the contract allows.

        Args:
            code: marketplace code.
            base_url: another address: a loopback one (the stand-in), or one of the contract's hosts over https.
            hosts: default the shipped ones.

        Raises:
            ForbiddenAddressError: the address is neither.
        """
        allowed = hosts or shipped_hosts()
        if base_url is None:
            host = marketplace(code).host
            if host is None:
                raise ForbiddenAddressError(
                    f"no Seller Central host is known for {code}: give base_url in the configuration"
                )
            base_url = f"https://{host}"
        parts = urlsplit(base_url)
        host = parts.hostname or ""
        if is_loopback(base_url):
            return cls(base_url.rstrip("/"), frozenset({host}))
        if parts.scheme != "https" or host not in allowed.seller_central:
            raise ForbiddenAddressError(
                f"{base_url} is none of the contract's Seller Central hosts over https, nor this machine"
            )
        return cls(base_url.rstrip("/"), allowed.seller_central | allowed.sign_in)

    def elsewhere(self) -> re.Pattern[str]:
        """Matches every address on which no page may be opened: other hosts, and these ones unencrypted."""
        hosts = "|".join(re.escape(host) for host in sorted(self.hosts))
        scheme = "https?" if is_loopback(self.base_url) else "https"
        return re.compile(
            rf"^(?!(?:about|data|blob):)(?!{scheme}://(?:{hosts})(?::\d+)?(?:[/?#]|$))"
        )
