"""What a list of visits may be asked for."""

from functools import partial
from typing import Any

from django.http import QueryDict
from django.utils.translation import gettext_lazy as _
from rest_framework import serializers

from core.api.serializers import InputSerializer
from spa.api.availability_shapes import SENSIBLE_DAYS
from spa.domain.lifecycle import AppointmentStatus
from spa.selectors.appointments import Wanted


class VisitsInput(InputSerializer):
    """The filters of `GET appointments`; days are those of each visit's place."""

    status = serializers.ListField(
        child=serializers.ChoiceField([status.value for status in AppointmentStatus]),
        required=False,
        default=list,
    )
    staff = serializers.UUIDField(required=False, default=None)
    location = serializers.UUIDField(required=False, default=None)
    archived = serializers.BooleanField(required=False, default=False)
    ordering = serializers.ChoiceField(
        ["-starts_at", "starts_at"], required=False, default="-starts_at"
    )

    def get_fields(self) -> dict[str, Any]:
        # `from` is a word of Python's, so these two cannot be class attributes.
        day = partial(serializers.DateField, validators=SENSIBLE_DAYS, required=False, default=None)
        return {**super().get_fields(), "from": day(), "to": day()}

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """The range runs forward."""
        if attrs["from"] and attrs["to"] and attrs["to"] < attrs["from"]:
            raise serializers.ValidationError({"to": _("Debe ser igual o posterior a «from».")})
        return attrs


def read_filters(query: QueryDict) -> dict[str, Any]:
    """What the address asks for, as `list_appointments` takes it; what is no filter is left alone.

    Raises DRF's `ValidationError`.
    """
    names = VisitsInput().fields.keys() & query.keys()
    given: dict[str, Any] = {name: query[name] for name in names}
    if "status" in given:
        given["status"] = query.getlist("status")
    asked = VisitsInput.parse(given)
    wanted = Wanted(
        statuses=asked["status"],
        first_day=asked["from"],
        last_day=asked["to"],
        staff_id=asked["staff"],
        location_id=asked["location"],
        is_archived=asked["archived"],
    )
    return {"wanted": wanted, "oldest_first": asked["ordering"] == "starts_at"}
