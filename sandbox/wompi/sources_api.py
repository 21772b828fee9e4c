"""`/wompi/v1/payment_sources`: the merchant's backend saves, reads and cancels them."""

from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route

from sandbox.bodies import JsonObject, read_object
from sandbox.context import sandbox_of
from sandbox.wompi.acceptance import spend
from sandbox.wompi.errors import invalid, not_found
from sandbox.wompi.keys import require_private_key
from sandbox.wompi.methods import MISSING
from sandbox.wompi.sources import KINDS, Source, Sources
from sandbox.wompi.tokens import Tokens
from sandbox.wompi.validation import acceptance_problems, email_problems


async def create_source(request: Request) -> JSONResponse:
    """`POST /payment_sources`: checks the body, the key, the acceptance tokens, then the token."""
    sandbox, body = sandbox_of(request), await read_object(request) or {}
    now = sandbox.now()
    wrong = acceptance_problems(body) | email_problems(body) | _kind_problems(body)
    if wrong:
        raise invalid(wrong)
    require_private_key(request, hide=False)
    spend(sandbox.store, sandbox.settings.wompi, body, now=now)
    tokens = Tokens(sandbox.store)
    token = tokens.find(body["token"])
    if token is None or not token.serves(body["type"], now=now):
        raise invalid({"token": ["El token no existe, no está aprobado o ya fue usado"]})
    tokens.spend(token.id, now=now)
    made = Sources(sandbox.store).add(token, customer_email=body["customer_email"], now=now)
    return JSONResponse({"data": made.as_json(), "meta": {}}, 201)


def _kind_problems(body: JsonObject) -> dict[str, list[str]]:
    wrong = {} if body.get("token") else {"token": [MISSING]}
    if body.get("type") in KINDS:
        return wrong
    unknown = f"No está habilitado para este comercio: {body.get('type')}"
    return wrong | {"type": [unknown if body.get("type") else MISSING]}


async def read_source(request: Request) -> JSONResponse:
    """`GET /payment_sources/{id}`."""
    return JSONResponse({"data": _found(request).as_json(), "meta": {}})


async def void_source(request: Request) -> JSONResponse:
    """`PUT /payment_sources/{id}/void`: no charge any more; a second time changes nothing."""
    source = _found(request)
    Sources(sandbox_of(request).store).change(source, status="VOIDED")
    return JSONResponse({"data": source.as_json() | {"status": "VOIDED"}, "meta": {}})


def _found(request: Request) -> Source:
    require_private_key(request, hide=False)
    source = Sources(sandbox_of(request).store).find(request.path_params["id"])
    if source is None:
        raise not_found()
    return source


routes = [
    Route("/wompi/v1/payment_sources", create_source, methods=["POST"]),
    Route("/wompi/v1/payment_sources/{id:int}", read_source),
    Route("/wompi/v1/payment_sources/{id:int}/void", void_source, methods=["PUT"]),
]
