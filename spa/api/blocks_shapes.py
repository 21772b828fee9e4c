"""Shapes of blocked time, hours and resources."""

from typing import Any

from rest_framework import serializers

from core.api.serializers import InputSerializer
from core.models import Weekday
from spa.models import Block, BlockKind, BlockOccurrence, Resource, ResourceKind, WeeklyHours

ROOM_KINDS = [choice for choice in ResourceKind.choices if choice[0] != ResourceKind.STAFF]


class PeriodInput(InputSerializer):
    """From when to when, why, and how often again."""

    start = serializers.DateTimeField()
    end = serializers.DateTimeField()
    reason = serializers.CharField(required=False, default="", allow_blank=True, max_length=200)
    rule = serializers.CharField(required=False, default="", allow_blank=True, max_length=200)
    if_busy = serializers.ChoiceField(["refuse", "skip"], required=False, default="refuse")


class BlockInput(PeriodInput):
    """Time of any resource."""

    resource = serializers.UUIDField()
    kind = serializers.ChoiceField(BlockKind.choices)


class BlockOccurrenceOutput(serializers.ModelSerializer[BlockOccurrence]):
    """One time it happens."""

    start = serializers.DateTimeField(source="starts_at")
    end = serializers.DateTimeField(source="ends_at")

    class Meta:
        model = BlockOccurrence
        fields = ["id", "start", "end", "status"]
        read_only_fields = fields


class BlockOutput(serializers.ModelSerializer[Block]):
    """Blocked time and its coming occurrences."""

    resource = serializers.UUIDField(source="resource_id")
    start = serializers.DateTimeField(source="starts_at")
    end = serializers.DateTimeField(source="ends_at")
    occurrences = BlockOccurrenceOutput(many=True)

    class Meta:
        model = Block
        fields = [
            "id", "resource", "kind", "reason", "start", "end", "timezone", "rule", "occurrences"
        ]  # fmt: skip
        read_only_fields = fields


class ResourceOutput(serializers.ModelSerializer[Resource]):
    """A room, a cabin or a machine."""

    location = serializers.UUIDField(source="location_id")

    class Meta:
        model = Resource
        fields = ["id", "name", "kind", "location", "is_active"]
        read_only_fields = fields


class HoursOutput(serializers.ModelSerializer[WeeklyHours]):
    """Wall-clock hours on a weekday (1 is Monday)."""

    location = serializers.UUIDField(source="location_id")

    class Meta:
        model = WeeklyHours
        fields = ["location", "weekday", "starts", "ends", "valid_from", "valid_until"]
        read_only_fields = fields


class HoursInput(InputSerializer):
    """Wall-clock hours on a weekday (1 is Monday), within inclusive dates when given."""

    location = serializers.UUIDField()
    weekday = serializers.ChoiceField(Weekday.choices)
    starts = serializers.TimeField()
    ends = serializers.TimeField()
    valid_from = serializers.DateField(required=False, allow_null=True, default=None)
    valid_until = serializers.DateField(required=False, allow_null=True, default=None)


class ScheduleInput(InputSerializer):
    """All weekly hours of somebody: what is not in it is over."""

    hours = serializers.ListField(child=HoursInput(), max_length=50)


class ScheduleOutput(serializers.Serializer[Any]):
    """All weekly hours of somebody."""

    staff = serializers.UUIDField()
    hours = HoursOutput(many=True)
