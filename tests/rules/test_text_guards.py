"""Guards let through whatever their patterns match: what is not tried cannot be found."""

import re
from collections.abc import Callable

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from rules import personal_addresses, personal_data, personal_han_names, personal_names
from rules.text_guard import TextGuard

_LETS_THROUGH: list[tuple[str, re.Pattern[str], Callable[[str], bool]]] = [
    *(
        (
            f"street {n}",
            pattern,
            lambda text, n=n: n in personal_addresses._GUARD.worth_trying(text),
        )
        for n, pattern in enumerate(personal_addresses._STREETS)
    ),
    ("own address", personal_addresses._OWN, personal_addresses._tells_own),
    (
        "postcode",
        personal_addresses._POSTCODE,
        lambda text: bool(personal_addresses._NEAR_POSTCODE.search(text)),
    ),
    *(
        (f"han {n}", pattern, lambda text, n=n: n in personal_han_names._GUARD.worth_trying(text))
        for n, pattern in enumerate(personal_han_names._PATTERNS)
    ),
    ("at-sign", personal_data._AT_SIGNS, personal_data._may_spell_address),
    ("link", personal_data._LINK, lambda text: bool(personal_data._links(text, []))),
    ("own name", personal_names._OWN_NAME, personal_names._tells_own_name),
]


@pytest.mark.parametrize(
    ("pattern", "lets_through"),
    [row[1:] for row in _LETS_THROUGH],
    ids=[r[0] for r in _LETS_THROUGH],
)
@settings(
    max_examples=150,
    deadline=None,
    suppress_health_check=[HealthCheck.filter_too_much, HealthCheck.too_slow],
)
@given(data=st.data())
def test_whatever_a_pattern_matches_is_let_through(
    pattern: re.Pattern[str], lets_through: Callable[[str], bool], data: st.DataObject
) -> None:
    text = data.draw(st.from_regex(pattern))
    assert lets_through(text)


@given(st.text(alphabet="ab\ud800"), st.lists(st.text("ab", min_size=1, max_size=3), min_size=1))
def test_a_guard_finds_parts_beside_half_a_surrogate_pair(text: str, parts: list[str]) -> None:
    guard = TextGuard([[part] for part in parts])
    assert guard.worth_trying(text) == {n for n, part in enumerate(parts) if part in text}
    begins = {n for n in range(len(text)) if text.startswith(tuple(parts), n)}
    assert begins <= set(guard.places(text))
