"""Pages of Great Expectations without the internet: no script, no foreign link, one style sheet of our own.

The pages as written load styles, scripts and a logo from six hosts. Offline they would be unstyled, online they would tell
these hosts that somebody reads them. What the scripts did (sorting, folding) is not needed for a dozen rows.
"""

import re
from typing import Final

_REMOVED: Final = re.compile(
    r"<script\b.*?</script\s*>"
    r"|<style\b.*?</style\s*>"
    r"|<link\b[^>]*>"
    r"|<img\b[^>]*>"
    r"|<!--.*?-->"
    r'|<a\b[^>]*href="https?://[^"]*"[^>]*>.*?</a\s*>'
    r'|<a\b[^>]*data-toggle="collapse".*?</a\s*>',
    re.DOTALL | re.IGNORECASE,
)
_ICONS: Final = (
    (re.compile(r'<i class="[^"]*fa-check[^"]*"[^>]*>\s*</i>'), '<b class="ok">met</b>'),
    (re.compile(r'<i class="[^"]*fa-times[^"]*"[^>]*>\s*</i>'), '<b class="bad">failed</b>'),
    (
        re.compile(r'<i class="[^"]*fa-exclamation[^"]*"[^>]*>\s*</i>'),
        '<b class="bad">not run</b>',
    ),
)
_HEAD: Final = re.compile(r"<head\b[^>]*>", re.IGNORECASE)

STYLE: Final = """
body { font: 15px/1.5 system-ui, sans-serif; color: #1d2530; background: #fff; margin: 0 auto; max-width: 70rem; padding: 1.5rem; }
h1 { font-size: 1.5rem; } h2, h4, h5 { font-size: 1.1rem; margin: 1.5rem 0 .4rem; } h6 { font-size: 1rem; margin: .4rem 0; }
table { border-collapse: collapse; width: 100%; margin: .4rem 0 1rem; }
th, td { border: 1px solid #ccd3db; padding: .35rem .6rem; text-align: left; vertical-align: top; }
th { background: #eef1f5; } caption { text-align: left; padding: .3rem 0; }
a { color: #0b57a4; } ol, ul { padding-left: 1.4rem; }
.ok { color: #14642c; } .bad { color: #a3161f; } .muted { color: #5a6675; }
ol.breadcrumb { list-style: none; padding: 0; } .breadcrumb-item { display: inline; } .breadcrumb-item + .breadcrumb-item::before { content: " / "; }
.card.mb-3, .btn-group, .btn, .cooltip .top { display: none; } /* buttons that scripts answered */
@media print { body { max-width: none; padding: 0; } }
"""

_HEADER: Final = (
    "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'\">"
    f"<style>{STYLE}</style>"
)
"""The policy makes a browser refuse every request, whatever the page says."""


def make_offline(page: str) -> str:
    """The same page without scripts and foreign content, styled by itself.

    Raises:
        ValueError: the page has no head, so it is not one of ours and cannot be guarded.
    """
    if not (head := _HEAD.search(page)):
        raise ValueError("a page of the Data Docs has no <head>; its layout has changed")
    page = page[: head.end()] + _HEADER + _REMOVED.sub("", page[head.end() :])
    for icon, word in _ICONS:
        page = icon.sub(word, page)
    return page
