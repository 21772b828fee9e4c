"""`/graph/{version}/{phone_number_id}/messages`: sending (sections A1 and A2)."""

import re
from dataclasses import replace

from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route

from sandbox.bodies import JsonObject, read_object
from sandbox.context import Sandbox, sandbox_of
from sandbox.identifiers import wamid
from sandbox.messages import Channel, Direction, Message
from sandbox.whatsapp.errors import GraphError
from sandbox.whatsapp.notices import send_status
from sandbox.whatsapp.templates import choose
from sandbox.whatsapp.validation import check_envelope, check_template, check_text

WINDOW_SECONDS = 24 * 3600
# Test data of this sandbox: phones that cannot be reached, told at once or in a status.
NOT_ON_WHATSAPP = "0000"
FAILS_LATER = "9999"


def undeliverable() -> GraphError:
    """The recipient cannot be reached on WhatsApp."""
    return GraphError(131026, "Message Undeliverable: the recipient is not on WhatsApp")


async def send_message(request: Request) -> JSONResponse:
    """`POST`: accepted is not delivered; a status follows."""
    sandbox = sandbox_of(request)
    _check_caller(request, sandbox)
    body = await read_object(request)
    if body is None:
        raise GraphError(100, "The body is not a JSON object")
    phone, now = check_envelope(body), sandbox.now()
    message, category = _read_message(sandbox, body, phone, now=now)
    if phone.endswith(NOT_ON_WHATSAPP):
        raise undeliverable()
    sandbox.messages.add(message)
    _tell_statuses(sandbox, message, category)
    return JSONResponse(_accepted(body, message))


def _check_caller(request: Request, sandbox: Sandbox) -> None:
    settings = sandbox.settings.whatsapp
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() != "bearer" or not token:
        raise GraphError(0, "An access token is required to request this resource.")
    if token != settings.token:
        raise GraphError(190, "Invalid OAuth access token")
    if not re.fullmatch(r"v\d+\.\d+", request.path_params["version"]):
        raise GraphError(100, "Unknown path components: pin a version, as in v25.0")
    if request.path_params["phone_number_id"] != settings.phone_number_id:
        raise GraphError(100, "Unsupported post request: no such phone number id")


def _read_message(
    sandbox: Sandbox, body: JsonObject, phone: str, *, now: float
) -> tuple[Message, str]:
    if body.get("type") == "template":
        template, parameters = choose(sandbox.templates, check_template(body.get("template")))
        message = replace(
            _message(body, phone, template.render(parameters), now=now),
            template=template.name,
            language=template.language,
            parameters=parameters,
        )
        return message, template.category
    text = check_text(body.get("text"))
    last_written_at = sandbox.messages.last_written_at(phone)
    if last_written_at is None or now - last_written_at > WINDOW_SECONDS:
        raise GraphError(
            131047,
            "More than 24 hours have passed since the recipient last replied: use a template",
        )
    return _message(body, phone, text, now=now), "SERVICE"


def _message(body: JsonObject, phone: str, text: str, *, now: float) -> Message:
    return Message(
        id=wamid(phone),
        provider="whatsapp",
        channel=Channel.WHATSAPP,
        direction=Direction.OUT,
        phone=phone,
        text=text,
        created_at=now,
        status="accepted",
        reference=body.get("biz_opaque_callback_data"),
    )


def _tell_statuses(sandbox: Sandbox, message: Message, category: str) -> None:
    base: JsonObject = {"timestamp": str(int(message.created_at)), "recipient_id": message.phone}
    if message.reference is not None:
        base["biz_opaque_callback_data"] = message.reference
    pricing = {
        "billable": True,
        "pricing_model": "PMP",
        "type": "regular",
        "category": category.lower(),
    }
    sent = {**base, "status": "sent", "pricing": pricing}
    send_status(sandbox, message_id=message.id, status=sent)
    if message.phone.endswith(FAILS_LATER):
        error = undeliverable()
        last = {**base, "status": "failed", "errors": [error.as_status_error()]}
        sandbox.messages.mark(message.id, status="failed", error_code=error.code)
    else:
        last = {**base, "status": "delivered", "pricing": pricing}
        sandbox.messages.mark(message.id, status="delivered")
    send_status(sandbox, message_id=message.id, status=last)


def _accepted(body: JsonObject, message: Message) -> JsonObject:
    accepted = {"id": message.id}
    if message.template:
        accepted["message_status"] = "accepted"
    return {
        "messaging_product": "whatsapp",
        "contacts": [{"input": body["to"], "wa_id": message.phone}],
        "messages": [accepted],
    }


routes = [
    Route("/graph/{version}/{phone_number_id}/messages", send_message, methods=["POST"]),
]
