"""Reconciliations over HTTP (FIN-06). Nothing here confirms a payment (NA-22)."""

from typing import Any
from uuid import UUID

from django.db.models import QuerySet
from django.http import HttpResponse
from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework import generics
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from core.api.idempotency import answer_once
from core.api.permissions import IsAdmin
from finances import errors
from finances.api.reconciliation_filters import DifferenceFilter, ReconciliationFilter
from finances.api.reconciliation_shapes import (
    AskAgainInput,
    AssignInput,
    DifferenceOutput,
    ReconciliationOutput,
    ResolveInput,
)
from finances.domain.reconciliation import Way
from finances.models import Difference, Reconciliation
from finances.selectors.reconciliation import (
    get_difference,
    get_reconciliation,
    list_differences,
    list_reconciliations,
)
from finances.services.differences import (
    approve_resolution,
    ask_again,
    assign_difference,
    reject_resolution,
    resolve_difference,
)
from users import errors as people
from users.types import AuthenticatedRequest

TAGS = ["finanzas"]


class ReconciliationsView(generics.ListAPIView[Reconciliation]):
    """Days that were compared with the providers' books."""

    permission_classes = [IsAdmin]
    throttle_scope = "payments"
    serializer_class = ReconciliationOutput
    filterset_class = ReconciliationFilter

    def get_queryset(self) -> QuerySet[Reconciliation]:
        return list_reconciliations()

    @extend_schema(summary="Conciliaciones, de la más reciente a la más antigua", tags=TAGS)
    def get(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """One page."""
        return super().get(request, *args, **kwargs)


class ReconciliationView(APIView):
    """One day."""

    permission_classes = [IsAdmin]
    throttle_scope = "payments"
    refusals = {"GET": (errors.ReconciliationUnknown,)}

    @extend_schema(summary="Una conciliación", tags=TAGS, responses=ReconciliationOutput)
    def get(self, request: Request, reconciliation_id: UUID) -> Response:
        """Both sides of the day, and how many things differ."""
        found = get_reconciliation(reconciliation_id=reconciliation_id)
        return Response(ReconciliationOutput(found).data)


class DifferencesView(generics.ListAPIView[Difference]):
    """What one day's comparison found."""

    permission_classes = [IsAdmin]
    throttle_scope = "payments"
    serializer_class = DifferenceOutput
    filterset_class = DifferenceFilter
    queryset = Difference.objects.none()
    refusals = {"GET": (errors.ReconciliationUnknown,)}

    def get_queryset(self) -> QuerySet[Difference]:
        run = get_reconciliation(reconciliation_id=self.kwargs["reconciliation_id"])
        return list_differences(reconciliation_id=run.pk)

    @extend_schema(summary="Diferencias de una conciliación", tags=TAGS)
    def get(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Those it was the first to see, or the last."""
        return super().get(request, *args, **kwargs)


class DifferenceView(APIView):
    """One difference."""

    permission_classes = [IsAdmin]
    throttle_scope = "payments"
    refusals = {"GET": (errors.DifferenceUnknown,)}

    @extend_schema(summary="Una diferencia", tags=TAGS, responses=DifferenceOutput)
    def get(self, request: Request, difference_id: UUID) -> Response:
        """What both sides say, and what has become of it."""
        return Response(_present(get_difference(difference_id=difference_id)))


class AssignDifferenceView(APIView):
    """Somebody sees to it."""

    permission_classes = [IsAdmin]
    throttle_scope = "payments"
    idempotent_methods = ("POST",)
    refusals = {
        "POST": (errors.DifferenceUnknown, errors.DifferenceOver, errors.DifferenceOwnerWrong)
    }

    @extend_schema(
        summary="Asignar una diferencia", tags=TAGS, request=AssignInput, responses=DifferenceOutput
    )
    def post(self, request: AuthenticatedRequest, difference_id: UUID) -> HttpResponse:
        """To somebody who administers the studio."""
        asked = AssignInput.parse(request.data)
        return answer_once(
            request,
            assign_difference,
            present=_present,
            status=200,
            difference_id=difference_id,
            owner_id=asked["owner"],
            actor_id=request.user.pk,
            now=timezone.now(),
        )


class ResolveDifferenceView(APIView):
    """The money in question is booked."""

    permission_classes = [IsAdmin]
    throttle_scope = "payouts"
    idempotent_methods = ("POST",)
    refusals = {
        "POST": (
            errors.DifferenceUnknown,
            errors.DifferenceOver,
            errors.DifferenceProposed,
            errors.DifferenceWayWrong,
            errors.DifferenceOfOneself,
            people.PersonUnknown,
        )
    }

    @extend_schema(
        summary="Resolver una diferencia",
        tags=TAGS,
        request=ResolveInput,
        responses=DifferenceOutput,
    )
    def post(self, request: AuthenticatedRequest, difference_id: UUID) -> HttpResponse:
        """Resolved at once, or `proposed` where the rules want a second person."""
        asked = ResolveInput.parse(request.data)
        return answer_once(
            request,
            resolve_difference,
            present=_present,
            status=200,
            difference_id=difference_id,
            way=Way(asked["way"]),
            note=asked["note"],
            client_id=asked["client"],
            actor_id=request.user.pk,
            now=timezone.now(),
        )


class ApproveResolutionView(APIView):
    """A second person agrees."""

    permission_classes = [IsAdmin]
    throttle_scope = "payouts"
    idempotent_methods = ("POST",)
    refusals = {
        "POST": (
            errors.DifferenceUnknown,
            errors.DifferenceOver,
            errors.DifferenceNotProposed,
            errors.DifferenceNeedsAnother,
            errors.DifferenceOfOneself,
        )
    }

    @extend_schema(
        summary="Aprobar la solución de una diferencia",
        tags=TAGS,
        request=None,
        responses=DifferenceOutput,
    )
    def post(self, request: AuthenticatedRequest, difference_id: UUID) -> HttpResponse:
        """It is booked now, once."""
        return answer_once(
            request,
            approve_resolution,
            present=_present,
            status=200,
            difference_id=difference_id,
            actor_id=request.user.pk,
            now=timezone.now(),
        )


class RejectResolutionView(APIView):
    """A second person refuses, or the first withdraws."""

    permission_classes = [IsAdmin]
    throttle_scope = "payments"
    idempotent_methods = ("POST",)
    refusals = {
        "POST": (errors.DifferenceUnknown, errors.DifferenceOver, errors.DifferenceNotProposed)
    }

    @extend_schema(
        summary="Rechazar la solución de una diferencia",
        tags=TAGS,
        request=None,
        responses=DifferenceOutput,
    )
    def post(self, request: AuthenticatedRequest, difference_id: UUID) -> HttpResponse:
        """The difference waits as before."""
        return answer_once(
            request,
            reject_resolution,
            present=_present,
            status=200,
            difference_id=difference_id,
            actor_id=request.user.pk,
            now=timezone.now(),
        )


class AskAgainView(APIView):
    """The provider is asked again."""

    permission_classes = [IsAdmin]
    throttle_scope = "payouts"
    refusals = {
        "POST": (errors.DifferenceUnknown, errors.DifferenceOver, errors.DifferenceNotSettled)
    }

    @extend_schema(
        summary="Volver a consultar una diferencia",
        tags=TAGS,
        request=AskAgainInput,
        responses=DifferenceOutput,
    )
    def post(self, request: AuthenticatedRequest, difference_id: UUID) -> Response:
        """What the provider says is settled; resolved if nothing differs then. May be repeated."""
        asked = AskAgainInput.parse(request.data)
        found = ask_again(
            difference_id=difference_id,
            note=asked["note"],
            actor_id=request.user.pk,
            now=timezone.now(),
        )
        return Response(_present(found))


def _present(difference: Difference) -> dict[str, Any]:
    return dict(DifferenceOutput(difference).data)
