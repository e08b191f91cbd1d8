"""The packaged lexicons as one file of arrays, so that loading takes a fraction of a second.

`feedback-removal docs` writes `lexicon/compiled.npz` anew after a lexicon was changed. The file names the
digest of the sources it was made from: if they differ, or a seller adds lexicons of his own, the sources are read instead,
which takes some seconds and gives the same rules.
"""

import io
import json
from dataclasses import fields
from importlib import resources
from importlib.resources.abc import Traversable
from typing import Final

import numpy as np

from rules.lexicon_arrays import LexiconArrays
from rules.lexicon_builder import build_lexicon
from rules.lexicon_file import read_lexicon
from rules.source_digest import digest_of, toml_files

FILE_NAME: Final = "compiled.npz"
_LINE: Final = "\n"


def read_compiled(source: Traversable, digest: str) -> LexiconArrays | None:
    """Arrays that were made from the sources of this digest, or None."""
    if not source.is_file():
        return None
    with np.load(io.BytesIO(source.read_bytes()), allow_pickle=False) as stored:
        about = json.loads(bytes(stored["about"]).decode())
        if about["digest"] != digest:
            return None
        texts = bytes(stored["pattern_texts"]).decode().split(_LINE)
        plain = {
            field.name: stored[field.name]
            for field in fields(LexiconArrays)
            if field.name not in {"languages", "entry_counts", "pattern_texts"}
        }
    return LexiconArrays(
        languages=tuple(about["languages"]),
        entry_counts=about["entry_counts"],
        pattern_texts=tuple(texts),
        **plain,
    )


def compiled_bytes(arrays: LexiconArrays, digest: str) -> bytes:
    """Arrays and the digest of their sources as the content of a file."""
    about = {"digest": digest, "languages": arrays.languages, "entry_counts": arrays.entry_counts}
    plain = {
        field.name: getattr(arrays, field.name)
        for field in fields(LexiconArrays)
        if field.name not in {"languages", "entry_counts", "pattern_texts"}
    }
    target = io.BytesIO()
    np.savez_compressed(
        target,
        about=np.frombuffer(json.dumps(about).encode(), np.uint8),
        pattern_texts=np.frombuffer(_LINE.join(arrays.pattern_texts).encode(), np.uint8),
        **plain,
    )
    return target.getvalue()


def is_current() -> bool:
    """Whether the packaged file was made from the lexicons as they are."""
    folder = resources.files("rules").joinpath("lexicon")
    return read_compiled(folder.joinpath(FILE_NAME), digest_of(toml_files(folder))) is not None


def packaged_bytes() -> bytes:
    """Content of the packaged file, made anew.

    Raises:
        LexiconError: a lexicon is refused.
    """
    sources = toml_files(resources.files("rules").joinpath("lexicon"))
    arrays = build_lexicon(read_lexicon(source) for source in sources)
    return compiled_bytes(arrays, digest_of(sources))
