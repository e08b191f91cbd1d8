"""What a file is, told by its first bytes and its column names, never by its own name."""

import codecs
import re
import tomllib
import unicodedata
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import Any, Final

from schemas.vocabularies import ReportKind
from transforms.reports.decoding import BYTE_ORDER_MARKS, is_wide
from transforms.reports.headers import HeaderAliases
from transforms.reports.refusals import Refusal, refusal

HEAD_BYTES: Final = 1 << 16
"""How much of a file's beginning is looked at."""

GZIP_MAGIC: Final = b"\x1f\x8b"

_BLANKS: Final = b" \t\r\n\x00\x0b\x0c"
_MAIL_HEADER: Final = re.compile(rb"(?:From [^\r\n]*\r?\n)?[!-9;-~]+:")
_MAIL_NAMES: Final = re.compile(
    rb"^(from|date|subject|to|message-id|mime-version|received|return-path|delivered-to|content-type):",
    re.IGNORECASE | re.MULTILINE,
)
_MAIL_NAMES_NEEDED: Final = 3
_SIGN_IN: Final = re.compile(
    rb"<\s*(?:!doctype\s+html|html|head|body|script|title|meta)\b", re.IGNORECASE
)


@dataclass(frozen=True, slots=True)
class _Magic:
    start: bytes
    contains: tuple[bytes, ...]
    reason: str
    detail: str | None


@dataclass(frozen=True, slots=True)
class _Signature:
    """The columns by which a report is told: canonical ones of a kind that is read, printed ones of any other."""

    kind: ReportKind
    name: str | None
    all_of: frozenset[str]
    any_of: frozenset[str]
    none_of: frozenset[str]

    def fits(self, columns: frozenset[str]) -> bool:
        return (
            self.all_of <= columns
            and (not self.any_of or bool(self.any_of & columns))
            and not self.none_of & columns
        )


@cache
def _signatures() -> tuple[tuple[_Magic, ...], tuple[_Signature, ...]]:
    text = resources.files("transforms.reports").joinpath("kinds.toml").read_text("utf-8")
    document = tomllib.loads(text)
    return (
        tuple(_magic(entry) for entry in document["magic"]),
        tuple(_signature(entry) for entry in document["report"]),
    )


def _magic(entry: dict[str, Any]) -> _Magic:
    if unknown := set(entry) - {"bytes", "contains", "reason", "detail"}:
        raise ValueError(f"kinds.toml: unknown keys {sorted(unknown)} in [[magic]]")
    contains = tuple(part.encode() for part in entry.get("contains", ()))
    return _Magic(bytes.fromhex(entry["bytes"]), contains, entry["reason"], entry.get("detail"))


def _signature(entry: dict[str, Any]) -> _Signature:
    if unknown := set(entry) - {"kind", "name", "all_of", "any_of", "none_of"}:
        raise ValueError(f"kinds.toml: unknown keys {sorted(unknown)} in [[report]]")
    columns = [frozenset(entry.get(key, ())) for key in ("all_of", "any_of", "none_of")]
    kind = ReportKind.parse(entry.get("kind", ReportKind.UNKNOWN))
    return _Signature(kind, entry.get("name"), *columns)


def recognise(head: bytes, headers: HeaderAliases) -> ReportKind | Refusal:
    """Tell a file's kind from its beginning, unpacked when it was gzipped.

    An e-mail is told by its headers. A text whose columns fit no known report is tried as a feedback report, because
    only that one comes in languages that nobody has listed.

    Args:
        head: the first `HEAD_BYTES` bytes, or the whole file when it is shorter.
        headers: spellings of the columns by which order reports are told.

    Returns:
        The kind, or why the file cannot be a report.
    """
    if head.startswith(GZIP_MAGIC):
        return refusal("gz_nested")
    if not head.lstrip(codecs.BOM_UTF8).strip(_BLANKS):
        return refusal("empty")
    if refused := _binary(head) or _markup(head):
        return refused
    return ReportKind.DECISION_EMAIL if _is_mail(head) else _by_columns(head, headers)


def _binary(head: bytes) -> Refusal | None:
    magics, _ = _signatures()
    for magic in magics:
        if head.startswith(magic.start) and (
            not magic.contains or any(part in head for part in magic.contains)
        ):
            return refusal(magic.reason, magic.detail)
    if not head.startswith(tuple(mark for mark, _ in BYTE_ORDER_MARKS)) and is_wide(head):
        return refusal("enc_utf16_nobom")
    return None


def _markup(head: bytes) -> Refusal | None:
    text = _head_text(head).lstrip("\ufeff \t\r\n\0").encode()
    if text.startswith(b"<"):
        return refusal("is_html" if _SIGN_IN.search(text[:4096]) else "is_xml")
    if text.startswith((b"{", b"[{", b'["', b"[\n", b"[ ")):
        return refusal("is_json")
    return None


def _is_mail(head: bytes) -> bool:
    """Whether the file begins with the headers of an e-mail (RFC 5322): names and colons, three of them well known."""
    start = head.removeprefix(codecs.BOM_UTF8).lstrip(b"\r\n")
    if not _MAIL_HEADER.match(start):
        return False
    block = re.split(rb"\r?\n\r?\n", start, maxsplit=1)[0]
    names = {name.lower() for name in _MAIL_NAMES.findall(block)}
    return len(names) >= _MAIL_NAMES_NEEDED


def _head_text(head: bytes) -> str:
    for mark, encoding in BYTE_ORDER_MARKS:
        if head.startswith(mark) and encoding is not None:
            return head[len(mark) :].decode(encoding, "replace")
    try:
        return head.decode()
    except UnicodeDecodeError:
        return head.decode("cp1252", "replace")


def _by_columns(head: bytes, headers: HeaderAliases) -> ReportKind | Refusal:
    lines = (found[0] for found in re.finditer(r"[^\r\n]+", _head_text(head)))
    first_line = next(line for line in lines if line.strip("\0 \t"))
    _, signatures = _signatures()
    for delimiter in filter(first_line.__contains__, "\t;,"):
        cells = first_line.split(delimiter)
        columns = {kind: _columns(cells, kind, headers) for kind in {s.kind for s in signatures}}
        for signature in signatures:
            if signature.fits(columns[signature.kind]):
                if signature.kind is ReportKind.UNKNOWN:
                    return refusal("wrong_report", signature.name)
                return signature.kind
    return ReportKind.FEEDBACK


def _columns(cells: list[str], kind: ReportKind, headers: HeaderAliases) -> frozenset[str]:
    if kind is ReportKind.UNKNOWN:
        return frozenset(map(_normalised, cells))
    return frozenset(name for cell in cells if (name := headers.meaning(kind.value, cell)))


def _normalised(column: str) -> str:
    """A column name as kinds.toml writes those of other reports."""
    text = unicodedata.normalize("NFKC", column).strip("\ufeff\"' \t").casefold()
    return re.sub(r"[\s_-]+", "-", text).strip("-")
