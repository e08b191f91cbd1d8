"""A real browser against the stand-in: submissions a minute, rows read a second, memory, ratio to a named floor.

usage: python benchmarks/bench_browser.py [--requests 30]

The stand-in runs in a process of its own, with its usual delays (rows 30 ms and menus 20 ms after the page). The list has
200 rows, so the last is on page 10; requests are for rows of the first three pages. The floor of a submission is two bare
loads of the list until its rows are there: no request can be proven with less. Fails under 30 submissions a minute, under
100 rows a second, above 2 s a submission (what the tool adds to its pace), or above 300 MiB (the browser apart).
"""

import argparse
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

from feedback_manager.boot_clock import BootClock
from feedback_manager.page import (
    BrowserOptions,
    EvidenceFolder,
    ListPage,
    SiteAddress,
    Store,
    Submitter,
    Target,
    open_browser,
)
from feedback_manager.stand_in import ControlClient, FeedbackRow, serve

ACCOUNT = "Harbour Lane Goods"
ROWS = 200


def invented_rows() -> list[FeedbackRow]:
    """Feedback of the last 80 days, newest first by number."""
    today = datetime.now(UTC).date()
    return [
        FeedbackRow(
            ACCOUNT,
            "US",
            f"111-{number:07d}-7000001",
            today - timedelta(days=number * 80 // ROWS),
            1 + number % 3,
            f"It broke after {number} days, poor quality.",
        )
        for number in range(ROWS)
    ]


def serve_until_told() -> None:
    """The stand-in's process."""
    with serve(invented_rows()) as stand_in:
        print(stand_in.base_url(), stand_in.control.url, flush=True)
        sys.stdin.read()


@contextmanager
def stand_in_process() -> Iterator[tuple[str, ControlClient]]:
    """Address and control of a stand-in in a process of its own."""
    with subprocess.Popen(
        [sys.executable, __file__, "--serve"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        base, control = process.stdout.readline().split() if process.stdout else ("", "")
        yield base, ControlClient(control)
        process.communicate("")


def floor_seconds(listing: ListPage) -> float:
    """Two bare loads of the list until its rows are there."""
    start = time.perf_counter()
    for _ in range(2):
        listing.page.goto(listing.address.base_url + listing.contract.path)
        listing.page.wait_for_selector(listing.contract.selectors["list.action"], state="attached")
    return time.perf_counter() - start


def main() -> None:
    """Run the benchmark."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--requests", type=int, default=30)
    parser.add_argument("--serve", action="store_true", help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.serve:
        serve_until_told()
        return
    clock = BootClock()
    with tempfile.TemporaryDirectory() as folder, stand_in_process() as (base, control):
        address = SiteAddress.of("US", base)
        start = time.perf_counter()
        with open_browser(BrowserOptions(Path(folder) / "profile"), address) as context:
            opened = time.perf_counter() - start
            listing = ListPage(context, address, Store(ACCOUNT, "US"))
            submitter = Submitter(listing, EvidenceFolder(Path(folder) / "evidence"))
            start = time.perf_counter()
            rows = listing.read_list().rows
            rows_a_second = len(rows) / (time.perf_counter() - start)
            floor = statistics.median(floor_seconds(listing) for _ in range(5))
            took = []
            for row in rows[: 2 * given.requests : 2]:
                target = Target(row.order_id, row.content_sha256 or "", "product-feedback", "203")
                start = time.perf_counter()
                submitter.submit(target, lambda _: clock.now().later(60))
                took.append(time.perf_counter() - start)
        counts = control.counts()
    a_minute = 60 * len(took) / sum(took)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    median = statistics.median(took)
    print(
        f"browser opened in {opened:.1f} s; {rows_a_second:.0f} rows a second; {a_minute:.0f} submissions a minute, "
        f"median {median:.2f} s, slowest {max(took):.2f} s, {median / floor:.1f} times the floor of {floor:.2f} s; "
        f"peak {peak:.0f} MiB; {len(counts)} requests arrived, most for one feedback {max(counts.values())}"
    )
    if a_minute < 30 or rows_a_second < 100 or median > 2 or peak > 300 or max(counts.values()) > 1:
        sys.exit("slower, larger or less careful than promised")


if __name__ == "__main__":
    main()
