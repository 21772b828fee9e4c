"""Shapes of refunds in the API."""

from decimal import Decimal
from typing import Any

from drf_spectacular.utils import OpenApiExample, extend_schema_field, extend_schema_serializer
from rest_framework import serializers

from core.api.serializers import InputSerializer
from finances.models import Refund
from finances.models.refunds import DESTINATIONS, SOURCES, STATES


@extend_schema_serializer(
    examples=[
        OpenApiExample(
            "A la tarjeta, del saldo a favor",
            {
                "payment": "01935b1f-0000-7000-8000-000000000000",
                "amount": "48000.00",
                "source": "credit",
                "destination": "gateway",
                "reason": "Canceló a tiempo y prefiere su dinero",
            },
        )
    ]
)
class RefundInput(InputSerializer):
    """What of which payment goes back, out of whose money, and where to.

    `credit` takes it out of the client's credit; `goodwill` out of the studio's income, and what
    was paid for stays paid. Cash is handed over at `location`.
    """

    payment = serializers.UUIDField()
    amount = serializers.DecimalField(
        max_digits=12, decimal_places=2, min_value=Decimal(0), max_value=Decimal(10**9)
    )
    source = serializers.ChoiceField(SOURCES)  # type: ignore[assignment]
    destination = serializers.ChoiceField(DESTINATIONS)
    reason = serializers.CharField(min_length=3, max_length=200)
    location = serializers.UUIDField(required=False, allow_null=True, default=None)


@extend_schema_serializer(
    examples=[OpenApiExample("Rechazar", {"reason": "Ya se le devolvió en efectivo"})]
)
class RefundReasonInput(InputSerializer):
    """Why it is refused."""

    reason = serializers.CharField(min_length=3, max_length=200)


class RefundOutput(serializers.Serializer[Any]):
    """What was asked for, by whom, and what became of it.

    `failed`: it could not go where it should, and the client has it as credit. `needs_person`: the
    gateway cannot say what became of it.
    """

    id = serializers.UUIDField()
    payment = serializers.SerializerMethodField()
    client = serializers.UUIDField(source="client_id")
    amount = serializers.DecimalField(max_digits=12, decimal_places=2)
    currency = serializers.CharField()
    source = serializers.ChoiceField(SOURCES)  # type: ignore[assignment]
    destination = serializers.ChoiceField(DESTINATIONS)
    reason = serializers.CharField()
    location = serializers.UUIDField(source="location_id", allow_null=True)
    state = serializers.ChoiceField(STATES)
    needs_approval = serializers.BooleanField()
    needs_person = serializers.BooleanField(source="waits_for_somebody")
    requested_by = serializers.UUIDField(source="requested_by_id")
    requested_at = serializers.DateTimeField()
    decided_by = serializers.UUIDField(source="decided_by_id", allow_null=True)
    decided_at = serializers.DateTimeField(allow_null=True)
    answer = serializers.CharField(allow_blank=True)
    reference = serializers.CharField()
    refusal = serializers.CharField(allow_blank=True)
    ended_at = serializers.DateTimeField(allow_null=True)
    credit_notes = serializers.SerializerMethodField()

    @extend_schema_field(serializers.UUIDField())
    def get_payment(self, refund: Refund) -> str:
        """The payment as `GET payments` names it."""
        attempt = refund.attempt
        return str(attempt.payment_id if attempt else refund.counter_payment_id)

    @extend_schema_field(serializers.ListField(child=serializers.UUIDField()))
    def get_credit_notes(self, refund: Refund) -> list[str]:
        """The sales documents that say what of it was taken back, as `GET sales-documents`."""
        return [str(one.note_id) for one in refund.notes.all()]
