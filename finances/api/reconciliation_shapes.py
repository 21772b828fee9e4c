"""Shapes of reconciliations and differences in the API."""

from typing import Any

from drf_spectacular.utils import OpenApiExample, extend_schema_serializer
from rest_framework import serializers

from core.api.serializers import InputSerializer
from finances.domain.reconciliation import Way
from finances.models.reconciliation import (
    DAY_STATUSES,
    DIFFERENCE_STATES,
    KINDS,
    SUBJECTS,
    WAYS,
)

# What a person may choose; asking again has an endpoint of its own.
CHOSEN = [(way, label) for way, label in WAYS if way != Way.ASKED_AGAIN]
_MONEY: dict[str, Any] = {"max_digits": 16, "decimal_places": 2}


class ReconciliationOutput(serializers.Serializer[Any]):
    """A day, compared: `there` are the providers' books, `here` the ledger."""

    id = serializers.UUIDField()
    day = serializers.DateField()
    status = serializers.ChoiceField(DAY_STATUSES)
    started_at = serializers.DateTimeField()
    finished_at = serializers.DateTimeField(allow_null=True)
    problem = serializers.CharField(allow_blank=True)
    refunds_compared = serializers.BooleanField()
    payments_there = serializers.IntegerField()
    payments_here = serializers.IntegerField()
    paid_there = serializers.DecimalField(**_MONEY)
    paid_here = serializers.DecimalField(**_MONEY)
    refunded_there = serializers.DecimalField(**_MONEY)
    refunded_here = serializers.DecimalField(**_MONEY)
    paid_out_there = serializers.DecimalField(**_MONEY)
    paid_out_here = serializers.DecimalField(**_MONEY)
    settled = serializers.IntegerField()
    found = serializers.IntegerField()


class DifferenceOutput(serializers.Serializer[Any]):
    """What differs, what both sides say, and what has become of it.

    `amount` is how much more money there is there than here.
    """

    id = serializers.UUIDField()
    subject = serializers.ChoiceField(SUBJECTS)
    kind = serializers.ChoiceField(KINDS)
    thing = serializers.CharField()
    theirs = serializers.DictField(child=serializers.CharField(), allow_null=True)
    ours = serializers.DictField(child=serializers.CharField(), allow_null=True)
    amount = serializers.DecimalField(max_digits=12, decimal_places=2)
    currency = serializers.CharField()
    first_day = serializers.DateField(source="first_run.day")
    last_day = serializers.DateField(source="last_run.day")
    state = serializers.ChoiceField(DIFFERENCE_STATES)
    owner = serializers.UUIDField(source="owner_id", allow_null=True)
    way = serializers.ChoiceField(WAYS, allow_blank=True)
    client = serializers.UUIDField(source="client_id", allow_null=True)
    note = serializers.CharField(allow_blank=True)
    needs_approval = serializers.BooleanField()
    proposed_by = serializers.UUIDField(source="proposed_by_id", allow_null=True)
    resolved_by = serializers.UUIDField(source="resolved_by_id", allow_null=True)
    ended_at = serializers.DateTimeField(allow_null=True)


@extend_schema_serializer(
    examples=[OpenApiExample("A una persona", {"owner": "01935b1f-0000-7000-8000-000000000000"})]
)
class AssignInput(InputSerializer):
    """Who sees to it."""

    owner = serializers.UUIDField()


@extend_schema_serializer(
    examples=[
        OpenApiExample(
            "Dinero de un cliente que no era de un pago",
            {
                "way": "client_credit",
                "client": "01935b1f-0000-7000-8000-000000000000",
                "note": "Pagó por el enlace del panel",
            },
        ),
        OpenApiExample(
            "Un costo que descontó la pasarela", {"way": "gateway_fees", "note": "Factura 1042"}
        ),
    ]
)
class ResolveInput(InputSerializer):
    """Where the money in question is booked, and why."""

    way = serializers.ChoiceField(CHOSEN)
    client = serializers.UUIDField(required=False, allow_null=True, default=None)
    note = serializers.CharField(min_length=3, max_length=200)


@extend_schema_serializer(examples=[OpenApiExample("Porque ya respondió", {"note": "Ya está"})])
class AskAgainInput(InputSerializer):
    """Why it should be otherwise now."""

    note = serializers.CharField(min_length=3, max_length=200)
