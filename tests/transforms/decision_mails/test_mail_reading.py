"""Saved decision e-mails: which order, which answer, and never more than the words say."""

import io
from collections.abc import Callable
from datetime import UTC, date, datetime
from email.header import Header
from email.message import EmailMessage
from time import process_time
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.marketplaces import marketplace
from schemas.tables import DECISION_EMAIL
from schemas.vocabularies import FileStatus, MailReason, ReportKind, SightingKind
from transforms.decision_mails.mail_text import read_mail
from transforms.decision_mails.reading import LARGEST, read_decision_mail, understand
from transforms.decision_mails.wording import ANSWERS, packaged_wording
from transforms.reports.headers import packaged_headers
from transforms.reports.kind import recognise
from transforms.reports.reading import FileReading, ReadingContext

ORDER = "111-4007919-1104729"
OTHER = "111-4015838-1209458"
Mail = Callable[..., bytes]

ANSWERS_IN = [
    ("en", SightingKind.REMOVED, "We have removed the feedback for this order."),
    ("en", SightingKind.STRUCK, "Feedback: we take responsibility for this fulfillment experience."),
    ("en", SightingKind.DENIED, "We are unable to remove this feedback. Feedback is removed only if it is obscene."),
    ("en", SightingKind.MORE_INFORMATION, "About the feedback: please provide additional information."),
    ("en", SightingKind.REOPENED, "Your case has been reopened. We look at the feedback again."),
    ("de", SightingKind.REMOVED, "Wir haben die Bewertung entfernt."),
    ("de", SightingKind.DENIED, "Leider können wir die Bewertung nicht entfernen."),
    ("fr", SightingKind.REMOVED, "Nous avons retiré l’évaluation."),
    ("fr", SightingKind.DENIED, "L'évaluation ne répond pas aux critères."),
    ("es", SightingKind.DENIED, "No podemos eliminar la valoración."),
    ("it", SightingKind.REMOVED, "Il feedback è stato rimosso."),
    ("ja", SightingKind.REMOVED, "お問い合わせの評価を\n削除いたしました。"),
    ("ja", SightingKind.DENIED, "この評価は削除することができません。"),
    ("zh", SightingKind.REMOVED, "我们已移除该买家反馈。"),
    ("zh", SightingKind.STRUCK, "反馈:亚马逊将对此次配送体验负责。"),
]  # fmt: skip


class Sink:
    """Keeps what a reader hands over."""

    def __init__(self) -> None:
        self.rows: list[dict[str, Any]] = []

    def accept(self, rows: pa.Table) -> None:
        assert rows.schema == DECISION_EMAIL.schema
        self.rows.extend(rows.to_pylist())

    def set_aside(self, rows: pa.Table) -> None:
        raise AssertionError(f"an e-mail has no rows to set aside: {rows.num_rows}")


def read(content: bytes) -> tuple[FileReading, list[dict[str, Any]]]:
    sink = Sink()
    context = ReadingContext("lumen-home", marketplace("US"), date(2026, 11, 20), "f" * 64)
    reading = read_decision_mail(io.BytesIO(content), context, packaged_wording(), sink)
    reading.check_accounting()
    assert reading.rows_accepted == len(sink.rows)
    return reading, sink.rows


@pytest.mark.parametrize(("language", "says", "body"), ANSWERS_IN)
def test_an_answer_is_understood(mail: Mail, language: str, says: SightingKind, body: str) -> None:
    content = mail(body)
    assert recognise(content, packaged_headers()) is ReportKind.DECISION_EMAIL
    reading, (row,) = read(content)
    assert reading.status is FileStatus.ACCEPTED
    assert (row["seen"], row["language"], row["reason"]) == (says, language, MailReason.WORDING)
    assert row["order_id"] == ORDER
    assert row["sent_at"] == datetime(2026, 11, 18, 18, 11, 12, tzinfo=UTC)


def test_every_answer_has_a_wording_in_the_large_languages() -> None:
    said = {(fragment.language, fragment.says) for fragment in packaged_wording().fragments}
    missing = {
        (language, answer)
        for language in ("en", "de", "fr", "es", "it", "ja", "zh")
        for answer in ANSWERS
    } - said
    assert not missing


def test_each_fragment_is_understood_as_what_it_is_listed_for() -> None:
    wording = packaged_wording()
    for fragment in wording.fragments:
        kinds = {found.says for found in wording.found_in(fragment.text)}
        assert kinds == {fragment.says}, fragment.text


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"body": "We looked at your feedback request and closed it."}, MailReason.NO_WORDING),
        (
            {"body": "We have removed the feedback. We are unable to remove this feedback."},
            MailReason.WORDINGS_DIFFER,
        ),
        ({"sender": "Somebody <me@amazon.com.example>"}, MailReason.UNKNOWN_SENDER),
        ({"sender": "me@notamazon.com"}, MailReason.UNKNOWN_SENDER),
        ({"sender": ""}, MailReason.UNKNOWN_SENDER),
        ({"body": "Your A-to-z claim has been granted."}, MailReason.OTHER_TOPIC),
    ],
)
def test_what_is_not_plain_waits_for_a_person(
    mail: Mail, changes: dict[str, str], reason: MailReason
) -> None:
    reading, (row,) = read(mail(**changes))
    assert (row["seen"], row["reason"]) == (SightingKind.UNRECOGNISED, reason)
    assert row["language"] is None
    assert reading.reason == reason


def test_an_earlier_mail_that_is_quoted_decides_nothing(mail: Mail) -> None:
    body = (
        "Your case has been reopened because of the feedback.\n\n"
        "> We are unable to remove this feedback.\n"
        "-----Original Message-----\nWe have removed the feedback of order " + OTHER
    )
    _, (row,) = read(mail(body))
    assert (row["seen"], row["order_id"]) == (SightingKind.REOPENED, ORDER)


def test_the_page_form_of_a_mail_is_read_without_its_quotations(mail: Mail) -> None:
    page = (
        "<html><head><title>We have removed the feedback</title><style>p{}</style></head><body>"
        "<p>Order <b>111</b>-4007919-<i>1104729</i></p><div>We are unable to remove this&nbsp;feedback</div>"
        "<blockquote>We have removed the feedback</blockquote></body></html>"
    )
    _, (row,) = read(mail("See the page form.", subject="Your request", html=page))
    assert (row["seen"], row["order_id"]) == (SightingKind.DENIED, ORDER)


def test_a_mail_about_several_orders_is_nobodys_answer(mail: Mail) -> None:
    _, rows = read(mail(f"We have removed the feedback: {ORDER}, {OTHER}", subject="Requests"))
    assert {row["order_id"] for row in rows} == {ORDER, OTHER}
    assert {row["reason"] for row in rows} == {MailReason.SEVERAL_ORDERS}
    assert {row["seen"] for row in rows} == {SightingKind.UNRECOGNISED}


@pytest.mark.parametrize(
    "printed", ["1111-4007919-1104729", "111-4007919-11047291", "x111-4007919-1104729", "111-400791-1104729"]
)  # fmt: skip
def test_what_only_looks_like_an_order_id_is_none(mail: Mail, printed: str) -> None:
    reading, rows = read(mail(subject=f"Feedback {printed}"))
    assert (reading.status, reading.reason) == (FileStatus.REFUSED, "mail_without_order")
    assert not rows


def test_dashes_and_wide_digits_do_not_hide_the_order(mail: Mail) -> None:
    _, (row,) = read(mail(subject="Bewertung 111\u20114007919\u20131104729"))
    assert row["order_id"] == ORDER
    _, (row,) = read(mail(subject="評価 １１１-４００７９１９-１１０４７２９"))
    assert row["order_id"] == ORDER


def test_a_mail_that_is_too_large_is_refused(mail: Mail) -> None:
    reading, rows = read(mail() + b"x" * LARGEST)
    assert reading.reason == "mail_too_long"
    assert not rows


def test_a_mailbox_of_several_mails_is_refused(mail: Mail) -> None:
    line = b"From answers@amazon.com Sat Nov 21 09:00:00 2026\n"
    reading, rows = read(line + mail() + b"\n\n" + line + mail(subject=f"Feedback {OTHER}"))
    assert reading.reason == "mail_mailbox"
    assert not rows
    reading, (row,) = read(
        line + mail("We have removed the feedback.\n\nFrom now on all is well: 2026\n")
    )
    assert row["seen"] == SightingKind.REMOVED
    assert recognise(line + mail(), packaged_headers()) is ReportKind.DECISION_EMAIL


def test_a_mail_nested_without_end_is_refused() -> None:
    head = b"From: a@amazon.com\r\nSubject: s\r\nDate: d\r\nMIME-Version: 1.0\r\n"
    parts = b"".join(
        b"Content-Type: multipart/mixed; boundary=b%d\r\n\r\n--b%d\r\n" % (n, n)
        for n in range(3000)
    )
    reading, rows = read(head + parts)
    assert reading.status is FileStatus.REFUSED
    assert not rows


@pytest.mark.parametrize(
    "printed", [None, "yesterday", "Wed, 18 Nov 2096 10:11:12 -0800", "Mon, 99 Foo"]
)
def test_without_a_date_to_believe_the_business_date_is_taken(
    mail: Mail, printed: str | None
) -> None:
    _, (row,) = read(mail(date=printed))
    assert row["sent_at"] == datetime(2026, 11, 20, tzinfo=UTC)


def test_the_same_mail_saved_twice_has_one_key(mail: Mail) -> None:
    _, (one,) = read(mail())
    _, (again,) = read(b"X-Saved-By: another program\r\n" + mail())
    _, (other,) = read(mail(message_id="<two@amazon.com>"))
    assert one["message_sha256"] == again["message_sha256"] != other["message_sha256"]


@pytest.mark.parametrize(
    ("charset", "cte", "body", "says"),
    [
        ("iso-2022-jp", "7bit", "この評価は削除することができません。", SightingKind.DENIED),
        ("shift_jis", "base64", "評価を削除いたしました。", SightingKind.REMOVED),
        ("gb18030", "base64", "我们已移除该买家反馈。", SightingKind.REMOVED),
        ("iso-8859-1", "quoted-printable", "Wir können diese Bewertung nicht entfernen." + " Gruß." * 30, SightingKind.DENIED),
        ("windows-1252", "quoted-printable", "L’évaluation ne répond pas aux critères.", SightingKind.DENIED),
        ("utf-8", "quoted-printable", "Lo sentimos, no podemos eliminar la valoración que dejó el comprador.", SightingKind.DENIED),
    ],
)  # fmt: skip
def test_answers_come_in_any_charset_and_encoding(
    charset: str, cte: str, body: str, says: SightingKind
) -> None:
    message = EmailMessage()
    message["From"] = Header("評価センター", "utf-8").encode() + " <x@amazon.co.jp>"
    message["Subject"] = Header(f"評価 {ORDER} über", "utf-8").encode()
    message["Date"] = "Wed, 18 Nov 2026 10:11:12 -0800"
    message.set_content(body, charset=charset, cte=cte)
    _, (row,) = read(message.as_bytes())
    assert (row["order_id"], row["seen"]) == (ORDER, says)


def test_unknown_charsets_and_broken_encodings_cost_characters_only() -> None:
    content = (
        b"From: a@amazon.com\r\nDate: x\r\nSubject: =?nonsense?B?####?= " + ORDER.encode() + b"\r\n"
        b"Content-Type: text/plain; charset=klingon\r\nContent-Transfer-Encoding: base64\r\n\r\n!!!not base64"
    )
    _, (row,) = read(content)
    assert row["seen"] == SightingKind.UNRECOGNISED


@given(st.binary(max_size=600))
def test_no_bytes_make_the_reader_fail(content: bytes) -> None:
    reading, rows = read(b"From: a@amazon.com\nSubject: x\nDate: y\n" + content)
    assert reading.kind is ReportKind.DECISION_EMAIL
    assert bool(rows) == (reading.status is FileStatus.ACCEPTED)


@given(st.lists(st.sampled_from(["<![", "<!", "<!--", "-->", "]]>", "<p", "</", ">", "<", "foo[", "%x", "if", "&#", "x1;", "<blockquote>", "'", " ", "[", "<?"]), max_size=12))  # fmt: skip
def test_no_page_makes_the_reader_fail(pieces: list[str]) -> None:
    page = "".join(pieces)
    raw = f"From: a@amazon.com\nSubject: x\nDate: y\nContent-Type: text/html\n\n{page}".encode()
    read_mail(raw)


@pytest.mark.parametrize("piece", ["<!--", "<script>", "<![ ", "<a b='", "&#", "<", "</"])
def test_a_page_that_never_closes_anything_takes_no_time(piece: str) -> None:
    page = piece * 200_000
    before = process_time()
    read_mail(f"From: a@amazon.com\nContent-Type: text/html\n\n{page}".encode())
    assert process_time() - before < 5  # minutes where each piece looks for its end anew


def test_what_outlook_hides_from_others_is_no_text(mail: Mail) -> None:
    page = f"<![if !mso]><p>Order {ORDER}: we have removed the feedback</p><![endif]><![foo[x]]>"
    _, (row,) = read(mail("See the page form.", subject="Your request", html=page))
    assert row["seen"] == SightingKind.REMOVED


@given(st.text(max_size=300))
def test_no_text_makes_more_than_one_answer(body: str) -> None:
    raw = f"From: a@amazon.com\nSubject: feedback {ORDER}\nDate: y\n\n{body}".encode(
        "utf-8", "replace"
    )
    answer = understand(read_mail(raw), packaged_wording())
    assert (answer.seen is SightingKind.UNRECOGNISED) == (answer.reason is not MailReason.WORDING)
