"""Shapes of vouchers in the API."""

from typing import Any

from drf_spectacular.utils import OpenApiExample, extend_schema_serializer
from rest_framework import serializers

from core.api.serializers import InputSerializer
from finances.domain.discounts import Scope, VoucherKind


@extend_schema_serializer(examples=[OpenApiExample("Un cupón", {"code": "NAVIDAD-26"})])
class VoucherInput(InputSerializer):
    """A code as somebody typed it: case, spaces and hyphens do not count."""

    code = serializers.CharField(max_length=64)


class VoucherOutput(serializers.Serializer[Any]):
    """What a voucher promises.

    `items` names the services or packages it is good for; empty means all of its scope.
    """

    code = serializers.CharField()
    kind = serializers.ChoiceField([kind.value for kind in VoucherKind])
    value = serializers.DecimalField(max_digits=12, decimal_places=2)
    currency = serializers.CharField()
    scope = serializers.ChoiceField([scope.value for scope in Scope])
    items = serializers.ListField(child=serializers.UUIDField(), source="item_ids")
    min_spend = serializers.DecimalField(max_digits=12, decimal_places=2)
    valid_until = serializers.DateTimeField(allow_null=True)
    combines_with_vouchers = serializers.BooleanField()
    combines_with_vip = serializers.BooleanField()
    combines_with_credit = serializers.BooleanField()
