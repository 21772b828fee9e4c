"""Shapes of visits."""

from typing import Any

from drf_spectacular.utils import OpenApiExample, extend_schema_field, extend_schema_serializer
from rest_framework import serializers

from core.api.serializers import InputSerializer
from spa.api.availability_shapes import MOST_SERVICES
from spa.api.payment_shapes import WishesInput
from spa.domain.lifecycle import AppointmentStatus
from spa.selectors.availability import Wish
from spa.selectors.pricing import Wishes

STATUSES = [status.value for status in AppointmentStatus]
MOST_ADD_ONS = 10
MOST_GUESTS = 3
# The shape belongs to finances, whose insides are its own; the document knows it by name.
PAYMENT = {"allOf": [{"$ref": "#/components/schemas/PaymentOutput"}], "nullable": True}


class GuestInput(InputSerializer):
    """What one person of a visit wants; `staff` and `add_ons` are for all of their services."""

    services = serializers.ListField(
        child=serializers.UUIDField(), min_length=1, max_length=MOST_SERVICES
    )
    staff = serializers.UUIDField(required=False, allow_null=True, default=None)
    add_ons = serializers.ListField(
        child=serializers.UUIDField(), required=False, default=list, max_length=MOST_ADD_ONS
    )


@extend_schema_serializer(
    examples=[
        OpenApiExample(
            "Un masaje con quien esté libre",
            value={
                "services": ["01a1f796-2b1e-745d-932e-5bb4c9efdf5b"],
                "location": "01a1f796-2b0b-746c-aff3-e8bd7f341640",
                "staff": None,
                "start": "2026-12-01T10:00:00-05:00",
                "notes": "Prefiero presión suave",
            },
            request_only=True,
        ),
        OpenApiExample(
            "En pareja, con un adicional y saldo a favor",
            value={
                "services": ["01a1f796-2b1e-745d-932e-5bb4c9efdf5b"],
                "add_ons": ["01a1f796-2b1e-745d-932e-5bb4c9efdf6c"],
                "guests": [{"services": ["01a1f796-2b1e-745d-932e-5bb4c9efdf5b"]}],
                "start": "2026-12-01T10:00:00-05:00",
                "use_credit": True,
            },
            request_only=True,
        ),
    ]
)
class BookingInput(WishesInput, GuestInput):
    """What is booked: the client's services, those who come along, and how it is paid."""

    start = serializers.DateTimeField()
    location = serializers.UUIDField(required=False, allow_null=True, default=None)
    notes = serializers.CharField(required=False, default="", allow_blank=True, max_length=500)
    guests = serializers.ListField(
        child=GuestInput(), required=False, default=list, max_length=MOST_GUESTS
    )

    @classmethod
    def parse_order(cls, data: Any) -> dict[str, Any]:
        """The request as booking and quoting take it. Raises DRF's `ValidationError`."""
        return cls.order_of(cls.parse(data))

    @staticmethod
    def order_of(asked: dict[str, Any]) -> dict[str, Any]:
        """What was asked for, as booking and quoting take it."""
        return {
            "service_ids": asked["services"],
            "staff_id": asked["staff"],
            "add_on_ids": asked["add_ons"],
            "guests": [
                Wish(guest["services"], guest["staff"], guest["add_ons"])
                for guest in asked["guests"]
            ],
            "location_id": asked["location"],
            "start": asked["start"],
            "notes": asked["notes"],
            "wishes": Wishes(
                voucher=asked["voucher"],
                vouchers=tuple(asked["vouchers"]),
                package=asked["package"],
                use_credit=asked["use_credit"],
            ),
        }


class TierOutput(serializers.Serializer[Any]):
    """Until when cancelling gives back this share, what it is of the deposit, and at what price."""

    reason = serializers.ChoiceField(["free", "partial", "late"])
    until = serializers.DateTimeField()
    credit_percent = serializers.DecimalField(max_digits=5, decimal_places=2)
    credit = serializers.DecimalField(max_digits=12, decimal_places=2)
    strike = serializers.BooleanField()


class ReschedulingOutput(serializers.Serializer[Any]):
    """How often a visit may be moved by its client, and until when."""

    limit = serializers.IntegerField()
    until = serializers.DateTimeField()


class NoShowOutput(serializers.Serializer[Any]):
    """When nobody is waited for any more, and what comes back of the deposit then."""

    after = serializers.DateTimeField()
    credit_percent = serializers.DecimalField(max_digits=5, decimal_places=2)
    credit = serializers.DecimalField(max_digits=12, decimal_places=2)
    strike = serializers.BooleanField()


class CancellationOutput(serializers.Serializer[Any]):
    """Until when cancelling is free, and what comes back as credit before and after."""

    free_until = serializers.DateTimeField()
    credit_percent_before = serializers.DecimalField(max_digits=5, decimal_places=2)
    credit_percent_after = serializers.DecimalField(max_digits=5, decimal_places=2)
    tiers = TierOutput(many=True)


class ItemOutput(serializers.Serializer[Any]):
    """One service of a visit, or an addition to one, at the price agreed.

    `guest` is 0 for the client and counts those who come along. `discount` is the voucher's share
    of `price`; what a package's session pays for (`is_covered`) costs nothing.
    """

    service = serializers.UUIDField()
    add_on = serializers.UUIDField(allow_null=True)
    guest = serializers.IntegerField()
    staff = serializers.UUIDField(allow_null=True)
    price = serializers.DecimalField(max_digits=12, decimal_places=2)
    discount = serializers.DecimalField(max_digits=12, decimal_places=2)
    is_covered = serializers.BooleanField()
    start = serializers.DateTimeField()
    end = serializers.DateTimeField()


class PolicyOutput(serializers.Serializer[Any]):
    """The conditions agreed to when booking, with exact amounts and local deadlines (SPA-26)."""

    deposit = serializers.DecimalField(max_digits=12, decimal_places=2)
    balance = serializers.DecimalField(max_digits=12, decimal_places=2)
    currency = serializers.CharField()
    hold_minutes = serializers.IntegerField()
    cancellation = CancellationOutput()
    rescheduling = ReschedulingOutput()
    no_show = NoShowOutput()


class AppointmentOutput(serializers.Serializer[Any]):
    """A visit, as `spa.api.presenters` shows it. Times carry the offset of its place."""

    id = serializers.UUIDField()
    status = serializers.ChoiceField(STATUSES)
    start = serializers.DateTimeField()
    end = serializers.DateTimeField()
    location = serializers.UUIDField()
    staff = serializers.UUIDField(allow_null=True)
    items = ItemOutput(many=True)
    total = serializers.DecimalField(max_digits=12, decimal_places=2)
    discount = serializers.DecimalField(max_digits=12, decimal_places=2)
    deposit = serializers.DecimalField(max_digits=12, decimal_places=2)
    credit_used = serializers.DecimalField(max_digits=12, decimal_places=2)
    paid = serializers.DecimalField(max_digits=12, decimal_places=2)
    outstanding = serializers.DecimalField(max_digits=12, decimal_places=2)
    currency = serializers.CharField()
    hold_expires_at = serializers.DateTimeField(allow_null=True)
    check_in_code = serializers.CharField(allow_blank=True)
    reschedules = serializers.IntegerField()
    series = serializers.UUIDField(allow_null=True)
    policy = PolicyOutput()
    notes = serializers.CharField(allow_blank=True)
    payment = serializers.SerializerMethodField()

    @extend_schema_field(PAYMENT)
    def get_payment(self, visit: Any) -> Any:
        """The newest payment of the visit."""
        return visit["payment"]
