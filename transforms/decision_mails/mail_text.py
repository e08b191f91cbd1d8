"""Take a saved e-mail apart: sender, subject, date, and the text that its writer wrote.

Only headers and text parts are looked at; attachments are left alone. Nothing in an e-mail can raise here but sheer depth:
an unknown charset, a broken header or a damaged encoding costs the characters it damages.
"""

import codecs
import email
import html
import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from email.errors import HeaderParseError
from email.header import decode_header, make_header
from email.message import Message
from email.utils import parseaddr, parsedate_to_datetime
from typing import Final

_BLOCKS: Final = frozenset(
    {
        "blockquote",
        "p",
        "div",
        "br",
        "tr",
        "td",
        "th",
        "li",
        "ul",
        "ol",
        "table",
        "h1",
        "h2",
        "h3",
        "h4",
        "hr",
    }
)
_INVISIBLE: Final = dict.fromkeys(map(ord, "\u200b\u200c\u200d\u2060\ufeff\u00ad"))
_DASHES: Final = dict.fromkeys(map(ord, "\u2010\u2011\u2012\u2013\u2014\u2212\ufe63\uff0d"), "-")
_MARKUP: Final = re.compile(
    r"<!--.*?(?:-->|\Z)|<(?P<hidden>script|style|title)\b.*?(?:</(?P=hidden)\s*>|\Z)|"
    r"<(?P<closes>/?)(?P<tag>[a-z][a-z0-9]*)[^>]*>?|<[!?/][^>]*>?",
    re.IGNORECASE | re.DOTALL,
)
"""Comments, what is never shown, tags, and declarations such as `<![if !mso]>`; what is not closed reaches to the end."""
_EARLIER_MAIL: Final = re.compile(
    r"^[\s*_]*-{3,}\s*(?:original message|original-nachricht|ursprüngliche nachricht|message d'origine|message original|"
    r"mensaje original|messaggio originale|元のメッセージ|original mail|原始邮件|原始郵件)\s*-{3,}",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class MailText:
    """What is read of one e-mail; it stays in memory and is never written anywhere."""

    sender: str
    """Address in `From`, empty when there is none."""
    subject: str
    sent_at: datetime | None
    """UTC; None when `Date` is missing or no date."""
    message_id: str
    """Empty when there is none."""
    written: str
    """Text of the e-mail without what it quotes of earlier ones."""
    quoted: str
    """What it quotes."""


def read_mail(content: bytes) -> MailText:
    """Take an e-mail apart.

    Args:
        content: the file, as a mail program saved it (RFC 5322).

    Raises:
        RecursionError: its parts are nested deeper than any real e-mail.
    """
    message = email.message_from_bytes(content.removeprefix(codecs.BOM_UTF8).lstrip(b"\r\n"))
    written, quoted = [], []
    for part in _text_parts(message):
        text = _payload(part)
        halves = _html(text) if part.get_content_subtype() == "html" else _plain(text)
        written.append(halves[0])
        quoted.append(halves[1])
    return MailText(
        sender=parseaddr(_header(message, "From"))[1],
        subject=_tidy(_header(message, "Subject")),
        sent_at=_date(_header(message, "Date")),
        message_id=_header(message, "Message-ID").strip(),
        written=_tidy("\n".join(written)),
        quoted=_tidy("\n".join(quoted)),
    )


def _text_parts(message: "Message[str, str]") -> Iterator["Message[str, str]"]:
    """Text parts that a mail program shows; attached e-mails and files are not among them."""
    if message.is_multipart():
        if message.get_content_maintype() == "multipart":
            for part in message.get_payload():
                if isinstance(part, Message):
                    yield from _text_parts(part)
        return
    if (
        message.get_content_maintype() == "text"
        and message.get_content_disposition() != "attachment"
    ):
        yield message


def _payload(part: "Message[str, str]") -> str:
    content = part.get_payload(decode=True)
    if not isinstance(content, bytes):
        return ""
    charset = part.get_content_charset() or "utf-8"
    try:
        return content.decode(charset, "replace")
    except (LookupError, ValueError):  # no such charset, or a name that is none
        return content.decode("utf-8", "replace")


def _header(message: "Message[str, str]", name: str) -> str:
    printed = str(message.get(name, ""))
    try:
        return str(make_header(decode_header(printed)))
    except (HeaderParseError, LookupError, ValueError):
        return printed


def _date(printed: str) -> datetime | None:
    try:
        moment = parsedate_to_datetime(printed)
        if (
            moment.tzinfo is None
        ):  # "-0000": UTC of a machine that does not say where it is (RFC 5322, 3.3)
            moment = moment.replace(tzinfo=UTC)
        return moment.astimezone(UTC)
    except (ValueError, TypeError, IndexError, OverflowError):
        return None


def _plain(text: str) -> tuple[str, str]:
    written: list[str] = []
    quoted: list[str] = []
    is_earlier = False
    for line in text.splitlines():
        is_earlier = is_earlier or _EARLIER_MAIL.match(line) is not None
        (quoted if is_earlier or line.lstrip().startswith(">") else written).append(line)
    return "\n".join(written), "\n".join(quoted)


def _html(text: str) -> tuple[str, str]:
    """The text of a page, what stands in a block quotation apart.

    Every character is passed once: Python's own parser takes minutes over a page of comments that never end.
    """
    written: list[str] = []
    quoted: list[str] = []
    quotes = end = 0
    for match in _MARKUP.finditer(text):
        (quoted if quotes else written).append(text[end : match.start()])
        end = match.end()
        tag = (match["tag"] or "").lower()
        if tag == "blockquote":
            quotes = max(0, quotes + (-1 if match["closes"] else 1))
        if tag in _BLOCKS:
            (quoted if quotes else written).append("\n")
    (quoted if quotes else written).append(text[end:])
    # An HTML e-mail may mark an earlier one with the same dashes as a plain one.
    own, earlier = _plain(html.unescape("".join(written)))
    return own, "\n".join((html.unescape("".join(quoted)), earlier))


def _tidy(text: str) -> str:
    """Without invisible characters, every dash a hyphen, full-width digits narrow: so that order ids have one shape."""
    return unicodedata.normalize("NFKC", text.translate(_INVISIBLE).translate(_DASHES))
