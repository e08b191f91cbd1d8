"""How large, how young and how many files of the inbox may be."""

from dataclasses import dataclass
from typing import Final

MIB: Final = 1 << 20


@dataclass(frozen=True, slots=True)
class FileLimits:
    """Bounds of what is taken in; a file beyond one is refused or left for the next run, never cut."""

    quiet_seconds: float = 60.0
    """A file changed less than this long ago is looked at twice."""
    second_look_seconds: float = 0.2
    """Time between both looks; a file that changed between them is left for the next run."""
    unpacked_bytes: int = 8 * 1024 * MIB
    """Most bytes that a gzip file may unpack to."""
    unpack_ratio: int = 100
    """Most bytes out for one byte in (text packs about 10:1, at most 40:1) once `unpack_free_bytes` are out."""
    unpack_free_bytes: int = 4 * MIB
    """Bytes that a gzip file may unpack to whatever the ratio."""
    files_per_run: int = 100_000
    """Further files wait for the next run."""
    depth: int = 32
    """Folders below a marketplace's inbox that are looked into."""
