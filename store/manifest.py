"""What a batch holds: written into the batch last, so a batch without one is not a batch."""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, Final

from store.errors import StorageError
from store.partition_writer import PartFile

MANIFEST_NAME: Final = "manifest.json"


@dataclass(frozen=True, slots=True)
class TableFiles:
    """The files of one table."""

    omitted_columns: tuple[str, ...]
    """Columns of the table that this batch leaves out on purpose."""
    files: tuple[PartFile, ...]

    @property
    def row_count(self) -> int:
        """Rows of the table."""
        return sum(file.row_count for file in self.files)


@dataclass(frozen=True, slots=True)
class Manifest:
    """The list of everything in a batch."""

    batch_id: str
    parent_id: str | None
    """The batch that was the latest before."""
    created_at: datetime
    schema_version: int
    tables: Mapping[str, TableFiles]

    def to_json(self) -> str:
        """As text, the same for the same content."""
        return json.dumps(
            {
                "batch_id": self.batch_id,
                "parent_id": self.parent_id,
                "created_at": self.created_at.isoformat(),
                "schema_version": self.schema_version,
                "tables": {
                    name: {
                        "row_count": table.row_count,
                        "omitted_columns": list(table.omitted_columns),
                        "files": [asdict(file) for file in table.files],
                    }
                    for name, table in sorted(self.tables.items())
                },
            },
            indent=1,
        )


def read_manifest(batch_folder: Path) -> Manifest:
    """Read the manifest of a batch.

    Raises:
        StorageError: it is missing or damaged; names the file.
    """
    path = batch_folder / MANIFEST_NAME
    try:
        return _parse(json.loads(path.read_text(encoding="utf-8")))
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise StorageError(
            f"{path}: cannot be read as the list of a batch ({type(error).__name__}); "
            f"point {batch_folder.parent / 'latest'} at an older batch, or remove the link and run again"
        ) from error


def _parse(document: dict[str, Any]) -> Manifest:
    return Manifest(
        batch_id=document["batch_id"],
        parent_id=document["parent_id"],
        created_at=datetime.fromisoformat(document["created_at"]),
        schema_version=document["schema_version"],
        tables={
            name: TableFiles(
                omitted_columns=tuple(table["omitted_columns"]),
                files=tuple(PartFile(**file) for file in table["files"]),
            )
            for name, table in document["tables"].items()
        },
    )
