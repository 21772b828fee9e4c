"""`/twilio/2010-04-01/Accounts/{sid}/Messages`: SMS (section B1)."""

from urllib.parse import urlsplit

from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route

from sandbox.bodies import JsonObject, read_form
from sandbox.clock import rfc2822
from sandbox.context import Sandbox, sandbox_of
from sandbox.identifiers import twilio_sid
from sandbox.messages import Channel, Direction, Message
from sandbox.phones import can_receive_sms, digits, is_e164
from sandbox.twilio.auth import require_account
from sandbox.twilio.callbacks import send_statuses
from sandbox.twilio.errors import TwilioError, not_found

VERSION = "2010-04-01"
LONGEST_BODY = 1600
LARGEST_PAGE = 1000
# Twilio's own magic numbers for tests, and one of this sandbox that fails later.
REFUSED_NUMBERS = {
    "+15005550001": (21211, "The 'To' number is not a valid phone number."),
    "+15005550002": (21612, "The 'To' phone number is not reachable from this 'From' number."),
    "+15005550003": (21408, "Permission to send an SMS has not been enabled for the region."),
    "+15005550004": (21610, "Attempt to send to unsubscribed recipient"),
    "+15005550009": (21614, "'To' number is not a valid mobile number"),
}
FAILS_LATER = "9998"
UNREACHABLE = 30003


async def create_message(request: Request) -> JSONResponse:
    """`POST Messages.json`: queued; the statuses follow."""
    require_account(request)
    sandbox, form = sandbox_of(request), await read_form(request)
    _check(form, sandbox)
    message = Message(
        id=twilio_sid("SM"),
        provider="twilio",
        channel=Channel.SMS,
        direction=Direction.OUT,
        phone=form["To"],
        text=form["Body"],
        created_at=sandbox.now(),
        status="queued",
    )
    sandbox.messages.add(message)
    _tell_statuses(sandbox, message, form.get("StatusCallback"))
    row = sandbox.messages.find(message.id) or {}
    return JSONResponse(_resource(sandbox, {**row, "status": "queued", "error_code": None}), 201)


def _check(form: dict[str, str], sandbox: Sandbox) -> None:
    _check_unsupported(form)
    if "To" not in form:
        raise TwilioError(21604, "A 'To' phone number is required.")
    if "From" not in form:
        raise TwilioError(21603, "A 'From' phone number is required.")
    if form["To"].startswith("whatsapp:") or form["From"].startswith("whatsapp:"):
        raise TwilioError(63007, "Twilio could not find a Channel with the specified From address")
    if form["From"] != sandbox.settings.twilio.from_number:
        raise TwilioError(21606, f"{form['From']} is not a Twilio number of this account.")
    _check_recipient(form["To"])
    if "Body" not in form:
        raise TwilioError(21602, "Message body is required.")
    if len(form["Body"]) > LONGEST_BODY:
        raise TwilioError(21617, f"The message exceeds the {LONGEST_BODY} character limit.")


def _check_unsupported(form: dict[str, str]) -> None:
    if "MessagingServiceSid" in form:
        raise TwilioError(21701, "The Messaging Service does not exist")
    if "ContentSid" in form:
        raise TwilioError(21655, "The ContentSid is Invalid")
    if "ContentVariables" in form:
        raise TwilioError(21654, "ContentVariables need a ContentSid")
    callback = form.get("StatusCallback")
    if callback is not None and urlsplit(callback).scheme not in {"http", "https"}:
        raise TwilioError(21609, "The 'StatusCallback' URL is not a valid URL.")


def _check_recipient(number: str) -> None:
    if number in REFUSED_NUMBERS:
        raise TwilioError(*REFUSED_NUMBERS[number])
    if not is_e164(number):
        raise TwilioError(21211, f"The 'To' number {number} is not a valid phone number.")
    if not can_receive_sms(number):
        raise TwilioError(21614, f"'To' number {number} is not a valid mobile number")


def _tell_statuses(sandbox: Sandbox, message: Message, callback: str | None) -> None:
    failed = message.phone.endswith(FAILS_LATER)
    last = ("undelivered", UNREACHABLE) if failed else ("delivered", None)
    sandbox.messages.mark(message.id, status=last[0], error_code=last[1])
    if callback:
        send_statuses(
            sandbox, url=callback, sid=message.id, to=message.phone, steps=[("sent", None), last]
        )


async def read_message(request: Request) -> JSONResponse:
    """`GET Messages/{sid}.json`."""
    require_account(request)
    sandbox = sandbox_of(request)
    row = sandbox.messages.find(request.path_params["sid"])
    if row is None or row["provider"] != "twilio":
        raise not_found(request.url.path)
    return JSONResponse(_resource(sandbox, row))


async def list_messages(request: Request) -> JSONResponse:
    """`GET Messages.json?To=&PageSize=`: newest first, one page."""
    require_account(request)
    sandbox = sandbox_of(request)
    raw = request.query_params.get("PageSize", "50")
    if not raw.isdecimal() or not 1 <= int(raw) <= LARGEST_PAGE:
        raise TwilioError(20001, f"PageSize must be 1 to {LARGEST_PAGE}")
    to = digits(request.query_params.get("To", "")) or None
    rows = sandbox.messages.rows(
        phone=to, channel=Channel.SMS, direction=Direction.OUT, limit=int(raw)
    )
    found = [_resource(sandbox, row) for row in rows if str(row["id"]).startswith("SM")]
    return JSONResponse(
        {
            "messages": found,
            "page": 0,
            "page_size": int(raw),
            "start": 0,
            "end": max(0, len(found) - 1),
            "uri": request.url.path.removeprefix("/twilio"),
            "first_page_uri": request.url.path.removeprefix("/twilio"),
            "next_page_uri": None,
            "previous_page_uri": None,
        }
    )


def _resource(sandbox: Sandbox, row: dict[str, object]) -> JsonObject:
    settings = sandbox.settings.twilio
    created = rfc2822(float(str(row["created_at"])))
    uri = f"/{VERSION}/Accounts/{settings.account_sid}/Messages/{row['id']}"
    return {
        "sid": row["id"],
        "account_sid": settings.account_sid,
        "api_version": VERSION,
        "body": row["text"],
        "date_created": created,
        "date_sent": created,
        "date_updated": created,
        "direction": "outbound-api",
        "error_code": row["error_code"],
        "error_message": "Unreachable destination handset" if row["error_code"] else None,
        "from": settings.from_number,
        "to": f"+{row['phone']}",
        "messaging_service_sid": None,
        "num_media": "0",
        "num_segments": "1",
        "price": None,
        "price_unit": "USD",
        "status": row["status"],
        "uri": f"{uri}.json",
        "subresource_uris": {"media": f"{uri}/Media.json"},
    }


routes = [
    Route("/twilio/2010-04-01/Accounts/{account}/Messages.json", create_message, methods=["POST"]),
    Route("/twilio/2010-04-01/Accounts/{account}/Messages.json", list_messages),
    Route("/twilio/2010-04-01/Accounts/{account}/Messages/{sid}.json", read_message),
]
