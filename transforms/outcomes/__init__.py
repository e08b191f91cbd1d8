"""What became of every negative or neutral feedback, and how surely we know.

Each request has one row, and each feedback of 1-3 stars without a request has one row of round 1. The answer rests on
claims (somebody says what Amazon decided: the page's mark, a decision e-mail, a filled worksheet, the ledger) and on
looks (the feedback was there, or was not). The first line that fits decides:

| # | asked | claims            | looks                             | decision          | certainty  | reason                   |
|---|-------|-------------------|-----------------------------------|-------------------|------------|--------------------------|
| 1 | yes   | struck, on the page | the mark is older than the plan | struck_unasked    | as claimed | struck_before_request    |
| 2 | yes   | denied + granted  | any                               | conflict          | open       | claims_differ            |
| 3 | yes   | removed + struck  | the page's mark was seen          | struck            | confirmed  | page_shows_it            |
| 4 | yes   | removed + struck  | no mark seen on the page          | conflict          | open       | claims_differ            |
| 5 | yes   | removed           | there again later                 | conflict          | open       | removed_but_seen         |
| 6 | yes   | struck            | there without the mark later      | conflict          | open       | struck_but_plain         |
| 7 | yes   | one of the three  | any other                         | removed, struck or denied | as claimed | who says it      |
| 8 | yes   | the ledger: gone  | there again later                 | conflict          | open       | gone_but_seen            |
| 9 | yes   | none              | absent, not there since           | gone_unattributed | inferred   | vanished                 |
| 10| yes   | the ledger: gone  | nothing newer                     | gone_unattributed | inferred   | vanished                 |
| 11| yes   | none              | any other                         | pending           | open       | in_doubt, more_information_wanted, reopened, unrecognised_answer, revised, awaiting_decision |
| 12| no    | struck            | there without the mark later      | conflict          | open       | struck_but_plain         |
| 13| no    | struck            | any other                         | struck_unasked    | as claimed | who says it              |
| 14| no    | none              | absent, not there since           | gone_unattributed | inferred   | vanished_unasked         |
| 15| no    | none              | a ground, and past the window     | expired           | inferred   | window_closed            |
| 16| no    | none              | any other                         | not_asked         | open       | on_worksheet, planned, approved, held, cancelled, not_planned, no_ground |

How the words are meant:

* *asked*: the request reached Amazon, or may have (in doubt); or somebody asked by hand, which a claim of `removed`,
  `denied` or `submitted`, or an e-mail that asks back, without a submitted request shows, or a strike while the request
  is on a worksheet.
* *claims*: of each source only the newest counts, so a corrected worksheet replaces what it said before; two sources
  that differ are a conflict for a person. *Removed + struck*: help pages in French and Chinese use the same word for
  both, but the mark on the page is unmistakable.
* *as claimed*: `confirmed` when page or e-mail say it, `reported` when a person recorded it.
* *looks*: a feedback is absent when it was missing after it was last there. What a report misses counts only as
  `transforms.sightings` and `not_seen_since_date` say, so an empty or cancelled report makes nothing vanish. On equal
  times "there" wins. Looks before a request reached Amazon say nothing about it, except that a report missed it and
  none shows it since.
* absence alone is never a grant: buyers take feedback back too (lines 9, 10, 14). A denied feedback that vanishes later
  stays denied (line 7).
* *past the window*: more than 90 days since the feedback. A request that a person cancelled in time is not `expired`.

Sources: statements on struck feedback and "removed or struck leave rating and order defect rate" in Seller Central help
20231; struck and removed rows leave the report (python-amazon-sp-api and other public issue threads); no page gives a
time for the decision, so pending never ends by itself.
"""

from typing import Final

from transforms.outcomes.decide import outcomes
from transforms.outcomes.reasons import OutcomeReason

__all__ = ["COLUMNS_READ", "OutcomeReason", "outcomes"]

COLUMNS_READ: Final = {
    "feedback": (
        "feedback_id",
        "account",
        "marketplace",
        "order_id",
        "feedback_date",
        "rating",
        "last_seen_date",
        "not_seen_since_date",
    ),
    "candidate": ("feedback_id", "ground", "rule_version", "policy_version"),
    "finding": ("feedback_id", "ground", "is_met", "rule_version", "policy_version"),
}
"""Columns of the large tables that outcomes are decided from: whoever reads them from disk may leave the rest there."""
