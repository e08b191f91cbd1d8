"""Take a saved e-mail apart: sender, subject, date, and the text that its writer wrote.

Only headers and text parts are looked at; attachments are left alone. Nothing in an e-mail can raise here but sheer depth:
an unknown charset, a broken header or a damaged encoding costs the characters it damages.
"""

import codecs
import email
import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from email.errors import HeaderParseError
from email.header import decode_header, make_header
from email.message import Message
from email.utils import parseaddr, parsedate_to_datetime
from html.parser import HTMLParser
from typing import Final

_NOT_SHOWN: Final = frozenset({"script", "style", "title", "head"})
_BLOCKS: Final = frozenset(
    {"p", "div", "br", "tr", "td", "th", "li", "ul", "ol", "table", "h1", "h2", "h3", "h4", "hr"}
)
_INVISIBLE: Final = dict.fromkeys(map(ord, "\u200b\u200c\u200d\u2060\ufeff\u00ad"))
_DASHES: Final = dict.fromkeys(map(ord, "\u2010\u2011\u2012\u2013\u2014\u2212\ufe63\uff0d"), "-")
_MARKED_SECTION: Final = re.compile(r"<!\[[^>]*>?")
"""`<![if !mso]>` and its like: no text, and Python's parser raises on those that it does not know."""
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
    reader = _HtmlText()
    reader.feed(_MARKED_SECTION.sub(" ", text))
    reader.close()
    # An HTML e-mail may mark an earlier one with the same dashes as a plain one.
    written, earlier = _plain("".join(reader.written))
    return written, "\n".join(("".join(reader.quoted), earlier))


class _HtmlText(HTMLParser):
    """The text of a page, what stands in a block quotation apart."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.written: list[str] = []
        self.quoted: list[str] = []
        self._quotes = 0
        self._hidden = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:  # noqa: ARG002 - HTMLParser's
        self._quotes += tag == "blockquote"
        self._hidden += tag in _NOT_SHOWN
        if tag in _BLOCKS:
            self.handle_data("\n")

    def handle_endtag(self, tag: str) -> None:
        self._quotes = max(0, self._quotes - (tag == "blockquote"))
        self._hidden = max(0, self._hidden - (tag in _NOT_SHOWN))
        if tag in _BLOCKS:
            self.handle_data("\n")

    def handle_data(self, data: str) -> None:
        if not self._hidden:
            (self.quoted if self._quotes else self.written).append(data)


def _tidy(text: str) -> str:
    """Without invisible characters, every dash a hyphen, full-width digits narrow: so that order ids have one shape."""
    return unicodedata.normalize("NFKC", text.translate(_INVISIBLE).translate(_DASHES))
