"""The pages and internal calls a browser sees. The internal calls are invented: Amazon's own are not known and not used."""

import asyncio
import hashlib
import json
import re
from collections.abc import Awaitable, Callable
from datetime import timedelta
from importlib import resources
from typing import Any, Final
from urllib.parse import parse_qs, quote

import jinja2
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, RedirectResponse, Response
from starlette.routing import Mount, Route
from starlette.staticfiles import StaticFiles

from feedback_manager.marketplace_names import marketplace_names
from feedback_manager.stand_in.faults import FaultKind, Moment
from feedback_manager.stand_in.feedback_rows import FeedbackRow, RowState
from feedback_manager.stand_in.settings import (
    ROWS_PER_PAGE,
    Generation,
    SecondSubmit,
    SignIn,
    StoreSettings,
)
from feedback_manager.stand_in.site import OFFERED_REASONS, Session, Site
from feedback_manager.stand_in.wording import date_text, labels, reasons

COOKIE: Final = "stand-in-session"
TOKEN_HEADER: Final = "x-stand-in-token"  # noqa: S105 - the header's name, no secret
FEEDBACK_PATH: Final = "/feedback-manager/index.html"
_SWITCHER: Final = "/account-switcher/default/merchantMarketplace"
REHEARSAL_PASSWORD: Final = "rehearse"  # noqa: S105 - printed on the sign-in page
REHEARSAL_CODE: Final = "000000"

Handler = Callable[[Request], Awaitable[Response]]

_INSTEAD: Final[dict[FaultKind, tuple[str, int]]] = {
    FaultKind.CAPTCHA: ("captcha.html", 200),
    FaultKind.THROTTLED: ("throttled.html", 429),
    FaultKind.ROBOT_PAGE: ("robot.html", 503),
    FaultKind.OUTAGE: ("outage.html", 500),
    FaultKind.SHELL: ("shell.html", 200),
    FaultKind.REDESIGN: ("feedback_x.html", 200),
}
_REDIRECTS: Final[dict[FaultKind, str]] = {
    FaultKind.SIGN_IN: "/ap/signin",
    FaultKind.OTP: "/ap/mfa",
    FaultKind.OTP_CHOICE: "/ap/mfa/new-otp",
    FaultKind.IDENTITY_CHECK: "/ap/cvf",
    FaultKind.PASSKEY: "/ap/signin?passkey=1",
    FaultKind.SWITCHER: _SWITCHER,
}
_PAGE_QUIRKS: Final = (
    FaultKind.RENAMED_ROWS,
    FaultKind.RENAMED_ACTION,
    FaultKind.NEW_WORDING_IN_PANEL,
    FaultKind.TOUR,
    FaultKind.COOKIE_BAR,
    FaultKind.SURVEY,
    FaultKind.LEAVE_DIALOG,
    FaultKind.STALE_PANEL,
    FaultKind.NEW_TAB,
)


class SellerPages:
    """The seller's side of the stand-in.

    Args:
        site: what happens behind the pages.
        drop: resets the connection of a request, so that no answer arrives.
    """

    def __init__(self, site: Site, drop: Callable[[Request], None]) -> None:
        self.site = site
        self._drop = drop
        self._templates = jinja2.Environment(
            loader=jinja2.PackageLoader("feedback_manager.stand_in"),
            autoescape=True,
            undefined=jinja2.StrictUndefined,
        )

    def app(self) -> Starlette:
        """The web application."""
        static = str(resources.files("feedback_manager.stand_in").joinpath("static"))
        both = ["GET", "POST"]
        return Starlette(
            routes=[
                Route("/", self._front),
                Route("/feedback-manager", self._bare),
                Route(FEEDBACK_PATH, self._in_store(self._feedback)),
                Route("/stand-in/rows", self._in_store(self._rows)),
                Route("/stand-in/removal", self._in_store(self._removal), methods=["POST"]),
                Route("/ap/signin", self._in_store(self._sign_in), methods=both),
                Route("/ap/mfa", self._in_store(self._one_time_password), methods=both),
                Route("/ap/mfa/new-otp", self._in_store(self._choose_delivery), methods=both),
                Route("/ap/cvf", self._in_store(self._static_page("identity.html"))),
                Route(
                    _SWITCHER,
                    self._in_store(self._static_page("switcher.html")),
                ),
                Route("/orders-v3/order/{order_id}", self._in_store(self._order)),
                Route("/cu/case-lobby", self._in_store(self._cases)),
                Route("/cu/case-dashboard/view-case", self._in_store(self._case)),
                Mount("/static", StaticFiles(directory=static)),
            ]
        )

    # ---- which store ------------------------------------------------------------------------------------------

    def _store(self, request: Request) -> StoreSettings | None:
        stores = self.site.memory.stores()
        host = (request.url.hostname or "").lower()
        if host.endswith(".localhost"):
            return next(
                (s for s in stores.values() if store_host(s.account, s.marketplace) == host), None
            )
        return next(iter(stores.values())) if len(stores) == 1 else None

    def _in_store(self, page: Callable[[Request, StoreSettings], Awaitable[Response]]) -> Handler:
        async def answer(request: Request) -> Response:
            store = self._store(request)
            if store is None:
                return await self._front(request)
            return await page(request, store)

        return answer

    async def _front(self, request: Request) -> Response:
        if self._store(request) is not None:
            return RedirectResponse(FEEDBACK_PATH)
        port = request.url.port
        stores = [
            {
                "account": s.account,
                "marketplace": s.marketplace,
                "url": f"http://{store_host(s.account, s.marketplace)}:{port}{FEEDBACK_PATH}",
            }
            for s in self.site.memory.stores().values()
        ]
        return HTMLResponse(
            self._templates.get_template("stores.html").render(stores=stores, words=labels("en"))
        )

    def _render(
        self, template: str, store: StoreSettings, status: int = 200, **values: object
    ) -> Response:
        words = labels(store.locale)
        text = self._templates.get_template(template).render(
            words=words,
            account=store.account,
            marketplace=marketplace_names()[store.locale][store.marketplace],
            **values,
        )
        return HTMLResponse(text, status_code=status)

    def _static_page(
        self, template: str
    ) -> Callable[[Request, StoreSettings], Awaitable[Response]]:
        async def page(request: Request, store: StoreSettings) -> Response:
            self._note(request, store, template)
            return self._render(template, store)

        return page

    def _note(self, request: Request, store: StoreSettings, answer: str) -> None:
        self.site.note_visit(
            store.key, request.url.path, answer, request.headers.get("user-agent", "")
        )

    # ---- sessions ---------------------------------------------------------------------------------------------

    def _session(self, request: Request, store: StoreSettings) -> Session | None:
        token = request.cookies.get(COOKIE)
        return self.site.session(token, store) if token else None

    async def _sign_in(self, request: Request, store: StoreSettings) -> Response:
        is_passkey = request.query_params.get("passkey") == "1"
        if request.method == "POST":
            form = await _form(request)
            if form.get("password") == REHEARSAL_PASSWORD:
                return RedirectResponse("/ap/mfa", status_code=303)
            return self._render("sign_in.html", store, is_wrong=True, is_passkey=is_passkey)
        self._note(request, store, "passkey.html" if is_passkey else "sign_in.html")
        return self._render("sign_in.html", store, is_wrong=False, is_passkey=is_passkey)

    async def _one_time_password(self, request: Request, store: StoreSettings) -> Response:
        if request.method == "POST":
            form = await _form(request)
            if form.get("otpCode") == REHEARSAL_CODE:
                answer = RedirectResponse(FEEDBACK_PATH, status_code=303)
                self._give_cookie(answer, self.site.open_session(store.key), store)
                return answer
            return self._render("one_time_password.html", store, is_wrong=True)
        self._note(request, store, "one_time_password.html")
        return self._render("one_time_password.html", store, is_wrong=False)

    async def _choose_delivery(self, request: Request, store: StoreSettings) -> Response:
        if request.method == "POST":
            # On the live page this phones the seller: the oracle must never see it from the driver.
            self._note(request, store, "delivery_chosen")
            return RedirectResponse("/ap/mfa", status_code=303)
        self._note(request, store, "choose_delivery.html")
        return self._render("choose_delivery.html", store)

    def _give_cookie(self, response: Response, session: Session, store: StoreSettings) -> None:
        response.set_cookie(
            COOKIE, session.token, httponly=True, samesite="lax", max_age=store.session_minutes * 60
        )

    # ---- Feedback Manager -------------------------------------------------------------------------------------

    async def _bare(self, request: Request) -> Response:
        store = self._store(request)
        if store is None:
            return await self._front(request)
        self._note(request, store, "shell.html")
        return self._render("shell.html", store)

    async def _feedback(self, request: Request, store: StoreSettings) -> Response:
        struck = self.site.strikes(Moment.VISIT)
        if FaultKind.HANG in struck:
            await asyncio.sleep(int(struck[FaultKind.HANG] or 0) / 1000)
        instead = self._instead(request, store, struck)
        if instead is not None:
            return instead
        session = self._session(request, store)
        if session is None and store.sign_in is SignIn.REQUIRED:
            self._note(request, store, "sign_in")
            return RedirectResponse(f"/ap/signin?return_to={quote(FEEDBACK_PATH)}", status_code=302)
        if not store.is_open:
            self._note(request, store, "switcher")
            return RedirectResponse(f"{_SWITCHER}?returnTo={quote(FEEDBACK_PATH)}")
        return self._feedback_page(
            request, store, session or self.site.open_session(store.key), struck
        )

    def _instead(
        self,
        request: Request,
        store: StoreSettings,
        struck: dict[FaultKind, int | str | None],
    ) -> Response | None:
        """What a fault answers in place of the page; None when the page itself is served."""
        for kind, path in _REDIRECTS.items():
            if kind in struck:
                if kind is FaultKind.SIGN_IN:
                    self.site.end_sessions()
                self._note(request, store, str(kind))
                return RedirectResponse(path, status_code=302)
        for kind, (template, status) in _INSTEAD.items():
            if kind in struck:
                self._note(request, store, template)
                return self._render(template, store, status)
        if FaultKind.BLANK in struck:
            self._note(request, store, "blank")
            return HTMLResponse("")
        if FaultKind.DROP_VISIT in struck:
            self._note(request, store, "dropped")
            self._drop(request)
            return Response()
        return None

    def _feedback_page(
        self,
        request: Request,
        store: StoreSettings,
        session: Session,
        struck: dict[FaultKind, int | str | None],
    ) -> Response:
        words = dict(labels(store.locale))
        if FaultKind.NEW_WORDING in struck:
            words |= {
                k: v[::-1]
                for k, v in words.items()
                if isinstance(v, str) and k not in {"lang", "date"}
            }
        shown_account = "Another Store" if FaultKind.WRONG_ACCOUNT in struck else store.account
        shown_marketplace = marketplace_names()[store.locale][store.marketplace]
        if FaultKind.WRONG_MARKETPLACE in struck:
            other = "DE" if store.marketplace != "DE" else "FR"
            shown_marketplace = marketplace_names()[store.locale][other]
        template = f"feedback_{str(store.generation).lower()}.html"
        self._note(request, store, template)
        boot = {
            "token": session.csrf,
            "words": words,
            "categories": OFFERED_REASONS,
            "reasons": reasons(),
            "rowsDelay": store.rows_delay_ms,
            "menuDelay": store.menu_delay_ms,
            "quirks": [str(kind) for kind in _PAGE_QUIRKS if kind in struck],
        }
        shares = self.site.shares(store.key) if store.generation is not Generation.X else []
        text = self._templates.get_template(template).render(
            words=words,
            account=shown_account,
            marketplace=shown_marketplace,
            boot=json.dumps(boot, ensure_ascii=False).replace("<", "\\u003c"),
            shares=list(zip(words["days"], shares, strict=False)),
        )
        response = HTMLResponse(text, headers={"cache-control": "no-store"})
        self._give_cookie(response, session, store)
        return response

    async def _rows(self, request: Request, store: StoreSettings) -> Response:
        struck = self.site.strikes(Moment.LIST)
        if self._session(request, store) is None or FaultKind.LIST_REFUSED in struck:
            return JSONResponse({"error": "session"}, status_code=401)
        if FaultKind.LIST_OUTAGE in struck:
            return JSONResponse({"error": "outage"}, status_code=500)
        if FaultKind.ROWS_LATE in struck:
            await asyncio.sleep(int(struck[FaultKind.ROWS_LATE] or 0) / 1000)
        if FaultKind.ROWS_NEVER in struck:
            await asyncio.sleep(3600)
        if FaultKind.LIST_SHIFTS in struck:
            self._new_feedback(store)
        number = int(request.query_params.get("page", "1"))
        rows, pages = self.site.page(store.key, number)
        kind = request.query_params.get("tab", "all")
        if kind != "all":
            matching = [row for row in self.site.listed(store.key) if _kind(row) == kind]
            pages = max(1, -(-len(matching) // ROWS_PER_PAGE))
            rows = matching[(number - 1) * ROWS_PER_PAGE : number * ROWS_PER_PAGE]
        shown = [entry for row in rows for entry in self._shown(row, store)]
        return JSONResponse({"rows": shown, "page": number, "pages": pages})

    def _shown(self, row: FeedbackRow, store: StoreSettings) -> list[dict[str, Any]]:
        words = labels(store.locale)
        struck = self.site.strikes(Moment.ROW, row.order_id)
        is_struck = row.state is RowState.STRUCK
        entry = {
            "date": date_text(row.feedback_date, store.locale),
            "rating": row.rating,
            "orderId": row.order_id,
            "comment": row.comment or "",
            "struck": is_struck,
            "note": words[f"note_{row.note or 'fba'}"] if is_struck else None,
            "offered": self.site.is_action_offered(row),
            "quirks": {str(kind): amount for kind, amount in struck.items()},
        }
        return [entry, dict(entry)] if FaultKind.DUPLICATE_ROW in struck else [entry]

    def _new_feedback(self, store: StoreSettings) -> None:
        count = sum(1 for _ in self.site.memory.rows(store.key))
        self.site.memory.add_rows(
            [
                FeedbackRow(
                    store.account,
                    store.marketplace,
                    f"999-{count:07d}-0000001",
                    self.site.now().date(),
                    5,
                    "Fine.",
                )
            ]
        )

    async def _removal(self, request: Request, store: StoreSettings) -> Response:
        asked = json.loads(await request.body())
        order_id, category, reason = (
            str(asked.get(k) or "") for k in ("orderId", "category", "reason")
        )
        struck = self.site.strikes(Moment.SUBMIT, order_id)
        await asyncio.sleep(store.answer_delay_ms / 1000)

        def note(answer: str, *, is_counted: bool = False) -> None:
            self.site.note_received(
                store=store.key,
                order_id=order_id,
                category=category,
                reason=reason,
                user_agent=request.headers.get("user-agent", ""),
                answer=answer,
                is_counted=int(is_counted),
            )

        session = self._session(request, store)
        if (
            session is None
            or request.headers.get(TOKEN_HEADER) != session.csrf
            or FaultKind.SUBMIT_SIGNED_OUT in struck
        ):
            note("signed_out")
            self.site.end_sessions()
            return JSONResponse({"error": "session"}, status_code=401)
        for kind, status in (
            (FaultKind.SUBMIT_THROTTLED, 429),
            (FaultKind.SUBMIT_OUTAGE, 503),
            (FaultKind.REJECTED, 409),
        ):
            if kind in struck:
                note(str(kind))
                return JSONResponse({"error": str(kind)}, status_code=status)
        if FaultKind.DROP_BEFORE in struck:
            note("dropped")
            self._drop(request)
            return Response()
        row = self.site.memory.row(store.key, order_id)
        if row is None or row.state is not RowState.OPEN or not self.site.is_action_offered(row):
            note("already_requested", is_counted=True)
            is_silent = store.second_submit is SecondSubmit.SILENT
            return JSONResponse(
                {"error": "already requested"}, status_code=200 if is_silent else 409
            )
        shown_after = timedelta(minutes=int(struck.get(FaultKind.SHOWN_LATE) or 0))
        self.site.take_request(row, reason, shown_after=shown_after)
        note("accepted", is_counted=True)
        return await self._answer_counted(request, row, struck)

    async def _answer_counted(
        self, request: Request, row: FeedbackRow, struck: dict[FaultKind, int | str | None]
    ) -> Response:
        if FaultKind.SLOW in struck:
            await asyncio.sleep(int(struck[FaultKind.SLOW] or 0) / 1000)
        if FaultKind.DROP_AFTER in struck:
            self._drop(request)
            return Response()
        if FaultKind.COUNTED_THEN_SIGNED_OUT in struck:
            self.site.end_sessions()
            return JSONResponse({"error": "session"}, status_code=401)
        if FaultKind.COUNTED_THEN_OUTAGE in struck:
            return JSONResponse({"error": "outage"}, status_code=503)
        if FaultKind.COUNTED_THEN_ERROR in struck:
            return JSONResponse({"error": "try again"}, status_code=500)
        if FaultKind.REFUSED_AT_ONCE in struck:
            row.state, row.decision = RowState.DENIED, RowState.DENIED
            self.site.memory.save_row(row)
            return JSONResponse({"refused": True}, status_code=200)
        return JSONResponse({"accepted": True})

    # ---- other pages ------------------------------------------------------------------------------------------

    async def _order(self, request: Request, store: StoreSettings) -> Response:
        self._note(request, store, "order.html")
        return self._render("order.html", store, order_id=request.path_params["order_id"])

    def _decided(self, store: StoreSettings) -> dict[str, FeedbackRow]:
        self.site.settle()
        return {
            _case_id(row): row
            for row in self.site.memory.rows(store.key)
            if row.requested_at is not None
        }

    async def _cases(self, request: Request, store: StoreSettings) -> Response:
        self._note(request, store, "cases.html")
        cases = [
            {
                "id": case,
                "order_id": row.order_id,
                "status": "Open" if row.state is RowState.REVIEW else "Answered",
            }
            for case, row in self._decided(store).items()
        ]
        return self._render("cases.html", store, cases=cases)

    async def _case(self, request: Request, store: StoreSettings) -> Response:
        self._note(request, store, "case.html")
        row = self._decided(store).get(request.query_params.get("caseID", ""))
        if row is None:
            return self._render("cases.html", store, 404, cases=[])
        return self._render(
            "case.html", store, case_id=_case_id(row), order_id=row.order_id, state=str(row.state)
        )


def store_host(account: str, marketplace: str) -> str:
    """Host name of a store: browsers resolve every `*.localhost` to the machine itself."""
    name = re.sub(r"[^a-z0-9]+", "-", account.lower()).strip("-")
    if name != account:  # two names that fold into one must not share a host
        name = f"{name}-{hashlib.sha256(account.encode()).hexdigest()[:6]}".strip("-")
    return f"{marketplace.lower()}-{name}.localhost"


def _case_id(row: FeedbackRow) -> str:
    return str(int(hashlib.sha256(row.order_id.encode()).hexdigest()[:10], 16)).rjust(10, "1")


def _kind(row: FeedbackRow) -> str:
    return "positive" if row.rating > 3 else "neutral" if row.rating == 3 else "negative"


async def _form(request: Request) -> dict[str, str]:
    return {name: values[0] for name, values in parse_qs((await request.body()).decode()).items()}
