"""Shapes of classes and of the places in them."""

from datetime import date, timedelta
from decimal import Decimal
from functools import partial
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from drf_spectacular.utils import OpenApiExample, extend_schema_field, extend_schema_serializer
from rest_framework import serializers

from core.api.serializers import InputSerializer
from spa.api.appointment_shapes import PAYMENT, CancellationOutput
from spa.api.availability_shapes import SENSIBLE_DAYS
from spa.domain.classes import EnrolmentStatus, SessionStatus
from spa.domain.policy import BookingPolicy
from spa.models import ClassType

USUAL_DAYS = 7
Money = partial(serializers.DecimalField, max_digits=12, decimal_places=2)

ENROLMENT_STATUSES = [status.value for status in EnrolmentStatus]


class SessionsInput(InputSerializer):
    """The filters of `GET classes/sessions`; without days, the week that begins today."""

    location = serializers.UUIDField(required=False, default=None)
    type = serializers.UUIDField(required=False, default=None)

    def get_fields(self) -> dict[str, Any]:
        # `from` is a word of Python's, so these two cannot be class attributes.
        day = partial(serializers.DateField, validators=SENSIBLE_DAYS, required=False, default=None)
        return {**super().get_fields(), "from": day(), "to": day()}

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """The range runs forward."""
        first: date = attrs["from"] or timezone.localdate()
        last: date = attrs["to"] or first + timedelta(days=USUAL_DAYS - 1)
        if last < first:
            raise serializers.ValidationError({"to": _("Debe ser igual o posterior a «from».")})
        return {**attrs, "from": first, "to": last}


@extend_schema_serializer(
    examples=[
        OpenApiExample(
            "Con saldo a favor, o en lista de espera si no hay cupo",
            value={"package": None, "use_credit": True, "wait": True},
            request_only=True,
        )
    ]
)
class EnrolInput(InputSerializer):
    """What pays for the place, and whether a full class is worth waiting for."""

    package = serializers.UUIDField(required=False, allow_null=True, default=None)
    use_credit = serializers.BooleanField(required=False, default=False)
    wait = serializers.BooleanField(required=False, default=False)

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """One thing pays."""
        if attrs["package"] and attrs["use_credit"]:
            detail = _("Elige un paquete o tu saldo, no ambos.")
            raise serializers.ValidationError({"use_credit": detail})
        return attrs


class StaffEnrolInput(EnrolInput):
    """The desk also says for whom."""

    client = serializers.UUIDField(required=False, default=None)


class LeaveInput(InputSerializer):
    """A client leaves for themselves."""


class StaffLeaveInput(LeaveInput):
    """The desk also says who leaves, and why everything is given back if the terms would not."""

    client = serializers.UUIDField(required=False, default=None)
    waive_reason = serializers.CharField(
        required=False, default="", allow_blank=True, max_length=200
    )


class SeatPaymentInput(InputSerializer):
    """Who pays for their seat, and how: `cash`, `card` or `transfer`."""

    client = serializers.UUIDField()
    method = serializers.CharField(max_length=20)


class AttendanceInput(InputSerializer):
    """Who was there; everybody else with a place was absent."""

    present = serializers.ListField(child=serializers.UUIDField(), max_length=500)


class SubstituteInput(InputSerializer):
    """Who gives the class instead."""

    instructor = serializers.UUIDField()


class CancelSessionInput(InputSerializer):
    """Why the class is not given."""

    reason = serializers.CharField(max_length=200)


class ClassTypeOutput(serializers.ModelSerializer[ClassType]):
    """Something that is taught to a group."""

    vip_price = serializers.SerializerMethodField()

    class Meta:
        model = ClassType
        fields = [
            "id", "name", "description", "duration_minutes", "price", "vip_price", "currency",
            "capacity",
        ]  # fmt: skip
        read_only_fields = fields

    @extend_schema_field(Money())
    def get_vip_price(self, taught: ClassType) -> Decimal:
        """What a VIP member pays, by the rule that enrolling uses."""
        policy: BookingPolicy = self.context["policy"]
        return policy.price_for(
            taught.price, own_vip_price=None, is_vip=True, currency=taught.currency
        )


class NamedOutput(serializers.Serializer[Any]):
    """Something with a name."""

    id = serializers.UUIDField()
    name = serializers.CharField()


class ClassSessionOutput(serializers.Serializer[Any]):
    """One class. Times carry the offset of its place."""

    id = serializers.UUIDField()
    type = NamedOutput()
    location = NamedOutput()
    instructor = NamedOutput()
    room = NamedOutput(allow_null=True)
    start = serializers.DateTimeField()
    end = serializers.DateTimeField()
    status = serializers.ChoiceField([status.value for status in SessionStatus])
    price = Money()
    vip_price = Money()
    currency = serializers.CharField()
    capacity = serializers.IntegerField()
    seats_free = serializers.IntegerField()


class PlaceOutput(serializers.Serializer[Any]):
    """Somebody's place in a class."""

    id = serializers.UUIDField()
    status = serializers.ChoiceField(ENROLMENT_STATUSES)
    session = ClassSessionOutput()
    price = Money()
    currency = serializers.CharField()
    paid = Money()
    credit_used = Money()
    outstanding = Money()
    returned = Money()
    package_use = serializers.UUIDField(allow_null=True)
    hold_expires_at = serializers.DateTimeField(allow_null=True)
    policy = CancellationOutput()
    payment = serializers.SerializerMethodField()

    @extend_schema_field(PAYMENT)
    def get_payment(self, place: Any) -> Any:
        """The newest payment of the place."""
        return place["payment"]


class RosterOutput(serializers.Serializer[Any]):
    """Somebody in a class, as its instructor sees them."""

    id = serializers.UUIDField()
    client = NamedOutput()
    status = serializers.ChoiceField(ENROLMENT_STATUSES)
    joined_at = serializers.DateTimeField()
