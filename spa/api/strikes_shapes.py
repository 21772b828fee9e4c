"""Shapes of strikes."""

from typing import Any

from rest_framework import serializers

from core.api.serializers import InputSerializer
from spa.models import AppealStatus, StrikeKind


class AppealInput(InputSerializer):
    """What a client says against a strike."""

    text = serializers.CharField(max_length=1000)


class WaiveInput(InputSerializer):
    """Why staff waive a strike."""

    reason = serializers.CharField(max_length=200)


class AnswerInput(InputSerializer):
    """What staff decide about an appeal, and what they tell the client."""

    uphold = serializers.BooleanField()
    answer = serializers.CharField(max_length=200)


class StrikeFilters(InputSerializer):
    """Which strikes staff want to see."""

    client = serializers.UUIDField(required=False, default=None)
    open_appeals = serializers.BooleanField(required=False, default=False)


class AppealOutput(serializers.Serializer[Any]):
    """What was said against a strike, and the answer."""

    text = serializers.CharField()
    status = serializers.ChoiceField(AppealStatus.choices)
    filed_at = serializers.DateTimeField()
    answer = serializers.CharField(allow_blank=True)
    decided_at = serializers.DateTimeField(allow_null=True)


class StrikeOutput(serializers.Serializer[Any]):
    """A visit that counts against its client, unless it was waived."""

    id = serializers.UUIDField()
    client = serializers.UUIDField()
    kind = serializers.ChoiceField(StrikeKind.choices)
    at = serializers.DateTimeField()
    appointment = serializers.UUIDField()
    service = serializers.CharField()
    start = serializers.DateTimeField()
    waived_at = serializers.DateTimeField(allow_null=True)
    waive_reason = serializers.CharField(allow_blank=True)
    appeal = AppealOutput(allow_null=True)
