"""`/wompi/v1`: the gateway's API for merchants (sections 2, 5, 6)."""

from datetime import UTC, datetime, timedelta

from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route

from sandbox.bodies import read_object
from sandbox.context import sandbox_of
from sandbox.wompi.acceptance import Kind, issue, spend
from sandbox.wompi.books import MERCHANT_ID, Books
from sandbox.wompi.errors import invalid, no_access, not_found
from sandbox.wompi.gateway import create_by_api
from sandbox.wompi.keys import require_any_key, require_private_key
from sandbox.wompi.methods import ACCEPTED, BANKS
from sandbox.wompi.validation import check_shape, check_signature, is_charge_of_source

LARGEST_PAGE = 200
USUAL_PAGE = 50


def base_url_of(request: Request) -> str:
    """Where this sandbox was reached, without a slash at the end."""
    return str(request.base_url).rstrip("/")


async def merchant_info(request: Request) -> JSONResponse:
    """`GET /merchants/info`: the merchant and two fresh acceptance tokens."""
    settings = sandbox_of(request).settings.wompi
    key = request.headers.get("x-merchant-public-key", "")
    if not key.startswith("pub_test_"):
        raise no_access()
    if key != settings.public_key:
        raise not_found()
    return JSONResponse(
        {
            "data": {
                "id": MERCHANT_ID,
                "name": "StudioZens (Sandbox)",
                "accepted_payment_methods": list(ACCEPTED),
                "accepted_currencies": ["COP"],
                "presigned_acceptance": _presigned(request, Kind.POLICY, "terminos"),
                "presigned_personal_data_auth": _presigned(
                    request, Kind.PERSONAL_DATA, "datos-personales"
                ),
            }
        }
    )


def _presigned(request: Request, kind: Kind, document: str) -> dict[str, str]:
    permalink = f"{base_url_of(request)}/wompi/legal/{document}"
    sandbox = sandbox_of(request)
    token = issue(sandbox.settings.wompi, kind=kind, permalink=permalink, now=sandbox.now())
    return {"acceptance_token": token, "permalink": permalink, "type": kind}


async def create_transaction(request: Request) -> JSONResponse:
    """`POST /transactions`: always PENDING first.

    The order of the checks is the observed one: the body, the key, the acceptance tokens (spent
    from here on), the signature, the reference.
    """
    sandbox = sandbox_of(request)
    now = sandbox.now()
    body = await read_object(request)
    if body is None:
        raise invalid({"body": ["Debe ser un objeto JSON"]})
    check_shape(body, sandbox, now=now)
    if body.get("payment_source_id"):
        require_private_key(request, hide=False)
    else:
        require_any_key(request)
    if not is_charge_of_source(body):
        spend(sandbox.store, sandbox.settings.wompi, body, now=now)
    check_signature(body, sandbox.settings.wompi)
    if Books(sandbox.store).of_reference(body["reference"]):
        raise invalid({"reference": ["La referencia ya ha sido usada"]})
    created = create_by_api(sandbox, body, base_url=base_url_of(request), now=now)
    return JSONResponse({"data": created.as_json(), "meta": {}}, 201)


async def read_transaction(request: Request) -> JSONResponse:
    """`GET /transactions/{id}`: private key only, 404 to the others."""
    require_private_key(request, hide=True)
    found = Books(sandbox_of(request).store).find(request.path_params["id"])
    if found is None:
        raise not_found()
    return JSONResponse({"data": found.as_json(), "meta": {}})


async def search_transactions(request: Request) -> JSONResponse:
    """`GET /transactions?reference=…`: private key only; newest first unless `order=ASC`."""
    require_private_key(request, hide=False)
    query = dict(request.query_params)
    page = _whole(query, "page", usual=1, largest=10**9)
    size = _whole(query, "page_size", usual=USUAL_PAGE, largest=LARGEST_PAGE)
    since, last_day = _day(query, "from_date"), _day(query, "until_date")
    found = Books(sandbox_of(request).store).search(
        query,
        since=since.timestamp() if since else None,
        before=(last_day + timedelta(days=1)).timestamp() if last_day else None,
        oldest_first=_ascending(query),
        limit=size,
        offset=(page - 1) * size,
    )
    return JSONResponse({"data": [transaction.as_json() for transaction in found], "meta": {}})


def _whole(query: dict[str, str], name: str, *, usual: int, largest: int) -> int:
    raw = query.get(name, str(usual))
    if not raw.isdecimal() or not 1 <= int(raw) <= largest:
        raise invalid({name: [f"Debe estar entre 1 y {largest}"]})
    return int(raw)


def _day(query: dict[str, str], name: str) -> datetime | None:
    if name not in query:
        return None
    try:
        return datetime.strptime(query[name], "%Y-%m-%d").replace(tzinfo=UTC)
    except ValueError as exc:
        raise invalid({name: ["Debe tener el formato AAAA-MM-DD"]}) from exc


def _ascending(query: dict[str, str]) -> bool:
    order = query.get("order", "DESC").upper()
    if order not in {"ASC", "DESC"}:
        raise invalid({"order": ["Debe ser ASC o DESC"]})
    if query.get("order_by", "created_at") != "created_at":
        raise invalid({"order_by": ["Debe ser created_at"]})
    return order == "ASC"


async def pse_banks(request: Request) -> JSONResponse:
    """`GET /pse/financial_institutions`."""
    require_any_key(request)
    banks = [
        {"financial_institution_code": code, "financial_institution_name": name}
        for code, name in BANKS
    ]
    return JSONResponse({"data": banks, "meta": {}})


routes = [
    Route("/wompi/v1/transactions/{id}", read_transaction),
    Route("/wompi/v1/transactions", search_transactions),
    Route("/wompi/v1/transactions", create_transaction, methods=["POST"]),
    Route("/wompi/v1/merchants/info", merchant_info),
    Route("/wompi/v1/pse/financial_institutions", pse_banks),
]
