"""The words that the lexicons know, for measurements and documents."""

from rules.rule_book import RuleBook


def words_of(book: RuleBook) -> tuple[str, ...]:
    """Every folded word that stands in a lexicon, whole or as a part, each once."""
    return book.lexicon.words


def entry_counts(book: RuleBook) -> dict[str, int]:
    """Entries of each language's lexicon as written, shared ones apart."""
    return dict(book.lexicon.entry_counts)
