"""Shapes of requests."""

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext_lazy as _
from rest_framework import serializers


class InputSerializer(serializers.Serializer[Any]):
    """The shape of a request. What it does not name is refused, never ignored (NA-01)."""

    default_error_messages = {"unknown": _("Este campo no existe aquí.")}

    def to_internal_value(self, data: Any) -> Any:
        if isinstance(data, Mapping) and (unknown := set(data) - set(self.fields)):
            detail = serializers.ErrorDetail(str(self.error_messages["unknown"]), code="unknown")
            raise serializers.ValidationError({name: [detail] for name in sorted(unknown)})
        return super().to_internal_value(data)

    @classmethod
    def parse(cls, data: Any, **context: Any) -> dict[str, Any]:
        """The validated values. Raises DRF's `ValidationError` (400 `CORE-INPUT-INVALID`)."""
        shape = cls(data=data, context=context)
        shape.is_valid(raise_exception=True)
        return dict(shape.validated_data)
