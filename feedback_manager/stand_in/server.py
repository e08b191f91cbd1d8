"""Starting and stopping the stand-in: one event loop in a thread, one port for the browser and one for control."""

import asyncio
import socket
import threading
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import uvicorn
from starlette.requests import Request
from uvicorn.protocols.http.h11_impl import H11Protocol

from feedback_manager.stand_in.control_client import ControlClient
from feedback_manager.stand_in.control_port import ControlPort
from feedback_manager.stand_in.feedback_rows import FeedbackRow
from feedback_manager.stand_in.seller_pages import FEEDBACK_PATH, SellerPages, store_host
from feedback_manager.stand_in.settings import SiteSettings
from feedback_manager.stand_in.site import Site

LOOPBACK: Final = "127.0.0.1"


@dataclass(frozen=True, slots=True)
class StandIn:
    """A running stand-in."""

    port: int
    control: ControlClient
    assumptions: str

    def base_url(self, account: str | None = None, marketplace: str | None = None) -> str:
        """Where a store's Seller Central is served, without a path; the only store needs no name."""
        if account is None or marketplace is None:
            return f"http://{LOOPBACK}:{self.port}"
        return f"http://{store_host(account, marketplace)}:{self.port}"

    def feedback_url(self, account: str | None = None, marketplace: str | None = None) -> str:
        """Address of a store's Feedback Manager page, for people."""
        return self.base_url(account, marketplace) + FEEDBACK_PATH


@contextmanager
def serve(
    rows: Iterable[FeedbackRow],
    *,
    settings: SiteSettings | None = None,
    state: Path | None = None,
    port: int = 0,
    control_port: int = 0,
) -> Iterator[StandIn]:
    """Serve the stand-in on loopback until the block is left.

    Args:
        rows: feedback of all stores; ignored when `state` already holds a stand-in's memory.
        settings: stores and shares; the default makes a store of each account and marketplace among the rows.
        state: SQLite file that keeps everything, so that a killed stand-in goes on where it was; None forgets.
        port: port of the pages; 0 picks a free one.
        control_port: port of faults, clock and oracle; 0 picks a free one.

    Raises:
        OSError: a port is taken.
        ValueError: rows of a store that the settings do not name.
    """
    connections: dict[tuple[str, int], asyncio.Transport] = {}

    class CountedConnection(H11Protocol):
        """Remembers its transport, so that a fault can reset it."""

        def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # uvicorn narrows the same way
            connections[transport.get_extra_info("peername")[:2]] = transport
            super().connection_made(transport)

        def connection_lost(self, exc: Exception | None) -> None:
            connections.pop(self.client, None) if self.client else None
            super().connection_lost(exc)

    def drop(request: Request) -> None:
        if request.client is not None:
            connections[(request.client.host, request.client.port)].abort()

    with _listen(port) as pages_socket, _listen(control_port) as control_socket:
        site = Site(rows, settings or SiteSettings(), state)
        pages = uvicorn.Server(_config(SellerPages(site, drop).app(), CountedConnection))
        control = uvicorn.Server(_config(ControlPort(site).app(), H11Protocol))
        thread = threading.Thread(
            target=lambda: asyncio.run(_run((pages, pages_socket), (control, control_socket))),
            name="stand-in",
            daemon=True,
        )
        thread.start()
        try:
            yield StandIn(
                port=pages_socket.getsockname()[1],
                control=ControlClient(f"http://{LOOPBACK}:{control_socket.getsockname()[1]}"),
                assumptions=site.assumptions.describe(),
            )
        finally:
            pages.should_exit = control.should_exit = True
            thread.join(timeout=10)
            site.memory.close()


def _listen(port: int) -> socket.socket:
    listening = socket.create_server((LOOPBACK, port), backlog=128)
    listening.setblocking(False)
    return listening


def _config(app: object, protocol: type[H11Protocol]) -> uvicorn.Config:
    return uvicorn.Config(
        app,  # type: ignore[arg-type]  # Starlette is an ASGI application
        http=protocol,
        ws="none",
        lifespan="off",
        log_level="critical",
        access_log=False,
        # A browser sends a request again by itself when a reused connection is reset before an answer, a POST too.
        # With a connection for each request, a drop is a drop, and what arrives twice was sent twice.
        headers=[("connection", "close")],
        timeout_graceful_shutdown=1,
    )


async def _run(*servers: tuple[uvicorn.Server, socket.socket]) -> None:
    await asyncio.gather(*(server.serve([listening]) for server, listening in servers))
