"""The page contract: what Feedback Manager looks like, as versioned data beside this file."""

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib import resources
from pathlib import Path
from typing import Any, Final

from schemas.vocabularies import Term


class ContractError(ValueError):
    """A contract file lacks a key, has one that is not known, or a value of the wrong kind."""


class LandingKind(Term):
    """What the browser has landed on."""

    LIST = "list"
    PANEL = "panel"
    SIGN_IN = "sign_in"
    OTP = "otp"
    OTP_CHOICE = "otp_choice"
    HUMAN_CHALLENGE = "human_challenge"
    ACCOUNT_SWITCHER = "account_switcher"
    THROTTLED = "throttled"
    OUTAGE = "outage"
    EMPTY_SHELL = "empty_shell"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class LandingRule:
    """One way to recognise a landing; all that is given must hold (see contracts/landings.toml)."""

    kind: LandingKind
    path: re.Pattern[str] | None = None
    status: tuple[int, ...] = ()
    text: tuple[str, ...] = ()
    visible: str | None = None
    hidden: str | None = None
    bare: bool = False
    blank: bool = False


@dataclass(frozen=True, slots=True)
class Overlay:
    """A pop-up that is known to cover the page, and the button that closes it without agreeing to anything."""

    covers: str
    close: str


@dataclass(frozen=True, slots=True)
class PageContract:
    """One generation of the page.

    Attributes:
        version: name of the contract, written into every piece of evidence.
        generation: A or B.
        path: of the page on its host.
        can_submit: false when the generation is only recognised.
        seen: how each part is known: "2" two observers, "1" one, "0" an assumption.
        selectors: by `section.name`, e.g. `list.row`.
        request_action: slug of the menu option that asks for removal.
        other_actions: slugs of other known options.
        reasons: category slugs with the reason codes they offer.
        labels: wordings by language and name (continue, cancel, note); all languages are tried, as the page's may change.
        overlays: known pop-ups.
        rows_per_page: rows on a full page of the list.
    """

    version: str
    generation: str
    path: str
    can_submit: bool
    seen: Mapping[str, str]
    selectors: Mapping[str, str]
    request_action: str
    other_actions: tuple[str, ...]
    reasons: Mapping[str, tuple[str, ...]]
    labels: Mapping[str, Mapping[str, tuple[str, ...]]]
    overlays: tuple[Overlay, ...]
    rows_per_page: int

    def wordings(self, name: str) -> tuple[str, ...]:
        """Every known wording of a label, in all languages."""
        return tuple(dict.fromkeys(w for words in self.labels.values() for w in words[name]))


@dataclass(frozen=True, slots=True)
class Hosts:
    """Where the browser may go."""

    seller_central: frozenset[str]
    sign_in: frozenset[str]


_LIST: Final = [
    "present",
    "header_row",
    "row",
    "date",
    "rating",
    "order",
    "comment",
    "menu",
    "menu_opener",
    "action",
    "pager",
    "pager_off",
    "region",
]
_PANEL: Final = ["open", "holder", "button", "category", "reason", "opener", "option", "submit"]
_HEADER: Final = ("account", "marketplace")
_LABELS: Final = ("continue", "cancel", "note")


@cache
def shipped_contracts() -> tuple[PageContract, ...]:
    """All contracts that come with the program, newest generation first."""
    names = ("seller_central_b.toml", "seller_central_a.toml")
    return tuple(parse_contract(_shipped(name), name) for name in names)


def read_contract(path: Path) -> PageContract:
    """A contract of the operator's own, e.g. the shipped one with a label added after a probe.

    Raises:
        ContractError: naming the file and the key.
    """
    return parse_contract(path.read_text("utf-8"), str(path))


@cache
def landing_rules() -> tuple[LandingRule, ...]:
    """The rules that tell landings apart, in order."""
    known = {"kind", "path", "status", "text", "visible", "hidden", "bare", "blank"}
    rules = []
    for number, entry in enumerate(tomllib.loads(_shipped("landings.toml"))["landing"], 1):
        _require_keys(entry, {"kind"}, known, f"landings.toml, landing {number}")
        rules.append(
            LandingRule(
                kind=LandingKind.parse(entry["kind"]),
                path=re.compile(entry["path"]) if "path" in entry else None,
                status=tuple(entry.get("status", ())),
                text=tuple(entry.get("text", ())),
                visible=entry.get("visible"),
                hidden=entry.get("hidden"),
                bare=entry.get("bare", False),
                blank=entry.get("blank", False),
            )
        )
    return tuple(rules)


@cache
def shipped_hosts() -> Hosts:
    """The hosts of contracts/hosts.toml."""
    entry = tomllib.loads(_shipped("hosts.toml"))
    _require_keys(entry, {"seller_central", "sign_in"}, set(), "hosts.toml")
    return Hosts(frozenset(entry["seller_central"]), frozenset(entry["sign_in"]))


def parse_contract(text: str, name: str) -> PageContract:
    """A contract out of TOML text; every key is checked.

    Raises:
        ContractError: naming `name` and the key.
    """
    try:
        entry = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise ContractError(f"{name}: no TOML: {error}") from None
    base = {"version", "generation", "path", "can_submit", "list"}
    acting = {"seen", "actions", "panel", "header", "reasons", "labels"}
    can_submit = bool(entry.get("can_submit"))
    _require_keys(entry, base | acting if can_submit else base, {"overlay", *acting}, name)
    listed: dict[str, Any] = dict(entry["list"])
    rows_per_page = int(listed.pop("rows_per_page", 20))
    sections = {"list": listed, "panel": entry.get("panel", {}), "header": entry.get("header", {})}
    needed = (
        {"list": _LIST, "panel": _PANEL, "header": _HEADER} if can_submit else {"list": ["present"]}
    )
    for section, keys in needed.items():
        _require_keys(sections[section], set(keys), set(), f"{name} [{section}]")
    for language, words in entry.get("labels", {}).items():
        _require_keys(words, set(_LABELS), set(), f"{name} [labels.{language}]")
    actions = entry.get("actions", {"request": "", "others": []})
    _require_keys(actions, {"request", "others"}, set(), f"{name} [actions]")
    return PageContract(
        version=str(entry["version"]),
        generation=str(entry["generation"]),
        path=str(entry["path"]),
        can_submit=can_submit,
        seen=dict(entry.get("seen", {})),
        selectors={
            f"{section}.{key}": str(selector)
            for section, keys in sections.items()
            for key, selector in keys.items()
        },
        request_action=str(actions["request"]),
        other_actions=tuple(actions["others"]),
        reasons={slug: tuple(codes) for slug, codes in entry.get("reasons", {}).items()},
        labels={
            language: {label: tuple(variants) for label, variants in words.items()}
            for language, words in entry.get("labels", {}).items()
        },
        overlays=tuple(Overlay(o["covers"], o["close"]) for o in entry.get("overlay", ())),
        rows_per_page=rows_per_page,
    )


def _shipped(name: str) -> str:
    return resources.files(__package__).joinpath("contracts", name).read_text("utf-8")


def _require_keys(entry: Mapping[str, Any], needed: set[str], also: set[str], where: str) -> None:
    if missing := needed - set(entry):
        raise ContractError(f"{where}: missing keys {sorted(missing)}")
    if unknown := set(entry) - needed - also:
        raise ContractError(f"{where}: unknown keys {sorted(unknown)}")
