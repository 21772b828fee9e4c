"""Wompi's refusals, in its bodies (section 10)."""

from collections.abc import Mapping, Sequence

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

Messages = Mapping[str, Sequence[str]]


class Refused(Exception):
    """An answer that is not a success."""

    def __init__(self, status: int, error: Mapping[str, object]) -> None:
        super().__init__(status, error)
        self.status = status
        self.error = error


def no_access(status: int = 401) -> Refused:
    """The key is missing, of another environment, or (403, on reads) unknown."""
    reason = "La llave proporcionada no corresponde a este ambiente."
    return Refused(status, {"type": "INVALID_ACCESS_TOKEN", "reason": reason})


def not_found() -> Refused:
    """No such thing, or none that this key may see."""
    reason = "La entidad solicitada no existe"
    return Refused(404, {"type": "NOT_FOUND_ERROR", "reason": reason})


def invalid(messages: Messages) -> Refused:
    """Fields that are wrong, each with its sentences."""
    return Refused(422, {"type": "INPUT_VALIDATION_ERROR", "messages": messages})


def unprocessable(reason: str) -> Refused:
    """No payment method came with the transaction."""
    return Refused(422, {"type": "UNPROCESSABLE", "reason": reason})


async def answer_refused(_request: Request, exc: Exception) -> Response:
    """Turn `Refused` into Wompi's answer."""
    if not isinstance(exc, Refused):
        raise exc
    return JSONResponse({"error": exc.error}, exc.status)


# What the fault `errors` can be told to answer with, here and in the payouts.
FAULT_STATUSES = frozenset({408, 429, 500, 502, 503, 504})


def answer_fault(code: int | None) -> Response:
    """What the fault `errors` answers."""
    error = {"type": "INTERNAL_ERROR", "reason": "Ha ocurrido un error interno"}
    return JSONResponse({"error": error}, code or 500)
