"""Immutable batches of Parquet tables: a reader sees all of the old batch or all of the new one.

`<root>/<batch_id>/<table>/marketplace=…/part-….parquet` plus `manifest.json`; `<root>/latest` is a symbolic link to the
newest batch, changed in one rename after every file was written, fsynced and read back. Unchanged files are hard links
to those of the batch before. Nothing in a file depends on the time, so the same rows give the same bytes, and a batch
that would equal the latest one is not made at all.

Two homes use it: `HOME/tables` (working tables, private) and `HOME/published` (for analysts).
"""

from store.batch_reading import Batch, Filters, latest_batch, read_table, table_of
from store.batch_writing import KEEP_DAYS, OpenBatch, TableContent, open_batch, write_batch

__all__ = [
    "KEEP_DAYS",
    "Batch",
    "Filters",
    "OpenBatch",
    "TableContent",
    "latest_batch",
    "open_batch",
    "read_table",
    "table_of",
    "write_batch",
]
