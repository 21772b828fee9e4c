"""The desk's calendar, and why a start is offered or not."""

from collections.abc import Sequence
from zoneinfo import ZoneInfo

from django.utils import timezone
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from core.api.permissions import IsStaff
from spa import errors
from spa.api.calendar_shapes import CalendarInput, CalendarOutput, ExplainInput, ExplanationOutput
from spa.selectors.availability import Wish, ask
from spa.selectors.calendar_facts import entry_facts, explanation_facts
from spa.selectors.desk_calendar import Interval, only_location, read_calendar
from spa.selectors.explanation import explain

MOST_DAYS = 31
TAGS = ["calendario"]
UUID_QUERY = OpenApiTypes.UUID


class CalendarView(APIView):
    """Who works when, and what takes whose time."""

    permission_classes = [IsStaff]
    throttle_scope = "user"
    refusals = {"GET": (errors.RangeTooLong, errors.LocationNotFound, errors.LocationMissing)}

    @extend_schema(
        summary="Calendario del estudio",
        tags=TAGS,
        parameters=[
            OpenApiParameter("from", OpenApiTypes.DATE, required=True),
            OpenApiParameter("to", OpenApiTypes.DATE, required=True),
            OpenApiParameter("location", UUID_QUERY),
            OpenApiParameter("staff", UUID_QUERY),
            OpenApiParameter("resource", UUID_QUERY),
        ],
        responses=CalendarOutput,
    )
    def get(self, request: Request) -> Response:
        """A day or a week, by person and by room; at most 31 days a call."""
        asked = CalendarInput.parse(request.query_params.dict())
        if (asked["to"] - asked["from"]).days >= MOST_DAYS:
            raise errors.RangeTooLong(days=MOST_DAYS)
        location_id = asked["location"] or only_location()
        if location_id is None:
            raise errors.LocationMissing
        shown = read_calendar(
            location_id=location_id,
            first_day=asked["from"],
            last_day=asked["to"],
            staff_id=asked["staff"],
            resource_id=asked["resource"],
            now=timezone.now(),
        )
        zone = shown.place.zone
        return Response(
            {
                "timezone": zone.key,
                "location": shown.place.id,
                "rows": [
                    {
                        "resource": row.resource_id,
                        "staff": row.staff_id,
                        "kind": row.kind,
                        "name": row.name,
                        "open": _stretches(row.open, zone),
                    }
                    for row in shown.rows
                ],
                "entries": [entry_facts(entry, zone) for entry in shown.entries],
            }
        )


class ExplainView(APIView):
    """Why a start is offered or not."""

    permission_classes = [IsStaff]
    throttle_scope = "user"
    refusals = {
        "GET": (
            errors.ServiceNotOffered,
            errors.AddOnNotOffered,
            errors.ServicesDoNotCombine,
            errors.StaffNotAble,
            errors.LocationNotFound,
            errors.LocationMissing,
        )
    }

    @extend_schema(
        summary="Por qué un horario se ofrece o no",
        tags=TAGS,
        parameters=[
            OpenApiParameter("start", OpenApiTypes.DATETIME, required=True),
            OpenApiParameter("services", UUID_QUERY, required=True, many=True),
            OpenApiParameter("add_ons", UUID_QUERY, many=True),
            OpenApiParameter("party", OpenApiTypes.INT),
            OpenApiParameter("location", UUID_QUERY),
            OpenApiParameter("staff", UUID_QUERY),
        ],
        responses=ExplanationOutput,
    )
    def get(self, request: Request) -> Response:
        """Every person and room that could come into question, and what speaks against each."""
        lists = {
            name: request.query_params.getlist(name)
            for name in ("services", "add_ons")
            if name in request.query_params
        }
        asked = ExplainInput.parse(request.query_params.dict() | lists)
        now = timezone.now()
        question = ask(
            service_ids=asked["services"],
            location_id=asked["location"],
            staff_id=asked["staff"],
            now=now,
            add_on_ids=asked["add_ons"],
            guests=[Wish(asked["services"], None, asked["add_ons"])] * (asked["party"] - 1),
        )
        found = explain(
            question,
            start=asked["start"],
            now=now,
        )
        return Response(explanation_facts(found, question.place.zone))


def _stretches(intervals: Sequence[Interval], zone: ZoneInfo) -> list[dict[str, str]]:
    return [
        {"start": begin.astimezone(zone).isoformat(), "end": end.astimezone(zone).isoformat()}
        for begin, end in intervals
    ]
