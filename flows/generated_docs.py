"""What is derived from code and data and committed all the same: documents, and the lexicons in their quick form."""

import tomllib
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

from rules import compiled_lexicon
from rules.policy_page import policy_sections
from schemas import data_dictionary
from schemas.markdown_tables import markdown_table
from store.durable_files import write_durably

_RELIABILITY: Final = "docs/reliability.md"
_LEXICON: Final = "rules/lexicon/compiled.npz"
_GOLDEN: Final = "tests/golden/bad_input"
_POLICY: Final = "docs/policy.md"
_BEGIN_POLICY: Final = "<!-- generated from rules/grounds by `feedback-removal docs` -->\n"
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
    """The page with its table of bad inputs anew."""
    return _with_part(root / _RELIABILITY, _BEGIN, _bad_inputs(root / _GOLDEN))


def _policy(root: Path) -> str:
    """The page with what the ground files say anew."""
    return _with_part(root / _POLICY, _BEGIN_POLICY, policy_sections())


def _with_part(page: Path, begin: str, part: str) -> str:
    """The page with its generated part replaced; what people wrote around it stays."""
    before, rest = page.read_text("utf-8").split(begin)
    _, after = rest.split(_END)
    return f"{before}{begin}\n{part}\n{_END}{after}"


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
    _POLICY: _policy,
}
