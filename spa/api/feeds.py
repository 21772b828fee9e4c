"""Calendars to subscribe to."""

import hashlib
from typing import Any

from django.http import HttpResponse
from django.utils import timezone
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, OpenApiResponse, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.reverse import reverse
from rest_framework.views import APIView

from core.api.permissions import IsPerson, IsPublic
from spa import errors
from spa.api.calendar_files import MEDIA_TYPE, render_calendar
from spa.domain.tokens import digest_of
from spa.selectors.feeds import find_owner, list_own_visits
from spa.services.feeds import close_feed, open_feed
from users.types import AuthenticatedRequest

TAGS = ["calendario"]


class FeedOutput(serializers.Serializer[Any]):
    """The secret address; it is shown this once."""

    url = serializers.URLField()


class FeedView(APIView):
    """The address under which my visits can be subscribed to."""

    permission_classes = [IsPerson]
    throttle_scope = "user"

    @extend_schema(
        summary="Crear o renovar mi enlace de calendario",
        tags=TAGS,
        request=None,
        responses={201: FeedOutput},
    )
    def post(self, request: AuthenticatedRequest) -> Response:
        """The address before, if any, stops working."""
        token = open_feed(person_id=request.user.pk, now=timezone.now())
        address = reverse("my-calendar", request=request)
        return Response({"url": f"{address}?token={token}"}, status=201)

    @extend_schema(summary="Revocar mi enlace de calendario", tags=TAGS, responses={204: None})
    def delete(self, request: AuthenticatedRequest) -> Response:
        """Nothing happens if there is none."""
        close_feed(person_id=request.user.pk, now=timezone.now())
        return Response(status=204)


class MyCalendarView(APIView):
    """The calendar behind a secret address: calendar programs cannot sign in."""

    permission_classes = [IsPublic]
    authentication_classes = ()
    throttle_scope = "catalogue"
    refusals = {"GET": (errors.FeedNotFound,)}

    @extend_schema(
        summary="Mi calendario (iCalendar)",
        tags=TAGS,
        parameters=[OpenApiParameter("token", OpenApiTypes.STR, required=True)],
        responses={
            (200, "text/calendar"): OpenApiResponse(OpenApiTypes.STR, description="RFC 5545")
        },
    )
    def get(self, request: Request) -> HttpResponse:
        """Visits from a month ago on, cancelled ones too; 304 when nothing changed."""
        now = timezone.now()
        owner = find_owner(token_digest=digest_of(request.query_params.get("token", "")))
        visits = list_own_visits(person_id=owner.person_id, now=now)
        changes = ";".join(f"{visit.pk}{visit.updated_at.timestamp()}" for visit in visits)
        tag = f'"{hashlib.sha256(changes.encode()).hexdigest()[:32]}"'
        if request.headers.get("If-None-Match") == tag:
            response = HttpResponse(status=304)
        else:
            body = render_calendar(visits, name="Mis citas", now=now)
            response = HttpResponse(body, content_type=MEDIA_TYPE)
        response["ETag"] = tag
        response["Cache-Control"] = "private, max-age=300"
        return response
