from datetime import date, timedelta
from typing import Any

import pytest

from schemas import tables
from schemas.submission import RefusedStepError
from schemas.vocabularies import Certainty, Decision, SightingKind, SightingSource
from store.ledger import Sighting, UnknownRunError


def sighting(play: Any, seen: str = SightingKind.PRESENT, hours: int = 0) -> Sighting:
    request = play.request(1)
    return Sighting(
        feedback_id=request.feedback_id,
        account=request.account,
        marketplace=request.marketplace,
        order_id=request.order_id,
        source=SightingSource.REPORT,
        seen=seen,
        seen_at=play.start + timedelta(hours=hours),
        evidence_sha256=play.evidence,
    )


def test_the_same_sighting_is_kept_once(play: Any) -> None:
    assert play.ledger.record_sighting(sighting(play), run_id="r1")
    assert not play.ledger.record_sighting(sighting(play), run_id="r2")
    both = [sighting(play), sighting(play, hours=1), sighting(play, hours=1)]
    assert play.ledger.record_sightings(both, run_id="r2") == 1
    kept = play.ledger.sightings()
    assert kept.schema.equals(tables.SIGHTING.schema)
    assert kept["run_id"].to_pylist() == ["r1", "r2"]


def test_a_long_answer_is_read_in_pieces(play: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    play.approved(1, 2, 3, 4, 5)
    whole = play.ledger.requests(), play.ledger.events()
    assert [table.num_rows for table in whole] == [5, 10]
    assert whole[0]["deadline_date"].to_pylist() == [date(2026, 12, 20)] * 5
    assert set(whole[0]["planned_at"].to_pylist()) == {play.start}
    monkeypatch.setattr("store.ledger.queries._PIECE", 2)
    assert (play.ledger.requests(), play.ledger.events()) == whole
    nothing = play.ledger.requests(account="nobody")
    assert nothing.equals(tables.REMOVAL_REQUEST.empty())


@pytest.mark.parametrize(
    "wrong", [{"seen": "vanished"}, {"source": "hearsay"}, {"seen_at": "no zone"}]
)
def test_a_sighting_is_of_the_vocabulary(play: Any, wrong: dict[str, str]) -> None:
    good = sighting(play)
    values = {name: getattr(good, name) for name in Sighting.__dataclass_fields__}
    if "seen_at" in wrong:
        wrong = {"seen_at": play.start.replace(tzinfo=None)}
    with pytest.raises(ValueError, match=r"none of|time zone"):
        Sighting(**{**values, **wrong})


def test_feedback_at_which_a_request_was_seen_counts_as_asked(play: Any) -> None:
    play.ledger.record_sighting(sighting(play), run_id="r1")
    assert play.ledger.asked_feedback_ids() == frozenset()
    play.ledger.record_sighting(sighting(play, SightingKind.SUBMITTED), run_id="r1")
    assert play.ledger.asked_feedback_ids() == {play.request(1).feedback_id}


def test_only_what_was_submitted_is_decided_and_with_evidence(play: Any) -> None:
    (key,) = play.approved(1)
    with pytest.raises(RefusedStepError):
        play.ledger.decide(key, Decision.REMOVED, Certainty.REPORTED, play.step(proof=True))
    play.ledger.report_submitted(key, play.step(proof=True))
    with pytest.raises(ValueError, match="evidence"):
        play.ledger.decide(key, Decision.REMOVED, Certainty.REPORTED, play.step())
    with pytest.raises(ValueError, match="no decision about a request"):
        play.ledger.decide(key, Decision.PENDING, Certainty.OPEN, play.step(proof=True))


def started(play: Any, run_id: str) -> dict[str, Any]:
    return {
        "run_id": run_id,
        "as_of_date": date(2026, 11, 25),
        "started_at": play.start,
        "versions": '{"feedback-removal":"0.1.0"}',
    }


def ended(play: Any, run_id: str) -> dict[str, Any]:
    return {
        **started(play, run_id),
        "ended_at": play.start + timedelta(minutes=2),
        "run_status": "finished",
        "exit_code": 3,
        "input_sha256": "a" * 64,
        "rows_in": 12,
    }


def test_a_run_that_crashed_still_shows(play: Any) -> None:
    play.ledger.start_run(started(play, "r1"))
    play.ledger.start_run(started(play, "r2"))
    play.ledger.finish_run(ended(play, "r2"))

    runs = play.ledger.runs()
    assert runs.schema.equals(tables.RUN.schema)
    first, second = runs.to_pylist()
    assert (first["run_status"], first["ended_at"], first["rows_in"]) == ("started", None, 0)
    assert (second["run_status"], second["exit_code"], second["rows_in"]) == ("finished", 3, 12)
    assert play.ledger.unfinished_runs() == ["r1"]


def test_a_run_ends_once_and_only_if_it_began(play: Any) -> None:
    with pytest.raises(UnknownRunError, match="r1"):
        play.ledger.finish_run(ended(play, "r1"))
    play.ledger.start_run(started(play, "r1"))
    play.ledger.finish_run(ended(play, "r1"))
    with pytest.raises(UnknownRunError):
        play.ledger.finish_run(ended(play, "r1"))


def test_a_run_takes_its_tables_columns_only(play: Any) -> None:
    with pytest.raises(ValueError, match="lacks versions"):
        play.ledger.start_run({**started(play, "r1"), "versions": None})
    with pytest.raises(ValueError, match="no columns rows_lost"):
        play.ledger.start_run({**started(play, "r1"), "rows_lost": 1})
    with pytest.raises(ValueError, match="finished or failed"):
        play.ledger.finish_run({**ended(play, "r1"), "run_status": "started"})


def test_tables_have_the_published_schemas(play: Any) -> None:
    play.approved(1)
    assert play.ledger.requests().schema.equals(tables.REMOVAL_REQUEST.schema)
    assert play.ledger.events().schema.equals(tables.EVENT.schema)
    assert play.ledger.requests().schema.metadata == tables.REMOVAL_REQUEST.schema.metadata
