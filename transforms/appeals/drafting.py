"""Write the text with which a person re-opens a denied request, in the case that the request opened."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final

from rules.judgement import Span
from schemas.vocabularies import Ground
from transforms.appeals.wording import Difference, wording_in

MARK: Final = "----- text -----"
"""Line of a draft's file below which the text begins; above it stands what the person should know."""

_LONGEST_PASSAGES: Final = 12


@dataclass(frozen=True, slots=True)
class AppealCase:
    """What a draft is made of.

    Attributes:
        account: seller account.
        marketplace: code such as "US".
        order_id: Amazon's order id.
        ground: clause on which the re-opening rests.
        first_ground: clause of the first request.
        feedback_date: date of the feedback.
        rating: 1-3 stars.
        comment: the buyer's words.
        evidence: what speaks for the ground, by position in the comment.
        is_revised: the buyer changed rating or comment since the first request.
        source: where the clause was read.
        deadline_date: last day on which to send it.
        language: of the draft.
    """

    account: str
    marketplace: str
    order_id: str
    ground: Ground
    first_ground: Ground
    feedback_date: date
    rating: int
    comment: str
    evidence: tuple[Span, ...]
    is_revised: bool
    source: str
    deadline_date: date
    language: str


def differences(case: AppealCase) -> tuple[Difference, ...]:
    """In what the draft says more or other than the first request."""
    found = []
    if case.evidence:
        found.append(Difference.PASSAGES_QUOTED)
    if case.ground is not case.first_ground:
        found.append(Difference.GROUND_CHANGED)
    if case.is_revised:
        found.append(Difference.REVISED)
    return tuple(found)


def passages(case: AppealCase) -> tuple[Span, ...]:
    """The evidence as it is quoted: in the order of the comment, at most a dozen stretches.

    Stretches that overlap, or have nothing but blanks between them, are one.
    """
    joined: list[Span] = []
    for span in sorted(case.evidence, key=lambda span: (span.start, -span.end)):
        if joined and not case.comment[joined[-1].end : span.start].strip():
            last = joined.pop()
            joined.append(Span(last.start, max(last.end, span.end), last.word_class))
        else:
            joined.append(span)
    return tuple(joined[:_LONGEST_PASSAGES])


def draft_text(case: AppealCase) -> str:
    """The text to send, in the case's language (English where there is none).

    Positions count characters of the comment from 1. The text names the order, the clause, the passages and what differs from the
    first request, and asks for nothing but another look in the same case.
    """
    words = wording_in(case.language)
    place = {
        "order_id": case.order_id,
        "date": case.feedback_date.isoformat(),
        "rating": case.rating,
    }
    lines = [
        words.greeting,
        "",
        words.opening.format(**place),
        words.feedback.format(**place),
        "",
        words.clause_heading,
        f"{words.clauses[case.ground]} ({case.source})",
    ]
    quoted = passages(case)
    if quoted:
        lines += ["", words.passages_heading]
        lines += [
            "- "
            + words.passage.format(
                first=span.start + 1,
                last=span.end,
                words=_one_line(case.comment[span.start : span.end]),
            )
            for span in quoted
        ]
    lines += ["", words.differences_heading]
    lines += [f"- {words.differences[difference]}" for difference in differences(case)]
    lines += ["", words.closing]
    return "\n".join(lines) + "\n"


def draft_document(case: AppealCase, text: str) -> str:
    """A draft's file: what the person should know, the mark, the text."""
    return "\n".join(
        [
            f"Re-opening of the denied request for order {case.order_id} ({case.account}, {case.marketplace})",
            f"Ground: {case.ground}. Last day: {case.deadline_date.isoformat()}. At most once.",
            "",
            "Send it only as a reply in the case that Amazon opened for the first request. Asking in any other way, or asking",
            "again, may cost the account. Read it first, and leave it where you would not sign it. Then tell the ledger:",
            f"  feedback-removal appeals {case.order_id} --sent",
            "You may change the text below the mark; the same command checks it and refuses one that proposes another way.",
            "",
            MARK,
            text,
        ]
    )


def text_of_document(document: str) -> str | None:
    """The text below the mark of a draft's file; None when the mark is gone."""
    _, mark, text = document.partition(f"\n{MARK}\n")
    return text.strip() + "\n" if mark else None


def quotes(case: AppealCase) -> Sequence[str]:
    """The buyer's words as the draft quotes them."""
    return [_one_line(case.comment[span.start : span.end]) for span in passages(case)]


def _one_line(words: str) -> str:
    return " ".join(words.split())
