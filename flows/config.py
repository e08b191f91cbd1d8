"""`feedback-removal.toml`: what an operator may set, checked on reading; an unknown key is refused with its line.

Without a file every folder under the inbox is an account with the safe defaults below. With a file, a folder
that it does not name is refused, so a report in the wrong folder never leads to a request in the wrong account.
"""

import re
import tomllib
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Final, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator, model_validator

from expectations.grades import file_expectations
from feedback_manager.acceptance import Acceptance
from feedback_manager.loopback import is_loopback
from schemas.marketplaces import UnknownMarketplaceError, marketplace
from schemas.vocabularies import Ground, SubmissionChannel
from transforms.appeals.wording import languages

if TYPE_CHECKING:
    from pydantic_core import ErrorDetails

CONFIG_NAME: Final = "feedback-removal.toml"


class ConfigError(ValueError):
    """The configuration cannot be used; the message names file, line and remedy."""


class _Section(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, arbitrary_types_allowed=True)


class Fulfillment(StrEnum):
    """Who ships an account's orders, for sellers who only have the feedback report."""

    BY_ORDER = "by_order"  # only order reports say
    ALL_FBA = "all_fba"  # every order is shipped by Amazon
    ALL_MERCHANT = "all_merchant"  # no order is shipped by Amazon


class ApprovalMode(StrEnum):
    """Who approves a planned request."""

    MANUAL = "manual"
    AUTO = "auto"


class Seller(_Section):
    """What counts as the seller's own personal data in a comment."""

    names: tuple[str, ...] = ()
    emails: tuple[str, ...] = ()
    phones: tuple[str, ...] = ()


class Account(_Section):
    """One seller account; its name is the name of its inbox folder."""

    marketplaces: tuple[str, ...] = Field(min_length=1)
    fulfillment: Fulfillment = Fulfillment.BY_ORDER
    seller: Seller = Seller()
    store_name: str | None = None
    """The account as Seller Central's header shows it; None when it is called like its inbox folder."""
    sites: dict[str, str] = {}
    """Address of a marketplace's Seller Central, where it is not the usual one."""

    @field_validator("marketplaces")
    @classmethod
    def _known(cls, codes: tuple[str, ...]) -> tuple[str, ...]:
        try:
            return tuple(marketplace(code).code for code in codes)
        except UnknownMarketplaceError as error:
            raise ValueError(str(error)) from None


_LEAST_AT_AMAZON: Final = {
    "seconds_between_requests": 5,
    "quiet_minutes": 60,
    "minutes_between_readings": 10,
}

Count = Annotated[int, Field(ge=0, le=10_000)]
Days = Annotated[int, Field(ge=1, le=3_650)]


class Limits(_Section):
    """Caps; Amazon punishes high volumes of wrong requests (Seller Central help 201101660)."""

    requests_per_account_and_day: Count = 25
    requests_per_ground_and_day: dict[Ground, Count] = {}


class Approval(_Section):
    """How a planned request becomes approved."""

    mode: ApprovalMode = ApprovalMode.MANUAL
    valid_days: Days = 7


class Submission(_Section):
    """How approved requests reach Amazon."""

    channel: SubmissionChannel = SubmissionChannel.WORKSHEET
    csv_delimiter: Literal[",", ";", "\t"] = ","
    """Between the cells of a worksheet's table; spreadsheet programs in countries with a decimal comma open ";"."""
    i_accept_amazons_agent_policy: Acceptance | None = None
    """Who accepted it, and when, as "<date>, <name>"; without it the tool presses Submit nowhere but on this machine."""
    seconds_between_requests: Annotated[float, Field(ge=0, le=3_600)] = 20
    quiet_minutes: Annotated[float, Field(ge=0, le=10_080)] = 60
    """After a doubtful click, until the page is looked at."""
    minutes_between_readings: Annotated[float, Field(ge=0, le=1_440)] = 10
    """Between two looks that find no request."""
    canary: bool = True
    """The first run of a version makes one request, the second three, later ones as many as the caps allow."""
    grant_rate_floor: Annotated[float, Field(ge=0, le=1)] = 0.5
    """Share of granted requests under which an account submits no more until a person says go."""
    grant_rate_window: Annotated[int, Field(ge=2, le=1_000)] = 20
    """How many of the newest answers that share is taken from."""
    stand_in_url: str | None = None
    """Address of a local stand-in such as http://127.0.0.1:8800; then no page at Amazon is opened at all."""
    browser: Path | None = None
    """A certain Chromium or Chrome; None looks for one."""

    @field_validator("channel")
    @classmethod
    def _for_first_requests(cls, channel: SubmissionChannel) -> SubmissionChannel:
        if channel is SubmissionChannel.CASE:
            raise ValueError("one of worksheet, assisted, browser; a case is answered by a person")
        return channel

    @field_validator("i_accept_amazons_agent_policy", mode="before")
    @classmethod
    def _accepted(cls, written: object) -> object:
        return Acceptance.parse(written) if isinstance(written, str) else written

    @field_validator("stand_in_url")
    @classmethod
    def _on_this_machine(cls, url: str | None) -> str | None:
        if url is not None and not is_loopback(url):
            raise ValueError(
                "a stand-in is on this machine: http://127.0.0.1 or localhost, and a port"
            )
        return url

    @model_validator(mode="after")
    def _patient_at_amazon(self) -> Self:
        if self.channel is SubmissionChannel.WORKSHEET or self.stand_in_url is not None:
            return self
        for name, least in _LEAST_AT_AMAZON.items():
            if getattr(self, name) < least:
                raise ValueError(f"{name} is at least {least} at Amazon; less is for a stand-in")
        if self.channel is SubmissionChannel.BROWSER and self.i_accept_amazons_agent_policy is None:
            raise ValueError(
                "channel 'browser' presses Submit by itself: Amazon's Agent Policy has to be accepted with "
                "i_accept_amazons_agent_policy = \"<date>, <name>\"; channel 'assisted' leaves the press to a person"
            )
        return self


class Appeals(_Section):
    """Re-opening denied requests."""

    days_after_denial: Days | None = None
    """Days after the denial in which a re-opening is drafted; None: as long as the feedback's request window is open."""
    languages: dict[str, str] = {}
    """Language of drafts by marketplace, where it is not the marketplace's own: DE = "zh"."""

    @field_validator("languages")
    @classmethod
    def _known(cls, chosen: dict[str, str]) -> dict[str, str]:
        for language in chosen.values():
            if language not in languages():
                raise ValueError(f"no drafts in {language!r}; there are: {', '.join(languages())}")
        try:
            return {marketplace(code).code: language for code, language in chosen.items()}
        except UnknownMarketplaceError as error:
            raise ValueError(str(error)) from None


class Policy(_Section):
    """Which edition of Amazon's wording the comments are judged under."""

    version: str | None = None
    """None chooses by marketplace and date, as the ground files say."""


class Retention(_Section):
    """How long things are kept."""

    published_batch_days: Days = 30
    comment_days: Days = 30
    """Days after a decision (or after the request window closed) for which comments stay in published tables."""


class Publishing(_Section):
    """What analysts get."""

    comments: bool = True
    """Publish the buyers' words until their retention ends."""
    personal: bool = False
    """Publish every personal column regardless of retention."""


class Reading(_Section):
    """How files are taken in."""

    processes: Annotated[int, Field(ge=1, le=64)] = 2


class Ledger(_Section):
    """Where requests and their events are kept."""

    url: str | None = None
    """SQLAlchemy URL without a password; None is the SQLite file HOME/ledger/ledger.sqlite."""


class Watchdog(_Section):
    """Addresses of a dead-man's switch; they are called without any data when a nightly run starts and ends."""

    start: str | None = None
    success: str | None = None
    fail: str | None = None

    @field_validator("start", "success", "fail")
    @classmethod
    def _is_web(cls, url: str | None) -> str | None:
        if url is not None and not url.startswith(("https://", "http://", "${")):
            raise ValueError("an address that begins with https:// or http://, or a ${VARIABLE}")
        return url


class Notify(_Section):
    """Who is told about a run; secrets are written as ${VARIABLE} and taken from the environment."""

    urls: tuple[str, ...] = ()
    """Apprise addresses, such as mailto://, slack://, ntfys://."""
    only_when_needed: bool = False
    """Be silent about runs after which nobody has to do anything."""
    watchdog: Watchdog = Watchdog()


class Config(_Section):
    """The whole of feedback-removal.toml."""

    accounts: dict[str, Account] | None = None
    """None: no file; every inbox folder is an account."""
    limits: Limits = Limits()
    approval: Approval = Approval()
    submission: Submission = Submission()
    appeals: Appeals = Appeals()
    policy: Policy = Policy()
    retention: Retention = Retention()
    publish: Publishing = Publishing()
    reading: Reading = Reading()
    ledger: Ledger = Ledger()
    notify: Notify = Notify()
    expectations: dict[str, dict[str, Any]] = {}
    """Grades and thresholds to override, by expectation name (expectations/grades.toml)."""

    @field_validator("expectations")
    @classmethod
    def _known_expectations(cls, overrides: dict[str, dict[str, Any]]) -> dict[str, dict[str, Any]]:
        file_expectations(overrides)
        return overrides

    def account(self, name: str) -> Account:
        """The named account, or one with safe defaults when there is no config file."""
        if self.accounts is None:
            return _DEFAULT_ACCOUNT
        return self.accounts[name]


_DEFAULT_ACCOUNT: Final = Account.model_construct(
    marketplaces=(), fulfillment=Fulfillment.BY_ORDER, seller=Seller()
)


def load_config(path: Path | None) -> Config:
    """Read the configuration file; None gives the defaults.

    Raises:
        ConfigError: the file is missing, unreadable, not TOML, or a key or value is not allowed.
    """
    if path is None:
        return Config()
    try:
        text = path.read_text("utf-8")
    except FileNotFoundError:
        raise ConfigError(f"{path}: no such file; give another --config or leave it out") from None
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(f"{path}: cannot be read: {error}") from None
    try:
        entries = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise ConfigError(f"{path}: not valid TOML: {error}") from None
    entries.setdefault("accounts", {})
    try:
        return Config.model_validate(entries)
    except ValidationError as error:
        complaints = [_complaint(path, text, problem) for problem in error.errors()]
        raise ConfigError("\n".join(complaints)) from None


def _complaint(path: Path, text: str, problem: "ErrorDetails") -> str:
    location = [str(part) for part in problem["loc"]]
    where = f"{path}:{_line_of(text, location)}"
    name = ".".join(location)
    if problem["type"] == "extra_forbidden":
        known = ", ".join(_keys_beside(location)) or "none"
        return f"{where}: unknown key {name!r}; known here: {known}"
    return f"{where}: {name}: {problem['msg'].removeprefix('Value error, ')}"


def _keys_beside(location: list[str]) -> list[str]:
    """The keys that are allowed where an unknown one was found."""
    model: Any = Config
    for part in location[:-1]:
        if model is Config and part == "accounts":
            model = dict
        elif model is dict:
            model = Account
        else:
            field = model.model_fields.get(part)
            model = type(field.default) if field is not None else None
        if model is None:
            return []
    return sorted(model.model_fields) if hasattr(model, "model_fields") else []


def _line_of(text: str, location: list[str]) -> int:
    """Line of the deepest part of `location` that is written in the file; 1 when none is."""
    found = 1
    lines = text.splitlines()
    start = 0
    for depth, part in enumerate(location):
        header = re.compile(rf"\s*\[+[^\]]*\b{re.escape(part)}[\"']?\s*[.\]]")
        key = re.compile(rf"\s*[\"']?{re.escape(part)}[\"']?\s*[.=]")
        for number in range(start, len(lines)):
            if header.match(lines[number]) or key.match(lines[number]):
                found, start = number + 1, number
                break
        else:
            if depth:
                break
    return found
