"""What every flow and command needs before it starts: home, configuration, business date, run id."""

import uuid
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Final

from flows.config import CONFIG_NAME, Config, load_config

DEFAULT_HOME: Final = Path("data")


@dataclass(frozen=True, slots=True)
class Settings:
    """One run's surroundings, resolved once and passed on."""

    root: Path
    """The home folder: inbox, raw, quarantine, ledger, published, worksheets, docs."""
    config: Config
    config_path: Path | None
    as_of: date
    run_id: str
    started_at: datetime


def resolve(
    *,
    home: Path | None = None,
    config: Path | None = None,
    as_of: date | None = None,
    scheduled_at: datetime | None = None,
) -> Settings:
    """Resolve the settings of a run.

    Args:
        home: home folder; default ./data.
        config: configuration file; default HOME/feedback-removal.toml when it exists.
        as_of: business date; default the date of `scheduled_at`, so that a late run keeps its date, else today in UTC.
        scheduled_at: when a scheduled run was meant to start.

    Raises:
        flows.config.ConfigError: the configuration cannot be used.
    """
    root = (home or DEFAULT_HOME).expanduser().absolute()
    path = config.expanduser().absolute() if config else None
    if path is None and (root / CONFIG_NAME).exists():
        path = root / CONFIG_NAME
    started_at = datetime.now(UTC)
    return Settings(
        root=root,
        config=load_config(path),
        config_path=path,
        as_of=as_of or (scheduled_at or started_at).astimezone(UTC).date(),
        run_id=f"{started_at:%Y%m%dT%H%M%SZ}-{uuid.uuid4().hex[:6]}",
        started_at=started_at,
    )
