"""Full names in a comment: given name and surname of a person of the seller, not of a brand, an author or the buyer."""

import re
from collections import defaultdict
from collections.abc import Sequence
from functools import cache
from itertools import pairwise
from typing import Final, NamedTuple

from rules.judgement import Span
from rules.personal_cues import (
    LONGEST_INTRODUCTION,
    LONGEST_LEAD,
    WORDS_BETWEEN,
    Passage,
    cues,
    given_names,
    is_taken,
    words_of_text,
)
from rules.personal_han_names import find_han_names

_UPPER: Final = "".join(chr(c) for c in range(0x41, 0x250) if chr(c).isupper())
# the letter is asked for first, and only then whether a word begins with it: so Python skips quickly to the next one
_PARTICLES: Final = "de|la|del|van|von|der|den|da|das|do|dos|di|el|al|te|ten|ter|tot|y|du|le|lo|zu|af|ap|bin|binti|ibn|della|ó"
_LATIN: Final = r"A-Za-z0-9_\u00c0-\u024f"
_FIRST: Final = rf"[{_UPPER}](?<![{_LATIN}][\s\S])"
_REST: Final = rf"[{_LATIN}’'´]{{1,24}}(?:-[A-Za-z\u00c0-\u024f][{_LATIN}’']{{1,24}}){{0,2}}"
_CAPITALISED: Final = rf"[{_UPPER}]{_REST}"
_RUN: Final = re.compile(
    rf"{_FIRST}(?:{_REST}\.?|\.)(?: (?:{_CAPITALISED}|[{_UPPER}]\.|Ó|O(?= [{_UPPER}])|(?:{_PARTICLES})(?![{_LATIN}]))\.?){{1,5}}"
)
_TOKEN: Final = re.compile(r"[^\W_]+")
_OWN_NAME: Final = re.compile(
    r"\b(?:my name(?: is|'s)?|i am|i'm|ich heiße|ich bin|mein name(?: ist)?|je m['’]appelle|je suis|mon nom est|me llamo|yo soy|soy|mi nombre es|mi chiamo|io sono|sono|me chamo|eu sou|meu nome é|ik heet|ik ben|mijn naam is|jag heter|mitt namn är|jag är|nazywam się|jestem)\W{0,3}$",
    re.IGNORECASE,
)
_ENDS_OF_OWN_NAME: Final = frozenset(
    [
        "name",
        "is",
        "s",
        "am",
        "m",
        "heisse",
        "bin",
        "ist",
        "appelle",
        "suis",
        "est",
        "llamo",
        "soy",
        "es",
        "chiamo",
        "sono",
        "chamo",
        "sou",
        "é",
        "heet",
        "ben",
        "heter",
        "är",
        "się",
        "jestem",
    ]
)
"""The last words of these phrases, without regard to case."""
_CLOCK: Final = re.compile(r"\b[ap]\.? ?m\.?\s*$", re.IGNORECASE)
"""An hour such as "9 p.m.", whose "m." is no "Monsieur"."""
_ANY_WORD: Final = re.compile(r"\w+")
_FOLLOWING: Final = re.compile(r"\W{0,3}([^\W_]+)")
_IN_APPOSITION: Final = re.compile(
    r"\s?[,(–-]\s?((?:[^\W_]+[ '’]){0,4}[^\W_]+)(?=\s?[.,;:)\"”»!?\n]|\s*$)"
)
"""What stands between a name's comma and the next one: "Tammy Oyler, Account Specialist, with a heart"."""
_QUOTE_OPENS: Final = re.compile(r"[\"“„«»‘'”][^\"“„«»”]{0,24}$")
_QUOTE_CLOSES: Final = re.compile(r"[^\"“”»«.!?\n]{0,40}[\"”»“«’']")
_SENTENCE_END: Final = re.compile(r"[.!?]")
_SENTENCE: Final = re.compile(r"(?<![\s(.][^\W\d_])[.!?]\s")
_FAR: Final = 40
_WIDE: Final = 60
_WORK: Final = 80
_NEAR: Final = 24
_SHORTEST: Final = 3
_OPENING: Final = ' ,(:"“„«'
_SPEAKS: Final = 5
"""Words before a name among which its bearer's speaking is looked for: "Napisała do mnie Ewelina Sikora"."""


class _Word(NamedTuple):
    written: str
    folded: str
    start: int
    end: int


def find_names(text: str, found: Sequence[Span], *, has_ideographs: bool) -> list[Span]:
    """Spans of `full_name`, or `possible_name` where nothing tells whose it is.

    Args:
        text: the comment.
        found: what was found before; it is not looked at again.
        has_ideographs: the comment holds ideographs or kana, so that a name may be written in them.
    """
    spans: list[Span] = []
    for match in _RUN.finditer(text):
        named = _named(text, match)
        if named is None or is_taken(named[0][:2], found):
            continue
        span, is_sure = named
        beside = (
            _before(text, span.start)
            if is_sure
            else Passage(text[max(0, span.start - _WORK) : span.end + _WORK])
        )
        if not beside.has("work_cue"):
            spans.append(span)
    if has_ideographs:
        spans.extend(
            s for s in find_han_names(text) if not is_taken((s.start, s.end), [*found, *spans])
        )
    return sorted(spans)


def _before(text: str, start: int) -> Passage:
    """What the sentence says shortly before a name."""
    before = text[max(0, start - _FAR) : start]
    return Passage(_SENTENCE.split(before)[-1])


def _words(text: str, start: int, end: int, most: int = 0) -> list[_Word]:
    """Words between two places, only so many of the last ones if a number is given."""
    words = []
    matches = _TOKEN.finditer(text, start, end)
    for match in list(matches)[-most:] if most else matches:
        written = match.group()
        folded = written.lower() if written.isascii() else _folded(written)
        words.append(tuple.__new__(_Word, (written, folded, *match.span())))
    return words


def _folded(written: str) -> str:
    return "".join(words_of_text(written))


def _last_word(text: str) -> str:
    """The last word of a text, folded; mostly it stands after the last blank."""
    words = _TOKEN.findall(text[text.rfind(" ", 0, -1) + 1 :]) or _TOKEN.findall(text)
    return _folded(words[-1]) if words else ""


@cache
def _words_before() -> frozenset[str]:
    """Words that may stand straight before a name that nothing but they give away."""
    known = cues()
    last = (p[-1] for kind in ("lead_in", "name_lead_in") for p in known.phrases[kind] if p)
    return known.words["title"] | known.words["between"] | frozenset(last)


def _named(text: str, run: re.Match[str]) -> tuple[Span, bool] | None:
    """A name within a run of capitalised words, and whether it is one whatever else the comment speaks of."""
    start, end = run.span()
    inside = _words(text, start, end)
    # a quick look at every run: a given name, or a word that may introduce a name or follow it
    folded = [word.folded for word in inside]
    introducing = _words_before()
    begin = max(0, start - _WIDE)
    is_introduced = (
        not introducing.isdisjoint(folded)
        or _last_word(text[begin:start]) in introducing
        or _opens_apposition(text, start)
    )
    is_told_after = _is_told_after(text, _last_capitalised(inside).end)
    if len(inside) < 2 or not (
        is_introduced or is_told_after or not given_names().isdisjoint(folded)
    ):
        return None
    # without such a word nothing before the run tells anything
    earlier = _words(text, begin, start, LONGEST_INTRODUCTION) if is_introduced else []
    first = len(earlier)
    words = earlier + inside
    place, is_sure = _begin_of_name(text, words, first) if is_introduced else _given(words)
    if place is None:
        is_told_after = (
            is_told_after
            or _is_in_apposition(text, run)
            or _is_quoted_signature(
                Passage(text[max(0, start - _FAR) : start]), text[end : end + _FAR]
            )
        )
        if not is_told_after or not _is_pair(inside):
            return None
        place = first
    last = len(words) - 1
    while last > place and not words[last].written[0].isupper():
        last -= 1
    name = _within_sentence(text, words[place : last + 1])
    start, end = name[0].start, name[-1].end
    if len(name) < 2 or _is_no_person(text, name):
        return None
    before, after = Passage(text[max(0, start - _FAR) : start]), text[end : end + _FAR]
    is_quoted = _is_quoted_signature(before, after)
    signed = before.has("signature_cue") or (
        not after.strip(" .!") and cues().has("signature_cue", text)
    )
    if (signed and not is_quoted) or _tells_own_name(before.text):
        return Span(start, end, "possible_name"), False
    is_sure = is_sure or is_quoted or (is_told_after and end >= _last_capitalised(inside).end)
    is_told = is_sure or _is_told(before, after)
    return Span(start, end, "full_name" if is_told else "possible_name"), is_sure


def _last_capitalised(words: Sequence[_Word]) -> _Word:
    """The word before particles at the end of a run: "Gerbrand Kuiper van de" goes on with "klantenservice"."""
    return next((word for word in reversed(words) if word.written[0].isupper()), words[-1])


def _is_told_after(text: str, end: int) -> bool:
    """Whether what follows says that it is a name, or which office its bearer holds."""
    first = _FOLLOWING.match(text, end)
    if first is None:
        return False
    if _folded(first.group(1)) in _words_after() and _starts_with(
        words_of_text(text[end : end + _FAR]), "after_any_name"
    ):
        return True
    role = _IN_APPOSITION.match(text, end)
    return role is not None and cues().has("role_after", role.group(1))


def _is_in_apposition(text: str, run: re.Match[str]) -> bool:
    """Between two commas, after a word for somebody who deals with buyers: "the guy running it, Cletus Varnhagen, ..."."""
    start, end = run.start(), run.end()
    if not _opens_apposition(text, start) or text[end : end + 1] not in (*',.)"”»–:', ""):
        return False
    words = _SENTENCE.split(text[max(0, start - _FAR) : start])[-1]
    return cues().has("somebody", words) and "," not in words.rstrip(_OPENING)


def _opens_apposition(text: str, start: int) -> bool:
    return start > 1 and text[start - 1] in _OPENING and bool({*text[start - 3 : start]} & {*",(:"})


@cache
def _words_after() -> frozenset[str]:
    return frozenset(_by_first("after_any_name"))


def _is_quoted_signature(before: Passage, after: str) -> bool:
    """A name in quotation marks that the comment says somebody signs with; a buyer's own signature stands in none."""
    return (
        _QUOTE_OPENS.search(before.text) is not None
        and _QUOTE_CLOSES.match(after) is not None
        and (before.has("sign_cue") or before.has("signature_cue"))
    )


def _within_sentence(text: str, name: list[_Word]) -> list[_Word]:
    """A name up to the end of its sentence: "Dr. J. Pinkham" goes on after a stop, "Pinkham. Never" does not."""
    for place, (word, following) in enumerate(pairwise(name), start=1):
        if len(word.written) > _SHORTEST and "." in text[word.end : following.start]:
            return name[:place]
    return name


def _is_told(before: Passage, after: str) -> bool:
    """Whether the words beside a name tell that it is somebody of the seller's."""
    sentence = _SENTENCE.split(before.text)[-1]
    spoken = before if sentence == before.text else Passage(sentence)
    following = Passage(_SENTENCE_END.split(after[:_NEAR])[0])
    if not cues().words["speech_before"].isdisjoint(spoken.words[-_SPEAKS:]):
        return True
    if not cues().has("own_cue", before.text[-16:]) and (
        spoken.has("person_cue")
        or following.has("person_cue")
        or _is_of_the_shop(spoken.words, following.words)
    ):
        return True
    office = _IN_APPOSITION.match(after)
    if office is not None and Passage(office.group(1)).has("shop_cue"):
        return True
    told = words_of_text(_SENTENCE_END.split(after)[0])
    return (
        not all(cues().words[name].isdisjoint(told) for name in ("speech_cue", "pronoun"))
        and not cues().has("own_cue", before.text[-16:])
    ) or _starts_with(words_of_text(after), "after_name")


def _tells_own_name(before: str) -> bool:
    """Whether the buyer says his own name; the phrases are tried only if the last word ends one of them."""
    last = _ANY_WORD.findall(before, max(0, len(before) - _NEAR))
    return (
        bool(last)
        and last[-1].casefold().replace("ı", "i") in _ENDS_OF_OWN_NAME
        and _OWN_NAME.search(before) is not None
    )


def _is_of_the_shop(before: Sequence[str], following: Sequence[str]) -> bool:
    """True for "the seller, X Y" and "X Y from customer service", but not for "the seller sent a fake X Y"."""
    shop, of_the = cues().words["shop_cue"], cues().words["of_the"]
    if not shop.isdisjoint(before[-2:]):
        return True
    return following[:1] != [] and following[0] in of_the and not shop.isdisjoint(following)


def _given(words: Sequence[_Word]) -> tuple[int | None, bool]:
    """Place of a given name before another name, where no word can tell whose name it is."""
    known = given_names()
    for place, word in enumerate(words[:-1]):
        if word.folded in known and _goes_on(words[place + 1 :]):
            return place, False
    return None, False


def _goes_on(words: Sequence[_Word]) -> bool:
    """Whether another name follows."""
    return any(w.written[0].isupper() and len(w.written) >= _SHORTEST for w in words)


def _begin_of_name(text: str, words: Sequence[_Word], first: int) -> tuple[int | None, bool]:
    """Place of the given name, and whether what stands before it tells whose name it is."""
    for place in range(first, len(words) - 1):
        is_given = words[place].folded in given_names()
        is_pair = _is_pair(words[place:])
        if (is_pair or _is_initialled(text, words[place:])) and _is_titled(text, words, place):
            before = max(0, words[place].start - _NEAR)
            is_none = _CLOCK.search(text, before, words[place].start) or _is_famous(
                words[place - 1 : place + 1]
            )
            return (None, False) if is_none else (place, True)
        if is_given or is_pair:
            lead = _lead_in(text, words[:place], words[place].start)
            if lead == "lead_in" and is_pair:
                return place, True
            if is_given and _goes_on(words[place + 1 :]):
                return place, lead is not None
    return None, False


def _is_titled(text: str, words: Sequence[_Word], place: int) -> bool:
    """Straight after a title, or after a title, a word and a comma: "the sales manager here, Ruud Hagel"."""
    title = cues().words["title"]
    if place and words[place - 1].folded in title:
        return True
    return (
        place > 1
        and words[place - 2].folded in title
        and len(words[place - 2].folded) > _SHORTEST
        and text[words[place - 1].end : words[place].start].strip() == ","
    )


def _is_initialled(text: str, words: Sequence[_Word]) -> bool:
    """An initial with a stop, and a surname."""
    given, surname = words[0], words[1]
    return (
        text[given.start - 1 : given.start] == " "
        and len(given.written) == 1
        and given.written.isupper()
        and text[given.end : given.end + 1] == "."
        and surname.written[0].isupper()
        and len(surname.written) >= _SHORTEST
    )


def _is_pair(words: Sequence[_Word]) -> bool:
    """Two capitalised words, or one, a particle or two, and one: "Wiebe van der Molen"."""
    given = words[0].written
    if len(given) < _SHORTEST or not given[0].isupper():
        return False
    return any(word.written[0].isupper() and len(word.written) >= _SHORTEST for word in words[1:5])


def _lead_in(text: str, before: Sequence[_Word], start: int) -> str | None:
    """The kind of phrase that stands straight before a name, articles and titles between them left out."""
    between = cues().words["between"]
    end = len(before)
    for _ in range(WORDS_BETWEEN + 1):
        if not _is_joined(text, before, end, start):
            return None
        last = before[end - 1]
        for phrase, kind in _lead_ins().get(last.folded, ()):
            if len(phrase) <= end and all(
                word.folded == meant
                for word, meant in zip(before[end - len(phrase) : end], phrase, strict=True)
            ):
                return kind
        if last.folded not in between:
            return None
        end -= 1
        start = last.start
    return None


@cache
def _lead_ins() -> dict[str, list[tuple[tuple[str, ...], str]]]:
    """Phrases that stand straight before a name, by their last word, and their kind: the longest first."""
    by_last: dict[str, list[tuple[tuple[str, ...], str]]] = defaultdict(list)
    for kind in ("lead_in", "name_lead_in"):
        for phrase in cues().phrases[kind]:
            if len(phrase) <= LONGEST_LEAD:
                by_last[phrase[-1]].append((phrase, kind))
    for phrases in by_last.values():
        phrases.sort(key=lambda found: (-len(found[0]), found[1]))
    return dict(by_last)


def _is_joined(text: str, before: Sequence[_Word], end: int, start: int) -> bool:
    """No end of a sentence between the words; "Mr." ends none."""
    if not end:
        return False
    gap = text[before[end - 1].end : start]
    return not any(c in gap for c in "!?;\n") and (
        "." not in gap or before[end - 1].folded in cues().words["between"]
    )


def _starts_with(words: Sequence[str], name: str) -> bool:
    return (
        any(tuple(words[: len(phrase)]) == phrase for phrase in _by_first(name).get(words[0], ()))
        if words
        else False
    )


@cache
def _by_first(name: str) -> dict[str, list[tuple[str, ...]]]:
    by_first: dict[str, list[tuple[str, ...]]] = defaultdict(list)
    for phrase in cues().phrases[name]:
        by_first[phrase[0]].append(phrase)
    return dict(by_first)


def _is_no_person(text: str, name: Sequence[_Word]) -> bool:
    """A company, a brand or somebody famous."""
    known = cues()
    folded = [word.folded for word in name]
    after = _TOKEN.match(text, min(len(text), name[-1].end + 1))
    company = known.words["company_mark"]
    if folded[0] in known.words["saint"]:
        return True
    folded = [word.folded for word in name if word.start == 0 or text[word.start - 1] not in "-'’´"]
    if not company.isdisjoint(folded) or (
        after is not None and not company.isdisjoint(words_of_text(after.group()))
    ):
        return True
    if (
        "&" in text[max(0, name[0].start - 3) : name[0].start]
        or "&" in text[name[-1].end : name[-1].end + 3]
    ):
        return True
    return _is_famous(name)


def _is_famous(words: Sequence[_Word]) -> bool:
    """Any two of the words in a row are a brand, a book or somebody known."""
    famous = cues().words["famous_name"]
    return any(one.folded + two.folded in famous for one, two in pairwise(words))
