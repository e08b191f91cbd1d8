"""What judging a set of reports answers: one result an expectation, and what follows from it."""

from dataclasses import dataclass
from pathlib import Path
from typing import Final

from schemas.vocabularies import Grade, Term
from transforms.file_profile import FileKey


class Scope(Term):
    """What a failed expectation of grade quarantine concerns."""

    ROWS = "rows"  # the rows are in quarantine already: their masks failed, under the same name
    FILE = "file"  # the whole file is to be set aside, under the expectation's name


class Answer(Term):
    """How an expectation ended; a check that could not run is not a check that failed."""

    MET = "met"
    FAILED = "failed"
    NOT_RUN = "not_run"


@dataclass(frozen=True, slots=True)
class ExpectationResult:
    """What one expectation said about all files."""

    name: str
    """Snake case; it is also the quarantine reason of what fails it."""
    grade: Grade
    scope: Scope
    answer: Answer
    files_judged: int
    """Files that have the figure at all; an order report has no rating, for example."""
    files_failed: tuple[FileKey, ...]
    """Each file that fails, in the order of the profile."""
    row_count: int
    """Rows concerned in those files; 0 when the expectation is about the file itself."""
    sentence: str
    """What was found and what to do about it, for a person; carries no personal data."""

    @property
    def is_met(self) -> bool:
        """The expectation ran and holds for every file."""
        return self.answer is Answer.MET


@dataclass(frozen=True, slots=True)
class ExpectationReport:
    """All results of one run of the expectations, gravest first, and where to read them."""

    run_name: str
    results: tuple[ExpectationResult, ...]
    docs_path: Path
    """Start page of the Data Docs, readable offline."""

    def failed(self, grade: Grade) -> tuple[ExpectationResult, ...]:
        """The expectations of a grade that are not met.

        One that could not run counts as failed with grade stop: an unchecked figure is no basis for writing.
        """
        return tuple(
            result
            for result in self.results
            if not result.is_met
            and (Grade.STOP if result.answer is Answer.NOT_RUN else result.grade) is grade
        )

    @property
    def must_stop(self) -> bool:
        """Nothing may be written: the pipeline's own accounts are wrong, or could not be checked."""
        return bool(self.failed(Grade.STOP))

    @property
    def files_to_quarantine(self) -> dict[FileKey, str]:
        """File to the name of the first expectation that sets the whole file aside."""
        aside: dict[FileKey, str] = {}
        for result in self.failed(Grade.QUARANTINE):
            if result.scope is Scope.FILE:
                for file in result.files_failed:
                    aside.setdefault(file, result.name)
        return aside

    @property
    def sentences(self) -> tuple[str, ...]:
        """What an operator should read: one sentence for every expectation that is not met."""
        return tuple(result.sentence for result in self.results if not result.is_met)


GRAVEST_FIRST: Final = (Grade.STOP, Grade.QUARANTINE, Grade.WARN)
"""Order of results in a report."""
