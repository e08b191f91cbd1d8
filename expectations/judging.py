"""The one function that runs Great Expectations: over the profile of a night's report files, once."""

from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime, time
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import pyarrow as pa
import pyarrow.compute as pc

from expectations.data_docs import SHOWN_FILES, DataDocsSite, label
from expectations.engine import import_great_expectations
from expectations.grades import FigureExpectation, file_expectations, row_expectations
from expectations.report import GRAVEST_FIRST, Answer, ExpectationReport, ExpectationResult
from expectations.suites import profile_suite
from transforms.file_profile import Column, FileKey

if TYPE_CHECKING:
    from great_expectations.core import ExpectationValidationResult

_SUITE: Final = "report_files"
_NAMED_PLACES: Final = 3


def judge_reports(
    profile: pa.Table,
    *,
    docs_dir: Path,
    run_name: str,
    as_of: date,
    overrides: Mapping[str, Mapping[str, Any]] | None = None,
    kept_runs: int = 30,
) -> ExpectationReport:
    """Judge report files that are about to be accepted, and write the Data Docs of it.

    Args:
        profile: one row a file, as `transforms.file_profile.file_profile` makes it.
        docs_dir: folder of the Data Docs; pages of this run go to `docs_dir/runs/<run_name>`.
        run_name: of the run; letters, digits, dot, dash and underscore.
        as_of: business date of the run, shown as its time.
        overrides: expectation name to new grade, minimum or maximum, from the config.
        kept_runs: runs whose Data Docs are kept, this one included.

    Returns:
        One result for every expectation, those of the gravest grade first. An expectation that could not be evaluated is
        `not_run`, never `failed`, and `must_stop` is true.

    Raises:
        GradesError: the overrides are wrong.
        ValueError: `run_name` is no safe folder name.
        OSError: the Data Docs cannot be written.
    """
    expected = (*file_expectations(overrides), *row_expectations(profile.column_names))
    site = DataDocsSite(docs_dir, run_name, kept_runs)
    keys = _keys(profile)
    with site.building() as folder:
        answers = _validate(profile, expected, folder=folder, run_name=run_name, as_of=as_of)
        results = sorted(
            (_result(profile, keys, each, answers[each.figure, each.name]) for each in expected),
            key=lambda result: (GRAVEST_FIRST.index(result.grade), result.is_met),
        )
        report = ExpectationReport(run_name, tuple(results), site.start_page)
        site.write_start_page(folder, report, as_of)
    return report


def _validate(
    profile: pa.Table,
    expected: Sequence[FigureExpectation],
    *,
    folder: Path,
    run_name: str,
    as_of: date,
) -> dict[tuple[str, str], "ExpectationValidationResult"]:
    """Run Great Expectations over the profile and have it write its pages; results by figure and name."""
    gx = import_great_expectations()
    context = gx.get_context(mode="ephemeral")
    context.variables.progress_bars = {"globally": False, "metric_calculations": False}
    context.add_data_docs_site(_SUITE, DataDocsSite.configuration(folder))
    suite = context.suites.add(profile_suite(_SUITE, expected))
    batch = (
        context.data_sources.add_pandas("inbox")
        .add_dataframe_asset("profile")
        .add_batch_definition_whole_dataframe("files")
    )
    definition = context.validation_definitions.add(
        gx.ValidationDefinition(name=_SUITE, data=batch, suite=suite)
    )
    checkpoint = context.checkpoints.add(
        gx.Checkpoint(
            name=_SUITE,
            validation_definitions=[definition],
            # SUMMARY: COMPLETE lists every failing value and explodes on a bad night
            result_format={
                "result_format": "SUMMARY",
                "unexpected_index_column_names": ["file"],
                "partial_unexpected_count": SHOWN_FILES,
            },
        )
    )
    run = gx.RunIdentifier(
        run_name=run_name, run_time=datetime.combine(as_of, time.min, tzinfo=UTC)
    )
    outcome = checkpoint.run(
        batch_parameters={"dataframe": _labelled(profile).to_pandas()}, run_id=run
    )
    context.build_data_docs(site_names=[_SUITE])
    (validated,) = outcome.run_results.values()
    return {
        (config.kwargs["column"], config.meta["name"]): result
        for result in validated.results
        for config in [result.expectation_config]
    }


def _labelled(profile: pa.Table) -> pa.Table:
    """The profile with a column that tells people which file a row is."""
    return profile.append_column("file", pa.array(map(label, _keys(profile)), pa.string()))


def _keys(profile: pa.Table) -> list[FileKey]:
    columns = (profile[name].to_pylist() for name in FileKey._fields)
    return [FileKey(*key) for key in zip(*columns, strict=True)]


def _result(
    profile: pa.Table,
    keys: Sequence[FileKey],
    expected: FigureExpectation,
    answered: "ExpectationValidationResult",
) -> ExpectationResult:
    """What Great Expectations answered, with the files found by the same bounds in Arrow."""
    if error := _error(answered):
        return _not_run(expected, error)
    figures: Column = profile[expected.figure]
    failed = _outside(figures, expected)
    judged = answered.result["unexpected_count"]
    if judged != len(failed):
        return _not_run(
            expected,
            f"Great Expectations finds {judged} failing files, the same bounds in Arrow {len(failed)}.",
        )
    files = tuple(keys[position] for position in failed)
    rows = 0
    if expected.rows is not None:
        counts: Column = profile[expected.rows].take(pa.array(failed, pa.int64()))
        rows = sum(map(abs, counts.to_pylist()))
    return ExpectationResult(
        name=expected.name,
        grade=expected.grade,
        scope=expected.scope,
        answer=Answer.FAILED if files else Answer.MET,
        files_judged=len(figures) - figures.null_count,
        files_failed=files,
        row_count=rows,
        sentence=_failed(expected, files, rows) if files else "",
    )


def _not_run(expected: FigureExpectation, error: str) -> ExpectationResult:
    """The result of an expectation that could not be evaluated."""
    return ExpectationResult(
        name=expected.name,
        grade=expected.grade,
        scope=expected.scope,
        answer=Answer.NOT_RUN,
        files_judged=0,
        files_failed=(),
        row_count=0,
        sentence=f"{expected.name} could not be checked, so nothing was written: {error} "
        "This is a fault of the program, not of a file.",
    )


def _outside(figures: Column, expected: FigureExpectation) -> list[int]:
    """Positions of the files whose figure is out of bounds; a file without the figure is none of them."""
    is_below: Column = pa.repeat(False, len(figures))
    is_above: Column = is_below
    if expected.minimum is not None:
        is_below = pc.less(figures, pa.scalar(expected.minimum))
    if expected.maximum is not None:
        is_above = pc.greater(figures, pa.scalar(expected.maximum))
    is_outside: Column = pc.or_kleene(is_below, is_above)
    return [position for position, outside in enumerate(is_outside.to_pylist()) if outside]


def _failed(expected: FigureExpectation, files: Sequence[FileKey], rows: int) -> str:
    """The failure as a sentence: how many files, where, how many rows, what is wrong, what to do."""
    places = list(dict.fromkeys(f"{key.account}/{key.marketplace}" for key in files))
    where = ", ".join(places[:_NAMED_PLACES])
    if len(places) > _NAMED_PLACES:
        where += f" and {len(places) - _NAMED_PLACES} more"
    counted = f"{len(files)} {'file' if len(files) == 1 else 'files'} of {where}"
    if rows:
        counted += f", {rows} {'row' if rows == 1 else 'rows'}"
    return f"In {counted}: {expected.says}"


def _error(answered: "ExpectationValidationResult") -> str | None:
    """Why the expectation could not be evaluated, None when it was.

    Great Expectations reports such a check as unsuccessful, with the reason only in `exception_info`: flat, or one entry a
    metric.
    """
    info = answered.exception_info or {}
    entries = [info] if "raised_exception" in info else list(info.values())
    for entry in entries:
        if entry["raised_exception"]:
            return str(entry["exception_message"]).splitlines()[0].rstrip(".") + "."
    return None
