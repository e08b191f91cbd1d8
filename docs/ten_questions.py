"""Ask the published Parquet the ten questions of analysis.md, show its ready-made tables; needs duckdb and pandas, not this program.

usage: python docs/ten_questions.py [BATCH]        BATCH is data/published/latest when not given
"""

import argparse
import re
import sys
from collections.abc import Iterator
from pathlib import Path

import duckdb

PAGE = Path(__file__).with_name("analysis.md")


def questions(page: str) -> Iterator[tuple[str, str]]:
    """Each question and each ready-made table of the page, in words and in SQL."""
    for section in re.split(r"^## (?=\d+\. |Ready made: )", page, flags=re.MULTILINE)[1:]:
        title = section.splitlines()[0]
        for sql in re.findall(r"^```sql\n(.*?)^```", section, flags=re.MULTILINE | re.DOTALL):
            yield title, sql


def views(batch: Path) -> duckdb.DuckDBPyConnection:
    """A connection with a view named after each table that has rows."""
    connection = duckdb.connect()
    for folder in sorted(batch.iterdir()):
        if any(folder.glob("**/*.parquet")):
            files = str(folder / "**" / "*.parquet").replace("'", "''")
            connection.execute(
                f"create view {folder.name} as from read_parquet('{files}', union_by_name = true)"
            )
    return connection


def main() -> int:
    """Print every question with its answer; one whose tables have no rows yet says so."""
    parser = argparse.ArgumentParser(
        description="Every question of docs/analysis.md, answered from one published batch."
    )
    parser.add_argument("batch", nargs="?", type=Path, default=Path("data/published/latest"))
    batch: Path = parser.parse_args().batch.resolve()
    if not batch.is_dir():
        print(f"{batch}: nothing is published here; run the pipeline first", file=sys.stderr)
        return 2
    connection = views(batch)
    print(f"batch {batch.name}")
    for title, sql in questions(PAGE.read_text("utf-8")):
        print(f"\n{title}\n")
        try:
            answer = connection.sql(sql).df()
        except duckdb.CatalogException:
            print("no rows yet")
            continue
        print("no rows" if answer.empty else answer.to_string(index=False))
    return 0


if __name__ == "__main__":
    sys.exit(main())
