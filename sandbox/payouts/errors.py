"""Refusals of the payouts product: a code and a sentence."""

from starlette.requests import Request
from starlette.responses import JSONResponse, Response


class PayoutsRefused(Exception):
    """An answer that is not a success."""

    def __init__(self, status: int, code: str, message: str) -> None:
        super().__init__(status, code, message)
        self.status = status
        self.code = code
        self.message = message


def refused(message: str) -> PayoutsRefused:
    """`EXC_002`: the request makes no sense to the business."""
    return PayoutsRefused(400, "EXC_002", message)


def no_balance() -> PayoutsRefused:
    """`EXC_008`: the only one that is lack of funds."""
    return PayoutsRefused(400, "EXC_008", "La cuenta no tiene saldo suficiente.")


def over_daily_limit() -> PayoutsRefused:
    """`EXC_017`: more than may leave in a day."""
    return PayoutsRefused(400, "EXC_017", "Supera el límite diario de dispersión.")


def account_unusable() -> PayoutsRefused:
    """`EXC_019`: no such account, or one that is not active."""
    return PayoutsRefused(400, "EXC_019", "La cuenta de origen no está habilitada.")


def key_used() -> PayoutsRefused:
    """`EXC_022`: this idempotency key was seen within its life."""
    return PayoutsRefused(409, "EXC_022", "La llave de idempotencia ya fue procesada.")


def not_found() -> PayoutsRefused:
    """No such thing. Which code says so is not on the provider's page: an assumption."""
    return PayoutsRefused(404, "EXC_002", "El recurso no existe.")


def unauthorized() -> PayoutsRefused:
    """The key or the principal is wrong. Its code is not on the provider's page: an assumption."""
    return PayoutsRefused(401, "UNAUTHORIZED", "Credenciales inválidas.")


async def answer_refused(_request: Request, exc: Exception) -> Response:
    """Turn `PayoutsRefused` into the provider's answer."""
    if not isinstance(exc, PayoutsRefused):
        raise exc
    return _answer(exc.status, exc.code, exc.message)


def answer_fault(code: int | None) -> Response:
    """What the fault `errors` answers."""
    return _answer(code or 500, "EXC_001", "Error interno del servidor.")


def _answer(status: int, code: str, message: str) -> Response:
    return JSONResponse({"status": status, "code": code, "message": message}, status)
