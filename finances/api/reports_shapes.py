"""Shapes of reports in the API, for its document: what is answered was written down before."""

from typing import Any

from rest_framework import serializers

from finances.domain.reports import Shape, Status

STATUSES = [(Status.PROVISIONAL.value, "Provisional"), (Status.FINAL.value, "Definitivo")]
SHAPES = [(shape.value, shape.value) for shape in Shape]
KINDS = [("daily", "De un día"), ("monthly", "De un mes")]


class ReportPlaceOutput(serializers.Serializer[Any]):
    """Of which place it is."""

    id = serializers.UUIDField()
    name = serializers.CharField()


class ReportControlOutput(serializers.Serializer[Any]):
    """What rows come to, and what the ledger says."""

    key = serializers.CharField()
    title = serializers.CharField()
    currency = serializers.CharField()
    report = serializers.DecimalField(max_digits=18, decimal_places=2)
    ledger = serializers.DecimalField(max_digits=18, decimal_places=2)
    difference = serializers.DecimalField(max_digits=18, decimal_places=2)


class ReportColumnOutput(serializers.Serializer[Any]):
    """A column: `key` names it in each row."""

    key = serializers.CharField()
    title = serializers.CharField()
    shape = serializers.ChoiceField(SHAPES)


class ReportSectionOutput(serializers.Serializer[Any]):
    """A table; amounts are text with two decimals."""

    key = serializers.CharField()
    title = serializers.CharField()
    columns = ReportColumnOutput(many=True)
    rows = serializers.ListField(child=serializers.DictField())
    totals = serializers.ListField(child=serializers.DictField())


class ReportOutput(serializers.Serializer[Any]):
    """A report: `until` is the first moment that is not in it."""

    kind = serializers.ChoiceField(KINDS)
    period = serializers.CharField(help_text="`2026-11-20` o `2026-11`")
    since = serializers.DateTimeField()
    until = serializers.DateTimeField()
    location = ReportPlaceOutput(allow_null=True)
    status = serializers.ChoiceField(STATUSES)
    as_of = serializers.DateTimeField(allow_null=True)
    agrees = serializers.BooleanField(help_text="Si todos los controles dan cero")
    controls = ReportControlOutput(many=True)
    sections = ReportSectionOutput(many=True)
    names = serializers.DictField(child=serializers.CharField())
