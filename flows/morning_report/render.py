"""The page: one file that opens from disk, asks nobody for anything and escapes every word it did not write itself."""

from collections.abc import Mapping, Sequence
from functools import cache
from importlib import resources
from typing import Final

import jinja2

from flows.morning_report.cells import percent, rate, shares, words
from flows.morning_report.charts import bars_by_week
from flows.morning_report.contents import LONGEST_LIST, Contents
from schemas.vocabularies import Decision, RequestState
from transforms.outcomes.sentences import CERTAINTY_WORDS, DECISION_WORDS

_DIMENSIONS: Final = ("account", "marketplace", "language", "age", "certainty", "round")
"""Win rates that share one table; by ground and by rule version have their own."""

_MOST_PLACES: Final = 3 * LONGEST_LIST
"""Rows of figures by account and marketplace; each has three periods."""

_SECTIONS: Final = (
    ("What came in", "came"),
    ("What is asked", "asked"),
    ("What Amazon decided", "decided"),
    ("Score and order defects", "score"),
    ("Half a year", "weeks"),
    ("To answer", "answer"),
)

_WAITS_FOR: Final[Mapping[RequestState, str]] = {
    RequestState.PLANNED: "approval",
    RequestState.APPROVED: "submitting",
    RequestState.HELD: "release",
    RequestState.UNKNOWN: "a look whether it arrived",
    RequestState.NEEDS_HUMAN: "a decision of yours",
}

_MEANING: Final[Mapping[Decision, str]] = {
    **DECISION_WORDS,
    Decision.PENDING: "asked, no answer seen yet",
    Decision.EXPIRED: "there was a ground, nobody asked within 90 days",
    Decision.CONFLICT: "the evidence contradicts itself; somebody has to look",
    Decision.NOT_ASKED: "no ground, or not asked yet",
}


def render(contents: Contents, links: Sequence[tuple[str, str]]) -> str:
    """The page as HTML; the same contents give the same bytes.

    Args:
        contents: everything it says.
        links: label and address, relative to the page.
    """
    return _template().render(
        summary=contents.summary,
        tasks=contents.tasks,
        files=sorted(contents.summary.files, key=lambda file: file.status != "refused"),
        figures=contents.figures,
        missed=sorted(contents.figures.missed_deadlines, key=lambda row: row.month, reverse=True),
        dimensions=_DIMENSIONS,
        quarantine=contents.quarantine,
        decisions=contents.decisions,
        requests=contents.requests,
        request_count=contents.request_count,
        appeals=contents.appeals,
        appeal_count=contents.appeal_count,
        reviews=contents.reviews,
        review_count=contents.review_count,
        responses=contents.responses,
        answer_count=contents.answer_count,
        charts=_charts(contents),
        links=links,
        longest=LONGEST_LIST,
        most_places=_MOST_PLACES,
        sections=_SECTIONS,
        waits_for=_WAITS_FOR,
        meaning=_MEANING,
        known=CERTAINTY_WORDS,
        style=_read("page.css"),
    )


def _charts(contents: Contents) -> list[tuple[str, str]]:
    weeks = contents.figures.weeks
    labels = [week.last_date.isoformat() for week in weeks]
    received = {
        "1–2 stars": [week.negative_count for week in weeks],
        "3 stars": [week.neutral_count for week in weeks],
    }
    decided = {
        "denied": [week.denied_count for week in weeks],
        "vanished": [week.gone_count for week in weeks],
        "granted": [week.granted_count for week in weeks],
    }
    return [
        (title, bars_by_week(name, labels, series, title))
        for name, title, series in (
            ("received", "Feedback received, by week (last day)", received),
            ("decided", "Requests decided, by week (last day)", decided),
        )
    ]


def _read(name: str) -> str:
    return resources.files("flows.morning_report").joinpath(name).read_text("utf-8")


@cache
def _template() -> jinja2.Template:
    environment = jinja2.Environment(autoescape=True, undefined=jinja2.StrictUndefined)
    environment.filters |= {"words": words, "rate": rate, "shares": shares, "percent": percent}
    return environment.from_string(_read("page.html.jinja"))
