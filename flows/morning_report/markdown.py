"""The figures of the report as Markdown, for whoever looks at a run in Prefect: the same numbers, no orders and no comments."""

from collections.abc import Iterable, Iterator, Sequence
from typing import Final

from flows.morning_report.cells import NOTHING, percent, rate, shares, words
from flows.morning_report.contents import Contents
from schemas.markdown_tables import markdown_table
from transforms.figures import Figures

_MOST_ROWS: Final = 200
"""Rows of one table; the published tables have all of them."""


def figures_markdown(contents: Contents) -> str:
    """Decisions, win rates, days to decision, what is in flight, missed deadlines, shares and order defects.

    Args:
        contents: what the report of the run says.
    """
    figures = contents.figures
    parts = [f"# Figures of {figures.as_of}\n"]
    for title, header, rows in (
        (
            "Decisions",
            ("decision", "known", "feedback"),
            [(words(decision), known, str(count)) for decision, known, count in contents.decisions],
        ),
        (
            "Win rate, granted of those decided (95 % interval)",
            (
                "by",
                "group",
                "asked",
                "granted",
                "denied",
                "gone",
                "pending",
                "other",
                "win rate",
                "denied of those decided",
            ),
            list(_win_rates(figures)),
        ),
        (
            "Days to decision",
            ("by", "group", "requests", "half within", "nine of ten within", "longest"),
            [
                (
                    by,
                    row.group,
                    *map(str, (row.count, row.median_days, row.ninetieth_days, row.longest_days)),
                )
                for by, times in figures.decision_times.items()
                for row in times
            ],
        ),
        (
            "With Amazon",
            ("account", "requests", "may not have arrived", "longest wait in days"),
            [
                (
                    f"{row.account} / {row.marketplace}",
                    str(row.count),
                    str(row.in_doubt_count),
                    NOTHING if row.longest_wait_days is None else str(row.longest_wait_days),
                )
                for row in figures.in_flight
            ],
        ),
        (
            "Missed deadlines",
            ("month", "account", "ground", "feedback"),
            [
                (row.month, f"{row.account} / {row.marketplace}", row.ground, str(row.count))
                for row in figures.missed_deadlines
            ],
        ),
        (
            "Shares: positive / neutral / negative",
            ("account", "days", "negative", "neutral", "shares", "if granted"),
            [
                (
                    f"{row.account} / {row.marketplace}",
                    *map(str, (row.days, row.negative_count, row.neutral_count)),
                    shares(row.shares),
                    shares(row.shares_if_granted),
                )
                for row in figures.rating_shares
            ],
        ),
        (
            "Order defects by negative feedback, last 60 days",
            ("account", "orders known", "defects", "rate", "if granted"),
            [
                (
                    f"{row.account} / {row.marketplace}",
                    NOTHING if row.order_count is None else str(row.order_count),
                    str(row.defect_count),
                    percent(row.rate_percent),
                    percent(row.rate_percent_if_granted),
                )
                for row in figures.order_defects
            ],
        ),
    ):
        parts.extend(_section(title, header, rows))
    return "\n".join(parts)


def _win_rates(figures: Figures) -> Iterator[tuple[str, ...]]:
    for by, rows in figures.win_rates.items():
        for row in rows:
            counts = (
                *(row.asked_count, row.granted_count, row.denied_count, row.gone_count),
                *(row.pending_count, row.conflict_count + row.unasked_count),
            )
            yield by, row.group, *map(str, counts), rate(row.win_rate), rate(row.false_rate)


def _section(title: str, header: Sequence[str], rows: Sequence[Sequence[str]]) -> Iterable[str]:
    yield f"## {title}\n"
    if not rows:
        yield "none\n"
        return
    yield markdown_table(header, rows[:_MOST_ROWS])
    if len(rows) > _MOST_ROWS:
        yield f"and {len(rows) - _MOST_ROWS} more in the published tables\n"
