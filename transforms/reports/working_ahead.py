"""Steps of one large file side by side: each in a thread of its own, one piece ahead of the step that takes from it."""

from collections.abc import Generator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from typing import TypeAlias, TypeVar

Piece = TypeVar("Piece")

Pieces: TypeAlias = Generator[Piece, None, None]


def made_ahead(pieces: Pieces[Piece]) -> Pieces[Piece]:
    """The same pieces in the same order, each made in a thread while the caller still works on the one before.

    No more than one piece waits, so memory stays bounded. What making a piece raises is raised here in its place.
    """
    with closing(pieces), ThreadPoolExecutor(1) as thread:
        following = thread.submit(_next, pieces)
        while piece := following.result():
            following = thread.submit(_next, pieces)
            yield piece[0]


def _next(pieces: Pieces[Piece]) -> tuple[Piece] | None:
    """The next piece; None after the last one, because a future cannot hold a StopIteration."""
    for piece in pieces:
        return (piece,)
    return None
