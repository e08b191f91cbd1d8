"""Evidence: masked screenshots and facts without the buyer's words, in private files, hashed."""

import hashlib
import json
import os
from datetime import UTC, datetime
from pathlib import Path

from playwright.sync_api import Error as PlaywrightError
from playwright.sync_api import Page

from feedback_manager.errors import EvidenceError
from feedback_manager.page.contract import PageContract


class EvidenceFolder:
    """Evidence of one account; the folder is made with mode 0700 and its files with 0600.

    Raises:
        EvidenceError: the folder cannot be made.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        try:
            folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        except OSError as error:
            raise EvidenceError(f"evidence folder {folder}: {error.strerror}") from error

    def bundle(self, order_id: str) -> "EvidenceBundle":
        """A new bundle for one request."""
        return EvidenceBundle(self.folder / self.name(order_id))

    def trace_path(self, order_id: str) -> Path:
        """Where the trace of a failed request goes."""
        return self.folder / f"{self.name(order_id)}-trace.zip"

    @staticmethod
    def name(order_id: str) -> str:
        """Sorts by time and tells the order."""
        return f"{datetime.now(UTC):%Y%m%dT%H%M%S%f}-{order_id}"


class EvidenceBundle:
    """Facts and pictures of one request; everything is on disk before a method returns.

    Raises:
        EvidenceError: something cannot be written: disk full, read-only, or the picture cannot be taken.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._hash = hashlib.sha256()
        try:
            folder.mkdir(mode=0o700)
        except OSError as error:
            raise EvidenceError(f"evidence folder {folder}: {error.strerror}") from error

    @property
    def sha256(self) -> str:
        """Hash over all written so far, in order."""
        return self._hash.hexdigest()

    def facts(self, name: str, **facts: object) -> None:
        """Write facts as JSON; the caller gives no words of the buyer."""
        text = json.dumps(facts, ensure_ascii=False, sort_keys=True, default=str)
        self._write(f"{name}.json", text.encode())

    def picture(self, name: str, page: Page, contract: PageContract) -> None:
        """Write a screenshot in which order ids, comments and the account's name are blank."""
        comment = f"{contract.selectors['list.row']} > :not([class*='col_'])"
        hidden = (contract.selectors["list.order"], contract.selectors["header.account"], comment)
        style = ", ".join(f"{selector}, {selector} *" for selector in hidden)
        try:
            image = page.screenshot(
                style=style + " { visibility: hidden !important; }",
                timeout=10_000,
                type="jpeg",
                quality=70,
            )
        except PlaywrightError as error:
            raise EvidenceError(f"no screenshot {name}: {type(error).__name__}") from error
        self._write(f"{name}.jpg", image)

    def _write(self, name: str, content: bytes) -> None:
        path = self.folder / name
        try:
            descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
            with os.fdopen(descriptor, "wb") as file:
                file.write(content)
                file.flush()
                os.fsync(file.fileno())
        except OSError as error:
            raise EvidenceError(f"evidence {path}: {error.strerror}") from error
        self._hash.update(hashlib.sha256(content).digest())
