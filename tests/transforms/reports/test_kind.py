"""What a file is, by its first bytes and its columns; and a sentence for everything that is refused."""

import re
import tomllib
from importlib import resources

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.vocabularies import ReportKind
from transforms.reports.headers import packaged_headers
from transforms.reports.kind import recognise
from transforms.reports.refusals import Refusal, UnknownReasonError, reasons, refusal
from transforms.reports.row_reasons import row_reasons

FEEDBACK = "Date\tRating\tComments\tYour Response\tOrder ID\tRater Email\n1/5/26\t1\tlate\t\t111-0000001-0000001\tx\n"


def told(head: bytes) -> str:
    kind = recognise(head, packaged_headers())
    return kind.reason if isinstance(kind, Refusal) else kind.value


@pytest.mark.parametrize(
    ("columns", "kind"),
    [
        ("amazon-order-id\tshipment-id\tfulfillment-channel", "fulfilled_shipments"),
        ("amazon-order-id\tfulfilment-channel", "orders"),
        ("order_id,purchased_via_amazon", "buy_shipping"),
        ("Order ID;Purchased via Amazon;Ship by", "buy_shipping"),
        ("Datum\tBewertung\tKommentar \tIhre Antwort\tTransaktionsnummer", "feedback"),
        ("in\tno\tlisted\tlanguage", "feedback"),
        ("order-id\tpayments-date\torder-item-id", "wrong_report"),
        ("Return Date\tOrder ID", "wrong_report"),
        ("settlement-id\tsettlement-start-date", "wrong_report"),
        ("sku\tfnsku\tasin", "wrong_report"),
        ("(Parent) ASIN,(Child) ASIN,Title", "wrong_report"),
    ],
)
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_a_report_is_told_by_its_columns(columns: str, kind: str, encoding: str) -> None:
    assert told(f"\n{columns}\nx\n".encode(encoding)) == kind


def test_a_seller_may_add_a_spelling_by_which_a_report_is_told() -> None:
    head = b"amazon-order-id\tVersandart\n"
    assert told(head) == "feedback"
    more = '[orders]\nfulfillment_channel = [{ spelling = "Versandart" }]\n'
    assert recognise(head, packaged_headers().extended(more, "headers.toml")) is ReportKind.ORDERS


@pytest.mark.parametrize(
    "text",
    [FEEDBACK, FEEDBACK.replace("Date", "日付"), FEEDBACK.replace("late", "nul\0in a comment")],
)
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "cp932"])
def test_text_in_a_known_encoding_is_never_taken_for_a_binary(text: str, encoding: str) -> None:
    assert told(text.encode(encoding)) == "feedback"


@pytest.mark.parametrize("encoding", ["utf-16-le", "utf-16-be"])
def test_wide_text_without_its_mark_is_refused(encoding: str) -> None:
    assert told(FEEDBACK.encode(encoding)) == "enc_utf16_nobom"


@given(head=st.binary(max_size=300))
def test_any_bytes_get_an_answer(head: bytes) -> None:
    answer = recognise(head, packaged_headers())
    assert isinstance(answer, ReportKind) or answer.message


def test_every_refusal_is_a_sentence_that_says_what_to_do() -> None:
    for reason in reasons():
        said = refusal(reason, "a detail")
        assert re.fullmatch(r"[a-z0-9_]+", reason)
        assert said.message[0].isupper(), reason
        assert said.message.endswith("."), reason
        assert "{" not in said.message, reason


def test_a_reason_without_a_sentence_does_not_pass() -> None:
    with pytest.raises(UnknownReasonError):
        refusal("because")


def test_kinds_refuse_only_with_reasons_that_are_explained() -> None:
    text = resources.files("transforms.reports").joinpath("kinds.toml").read_text("utf-8")
    document = tomllib.loads(text)
    assert {magic["reason"] for magic in document["magic"]} <= set(reasons())
    for report in document["report"]:
        assert ("kind" in report) is not ("name" in report)


def test_row_reasons_and_refusals_share_no_code_but_those_that_mean_both() -> None:
    assert set(row_reasons()) & set(reasons()) <= {"enc_unknown"}
