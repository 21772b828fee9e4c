"""`/payouts/v1`: payments to third parties.

Lists are pages (`page`, `pages`, `records`) inside the usual envelope, as third-party clients
read them; `/banks`, `/limits` and the recharge answer bare.
"""

import hmac
from datetime import UTC, datetime, timedelta
from math import ceil
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route

from sandbox.bodies import JsonObject, read_object
from sandbox.clock import bogota_midnight
from sandbox.context import Sandbox, sandbox_of
from sandbox.payouts.books import Batch, Line, PayoutBooks
from sandbox.payouts.dispersal import take
from sandbox.payouts.errors import account_unusable, not_found, refused, unauthorized
from sandbox.payouts.places import BANKS, Accounts
from sandbox.payouts.validation import check_batch, check_key

USUAL_PAGE, LARGEST_PAGE = 10, 1000
SMALLEST_RECHARGE, LARGEST_RECHARGE = 100_000, 5_000_000_000


def _enter(request: Request) -> Sandbox:
    """The sandbox, for a caller with the right credentials.

    Raises `PayoutsRefused` 401.
    """
    sandbox = sandbox_of(request)
    settings, headers = sandbox.settings.payouts, request.headers
    given = (headers.get("x-api-key", ""), headers.get("user-principal-id", ""))
    wanted = (settings.api_key, settings.principal_id)
    if not all(
        hmac.compare_digest(ours.encode(), theirs.encode())
        for ours, theirs in zip(wanted, given, strict=True)
    ):
        raise unauthorized()
    return sandbox


def _wrapped(data: object, status: int = 200) -> JSONResponse:
    body = {"status": status, "code": "OK", "message": "OK", "meta": {}, "data": data}
    return JSONResponse(body, status)


def _page(request: Request, rows: list[JsonObject]) -> JSONResponse:
    page = _whole(request, "page", usual=1, largest=10**6)
    limit = _whole(request, "limit", usual=USUAL_PAGE, largest=LARGEST_PAGE)
    return _wrapped(
        {
            "page": page,
            "limit": limit,
            "total": len(rows),
            "pages": ceil(len(rows) / limit),
            "records": rows[(page - 1) * limit : page * limit],
        }
    )


def _whole(request: Request, name: str, *, usual: int, largest: int) -> int:
    raw = request.query_params.get(name, str(usual))
    if not raw.isdecimal() or not 1 <= int(raw) <= largest:
        raise refused(f"{name}: de 1 a {largest}")
    return int(raw)


async def create_payout(request: Request) -> JSONResponse:
    """`POST /payouts`: a batch, under an idempotency key."""
    sandbox, body = _enter(request), await read_object(request) or {}
    key = request.headers.get("idempotency-key", "")
    check_key(key)
    check_batch(body)
    batch = take(sandbox, body, key=key)
    count = batch.document["totalTransactions"]
    made = {"payoutId": batch.id, "transactions": count, "success": count, "failed": 0}
    return _wrapped(made, 201)


async def list_payouts(request: Request) -> JSONResponse:
    """`GET /payouts?reference=&status=&id=&fromDate=&toDate=&page=&limit=`: newest first."""
    books, query = PayoutBooks(_enter(request).store), request.query_params
    since, until = _day(request, "fromDate"), _day(request, "toDate")
    found = [
        batch.as_json()
        for batch in books.newest(reference=query.get("reference"))
        if query.get("id", batch.id) == batch.id
        and _is_among(batch.status, query.get("status"))
        and (since is None or batch.created_at >= since)
        and (until is None or batch.created_at < until + timedelta(days=1).total_seconds())
    ]
    return _page(request, found)


def _is_among(status: str, wanted: str | None) -> bool:
    return not wanted or status in wanted.split(",")


def _day(request: Request, name: str) -> float | None:
    raw = request.query_params.get(name)
    if raw is None:
        return None
    try:
        return datetime.strptime(raw, "%Y-%m-%d").replace(tzinfo=UTC).timestamp()
    except ValueError as exc:
        raise refused(f"{name}: AAAA-MM-DD") from exc


async def read_payout(request: Request) -> JSONResponse:
    """`GET /payouts/{id}`."""
    return _wrapped(_found(request).as_json())


def _found(request: Request) -> Batch:
    batch = PayoutBooks(_enter(request).store).find(request.path_params["id"])
    if batch is None:
        raise not_found()
    return batch


def _lines(request: Request, batch: Batch) -> list[Line]:
    return PayoutBooks(sandbox_of(request).store).lines_of(batch.id)


async def list_lines(request: Request) -> JSONResponse:
    """`GET /payouts/{id}/transactions?status=&reference=`."""
    query = request.query_params
    shown = [line.as_json() for line in _lines(request, _found(request))]
    kept = [
        line
        for line in shown
        if _is_among(line["status"], query.get("status"))
        and query.get("reference", line["reference"]) == line["reference"]
    ]
    return _page(request, kept)


async def read_line(request: Request) -> JSONResponse:
    """`GET /payouts/{id}/transactions/{line}`."""
    for line in _lines(request, _found(request)):
        if line.id == request.path_params["line"]:
            return _wrapped(line.as_json())
    raise not_found()


async def list_lines_by_reference(request: Request) -> JSONResponse:
    """`GET /transactions/{reference}`: the lines of the batches with that reference."""
    books = PayoutBooks(_enter(request).store)
    batches = books.newest(reference=request.path_params["reference"])
    return _page(
        request, [line.as_json() for batch in batches for line in books.lines_of(batch.id)]
    )


async def list_banks(request: Request) -> JSONResponse:
    """`GET /banks`."""
    _enter(request)
    return JSONResponse(list(BANKS))


async def list_accounts(request: Request) -> JSONResponse:
    """`GET /accounts?status=&bankCodes=`."""
    sandbox, query = _enter(request), request.query_params
    accounts: list[dict[str, Any]] = Accounts(sandbox.store, sandbox.settings.payouts).all()
    return _wrapped(
        [
            account
            for account in accounts
            if _is_among(account["status"], query.get("status"))
            and _is_among(account["bank"]["code"], query.get("bankCodes"))
        ]
    )


async def recharge(request: Request) -> JSONResponse:
    """`POST /accounts/balance-recharge`: play money comes in."""
    sandbox, body = _enter(request), await read_object(request) or {}
    accounts = Accounts(sandbox.store, sandbox.settings.payouts)
    account_id, cents = body.get("accountId"), body.get("amountInCents")
    if not isinstance(cents, int) or not SMALLEST_RECHARGE <= cents <= LARGEST_RECHARGE:
        raise refused(f"amountInCents: de {SMALLEST_RECHARGE} a {LARGEST_RECHARGE}")
    if accounts.balance(account_id) is None:
        raise account_unusable()
    accounts.move(str(account_id), cents)
    return JSONResponse(
        {"accountId": account_id, "balanceInCents": accounts.balance(account_id)}, 201
    )


async def show_limits(request: Request) -> JSONResponse:
    """`GET /limits`: of the day in Bogotá."""
    sandbox = _enter(request)
    sent, batches = PayoutBooks(sandbox.store).sent_since(bogota_midnight(sandbox.now()))
    daily = sandbox.settings.payouts.daily_limit_in_cents
    limits = {"dailyLimit": daily, "dailyAvailable": daily - sent, "dailyConsumed": sent}
    return JSONResponse({**limits, "numberOfTransactionsConsumed": batches, "limits": limits})


async def health(request: Request) -> JSONResponse:
    """`GET /health`."""
    _enter(request)
    return _wrapped({"status": "HEALTHY", "services": []})


routes = [
    Route("/payouts/v1/payouts", list_payouts),
    Route("/payouts/v1/payouts", create_payout, methods=["POST"]),
    Route("/payouts/v1/payouts/{id}", read_payout),
    Route("/payouts/v1/payouts/{id}/transactions", list_lines),
    Route("/payouts/v1/payouts/{id}/transactions/{line}", read_line),
    Route("/payouts/v1/transactions/{reference}", list_lines_by_reference),
    Route("/payouts/v1/banks", list_banks),
    Route("/payouts/v1/accounts", list_accounts),
    Route("/payouts/v1/accounts/balance-recharge", recharge, methods=["POST"]),
    Route("/payouts/v1/limits", show_limits),
    Route("/payouts/v1/health", health),
]
