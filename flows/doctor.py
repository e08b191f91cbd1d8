"""Checks of everything a run relies on; nothing is changed."""

import json
import shutil
import sqlite3
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Final

from flows.config import ConfigError
from flows.exit_codes import ExitCode
from flows.settings import Settings, resolve
from flows.work import STOP_FILE
from schemas.vocabularies import RunStatus
from store.errors import StoreError
from store.home import Home

_LEAST_FREE_BYTES: Final = 1 << 30
_FASTAPI_BREAKS: Final = (0, 151)
"""Prefect 3.8 and 3.9 do not run a flow with this fastapi or a later one (measured; both are locked)."""


@dataclass(frozen=True, slots=True)
class Check:
    """One thing that was looked at."""

    name: str
    is_good: bool
    found: str
    remedy: str = ""
    code: ExitCode = ExitCode.GOOD
    """The exit code that `doctor` ends with when it is not good."""


def examine(*, home: Path, config: Path | None) -> list[Check]:
    """Look at configuration, folders, disk, ledger, rules, versions and the last runs."""
    try:
        settings = resolve(home=home, config=config)
    except ConfigError as error:
        return [Check("configuration", False, str(error), "correct the file", ExitCode.USAGE)]
    checks = [
        Check("configuration", True, str(settings.config_path or "none: safe defaults")),
        _home(settings),
    ]
    if checks[-1].is_good:
        checks.extend(each(settings) for each in _OF_HOME)
        checks.extend(_runs(settings))
    checks.extend(each() for each in _OF_PROGRAM)
    return checks


def _home(settings: Settings) -> Check:
    if not settings.root.is_dir():
        return Check(
            "home",
            False,
            f"{settings.root} is not there",
            f"mkdir -p {settings.root}/inbox/<account>/<marketplace>",
            ExitCode.USAGE,
        )
    try:
        Home(settings.root).check_private()
    except StoreError as error:
        return Check("home", False, str(error), "narrow the mode", ExitCode.STORAGE)
    return Check("home", True, str(settings.root))


def _stop_file(settings: Settings) -> Check:
    stop = settings.root / STOP_FILE
    if stop.exists():
        return Check(
            "stop file", False, f"{stop} is there: nothing is sent", f"rm {stop}", ExitCode.STOPPED
        )
    return Check("stop file", True, "not there")


def _disk(settings: Settings) -> Check:
    free = shutil.disk_usage(settings.root).free
    found = f"{free / (1 << 30):.1f} GiB free"
    return Check(
        "disk", free >= _LEAST_FREE_BYTES, found, "make room: 1 GiB at least", ExitCode.STORAGE
    )


def _ledger(settings: Settings) -> Check:
    from store.ledger import LedgerDamagedError, open_ledger

    url = settings.config.ledger.url
    path = Home(settings.root).ledger / "ledger.sqlite"
    if url is None and not path.exists():
        return Check("ledger", True, "none yet: the first run makes it")
    try:
        with open_ledger(url or f"sqlite:///{path}", create=False) as ledger:
            events = ledger.verify()
    except LedgerDamagedError as error:
        return Check(
            "ledger",
            False,
            str(error),
            "restore a backup; submit nothing until then",
            ExitCode.STORAGE,
        )
    except StoreError as error:
        return Check(
            "ledger", False, str(error), "see docs/runbook.md, exit code 6", ExitCode.STORAGE
        )
    return Check("ledger", True, f"{events} events, chain and states agree")


def _runs(settings: Settings) -> Iterator[Check]:
    """The last run's end, from its summary on disk."""
    summaries = sorted(Home(settings.root).logs.glob("run-*.json"))
    if not summaries:
        yield Check("last run", True, "none yet")
        return
    last = json.loads(summaries[-1].read_text("utf-8"))
    if last["run_status"] == RunStatus.STARTED:
        yield Check(
            "last run",
            False,
            f"{last['run_id']} began and never ended",
            "run again: it goes on where it stopped",
            ExitCode.IN_DOUBT,
        )
        return
    code = ExitCode(last["exit_code"])
    yield Check("last run", True, f"{last['run_id']}: exit code {code.value}, {code.meaning}")


def _rules(settings: Settings) -> Check:
    from flows.rules_of_home import rule_book_of

    try:
        book = rule_book_of(settings.root)
    except ConfigError as error:
        return Check("rules", False, str(error), "correct the file", ExitCode.USAGE)
    return Check("rules", True, f"version {book.version}")


def _wordings(settings: Settings) -> Check:
    from flows.ingest_reports import seller_headers, seller_wording
    from transforms.decision_mails.wording import WordingFileError
    from transforms.reports.headers import HeaderFileError

    home = Home(settings.root)
    try:
        seller_headers(home)
        wording = seller_wording(home)
    except (HeaderFileError, WordingFileError) as error:
        return Check("wordings", False, str(error), "correct the file", ExitCode.USAGE)
    return Check(
        "wordings", True, f"headers can be read; decision e-mails version {wording.version}"
    )


def _notify(settings: Settings) -> Check:
    from flows.notifying.addresses import MissingVariableError, with_secrets
    from flows.notifying.people import entry, examine_address

    notify = settings.config.notify
    pings = notify.watchdog.model_dump(exclude_none=True)
    complaints = [
        f"{entry(number, address)}: {complaint}"
        for number, address in enumerate(notify.urls, 1)
        if (complaint := examine_address(address))
    ]
    for name, address in pings.items():
        try:
            with_secrets(address)
        except MissingVariableError as error:
            complaints.append(f"notify.watchdog.{name}: {error}")
    if complaints:
        return Check(
            "notify",
            False,
            "; ".join(complaints),
            "set the variable or correct the address; runs go on without it",
        )
    plural = "address" if len(notify.urls) == 1 else "addresses"
    return Check(
        "notify",
        True,
        f"{len(notify.urls)} {plural}, {len(pings)} of the watchdog; nothing was sent",
    )


def _fastapi() -> Check:
    installed = version("fastapi")
    is_good = tuple(int(part) for part in installed.split(".")[:2]) < _FASTAPI_BREAKS
    return Check(
        "fastapi",
        is_good,
        installed,
        "install from requirements.lock: Prefect does not run with it",
        ExitCode.USAGE,
    )


def _sqlite() -> Check:
    return Check(
        "sqlite",
        True,
        f"{sqlite3.sqlite_version}, rollback journal (not affected by the WAL reset bug)",
    )


_OF_HOME: Final[tuple[Callable[[Settings], Check], ...]] = (
    _stop_file,
    _disk,
    _ledger,
    _rules,
    _wordings,
    _notify,
)
_OF_PROGRAM: Final[tuple[Callable[[], Check], ...]] = (_fastapi, _sqlite)
