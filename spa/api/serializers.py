"""Shapes of the studio's API."""

from datetime import date
from decimal import Decimal
from functools import partial
from typing import Any

from django.core.validators import MaxValueValidator, MinValueValidator
from django.utils.translation import gettext_lazy as _
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from core.api.serializers import InputSerializer
from core.models import Location, OpeningHours
from core.selectors.settings import get_settings
from spa.domain.policy import Line
from spa.models import (
    Appointment,
    AppointmentItem,
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


class BookingInput(InputSerializer):
    """What is booked."""

    services = serializers.ListField(
        child=serializers.UUIDField(), min_length=1, max_length=MOST_SERVICES
    )
    start = serializers.DateTimeField()
    location = serializers.UUIDField(required=False, allow_null=True, default=None)
    staff = serializers.UUIDField(required=False, allow_null=True, default=None)
    notes = serializers.CharField(required=False, default="", allow_blank=True, max_length=500)


class ItemOutput(serializers.ModelSerializer[AppointmentItem]):
    """One service of a visit at the price agreed."""

    service = serializers.UUIDField(source="service_id")

    class Meta:
        model = AppointmentItem
        fields = ["service", "price", "starts_at", "ends_at"]
        read_only_fields = fields


class AppointmentOutput(serializers.ModelSerializer[Appointment]):
    """A visit. Times carry the offset of its place."""

    start = serializers.SerializerMethodField()
    end = serializers.SerializerMethodField()
    location = serializers.UUIDField(source="location_id")
    staff = serializers.UUIDField(source="staff_id", allow_null=True)
    items = serializers.SerializerMethodField()
    outstanding = serializers.SerializerMethodField()
    payment = serializers.SerializerMethodField()

    class Meta:
        model = Appointment
        fields = [
            "id", "status", "start", "end", "location", "staff", "items", "total", "deposit",
            "paid", "outstanding", "currency", "hold_expires_at", "policy", "notes", "payment",
        ]  # fmt: skip
        read_only_fields = fields

    @extend_schema_field(serializers.DateTimeField())
    def get_start(self, visit: Appointment) -> str:
        """In the place's own time."""
        return visit.starts_at.astimezone(self._zone(visit)).isoformat()

    @extend_schema_field(serializers.DateTimeField())
    def get_end(self, visit: Appointment) -> str:
        """In the place's own time."""
        return visit.ends_at.astimezone(self._zone(visit)).isoformat()

    @extend_schema_field(ItemOutput(many=True))
    def get_items(self, visit: Appointment) -> list[dict[str, Any]]:
        """In the order they are given."""
        items = self.context.get("items")
        found = sorted(visit.items.all(), key=lambda i: i.position) if items is None else items
        return [
            {
                "service": item.service_id,
                "price": item.price,
                "starts_at": item.starts_at,
                "ends_at": item.ends_at,
            }
            for item in found
        ]

    @extend_schema_field(serializers.DecimalField(max_digits=12, decimal_places=2))
    def get_outstanding(self, visit: Appointment) -> Decimal:
        """What is still to be paid (SPA-09)."""
        return visit.total - visit.paid

    @extend_schema_field(PAYMENT)
    def get_payment(self, visit: Appointment) -> dict[str, Any] | None:
        """The newest payment of the visit; the view has looked all of a page up at once."""
        found: dict[str, Any] | None = self.context["payments"].get(visit.pk)
        return found

    def _zone(self, visit: Appointment) -> Any:
        return self.context["zones"][visit.location_id]
