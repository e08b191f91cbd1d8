"""How every command ends: with a documented exit code, a sentence for the operator, and never a traceback."""

import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

import typer

from flows.exit_codes import ExitCode


@contextmanager
def ending(home: Path) -> Iterator[None]:
    """Turn every failure of a command into its exit code and message.

    A defect of the program (anything not foreseen) ends with exit code 1; its traceback goes to HOME/logs,
    because it may quote data that does not belong on a screen.
    """
    from flows.config import ConfigError
    from store.errors import StorageError
    from store.process_lock import HeldLockError

    try:
        yield
    except (typer.Exit, typer.Abort):
        raise
    except ConfigError as error:
        fail(str(error), ExitCode.USAGE)
    except HeldLockError as error:
        fail(str(error), ExitCode.LOCKED)
    except StorageError as error:
        fail(str(error), ExitCode.STORAGE)
    except OSError as error:
        fail(
            f"{error.filename or 'disk'}: {error.strerror or error}; mend it and run again",
            ExitCode.STORAGE,
        )
    except KeyboardInterrupt:
        fail(
            "stopped by the operator; the same command goes on where this one stopped",
            ExitCode.STOPPED,
        )
    except Exception as error:  # noqa: BLE001 - the last line of defence: a person gets a sentence, not a traceback
        place = _write_traceback(home)
        fail(
            f"defect of this program ({type(error).__name__}); nothing further was done. "
            f"Traceback: {place}. Please report it.",
            ExitCode.BUG,
        )


def fail(message: str, code: ExitCode) -> None:
    """Print an error for the operator and end the command."""
    typer.secho(f"error: {message}", fg=typer.colors.RED, err=True)
    raise typer.Exit(int(code))


def fail_usage(message: str) -> None:
    """End the command because it was called wrongly."""
    fail(message, ExitCode.USAGE)


def _write_traceback(home: Path) -> str:
    folder = home / "logs"
    try:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        path = folder / f"defect-{datetime.now(UTC):%Y%m%dT%H%M%SZ}.txt"
        path.touch(mode=0o600)
        path.write_text(traceback.format_exc(), "utf-8")
    except OSError as error:
        return f"could not be written ({error.strerror})"
    return str(path)
