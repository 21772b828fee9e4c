"""Shapes of series of visits."""

from typing import Any

from drf_spectacular.utils import OpenApiExample, extend_schema_field, extend_schema_serializer
from rest_framework import serializers

from core.api.serializers import InputSerializer
from spa.api.appointment_shapes import PAYMENT, AppointmentOutput
from spa.api.availability_shapes import MOST_SERVICES
from spa.domain.series import Scope, SeriesPayment, SeriesStatus
from spa.services.series import Mode

STATUSES = [status.value for status in SeriesStatus]
PAYMENTS = [payment.value for payment in SeriesPayment]
SCOPES = [scope.value for scope in Scope]
EVERY_TUESDAY = {
    "services": ["01a1f796-2b1e-745d-932e-5bb4c9efdf5b"],
    "location": "01a1f796-2b0b-746c-aff3-e8bd7f341640",
    "staff": None,
    "start": "2026-12-01T10:00:00-05:00",
    "rule": "FREQ=WEEKLY;BYDAY=TU;COUNT=10",
    "payment": "each",
}


@extend_schema_serializer(
    examples=[OpenApiExample("Diez martes a las diez", value=EVERY_TUESDAY, request_only=True)]
)
class SeriesInput(InputSerializer):
    """Visits alike, on the days an RFC 5545 rule makes of `start`, at its time on the wall."""

    services = serializers.ListField(
        child=serializers.UUIDField(), min_length=1, max_length=MOST_SERVICES
    )
    add_ons = serializers.ListField(
        child=serializers.UUIDField(), required=False, default=list, max_length=MOST_SERVICES
    )
    start = serializers.DateTimeField()
    rule = serializers.CharField(max_length=200)
    location = serializers.UUIDField(required=False, allow_null=True, default=None)
    staff = serializers.UUIDField(required=False, allow_null=True, default=None)
    payment = serializers.ChoiceField(PAYMENTS, required=False, default=PAYMENTS[0])


class StaffSeriesInput(SeriesInput):
    """The desk says for whom."""

    client = serializers.UUIDField(required=False, default=None)


@extend_schema_serializer(
    examples=[
        OpenApiExample(
            "Diez martes a las diez, los que se pueda",
            value=EVERY_TUESDAY | {"mode": "free", "notes": ""},
            request_only=True,
        )
    ]
)
class SeriesBookingInput(SeriesInput):
    """The same, and what becomes of it when not all days can be had."""

    mode = serializers.ChoiceField(
        [mode.value for mode in Mode], required=False, default=Mode.ALL.value
    )
    notes = serializers.CharField(required=False, default="", allow_blank=True, max_length=500)


class StaffSeriesBookingInput(SeriesBookingInput):
    """The desk says for whom."""

    client = serializers.UUIDField(required=False, default=None)


class ScopeInput(InputSerializer):
    """How much of a series: the visit of the day `occurrence`, it and the following ones, or all
    that are ahead.
    """

    scope = serializers.ChoiceField(SCOPES)
    occurrence = serializers.DateField(required=False, default=None)

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """All needs no day, everything else does."""
        if attrs["scope"] != Scope.ALL and attrs["occurrence"] is None:
            required = serializers.Field.default_error_messages["required"]
            raise serializers.ValidationError({"occurrence": required}, code="required")
        return attrs


class SeriesChangeInput(ScopeInput):
    """What becomes different: the time, the day of the week (ISO, Monday is 1), who serves it."""

    time = serializers.TimeField(required=False, default=None)
    weekday = serializers.IntegerField(required=False, default=None, min_value=1, max_value=7)
    staff = serializers.UUIDField(required=False, default=None)

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """Something has to change."""
        if all(attrs[name] is None for name in ("time", "weekday", "staff")):
            required = serializers.Field.default_error_messages["required"]
            raise serializers.ValidationError({"time": required}, code="required")
        return super().validate(attrs)


class StaffSeriesChangeInput(SeriesChangeInput):
    """The desk may do so against the visits' terms, and says why."""

    override = serializers.BooleanField(required=False, default=False)
    reason = serializers.CharField(required=False, default="", allow_blank=True, max_length=150)


class SeriesCancellationInput(ScopeInput):
    """What is cancelled, and why."""

    reason = serializers.CharField(required=False, default="", allow_blank=True, max_length=150)


class StaffSeriesCancellationInput(SeriesCancellationInput):
    """The desk may do without the terms: all comes back, nothing counts. It says why."""

    waive = serializers.BooleanField(required=False, default=False)


class OccurrenceInput(InputSerializer):
    """Which visit of a series."""

    occurrence = serializers.DateField()


class SeriesCounterInput(InputSerializer):
    """How somebody pays at the desk."""

    method = serializers.CharField(max_length=16)


class DepositPaymentOutput(serializers.Serializer[Any]):
    """A payment for a visit's deposit."""

    payment = serializers.SerializerMethodField()

    @extend_schema_field(PAYMENT)
    def get_payment(self, paid: Any) -> Any:
        """With its checkout."""
        return paid["payment"]


class AlternativeOutput(serializers.Serializer[Any]):
    """What else could be had."""

    start = serializers.DateTimeField()
    staff = serializers.UUIDField(allow_null=True)


class ConflictOutput(serializers.Serializer[Any]):
    """A day on which the visit cannot be had: the code of the refusal a booking would get."""

    date = serializers.DateField()
    start = serializers.DateTimeField(allow_null=True)
    code = serializers.CharField()
    detail = serializers.CharField()
    alternatives = AlternativeOutput(many=True)


class PreviewedOutput(serializers.Serializer[Any]):
    """One day of a series that is not booked yet."""

    date = serializers.DateField()
    start = serializers.DateTimeField(allow_null=True)
    end = serializers.DateTimeField(allow_null=True)
    free = serializers.BooleanField()
    staff = serializers.UUIDField(allow_null=True)
    price = serializers.DecimalField(max_digits=12, decimal_places=2)
    deposit = serializers.DecimalField(max_digits=12, decimal_places=2)
    deposit_until = serializers.DateTimeField(allow_null=True)
    conflict = ConflictOutput(allow_null=True)


class DueOutput(serializers.Serializer[Any]):
    """What would be paid at once."""

    each = serializers.DecimalField(max_digits=12, decimal_places=2)
    advance = serializers.DecimalField(max_digits=12, decimal_places=2)


class PreviewOutput(serializers.Serializer[Any]):
    """A series as booking it would find it now. Nothing is written."""

    rule = serializers.CharField()
    timezone = serializers.CharField()
    location = serializers.UUIDField()
    currency = serializers.CharField()
    total = serializers.DecimalField(max_digits=12, decimal_places=2)
    due_now = DueOutput()
    free = serializers.IntegerField()
    conflicts = serializers.IntegerField()
    occurrences = PreviewedOutput(many=True)


class SeriesOutput(serializers.Serializer[Any]):
    """A series: what was asked for, and where its visits stand."""

    id = serializers.UUIDField()
    status = serializers.ChoiceField(STATUSES)
    client = serializers.UUIDField()
    location = serializers.UUIDField()
    staff = serializers.UUIDField(allow_null=True)
    title = serializers.CharField()
    rule = serializers.CharField()
    starts_on = serializers.DateField()
    time = serializers.TimeField()
    timezone = serializers.CharField()
    deposits = serializers.ChoiceField(PAYMENTS)
    notes = serializers.CharField(allow_blank=True)
    booked_at = serializers.DateTimeField()
    visits = serializers.DictField(child=serializers.IntegerField())
    next_start = serializers.DateTimeField(allow_null=True)
    payment = serializers.SerializerMethodField()

    @extend_schema_field(PAYMENT)
    def get_payment(self, series: Any) -> Any:
        """The payment that makes the series certain."""
        return series["payment"]


class OccurrenceOutput(AppointmentOutput):
    """A visit of a series; `date` is its name there, also after it has moved."""

    date = serializers.DateField()
    deposit_until = serializers.DateTimeField(allow_null=True)


class SeriesDetailOutput(SeriesOutput):
    """A series with all of its visits."""

    occurrences = OccurrenceOutput(many=True)


class BookedSeriesOutput(SeriesDetailOutput):
    """A new series, and the days it could not have."""

    failed = ConflictOutput(many=True)
