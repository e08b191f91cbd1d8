"""The contract's files, the rules that tell landings apart, and the addresses that may be opened."""

from importlib import resources
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

import feedback_manager.errors
from feedback_manager.errors import FeedbackManagerError, ForbiddenAddressError, UnknownOutcomeError
from feedback_manager.marketplace_names import marketplace_names, names_of
from feedback_manager.page import LandingKind, PageProbe, SiteAddress, is_loopback
from feedback_manager.page.contract import (
    ContractError,
    landing_rules,
    parse_contract,
    read_contract,
    shipped_contracts,
    shipped_hosts,
)
from feedback_manager.page.landing import Signals
from feedback_manager.page.reading import ActionState, row_reading
from schemas.identifiers import content_sha256
from schemas.marketplaces import marketplaces

B, A = shipped_contracts()
PATH = "/feedback-manager/index.html"


def signals(path: str = PATH, *visible: str, status: int = 200, **more: Any) -> Signals:
    facts = {"texts": (), "is_bare": False, "is_blank": False} | more
    return Signals("host", path, "en", status, dict.fromkeys(visible, True), **facts)


LIST_B = (B.selectors["list.present"], B.selectors["list.header_row"])
PASSWORD = "#ap_email, #ap_password"  # noqa: S105 - a selector

LANDINGS = [
    (signals(PATH, *LIST_B), LandingKind.LIST),
    (signals(PATH, *LIST_B, B.selectors["panel.open"]), LandingKind.PANEL),
    (signals(PATH, LIST_B[0]), LandingKind.UNKNOWN),
    (signals(PATH, A.selectors["list.present"]), LandingKind.LIST),
    (signals(PATH, *LIST_B, A.selectors["list.present"]), LandingKind.UNKNOWN),
    (signals("/elsewhere", *LIST_B), LandingKind.UNKNOWN),
    (signals(PATH, is_bare=True), LandingKind.EMPTY_SHELL),
    (signals("/feedback-manager", is_bare=True), LandingKind.EMPTY_SHELL),
    (signals(PATH, is_bare=True, is_blank=True), LandingKind.OUTAGE),
    (signals(PATH, status=500), LandingKind.OUTAGE),
    (signals(PATH, *LIST_B, status=503), LandingKind.THROTTLED),
    (signals(PATH, status=429), LandingKind.THROTTLED),
    (signals(PATH, texts=("api-services-support@amazon.com",)), LandingKind.THROTTLED),
    (signals("/ap/signin", PASSWORD), LandingKind.SIGN_IN),
    (signals("/ap/signin"), LandingKind.HUMAN_CHALLENGE),
    (signals(PATH, PASSWORD), LandingKind.SIGN_IN),
    (
        signals("/ap/signin", PASSWORD, "#auth-captcha-image, #captchacharacters"),
        LandingKind.HUMAN_CHALLENGE,
    ),
    (signals("/ap/mfa"), LandingKind.OTP),
    (signals("/ap/mfa/new-otp"), LandingKind.OTP_CHOICE),
    (signals("/ap/cvf/request"), LandingKind.HUMAN_CHALLENGE),
    (signals("/errors/validateCaptcha"), LandingKind.HUMAN_CHALLENGE),
    (signals("/authorization/select-account"), LandingKind.ACCOUNT_SWITCHER),
    (signals("/account-switcher/default/merchantMarketplace"), LandingKind.ACCOUNT_SWITCHER),
    (signals("/home"), LandingKind.UNKNOWN),
]


@pytest.mark.parametrize(
    ("seen", "kind"), LANDINGS, ids=[f"{i}-{k}" for i, (_, k) in enumerate(LANDINGS)]
)
def test_landing(seen: Signals, kind: LandingKind) -> None:
    assert PageProbe().classify(seen).kind is kind


def test_every_kind_of_landing_is_tested() -> None:
    assert {kind for _, kind in LANDINGS} == set(LandingKind)


@given(
    path=st.sampled_from(["/", PATH, "/home", "/gp/feedback-manager/home.html"])
    | st.text(max_size=30),
    status=st.sampled_from([0, 200, 302, 404]),
    bare=st.booleans(),
)
def test_nothing_is_a_list_without_the_contract_s_signs(
    path: str, status: int, *, bare: bool
) -> None:
    found = PageProbe().classify(signals(path, status=status, is_bare=bare))
    assert found.kind not in {LandingKind.LIST, LandingKind.PANEL}
    assert found.contract is None


def test_a_rule_for_every_stop() -> None:
    kinds = {rule.kind for rule in landing_rules()}
    assert kinds == set(LandingKind) - {LandingKind.LIST, LandingKind.PANEL, LandingKind.UNKNOWN}


def test_contract_of_the_operator_s_own(tmp_path: Any) -> None:
    text = (
        resources.files("feedback_manager.page")
        .joinpath("contracts/seller_central_b.toml")
        .read_text("utf-8")
    )
    own = tmp_path / "own.toml"
    own.write_text(
        text.replace('continue = ["Fortfahren", "Weiter"]', 'continue = ["Nun aber"]'), "utf-8"
    )
    assert "Nun aber" in read_contract(own).wordings("continue")
    for old, new, complaint in (
        ("header_row = ", "heder_row = ", "header_row"),
        ("[labels.zh]\n", "[labels.zh]\nsubmit = []\n", "labels.zh"),
        ("can_submit = true", "can_submit = true\nextra = 1", "extra"),
        ("version = ", "version ", "no TOML"),
    ):
        with pytest.raises(ContractError, match=complaint):
            parse_contract(text.replace(old, new, 1), "own.toml")


def test_contract_knows_the_codes_that_were_seen() -> None:
    codes = [code for offered in B.reasons.values() for code in offered]
    assert len(codes) == len(set(codes)) == 11
    assert "201" not in codes
    assert not A.can_submit


def test_hosts_cover_every_marketplace() -> None:
    hosts = shipped_hosts().seller_central
    assert {m.host for m in marketplaces().values() if m.host} <= hosts


@pytest.mark.parametrize(
    ("url", "is_local"),
    [
        ("http://127.0.0.1:8080", True),
        ("http://127.9.9.9", True),
        ("http://[::1]:1", True),
        ("http://localhost:1", True),
        ("http://us-shop.localhost:1", True),
        ("http://localhost.example.org", False),
        ("http://127.0.0.1.example.org", False),
        ("https://sellercentral.amazon.com", False),
        ("http://0.0.0.0", False),
    ],
)
def test_loopback(url: str, *, is_local: bool) -> None:
    assert is_loopback(url) == is_local


@pytest.mark.parametrize(
    ("url", "is_open"),
    [
        ("https://sellercentral.amazon.com/feedback-manager/index.html", True),
        ("https://sellercentral-europe.amazon.com", True),
        ("https://www.amazon.com/ap/signin?x=1", True),
        ("about:blank", True),
        ("http://sellercentral.amazon.com/", False),
        ("https://sellercentral.amazon.com.example.org/", False),
        ("https://sellercentral.amazon.com@example.org/", False),
        ("https://example.org/?https://sellercentral.amazon.com/", False),
        ("file:///etc/passwd", False),
        ("javascript:alert(1)", False),
    ],
)
def test_pages_elsewhere_are_not_opened(url: str, *, is_open: bool) -> None:
    assert (SiteAddress.of("US").elsewhere().search(url) is None) == is_open


def test_address_of_a_marketplace() -> None:
    assert SiteAddress.of("DE").base_url == "https://sellercentral-europe.amazon.com"
    assert (
        SiteAddress.of("DE", "http://de-shop.localhost:5/").base_url == "http://de-shop.localhost:5"
    )
    for refused in (
        "http://sellercentral.amazon.com",
        "https://example.org",
        "https://www.amazon.com",
    ):
        with pytest.raises(ForbiddenAddressError):
            SiteAddress.of("US", refused)
    with pytest.raises(ForbiddenAddressError, match="EG"):
        SiteAddress.of("EG")


def test_every_language_names_every_marketplace() -> None:
    for names in marketplace_names().values():
        assert set(names) == set(marketplaces())
        assert len(set(names.values())) == len(names)  # two stores never look alike
    assert names_of("US") >= {"United States", "美国"}


def seen_row(**changes: Any) -> dict[str, Any]:
    return {
        "orderId": "111-0000001-0000001",
        "dateText": "11/1/2026",
        "rating": "2",
        "comment": "Broke at once.",
        "hasNote": False,
        "isStruck": False,
        "slugs": ["post_public_reply", "request_removal"],
    } | changes


@pytest.mark.parametrize(
    ("slugs", "action"),
    [
        (["post_public_reply", "request_removal"], ActionState.OFFERED),
        (["request_removal", "brand_new"], ActionState.OFFERED),
        (["post_public_reply"], ActionState.ABSENT),
        ([], ActionState.UNREADABLE),
        (["brand_new"], ActionState.UNRECOGNISED),
        (["post_public_reply", "brand_new"], ActionState.UNRECOGNISED),
    ],
)
def test_menu(slugs: list[str], action: ActionState) -> None:
    assert row_reading(seen_row(slugs=slugs), B, 1).action is action


def test_row_hash_is_that_of_the_approval_whatever_the_blanks() -> None:
    assert row_reading(seen_row(), B, 1).content_sha256 == content_sha256(2, " Broke  at\n once.")
    assert row_reading(seen_row(comment=""), B, 1).content_sha256 == content_sha256(2, None)
    assert row_reading(seen_row(rating=None), B, 1).content_sha256 is None
    assert "Broke" not in repr(row_reading(seen_row(), B, 1))


def _all_errors(base: type[FeedbackManagerError]) -> set[type[FeedbackManagerError]]:
    return {base}.union(*(_all_errors(sub) for sub in base.__subclasses__()))


def test_error_tree_is_drawn_and_only_one_kind_may_have_clicked() -> None:
    errors = _all_errors(FeedbackManagerError)
    assert all(error.__name__ in (feedback_manager.errors.__doc__ or "") for error in errors)
    assert len({error.code for error in errors}) == len(errors)
    assert {error for error in errors if error.clicked} == {UnknownOutcomeError}
