"""What drf-spectacular cannot see: problems, idempotency keys, limits (CORE-03, CORE-14)."""

from typing import Any

from drf_spectacular.openapi import AutoSchema
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, OpenApiResponse
from rest_framework import serializers

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
    """Adds the problem answer, the key's header and the limit's text to every operation."""

    global_params = [IDEMPOTENCY_KEY]

    def get_override_parameters(self) -> list[Any]:
        takes_key = getattr(self.view, "idempotent_methods", ())
        return self.global_params if self.method in takes_key else []

    def get_description(self) -> str:  # type: ignore[override]  # spectacular narrows DRF's
        scope = getattr(self.view, "throttle_scope", "")
        text: str = super().get_description()
        return f"{text}\n\nLímite: `{scope}`." if scope else text

    def _get_response_bodies(self, direction: Any = "response") -> Any:
        bodies = super()._get_response_bodies(direction)
        refusal = OpenApiResponse(Problem, description="Problema (RFC 9457)")
        found = self._get_response_for_code(  # type: ignore[no-untyped-call]
            refusal, "default", ["application/problem+json"]
        )
        return {**bodies, "default": found}
