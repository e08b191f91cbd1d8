"""Takes in a home's inbox when told to; killed from outside at any moment by test_ingest_killed.py."""

import sys
from datetime import UTC, date, datetime
from pathlib import Path

from flows.ingest_reports import ingest_reports
from flows.ingest_result import IngestOptions
from store.home import Home

if __name__ == "__main__":
    home = Home(Path(sys.argv[1]))
    sys.stdout.write("ready\n")
    sys.stdout.flush()
    sys.stdin.readline()
    ingest_reports(
        home,
        IngestOptions(worker_count=1),
        as_of=date(2026, 11, 25),
        run_id="killed",
        seen_at=datetime(2026, 11, 25, tzinfo=UTC),
    )
    sys.stdout.write("done\n")
