"""Orders to the control port, from tests and from the command line."""

import json
import urllib.request
from collections.abc import Iterable
from dataclasses import asdict
from datetime import datetime, timedelta
from typing import Any

from feedback_manager.stand_in.faults import FaultKind
from feedback_manager.stand_in.feedback_rows import FeedbackRow


class ControlClient:
    """Speaks with the control port of a stand-in, in this process or another."""

    def __init__(self, url: str) -> None:
        self.url = url

    def fault(self, kind: FaultKind, **options: str | float | None) -> int:
        """Order a fault (options are those of `Fault`); its number."""
        order = {"kind": str(FaultKind.parse(kind))} | options
        return int(self._call("POST", "/faults", order)["number"])

    def clear_faults(self) -> None:
        """Heal everything."""
        self._call("DELETE", "/faults")

    def faults(self) -> list[dict[str, Any]]:
        """Ordered faults with how often each struck."""
        return list(self._call("GET", "/faults")["faults"])

    def move_clock(self, **by: float) -> datetime:
        """Let time pass, e.g. `days=3`; the stand-in's time afterwards."""
        seconds = timedelta(**by).total_seconds()
        return datetime.fromisoformat(
            self._call("POST", "/clock", {"move_seconds": seconds})["now"]
        )

    def set_clock(self, to: datetime) -> datetime:
        """Set the stand-in's clock."""
        return datetime.fromisoformat(self._call("POST", "/clock", {"set": to.isoformat()})["now"])

    def now(self) -> datetime:
        """The stand-in's time."""
        return datetime.fromisoformat(self._call("GET", "/clock")["now"])

    def reset(
        self, rows: Iterable[FeedbackRow], stores: Iterable[Any] = (), **site: object
    ) -> None:
        """Forget everything and start from these rows and stores (`StoreSettings`); `site` changes `SiteSettings`."""
        self._call(
            "POST",
            "/reset",
            {
                "rows": [json.loads(row.to_json()) for row in rows],
                "stores": [asdict(store) for store in stores],
                "site": site,
            },
        )

    def change_store(self, store: str, **settings: object) -> None:
        """Change settings of one store (`account/marketplace`), e.g. `locale="de"`."""
        self._call("POST", "/store", {"store": store, "settings": settings})

    def change_row(self, store: str, order_id: str, **columns: object) -> None:
        """Change a feedback as the buyer or Amazon would, e.g. `rating=5`, `comment="..."`, `state="struck"`."""
        self._call("POST", "/row", {"store": store, "order_id": order_id, "columns": columns})

    def end_sessions(self) -> None:
        """Sign everybody out."""
        self._call("POST", "/sign-out")

    def row(self, store: str, order_id: str) -> FeedbackRow:
        """One feedback as the site has it.

        Raises:
            KeyError: there is none.
        """
        for record in self._call("GET", "/rows")["rows"]:
            row = FeedbackRow.from_record(record)
            if row.store == store and row.order_id == order_id:
                return row
        raise KeyError(order_id)

    def received(self) -> list[dict[str, Any]]:
        """Every removal request that arrived, oldest first: order_id, category, reason, user_agent, answer, is_counted, times."""
        return list(self._call("GET", "/oracle")["received"])

    def visits(self) -> list[dict[str, Any]]:
        """Every page asked for, oldest first: path, answer, user_agent, times."""
        return list(self._call("GET", "/oracle")["visits"])

    def counts(self) -> dict[str, int]:
        """Requests by order id that reached Amazon's books, seconds included: more than 1 is a double."""
        return dict(self._call("GET", "/oracle")["counts"])

    def assumptions(self) -> str:
        """What the stand-in's decisions are drawn from, as text for people."""
        return str(self._call("GET", "/assumptions")["text"])

    def _call(self, method: str, path: str, body: object = None) -> dict[str, Any]:
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(  # noqa: S310 - the address of our own control port
            self.url + path, data=data, method=method, headers={"content-type": "application/json"}
        )
        with urllib.request.urlopen(request, timeout=10) as answer:  # noqa: S310 - the address of our own control port
            return dict(json.loads(answer.read()))
