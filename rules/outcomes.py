"""What a ground can say of a comment, as a number: met, doubted, mixed, ..., and what follows from each."""

from typing import Final

import numpy as np

from rules.ground_file import GroundRule
from schemas.vocabularies import JudgedVerdict

NOT_MET, MET, DOUBTED, BLOCKED, NEEDS, DAMAGED, FOREIGN, NARROW, HINTED, TOO_LONG = range(10)
RAISED, LOWERED, DISMISSED, CONTESTED = range(10, 14)
REASON: Final = {
    NOT_MET: "no_evidence: nothing in the comment speaks for it",
    MET: "met",
    DOUBTED: "doubted: a part of the comment may be about something else",
    BLOCKED: "mixed: a part of the comment is about something else",
    NEEDS: "order: the order's facts do not support it",
    DAMAGED: "damaged_text: characters were lost, so a person has to read it",
    FOREIGN: "language: the language is not covered, so a person has to read it",
    NARROW: "narrow_wording: under this edition of the policy a person decides",
    HINTED: "hinted: close to the ground, but not plainly so",
    TOO_LONG: "too_long: the comment was not read to its end",
    RAISED: "raised",
    LOWERED: "lowered: the words fit, the whole comment may not",
    DISMISSED: "dismissed: the whole comment is hardly about it",
    CONTESTED: "contested: a part of the comment may be about something else",
}
OUTCOMES: Final = len(REASON)
PLAIN: Final = (NOT_MET, NEEDS)
"""Outcomes that no words of the comment have to be shown for."""
AGAINST: Final = (BLOCKED, DISMISSED)
"""Outcomes that explain why a comment is left alone."""
NAMING: Final = (BLOCKED, DOUBTED, DISMISSED, CONTESTED)
"""Outcomes whose reason names the first word that speaks against."""
HOLDS: Final = (MET, RAISED)
IS_HELD: Final = np.isin(np.arange(OUTCOMES), HOLDS)


def verdict_of(outcome: int, rule: GroundRule) -> JudgedVerdict:
    """What follows from an outcome for this ground alone."""
    if outcome in HOLDS:
        return rule.default_verdict
    if outcome in {NOT_MET, NEEDS, BLOCKED, DISMISSED}:
        return JudgedVerdict.LEAVE
    return JudgedVerdict.REVIEW
