"""Commands around the browser: sign in, probe the page, rehearse on the stand-in."""

from datetime import UTC, datetime, time
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from flows.command_line.ending import ending, fail, fail_usage
from flows.command_line.options import (
    DEFAULT_HOME,
    AsOfOption,
    ConfigOption,
    HomeOption,
    business_date,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from feedback_manager.stand_in import StandIn
    from flows.work import Work

AccountArgument = Annotated[
    str, typer.Argument(help="Account, as its inbox folder is called.", show_default=False)
]
MarketplaceOption = Annotated[
    str | None,
    typer.Option(
        "--marketplace", help="Marketplace code such as US.", show_default="the account's first"
    ),
]


def login(
    account: AccountArgument,
    marketplace: MarketplaceOption = None,
    minutes: Annotated[
        int, typer.Option("--minutes", min=1, help="How long the window waits for you.")
    ] = 30,
    home: HomeOption = DEFAULT_HOME,
    config: ConfigOption = None,
) -> None:
    """Open the account's browser, so that you can sign in to Seller Central. The tool types no password and asks for no code."""

    def step(work: "Work", code: str) -> None:
        from feedback_manager.page import await_sign_in
        from flows.browser_pages import address_of, open_window

        typer.echo(f"A window opens: sign in and go to Feedback Manager of {account}, {code}.")
        with open_window(work, account, [code], is_visible=True) as context:
            await_sign_in(context, address_of(work, account, code), seconds=minutes * 60)
        typer.echo(
            f"Signed in. The session is kept in {work.home.browser_profiles / account}: whoever can read that folder "
            "can act for the account."
        )

    _at_the_page(step, account, marketplace, home, config)


def probe(
    account: AccountArgument,
    marketplace: MarketplaceOption = None,
    home: HomeOption = DEFAULT_HOME,
    config: ConfigOption = None,
) -> None:
    """Read the account's Feedback Manager page, click nothing, and tell where it differs from what this version knows."""

    def step(work: "Work", code: str) -> None:
        from feedback_manager.page import compare
        from flows.browser_pages import open_pages
        from flows.exit_codes import ExitCode

        with open_pages(work, account, [code]) as pages:
            report = compare(pages[code].submitter.listing)
        typer.echo(report.text())
        if not report.is_as_described:
            raise typer.Exit(int(ExitCode.SITE))

    _at_the_page(step, account, marketplace, home, config)


def stand_in(
    inbox: Annotated[
        Path,
        typer.Option(
            "--inbox", help="Reports to take the feedback from: <account>/<marketplace>/ below it."
        ),
    ] = Path("data/sample/inbox"),
    as_of: AsOfOption = None,
    port: Annotated[
        int, typer.Option("--port", help="Port of the pages; 0 takes a free one.")
    ] = 8800,
    control_port: Annotated[
        int, typer.Option("--control-port", help="Port of faults, clock and oracle.")
    ] = 0,
    state: Annotated[
        Path | None,
        typer.Option(
            "--state", help="File that keeps everything, to go on later.", show_default="forget"
        ),
    ] = None,
) -> None:
    """Serve a local Feedback Manager to rehearse on, until Ctrl-C. Nothing on it reaches Amazon."""
    with ending(DEFAULT_HOME):
        from feedback_manager.stand_in import serve
        from feedback_manager.stand_in.report_rows import rows_of_inbox
        from flows.rehearsal import AS_OF

        if not inbox.is_dir():
            fail_usage(f"{inbox}: no such folder; give --inbox")
        # The sample's reports are of one certain day; other reports are of today.
        is_sample = inbox == Path("data/sample/inbox")
        today = business_date(as_of) or (AS_OF if is_sample else datetime.now(UTC).date())
        rows = rows_of_inbox(inbox, as_of=today)
        with serve(rows, state=state, port=port, control_port=control_port) as served:
            served.control.set_clock(datetime.combine(today, time(12), UTC))
            _tell_addresses(served, {(row.account, row.marketplace) for row in rows})
            _until_interrupted()


def _tell_addresses(served: "StandIn", stores: set[tuple[str, str]]) -> None:
    typer.echo("A local Feedback Manager; nothing on it reaches Amazon. Its stores:")
    for account, code in sorted(stores):
        typer.echo(f"  {account}/{code}: {served.feedback_url(account, code)}")
    typer.echo(f"control port (faults, clock, oracle): {served.control.url}")
    typer.echo(served.assumptions)
    typer.echo(
        "To send there, configure:\n"
        "  [submission]\n"
        '  channel = "browser"\n'
        f'  stand_in_url = "{served.base_url()}"\n'
        "  seconds_between_requests = 0\n"
        "Ctrl-C ends it."
    )


def _until_interrupted() -> None:
    from threading import Event

    try:
        Event().wait()
    except KeyboardInterrupt:
        typer.echo("ended")


def _at_the_page(
    step: "Callable[[Work, str], None]",
    account: str,
    marketplace: str | None,
    home: Path,
    config: Path | None,
) -> None:
    """Take a step at the page of one store; what the page answers instead ends the command with its code."""
    with ending(home):
        from feedback_manager.errors import FeedbackManagerError
        from flows.exit_codes import ExitCode
        from flows.settings import resolve
        from flows.work import reading

        with reading(resolve(home=home, config=config)) as work:
            code = _marketplace_of(work, account, marketplace)
            try:
                step(work, code)
            except FeedbackManagerError as error:
                fail(str(error), ExitCode.SITE)


def _marketplace_of(work: "Work", account: str, wanted: str | None) -> str:
    """The wanted marketplace, or the account's first.

    Raises:
        ConfigError: the account or the marketplace is not known.
    """
    from flows.config import ConfigError
    from schemas.marketplaces import UnknownMarketplaceError, marketplace

    accounts = work.settings.config.accounts
    if accounts is not None and account not in accounts:
        raise ConfigError(f"{account}: no such account; known: {', '.join(accounts) or 'none'}")
    known = work.settings.config.account(account).marketplaces
    if wanted is None:
        if not known:
            raise ConfigError(f"{account}: name the marketplace with --marketplace, such as US")
        return known[0]
    try:
        return marketplace(wanted).code
    except UnknownMarketplaceError as error:
        raise ConfigError(str(error)) from None
