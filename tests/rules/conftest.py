import pytest

from rules.rule_book import RuleBook, load_rule_book


@pytest.fixture(scope="session")
def book() -> RuleBook:
    return load_rule_book()


@pytest.fixture(scope="session")
def rules_alone(book: RuleBook) -> RuleBook:
    """The same rules without a second opinion."""
    return RuleBook(book.grounds, book.lexicon, book.version)
