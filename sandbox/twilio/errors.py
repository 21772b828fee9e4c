"""Twilio's refusals (section B4)."""

from collections.abc import Mapping

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

STATUSES: Mapping[int, int] = {
    20003: 401,
    20404: 404,
    20429: 429,
    20500: 500,
    60202: 429,
    60203: 429,
}
USUAL_FAULT = 20500


class TwilioError(Exception):
    """A code and its sentence; the HTTP status is 400 unless the code has its own."""

    def __init__(self, code: int, message: str) -> None:
        super().__init__(code, message)
        self.code = code
        self.message = message

    def as_response(self) -> Response:
        """The answer of the API."""
        status = STATUSES.get(self.code, 400)
        more_info = f"https://www.twilio.com/docs/errors/{self.code}"
        return JSONResponse(
            {"code": self.code, "message": self.message, "more_info": more_info, "status": status},
            status,
        )


async def answer_twilio_error(_request: Request, exc: Exception) -> Response:
    """Turn `TwilioError` into Twilio's answer."""
    if not isinstance(exc, TwilioError):
        raise exc
    return exc.as_response()


def answer_fault(code: int | None) -> Response:
    """What the fault `errors` answers: 20500, or the code that was asked for."""
    return TwilioError(USUAL_FAULT if code is None else code, "Fault on demand").as_response()


def not_found(path: str) -> TwilioError:
    """The resource does not exist, or not any more."""
    return TwilioError(20404, f"The requested resource {path} was not found")
