"""Why an outcome is what it is, as sentences for a person; decided in `transforms.outcomes`."""

from collections.abc import Mapping
from typing import Final

from schemas.vocabularies import Certainty, Decision, MailReason
from transforms.outcomes.reasons import OutcomeReason

REASON_SENTENCES: Final[Mapping[OutcomeReason, str]] = {
    OutcomeReason.PAGE_SHOWS_IT: "Amazon's page shows it.",
    OutcomeReason.EMAIL_SAYS_IT: "A decision e-mail that was saved says so.",
    OutcomeReason.WORKSHEET_SAYS_IT: "A person noted it on a worksheet.",
    OutcomeReason.LEDGER_SAYS_IT: "The ledger holds it; no sighting says it anew.",
    OutcomeReason.STRUCK_BEFORE_REQUEST: "The page showed Amazon's mark before the request was planned.",
    OutcomeReason.VANISHED: "It was asked about and is gone. Amazon removed it, or its buyer took it back: absence alone proves neither.",
    OutcomeReason.VANISHED_UNASKED: "Nobody asked, and a complete newer report misses it: most likely its buyer took it back.",
    OutcomeReason.CLAIMS_DIFFER: "Two sources say different things; a person has to look at the page and note what it shows.",
    OutcomeReason.REMOVED_BUT_SEEN: "It was said to be removed, and was there again later; a person has to look at the page.",
    OutcomeReason.STRUCK_BUT_PLAIN: "It was said to be struck, and stood without the mark later; a person has to look at the page.",
    OutcomeReason.GONE_BUT_SEEN: "It was noted as gone, and was there again later; a person has to look at the page.",
    OutcomeReason.AWAITING_DECISION: "It was asked, and no answer was seen yet.",
    OutcomeReason.IN_DOUBT: "The request may or may not have reached Amazon; the page is looked at before anything else.",
    OutcomeReason.UNRECOGNISED_ANSWER: "An answer came that nothing listed explains; a person has to read it.",
    OutcomeReason.MORE_INFORMATION_WANTED: "Amazon asks back; a person answers in the case that it opened.",
    OutcomeReason.REOPENED: "Amazon looks at the case again.",
    OutcomeReason.REVISED: "It was asked, and its buyer changed it since.",
    OutcomeReason.WINDOW_CLOSED: "There was a ground, and nobody asked within Amazon's 90 days.",
    OutcomeReason.PLANNED: "A request is planned and waits for approval.",
    OutcomeReason.APPROVED: "A request is approved and was not asked yet.",
    OutcomeReason.ON_WORKSHEET: "A person has it on a worksheet and has not told yet.",
    OutcomeReason.HELD: "The stop switch holds the request.",
    OutcomeReason.CANCELLED: "The request was given up.",
    OutcomeReason.NOT_PLANNED: "A ground may hold, but a person has to look first, or a cap is used up.",
    OutcomeReason.NO_GROUND: "No ground of Amazon's policy holds.",
}

MAIL_SENTENCES: Final[Mapping[MailReason, str]] = {
    MailReason.WORDING: "a listed wording says so",
    MailReason.NO_WORDING: "no listed wording occurs in it",
    MailReason.WORDINGS_DIFFER: "wordings of different answers occur in it",
    MailReason.UNKNOWN_SENDER: "its sender is none of Amazon's listed addresses",
    MailReason.OTHER_TOPIC: "it does not speak of feedback",
    MailReason.SEVERAL_ORDERS: "it names several orders, so nobody can tell which one the answer is for",
}
"""Why a saved e-mail is read as it is."""

DECISION_WORDS: Final[Mapping[Decision, str]] = {
    Decision.REMOVED: "removed by Amazon",
    Decision.STRUCK: "struck through by Amazon",
    Decision.DENIED: "denied by Amazon",
    Decision.PENDING: "pending",
    Decision.GONE_UNATTRIBUTED: "gone: removed by Amazon or by its buyer",
    Decision.STRUCK_UNASKED: "struck through by Amazon unasked",
    Decision.EXPIRED: "expired",
    Decision.CONFLICT: "in conflict",
    Decision.NOT_ASKED: "not asked",
}

CERTAINTY_WORDS: Final[Mapping[Certainty, str]] = {
    Certainty.CONFIRMED: "Amazon's own words or mark were seen",
    Certainty.REPORTED: "a person recorded it",
    Certainty.INFERRED: "concluded from absence or age",
    Certainty.OPEN: "still open",
}
