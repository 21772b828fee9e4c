"""Paying for series: visit by visit online, or at the desk (SPA-20)."""

from typing import Any
from uuid import UUID

from django.http import HttpResponse
from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework.views import APIView

from core.api.idempotency import answer_once
from core.api.permissions import IsPerson, IsStaff
from finances import errors as money
from spa import errors
from spa.api.series_presenters import present_detail
from spa.api.series_shapes import (
    DepositPaymentOutput,
    OccurrenceInput,
    SeriesCounterInput,
    SeriesDetailOutput,
)
from spa.models import AppointmentSeries
from spa.selectors.series import get_series
from spa.services.series_deposits import pay_deposit, take_series_payment
from users.types import AuthenticatedRequest

TAGS = ["series de citas"]


class PayDepositView(APIView):
    """One visit's deposit."""

    permission_classes = [IsPerson]
    throttle_scope = "payments"
    idempotent_methods = ("POST",)
    refusals = {
        "POST": (
            errors.SeriesNotFound,
            errors.OccurrenceNotFound,
            errors.SeriesUnpaid,
            errors.VisitNotPayable,
        )
    }

    @extend_schema(
        summary="Pagar el anticipo de una cita de la serie",
        tags=TAGS,
        request=OccurrenceInput,
        responses={201: DepositPaymentOutput},
    )
    def post(self, request: AuthenticatedRequest, series_id: UUID) -> HttpResponse:
        """A payment that can be made as long as the visit is held; one of one's own series."""
        asked = OccurrenceInput.parse(request.data)
        return answer_once(
            request,
            pay_deposit,
            present=lambda payment: {"payment": payment},
            series_id=series_id,
            client_id=request.user.pk,
            named=asked["occurrence"],
            now=timezone.now(),
        )


class SeriesCounterView(APIView):
    """What makes a series certain, taken at the desk."""

    permission_classes = [IsStaff]
    throttle_scope = "payments"
    idempotent_methods = ("POST",)
    refusals = {
        "POST": (
            errors.SeriesNotFound,
            errors.SeriesNotPayable,
            money.CounterMethodUnknown,
            money.CashShiftNeeded,
        )
    }

    @extend_schema(
        summary="Recibir el pago de una serie en el estudio",
        tags=TAGS,
        request=SeriesCounterInput,
        responses={201: SeriesDetailOutput},
    )
    def post(self, request: AuthenticatedRequest, series_id: UUID) -> HttpResponse:
        """All of what the series waits for, in cash, by card or transfer."""
        asked, now = SeriesCounterInput.parse(request.data), timezone.now()

        def present(series: AppointmentSeries) -> dict[str, Any]:
            return present_detail(get_series(series_id=series.pk, client_id=None), now=now)

        return answer_once(
            request,
            take_series_payment,
            present=present,
            series_id=series_id,
            method=asked["method"],
            actor_id=request.user.pk,
            now=now,
        )
