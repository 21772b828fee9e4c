"""Blocked time, hours and resources, for the desk."""

from typing import Any
from uuid import UUID

from django.db.models import QuerySet
from django.utils import timezone
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema, extend_schema_view
from rest_framework import generics
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from core.api.permissions import IsStaff
from spa import errors
from spa.api.blocks_shapes import (
    BlockInput,
    BlockOutput,
    PeriodInput,
    ResourceOutput,
    ScheduleInput,
    ScheduleOutput,
)
from spa.models import Block, BlockKind, Resource
from spa.selectors.blocks import list_blocks, list_hours
from spa.selectors.resources import get_member, list_resources
from spa.services.blocking import Blocked, block_time, lift_block
from spa.services.schedule import Shift, replace_hours
from users.types import AuthenticatedRequest

TAGS = ["calendario"]
REFUSED_PERIODS = (
    errors.ResourceNotFound,
    errors.PeriodInvalid,
    errors.TimeBusy,
    errors.RuleInvalid,
    errors.RuleTooLong,
)


@extend_schema_view(get=extend_schema(summary="Salas y equipos", tags=TAGS))
class ResourcesView(generics.ListAPIView[Resource]):
    """Rooms, cabins and machines; they are kept in the admin."""

    permission_classes = [IsStaff]
    throttle_scope = "user"
    serializer_class = ResourceOutput

    def get_queryset(self) -> QuerySet[Resource]:
        return list_resources()


@extend_schema_view(
    get=extend_schema(
        summary="Bloqueos",
        tags=TAGS,
        parameters=[OpenApiParameter("resource", OpenApiTypes.UUID)],
    )
)
class BlocksView(generics.ListAPIView[Block]):
    """Blocked time of anybody and anything."""

    permission_classes = [IsStaff]
    throttle_scope = "user"
    serializer_class = BlockOutput
    refusals = {"POST": REFUSED_PERIODS}

    def get_queryset(self) -> QuerySet[Block]:
        asked = self.request.query_params.get("resource")
        try:
            return list_blocks(resource_id=UUID(asked) if asked else None)
        except ValueError as exc:
            raise errors.ResourceNotFound from exc

    @extend_schema(
        summary="Bloquear tiempo", tags=TAGS, request=BlockInput, responses={201: BlockOutput}
    )
    def post(self, request: AuthenticatedRequest) -> Response:
        """Once, or again by a rule; 409 `SPA-TIME-BUSY` says what is booked there."""
        asked = BlockInput.parse(request.data)
        blocked = block_time(
            resource_id=asked["resource"],
            kind=asked["kind"],
            **_period(asked),
            actor_id=request.user.pk,
            now=timezone.now(),
        )
        return Response(_present(blocked), status=201)


class BlockView(APIView):
    """One block."""

    permission_classes = [IsStaff]
    throttle_scope = "user"
    refusals = {"DELETE": (errors.BlockNotFound,)}

    @extend_schema(
        summary="Levantar un bloqueo",
        tags=TAGS,
        parameters=[OpenApiParameter("occurrence", OpenApiTypes.UUID)],
        responses={204: None},
    )
    def delete(self, request: AuthenticatedRequest, block_id: UUID) -> Response:
        """All that has not passed, or one occurrence."""
        asked = request.query_params.get("occurrence")
        try:
            occurrence_id = UUID(asked) if asked else None
        except ValueError as exc:
            raise errors.BlockNotFound from exc
        lift_block(
            block_id=block_id,
            occurrence_id=occurrence_id,
            actor_id=request.user.pk,
            now=timezone.now(),
        )
        return Response(status=204)


@extend_schema_view(get=extend_schema(summary="Ausencias de una persona", tags=TAGS))
class TimeOffView(generics.ListAPIView[Block]):
    """When somebody of the team is away."""

    permission_classes = [IsStaff]
    throttle_scope = "user"
    serializer_class = BlockOutput
    queryset = Block.objects.none()
    refusals = {
        "GET": (errors.StaffNotFound,),
        "POST": (errors.StaffNotFound, *REFUSED_PERIODS),
    }

    def get_queryset(self) -> QuerySet[Block]:
        member = get_member(staff_id=self.kwargs["staff_id"])
        return list_blocks(resource_id=member.resource_id).filter(kind=BlockKind.TIME_OFF)

    @extend_schema(
        summary="Registrar una ausencia",
        tags=TAGS,
        request=PeriodInput,
        responses={201: BlockOutput},
    )
    def post(self, request: AuthenticatedRequest, staff_id: UUID) -> Response:
        """Their time is not offered any more; 409 `SPA-TIME-BUSY` says what is booked there."""
        member = get_member(staff_id=staff_id)
        blocked = block_time(
            resource_id=member.resource_id,
            kind=BlockKind.TIME_OFF,
            **_period(PeriodInput.parse(request.data)),
            actor_id=request.user.pk,
            now=timezone.now(),
        )
        return Response(_present(blocked), status=201)


class ScheduleView(APIView):
    """Somebody's weekly hours."""

    permission_classes = [IsStaff]
    throttle_scope = "user"
    refusals = {
        "GET": (errors.StaffNotFound,),
        "PUT": (errors.StaffNotFound, errors.LocationNotFound, errors.HoursInvalid),
    }

    @extend_schema(summary="Horario de una persona", tags=TAGS, responses=ScheduleOutput)
    def get(self, request: Request, staff_id: UUID) -> Response:
        """Wall-clock hours, Monday first."""
        member = get_member(staff_id=staff_id)
        shown = {"staff": member.pk, "hours": list_hours(staff_id=member.pk)}
        return Response(ScheduleOutput(shown).data)

    @extend_schema(
        summary="Cambiar el horario de una persona",
        tags=TAGS,
        request=ScheduleInput,
        responses=ScheduleOutput,
    )
    def put(self, request: AuthenticatedRequest, staff_id: UUID) -> Response:
        """All of it at once; visits that are booked stay."""
        shifts = [Shift(**hours) for hours in ScheduleInput.parse(request.data)["hours"]]
        hours = replace_hours(
            staff_id=staff_id, shifts=shifts, actor_id=request.user.pk, now=timezone.now()
        )
        return Response(ScheduleOutput({"staff": staff_id, "hours": hours}).data)


def _period(asked: dict[str, Any]) -> dict[str, Any]:
    return {
        "begin": asked["start"],
        "end": asked["end"],
        "reason": asked["reason"],
        "rule": asked["rule"],
        "if_busy": asked["if_busy"],
    }


def _present(blocked: Blocked) -> dict[str, Any]:
    # The occurrences are at hand: no need to read them again.
    blocked.block._prefetched_objects_cache = {"occurrences": blocked.occurrences}  # type: ignore[attr-defined]
    return dict(BlockOutput(blocked.block).data)
