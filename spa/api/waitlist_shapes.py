"""Shapes of the waitlist."""

from typing import Any

from django.utils.translation import gettext_lazy as _
from drf_spectacular.utils import OpenApiExample, extend_schema_serializer
from rest_framework import serializers

from core.api.serializers import InputSerializer
from spa.api.availability_shapes import MOST_SERVICES, SENSIBLE_DAYS
from spa.api.payment_shapes import WishesInput
from spa.domain.waiting import EntryStatus, OfferStatus

MOST_PEOPLE = 4
# What a client reads: an entry with a time on offer is still waiting for the studio's tables.
STATUSES = ["offered", *(status.value for status in EntryStatus)]


class WaitlistFilters(InputSerializer):
    """The filters of `GET waitlist`."""

    status = serializers.ChoiceField(
        [status.value for status in EntryStatus], required=False, default=None
    )


@extend_schema_serializer(
    examples=[
        OpenApiExample(
            "Dos personas, una tarde de la primera semana de diciembre",
            value={
                "services": ["01a1f796-2b1e-745d-932e-5bb4c9efdf5b"],
                "location": "01a1f796-2b0b-746c-aff3-e8bd7f341640",
                "staff": None,
                "party_size": 2,
                "date_from": "2026-12-01",
                "date_to": "2026-12-05",
                "time_from": "14:00",
                "time_to": "18:00",
                "notes": "",
            },
            request_only=True,
        )
    ]
)
class JoinInput(InputSerializer):
    """What somebody would take. Days and hours are the place's, both ends included; the hours say
    when a visit may begin.
    """

    services = serializers.ListField(
        child=serializers.UUIDField(), min_length=1, max_length=MOST_SERVICES
    )
    location = serializers.UUIDField(required=False, allow_null=True, default=None)
    staff = serializers.UUIDField(required=False, allow_null=True, default=None)
    party_size = serializers.IntegerField(
        required=False, default=1, min_value=1, max_value=MOST_PEOPLE
    )
    date_from = serializers.DateField(validators=SENSIBLE_DAYS)
    date_to = serializers.DateField(validators=SENSIBLE_DAYS)
    time_from = serializers.TimeField(required=False, allow_null=True, default=None)
    time_to = serializers.TimeField(required=False, allow_null=True, default=None)
    notes = serializers.CharField(required=False, default="", allow_blank=True, max_length=500)

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """Days and hours run forward."""
        for first, last in (("date_from", "date_to"), ("time_from", "time_to")):
            begin, end = attrs[first], attrs[last]
            if begin is not None and end is not None and end < begin:
                told = _("Debe ser igual o posterior a «{field}».").format(field=first)
                raise serializers.ValidationError({last: told})
        return attrs


class StaffJoinInput(JoinInput):
    """The desk says for whom, and how much it matters (0 to 9, more first)."""

    client = serializers.UUIDField(required=False, default=None)
    priority = serializers.IntegerField(required=False, default=0, min_value=0, max_value=9)


class AcceptInput(WishesInput):
    """What an accepted time is paid with, besides money; nothing of it is needed."""


class OfferOutput(serializers.Serializer[Any]):
    """A time that is, or was, kept for somebody. Times carry the offset of the place."""

    id = serializers.UUIDField()
    status = serializers.ChoiceField([status.value for status in OfferStatus])
    start = serializers.DateTimeField()
    end = serializers.DateTimeField()
    staff = serializers.UUIDField(allow_null=True)
    expires_at = serializers.DateTimeField()
    appointment = serializers.UUIDField(allow_null=True)


class EntryOutput(serializers.Serializer[Any]):
    """What somebody waits for, and what they were offered, the latest first.

    `offered`: one of the offers waits for an answer.
    """

    id = serializers.UUIDField()
    status = serializers.ChoiceField(STATUSES)
    client = serializers.UUIDField()
    location = serializers.UUIDField()
    services = serializers.ListField(child=serializers.UUIDField())
    staff = serializers.UUIDField(allow_null=True)
    party_size = serializers.IntegerField()
    date_from = serializers.DateField()
    date_to = serializers.DateField()
    time_from = serializers.TimeField(allow_null=True)
    time_to = serializers.TimeField(allow_null=True)
    notes = serializers.CharField(allow_blank=True)
    joined_at = serializers.DateTimeField()
    offers = OfferOutput(many=True)
