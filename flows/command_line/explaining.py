"""How an explanation looks: the comment with the deciding words coloured, every ground's answer, every step."""

import json
from collections.abc import Iterable, Sequence
from dataclasses import asdict
from typing import TYPE_CHECKING, Any, Final

import typer
from rich.console import Console
from rich.table import Table
from rich.text import Text

from flows.command_line.printing import printable

if TYPE_CHECKING:
    from flows.steps.explain import ExplainedFeedback
    from rules.judgement import Judgement

_FOR: Final = "black on green"
_AGAINST: Final = "white on red"
_REQUEST_COLUMNS: Final = (
    "state",
    "ground",
    "approved_by",
    "approved_at",
    "worksheet_id",
    "submitted_at",
    "decision",
    "certainty",
    "deadline_date",
)


def print_comment(comment: str, judged: "Judgement", *, as_json: bool) -> None:
    """Print what the rules say of a comment."""
    if as_json:
        typer.echo(
            json.dumps(
                {
                    "verdict": judged.verdict,
                    "ground": judged.ground,
                    "reason": judged.reason,
                    "evidence": [span.as_record() for span in judged.evidence],
                    "blocked_by": [span.as_record() for span in judged.blocked_by],
                    "language": judged.language,
                    "rule_version": judged.rule_version,
                    "policy_version": judged.policy_version,
                },
                ensure_ascii=False,
                indent=2,
            )
        )
        return
    console = Console(highlight=False)
    evidence = [span.as_record() for span in judged.evidence]
    blocked = [span.as_record() for span in judged.blocked_by]
    console.print(_coloured(comment, evidence, blocked))
    console.print(
        f"verdict: {judged.verdict}" + (f", ground: {judged.ground}" if judged.ground else ""),
        markup=False,
    )
    console.print(f"reason:  {judged.reason}", markup=False)
    _print_words(console, comment, "speaks for it", evidence)
    _print_words(console, comment, "speaks against it", blocked)
    console.print(
        f"language {judged.language}, rules {judged.rule_version}, policy {judged.policy_version}",
        markup=False,
    )
    table = Table(title="Every ground's answer", title_justify="left")
    for heading in ("ground", "holds", "reason"):
        table.add_column(heading)
    for finding in judged.findings:
        table.add_row(finding.ground, "yes" if finding.is_met else "no", Text(finding.reason))
    console.print(table)


def print_order(explained: Sequence["ExplainedFeedback"], *, as_json: bool) -> None:
    """Print everything that is known about an order's feedback."""
    if as_json:
        typer.echo(
            json.dumps(
                [asdict(one) for one in explained], ensure_ascii=False, indent=2, default=str
            )
        )
        return
    console = Console(highlight=False)
    for one in explained:
        _print_one(console, one)


def _print_one(console: Console, one: "ExplainedFeedback") -> None:
    row = one.feedback
    console.print(
        f"{row['account']} / {row['marketplace']}  {row['order_id']}  {row['feedback_date']}  "
        f"{'★' * row['rating']}{'☆' * (5 - row['rating'])}  revision {row['revision']}",
        markup=False,
    )
    met = [finding for finding in one.findings if finding["is_met"]]
    evidence = (
        one.candidate["evidence"] if one.candidate else [s for f in met for s in f["evidence"]]
    )
    blocked = one.candidate["blocked_by"] if one.candidate else []
    console.print(_coloured(row["comment"] or "(no words)", evidence, blocked))
    order = one.order
    console.print(
        f"order: {order['fulfillment_channel']} ({order['channel_evidence']})"
        if order
        else "order: not in any report",
        markup=False,
    )
    if one.candidate:
        candidate = one.candidate
        ground = f", ground: {candidate['ground']}" if candidate["ground"] else ""
        console.print(
            f"verdict: {candidate['verdict']}{ground}; {candidate['reason']}", markup=False
        )
        console.print(
            f"days left: {candidate['days_left']} (until {candidate['deadline_date']})",
            markup=False,
        )
    else:
        console.print("no candidate: positive, asked before, or nothing to do", markup=False)
    table = Table(title="Every ground's answer", title_justify="left")
    for heading in ("ground", "holds", "reason"):
        table.add_column(heading)
    for finding in one.findings:
        table.add_row(
            finding["ground"], "yes" if finding["is_met"] else "no", Text(finding["reason"])
        )
    console.print(table)
    for request in one.requests:
        console.print(
            "request "
            + request["request_id"]
            + ": "
            + ", ".join(
                f"{name} {request[name]}" for name in _REQUEST_COLUMNS if request[name] is not None
            ),
            markup=False,
        )
    _print_outcomes(console, one)
    if one.events:
        steps = Table(title="Every step", title_justify="left")
        for heading in ("when (UTC)", "from", "to", "by", "why"):
            steps.add_column(heading)
        for event in one.events:
            steps.add_row(
                f"{event['at']:%Y-%m-%d %H:%M:%S}",
                event["from_state"] or "",
                event["to_state"],
                Text(event["actor"]),
                event["reason"] or "",
            )
        console.print(steps)


def _print_outcomes(console: Console, one: "ExplainedFeedback") -> None:
    """What became of it, how that is known, and everything that was seen."""
    from schemas.vocabularies import Certainty, Decision
    from transforms.outcomes.sentences import CERTAINTY_WORDS, DECISION_WORDS

    feedback = one.feedback
    missing = feedback["not_seen_since_date"]
    console.print(
        f"reports show it: {feedback['first_seen_date']} to {feedback['last_seen_date']}"
        + (f"; a newer complete one misses it: {missing}" if missing else ""),
        markup=False,
    )
    for mail in one.mails:
        console.print(
            f"e-mail of {mail['sent_at']:%Y-%m-%d}: {mail['seen'].replace('_', ' ')}, because {mail['explanation']}; "
            f"HOME/raw/.../{mail['file_sha256'][:16]}-*",
            markup=False,
        )
    for outcome in one.outcomes:
        if outcome["round"] > 1 and not outcome["is_asked"]:
            continue  # the line about the re-opening says it better
        which = "re-opening" if outcome["round"] > 1 else "outcome"
        on = f" on {outcome['decided_at']:%Y-%m-%d}" if outcome["decided_at"] else ""
        console.print(
            f"{which}: {DECISION_WORDS[Decision(outcome['decision'])]}{on} "
            f"({CERTAINTY_WORDS[Certainty(outcome['certainty'])]}). {outcome['explanation']}",
            markup=False,
        )
    if one.appeal:
        console.print(
            f"re-opening: {one.appeal['appeal_state'].replace('_', ' ')}, until {one.appeal['deadline_date']}; "
            f"`feedback-removal appeals {one.appeal['order_id']}`",
            markup=False,
        )
    if one.sightings:
        seen = Table(title="Everything that was seen", title_justify="left")
        for heading in ("when (UTC)", "where", "what", "evidence"):
            seen.add_column(heading)
        for sighting in one.sightings:
            seen.add_row(
                f"{sighting['seen_at']:%Y-%m-%d %H:%M}",
                sighting["source"],
                sighting["seen"].replace("_", " "),
                sighting["evidence_sha256"][:16],
            )
        console.print(seen)


def _coloured(
    comment: str, evidence: Iterable[dict[str, Any]], blocked: Iterable[dict[str, Any]]
) -> Text:
    text = Text(printable(comment))
    for span in evidence:
        text.stylize(_FOR, span["start"], span["end"])
    for span in blocked:
        text.stylize(_AGAINST, span["start"], span["end"])
    return text


def _print_words(
    console: Console, comment: str, label: str, spans: Sequence[dict[str, Any]]
) -> None:
    for span in spans:
        words = printable(comment[span["start"] : span["end"]])
        console.print(f"{label}: {words!r} ({span['class']})", markup=False)
