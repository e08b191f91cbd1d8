"""The page: one file that opens from disk, asks nobody for anything and escapes every word it did not write itself."""

from collections.abc import Sequence
from functools import cache
from importlib import resources
from typing import Final

import jinja2

from flows.morning_report.charts import bars_by_week
from flows.morning_report.contents import LONGEST_LIST, Contents

_DIMENSIONS: Final = ("account", "marketplace", "language", "age", "certainty", "round")
"""Win rates that share one table; by ground and by rule version have their own."""


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
        responses=contents.responses,
        answer_count=contents.answer_count,
        charts=_charts(contents),
        links=links,
        longest=LONGEST_LIST,
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


def _words(term: str) -> str:
    return term.replace("_", " ")


def _read(name: str) -> str:
    return resources.files("flows.morning_report").joinpath(name).read_text("utf-8")


@cache
def _template() -> jinja2.Template:
    environment = jinja2.Environment(autoescape=True, undefined=jinja2.StrictUndefined)
    environment.filters["words"] = _words
    return environment.from_string(_read("page.html.jinja"))
