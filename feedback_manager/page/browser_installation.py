"""Get a browser on a machine that has none: Playwright's own build first, else the system's package where that is allowed."""

import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Final

from feedback_manager.page.browser import find_browser

_DOWNLOAD_SECONDS: Final = 600
_PACKAGE_SECONDS: Final = 900


def get_browser(
    *, may_install_packages: bool, say: Callable[[str], None] = lambda _sentence: None
) -> Path | None:
    """The browser of this machine, fetched first if there is none.

    Args:
        may_install_packages: also install the system's package `chromium` (Debian and its kin, as root or with a sudo
            that asks for no password).
        say: told in a sentence what is tried and why it failed; these steps take minutes.

    Returns:
        None when nothing worked; every way that was tried was told.
    """
    found = find_browser()
    if found is not None:
        return found
    say("no Chromium or Chrome on this machine: downloading the one that Playwright ships")
    complaint = download_browser()
    if complaint is None and (found := find_browser()) is not None:
        return found
    say(f"the download failed: {complaint or 'the browser is not where it should be'}")
    command = package_command()
    if not may_install_packages or command is None:
        return None
    say(f"installing the system's package: {' '.join(command)}")
    complaint = _run(command, _PACKAGE_SECONDS)
    if complaint is not None:
        say(f"that failed: {complaint}")
    return find_browser()


def download_browser() -> str | None:
    """Let Playwright download its Chromium; returns why it failed, None when it did not."""
    return _run([sys.executable, "-m", "playwright", "install", "chromium"], _DOWNLOAD_SECONDS)


def package_command() -> list[str] | None:
    """The command that installs the system's Chromium without a question; None where there is no such command."""
    if shutil.which("apt-get") is None:
        return None
    install = ["apt-get", "install", "-y", "--no-install-recommends", "chromium"]
    if hasattr(os, "geteuid") and os.geteuid() == 0:
        return install
    if shutil.which("sudo") and _run(["sudo", "-n", "true"], 10) is None:
        return ["sudo", "-n", *install]
    return None


def _run(command: list[str], seconds: int) -> str | None:
    """Run a command; returns its last words when it failed."""
    try:
        done = subprocess.run(  # noqa: S603 - commands of this file only
            command, capture_output=True, text=True, check=False, timeout=seconds
        )
    except subprocess.TimeoutExpired:
        return f"no end after {seconds} s"
    except OSError as error:
        return error.strerror or type(error).__name__
    if done.returncode == 0:
        return None
    words = (
        done.stderr.strip() or done.stdout.strip() or f"exit code {done.returncode}"
    ).splitlines()
    errors = [line for line in words if "error" in line.lower()]  # rather than the stack below it
    return (errors or words[-1:])[0].strip()
