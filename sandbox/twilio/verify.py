"""`/twilio/verify/v2/Services/{sid}/…`: one-time codes (section B2)."""

import json
import re
import secrets
from dataclasses import dataclass, replace

from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route

from sandbox.bodies import JsonObject, read_form
from sandbox.clock import iso
from sandbox.context import Sandbox, sandbox_of
from sandbox.identifiers import twilio_sid
from sandbox.messages import Channel, Direction, Message
from sandbox.phones import can_receive_sms, is_e164
from sandbox.store import Row
from sandbox.twilio.auth import require_account
from sandbox.twilio.errors import TwilioError, not_found

MOST_SENDS = 5
MOST_CHECKS = 5
OPEN = {"pending", "max_attempts_reached"}


@dataclass(frozen=True, slots=True)
class Verification:
    """One code for one phone; a new send within its life sends the same code."""

    sid: str
    recipient: str
    channel: str
    code: str
    status: str
    checks: int
    sends: tuple[JsonObject, ...]
    created_at: float
    updated_at: float


async def start_verification(request: Request) -> JSONResponse:
    """`POST Verifications`: send a code, five times at most."""
    sandbox = _require_service(request)
    form, now = await read_form(request), sandbox.now()
    recipient, channel = _recipient(form), _channel(form)
    current = _open_one(sandbox, recipient, now=now) or _new(recipient, channel, now=now)
    if len(current.sends) >= MOST_SENDS:
        raise TwilioError(60203, "Max send attempts reached")
    send = {"time": iso(now), "channel": channel.upper(), "attempt_sid": twilio_sid("VL")}
    sent = replace(current, channel=channel, sends=(*current.sends, send), updated_at=now)
    _save(sandbox, sent)
    _send_code(sandbox, sent, str(send["attempt_sid"]), now=now)
    return JSONResponse(_resource(request, sent), 201)


def _require_service(request: Request) -> Sandbox:
    require_account(request)
    sandbox = sandbox_of(request)
    if request.path_params["service"] != sandbox.settings.twilio.verify_service_sid:
        raise not_found(request.url.path)
    return sandbox


def _recipient(form: dict[str, str]) -> str:
    number = form.get("To", "")
    if not is_e164(number):
        raise TwilioError(60200, f"Invalid parameter `To`: {number}")
    if not can_receive_sms(number):
        raise TwilioError(60200, "Invalid parameter `To`: not a mobile number")
    return number


def _channel(form: dict[str, str]) -> str:
    channel = form.get("Channel", "")
    if channel not in set(Channel):
        raise TwilioError(60200, f"Invalid parameter `Channel`: {channel} (here: sms, whatsapp)")
    if "CustomCode" in form:
        raise TwilioError(60204, "Custom code is not allowed for this service")
    return channel


def _new(recipient: str, channel: str, *, now: float) -> Verification:
    code = f"{secrets.randbelow(1_000_000):06}"
    sid = twilio_sid("VE")
    return Verification(sid, recipient, channel, code, "pending", 0, (), now, now)


def _send_code(sandbox: Sandbox, sent: Verification, message_id: str, *, now: float) -> None:
    name = sandbox.settings.twilio.verify_name
    sandbox.messages.add(
        Message(
            id=message_id,
            provider="twilio",
            channel=Channel(sent.channel),
            direction=Direction.OUT,
            phone=sent.recipient,
            text=f"Tu código de verificación de {name} es: {sent.code}",
            created_at=now,
            status="delivered",
            code=sent.code,
        )
    )


async def check_verification(request: Request) -> JSONResponse:
    """`POST VerificationCheck`: a wrong code is 200 and `pending`, five times."""
    sandbox = _require_service(request)
    form, now = await read_form(request), sandbox.now()
    code = form.get("Code", "")
    if not re.fullmatch(r"[0-9A-Za-z]{4,10}", code):
        raise TwilioError(60200, "Invalid parameter: Code")
    current = _asked_for(sandbox, form, now=now)
    if current is None:
        raise not_found(request.url.path)
    if current.checks >= MOST_CHECKS:
        raise TwilioError(60202, "Max check attempts reached")
    checked = _checked(current, code, now=now)
    _save(sandbox, checked)
    return JSONResponse(_resource(request, checked))


def _asked_for(sandbox: Sandbox, form: dict[str, str], *, now: float) -> Verification | None:
    if "VerificationSid" not in form:
        return _open_one(sandbox, form.get("To", ""), now=now)
    found = _find(sandbox, form["VerificationSid"])
    return found if found and _is_open(sandbox, found, now=now) else None


def _checked(current: Verification, code: str, *, now: float) -> Verification:
    checks = current.checks + 1
    if secrets.compare_digest(code, current.code):
        status = "approved"
    else:
        status = "max_attempts_reached" if checks == MOST_CHECKS else "pending"
    return replace(current, status=status, checks=checks, updated_at=now)


async def read_verification(request: Request) -> JSONResponse:
    """`GET Verifications/{sid}`: only while it is open."""
    sandbox = _require_service(request)
    return JSONResponse(_resource(request, _open_by_path(request, sandbox)))


async def end_verification(request: Request) -> JSONResponse:
    """`POST Verifications/{sid}`: `Status=canceled` or `approved`."""
    sandbox = _require_service(request)
    current = _open_by_path(request, sandbox)
    status = (await read_form(request)).get("Status", "")
    if status not in {"canceled", "approved"}:
        raise TwilioError(60200, f"Invalid parameter `Status`: {status}")
    ended = replace(current, status=status, updated_at=sandbox.now())
    _save(sandbox, ended)
    return JSONResponse(_resource(request, ended))


def _open_by_path(request: Request, sandbox: Sandbox) -> Verification:
    found = _find(sandbox, request.path_params["sid"])
    if found is None or not _is_open(sandbox, found, now=sandbox.now()):
        raise not_found(request.url.path)
    return found


def _is_open(sandbox: Sandbox, verification: Verification, *, now: float) -> bool:
    age = now - verification.created_at
    return verification.status in OPEN and age < sandbox.settings.twilio.verify_seconds


def _open_one(sandbox: Sandbox, recipient: str, *, now: float) -> Verification | None:
    row = sandbox.store.one(
        "SELECT * FROM verifications WHERE recipient = ? ORDER BY created_at DESC LIMIT 1",
        recipient,
    )
    newest = _from_row(row) if row else None
    return newest if newest and _is_open(sandbox, newest, now=now) else None


def _find(sandbox: Sandbox, sid: str) -> Verification | None:
    row = sandbox.store.one("SELECT * FROM verifications WHERE sid = ?", sid)
    return _from_row(row) if row else None


def _from_row(row: Row) -> Verification:
    return Verification(
        sid=str(row["sid"]),
        recipient=str(row["recipient"]),
        channel=str(row["channel"]),
        code=str(row["code"]),
        status=str(row["status"]),
        checks=int(str(row["checks"])),
        sends=tuple(json.loads(str(row["sends"]))),
        created_at=float(str(row["created_at"])),
        updated_at=float(str(row["updated_at"])),
    )


def _save(sandbox: Sandbox, verification: Verification) -> None:
    sandbox.store.run(
        "INSERT OR REPLACE INTO verifications VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
        verification.sid,
        verification.recipient,
        verification.channel,
        verification.code,
        verification.status,
        verification.checks,
        json.dumps(verification.sends),
        verification.created_at,
        verification.updated_at,
    )


def _resource(request: Request, verification: Verification) -> JsonObject:
    settings = sandbox_of(request).settings.twilio
    return {
        "sid": verification.sid,
        "service_sid": settings.verify_service_sid,
        "account_sid": settings.account_sid,
        "to": verification.recipient,
        "channel": verification.channel,
        "status": verification.status,
        "valid": verification.status == "approved",
        "amount": None,
        "payee": None,
        "lookup": {},
        "send_code_attempts": list(verification.sends),
        "sna": None,
        "date_created": iso(verification.created_at),
        "date_updated": iso(verification.updated_at),
        "url": str(request.url),
    }


routes = [
    Route(
        "/twilio/verify/v2/Services/{service}/Verifications", start_verification, methods=["POST"]
    ),
    Route(
        "/twilio/verify/v2/Services/{service}/VerificationCheck",
        check_verification,
        methods=["POST"],
    ),
    Route("/twilio/verify/v2/Services/{service}/Verifications/{sid}", read_verification),
    Route(
        "/twilio/verify/v2/Services/{service}/Verifications/{sid}",
        end_verification,
        methods=["POST"],
    ),
]
