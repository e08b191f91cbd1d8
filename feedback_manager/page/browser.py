"""The browser: found on the machine, opened with the account's own profile, confined, and honest about being a program."""

import fcntl
import os
import shutil
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Final

from playwright.sync_api import BrowserContext, Playwright, Route, sync_playwright
from playwright.sync_api import Error as PlaywrightError

from feedback_manager.errors import BrowserMissingError, NeedsPersonError, ProfileInUseError
from feedback_manager.page.site_address import SiteAddress
from feedback_manager.page.watchdog import Watchdog, children_of, set_watchdog

FLAGS: Final = (
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
_LAUNCH_SECONDS: Final = 90.0
_CLOSE_SECONDS: Final = 20.0
_ATTEMPTS: Final = 10
_NAMES: Final = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome")
_PLACES: Final = (
    "/usr/bin/chromium",
    "/snap/bin/chromium",
    "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
    "/Applications/Chromium.app/Contents/MacOS/Chromium",
)


def identification() -> str:
    """What is appended to the browser's user agent: that this is automation, by name and version."""
    return f"feedback-removal/{version('feedback-removal')} (automation; Agent/feedback-removal)"


def find_browser(wanted: Path | None = None) -> Path | None:
    """A Chromium or Chrome of this machine: the wanted one, one on the path, a usual place, Playwright's own; or None."""
    with sync_playwright() as playwright:
        try:
            return find_executable(playwright, wanted)
        except BrowserMissingError:
            return None


@dataclass(frozen=True, slots=True)
class BrowserOptions:
    """How the browser is opened.

    Attributes:
        profile: folder of the account's browser profile; it holds the session, so it is private (0700).
        is_visible: with a window, for signing in and for the assisted channel.
        executable: a certain browser; None looks for one.
        extra_flags: for the machine at hand.
    """

    profile: Path
    is_visible: bool = False
    executable: Path | None = None
    extra_flags: tuple[str, ...] = ()


@contextmanager
def open_browser(options: BrowserOptions, address: SiteAddress) -> Iterator[BrowserContext]:
    """A browser with the account's profile, closed when the block is left.

    The profile is locked by the operating system for as long as the block lasts. Pages open only on the address's hosts.

    Raises:
        BrowserMissingError: no browser was found.
        ProfileInUseError: another process has the profile.
        NeedsPersonError: the profile's folder is open to other users.
    """
    with _locked_profile(options.profile):
        before = children_of(os.getpid())
        with sync_playwright() as playwright:
            watchdog = Watchdog(children_of(os.getpid()) - before)
            executable = find_executable(playwright, options.executable)
            flags = [*FLAGS, *options.extra_flags]
            if hasattr(os, "geteuid") and os.geteuid() == 0:
                flags.append("--no-sandbox")  # Chromium refuses its sandbox to root
            with watchdog.bound(_LAUNCH_SECONDS):
                context = _launch(playwright, options, executable, flags)
            set_watchdog(context, watchdog)
            try:
                context.route(address.elsewhere(), _block_foreign_page)
                yield context
            finally:
                with suppress(PlaywrightError), watchdog.bound(_CLOSE_SECONDS):
                    context.close()


def find_executable(playwright: Playwright, wanted: Path | None) -> Path:
    """As `find_browser`, inside a running Playwright.

    Raises:
        BrowserMissingError: naming what was looked for.
    """
    if wanted is not None and not wanted.exists():
        raise BrowserMissingError(f"there is no browser at {wanted}")
    found = [path for name in _NAMES if (path := shutil.which(name))]
    for place in (
        *([str(wanted)] if wanted else []),
        *found,
        *_PLACES,
        playwright.chromium.executable_path,
    ):
        if Path(place).exists():
            return Path(place)
    raise BrowserMissingError(
        "no Chromium or Chrome was found on the path or in its usual places. Install one "
        "(Debian: apt-get install chromium; or: playwright install chromium), or name it in the configuration."
    )


def _launch(
    playwright: Playwright, options: BrowserOptions, executable: Path, flags: list[str]
) -> BrowserContext:
    # The browser's own user agent is known only once it runs: asked of a first one without any profile.
    plain = playwright.chromium.launch(executable_path=executable, args=flags)
    own_agent = str(plain.new_browser_cdp_session().send("Browser.getVersion")["userAgent"])
    plain.close()
    for attempts_left in range(_ATTEMPTS - 1, -1, -1):
        try:
            return playwright.chromium.launch_persistent_context(
                options.profile,
                executable_path=executable,
                headless=not options.is_visible,
                args=flags,
                user_agent=f"{own_agent} {identification()}",
                service_workers="block",  # they would escape the confinement to the hosts
                accept_downloads=False,
                viewport={"width": 1280, "height": 900},
            )
        except PlaywrightError as error:
            # The browser of a run that was killed may take a moment to end: this process holds the lock by now.
            if "ProcessSingleton" not in str(error) and "in use" not in str(error):
                raise
            if not attempts_left:
                raise ProfileInUseError(
                    f"another browser ({_holder(options.profile)}) has the profile {options.profile} open: "
                    "close it, or end that process if it was left behind by a crash, then try again"
                ) from error
            time.sleep(0.5)
    raise AssertionError("the loop returns or raises")


def _holder(profile: Path) -> str:
    """Who holds the profile, as Chromium's own lock (a link to host-process) tells."""
    lock = profile / "SingletonLock"
    return f"process {lock.readlink()}" if lock.is_symlink() else "unknown process"


def _block_foreign_page(route: Route) -> None:
    if route.request.is_navigation_request():
        route.abort("blockedbyclient")
    else:
        route.continue_()


@contextmanager
def _locked_profile(profile: Path) -> Iterator[None]:
    profile.mkdir(parents=True, exist_ok=True, mode=0o700)
    if profile.stat().st_mode & 0o077:
        raise NeedsPersonError(
            f"the browser profile {profile} is open to other users of this machine: chmod 700 it, as it holds the session"
        )
    with (profile / "feedback-removal.lock").open("a+", encoding="ascii") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            lock.seek(0)
            raise ProfileInUseError(
                f"process {lock.read().strip() or 'unknown'} has the browser profile {profile}"
            ) from error
        lock.truncate(0)
        lock.write(str(os.getpid()))
        lock.flush()
        yield
