"""Follow what Amazon decided: filled worksheets, the page, saved e-mails, and what newer reports show of feedback."""

from flows.steps.import_results import import_filled
from flows.steps.read_mails import read_mails
from flows.work import Work
from schemas.vocabularies import SubmissionChannel
from store.batches import latest_batch
from store.ledger import Sighting
from transforms.sightings import report_sightings


def track(work: Work) -> None:
    """Record what people reported and what newer reports show; recording it again adds nothing.

    Raises:
        StorageError: tables or ledger failed.
    """
    import_filled(work)
    if work.settings.config.submission.channel is not SubmissionChannel.WORKSHEET:
        from flows.steps.read_back import read_back

        read_back(work)
    batch = latest_batch(work.home.tables)
    if batch is None:
        return
    read_mails(work, batch)
    seen = report_sightings(
        batch.read("feedback"), batch.read("report_file"), work.ledger.requests()
    )
    new = work.ledger.record_sightings(
        [Sighting(**row) for row in seen.to_pylist()], run_id=work.settings.run_id
    )
    if new:
        work.summary.has_changes = True
