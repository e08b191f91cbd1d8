"""Options that tests may ask for."""

import pytest


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add the project's own options."""
    parser.addoption(
        "--full-sweeps",
        action="store_true",
        help="run crash and power-cut sweeps at full size (minutes) instead of a sample",
    )
