"""`/wompi/v1/tokens`: the payer's device turns a card or a Nequi account into a token."""

import re

from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route

from sandbox.bodies import read_object
from sandbox.context import Sandbox, sandbox_of
from sandbox.wompi import cards, events
from sandbox.wompi.errors import invalid, not_found
from sandbox.wompi.keys import require_any_key
from sandbox.wompi.methods import MALFORMED, MISSING
from sandbox.wompi.statuses import Status
from sandbox.wompi.tokens import LIFE_SECONDS, NEQUI_OUTCOMES, Token, Tokens, new_token_id


async def tokenize_card(request: Request) -> JSONResponse:
    """`POST /tokens/cards`, plain JSON. The sandbox takes no encrypted `payload`."""
    sandbox, body = sandbox_of(request), await read_object(request) or {}
    now = sandbox.now()
    wrong = cards.card_problems(body, now=now)
    if wrong:
        raise invalid(wrong)
    require_any_key(request)
    token = Token(
        id=new_token_id("CARD"),
        kind="CARD",
        status="CREATED",
        outcome=cards.outcome_of(body["number"]),
        settle_at=None,
        created_at=now,
        expires_at=now + LIFE_SECONDS,
        spent_at=None,
        document=cards.shown(body),
    )
    Tokens(sandbox.store).add(token)
    return JSONResponse({"status": token.status, "data": token.as_json()}, 201)


async def tokenize_nequi(request: Request) -> JSONResponse:
    """`POST /tokens/nequi`: PENDING; the test phones answer a moment later, others never do."""
    sandbox, body = sandbox_of(request), await read_object(request) or {}
    now, phone = sandbox.now(), body.get("phone_number")
    if not isinstance(phone, str) or not re.fullmatch(r"3\d{9}", phone):
        raise invalid({"phone_number": [MALFORMED if phone else MISSING]})
    require_any_key(request)
    answers = phone in NEQUI_OUTCOMES
    token = Token(
        id=new_token_id("NEQUI"),
        kind="NEQUI",
        status="PENDING",
        outcome=NEQUI_OUTCOMES.get(phone, Status.ERROR),
        settle_at=now + sandbox.settings.wompi.settle_seconds if answers else None,
        created_at=now,
        expires_at=now + LIFE_SECONDS,
        spent_at=None,
        document={"phone_number": phone, "name": "StudioZens (Sandbox)"},
    )
    Tokens(sandbox.store).add(token)
    settle_token_later(sandbox, token)
    return JSONResponse({"data": token.as_json() | {"status": token.status}}, 201)


def settle_token_later(sandbox: Sandbox, token: Token) -> None:
    """Its owner answers in the app when the moment comes."""

    def settle() -> None:
        Tokens(sandbox.store).settle(token.id, token.outcome)
        phone = token.document["phone_number"]
        shown = {"id": token.id, "status": token.outcome, "phone_number": phone}
        events.tell_nequi_token(sandbox, shown, now=sandbox.now())

    if token.settle_at is not None:
        sandbox.timers.at(token.settle_at, settle)


async def read_nequi_token(request: Request) -> JSONResponse:
    """`GET /tokens/nequi/{id}`."""
    require_any_key(request)
    token = Tokens(sandbox_of(request).store).find(request.path_params["id"])
    if token is None or token.kind != "NEQUI":
        raise not_found()
    return JSONResponse({"data": token.as_json() | {"status": token.status}})


routes = [
    Route("/wompi/v1/tokens/cards", tokenize_card, methods=["POST"]),
    Route("/wompi/v1/tokens/nequi", tokenize_nequi, methods=["POST"]),
    Route("/wompi/v1/tokens/nequi/{id}", read_nequi_token),
]
