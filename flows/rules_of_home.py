"""The rule book of a home: the packaged rules, and the seller's own words and grounds beside them."""

from pathlib import Path
from typing import Final

from flows.config import ConfigError
from rules.ground_file import GroundFileError
from rules.lexicon_file import LexiconError
from rules.rule_book import RuleBook, load_rule_book

LEXICON: Final = "lexicon"
"""Folder of the home with lexicons of the seller's own, of the form that docs/rules.md describes."""
GROUNDS: Final = "grounds"
"""Folder of the home with ground files; one of a packaged ground replaces it."""


def rule_book_of(root: Path) -> RuleBook:
    """Load the rules for a home folder.

    Raises:
        ConfigError: a file of the seller's own is refused; it names file and line.
    """
    lexicons, grounds = root / LEXICON, root / GROUNDS
    try:
        return load_rule_book(
            lexicon_folders=(lexicons,) if lexicons.is_dir() else (),
            ground_folders=(grounds,) if grounds.is_dir() else (),
        )
    except (LexiconError, GroundFileError) as error:
        raise ConfigError(str(error)) from None
