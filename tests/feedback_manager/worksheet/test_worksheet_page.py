"""The page in a real parser: nothing a buyer writes becomes markup, and nothing is fetched."""

import base64
import hashlib
import re
from collections.abc import Callable
from datetime import date
from html.parser import HTMLParser

import pytest

from feedback_manager.panel_words import UnknownPanelChoiceError, panel_words
from feedback_manager.worksheet.render import feedback_manager_address
from feedback_manager.worksheet.row import Worksheet, WorksheetRow
from rules.judgement import Span
from schemas.marketplaces import UnknownMarketplaceError, marketplaces

Render = Callable[..., Worksheet]
VOID = {"meta", "input"}


class Page(HTMLParser):
    """What a browser would see: elements, attributes, the text of each comment, the marked text."""

    def __init__(self, html: str) -> None:
        super().__init__(convert_charrefs=True)
        self.tags: list[str] = []
        self.attributes: list[tuple[str, str, str | None]] = []
        self.comments: list[str] = []
        self.marked: list[str] = []
        self.styles: list[str] = []
        self.text = ""
        self._open: list[str] = []
        self.feed(html)
        self.close()
        assert self._open == [], "elements are left open"

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.attributes += [(tag, name, value) for name, value in attrs]
        if tag in VOID:
            return
        self._open.append(tag)
        if tag == "blockquote":
            self.comments.append("")
        if tag == "mark" and "blockquote" in self._open:
            self.marked.append("")

    def handle_endtag(self, tag: str) -> None:
        assert self._open.pop() == tag

    def handle_data(self, data: str) -> None:
        if "style" in self._open:
            self.styles.append(data)
            return
        self.text += data
        if "sup" in self._open:
            return
        if "blockquote" in self._open:
            self.comments[-1] += data
        if "mark" in self._open and "blockquote" in self._open:
            self.marked[-1] += data


HOSTILE = [
    "<script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    "</blockquote></article><h1>owned</h1>",
    "</style><style>*{display:none}</style>",
    "</title><script>alert(2)</script>",
    '"><svg onload=alert(3)>',
    "' onmouseover='alert(4)",
    "javascript:alert(5)",
    "{{ 7 * 7 }}{% include '/etc/passwd' %}",
    "<!-- --><iframe src=//example.invalid></iframe>",
    "&lt;b&gt; &#x3C;i&#x3E; &amp;",
    "<a href='https://example.invalid'>click</a>",
    "<base href=//example.invalid><meta http-equiv=refresh content=0>",
    "]]><![CDATA[<b>x</b>]]>",
    "<scr<script>ipt>alert(6)</scr</script>ipt>",
    "\u003cscript\u003ealert(7)\u003c/script\u003e",
    "<details open ontoggle=alert(8)>",
    "<math><mtext></table><mglyph><style><img src=x onerror=alert(9)>",
    "<textarea><script>alert(10)</script>",
    "<plaintext>",
]


@pytest.mark.parametrize("hostile", HOSTILE)
def test_nothing_a_buyer_writes_becomes_markup(
    hostile: str, render: Render, row: Callable[..., WorksheetRow]
) -> None:
    span = Span(0, len(hostile) // 2, "product")
    plain = Page(render(row(comment="x" * len(hostile), evidence=(span,))).html)
    page = Page(render(row(comment=hostile, evidence=(span,))).html)
    assert page.tags == plain.tags
    assert page.attributes == plain.attributes
    assert page.comments == [hostile]
    assert page.marked == [hostile[: len(hostile) // 2]]


def test_no_other_text_becomes_markup_either(
    render: Render, row: Callable[..., WorksheetRow]
) -> None:
    hostile = '"><script>alert(1)</script>'
    page = Page(
        render(
            row(account=hostile, reason=f"word: {hostile}", evidence=(Span(0, 3, hostile),)),
            account=hostile,
            worksheet_id=hostile,
        ).html
    )
    assert "script" not in page.tags
    assert page.text.count(hostile) >= 4


def test_the_page_needs_nothing_and_runs_nothing(
    realistic_rows: list[WorksheetRow], render: Render
) -> None:
    html = render(*realistic_rows).html
    page = Page(html)
    assert not {"script", "link", "img", "iframe", "object", "form", "base"} & set(page.tags)
    assert not [name for _, name, _ in page.attributes if name.startswith("on") or name == "style"]
    links = [value for tag, name, value in page.attributes if name in {"href", "src"}]
    assert links
    assert all(
        re.fullmatch(r"https://[a-z.-]+/feedback-manager/index\.html", link or "") for link in links
    )
    [style] = page.styles
    assert "url(" not in style
    assert "@import" not in style
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    [policy] = [
        v for t, n, v in page.attributes if (t, n) == ("meta", "content") and "src" in (v or "")
    ]
    assert policy == (
        f"default-src 'none'; style-src 'sha256-{digest}'; base-uri 'none'; form-action 'none'"
    )


def test_what_a_person_needs_is_there(realistic_rows: list[WorksheetRow], render: Render) -> None:
    page = Page(render(*realistic_rows).html)
    words = panel_words()
    for row in realistic_rows:
        assert row.order_id in page.text
        assert words.category(row.category) in page.text
        assert words.reason(row.reason_code) in page.text
        assert row.ground_title in page.text
    told = [
        row.comment.replace("\u202e", "U+202E").replace("\u202c", "U+202C")
        for row in realistic_rows
        if row.comment
    ]
    shown = [comment for comment in page.comments if comment != "No comment, only stars."]
    assert sorted(shown) == sorted(told)
    for never in ("Never ask twice", "Contact Us", "does not offer"):
        assert never in page.text
    assert "Last day: 25 Nov 2026" in page.text
    assert "3 days left: 28 Nov 2026" in page.text
    assert "Too late, do not ask: 20 Nov 2026" in page.text


def test_marks_are_the_evidence_and_the_legend_names_their_classes(
    render: Render, row: Callable[..., WorksheetRow]
) -> None:
    comment = "Cafe\u0301-Maschine \U0001f468\u200d\U0001f469 kaputt, Paket zu spät"
    page = Page(
        render(
            row(
                comment=comment,
                marks=(
                    ("Cafe\u0301", "product"),
                    ("\U0001f468\u200d\U0001f469 kaputt", "product_defect"),
                ),
            )
        ).html
    )
    assert page.marked == ["Cafe\u0301", "\U0001f468\u200d\U0001f469 kaputt"]
    assert "producta" in page.text  # the class with its letter
    assert "product defectb" in page.text


def test_requests_are_grouped_and_numbered_like_the_table(
    render: Render, row: Callable[..., WorksheetRow]
) -> None:
    orders = [
        ("US", "111-1111111-0000001"),
        ("DE", "302-1111111-0000002"),
        ("US", "111-1111111-0000003"),
    ]
    worksheet = render(*(row(code, order) for code, order in orders))
    shown = re.findall(
        r'class="number">(\d+)</span>\s*<span class="order" dir="ltr">([^<]+)', worksheet.html
    )
    assert shown == [
        ("1", "111-1111111-0000001"),
        ("2", "111-1111111-0000003"),
        ("3", "302-1111111-0000002"),
    ]
    lines = worksheet.csv.decode("utf-8-sig").splitlines()[1:]
    assert [tuple(line.split(",")[i] for i in (1, 5)) for line in lines] == shown


def test_no_request_is_a_page_too(render: Render) -> None:
    worksheet = render()
    assert "There is nothing to do" in Page(worksheet.html).text
    assert worksheet.csv.count(b"\r\n") == 1


def test_a_request_of_another_account_is_refused(
    render: Render, row: Callable[..., WorksheetRow]
) -> None:
    with pytest.raises(ValueError, match="worksheet for 'alpine-outdoor': requests of other-shop"):
        render(row(account="other-shop"))


def test_unknown_marketplaces_and_codes_are_refused(
    render: Render, row: Callable[..., WorksheetRow]
) -> None:
    with pytest.raises(UnknownMarketplaceError):
        render(row("XX"))
    with pytest.raises(UnknownPanelChoiceError, match="201"):
        panel_words().reason("201")


def test_the_same_input_gives_the_same_bytes(
    realistic_rows: list[WorksheetRow], render: Render
) -> None:
    assert render(*realistic_rows) == render(*realistic_rows)


@pytest.mark.parametrize("code", sorted(marketplaces()))
def test_every_marketplace_has_a_page(
    code: str, render: Render, row: Callable[..., WorksheetRow]
) -> None:
    page = Page(render(row(code)).html)
    address = feedback_manager_address(code)
    assert (address in [value for _, _, value in page.attributes]) == (address is not None)
    assert "XX" not in page.text


def test_days_left_are_counted_from_the_business_date(
    render: Render, row: Callable[..., WorksheetRow]
) -> None:
    html = render(row(deadline_date=date(2026, 12, 1)), as_of=date(2026, 11, 30)).html
    assert "1 day left: 1 Dec 2026" in Page(html).text
