"""Documents that are derived from code and data, so that they cannot drift."""

from collections.abc import Callable
from pathlib import Path
from typing import Final

from schemas import data_dictionary
from store.durable_files import write_durably

GENERATED: Final[dict[str, Callable[[], str]]] = {
    "docs/data-dictionary.md": data_dictionary.render,
}


def outdated(root: Path) -> list[Path]:
    """Generated documents that are missing or differ from what they are derived from."""
    return [
        root / name
        for name, render in GENERATED.items()
        if not (root / name).is_file() or (root / name).read_text("utf-8") != render()
    ]


def write(root: Path) -> list[Path]:
    """Write every generated document that is not current.

    Raises:
        StorageError: a document cannot be written.
    """
    stale = outdated(root)
    for path in stale:
        write_durably(path, GENERATED[str(path.relative_to(root))]().encode())
    return stale
