"""`/_control/faults`: makes a provider ill, as a whole or for some of its requests."""

from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route

from sandbox.bodies import JsonObject
from sandbox.context import sandbox_of
from sandbox.faults import SLOW_MS, Fault, Mode, Provider
from sandbox.inputs import BadInput, number, read_input, text, whole
from sandbox.twilio.errors import STATUSES as TWILIO_CODES
from sandbox.whatsapp.errors import TITLES as WHATSAPP_CODES
from sandbox.wompi.errors import FAULT_STATUSES

LONGEST_LATENCY_MS = 600_000
MOST_COUNTED = 1_000_000
METHODS = ("GET", "POST", "PUT")
CODES = {
    Provider.WOMPI: FAULT_STATUSES,
    Provider.PAYOUTS: FAULT_STATUSES,
    Provider.WHATSAPP: frozenset(WHATSAPP_CODES),
    Provider.TWILIO: frozenset(TWILIO_CODES),
}


async def show_faults(request: Request) -> JSONResponse:
    """`GET /_control/faults`: the present faults of each provider."""
    return JSONResponse(sandbox_of(request).faults.all())


async def set_fault(request: Request) -> JSONResponse:
    """`POST /_control/faults`: a provider's fault from now on; `all` is every provider.

    `path` (a part of it) and `method` limit it to some requests, `next` to so many of them.
    """
    sandbox, body = sandbox_of(request), await read_input(request)
    who = text(body, "provider")
    if who != "all" and who not in set(Provider):
        raise BadInput(f"provider: uno de {', '.join(Provider)}, all")
    fault = _fault(body)
    for provider in Provider if who == "all" else [Provider(who)]:
        _check_code(fault.code, provider)
        sandbox.faults.set(provider, fault)
    return JSONResponse(sandbox.faults.all())


def _fault(body: JsonObject) -> Fault:
    try:
        mode = Mode(text(body, "mode"))
    except ValueError as exc:
        raise BadInput(f"mode: uno de {', '.join(Mode)}") from exc
    rate = number(body, "rate", usual=1.0)
    latency = whole(body, "latency_ms", usual=SLOW_MS if mode == Mode.SLOW else 0)
    if not 0 <= rate <= 1 or not 0 <= latency <= LONGEST_LATENCY_MS:
        raise BadInput(f"rate: de 0 a 1; latency_ms: de 0 a {LONGEST_LATENCY_MS}")
    method = text(body, "method") if body.get("method") else ""
    if method not in {"", *METHODS}:
        raise BadInput(f"method: uno de {', '.join(METHODS)}")
    path = text(body, "path") if body.get("path") else ""
    return Fault(mode, rate, latency, body.get("code"), path, method, _left(body))


def _left(body: JsonObject) -> int | None:
    if body.get("next") is None:
        return None
    left = whole(body, "next", usual=0)
    if not 1 <= left <= MOST_COUNTED:
        raise BadInput(f"next: de 1 a {MOST_COUNTED}")
    return left


def _check_code(code: object, provider: Provider) -> None:
    if code is not None and code not in CODES[provider]:
        raise BadInput(f"code: para {provider}, uno de {sorted(CODES[provider])}")


routes = [
    Route("/_control/faults", show_faults),
    Route("/_control/faults", set_fault, methods=["POST"]),
]
