"""The control port: faults, clock, oracle. It has its own port, so that the driver cannot even see it."""

import json
from collections import Counter
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from feedback_manager.stand_in.decisions import Assumptions
from feedback_manager.stand_in.faults import Fault
from feedback_manager.stand_in.feedback_rows import FeedbackRow, rows_of_records
from feedback_manager.stand_in.settings import SiteSettings, StoreSettings
from feedback_manager.stand_in.site import Site


class ControlPort:
    """Orders and answers behind `ControlClient`."""

    def __init__(self, site: Site) -> None:
        self.site = site

    def app(self) -> Starlette:
        """The web application."""
        return Starlette(
            routes=[
                Route("/faults", self._faults, methods=["GET", "POST", "DELETE"]),
                Route("/clock", self._clock, methods=["GET", "POST"]),
                Route("/reset", self._reset, methods=["POST"]),
                Route("/store", self._change_store, methods=["POST"]),
                Route("/row", self._change_row, methods=["POST"]),
                Route("/rows", self._rows),
                Route("/sign-out", self._sign_out, methods=["POST"]),
                Route("/oracle", self._oracle),
                Route("/assumptions", self._assumptions),
            ],
            exception_handlers={ValueError: _refuse, KeyError: _refuse},
        )

    async def _faults(self, request: Request) -> Response:
        if request.method == "DELETE":
            self.site.memory.clear("fault")
            return JSONResponse({})
        if request.method == "POST":
            return JSONResponse({"number": self.site.order_fault(Fault(**await _json(request)))})
        faults = [fault.to_record() for _, fault in self.site.memory.faults()]
        return JSONResponse({"faults": faults})

    async def _clock(self, request: Request) -> Response:
        if request.method == "POST":
            order = await _json(request)
            if "set" in order:
                self.site.set_clock(datetime.fromisoformat(order["set"]))
            else:
                self.site.move_clock(timedelta(seconds=order["move_seconds"]))
        return JSONResponse({"now": self.site.now().isoformat()})

    async def _reset(self, request: Request) -> Response:
        order = await _json(request)
        stores = [StoreSettings(**store) for store in order["stores"]]
        self.site.settings = replace(SiteSettings(), stores=stores, **order["site"])
        self.site.assumptions = Assumptions(self.site.settings.decisions)
        self.site.load(rows_of_records(order["rows"]))
        return JSONResponse({})

    async def _change_store(self, request: Request) -> Response:
        order = await _json(request)
        store = self.site.memory.stores()[order["store"]]
        self.site.memory.set_store(replace(store, **order["settings"]))
        return JSONResponse({})

    async def _change_row(self, request: Request) -> Response:
        order = await _json(request)
        row = self.site.memory.row(order["store"], order["order_id"])
        if row is None:
            raise KeyError(order["order_id"])
        record = json.loads(row.to_json()) | order["columns"]
        self.site.memory.save_row(FeedbackRow.from_record(record))
        return JSONResponse({})

    async def _rows(self, _request: Request) -> Response:
        self.site.settle()
        return JSONResponse(
            {"rows": [json.loads(row.to_json()) for row in self.site.memory.rows()]}
        )

    async def _sign_out(self, _request: Request) -> Response:
        self.site.end_sessions()
        return JSONResponse({})

    async def _oracle(self, _request: Request) -> Response:
        received = self.site.memory.records("received")
        counts = Counter(record["order_id"] for record in received if record["is_counted"])
        return JSONResponse(
            {"received": received, "visits": self.site.memory.records("visit"), "counts": counts}
        )

    async def _assumptions(self, _request: Request) -> Response:
        return JSONResponse({"text": self.site.assumptions.describe()})


async def _json(request: Request) -> dict[str, Any]:
    return dict(json.loads(await request.body()))


async def _refuse(_request: Request, error: Exception) -> Response:
    return JSONResponse({"error": str(error)}, status_code=400)
