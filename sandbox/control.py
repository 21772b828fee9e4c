"""`/_control/…`: what tests and the page do with the stand-in itself."""

from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route

from sandbox.clock import iso
from sandbox.context import sandbox_of
from sandbox.identifiers import wamid
from sandbox.inputs import BadInput, limit_of, number, read_input, text
from sandbox.messages import Channel, Direction, Message, as_json
from sandbox.phones import digits
from sandbox.webhooks import list_webhooks
from sandbox.whatsapp.notices import send_inbound

LARGEST_OFFSET_SECONDS = 10 * 366 * 86_400


async def health(_request: Request) -> JSONResponse:
    """`GET /_control/health`: 200 as soon as requests can be made."""
    return JSONResponse({"status": "ok"})


async def list_messages(request: Request) -> JSONResponse:
    """`GET /_control/messages?to=&channel=&direction=out|in|all&limit=`: newest first."""
    query = request.query_params
    direction = query.get("direction", Direction.OUT)
    rows = sandbox_of(request).messages.rows(
        phone=query.get("to") or None,
        channel=_choice(query.get("channel"), Channel, "channel"),
        direction=None if direction == "all" else _choice(direction, Direction, "direction"),
        limit=limit_of(request),
    )
    return JSONResponse({"count": len(rows), "messages": [as_json(row) for row in rows]})


def _choice(value: str | None, choices: type[Channel] | type[Direction], name: str) -> str | None:
    if value and value not in set(choices):
        raise BadInput(f"{name}: uno de {', '.join(choices)}")
    return value or None


async def write_inbound(request: Request) -> JSONResponse:
    """`POST /_control/messages/inbound`: a person writes on WhatsApp; opens the 24 h window."""
    sandbox, body = sandbox_of(request), await read_input(request)
    phone, written = digits(text(body, "from")), text(body, "text")
    if not 8 <= len(phone) <= 15:
        raise BadInput("from: debe ser un teléfono con código de país")
    message = Message(
        id=wamid(phone),
        provider="whatsapp",
        channel=Channel.WHATSAPP,
        direction=Direction.IN,
        phone=phone,
        text=written,
        created_at=sandbox.now(),
        status="received",
    )
    sandbox.messages.add(message)
    name = text(body, "name", usual=f"Persona {phone[-4:]}")
    outcome = await send_inbound(
        sandbox, message_id=message.id, phone=phone, name=name, text=written, now=message.created_at
    )
    return JSONResponse({"id": message.id, **outcome.as_json()})


async def show_webhooks(request: Request) -> JSONResponse:
    """`GET /_control/webhooks?subject=&limit=`: what was posted, newest first, with attempts.

    The subject is a Wompi reference, a WhatsApp message id or a Twilio sid.
    """
    subject = request.query_params.get("subject")
    rows = list_webhooks(sandbox_of(request).store, subject=subject, limit=limit_of(request))
    return JSONResponse({"count": len(rows), "webhooks": rows})


async def reset(request: Request) -> JSONResponse:
    """`POST /_control/reset`: forget everything, heal every fault, drop what was to be sent."""
    sandbox = sandbox_of(request)
    sandbox.timers.forget()
    await sandbox.webhooks.forget()
    sandbox.faults.clear()
    sandbox.upcoming.forget()
    sandbox.store.wipe()
    sandbox.clock.move(0)
    return JSONResponse({"status": "ok"})


async def show_clock(request: Request) -> JSONResponse:
    """`GET /_control/clock`: what the providers' clock shows."""
    clock = sandbox_of(request).clock
    return JSONResponse({"offset_seconds": clock.offset, "now": iso(clock.now())})


async def move_clock(request: Request) -> JSONResponse:
    """`POST /_control/clock` `{"offset_seconds"}`: ahead of the real time, or behind it.

    What the providers write from now on follows it; what waits for its moment does not.
    """
    offset = number(await read_input(request), "offset_seconds", usual=0.0)
    if abs(offset) > LARGEST_OFFSET_SECONDS:
        raise BadInput(f"offset_seconds: a lo sumo {LARGEST_OFFSET_SECONDS} a cada lado")
    sandbox_of(request).clock.move(offset)
    return await show_clock(request)


routes = [
    Route("/_control/health", health),
    Route("/_control/clock", show_clock),
    Route("/_control/clock", move_clock, methods=["POST"]),
    Route("/_control/messages", list_messages),
    Route("/_control/messages/inbound", write_inbound, methods=["POST"]),
    Route("/_control/webhooks", show_webhooks),
    Route("/_control/reset", reset, methods=["POST"]),
]
