"""What is derived from code and data and committed all the same: documents, and the lexicons in their quick form."""

import tomllib
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

from rules import compiled_lexicon
from schemas import data_dictionary
from schemas.markdown_tables import markdown_table
from store.durable_files import write_durably

_RELIABILITY: Final = "docs/reliability.md"
_LEXICON: Final = "rules/lexicon/compiled.npz"
_GOLDEN: Final = "tests/golden/bad_input"
_BEGIN: Final = "<!-- generated from tests/golden/bad_input by `feedback-removal docs` -->\n"
_END: Final = "<!-- end of generated part -->\n"


def outdated(root: Path) -> list[Path]:
    """Generated files that are missing or differ from what they are derived from."""
    stale = [
        root / name
        for name, render in _TEXTS.items()
        if not (root / name).is_file() or (root / name).read_text("utf-8") != render(root)
    ]
    if not compiled_lexicon.is_current():
        stale.append(root / _LEXICON)
    return stale


def write(root: Path) -> list[Path]:
    """Write every generated file that is not current.

    Raises:
        OSError: a file cannot be written.
    """
    stale = outdated(root)
    for path in stale:
        name = str(path.relative_to(root))
        content = (
            compiled_lexicon.packaged_bytes() if name == _LEXICON else _TEXTS[name](root).encode()
        )
        write_durably(path, content, mode=0o644)
    return stale


def _reliability(root: Path) -> str:
    """The page with its table of bad inputs anew; what people wrote around it stays."""
    page = (root / _RELIABILITY).read_text("utf-8")
    before, rest = page.split(_BEGIN)
    _, after = rest.split(_END)
    return before + _BEGIN + "\n" + _bad_inputs(root / _GOLDEN) + "\n" + _END + after


def _bad_inputs(golden: Path) -> str:
    cases = [tomllib.loads(path.read_text("utf-8")) for path in golden.glob("*/expect.toml")]
    cases.sort(key=lambda case: (case.get("number", 1_000), case["input"]))
    return markdown_table(
        ("no.", "input", "what happens", "exit code", "file", "reasons"),
        [
            (
                str(case.get("number", "")),
                case["input"],
                case["reaction"],
                str(case["exit_code"]),
                _each(case.get("file", []), "status"),
                _reasons(case.get("file", [])),
            )
            for case in cases
        ],
    )


def _each(entries: list[dict[str, Any]], key: str) -> str:
    return ", ".join(dict.fromkeys(str(entry[key]) for entry in entries if entry.get(key)))


def _reasons(files: list[dict[str, Any]]) -> str:
    codes = [
        code
        for file in files
        for code in (file.get("reason"), *file.get("quarantined_by_reason", {}))
        if code
    ]
    return ", ".join(f"`{code}`" for code in dict.fromkeys(codes))


_TEXTS: Final[dict[str, Callable[[Path], str]]] = {
    "docs/data-dictionary.md": lambda _root: data_dictionary.render(),
    _RELIABILITY: _reliability,
}
