"""Reading against the floor: bytes to typed `feedback` Parquet, beside pyarrow.csv to zstd Parquet on the same files.

The product's figure is the whole of taking in: hashing, reading twice, masks, keys, accounting, merge, a durable batch
read back, and the move of the files. The floor parses text columns and writes them. Each runs in a process of its own
with the same number of workers, floor and product in turn, and the ratio is the median of the rounds.

    python benchmarks/bench_reading.py            # 2 million rows, as stated in the goals
    python benchmarks/bench_reading.py --rows 200000 --rounds 1
"""

import argparse
import gzip
import json
import os
import random
import resource
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from concurrent.futures import ProcessPoolExecutor
from datetime import UTC, date, datetime, timedelta
from multiprocessing import get_context
from pathlib import Path

import pyarrow.csv as pa_csv
import pyarrow.parquet as pq

AS_OF = date(2026, 6, 1)
HEADER = "Date\tRating\tComments\tYour Response\tOrder ID\tRater Email\n"
WORDS = [
    "the",
    "parcel",
    "came",
    "late",
    "and",
    "box",
    "was",
    "broken",
    "seller",
    "did",
    "not",
    "answer",
    "my",
    "mails",
    "refund",
    "never",
    "arrived",
    "item",
    "wrong",
    "color",
    "damaged",
    "poor",
    "quality",
    "shipping",
    "took",
    "three",
    "weeks",
    "tracking",
    "said",
    "delivered",
    "but",
    "nothing",
    "here",
    "asked",
    "twice",
    "no",
    "reply",
    "would",
    "avoid",
    "again",
    "packaging",
    "torn",
    "missing",
    "parts",
]
GOALS = {
    "ratio": 2.0,
    "peak_mib": 800,
    "dirty_ratio": 1.5,
    "refused_seconds": 2.0,
    "refused_mib": 200,
}


def write_report(path: Path, first: int, count: int, *, dirty: float = 0.0) -> None:
    """Rows of about 270 bytes, no comment twice; with `dirty` a share of them is broken in one of four ways."""
    chance = random.Random(first)
    with path.open("w", encoding="utf-8", newline="") as file:
        file.write(HEADER)
        for number in range(first, first + count):
            day = AS_OF - timedelta(days=chance.randrange(360))
            cells = [
                f"{day.month}/{day.day}/{day.year % 100}",
                str(chance.randint(1, 3)),
                " ".join(chance.choices(WORDS, k=chance.randint(22, 46))),
                "" if chance.random() < 0.8 else "Sorry to hear that, please write to us.",
                f"{100 + number // 10**7:03d}-{number % 10**7:07d}-{number * 7919 % 10**7:07d}",
                f"x{number:08x}@marketplace.amazon.com",
            ]
            if dirty and chance.random() < dirty:
                break_row(cells, chance)
            file.write("\t".join(cells) + "\n")


def break_row(cells: list[str], chance: random.Random) -> None:
    """A tab or a line end inside the comment, an impossible rating, or missing cells."""
    match chance.randrange(4):
        case 0:
            cells[2] = cells[2].replace(" ", "\t", 1)
        case 1:
            cells[2] = cells[2].replace(" ", "\n", 1)
        case 2:
            cells[1] = "9"
        case _:
            del cells[4:]


def write_inbox(inbox: Path, rows: int, files: int, *, dirty: float = 0.0) -> None:
    """An inbox of one account with the rows spread over some files."""
    folder = inbox / "shop" / "US"
    folder.mkdir(parents=True)
    for number in range(files):
        path = folder / f"{number:03d}.txt"
        write_report(path, number * (rows // files), rows // files, dirty=dirty)
        age(path)


def age(path: Path) -> None:
    """Let a file look as if it had been there for an hour."""
    before = time.time() - 3600
    os.utime(path, (before, before))


def floor_file(job: tuple[str, str]) -> None:
    """One file through pyarrow: quoting off, every column text, streamed."""
    source, target = job
    reader = pa_csv.open_csv(
        source,
        parse_options=pa_csv.ParseOptions(delimiter="\t", quote_char=False),
        convert_options=pa_csv.ConvertOptions(strings_can_be_null=False),
    )
    with pq.ParquetWriter(target, reader.schema, compression="zstd") as writer:
        for batch in reader:
            writer.write_batch(batch)


def run_floor(inbox: Path, work: Path, processes: int) -> None:
    """The floor over all files."""
    jobs = [
        (str(path), str(work / f"{path.stem}.parquet")) for path in sorted(inbox.rglob("*.txt"))
    ]
    if min(processes, len(jobs)) == 1:
        for job in jobs:
            floor_file(job)
        return
    with ProcessPoolExecutor(processes, mp_context=get_context("spawn")) as pool:
        list(pool.map(floor_file, jobs, chunksize=max(1, len(jobs) // (8 * processes))))


def run_product(inbox: Path, work: Path, processes: int) -> dict[str, int]:
    """The product's own way of taking in an inbox."""
    # Imported here, so that the floor's processes do not pay for it.
    from flows.ingest_reports import ingest_reports  # noqa: PLC0415
    from flows.ingest_result import IngestOptions  # noqa: PLC0415
    from store.file_limits import FileLimits  # noqa: PLC0415
    from store.home import Home  # noqa: PLC0415

    home = Home(work / "home")
    home.create()
    shutil.rmtree(home.inbox)
    shutil.copytree(inbox, home.inbox, copy_function=os.link)
    result = ingest_reports(
        home,
        IngestOptions(worker_count=processes, limits=FileLimits(second_look_seconds=0.01)),
        as_of=AS_OF,
        run_id="bench",
        seen_at=datetime.now(UTC),
    )
    return {
        name: sum(getattr(file, name) for file in result.files)
        for name in ("rows_in", "rows_accepted", "rows_quarantined", "rows_duplicate")
    }


def measure(what: str, inbox: Path, processes: int) -> dict[str, float]:
    """Run one side in a fresh process; seconds within it (imports excluded) and the peak of any process."""
    with tempfile.TemporaryDirectory(dir=inbox.parent) as work:
        command = [sys.executable, __file__, "--run", what, str(inbox), work, str(processes)]
        answer = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True)
    return dict(json.loads(answer.stdout))


def run_here(what: str, inbox: Path, work: Path, processes: int) -> None:
    """One side in this process; prints its figures."""
    if what == "product":
        import flows.ingest_reports  # noqa: F401, PLC0415 - not part of the time
    before = peak_mib()
    began = time.perf_counter()
    run = run_floor if what == "floor" else run_product
    rows = run(inbox, work, processes)
    seconds = time.perf_counter() - began
    usage = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    figures = {
        "seconds": seconds,
        "cpu_seconds": sum(one.ru_utime + one.ru_stime for one in usage),
        "peak_mib": peak_mib(),
        "before_mib": before,
    }
    print(json.dumps(figures | (rows or {})))


def peak_mib() -> float:
    """Largest resident size of this process or of any child."""
    who = (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)
    return max(resource.getrusage(one).ru_maxrss for one in who) / 1024


def compare(name: str, inbox: Path, processes: int, rounds: int, rows: int) -> None:
    """Floor and product in turn on the same files."""
    ratios, cpu_ratios, peaks, speeds = [], [], [], []
    for _ in range(rounds):
        floor = measure("floor", inbox, processes)
        product = measured_product(inbox, processes, rows)
        ratios.append(product["seconds"] / floor["seconds"])
        cpu_ratios.append(product["cpu_seconds"] / floor["cpu_seconds"])
        peaks.append(product["peak_mib"])
        speeds.append((rows / floor["seconds"], rows / product["seconds"]))
    floor_speed, speed = (statistics.median(side) for side in zip(*speeds, strict=True))
    print(
        f"{name:28} floor {floor_speed / 1e3:5.0f}k rows/s  product {speed / 1e3:5.0f}k rows/s  "
        f"ratio {statistics.median(ratios):.2f} (goal {GOALS['ratio']}; "
        f"{', '.join(f'{ratio:.2f}' for ratio in ratios)})  "
        f"processor time {statistics.median(cpu_ratios):.2f}  "
        f"peak {max(peaks):.0f} MiB (goal {GOALS['peak_mib']})"
    )


def compare_dirty(clean: Path, dirty: Path, processes: int, rounds: int, rows: int) -> None:
    """The product on clean and on dirty files in turn; the floor cannot read broken rows."""
    ratios, cpu_ratios = [], []
    for _ in range(rounds):
        broken, sound = (measured_product(inbox, processes, rows) for inbox in (dirty, clean))
        ratios.append(broken["seconds"] / sound["seconds"])
        cpu_ratios.append(broken["cpu_seconds"] / sound["cpu_seconds"])
    print(
        f"{'1 % broken against clean':28} {statistics.median(ratios):.2f} (goal {GOALS['dirty_ratio']}; "
        f"{', '.join(f'{ratio:.2f}' for ratio in ratios)})  "
        f"processor time {statistics.median(cpu_ratios):.2f}"
    )


def measured_product(inbox: Path, processes: int, rows: int) -> dict[str, float]:
    """The product's figures, once its rows add up; in a dirty inbox some rows are more than one line or none."""
    product = measure("product", inbox, processes)
    out = sum(product[name] for name in ("rows_accepted", "rows_quarantined", "rows_duplicate"))
    if product["rows_in"] != out or abs(out - rows) > 0.02 * rows:
        raise SystemExit(f"rows were lost: {product}")
    return product


def hostile(folder: Path, name: str) -> None:
    """How fast and in how little memory a file is refused."""
    answer = measure("product", folder, 1)
    print(
        f"{name:28} {answer['seconds']:.2f} s (goal {GOALS['refused_seconds']})  "
        f"+{answer['peak_mib'] - answer['before_mib']:.0f} MiB (goal {GOALS['refused_mib']})"
    )


def write_hostile(root: Path) -> None:
    """A line without end and a file that unpacks to a multiple of its size."""
    line = root / "line" / "shop" / "US"
    bomb = root / "bomb" / "shop" / "US"
    for folder in (line, bomb):
        folder.mkdir(parents=True)
    with (line / "line.txt").open("wb") as file:
        file.write(HEADER.encode() + b"1/5/26\t1\t")
        for _ in range(400):
            file.write(b"x" * 1_000_000)
    with gzip.open(bomb / "bomb.txt.gz", "wb", compresslevel=9) as packed:
        packed.write(HEADER.encode())
        for _ in range(500):
            packed.write(b"1/5/26\t1\t" + b"x" * 990_000 + b"\n")
    for path in (line / "line.txt", bomb / "bomb.txt.gz"):
        age(path)


def main() -> None:
    """Measure everything and print one line a figure."""
    arguments = argparse.ArgumentParser()
    arguments.add_argument("--rows", type=int, default=2_000_000)
    arguments.add_argument("--rounds", type=int, default=3)
    arguments.add_argument("--processes", type=int, default=2)
    arguments.add_argument("--run", nargs=4, metavar=("SIDE", "INBOX", "WORK", "PROCESSES"))
    chosen = arguments.parse_args()
    if chosen.run:
        side, inbox, work, processes = chosen.run
        run_here(side, Path(inbox), Path(work), int(processes))
        return
    with tempfile.TemporaryDirectory(prefix="bench-reading-") as temporary:
        root = Path(temporary)
        files = max(2, 400 * chosen.rows // 2_000_000)
        write_inbox(root / "many", chosen.rows, files)
        compare(f"{files} files", root / "many", chosen.processes, chosen.rounds, chosen.rows)
        write_inbox(root / "dirty", chosen.rows, files, dirty=0.01)
        compare_dirty(root / "many", root / "dirty", chosen.processes, chosen.rounds, chosen.rows)
        shutil.rmtree(root / "many")
        shutil.rmtree(root / "dirty")
        write_inbox(root / "one", chosen.rows, 1)
        compare("one file", root / "one", chosen.processes, chosen.rounds, chosen.rows)
        shutil.rmtree(root / "one")
        write_hostile(root)
        hostile(root / "line", "single line of 400 MB")
        hostile(root / "bomb", "gzip bomb")


if __name__ == "__main__":
    main()
