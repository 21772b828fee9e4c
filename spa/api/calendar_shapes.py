"""Shapes of the desk's calendar and of explanations."""

from datetime import date
from functools import partial
from typing import Any

from django.utils.translation import gettext_lazy as _
from rest_framework import serializers

from core.api.serializers import InputSerializer
from spa.api.availability_shapes import MOST_SERVICES, SENSIBLE_DAYS
from spa.selectors.explanation import Reason, Verdict


class CalendarInput(InputSerializer):
    """The question of `GET calendar`."""

    location = serializers.UUIDField(required=False, default=None)
    staff = serializers.UUIDField(required=False, default=None)
    resource = serializers.UUIDField(required=False, default=None)

    def get_fields(self) -> dict[str, Any]:
        # `from` is a word of Python's, so these two cannot be class attributes.
        day = partial(serializers.DateField, validators=SENSIBLE_DAYS)
        return {**super().get_fields(), "from": day(), "to": day()}

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """The range runs forward."""
        first: date = attrs["from"]
        if attrs["to"] < first:
            raise serializers.ValidationError({"to": _("Debe ser igual o posterior a «from».")})
        return attrs


class StretchOutput(serializers.Serializer[Any]):
    """From when to when."""

    start = serializers.DateTimeField()
    end = serializers.DateTimeField()


class CalendarEntryOutput(StretchOutput):
    """What takes time, buffers included; `client` is a name."""

    kind = serializers.CharField()
    id = serializers.UUIDField()
    resource = serializers.UUIDField()
    title = serializers.CharField()
    status = serializers.CharField(allow_blank=True)
    client_id = serializers.UUIDField(allow_null=True)
    client = serializers.CharField(allow_blank=True)
    is_hold = serializers.BooleanField()


class RowOutput(serializers.Serializer[Any]):
    """One person or room; `open` is when they work, or the place is open."""

    resource = serializers.UUIDField()
    staff = serializers.UUIDField(allow_null=True)
    kind = serializers.CharField()
    name = serializers.CharField()
    open = StretchOutput(many=True)


class CalendarOutput(serializers.Serializer[Any]):
    """Some days of a place."""

    timezone = serializers.CharField()
    location = serializers.UUIDField()
    rows = RowOutput(many=True)
    entries = CalendarEntryOutput(many=True)


class ExplainInput(InputSerializer):
    """The question of `GET availability/explain`."""

    start = serializers.DateTimeField()
    services = serializers.ListField(
        child=serializers.UUIDField(), min_length=1, max_length=MOST_SERVICES
    )
    add_ons = serializers.ListField(
        child=serializers.UUIDField(), required=False, default=list, max_length=10
    )
    party = serializers.IntegerField(required=False, default=1, min_value=1, max_value=4)
    location = serializers.UUIDField(required=False, default=None)
    staff = serializers.UUIDField(required=False, default=None)


class CandidateOutput(serializers.Serializer[Any]):
    """A person or a room, and what speaks against them."""

    id = serializers.UUIDField()
    name = serializers.CharField()
    verdict = serializers.ChoiceField([verdict.value for verdict in Verdict])
    in_the_way = CalendarEntryOutput(many=True)


class JudgedOutput(StretchOutput):
    """One need of the visit."""

    kind = serializers.CharField()
    candidates = CandidateOutput(many=True)


class ExplanationOutput(serializers.Serializer[Any]):
    """All that speaks against a start."""

    start = serializers.DateTimeField()
    is_offered = serializers.BooleanField()
    reasons = serializers.ListField(
        child=serializers.ChoiceField([reason.value for reason in Reason])
    )
    demands = JudgedOutput(many=True)
