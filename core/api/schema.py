"""What drf-spectacular cannot see: problems, idempotency keys, limits (CORE-03, CORE-14)."""

from typing import Any

from django.conf import settings
from drf_spectacular.openapi import AutoSchema
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, OpenApiResponse
from rest_framework import serializers

from core.api.exceptions import STATUS

IDEMPOTENCY_KEY = OpenApiParameter(
    "Idempotency-Key",
    OpenApiTypes.STR,
    OpenApiParameter.HEADER,
    required=True,
    description="Única por operación. Repetirla devuelve la misma respuesta sin repetir el efecto.",
)


class FieldProblem(serializers.Serializer[Any]):
    """One field that must be corrected."""

    field = serializers.CharField()
    code = serializers.CharField()
    detail = serializers.CharField()


class Problem(serializers.Serializer[Any]):
    """RFC 9457 problem details with a stable code."""

    def get_fields(self) -> dict[str, Any]:
        # `errors` is a property of every serializer, so it cannot be a class attribute.
        return {**super().get_fields(), "errors": FieldProblem(many=True)}

    type = serializers.CharField()
    title = serializers.CharField()
    status = serializers.IntegerField()
    detail = serializers.CharField()
    code = serializers.CharField()
    facts = serializers.DictField()
    request_id = serializers.CharField()


class ProblemAutoSchema(AutoSchema):
    """Adds problems, the key's header, the limit and the error codes to every operation.

    A view names what each method may refuse: `refusals = {"POST": (errors.SlotTaken, …)}`.
    """

    global_params = [IDEMPOTENCY_KEY]

    def get_override_parameters(self) -> list[Any]:
        takes_key = getattr(self.view, "idempotent_methods", ())
        return self.global_params if self.method in takes_key else []

    def get_description(self) -> str:  # type: ignore[override]  # spectacular narrows DRF's
        scopes: dict[str, str] = getattr(self.view, "throttle_scopes", {})
        scope = scopes.get(self.method, getattr(self.view, "throttle_scope", ""))
        rate = settings.THROTTLE_RATES.get(scope)
        refused = getattr(self.view, "refusals", {}).get(self.method, ())
        codes = ", ".join(f"`{error.code}` ({STATUS[error.kind]})" for error in refused)
        parts = [
            super().get_description(),
            f"Límite: {rate} (`{scope}`)." if rate else "",
            f"Errores: {codes}." if codes else "",
        ]
        return "\n\n".join(part for part in parts if part)

    def _get_response_bodies(self, direction: Any = "response") -> Any:
        bodies = super()._get_response_bodies(direction)
        refusal = OpenApiResponse(Problem, description="Problema (RFC 9457)")
        found = self._get_response_for_code(  # type: ignore[no-untyped-call]
            refusal, "default", ["application/problem+json"]
        )
        return {**bodies, "default": found}
