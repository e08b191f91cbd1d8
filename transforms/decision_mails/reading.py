"""What a saved e-mail says of which order: one row of table `decision_email` for each order it may be about."""

import hashlib
import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import BinaryIO, Final

import pyarrow as pa

from schemas.tables import DECISION_EMAIL
from schemas.vocabularies import FileStatus, MailReason, ReportKind, SightingKind
from transforms.decision_mails.mail_text import MailText, read_mail
from transforms.decision_mails.wording import MailWording, folded
from transforms.reports.reading import MEBIBYTE, FileReading, ReadingContext, RowSink
from transforms.reports.refusals import refusal

LARGEST: Final = 10 * MEBIBYTE
"""An e-mail with text alone has some kilobytes; a larger one is refused unread."""

_ORDER_ID: Final = re.compile(
    r"(?<![0-9A-Za-z-])((?:[0-9]{3}|[A-Z][0-9]{2})-[0-9]{7}-[0-9]{7})(?![0-9A-Za-z-])"
)
_MAILBOX: Final = re.compile(
    rb"\AFrom [^\r\n]*\r?\n(?s:.*)\n\r?\nFrom [^\r\n]*[0-9]{4}\r?\n[!-9;-~]+:"
)
"""Several e-mails one after the other (RFC 4155): the words of one must not become the answer of another."""
_DAYS_AHEAD: Final = 2
"""How far a sender's clock may be ahead of the business date."""


@dataclass(frozen=True, slots=True)
class MailAnswer:
    """What an e-mail says."""

    order_ids: tuple[str, ...]
    """Orders it may be about, in the order in which they are named."""
    seen: SightingKind
    reason: MailReason
    language: str | None
    """Language of the wording that decided; None without one."""


def read_decision_mail(
    source: BinaryIO, context: ReadingContext, wording: MailWording, sink: RowSink
) -> FileReading:
    """Read a saved e-mail; its orders reach the sink as table `decision_email`.

    Args:
        source: the file.
        context: account, marketplace and business date; a date in the e-mail that lies after it is not believed.
        wording: what is looked for.
        sink: where rows go.
    """
    content = source.read(LARGEST + 1)
    if len(content) > LARGEST:
        return _refused("mail_too_long")
    if _MAILBOX.search(content):
        return _refused("mail_mailbox")
    try:
        mail = read_mail(content)
    except RecursionError:
        return _refused("mail_unreadable")
    answer = understand(mail, wording)
    if not answer.order_ids:
        return _refused("mail_without_order")
    count = len(answer.order_ids)
    common = {
        "account": context.account,
        "marketplace": context.marketplace.code,
        "file_sha256": context.file_sha256,
        "message_sha256": message_sha256(mail, context.file_sha256),
        "seen": answer.seen.value,
        "reason": answer.reason.value,
        "language": answer.language,
        "sent_at": _sent_at(mail, context.as_of),
        "wording_version": wording.version,
    }
    rows = [common | {"order_id": order_id} for order_id in answer.order_ids]
    sink.accept(pa.Table.from_pylist(rows, schema=DECISION_EMAIL.schema))
    return FileReading(
        ReportKind.DECISION_EMAIL,
        FileStatus.ACCEPTED,
        reason=None if answer.reason is MailReason.WORDING else answer.reason.value,
        rows_in=count,
        rows_accepted=count,
    )


def understand(mail: MailText, wording: MailWording) -> MailAnswer:
    """What an e-mail says of which orders.

    The order is the one in the subject, else the one in the text, else the one in what the text quotes; where two are
    named in the same place, the e-mail is unrecognised for both. What it quotes of earlier e-mails says nothing.
    """
    order_ids = _order_ids(mail)
    text = folded(f"{mail.subject}\n{mail.written}")
    found = wording.found_in(text)
    kinds = {fragment.says for fragment in found}
    if len(order_ids) > 1:
        reason = MailReason.SEVERAL_ORDERS
    elif not wording.knows_sender(mail.sender):
        reason = MailReason.UNKNOWN_SENDER
    elif not wording.is_about_feedback(text):
        reason = MailReason.OTHER_TOPIC
    elif not kinds:
        reason = MailReason.NO_WORDING
    elif len(kinds) > 1:
        reason = MailReason.WORDINGS_DIFFER
    else:
        return MailAnswer(order_ids, found[0].says, MailReason.WORDING, found[0].language)
    return MailAnswer(order_ids, SightingKind.UNRECOGNISED, reason, None)


def message_sha256(mail: MailText, file_sha256: str) -> str:
    """Key of an e-mail: of its Message-ID, so that it is the same however often it is saved; else of the file."""
    if not mail.message_id:
        return file_sha256
    return hashlib.sha256(f"message-id\x1f{mail.message_id}".encode("utf-8", "replace")).hexdigest()


def _order_ids(mail: MailText) -> tuple[str, ...]:
    for text in (mail.subject, mail.written, mail.quoted):
        if found := tuple(dict.fromkeys(_ORDER_ID.findall(text))):
            return found
    return ()


def _sent_at(mail: MailText, as_of: date) -> datetime:
    """When it was sent; its business date when it bears none that can be believed."""
    latest = datetime.combine(as_of + timedelta(days=_DAYS_AHEAD), time(), UTC)
    if mail.sent_at is None or not datetime(1995, 1, 1, tzinfo=UTC) <= mail.sent_at <= latest:
        return datetime.combine(as_of, time(), UTC)
    return mail.sent_at


def _refused(reason: str) -> FileReading:
    why = refusal(reason)
    return FileReading(ReportKind.DECISION_EMAIL, FileStatus.REFUSED, why.reason, why.message)
