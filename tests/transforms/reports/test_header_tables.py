"""Header spellings are data; a seller adds some without code, and a wrong file says what is wrong."""

import pytest

from transforms.reports.feedback_columns import NARROW, WIDE, find_columns
from transforms.reports.headers import FEEDBACK_COLUMNS, HeaderFileError, folded, packaged_headers
from transforms.reports.reading import RefusedReportError
from transforms.reports.writing import HEADERS

ALIASES = packaged_headers()
UNKNOWN = ("Päiväys", "Arvosana", "Kommentti", "Vastaus", "Tilaus", "Sähköposti")
ROW = ["15/1/26", "1", "late", "", "111-0000001-0000001", "a@b"]


def refusal(header: tuple[str, ...], rows: list[list[str]]) -> RefusedReportError:
    with pytest.raises(RefusedReportError) as refused:
        find_columns(header, lambda: rows, ALIASES)
    return refused.value


@pytest.mark.parametrize("language", sorted(HEADERS))
def test_every_printed_header_is_known(language: str) -> None:
    for column, spelling in HEADERS[language].items():
        assert ALIASES.meaning("feedback", spelling) == column


def test_every_canonical_column_has_a_spelling() -> None:
    assert set(ALIASES.columns["feedback"].values()) == set(FEEDBACK_COLUMNS)


def test_spellings_are_compared_folded() -> None:
    assert folded("  ORDER\u00a0 Id ") == "order id"
    assert ALIASES.meaning("feedback", " \uff32ating") == "rating"


def test_columns_are_found_by_name_in_any_order() -> None:
    columns = find_columns(("Order ID", "Rating", "Comments", "Date"), list, ALIASES)
    assert columns.places == {"order_id": 0, "rating": 1, "comment": 2, "feedback_date": 3}
    assert not columns.is_by_position


@pytest.mark.parametrize("generation", [NARROW, WIDE, WIDE[:9]], ids=len)
def test_unknown_headers_are_read_by_position_when_the_rows_prove_it(
    generation: tuple[str, ...],
) -> None:
    row = [""] * len(generation)
    for column, value in (
        ("feedback_date", "15/1/26"),
        ("rating", "3"),
        ("order_id", "111-0000001-0000001"),
    ):
        row[generation.index(column)] = value
    header = tuple(f"h{letter}" for letter in "abcdefghij"[: len(generation)])
    columns = find_columns(header, lambda: [row], ALIASES)
    assert columns.is_by_position
    assert columns.places == {column: place for place, column in enumerate(generation)}


def test_half_a_known_header_must_agree_with_the_positions() -> None:
    assert find_columns(("Date", *UNKNOWN[1:]), lambda: [ROW], ALIASES).is_by_position
    refused = refusal(("Päiväys", "Date", *UNKNOWN[2:]), [ROW])
    assert refused.refusal.reason == "header_lang"


def test_one_damaged_row_in_ten_does_not_spoil_the_proof() -> None:
    damaged = ["x", *ROW[1:]]
    assert find_columns(UNKNOWN, lambda: [damaged, *[ROW] * 9], ALIASES).is_by_position
    assert refusal(UNKNOWN, [damaged, ROW]).refusal.reason == "header_lang"


def test_unknown_headers_without_rows_prove_nothing() -> None:
    assert refusal(UNKNOWN, []).refusal.reason == "header_lang"


def test_refusals_name_the_headers_but_never_a_buyers_words() -> None:
    refused = refusal(
        ("Date", "Rating", "My parcel from order 111-0000001-0000001 came late", "Other"), []
    )
    assert "'Other'" in refused.refusal.message
    assert "parcel" not in refused.refusal.message


def test_a_line_of_data_is_no_header() -> None:
    assert refusal(tuple(ROW), [ROW]).refusal.reason == "no_header"


def test_a_sellers_spelling_is_added_by_data() -> None:
    more = ALIASES.extended(
        '[feedback]\nrating = [{ spelling = "Arvosana" }]\n', "home/headers.toml"
    )
    assert more.meaning("feedback", "arvosana") == "rating"
    assert ALIASES.meaning("feedback", "arvosana") is None


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("[feedback", "is no TOML"),
        ('[feedback]\nrating = "x"\n', "expected a list"),
        ('[feedback]\nrating = ["x"]\n', "entry 1"),
        ('[feedback]\nrating = [{ spelling = "x", color = "red" }]\n', "unknown keys"),
        (
            '[feedback]\nrating = [{ spelling = "" }]\n',
            "must be the header as the report prints it",
        ),
        (
            '[feedback]\nrating = [{ spelling = "x", confidence = "sure" }]\n',
            "`confidence` must be one of",
        ),
        ('[feedback]\nstars = [{ spelling = "x" }]\n', "is no column"),
        ('[reviews]\nrating = [{ spelling = "x" }]\n', "is no report"),
        ('[feedback]\nrating = [{ spelling = "Date" }]\n', "cannot mean both"),
        ("feedback = 1\n", "must be a table"),
    ],
)
def test_a_wrong_header_file_says_what_is_wrong(text: str, says: str) -> None:
    with pytest.raises(HeaderFileError, match=says) as error:
        ALIASES.extended(text, "home/headers.toml")
    assert "home/headers.toml" in str(error.value)
