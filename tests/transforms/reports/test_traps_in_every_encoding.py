"""The traps that a parser must survive, each in every encoding that can write it: the answer is always the same."""

import codecs
from collections.abc import Callable
from typing import Any, NamedTuple

import pytest

HEADER = "Date\tRating\tComments\tYour Response\tOrder ID\tRater Email"
WIDE = (
    "Date\tRating\tComments\tYour Response\tArrived on Time\tItem as Described\tCustomer Service\tOrder ID\t"
    "Rater Email\tRater Role"
)

Read = Callable[..., Any]


class Trap(NamedTuple):
    """What is printed, and what must come out."""

    lines: list[str]
    counts: tuple[int, int, int, int]
    reasons: tuple[str, ...] = ()
    comments: tuple[str, ...] | None = None
    refused: str | None = None
    header: str = HEADER


def order_id(number: int) -> str:
    return f"111-0000001-{number:07d}"


def row(number: int, comment: str = "late", *, day: str = "1/15/26", rating: str = "1") -> str:
    return "\t".join(
        (day, rating, comment, "", order_id(number), f"r{number}@marketplace.amazon.com")
    )


def wide(number: int, *answers: str) -> str:
    cells = (
        "1/15/26",
        "1",
        "late",
        "",
        *answers,
        order_id(number),
        "r@marketplace.amazon.com",
        "Buyer",
    )
    return "\t".join(cells)


TRAPS = {
    "01 unclosed quote": Trap(
        [row(1, '"works but'), row(2), row(3)], (3, 3, 0, 0), (), ('"works but', "late", "late")
    ),
    "02 words for missing": Trap(
        [row(1, "N/A"), row(2, "null"), row(3, "None"), row(4, "NA")],
        (4, 4, 0, 0),
        (),
        ("N/A", "null", "None", "NA"),
    ),
    "03 extra tab": Trap([row(1, "a\tb"), row(2)], (2, 1, 1, 0), ("too_many_fields",), ("late",)),
    "04 line end inside": Trap(
        [row(1, "one\ntwo"), row(2)], (2, 2, 0, 0), (), ("one\ntwo", "late")
    ),
    "05 vertical tab and form feed": Trap(
        [row(1, "a\x0bb\x0cc"), row(2)], (2, 2, 0, 0), (), ("a\x0bb\x0cc", "late")
    ),
    "05 ellipsis": Trap(
        [row(1, "well\u2026 no"), row(2)], (2, 2, 0, 0), (), ("well\u2026 no", "late")
    ),
    "05 line separator": Trap([row(1, "a\u2028b\u0085c")], (1, 1, 0, 0), (), ("a\u2028b\u0085c",)),
    "07 accents": Trap(
        [row(1, "tr\u00e8s d\u00e9\u00e7u")], (1, 1, 0, 0), (), ("tr\u00e8s d\u00e9\u00e7u",)
    ),
    "07 japanese": Trap(
        [row(1, "\u9045\u3044\u2460\u3002\u80fd\u529b\u8868")],
        (1, 1, 0, 0),
        (),
        ("\u9045\u3044\u2460\u3002\u80fd\u529b\u8868",),
    ),
    "12 header spaces": Trap(
        [row(1)],
        (1, 1, 0, 0),
        header=" date\tRATING \tComments  \tYour  Response\torder id\tRater Email",
    ),
    "12 unknown header": Trap(
        [row(1), row(2)], (2, 2, 0, 0), header="Pvm\tArvio\tKommentti\tVastaus\tTilaus\tOsoite"
    ),
    "13 ten columns": Trap([wide(1, "Yes", "No", "-")], (1, 1, 0, 0), (), ("late",), header=WIDE),
    "14 seven columns": Trap(
        [row(1) + "\tmore"], (1, 1, 0, 0), (), ("late",), header=HEADER + "\tMore"
    ),
    "15 four digit years": Trap([row(1, day="1/15/2026")], (1, 1, 0, 0)),
    "15 future": Trap([row(1), row(2, day="12/15/26")], (2, 1, 1, 0), ("date_future",)),
    "16 contradiction": Trap(
        [row(1, day="1/15/26"), row(2, day="15/1/26")], (0, 0, 0, 0), refused="date_order"
    ),
    "17 ratings": Trap(
        [row(1, rating="1.0"), row(2, rating=" 2 "), row(3, rating="5"), row(4, rating="x")],
        (4, 3, 1, 0),
        ("rating_form",),
    ),
    "17 full width": Trap([row(1, rating="\uff13")], (1, 1, 0, 0)),
    "18 no comment": Trap([row(1, "")], (1, 1, 0, 0), (), ("",)),
    "19 answers in words": Trap([wide(1, "Ja", "Nein", "-")], (1, 1, 0, 0), header=WIDE),
    "20 header again": Trap([row(1), HEADER, row(2), "", ""], (2, 2, 0, 0)),
    "20 header only": Trap([], (0, 0, 0, 0)),
    "21 not a table": Trap(["<html>"], (0, 0, 0, 0), refused="delim", header="<!doctype html>"),
    "23 twice": Trap([row(1), row(1), row(1, "other")], (3, 2, 0, 1), (), ("late", "other")),
    "25 spreadsheet id": Trap(
        [row(1).replace(order_id(1), "1.11E+17"), row(2)], (2, 1, 1, 0), ("bad_order_id",)
    ),
    "26 formula": Trap(
        [row(1, "=1+1"), row(2, "-x"), row(3, "@y")], (3, 3, 0, 0), (), ("=1+1", "-x", "@y")
    ),
    "27 entities": Trap([row(1, "a &amp; b<br>c")], (1, 1, 0, 0), (), ("a &amp; b<br>c",)),
    "27 bidi": Trap([row(1, "a\u202eb")], (1, 1, 0, 0), (), ("a\u202eb",)),
    "27 emoji": Trap([row(1, "bad \U0001f621")], (1, 1, 0, 0), (), ("bad \U0001f621",)),
    "33 cut off": Trap([row(1), row(2)[:22]], (2, 1, 1, 0), ("truncated_row",), ("late",)),
}

ENCODINGS: dict[str, Callable[[str], bytes]] = {
    "utf-8": lambda text: text.encode(),
    "utf-8 with mark": lambda text: codecs.BOM_UTF8 + text.encode(),
    "utf-16-le": lambda text: codecs.BOM_UTF16_LE + text.encode("utf-16-le"),
    "utf-16-be": lambda text: codecs.BOM_UTF16_BE + text.encode("utf-16-be"),
    "cp1252": lambda text: text.encode("cp1252"),
    "cp932": lambda text: text.encode("cp932"),
}

ENDS = {"lf": "\n", "crlf": "\r\n"}


def printed(trap: Trap, encoding: str, end: str) -> bytes | None:
    """The trap's bytes; None when the encoding cannot write it."""
    is_cut = "truncated_row" in trap.reasons
    text = end.join([trap.header, *trap.lines]) + ("" if is_cut else end)
    try:
        return ENCODINGS[encoding](text)
    except UnicodeEncodeError:
        return None


CASES = [
    pytest.param(trap, encoding, data, id=f"{name}-{encoding}-{kind}")
    for name, trap in TRAPS.items()
    for encoding in ENCODINGS
    for kind, end in ENDS.items()
    if (data := printed(trap, encoding, end)) is not None
]


@pytest.mark.parametrize(("trap", "encoding", "data"), CASES)
def test_trap(trap: Trap, encoding: str, data: bytes, read: Read) -> None:
    # cp932 is read only where Japanese is usual; the dates of Japan are year first, so they are proved here.
    found = read(data, code="US", charset="Windows-31J" if encoding == "cp932" else None)
    if trap.refused:
        assert found.reading.reason == trap.refused
        assert not found.tables
        return
    assert found.counts == trap.counts, found.reading
    assert tuple(line["reason"] for line in found.quarantined) == trap.reasons
    if trap.comments is not None:
        assert tuple(line["comment"] for line in found.rows) == trap.comments
    for line in found.quarantined:
        start = line["byte_offset"]
        assert data[start : start + len(line["raw_bytes"])] == line["raw_bytes"]


def test_old_answers_are_kept_as_printed(read: Read) -> None:
    found = read("\n".join([WIDE, wide(1, "Ja", "Nein", "-")]).encode())
    (line,) = found.rows
    assert (line["arrived_on_time"], line["item_as_described"], line["customer_service"]) == (
        "Ja",
        "Nein",
        "-",
    )


def test_the_raters_address_is_nowhere_in_what_is_kept(read: Read) -> None:
    found = read("\n".join([HEADER, row(1), row(2)]).encode())
    assert "marketplace.amazon" not in repr([table.to_pydict() for table in found.tables])


def test_japanese_reports_are_read_without_a_label_in_their_own_marketplace(read: Read) -> None:
    lines = [HEADER, row(1, "\u9045\u3044\u3067\u3059", day="26/1/31").replace(".com", ".co.jp")]
    found = read("\n".join(lines).encode("cp932"), code="JP")
    assert found.rows[0]["comment"] == "\u9045\u3044\u3067\u3059"
    assert (found.reading.encoding, found.reading.encoding_evidence) == ("cp932", "marketplace")


def test_one_damaged_character_does_not_turn_a_japanese_report_into_another_encoding(
    read: Read,
) -> None:
    good = row(
        1,
        "\u9045\u3044\u3067\u3059\u3002\u7bb1\u304c\u6f70\u308c\u3066\u3044\u307e\u3057\u305f",
        day="26/1/31",
    )
    data = (
        "\n".join([HEADER, good, row(2, "#", day="26/1/30")]).encode("cp932").replace(b"#", b"\x81")
    )
    found = read(data, code="JP")
    assert found.reading.encoding == "cp932"
    assert found.reading.replaced_character_count == 1
    assert [line["is_text_damaged"] for line in found.rows] == [False, True]
