"""Series of visits: looking ahead, booking, listing, changing, cancelling (SPA-20)."""

from functools import partial
from typing import Any
from uuid import UUID

from django.db.models import QuerySet
from django.http import HttpResponse
from django.utils import timezone
from drf_spectacular.utils import PolymorphicProxySerializer, extend_schema
from rest_framework import generics
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from core.api.idempotency import answer_once
from core.api.permissions import IsPerson
from spa import errors
from spa.api.appointments import visible_to
from spa.api.refusals import ASKING
from spa.api.series_presenters import (
    present_booked_series,
    present_detail,
    present_preview,
    present_series,
)
from spa.api.series_shapes import (
    BookedSeriesOutput,
    PreviewOutput,
    SeriesBookingInput,
    SeriesCancellationInput,
    SeriesChangeInput,
    SeriesDetailOutput,
    SeriesInput,
    SeriesOutput,
    StaffSeriesBookingInput,
    StaffSeriesCancellationInput,
    StaffSeriesChangeInput,
    StaffSeriesInput,
)
from spa.domain.series import Scope, SeriesPayment
from spa.models import AppointmentSeries
from spa.selectors.series import get_series, list_series
from spa.services.series import Mode, book_series
from spa.services.series_cancellation import CancelledVisits, cancel_series
from spa.services.series_moves import Change, Grounds, move_series
from spa.services.series_preview import preview_series
from spa.steps.cancelling import Cancelling
from spa.steps.series_planning import SeriesOrder
from users import errors as people
from users.types import AuthenticatedRequest

TAGS = ["series de citas"]
NOT_UNDERSTOOD = (
    errors.RuleInvalid,
    errors.RuleTooLong,
    errors.SlotTooSoon,
    errors.SlotTooFar,
    *ASKING,
    people.PersonUnknown,
)


class PreviewView(APIView):
    """What a series would be."""

    permission_classes = [IsPerson]
    throttle_scope = "booking"
    refusals = {"POST": NOT_UNDERSTOOD}

    @extend_schema(
        summary="Ver una serie antes de reservarla",
        tags=TAGS,
        request=PolymorphicProxySerializer(
            component_name="SeriesPreviewRequest",
            serializers=[SeriesInput, StaffSeriesInput],
            resource_type_field_name=None,
        ),
        responses=PreviewOutput,
    )
    def post(self, request: AuthenticatedRequest) -> Response:
        """Each day, free or not, with whom and for how much; proposals for those that are not.

        Nothing is written. Staff may name a `client`.
        """
        is_desk = visible_to(request) is None
        asked = (StaffSeriesInput if is_desk else SeriesInput).parse(request.data)
        preview = preview_series(order=_order(request, asked), now=timezone.now())
        return Response(present_preview(preview))


class SeriesListView(generics.ListAPIView[AppointmentSeries]):
    """My series."""

    request: AuthenticatedRequest
    permission_classes = [IsPerson]
    throttle_scope = "user"
    throttle_scopes = {"POST": "booking"}
    refusals = {
        "POST": (
            errors.SeriesConflicts,
            *NOT_UNDERSTOOD,
            errors.ActiveLimitReached,
            errors.OpenHoldsLimitReached,
            errors.HourlyLimitReached,
            errors.DebtOpen,
            people.Banned,
        )
    }
    idempotent_methods = ("POST",)
    serializer_class = SeriesOutput
    queryset = AppointmentSeries.objects.none()

    def get_queryset(self) -> QuerySet[AppointmentSeries]:
        return list_series(client_id=visible_to(self.request))

    @extend_schema(summary="Mis series de citas", tags=TAGS)
    def get(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Latest first, with how many visits stand where; staff see everybody's."""
        page = self.paginate_queryset(self.get_queryset()) or []
        return self.get_paginated_response(present_series(page, now=timezone.now()))

    @extend_schema(
        summary="Reservar una serie",
        tags=TAGS,
        request=PolymorphicProxySerializer(
            component_name="SeriesBookingRequest",
            serializers=[SeriesBookingInput, StaffSeriesBookingInput],
            resource_type_field_name=None,
        ),
        responses={201: BookedSeriesOutput},
    )
    def post(self, request: AuthenticatedRequest) -> HttpResponse:
        """All days or, with `mode: free`, those that can be had. Held until the first payment:
        one deposit (`each`), or all of them (`advance`). Staff may name a `client`.
        """
        is_desk = visible_to(request) is None
        shape = StaffSeriesBookingInput if is_desk else SeriesBookingInput
        asked, now = shape.parse(request.data), timezone.now()
        return answer_once(
            request,
            book_series,
            present=partial(present_booked_series, now=now),
            order=_order(request, asked, notes=asked["notes"]),
            mode=Mode(asked["mode"]),
            now=now,
        )


class SeriesView(APIView):
    """One series."""

    permission_classes = [IsPerson]
    throttle_scope = "user"
    throttle_scopes = {"PATCH": "booking"}
    refusals = {
        "GET": (errors.SeriesNotFound,),
        "PATCH": (
            errors.SeriesNotFound,
            errors.OccurrenceNotFound,
            errors.SeriesOver,
            errors.SeriesConflicts,
            errors.StaffNotAble,
            errors.ServiceNotOffered,
            errors.ReasonMissing,
        ),
    }

    @extend_schema(summary="Una serie de citas", tags=TAGS, responses=SeriesDetailOutput)
    def get(self, request: AuthenticatedRequest, series_id: UUID) -> Response:
        """With all of its visits. Its client's, or anybody's for staff; 404 otherwise."""
        series = get_series(series_id=series_id, client_id=visible_to(request))
        return Response(present_detail(series, now=timezone.now()))

    @extend_schema(
        summary="Cambiar una serie, o parte de ella",
        tags=TAGS,
        request=PolymorphicProxySerializer(
            component_name="SeriesChangeRequest",
            serializers=[SeriesChangeInput, StaffSeriesChangeInput],
            resource_type_field_name=None,
        ),
        responses=SeriesDetailOutput,
    )
    def patch(self, request: AuthenticatedRequest, series_id: UUID) -> Response:
        """Another time, weekday or person for one visit, the following ones or all; all or none.

        409 `SPA-SERIES-CONFLICTS` says which days cannot be had, and what could. Staff may
        `override` the visits' terms with a `reason`.
        """
        is_desk = visible_to(request) is None
        shape = StaffSeriesChangeInput if is_desk else SeriesChangeInput
        asked, now = shape.parse(request.data), timezone.now()
        moved = move_series(
            series_id=series_id,
            client_id=visible_to(request),
            scope=Scope(asked["scope"]),
            named=asked["occurrence"],
            change=Change(asked["time"], asked["weekday"], asked["staff"]),
            grounds=Grounds(
                request.user.pk,
                is_desk,
                is_override=asked.get("override", False),
                reason=asked.get("reason", ""),
            ),
            now=now,
        )
        return Response(present_detail(moved, now=now))


class CancelView(APIView):
    """Giving up a series, or part of it."""

    permission_classes = [IsPerson]
    throttle_scope = "booking"
    idempotent_methods = ("POST",)
    refusals = {
        "POST": (
            errors.SeriesNotFound,
            errors.OccurrenceNotFound,
            errors.SeriesOver,
            errors.TransitionRefused,
            errors.VisitBegun,
            errors.ReasonMissing,
        )
    }

    @extend_schema(
        summary="Cancelar una serie, o parte de ella",
        tags=TAGS,
        request=PolymorphicProxySerializer(
            component_name="SeriesCancellationRequest",
            serializers=[SeriesCancellationInput, StaffSeriesCancellationInput],
            resource_type_field_name=None,
        ),
        responses=SeriesDetailOutput,
    )
    def post(self, request: AuthenticatedRequest, series_id: UUID) -> HttpResponse:
        """Each visit by its own terms: far ones cost nothing. Staff may `waive` them."""
        is_desk = visible_to(request) is None
        shape = StaffSeriesCancellationInput if is_desk else SeriesCancellationInput
        asked, now = shape.parse(request.data), timezone.now()
        why = Cancelling(
            request.user.pk, is_desk, is_waived=asked.get("waive", False), reason=asked["reason"]
        )

        def present(done: CancelledVisits) -> dict[str, Any]:
            series = get_series(series_id=done.series.pk, client_id=None)
            return present_detail(series, now=now)

        return answer_once(
            request,
            cancel_series,
            present=present,
            status=200,
            series_id=series_id,
            client_id=visible_to(request),
            scope=Scope(asked["scope"]),
            named=asked["occurrence"],
            why=why,
            now=now,
        )


def _order(request: AuthenticatedRequest, asked: dict[str, Any], notes: str = "") -> SeriesOrder:
    client_id = asked.get("client") or request.user.pk
    return SeriesOrder(
        client_id=client_id,
        service_ids=asked["services"],
        add_on_ids=asked["add_ons"],
        start=asked["start"],
        rule=asked["rule"],
        staff_id=asked["staff"],
        location_id=asked["location"],
        payment=SeriesPayment(asked["payment"]),
        notes=notes,
        booked_by=None if client_id == request.user.pk else request.user.pk,
    )
