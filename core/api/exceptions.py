"""One envelope for every error: `application/problem+json` (RFC 9457, CORE-01)."""

import logging
from collections.abc import Iterator, Mapping
from typing import Any

import msgspec
from django.db import InterfaceError, OperationalError
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from rest_framework import exceptions, views
from rest_framework.response import Response

from core.errors import DatabaseAway, DomainError, Kind
from core.middleware import current_request_id

logger = logging.getLogger(__name__)

PROBLEM = "application/problem+json"
STATUS = {
    Kind.MALFORMED: 400,
    Kind.UNAUTHENTICATED: 401,
    Kind.FORBIDDEN: 403,
    Kind.NOT_FOUND: 404,
    Kind.CONFLICT: 409,
    Kind.INVALID: 422,
    Kind.THROTTLED: 429,
    Kind.UNAVAILABLE: 503,
}
INPUT_INVALID = "CORE-INPUT-INVALID"

# Titles by status; the code says more, the detail says it to the person.
TITLES = {
    400: gettext_lazy("Solicitud inválida"),
    401: gettext_lazy("No autenticado"),
    403: gettext_lazy("No permitido"),
    404: gettext_lazy("No encontrado"),
    405: gettext_lazy("Método no permitido"),
    406: gettext_lazy("Formato no disponible"),
    409: gettext_lazy("Conflicto"),
    415: gettext_lazy("Tipo de contenido no admitido"),
    422: gettext_lazy("No se puede procesar"),
    428: gettext_lazy("Falta una condición previa"),
    429: gettext_lazy("Demasiadas solicitudes"),
    500: gettext_lazy("Error interno"),
    503: gettext_lazy("Servicio no disponible"),
}


def exception_handler(exc: Exception, context: dict[str, Any]) -> Response | None:
    """Answer every foreseen failure with a problem; leave the unforeseen to `server_error`."""
    if isinstance(exc, DomainError):
        response = Response(problem_of(exc), STATUS[exc.kind])
        if "retry_after" in exc.facts:
            response["Retry-After"] = str(exc.facts["retry_after"])
        if exc.kind is Kind.UNAUTHENTICATED:
            response["WWW-Authenticate"] = "Bearer"  # owed with every 401 (RFC 9110, 11.6.1)
        return _as_problem(response)
    if isinstance(exc, OperationalError | InterfaceError):
        # A restart, a deadlock, a time-out: nothing was done, and the same request may work now.
        logger.error("database did not answer", exc_info=exc)
        return exception_handler(DatabaseAway(retry_after=1), context)
    response_or_none = views.exception_handler(exc, context)
    if response_or_none is None:
        return None
    response = response_or_none
    if isinstance(exc, exceptions.ValidationError):
        response.data = problem(400, INPUT_INVALID, _("Hay campos que corregir."))
        response.data["errors"] = list(field_errors(exc.get_full_details()))
    else:
        detail = response.data["detail"]
        code = f"CORE-{detail.code.upper().replace('_', '-')}"
        response.data = problem(response.status_code, code, str(detail))
    return _as_problem(response)


def problem_of(error: DomainError) -> dict[str, Any]:
    """The body that explains a domain refusal."""
    return problem(STATUS[error.kind], error.code, error.detail, error.facts)


def problem(
    status: int, code: str, detail: str, facts: Mapping[str, Any] | None = None
) -> dict[str, Any]:
    """A problem body: RFC 9457 members and ours."""
    return {
        "type": f"/errors/{code}",
        "title": str(TITLES.get(status, "Error")),
        "status": status,
        "detail": detail,
        "code": code,
        "facts": dict(facts or {}),
        "errors": [],
        "request_id": current_request_id(),
    }


def field_errors(details: Any, path: str = "") -> Iterator[dict[str, str]]:
    """Rows of `{field, code, detail}` out of DRF's nested error details."""
    if isinstance(details, dict) and set(details) == {"message", "code"}:
        yield {"field": path, "code": details["code"], "detail": str(details["message"])}
    elif isinstance(details, dict):
        for name, inner in details.items():
            yield from field_errors(inner, f"{path}.{name}" if path else str(name))
    else:
        for index, inner in enumerate(details):
            is_leaf = isinstance(inner, dict) and set(inner) == {"message", "code"}
            yield from field_errors(inner, path if is_leaf else f"{path}.{index}")


def _as_problem(response: Response) -> Response:
    response.content_type = PROBLEM
    return response


def _plain(status: int, code: str, detail: str) -> HttpResponse:
    body = msgspec.json.encode(problem(status, code, detail))
    return HttpResponse(body, status=status, content_type=PROBLEM)


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    """Django's own 400: a request too odd for any view."""
    return _plain(400, "CORE-BAD-REQUEST", _("La solicitud no se entiende."))


def forbidden(request: HttpRequest, exception: Exception) -> HttpResponse:
    """Django's own 403."""
    return _plain(403, "CORE-PERMISSION-DENIED", _("No tienes permiso para hacer esto."))


def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    """No route."""
    return _plain(404, "CORE-NOT-FOUND", _("No existe nada en esta dirección."))


def server_error(request: HttpRequest) -> HttpResponse:
    """A bug of ours: said without a trace; the request id finds it in the logs."""
    return _plain(500, "CORE-INTERNAL-ERROR", _("Algo falló de nuestro lado. Ya quedó registrado."))
