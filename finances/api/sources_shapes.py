"""Shapes of kept ways to pay."""

from typing import Any

from django.utils.translation import gettext_lazy as _
from drf_spectacular.utils import OpenApiExample, extend_schema_serializer
from rest_framework import serializers

from core.api.serializers import InputSerializer
from finances.api.charges_shapes import ACCEPTED
from finances.api.serializers import GatewayRefusalOutput
from finances.domain.sources import SourceKind, SourceStatus

KINDS = [kind.value for kind in SourceKind]
SOURCE_STATUSES = [status.value for status in SourceStatus]
NEEDS = {SourceKind.CARD: "token", SourceKind.NEQUI: "phone"}


@extend_schema_serializer(
    examples=[
        OpenApiExample("Tarjeta", ACCEPTED | {"kind": "card", "token": "tok_prod_…"}),
        OpenApiExample("Nequi", ACCEPTED | {"kind": "nequi", "phone": "3991111111"}),
    ]
)
class SourceInput(InputSerializer):
    """A card by its token, or a Nequi account by its phone; both documents accepted."""

    kind = serializers.ChoiceField(KINDS)
    token = serializers.CharField(max_length=200, required=False)
    phone = serializers.RegexField(r"^3\d{9}$", required=False)
    email = serializers.EmailField(required=False)
    acceptance_token = serializers.CharField(max_length=4096)
    personal_data_token = serializers.CharField(max_length=4096)

    default_error_messages = {"one": _("Una tarjeta lleva su token; una cuenta Nequi, su celular.")}

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """What the kind needs, and not what the other one does."""
        given = {"token", "phone"} & attrs.keys()
        if given != {NEEDS[SourceKind(attrs["kind"])]}:
            self.fail("one")
        return attrs


class SourceChangeInput(InputSerializer):
    """Which one is charged."""

    is_default = serializers.BooleanField()

    default_error_messages = {"other": _("Para cambiarla, elige otra como preferida.")}

    def validate_is_default(self, value: bool) -> bool:
        """There is always one, so a default is changed by choosing another."""
        if not value:
            self.fail("other")
        return value


class SourceOutput(serializers.Serializer[Any]):
    """A way to pay that is kept, or is about to be."""

    id = serializers.UUIDField()
    kind = serializers.ChoiceField(KINDS)
    status = serializers.ChoiceField(SOURCE_STATUSES)
    brand = serializers.CharField(allow_blank=True)
    last_four = serializers.CharField(allow_blank=True)
    is_default = serializers.BooleanField()
    refusal = GatewayRefusalOutput(allow_null=True)
    asked_at = serializers.DateTimeField()
