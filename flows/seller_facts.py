"""What the configuration says of each seller that reports do not: own personal data, and who ships."""

from typing import Final

from flows.config import Config, Fulfillment
from rules.case import SellerIdentity
from schemas.vocabularies import FulfillmentChannel

_DECLARED: Final = {
    Fulfillment.ALL_FBA: FulfillmentChannel.AFN,
    Fulfillment.ALL_MERCHANT: FulfillmentChannel.MFN,
}


def sellers_of(config: Config) -> dict[str, SellerIdentity]:
    """The sellers' own personal data by account."""
    return {
        name: SellerIdentity(account.seller.names, account.seller.emails, account.seller.phones)
        for name, account in (config.accounts or {}).items()
    }


def declared_channels(config: Config) -> dict[str, FulfillmentChannel]:
    """Who ships, by account, for accounts whose orders all go one way."""
    return {
        name: _DECLARED[account.fulfillment]
        for name, account in (config.accounts or {}).items()
        if account.fulfillment in _DECLARED
    }
