"""Shapes of sales documents in the API."""

from functools import partial
from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from finances.domain.taxes import TAX_CATEGORIES
from finances.models import SalesDocument
from finances.models.sales import ITEM_KINDS, DocumentKind

_Amount = partial(serializers.DecimalField, max_digits=12, decimal_places=2)


class SalesDocumentOutput(serializers.Serializer[Any]):
    """A document; all amounts of a credit note are negative."""

    id = serializers.UUIDField()
    kind = serializers.ChoiceField(DocumentKind.choices)
    number = serializers.SerializerMethodField()
    location = serializers.UUIDField(source="location_id", allow_null=True)
    client = serializers.UUIDField(source="client_id")
    currency = serializers.CharField()
    discount = _Amount()
    base = _Amount()
    tax = _Amount()
    total = _Amount()
    issued_at = serializers.DateTimeField()
    payable_kind = serializers.CharField()
    payable_id = serializers.UUIDField()
    corrects = serializers.UUIDField(source="corrects_id", allow_null=True)
    reason = serializers.CharField(allow_blank=True)

    def get_number(self, document: SalesDocument) -> str:
        """With its prefix."""
        return str(document)


class SalesLineOutput(serializers.Serializer[Any]):
    """What was sold, by whom; prices include taxes."""

    kind = serializers.ChoiceField(ITEM_KINDS)
    description = serializers.CharField()
    item = serializers.UUIDField(source="item_id", allow_null=True)
    staff = serializers.UUIDField(source="staff_id", allow_null=True)
    staff_name = serializers.CharField(allow_blank=True)
    category = serializers.UUIDField(source="category_id", allow_null=True)
    category_name = serializers.CharField(allow_blank=True)
    quantity = serializers.IntegerField()
    list_price = _Amount()
    discount = _Amount()
    tax_category = serializers.ChoiceField(TAX_CATEGORIES)
    tax_rate = serializers.DecimalField(max_digits=5, decimal_places=2)
    base = _Amount()
    tax = _Amount()
    total = _Amount()


class WayPaidOutput(serializers.Serializer[Any]):
    """How much came in one way."""

    method = serializers.CharField()
    amount = _Amount()


class SalesDocumentWholeOutput(SalesDocumentOutput):
    """A document with its lines, and how what it is for was paid altogether."""

    lines = serializers.SerializerMethodField()
    paid_by = serializers.SerializerMethodField()

    @extend_schema_field(SalesLineOutput(many=True))
    def get_lines(self, document: SalesDocument) -> Any:
        """In their order."""
        lines = sorted(document.lines.all(), key=lambda line: line.position)
        return SalesLineOutput(lines, many=True).data

    @extend_schema_field(WayPaidOutput(many=True))
    def get_paid_by(self, document: SalesDocument) -> Any:
        """By method."""
        paid = self.context["paid_by"].items()
        rows = [{"method": method, "amount": amount} for method, amount in paid]
        return WayPaidOutput(rows, many=True).data
