"""How the controls read what they are given: typed, and refused with a sentence."""

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from sandbox.bodies import JsonObject, read_object


class BadInput(Exception):
    """A control that was asked for something it cannot do; answered with 422."""


async def answer_bad_input(_request: Request, exc: Exception) -> Response:
    """Turn `BadInput` into its answer."""
    return JSONResponse({"error": str(exc)}, 422)


async def read_input(request: Request) -> JsonObject:
    """The body as an object.

    Raises `BadInput`.
    """
    body = await read_object(request)
    if body is None:
        raise BadInput("El cuerpo debe ser un objeto JSON")
    return body


def text(body: JsonObject, name: str, *, usual: str | None = None) -> str:
    """A string that is not empty.

    Raises `BadInput`.
    """
    value = body.get(name) if body.get(name) is not None else usual
    if not isinstance(value, str) or not value:
        raise BadInput(f"{name}: debe ser un texto")
    return value


def whole(body: JsonObject, name: str, *, usual: int) -> int:
    """An integer.

    Raises `BadInput`.
    """
    value = body.get(name, usual)
    if not isinstance(value, int) or isinstance(value, bool):
        raise BadInput(f"{name}: debe ser un entero")
    return value


def number(body: JsonObject, name: str, *, usual: float) -> float:
    """An integer or a decimal.

    Raises `BadInput`.
    """
    value = body.get(name, usual)
    if not isinstance(value, int | float) or isinstance(value, bool):
        raise BadInput(f"{name}: debe ser un número")
    return float(value)


def flag(body: JsonObject, name: str, *, usual: bool) -> bool:
    """True or false.

    Raises `BadInput`.
    """
    value = body.get(name, usual)
    if not isinstance(value, bool):
        raise BadInput(f"{name}: debe ser true o false")
    return value


def limit_of(request: Request, *, usual: int = 200, largest: int = 10_000) -> int:
    """`?limit=`, how many rows at most.

    Raises `BadInput`.
    """
    raw = request.query_params.get("limit", str(usual))
    if not raw.isdecimal() or not 1 <= int(raw) <= largest:
        raise BadInput(f"limit: de 1 a {largest}")
    return int(raw)
