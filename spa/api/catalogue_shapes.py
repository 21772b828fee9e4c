"""Shapes of the public catalogue."""

from decimal import Decimal
from typing import Any

from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from core.models import Location, OpeningHours
from core.selectors.settings import get_settings
from spa.domain.policy import BookingPolicy, Line
from spa.models import (
    AddOn,
    BookingSettings,
    Service,
    ServiceCategory,
    ServiceImage,
    StaffMember,
)


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


class AddOnOutput(serializers.ModelSerializer[AddOn]):
    """Something extra to a service."""

    class Meta:
        model = AddOn
        fields = ["id", "name", "extra_minutes", "price", "currency"]
        read_only_fields = fields


class ServiceImageOutput(serializers.ModelSerializer[ServiceImage]):
    """A picture; `alt` says what it shows to whoever does not see it."""

    url = serializers.SerializerMethodField()

    class Meta:
        model = ServiceImage
        fields = ["url", "alt", "width", "height"]
        read_only_fields = fields

    @extend_schema_field(OpenApiTypes.URI)
    def get_url(self, image: ServiceImage) -> str:
        """Its whole address, also where `MEDIA_URL` is only a path."""
        return str(self.context["request"].build_absolute_uri(image.file.url))


class ServiceOutput(serializers.ModelSerializer[Service]):
    """A service with what has to be paid before the visit."""

    category = serializers.CharField(source="category.name")
    category_id = serializers.UUIDField()
    locations = serializers.PrimaryKeyRelatedField[Any](many=True, read_only=True)
    images = ServiceImageOutput(many=True, read_only=True)
    vip_price = serializers.SerializerMethodField()
    deposit = serializers.SerializerMethodField()
    add_ons = serializers.SerializerMethodField()

    class Meta:
        model = Service
        fields = [
            "id", "name", "description", "category", "category_id", "duration_minutes", "price",
            "vip_price", "currency", "deposit", "requires_staff", "is_low_supervision",
            "add_ons", "images", "locations",
        ]  # fmt: skip
        read_only_fields = fields

    @extend_schema_field(serializers.DecimalField(max_digits=12, decimal_places=2))
    def get_vip_price(self, service: Service) -> Decimal:
        """What a VIP member pays, by the rule that booking uses."""
        return self._policy().price_for(
            service.price,
            own_vip_price=service.vip_price,
            is_vip=True,
            currency=service.currency,
        )

    @extend_schema_field(serializers.DecimalField(max_digits=12, decimal_places=2))
    def get_deposit(self, service: Service) -> Decimal:
        """The deposit of a client who is not VIP, by the policy that booking uses."""
        policy = self._policy()
        line = Line(service.price, service.deposit_percent, service.deposit_amount)
        return policy.deposit_of([line], is_vip=False, currency=service.currency)

    @extend_schema_field(AddOnOutput(many=True))
    def get_add_ons(self, service: Service) -> Any:
        """What can be added to it."""
        return AddOnOutput(self.context.get("add_ons", {}).get(service.pk, []), many=True).data

    def _policy(self) -> BookingPolicy:
        return self.context.get("policy") or get_settings(BookingSettings).policy
