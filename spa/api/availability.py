"""Free times."""

from datetime import timedelta
from typing import Any

from django.utils import timezone
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from core.api.permissions import IsPublic
from spa import errors
from spa.api.availability_shapes import AvailabilityInput, AvailabilityOutput
from spa.api.slots import present_days
from spa.selectors.availability import Wish, ask, find_free
from spa.selectors.ranking import rank_offers

MOST_DAYS = 31
UUID_QUERY = OpenApiTypes.UUID


def _query(name: str, kind: Any, *, required: bool = False, **more: Any) -> OpenApiParameter:
    return OpenApiParameter(name, kind, required=required, **more)


class AvailabilityView(APIView):
    """Free times for one or several services in sequence."""

    permission_classes = [IsPublic]
    throttle_scope = "catalogue"
    refusals = {
        "GET": (
            errors.RangeTooLong,
            errors.ServiceNotOffered,
            errors.AddOnNotOffered,
            errors.ServicesDoNotCombine,
            errors.StaffNotAble,
            errors.LocationNotFound,
            errors.LocationMissing,
        )
    }

    @extend_schema(
        summary="Horarios disponibles",
        tags=["reservas"],
        parameters=[
            _query("services", UUID_QUERY, required=True, many=True),
            _query("from", OpenApiTypes.DATE, required=True),
            _query("to", OpenApiTypes.DATE, required=True),
            _query("add_ons", UUID_QUERY, many=True),
            _query("party", OpenApiTypes.INT),
            _query("location", UUID_QUERY),
            _query("staff", UUID_QUERY),
        ],
        responses=AvailabilityOutput,
    )
    def get(self, request: Request) -> Response:
        """At most 31 days a call; starts within notice and horizon only."""
        query: dict[str, Any] = dict(request.query_params.items())
        lists = {
            name: request.query_params.getlist(name)
            for name in ("services", "add_ons")
            if name in request.query_params
        }
        asked = AvailabilityInput.parse(query | lists)
        if (asked["to"] - asked["from"]).days >= MOST_DAYS:
            raise errors.RangeTooLong(days=MOST_DAYS)
        now = timezone.now()
        question = ask(
            service_ids=asked["services"],
            location_id=asked["location"],
            staff_id=asked["staff"],
            now=now,
            add_on_ids=asked["add_ons"],
            # Who come together want the same; with whom is the first one's wish.
            guests=[Wish(asked["services"], None, asked["add_ons"])] * (asked["party"] - 1),
        )
        free = find_free(question, first_day=asked["from"], last_day=asked["to"], now=now)
        duration = timedelta(minutes=question.need.duration)
        ranking = rank_offers(question, free.offers)
        return Response(
            {
                "timezone": question.place.zone.key,
                "location": question.place.id,
                "duration_minutes": question.need.duration,
                "days": present_days(free.offers, question.place.zone, duration, ranking),
            }
        )
