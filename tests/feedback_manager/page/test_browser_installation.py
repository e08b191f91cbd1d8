"""Getting a browser: a download that cannot work is a sentence, and nothing is fetched where one is there."""

import os
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest

from feedback_manager.page.browser_installation import (
    download_browser,
    get_browser,
    package_command,
)


@pytest.fixture
def empty_mirror() -> Iterator[tuple[str, list[str]]]:
    """A download host that has nothing, and what it was asked for."""
    asked: list[str] = []

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            asked.append(self.path)
            self.send_error(404)

        do_HEAD = do_GET  # noqa: N815 - the name that the server looks for

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    server = HTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}", asked
    server.shutdown()
    thread.join()
    server.server_close()


def test_a_download_that_fails_is_a_sentence(
    empty_mirror: tuple[str, list[str]], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    address, asked = empty_mirror
    monkeypatch.setenv("PLAYWRIGHT_DOWNLOAD_HOST", address)
    monkeypatch.setenv("PLAYWRIGHT_BROWSERS_PATH", str(tmp_path))
    complaint = download_browser()
    assert complaint is not None
    assert "rror" in complaint
    assert "\n" not in complaint
    assert any("chrom" in path for path in asked)


def test_nothing_is_fetched_where_a_browser_is(
    browser_file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PLAYWRIGHT_DOWNLOAD_HOST", "http://127.0.0.1:9")
    said: list[str] = []
    assert get_browser(may_install_packages=False, say=said.append) == browser_file
    assert said == []


def test_packages_are_installed_without_a_question_or_not_at_all(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    assert package_command() is None
    (tmp_path / "apt-get").touch(0o755)
    (tmp_path / "sudo").write_text("#!/bin/sh\nexit 1\n")
    (tmp_path / "sudo").chmod(0o755)
    command = package_command()
    if os.geteuid() == 0:
        assert command is not None
        assert command[0] == "apt-get"
        assert "-y" in command
    else:
        assert command is None
