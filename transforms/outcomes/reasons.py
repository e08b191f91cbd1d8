"""Why an outcome is what it is."""

from schemas.vocabularies import Term


class OutcomeReason(Term):
    """Why the outcome is what it is: how the decision is known, or why nothing was asked."""

    PAGE_SHOWS_IT = "page_shows_it"
    EMAIL_SAYS_IT = "email_says_it"
    WORKSHEET_SAYS_IT = "worksheet_says_it"
    LEDGER_SAYS_IT = "ledger_says_it"
    STRUCK_BEFORE_REQUEST = "struck_before_request"
    VANISHED = "vanished"
    VANISHED_UNASKED = "vanished_unasked"
    CLAIMS_DIFFER = "claims_differ"
    REMOVED_BUT_SEEN = "removed_but_seen"
    STRUCK_BUT_PLAIN = "struck_but_plain"
    GONE_BUT_SEEN = "gone_but_seen"
    AWAITING_DECISION = "awaiting_decision"
    IN_DOUBT = "in_doubt"  # the request may or may not have reached Amazon
    UNRECOGNISED_ANSWER = "unrecognised_answer"  # an answer came that a person must read
    MORE_INFORMATION_WANTED = "more_information_wanted"  # answered by a person, in the case
    REOPENED = "reopened"  # Amazon looks at the case again
    REVISED = "revised"  # the buyer changed rating or comment since
    WINDOW_CLOSED = "window_closed"  # there was a ground, and nobody asked in time
    PLANNED = "planned"
    APPROVED = "approved"
    ON_WORKSHEET = "on_worksheet"  # a person has it, and has not told yet
    HELD = "held"
    CANCELLED = "cancelled"
    NOT_PLANNED = "not_planned"  # a ground holds, but a person has to look, or a cap is used up
    NO_GROUND = "no_ground"
