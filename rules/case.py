"""What is judged: one comment with the facts about its order, and who the seller is."""

from dataclasses import dataclass
from datetime import date

from schemas.vocabularies import FulfillmentChannel


@dataclass(frozen=True, slots=True)
class SellerIdentity:
    """The seller's own names, e-mail addresses and phone numbers, from the configuration.

    Attributes:
        names: full names of the seller's people and the shop's name as buyers may write it.
        emails: addresses under which the seller writes to buyers.
        phones: numbers in any spelling; they are compared by their digits.
    """

    names: tuple[str, ...] = ()
    emails: tuple[str, ...] = ()
    phones: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class CommentCase:
    """One feedback as the rules see it.

    Attributes:
        comment: text as reported, or None if the buyer left a rating only.
        rating: 1-5 stars.
        fulfillment_channel: who shipped the order.
        is_buy_shipping_on_time: True only if the label was bought through Amazon *and* the parcel was
            shipped on time; None if unknown.
        marketplace: code such as "US"; chooses the edition of the policy's wording.
        language: ISO 639-1 code if the source names one; None lets the rules find it.
        feedback_date: date of the feedback; chooses the edition of the policy's wording.
        is_text_damaged: characters were lost before the text reached us; such a text is never requested.
    """

    comment: str | None
    rating: int
    fulfillment_channel: FulfillmentChannel = FulfillmentChannel.UNKNOWN
    is_buy_shipping_on_time: bool | None = None
    marketplace: str | None = None
    language: str | None = None
    feedback_date: date | None = None
    is_text_damaged: bool = False
