"""Reading a ground file: one policy clause as data, every complaint with the file's name and line."""

import math
import tomllib
from dataclasses import dataclass
from datetime import date
from importlib.resources.abc import Traversable
from typing import Any, Final

from rules.second_opinion import OpinionTopic
from rules.word_classes import WordClass
from schemas.vocabularies import FulfillmentChannel, Ground, JudgedVerdict, Term

DETECTED_CLASSES: Final = (
    "email",
    "phone",
    "full_name",
    "address",
    "link",
    "possible_phone",
    "possible_name",
    "possible_address",
    "several_numbers",
    "many_unknown_words",
    "few_words",
    "few_unknown_words",
    "unknown_clause",
    "long_unknown_clause",
)
"""Evidence that is found by its form, not listed in a lexicon."""


class GroundFileError(ValueError):
    """A ground file that cannot be used; the message names file and key."""


class Quantifier(Term):
    """How much of a comment must speak for the ground."""

    ANYWHERE = "anywhere"
    ENTIRE = "entire"


@dataclass(frozen=True, slots=True)
class Panel:
    """What to choose in Feedback Manager's request panel."""

    category: str
    reason_code: str


@dataclass(frozen=True, slots=True)
class Wording:
    """One edition of Amazon's wording of the clause.

    Attributes:
        id: name of the edition, stated in every finding.
        summary: what the clause says.
        marketplaces: codes it is applied to; "*" is every marketplace; empty until a seller lists some.
        applies_from: first feedback date it is applied to.
        source: where it was read.
        read: the day it was read.
        review_evidence: evidence that is for a person under this edition.
    """

    id: str
    summary: str
    marketplaces: tuple[str, ...]
    applies_from: date
    source: str
    read: date
    review_evidence: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Example:
    """A comment with the verdict it must get; `expect` is a verdict for this ground or `other` (not this ground)."""

    comment: str
    expect: str
    because: str
    rating: int = 1
    fulfillment_channel: FulfillmentChannel = FulfillmentChannel.MFN
    buy_shipping_on_time: bool | None = None
    marketplace: str | None = None
    policy_version: str | None = None


@dataclass(frozen=True, slots=True)
class OpinionUse:
    """What a second opinion on the whole comment may change; probabilities from 0 to 1.

    Attributes:
        topic: what the whole comment must be about.
        lowers_below: a request with less is for a person.
        raises_from: what is for a person becomes a request.
        dismisses_below: what is for a person is left alone.
        contested_by_at_most: so few words that rule the ground out only contest it, if `contested_from` is reached: then
            the comment is for a person, and the opinion may raise it like any other.
        contested_from: see there.
        overrules_from: from here on a request whatever words rule the ground out, those under `final` excepted; infinite
            if the file says nothing.
        finds_from: from here on a request although no word speaks for the ground; the same.
        final: classes whose presence leaves nothing to ask: what the rules say stands.
        never_raised_with: classes that say too little for a request, whatever the opinion.
    """

    topic: OpinionTopic
    lowers_below: float
    raises_from: float
    dismisses_below: float
    contested_by_at_most: int
    contested_from: float
    overrules_from: float
    finds_from: float
    final: tuple[str, ...]
    never_raised_with: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class GroundRule:
    """One policy clause.

    Attributes:
        ground: which clause.
        version: rises with every change of the file.
        title: name for people.
        default_verdict: what a clear case leads to.
        quantifier: anywhere in the comment, or the entire comment.
        evidence: classes that speak for the ground.
        blocked_by: classes that rule it out.
        doubted_by: classes that send it to a person.
        weak_evidence: evidence classes that need company: without other evidence `weak_doubted_by` speaks against.
        weak_doubted_by: classes that send a comment with nothing but weak evidence to a person.
        hinted_by: classes that are worth a look, but prove nothing.
        channels: fulfilment channels it needs, empty for any.
        needs_buy_shipping: the label was bought through Amazon and the parcel shipped on time.
        opinion: what a second opinion may change, if it is asked.
        panel: what to choose in the request panel, if Amazon's panel has a reason for it.
        wordings: editions of the clause, the first is the default.
        examples: comments with the verdict they must get.
    """

    ground: Ground
    version: int
    title: str
    default_verdict: JudgedVerdict
    quantifier: Quantifier
    evidence: tuple[str, ...]
    blocked_by: tuple[str, ...]
    doubted_by: tuple[str, ...]
    hinted_by: tuple[str, ...]
    weak_evidence: tuple[str, ...]
    weak_doubted_by: tuple[str, ...]
    channels: tuple[FulfillmentChannel, ...]
    needs_buy_shipping: bool
    opinion: OpinionUse | None
    panel: Panel | None
    wordings: tuple[Wording, ...]
    examples: tuple[Example, ...]


_KEYS: Final = {
    "": {"id", "version", "title", "default_verdict", "quantifier", "evidence", "blocked_by", "doubted_by", "hinted_by",
         "weak_evidence", "weak_doubted_by", "needs", "second_opinion", "panel", "wordings", "examples"},
    "second_opinion": {"topic", "lowers_below", "raises_from", "dismisses_below", "contested_by_at_most", "contested_from",
                       "overrules_from", "finds_from", "final", "never_raised_with"},
    "needs": {"fulfillment_channel", "buy_shipping_on_time"},
    "panel": {"category", "reason_code"},
    "wordings": {"id", "summary", "marketplaces", "applies_from", "source", "read", "review_evidence"},
    "examples": {"comment", "expect", "because", "rating", "fulfillment_channel", "buy_shipping_on_time", "marketplace",
                 "policy_version"},
}  # fmt: skip


def _check_keys(name: str, text: str, table: str, content: dict[str, Any]) -> None:
    unknown = set(content) - _KEYS[table]
    if not unknown:
        return
    key = min(unknown)
    line = next(
        (n for n, line in enumerate(text.split("\n"), 1) if line.split("=")[0].strip() == key), 1
    )
    where = f"[{table}] " if table else ""
    raise GroundFileError(
        f"{name}:{line}: {where}unknown key {key!r}; known: {', '.join(sorted(_KEYS[table]))}"
    )


def _classes(name: str, key: str, content: dict[str, Any]) -> tuple[str, ...]:
    found = tuple(content.get(key, ()))
    known = {*WordClass, *DETECTED_CLASSES}
    if strange := [word_class for word_class in found if word_class not in known]:
        raise GroundFileError(
            f"{name}: {key}: unknown class {strange[0]!r}; known: {', '.join(sorted(known))}"
        )
    return found


def read_ground(source: Traversable) -> GroundRule:
    """Read one ground file.

    Raises:
        GroundFileError: not TOML, an unknown key, class, channel or verdict, or a missing key.
    """
    name, text = source.name, source.read_text("utf-8")
    try:
        content = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise GroundFileError(f"{name}: not TOML: {error}") from error
    _check_keys(name, text, "", content)
    for table in ("needs", "second_opinion", "panel"):
        _check_keys(name, text, table, content.get(table, {}))
    for table in ("wordings", "examples"):
        for part in content.get(table, []):
            _check_keys(name, text, table, part)
    try:
        return _rule(name, content)
    except GroundFileError:
        raise
    except KeyError as error:
        raise GroundFileError(f"{name}: key {error.args[0]!r} is missing") from error
    except (TypeError, ValueError) as error:
        raise GroundFileError(f"{name}: {error}") from error


def _opinion(name: str, content: dict[str, Any] | None) -> OpinionUse | None:
    if content is None:
        return None
    use = OpinionUse(
        topic=OpinionTopic(content["topic"]),
        lowers_below=float(content["lowers_below"]),
        raises_from=float(content["raises_from"]),
        dismisses_below=float(content["dismisses_below"]),
        contested_by_at_most=int(content["contested_by_at_most"]),
        contested_from=float(content["contested_from"]),
        overrules_from=float(content.get("overrules_from", math.inf)),
        finds_from=float(content.get("finds_from", math.inf)),
        final=_classes(name, "final", content),
        never_raised_with=_classes(name, "never_raised_with", content),
    )
    rising = (0, use.dismisses_below, use.contested_from, use.raises_from, 1)
    is_bold = min(use.overrules_from, use.finds_from) < use.raises_from
    if (
        list(rising) != sorted(rising)
        or not use.dismisses_below <= use.lowers_below <= 1
        or is_bold
    ):
        raise GroundFileError(
            f"{name}: [second_opinion] must hold 0 <= dismisses_below <= contested_from <= raises_from <= 1, "
            "lowers_below from dismisses_below to 1, overrules_from and finds_from from raises_from on"
        )
    return use


def _rule(name: str, content: dict[str, Any]) -> GroundRule:
    needs = content.get("needs", {})
    panel = content.get("panel")
    wordings = tuple(
        Wording(
            id=part["id"],
            summary=part["summary"],
            marketplaces=tuple(part["marketplaces"]),
            applies_from=part["applies_from"],
            source=part["source"],
            read=part["read"],
            review_evidence=_classes(name, "review_evidence", part),
        )
        for part in content["wordings"]
    )
    if not wordings or "*" not in wordings[0].marketplaces:
        raise GroundFileError(
            f'{name}: the first of [[wordings]] is the default: its marketplaces must be ["*"]'
        )
    examples = tuple(
        Example(
            **{
                **part,
                "fulfillment_channel": FulfillmentChannel(part.get("fulfillment_channel", "MFN")),
            }
        )
        for part in content.get("examples", [])
    )
    return GroundRule(
        ground=Ground(content["id"]),
        version=content["version"],
        title=content["title"],
        default_verdict=JudgedVerdict(content["default_verdict"]),
        quantifier=Quantifier(content["quantifier"]),
        evidence=_classes(name, "evidence", content),
        blocked_by=_classes(name, "blocked_by", content),
        doubted_by=_classes(name, "doubted_by", content),
        hinted_by=_classes(name, "hinted_by", content),
        weak_evidence=_classes(name, "weak_evidence", content),
        weak_doubted_by=_classes(name, "weak_doubted_by", content),
        channels=tuple(
            FulfillmentChannel(channel) for channel in needs.get("fulfillment_channel", ())
        ),
        needs_buy_shipping=bool(needs.get("buy_shipping_on_time", False)),
        opinion=_opinion(name, content.get("second_opinion")),
        panel=Panel(panel["category"], panel["reason_code"]) if panel else None,
        wordings=wordings,
        examples=examples,
    )
