"""The five signs of lexicon entries, and what an entry matches.

late                 the word
deliver*             words that begin so;  *box  words that end so;  *liefer*  words that contain it
(never|not) arrived  one of several, each may be several words
[very] late          may be left out
seller ~ answer      up to three words between (eight characters in Chinese and Japanese), within one clause
{n} days             a number, or a member of the set `n`; {unit} a member of the set `unit`
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from itertools import product
from typing import Final, NamedTuple

from rules.tokens import tokens_of

GAP_MARK: Final = "~"
MOST_VARIANTS: Final = 2000


class EntryError(ValueError):
    """An entry that cannot be read or can never match."""


class WordPattern(NamedTuple):
    """What one token may be.

    Attributes:
        kind: exact, prefix, suffix, infix, set, or gap (which is no token).
        text: folded word, or the name of the set.
    """

    kind: str
    text: str


GAP: Final = WordPattern("gap", "")
Sequence = tuple[frozenset[WordPattern], ...]
"""A phrase: for each token the patterns of which one must fit."""


def _closing(entry: str, opening: int) -> int:
    pairs = {"(": ")", "[": "]", "{": "}"}
    depth = 0
    for index in range(opening, len(entry)):
        if entry[index] in pairs:
            depth += 1
        elif entry[index] in pairs.values():
            depth -= 1
            if depth == 0:
                return index
    raise EntryError(f"{entry!r}: {entry[opening]!r} is never closed")


def _alternatives(body: str) -> list[str]:
    parts, depth, last = [], 0, 0
    for index, character in enumerate(body):
        if character in "([{":
            depth += 1
        elif character in ")]}":
            depth -= 1
        elif character == "|" and depth == 0:
            parts.append(body[last:index])
            last = index + 1
    return [*parts, body[last:]]


def _german_variants(word: str) -> list[str]:
    """Umlauts are also written ae, oe, ue where a keyboard lacks them."""
    spelled = word.lower()
    for umlaut, letters in (("ä", "ae"), ("ö", "oe"), ("ü", "ue")):
        spelled = spelled.replace(umlaut, letters)
    return [word] if spelled == word.lower() else [word, spelled]


_KINDS: Final = {
    (False, False): "exact",
    (False, True): "prefix",
    (True, False): "suffix",
    (True, True): "infix",
}


def _word(literal: str, entry: str) -> Sequence:
    """The tokens of one written word, with its `*`."""
    starts, ends = literal.startswith("*"), literal.endswith("*")
    if literal.isascii() and literal.isalpha():
        return (frozenset({WordPattern("exact", literal.lower())}),)
    bare = literal.strip("*")
    if not bare or "*" in bare:
        raise EntryError(f"{entry!r}: `*` stands at the begin or end of a word")
    tokens = tokens_of(bare)
    if not tokens:
        raise EntryError(f"{entry!r}: {literal!r} has no letter or digit, so it can never match")
    sequence: list[frozenset[WordPattern]] = []
    for index, token in enumerate(tokens):
        kind = _KINDS[starts and index == 0, ends and index == len(tokens) - 1]
        sequence.append(frozenset({WordPattern(kind, token)}))
    return tuple(sequence)


def _literal(text: str, entry: str, *, is_german: bool) -> list[list[Sequence]]:
    items: list[list[Sequence]] = []
    for written in text.split():
        variants = _german_variants(written) if is_german else [written]
        items.append(list(dict.fromkeys(_word(variant, entry) for variant in variants)))
    return items


@dataclass(frozen=True, slots=True)
class Spelling:
    """What a language adds to the syntax.

    Attributes:
        is_german: umlauts are also matched when spelled ae, oe, ue.
        long_members: members of sets that are more than one word (`isn't` is two tokens).
    """

    is_german: bool = False
    long_members: Mapping[str, tuple[Sequence, ...]] = field(default_factory=dict)


PLAIN: Final = Spelling()


def parse_entry(entry: str, spelling: Spelling = PLAIN) -> list[Sequence]:
    """All phrases an entry stands for.

    Args:
        entry: word or phrase in the syntax above.
        spelling: what the language adds.

    Raises:
        EntryError: the entry is malformed, or can never match.
    """
    variants = _parse(entry, entry, spelling)
    trimmed: list[Sequence] = []
    for variant in variants:
        if not variant or all(GAP in element for element in variant):
            raise EntryError(
                f"{entry!r}: nothing is left to match when the optional part is left out"
            )
        if GAP in variant[0] or GAP in variant[-1]:
            raise EntryError(f"{entry!r}: `~` stands between words")
        trimmed.append(variant)
    return list(dict.fromkeys(trimmed))


def _parse(text: str, entry: str, spelling: Spelling) -> list[Sequence]:
    items: list[list[Sequence]] = []
    index = 0
    literal = ""

    def flush() -> None:
        nonlocal literal
        items.extend(_literal(literal, entry, is_german=spelling.is_german))
        literal = ""

    while index < len(text):
        character = text[index]
        if character in "([{":
            flush()
            closing = _closing(text, index)
            body = text[index + 1 : closing]
            if character == "{":
                name = body.strip()
                items.append(
                    [(frozenset({WordPattern("set", name)}),), *spelling.long_members.get(name, ())]
                )
            else:
                found = [s for part in _alternatives(body) for s in _parse(part, entry, spelling)]
                items.append(_merged(found) + ([()] if character == "[" else []))
            index = closing + 1
        elif character in ")]}|":
            raise EntryError(f"{entry!r}: {character!r} without its opening sign")
        elif character == GAP_MARK:
            flush()
            items.append([(frozenset({GAP}),)])
            index += 1
        else:
            literal += character
            index += 1
    flush()
    count = 1
    for item in items:
        count *= len(item)
    if count > MOST_VARIANTS:
        raise EntryError(
            f"{entry!r}: stands for {count} phrases, more than {MOST_VARIANTS}: split it"
        )
    return [tuple(element for part in parts for element in part) for parts in product(*items)]


def _merged(found: list[Sequence]) -> list[Sequence]:
    """Alternatives of one token become one element, which keeps the phrase tree small."""
    single = [sequence[0] for sequence in found if len(sequence) == 1 and GAP not in sequence[0]]
    longer = [sequence for sequence in found if len(sequence) != 1 or GAP in sequence[0]]
    if len(single) < 2:
        return list(dict.fromkeys(found))
    return [(frozenset().union(*single),), *dict.fromkeys(longer)]
