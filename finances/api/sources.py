"""Ways to pay that a person keeps for the next time."""

from collections.abc import Callable
from typing import Any
from uuid import UUID

from django.http import HttpResponse
from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework.generics import GenericAPIView
from rest_framework.response import Response
from rest_framework.views import APIView

from core.api.idempotency import answer_once
from core.api.permissions import IsPerson
from finances import errors
from finances.api.sources_shapes import SourceChangeInput, SourceInput, SourceOutput
from finances.domain.means import Acceptance
from finances.domain.sources import SourceKind
from finances.models import PaymentSource
from finances.selectors.sources import get_source, list_sources, present_source
from finances.services.sources import (
    ask_nequi,
    forget_source,
    keep_card,
    make_default,
    start_source,
)
from users.types import AuthenticatedRequest


class PaymentSourcesView(GenericAPIView[PaymentSource]):
    """Mine."""

    permission_classes = [IsPerson]
    throttle_scope = "payments"
    serializer_class = SourceOutput
    queryset = PaymentSource.objects.none()
    idempotent_methods = ("POST",)
    refusals = {"POST": (errors.SourcesTooMany, errors.EmailNeeded)}

    @extend_schema(
        operation_id="payment_sources_list",
        tags=["finanzas"],
        summary="Mis medios de pago guardados",
        responses=SourceOutput(many=True),
    )
    def get(self, request: AuthenticatedRequest) -> Response:
        """One page, the newest first."""
        page: Any = self.paginate_queryset(list_sources(client_id=request.user.pk))
        return self.get_paginated_response([present_source(source) for source in page])

    @extend_schema(
        tags=["finanzas"],
        summary="Guardar una tarjeta o una cuenta Nequi",
        request=SourceInput,
        responses={202: SourceOutput},
    )
    def post(self, request: AuthenticatedRequest) -> HttpResponse:
        """Ordered; `GET payment-sources/{id}` says what came of it.

        Of a card only its brand and last digits stay here. The owner of a Nequi account says yes in
        the app.
        """
        asked = SourceInput.parse(request.data)
        kind, email = SourceKind(asked["kind"]), asked.get("email", "")
        ordered: list[UUID] = []
        answer = answer_once(
            request,
            start_source,
            present=_remember(ordered),
            status=202,
            client_id=request.user.pk,
            kind=kind,
            email=email,
            now=timezone.now(),
        )
        acceptance = Acceptance(asked["acceptance_token"], asked["personal_data_token"])
        shared: dict[str, Any] = {"email": email, "acceptance": acceptance}
        for source_id in ordered:
            if kind is SourceKind.CARD:
                keep_card(source_id=source_id, token=asked["token"], **shared)
            else:
                ask_nequi(source_id=source_id, phone=asked["phone"], **shared)
        return answer


class PaymentSourceView(APIView):
    """One of mine."""

    permission_classes = [IsPerson]
    throttle_scope = "payments"
    refusals = {
        "GET": (errors.SourceUnknown,),
        "PATCH": (errors.SourceUnknown, errors.SourceNotUsable),
        "DELETE": (errors.SourceUnknown,),
    }

    @extend_schema(tags=["finanzas"], summary="Un medio de pago guardado", responses=SourceOutput)
    def get(self, request: AuthenticatedRequest, source_id: UUID) -> Response:
        """Also one that was refused, and why."""
        source = get_source(source_id=source_id, client_id=request.user.pk)
        return Response(present_source(source))

    @extend_schema(
        tags=["finanzas"],
        summary="Preferir un medio de pago guardado",
        request=SourceChangeInput,
        responses=SourceOutput,
    )
    def patch(self, request: AuthenticatedRequest, source_id: UUID) -> Response:
        """It is the one that is charged."""
        SourceChangeInput.parse(request.data)
        source = make_default(source_id=source_id, client_id=request.user.pk, now=timezone.now())
        return Response(present_source(source))

    @extend_schema(
        tags=["finanzas"], summary="Retirar un medio de pago guardado", responses={204: None}
    )
    def delete(self, request: AuthenticatedRequest, source_id: UUID) -> Response:
        """Nobody is charged by it from now on; the gateway forgets it too."""
        forget_source(source_id=source_id, client_id=request.user.pk, now=timezone.now())
        return Response(status=204)


def _remember(ordered: list[UUID]) -> Callable[[PaymentSource], dict[str, Any]]:
    def present(source: PaymentSource) -> dict[str, Any]:
        ordered.append(source.pk)
        return present_source(source)

    return present
