"""Closed vocabularies: a word that is not listed stops the row, it never becomes "other"."""

from enum import StrEnum
from typing import Self


class UnknownTermError(ValueError):
    """A printed word belongs to no member of a closed vocabulary."""


class Term(StrEnum):
    """Base of all closed vocabularies; members are the words as printed."""

    @classmethod
    def parse(cls, printed: str) -> Self:
        """Read a printed word strictly: no default, no nearest match.

        Raises:
            UnknownTermError: the word is none of the members.
        """
        try:
            return cls(printed.strip())
        except ValueError:
            raise UnknownTermError(
                f"{cls.__name__}: {printed!r} is none of {', '.join(cls)}"
            ) from None


class ReportKind(Term):
    """What a dropped file is, found by its content."""

    FEEDBACK = "feedback"
    ORDERS = "orders"
    FULFILLED_SHIPMENTS = "fulfilled_shipments"
    BUY_SHIPPING = "buy_shipping"
    DECISION_EMAIL = "decision_email"  # a saved e-mail in which Amazon answers a request
    UNKNOWN = "unknown"


class FileStatus(Term):
    """What became of a dropped file."""

    ACCEPTED = "accepted"
    REFUSED = "refused"
    DEFERRED = "deferred"
    DUPLICATE = "duplicate"


class FulfillmentChannel(Term):
    """Who shipped the order (Selling Partner API, Orders: FulfillmentChannel), folded over its items."""

    AFN = "AFN"  # Amazon: Fulfillment by Amazon
    MFN = "MFN"  # the seller
    MIXED = "MIXED"  # items of both kinds: supports no delivery ground
    UNKNOWN = "UNKNOWN"  # no order report names it: supports no delivery ground


class ChannelEvidence(Term):
    """How the fulfilment channel of an order is known, strongest first."""

    FULFILLED_SHIPMENTS = "fulfilled_shipments"
    ORDERS_REPORT = "orders_report"
    DECLARED = "declared"  # the config declares the whole account FBA or merchant
    CONFLICT = "conflict"  # two reports contradict each other
    NONE = "none"


class Ground(Term):
    """Which clause of Amazon's policy makes a feedback removable (docs/policy.md)."""

    OBSCENE_LANGUAGE = "obscene_language"
    PERSONAL_INFORMATION = "personal_information"
    PRODUCT_REVIEW = "product_review"
    FBA_FULFILLMENT = "fba_fulfillment"
    BUY_SHIPPING_DELIVERY = "buy_shipping_delivery"
    EASY_SHIP_DELIVERY = "easy_ship_delivery"
    HATE_SPEECH = "hate_speech"
    PROMOTIONAL_CONTENT = "promotional_content"
    OTHER_ORDER = "other_order"


class JudgedVerdict(Term):
    """What the rules say of one comment."""

    REQUEST = "request"
    REVIEW = "review"
    LEAVE = "leave"


class Verdict(Term):
    """What to do about one feedback; `respond` is a `leave` worth a public answer."""

    REQUEST = "request"
    REVIEW = "review"
    RESPOND = "respond"


class Topic(Term):
    """What a feedback is mainly about, the most telling first."""

    CONDUCT = "conduct"
    WRONG_ITEM = "wrong_item"
    REFUND = "refund"
    STOCK = "stock"
    DAMAGE = "damage"
    DESCRIPTION = "description"  # condition, or not as described
    PRICE = "price"
    DELIVERY = "delivery"
    PRODUCT = "product"
    VAGUE = "vague"  # no lexicon knows a word of it that tells one


class RequestState(Term):
    """Where a removal request is; the arrows are in `schemas.request_states`."""

    PLANNED = "planned"
    APPROVED = "approved"
    SUBMITTING = "submitting"
    SUBMITTED = "submitted"
    UNKNOWN = "unknown"
    RECONCILING = "reconciling"
    NEEDS_HUMAN = "needs_human"
    DECIDED = "decided"
    CANCELLED = "cancelled"
    HELD = "held"


class Decision(Term):
    """What became of a request or of a feedback nobody asked about."""

    REMOVED = "removed"
    STRUCK = "struck"
    DENIED = "denied"
    PENDING = "pending"
    GONE_UNATTRIBUTED = "gone_unattributed"  # row vanished: granted, or removed by the buyer
    STRUCK_UNASKED = "struck_unasked"
    EXPIRED = "expired"
    CONFLICT = "conflict"
    NOT_ASKED = "not_asked"


class Certainty(Term):
    """How surely a decision is known."""

    CONFIRMED = "confirmed"  # Amazon's own words or mark were seen
    REPORTED = "reported"  # a person recorded it
    INFERRED = "inferred"  # concluded from absence or age
    OPEN = "open"  # nothing seen yet


class SightingSource(Term):
    """Where an observation of a feedback came from."""

    PAGE = "page"
    REPORT = "report"
    WORKSHEET = "worksheet"
    EMAIL = "email"


class SightingKind(Term):
    """What was observed."""

    PRESENT = "present"
    CHANGED = "changed"
    ABSENT = "absent"
    STRUCK = "struck"
    REMOVED = "removed"
    DENIED = "denied"
    SUBMITTED = "submitted"
    MORE_INFORMATION = "more_information"  # Amazon wants to know more before it decides
    REOPENED = "reopened"  # Amazon looks at a closed case again
    UNRECOGNISED = "unrecognised"


class SubmissionChannel(Term):
    """How a request reaches Amazon."""

    WORKSHEET = "worksheet"
    ASSISTED = "assisted"
    BROWSER = "browser"
    CASE = "case"  # a person answers in the case of the first request; nothing else may send it


class AppealState(Term):
    """Where the re-opening of a denied request is; it is the request of round 2, in words for people."""

    OPEN = "open"  # may be drafted
    UNFOUNDED = "unfounded"  # the rules do not stand for the ground (any more): not to be drafted
    DRAFTED = "drafted"
    ON_HOLD = "on_hold"
    SENT_BY_PERSON = "sent_by_person"
    GRANTED = "granted"
    DENIED = "denied"  # final: there is no second re-opening
    GONE_UNATTRIBUTED = "gone_unattributed"  # the feedback vanished while the answer was awaited
    EXPIRED = "expired"
    WITHDRAWN = "withdrawn"  # given up by a person, or the rules no longer stand for it


class MailReason(Term):
    """Why a saved e-mail is read as it is."""

    WORDING = "wording"  # a listed wording says so
    NO_WORDING = "no_wording"  # none of the listed wordings occurs
    WORDINGS_DIFFER = "wordings_differ"  # wordings of different answers occur
    UNKNOWN_SENDER = "unknown_sender"  # not from an address of Amazon's
    OTHER_TOPIC = "other_topic"  # it does not speak of feedback
    SEVERAL_ORDERS = "several_orders"  # nobody can tell which order the answer is for


class EncodingEvidence(Term):
    """How a file's encoding was chosen; from MARKETPLACE on it is a guess."""

    BOM = "bom"
    STRICT_UTF8 = "strict_utf8"
    DECLARED = "declared"
    MARKETPLACE = "marketplace"
    FALLBACK = "fallback"


class RunStatus(Term):
    """How a run ended; a run that stays `started` crashed."""

    STARTED = "started"
    FINISHED = "finished"
    FAILED = "failed"


class Grade(Term):
    """What a failed expectation does: end the run, set rows aside, or only say so."""

    STOP = "stop"
    QUARANTINE = "quarantine"
    WARN = "warn"
