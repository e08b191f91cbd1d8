"""Commands about requests: approve, submit, import-results, explain."""

import getpass
from pathlib import Path
from typing import Annotated

import typer

from flows.command_line.ending import ending, fail_usage
from flows.command_line.options import (
    DEFAULT_HOME,
    AsOfOption,
    ConfigOption,
    HomeOption,
    JsonOption,
    business_date,
)


def approve(
    request_ids: Annotated[
        list[str] | None,
        typer.Argument(
            help="Order ids or request ids to approve; see `approve --list`.", show_default=False
        ),
    ] = None,
    everything: Annotated[
        bool, typer.Option("--all", help="Approve every planned request.")
    ] = False,
    ground: Annotated[
        list[str] | None,
        typer.Option(
            "--ground", help="Approve the planned requests of this ground; may be repeated."
        ),
    ] = None,
    account: Annotated[
        list[str] | None,
        typer.Option("--account", help="Only requests of this account; may be repeated."),
    ] = None,
    only_list: Annotated[
        bool, typer.Option("--list", help="List what is planned and approve nothing.")
    ] = False,
    release: Annotated[
        bool,
        typer.Option(
            "--release", help="Let held requests be planned again; they need a new approval."
        ),
    ] = False,
    cancel: Annotated[
        bool, typer.Option("--cancel", help="Give the named requests up instead of approving them.")
    ] = False,
    by: Annotated[
        str | None,
        typer.Option(
            "--by", help="Who approves; kept in the ledger.", show_default="your user name"
        ),
    ] = None,
    home: HomeOption = DEFAULT_HOME,
    config: ConfigOption = None,
    as_of: AsOfOption = None,
    as_json: JsonOption = False,
) -> None:
    """Approve planned requests: named ones, those of a ground, or all. An approval holds for the words of the comment as they are now."""
    with ending(home):
        from flows.command_line.printing import print_requests, print_summary
        from flows.settings import resolve
        from flows.steps.approve import approve as step
        from flows.steps.approve import (
            cancel_requests,
            read_grounds,
            release_requests,
            requests_named,
        )
        from flows.work import reading, running

        settings = resolve(home=home, config=config, as_of=business_date(as_of))
        if only_list:
            with reading(settings) as work:
                print_requests(work.waiting_requests(), as_json=as_json)
            return
        names = tuple(request_ids or ())
        if not (everything or names or ground or account or release):
            fail_usage(
                "say what to approve: --all, --ground GROUND, --account ACCOUNT, or request ids"
            )
        person = by or getpass.getuser()
        with running(settings) as work:
            ids = requests_named(work, names)
            if release:
                release_requests(work, by=person)
            elif cancel:
                cancel_requests(work, by=person, request_ids=ids)
            else:
                step(
                    work,
                    by=person,
                    grounds=read_grounds(ground or ()),
                    accounts=account or (),
                    request_ids=ids,
                )
        print_summary(work.summary, as_json=as_json)
        raise typer.Exit(work.summary.exit_code or 0)


def submit(
    again: Annotated[
        bool,
        typer.Option(
            "--again",
            help="Also list requests that an earlier worksheet lists without a result so far.",
        ),
    ] = False,
    go: Annotated[
        bool,
        typer.Option(
            "--go",
            help="Go on although too few requests were granted lately: a person's word, kept with name and time.",
        ),
    ] = False,
    home: HomeOption = DEFAULT_HOME,
    config: ConfigOption = None,
    as_of: AsOfOption = None,
    as_json: JsonOption = False,
) -> None:
    """Put approved requests through the configured channel: a worksheet for a person, or a browser."""
    with ending(home):
        from flows.command_line.printing import print_summary
        from flows.go_ahead import say_go
        from flows.settings import resolve
        from flows.steps.submit import submit as step
        from flows.work import running

        with running(resolve(home=home, config=config, as_of=business_date(as_of))) as work:
            if go:
                say_go(work, by=getpass.getuser())
            step(work, again=again)
        print_summary(work.summary, as_json=as_json)
        raise typer.Exit(work.summary.exit_code or 0)


def import_results(
    files: Annotated[
        list[Path], typer.Argument(help="Filled CSV files of worksheets.", show_default=False)
    ],
    by: Annotated[
        str | None,
        typer.Option(
            "--by", help="Who reports; kept in the ledger.", show_default="your user name"
        ),
    ] = None,
    home: HomeOption = DEFAULT_HOME,
    config: ConfigOption = None,
    as_of: AsOfOption = None,
    as_json: JsonOption = False,
) -> None:
    """Read filled worksheets back: what was asked, and what Amazon decided. Importing a file again changes nothing."""
    with ending(home):
        from flows.command_line.printing import print_summary
        from flows.settings import resolve
        from flows.steps.import_results import import_file
        from flows.work import running

        settings = resolve(home=home, config=config, as_of=business_date(as_of))
        with running(settings) as work:
            for file in files:
                import_file(work, file, by=by or getpass.getuser())
        print_summary(work.summary, as_json=as_json)
        raise typer.Exit(work.summary.exit_code or 0)


def explain(
    order_id: Annotated[
        str | None,
        typer.Argument(help="Order whose feedback is to be explained.", show_default=False),
    ] = None,
    comment: Annotated[
        str | None, typer.Option("--comment", help="Judge these words instead.")
    ] = None,
    rating: Annotated[
        int, typer.Option("--rating", min=1, max=5, help="Stars, with --comment.")
    ] = 1,
    channel: Annotated[
        str, typer.Option("--channel", help="AFN, MFN, MIXED or UNKNOWN, with --comment.")
    ] = "UNKNOWN",
    marketplace: Annotated[str, typer.Option("--marketplace", help="With --comment.")] = "US",
    language: Annotated[
        str | None,
        typer.Option("--language", help="With --comment.", show_default="found by itself"),
    ] = None,
    buy_shipping_on_time: Annotated[
        bool | None,
        typer.Option(
            "--buy-shipping-on-time/--not-buy-shipping-on-time",
            help="With --comment: label bought through Amazon and shipped on time.",
            show_default="unknown",
        ),
    ] = None,
    home: HomeOption = DEFAULT_HOME,
    config: ConfigOption = None,
    as_of: AsOfOption = None,
    as_json: JsonOption = False,
) -> None:
    """Say why a feedback is asked about or not: the row, what every ground says of it, and every step of its request."""
    with ending(home):
        from flows.command_line.explaining import print_comment, print_order
        from flows.settings import resolve
        from flows.steps.explain import explain_comment, explain_order
        from flows.work import reading

        settings = resolve(home=home, config=config, as_of=business_date(as_of))
        if comment is not None:
            judged = explain_comment(
                settings,
                comment=comment,
                rating=rating,
                channel=channel,
                marketplace=marketplace,
                language=language,
                is_buy_shipping_on_time=buy_shipping_on_time,
            )
            print_comment(comment, judged, as_json=as_json)
            return
        if order_id is None:
            fail_usage("give an order id, or --comment TEXT")
            return
        with reading(settings) as work:
            explained = explain_order(work, order_id)
        if not explained:
            fail_usage(f"no feedback of order {order_id} is known in {settings.root}")
        print_order(explained, as_json=as_json)
