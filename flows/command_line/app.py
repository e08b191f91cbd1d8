"""The command line's table of contents."""

import typer

from flows.command_line import appealing, browser, pipeline, rejudging, requests, upkeep

app = typer.Typer(
    name="feedback-removal",
    help=(
        "Find seller feedback that Amazon's own policy makes removable, ask for its removal, keep the decisions.\n\n"
        "Drop downloaded reports into HOME/inbox/<account>/<marketplace>/ and start `feedback-removal run`: it reads, "
        "judges and plans, and sends nothing. `approve` and `submit` are yours; `run --submit` does them within the "
        "caps of the configuration. Every command ends with an exit code that docs/runbook.md explains."
    ),
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)

app.command("run")(pipeline.run)
app.command("ingest")(pipeline.ingest)
app.command("screen")(pipeline.screen)
app.command("plan")(pipeline.plan)
app.command("approve")(requests.approve)
app.command("submit")(requests.submit)
app.command("import-results")(requests.import_results)
app.command("publish")(pipeline.publish)
app.command("backfill")(pipeline.backfill)
app.command("appeals")(appealing.appeals)
app.command("explain")(requests.explain)
app.command("rejudge")(rejudging.rejudge)
app.command("quarantine")(upkeep.quarantine)
app.command("reprocess")(upkeep.reprocess)
app.command("query")(upkeep.query)
app.command("doctor")(upkeep.doctor)
app.command("login")(browser.login)
app.command("probe")(browser.probe)
app.command("stand-in")(browser.stand_in)
app.command("rehearse")(upkeep.rehearse)
app.command("docs", hidden=True)(upkeep.docs)
