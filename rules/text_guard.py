"""Parts of text without which patterns cannot match: one quick pass tells which of them are worth trying.

A regular expression walks a whole comment to find nothing; most comments lack even the word that it needs.
"""

from collections.abc import Sequence

from ahocorasick_rs import AhoCorasick, MatchKind


class TextGuard:
    """For each pattern the parts of text of which it needs one, written exactly as the pattern reads them."""

    def __init__(self, needed: Sequence[Sequence[str]]) -> None:
        self._number = [number for number, parts in enumerate(needed) for _ in parts]
        self._parts = [part for parts in needed for part in parts]
        self._finder = AhoCorasick(self._parts, matchkind=MatchKind.Standard)

    def worth_trying(self, text: str) -> frozenset[int]:
        """Numbers of the patterns of which a part is in the text."""
        try:
            hits = self._finder.find_matches_as_indexes(text, overlapping=True)
        except (
            UnicodeEncodeError
        ):  # half a surrogate pair: Python's strings hold it, the finder's do not
            numbered = zip(self._number, self._parts, strict=True)
            return frozenset(number for number, part in numbered if part in text)
        return frozenset([self._number[hit[0]] for hit in hits])

    def places(self, text: str) -> Sequence[int]:
        """Where any of the parts begins, rising; every place of a text that cannot be searched."""
        try:
            hits = self._finder.find_matches_as_indexes(text, overlapping=True)
        except UnicodeEncodeError:
            return range(len(text))
        return sorted({hit[1] for hit in hits})
