from pathlib import Path

import pytest

from flows.config import ApprovalMode, Config, ConfigError, Fulfillment, load_config


def complaint(tmp_path: Path, text: str) -> str:
    path = tmp_path / "feedback-removal.toml"
    path.write_text(text, "utf-8")
    with pytest.raises(ConfigError) as caught:
        load_config(path)
    return str(caught.value)


def test_without_a_file_every_account_has_safe_defaults() -> None:
    config = load_config(None)
    assert config == Config()
    assert config.accounts is None
    assert config.approval.mode is ApprovalMode.MANUAL
    assert config.account("anybody").fulfillment is Fulfillment.BY_ORDER


def test_a_file_is_read_as_written(tmp_path: Path) -> None:
    path = tmp_path / "c.toml"
    path.write_text(
        """
        [accounts.acme]
        marketplaces = ["US", "GB"]
        fulfillment = "all_fba"
        [accounts.acme.seller]
        names = ["Ann Example"]
        [limits]
        requests_per_ground_and_day = { product_review = 3 }
        """,
        "utf-8",
    )
    config = load_config(path)
    account = config.account("acme")
    assert account.marketplaces == ("US", "UK")
    assert account.fulfillment is Fulfillment.ALL_FBA
    assert account.seller.names == ("Ann Example",)
    assert config.limits.requests_per_ground_and_day == {"product_review": 3}


def test_a_file_without_accounts_names_none(tmp_path: Path) -> None:
    path = tmp_path / "c.toml"
    path.write_text("[limits]\nrequests_per_account_and_day = 1\n", "utf-8")
    assert load_config(path).accounts == {}


@pytest.mark.parametrize(
    ("text", "line", "words"),
    [
        (
            "[polcy]\nversion = 'x'\n",
            1,
            "unknown key 'polcy'; known here: accounts, appeals, approval",
        ),
        (
            "[accounts.a]\nmarketplaces = ['US']\nfulfilment = 'all_fba'\n",
            3,
            "unknown key 'accounts.a.fulfilment'; known here: fulfillment, marketplaces, seller",
        ),
        ("[accounts.a]\nmarketplaces = ['XX']\n", 2, "'XX' is no marketplace; known: US"),
        ("[accounts.a]\nfulfillment = 'by_order'\n", 1, "Field required"),
        (
            "[limits]\nrequests_per_account_and_day = -1\n",
            2,
            "Input should be greater than or equal to 0",
        ),
        ("[approval]\nmode = 'yes'\n", 2, "Input should be 'manual' or 'auto'"),
        ("[submission]\nchannel = 'browser'\n", 1, "i_accept_amazons_agent_policy = "),
    ],
)
def test_a_complaint_names_file_line_and_what_is_allowed(
    tmp_path: Path, text: str, line: int, words: str
) -> None:
    found = complaint(tmp_path, text)
    assert found.startswith(f"{tmp_path}/feedback-removal.toml:{line}: ")
    assert words in found


def test_every_complaint_is_made_at_once(tmp_path: Path) -> None:
    found = complaint(tmp_path, "[a]\nx = 1\n[b]\ny = 2\n")
    assert [line.split(": ")[1] for line in found.splitlines()] == [
        "unknown key 'a'; known here",
        "unknown key 'b'; known here",
    ]


def test_what_is_no_toml_is_named(tmp_path: Path) -> None:
    assert "not valid TOML" in complaint(tmp_path, "[accounts\n")


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="no such file"):
        load_config(tmp_path / "none.toml")


def test_every_key_of_the_configuration_is_in_the_runbook() -> None:
    runbook = (Path(__file__).parents[2] / "docs" / "runbook.md").read_text("utf-8")
    sections = {
        name: type(field.default)
        for name, field in Config.model_fields.items()
        if hasattr(type(field.default), "model_fields")
    }
    missing = [
        f"{name}.{key}"
        for name, section in sections.items()
        for key in section.model_fields
        if f"`{name}.{key}" not in runbook
    ]
    assert missing == []
