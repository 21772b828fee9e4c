"""Strikes: mine, what I say against them, and what staff decide."""

from typing import Any
from uuid import UUID

from django.db.models import QuerySet
from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework import generics, status
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from core.api.permissions import IsPerson, IsStaff
from spa import errors
from spa.api.strikes_shapes import (
    AnswerInput,
    AppealInput,
    StrikeFilters,
    StrikeOutput,
    WaiveInput,
)
from spa.models import Strike
from spa.selectors.strikes import get_strike, list_strikes
from spa.services.strikes import answer_appeal, appeal_strike, waive_strike
from users.types import AuthenticatedRequest

TAGS = ["faltas"]


class MyStrikesView(generics.ListAPIView[Strike]):
    """What counts against me."""

    request: AuthenticatedRequest
    permission_classes = [IsPerson]
    throttle_scope = "user"
    serializer_class = StrikeOutput
    queryset = Strike.objects.none()

    def get_queryset(self) -> QuerySet[Strike]:
        return list_strikes(client_id=self.request.user.pk)

    @extend_schema(summary="Mis faltas", tags=TAGS)
    def get(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Latest first, waived ones too."""
        page = self.paginate_queryset(self.get_queryset()) or []
        return self.get_paginated_response([present_strike(strike) for strike in page])


class AppealView(APIView):
    """Saying something against a strike of mine."""

    permission_classes = [IsPerson]
    throttle_scope = "user"
    refusals = {"POST": (errors.StrikeNotFound, errors.StrikeIsWaived, errors.AppealFiled)}

    @extend_schema(
        summary="Apelar una falta", tags=TAGS, request=AppealInput, responses={201: StrikeOutput}
    )
    def post(self, request: AuthenticatedRequest, strike_id: UUID) -> Response:
        """Once for each strike; the answer comes as a message."""
        asked = AppealInput.parse(request.data)
        appeal_strike(
            strike_id=strike_id,
            client_id=request.user.pk,
            text=asked["text"],
            now=timezone.now(),
        )
        found = present_strike(get_strike(strike_id=strike_id))
        return Response(found, status=status.HTTP_201_CREATED)


class StrikesView(generics.ListAPIView[Strike]):
    """Everybody's strikes."""

    permission_classes = [IsStaff]
    throttle_scope = "user"
    serializer_class = StrikeOutput
    queryset = Strike.objects.none()

    def get_queryset(self) -> QuerySet[Strike]:
        query = self.request.query_params
        named = {name: query[name] for name in ("client", "open_appeals") if name in query}
        asked = StrikeFilters.parse(named)
        return list_strikes(client_id=asked["client"], has_open_appeal=asked["open_appeals"])

    @extend_schema(summary="Faltas de los clientes", tags=TAGS, parameters=[StrikeFilters])
    def get(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Latest first; of one client, or those with an appeal to answer."""
        page = self.paginate_queryset(self.get_queryset()) or []
        return self.get_paginated_response([present_strike(strike) for strike in page])


class WaiveView(APIView):
    """Letting a strike count no more."""

    permission_classes = [IsStaff]
    throttle_scope = "user"
    refusals = {"POST": (errors.StrikeNotFound, errors.StrikeIsWaived)}

    @extend_schema(
        summary="Perdonar una falta", tags=TAGS, request=WaiveInput, responses=StrikeOutput
    )
    def post(self, request: AuthenticatedRequest, strike_id: UUID) -> Response:
        """A ban that strikes led to ends when fewer than the limit remain."""
        asked = WaiveInput.parse(request.data)
        waive_strike(
            strike_id=strike_id,
            reason=asked["reason"],
            actor_id=request.user.pk,
            now=timezone.now(),
        )
        return Response(present_strike(get_strike(strike_id=strike_id)))


class AnswerView(APIView):
    """Deciding an appeal."""

    permission_classes = [IsStaff]
    throttle_scope = "user"
    refusals = {"POST": (errors.StrikeNotFound, errors.AppealNotOpen)}

    @extend_schema(
        summary="Responder una apelación", tags=TAGS, request=AnswerInput, responses=StrikeOutput
    )
    def post(self, request: AuthenticatedRequest, strike_id: UUID) -> Response:
        """Upheld waives the strike; either way the client is told."""
        asked = AnswerInput.parse(request.data)
        answer_appeal(
            strike_id=strike_id,
            is_upheld=asked["uphold"],
            answer=asked["answer"],
            actor_id=request.user.pk,
            now=timezone.now(),
        )
        return Response(present_strike(get_strike(strike_id=strike_id)))


def present_strike(strike: Strike) -> dict[str, Any]:
    """A strike that was read with its visit and its appeal. No query."""
    visit = strike.appointment
    appeal = getattr(strike, "appeal", None)
    return {
        "id": strike.pk,
        "client": strike.client_id,
        "kind": strike.kind,
        "at": strike.at.astimezone(visit.location.zone),
        "appointment": visit.pk,
        "service": visit.title,
        "start": visit.starts_at.astimezone(visit.location.zone),
        "waived_at": strike.waived_at,
        "waive_reason": strike.waive_reason,
        "appeal": appeal
        and {
            "text": appeal.text,
            "status": appeal.status,
            "filed_at": appeal.filed_at,
            "answer": appeal.answer,
            "decided_at": appeal.decided_at,
        },
    }
