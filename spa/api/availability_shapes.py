"""Shapes of free times."""

from datetime import date
from functools import partial
from typing import Any

from django.core.validators import MaxValueValidator, MinValueValidator
from django.utils.translation import gettext_lazy as _
from drf_spectacular.utils import OpenApiExample, extend_schema_serializer
from rest_framework import serializers

from core.api.serializers import InputSerializer

MOST_SERVICES = 5
# Near its ends the calendar lacks the days around the asked ones.
SENSIBLE_DAYS = [MinValueValidator(date(2000, 1, 1)), MaxValueValidator(date(2999, 12, 31))]


class AvailabilityInput(InputSerializer):
    """The question of `GET availability`."""

    services = serializers.ListField(
        child=serializers.UUIDField(), min_length=1, max_length=MOST_SERVICES
    )
    add_ons = serializers.ListField(
        child=serializers.UUIDField(), required=False, default=list, max_length=10
    )
    party = serializers.IntegerField(required=False, default=1, min_value=1, max_value=4)
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
    """One free start.

    `rank` says how many gaps too short for any service it leaves at least, 0 being the best for the
    studio; absent when the studio does not want its slots ranked.
    """

    start = serializers.DateTimeField()
    end = serializers.DateTimeField()
    staff = serializers.ListField(child=serializers.UUIDField())
    rank = serializers.IntegerField(required=False, min_value=0)


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
                                "rank": 0,
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
