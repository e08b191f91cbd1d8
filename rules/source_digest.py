"""Rule files of a folder, and what they amount to."""

import hashlib
from collections.abc import Iterable
from importlib.resources.abc import Traversable


def toml_files(folder: Traversable) -> list[Traversable]:
    """The folder's TOML files in the order of their names."""
    return sorted((f for f in folder.iterdir() if f.name.endswith(".toml")), key=lambda f: f.name)


def digest_of(sources: Iterable[Traversable]) -> str:
    """Digest of names and contents."""
    digest = hashlib.sha256()
    for source in sources:
        digest.update(source.name.encode() + b"\0" + source.read_bytes() + b"\0")
    return digest.hexdigest()
