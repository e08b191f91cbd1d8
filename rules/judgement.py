"""What the rules say of one comment, with the words that decided it."""

from typing import NamedTuple

from schemas.vocabularies import Ground, JudgedVerdict, Topic


class Span(NamedTuple):
    """A stretch of the original comment and what the rules saw in it.

    Attributes:
        start: index of the first character in the comment as reported.
        end: index after the last character.
        word_class: lexicon class (`product`, `delivery_time`, `seller`, ...) or `unknown_clause`.
    """

    start: int
    end: int
    word_class: str

    def as_record(self) -> dict[str, int | str]:
        """The span as printed in JSON and stored in tables: start, end, class."""
        return {"start": self.start, "end": self.end, "class": self.word_class}


class GroundFinding(NamedTuple):
    """What one ground says of one comment.

    Attributes:
        ground: the policy clause.
        is_met: the comment and its order satisfy the clause.
        verdict: what follows for this ground alone.
        reason: machine-readable word, then a sentence: `mixed: speaks of the seller's service`.
        evidence: spans that speak for the ground.
        blocked_by: spans that speak against it.
    """

    ground: Ground
    is_met: bool
    verdict: JudgedVerdict
    reason: str
    evidence: tuple[Span, ...] = ()
    blocked_by: tuple[Span, ...] = ()


class Judgement(NamedTuple):
    """The answer for one comment.

    Attributes:
        verdict: request, review or leave.
        ground: the clause meant by a request or a review, if one can be named.
        reason: machine-readable word, then a sentence.
        evidence: spans that speak for the ground.
        blocked_by: spans that speak against a request.
        language: ISO 639-1 code the comment was judged in, `und` if undetermined.
        rule_version: version of grounds and lexicons.
        policy_version: edition of Amazon's wording the comment was judged under.
        findings: one for each ground, in the order in which grounds are asked.
        topic: what the comment is mainly about.
    """

    verdict: JudgedVerdict
    ground: Ground | None
    reason: str
    evidence: tuple[Span, ...]
    blocked_by: tuple[Span, ...]
    language: str
    rule_version: str
    policy_version: str
    findings: tuple[GroundFinding, ...]
    topic: Topic
