"""Shapes of the studio's API."""

from datetime import date
from decimal import Decimal
from functools import partial
from typing import Any

from django.core.validators import MaxValueValidator, MinValueValidator
from django.utils.translation import gettext_lazy as _
from drf_spectacular.utils import (
    OpenApiExample,
    extend_schema_field,
    extend_schema_serializer,
)
from rest_framework import serializers

from core.api.serializers import InputSerializer
from core.models import Location, OpeningHours
from core.selectors.settings import get_settings
from spa.domain.lifecycle import AppointmentStatus
from spa.domain.policy import Line
from spa.models import (
    BookingSettings,
    Service,
    ServiceCategory,
    StaffMember,
)

MOST_SERVICES = 5
# Near its ends the calendar lacks the days around the asked ones.
SENSIBLE_DAYS = [MinValueValidator(date(2000, 1, 1)), MaxValueValidator(date(2999, 12, 31))]
# The shape belongs to finances, whose insides are its own; the document knows it by name.
PAYMENT = {"allOf": [{"$ref": "#/components/schemas/PaymentOutput"}], "nullable": True}


class AvailabilityInput(InputSerializer):
    """The question of `GET availability`."""

    services = serializers.ListField(
        child=serializers.UUIDField(), min_length=1, max_length=MOST_SERVICES
    )
    location = serializers.UUIDField(required=False, default=None)
    staff = serializers.UUIDField(required=False, default=None)

    def get_fields(self) -> dict[str, Any]:
        # `from` is a word of Python's, so these two cannot be class attributes.
        day = partial(serializers.DateField, validators=SENSIBLE_DAYS)
        return {**super().get_fields(), "from": day(), "to": day()}

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """The range runs forward."""
        if attrs["to"] < attrs["from"]:
            raise serializers.ValidationError({"to": _("Debe ser igual o posterior a «from».")})
        return attrs


class SlotOutput(serializers.Serializer[Any]):
    """One free start."""

    start = serializers.DateTimeField()
    end = serializers.DateTimeField()
    staff = serializers.ListField(child=serializers.UUIDField())


class DayOutput(serializers.Serializer[Any]):
    """A local day and its free starts."""

    date = serializers.DateField()
    slots = SlotOutput(many=True)


@extend_schema_serializer(
    examples=[
        OpenApiExample(
            "Un día con un horario libre",
            value={
                "timezone": "America/Bogota",
                "location": "01a1f796-2b0b-746c-aff3-e8bd7f341640",
                "duration_minutes": 60,
                "days": [
                    {
                        "date": "2026-12-01",
                        "slots": [
                            {
                                "start": "2026-12-01T10:00:00-05:00",
                                "end": "2026-12-01T11:00:00-05:00",
                                "staff": ["01a1f796-2cd2-728f-acee-62d28168733f"],
                            }
                        ],
                    }
                ],
            },
            response_only=True,
        )
    ]
)
class AvailabilityOutput(serializers.Serializer[Any]):
    """Free times of a place."""

    timezone = serializers.CharField()
    location = serializers.UUIDField()
    duration_minutes = serializers.IntegerField()
    days = DayOutput(many=True)


class OpeningHoursOutput(serializers.ModelSerializer[OpeningHours]):
    """When a place is open on a weekday (ISO, Monday is 1)."""

    class Meta:
        model = OpeningHours
        fields = ["weekday", "opens", "closes"]
        read_only_fields = fields


class LocationOutput(serializers.ModelSerializer[Location]):
    """A place."""

    opening_hours = OpeningHoursOutput(many=True, read_only=True)

    class Meta:
        model = Location
        fields = [
            "id", "name", "slug", "address", "city", "country", "phone", "timezone", "currency",
            "opening_hours",
        ]  # fmt: skip
        read_only_fields = fields


class CategoryOutput(serializers.ModelSerializer[ServiceCategory]):
    """A shelf of the catalogue."""

    class Meta:
        model = ServiceCategory
        fields = ["id", "name", "slug", "position"]
        read_only_fields = fields


class StaffOutput(serializers.ModelSerializer[StaffMember]):
    """Somebody who can be booked."""

    name = serializers.CharField(source="display_name")
    skills = serializers.SlugRelatedField[Any](slug_field="name", many=True, read_only=True)

    class Meta:
        model = StaffMember
        fields = ["id", "name", "skills"]
        read_only_fields = fields


class ServiceOutput(serializers.ModelSerializer[Service]):
    """A service with what has to be paid before the visit."""

    category = serializers.CharField(source="category.name")
    category_id = serializers.UUIDField()
    locations = serializers.PrimaryKeyRelatedField[Any](many=True, read_only=True)
    deposit = serializers.SerializerMethodField()

    class Meta:
        model = Service
        fields = [
            "id", "name", "description", "category", "category_id", "duration_minutes", "price",
            "vip_price", "currency", "deposit", "requires_staff", "locations",
        ]  # fmt: skip
        read_only_fields = fields

    @extend_schema_field(serializers.DecimalField(max_digits=12, decimal_places=2))
    def get_deposit(self, service: Service) -> Decimal:
        """The deposit of a client who is not VIP, by the policy that booking uses."""
        policy = self.context.get("policy") or get_settings(BookingSettings).policy
        line = Line(service.price, service.deposit_percent)
        return policy.deposit_of([line], is_vip=False, currency=service.currency)


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
        )
    ]
)
class BookingInput(InputSerializer):
    """What is booked."""

    services = serializers.ListField(
        child=serializers.UUIDField(), min_length=1, max_length=MOST_SERVICES
    )
    start = serializers.DateTimeField()
    location = serializers.UUIDField(required=False, allow_null=True, default=None)
    staff = serializers.UUIDField(required=False, allow_null=True, default=None)
    notes = serializers.CharField(required=False, default="", allow_blank=True, max_length=500)


class CancellationOutput(serializers.Serializer[Any]):
    """Until when cancelling is free, and what comes back as credit before and after."""

    free_until = serializers.DateTimeField()
    credit_percent_before = serializers.DecimalField(max_digits=5, decimal_places=2)
    credit_percent_after = serializers.DecimalField(max_digits=5, decimal_places=2)


class ItemOutput(serializers.Serializer[Any]):
    """One service of a visit at the price agreed."""

    service = serializers.UUIDField()
    price = serializers.DecimalField(max_digits=12, decimal_places=2)
    start = serializers.DateTimeField()
    end = serializers.DateTimeField()


class PolicyOutput(serializers.Serializer[Any]):
    """The conditions agreed to when booking, with exact amounts and local deadlines (SPA-26)."""

    deposit = serializers.DecimalField(max_digits=12, decimal_places=2)
    balance = serializers.DecimalField(max_digits=12, decimal_places=2)
    currency = serializers.CharField()
    hold_minutes = serializers.IntegerField()
    cancellation = CancellationOutput()


class AppointmentOutput(serializers.Serializer[Any]):
    """A visit, as `spa.api.presenters` shows it. Times carry the offset of its place."""

    id = serializers.UUIDField()
    status = serializers.ChoiceField([status.value for status in AppointmentStatus])
    start = serializers.DateTimeField()
    end = serializers.DateTimeField()
    location = serializers.UUIDField()
    staff = serializers.UUIDField(allow_null=True)
    items = ItemOutput(many=True)
    total = serializers.DecimalField(max_digits=12, decimal_places=2)
    deposit = serializers.DecimalField(max_digits=12, decimal_places=2)
    paid = serializers.DecimalField(max_digits=12, decimal_places=2)
    outstanding = serializers.DecimalField(max_digits=12, decimal_places=2)
    currency = serializers.CharField()
    hold_expires_at = serializers.DateTimeField(allow_null=True)
    policy = PolicyOutput()
    notes = serializers.CharField(allow_blank=True)
    payment = serializers.SerializerMethodField()

    @extend_schema_field(PAYMENT)
    def get_payment(self, visit: Any) -> Any:
        """The newest payment of the visit."""
        return visit["payment"]
