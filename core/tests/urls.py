"""Addresses that only tests have: each fails, or succeeds, in its own way."""

from datetime import date
from typing import Any

from django.core.exceptions import PermissionDenied, SuspiciousOperation
from django.db import OperationalError
from django.http import HttpRequest, HttpResponse
from django.urls import include, path
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from core.api.idempotency import answer_once
from core.api.permissions import DenyAll, IsAdmin, IsPerson, IsPublic
from core.api.serializers import InputSerializer
from core.errors import DomainError, IdempotencyInFlight, Kind
from core.tests import happenings
from core.use_cases import use_case

house = "studiozens.urls"  # a name: nothing here may import what stands above
handler400 = "core.api.exceptions.bad_request"
handler403 = "core.api.exceptions.forbidden"
handler404 = "core.api.exceptions.not_found"
handler500 = "core.api.exceptions.server_error"


class Sold(DomainError):
    code = "CORE-TEST-SOLD"
    kind = Kind.CONFLICT
    message = "{name} ya no está."


class Away(DomainError):
    code = "CORE-TEST-AWAY"
    kind = Kind.UNAVAILABLE
    message = "Vuelve luego."


@use_case
def keep(*, name: str) -> str:
    """Write `name` down; some names are trouble, after they were written."""
    happenings.write_down(name)
    if name == "sold":
        raise Sold(name=name)
    if name == "away":
        raise Away
    if name == "bug" and next(bugs, None):
        raise ZeroDivisionError
    return name


# One failure, then it works.
bugs = iter(["once"])


class KeepView(APIView):
    """`POST` keeps a name, once per key."""

    permission_classes = [IsPerson]
    idempotent_methods = ("POST",)

    def post(self, request: Request) -> HttpResponse:
        name = NameInput.parse(request.data)["name"]
        return answer_once(request, keep, present=lambda kept: {"name": kept}, name=name)


class InnerInput(InputSerializer):
    on = serializers.DateField()


class NameInput(InputSerializer):
    name = serializers.CharField(max_length=20)
    days = InnerInput(many=True, required=False)


class ShapeView(APIView):
    """`POST` only parses."""

    permission_classes = [IsPublic]

    def post(self, request: Request) -> Response:
        return Response(NameInput.parse(request.data))


class RefusingView(APIView):
    """`GET` raises what the test put there."""

    permission_classes = [IsPublic]
    error: Exception | None = None

    def get(self, request: Request) -> Response:
        if self.error is not None:
            raise self.error
        return Response({"on": date(2026, 12, 1)})


class ForgottenView(APIView):
    """A view that does not say who may call it."""

    def get(self, request: Request) -> Response:
        return Response({})


class ThrottledView(APIView):
    """`GET` counts as a login."""

    permission_classes = [IsPublic]
    throttle_scope = "login"

    def get(self, request: Request) -> Response:
        return Response({})

    def throttle_identity(self, request: Request) -> str:
        return str(request.query_params.get("phone", ""))


class FreeView(APIView):
    """`GET` counts as anybody's request."""

    permission_classes = [IsPublic]

    def get(self, request: Request) -> Response:
        return Response({})


class AdminsOnlyView(FreeView):
    permission_classes = [IsAdmin]


class DeniedView(FreeView):
    permission_classes = [DenyAll]


def broken(request: HttpRequest) -> HttpResponse:
    """A plain Django view with a bug."""
    raise ZeroDivisionError("a secret in a trace")


def odd(request: HttpRequest) -> HttpResponse:
    raise SuspiciousOperation


def private(request: HttpRequest) -> HttpResponse:
    raise PermissionDenied


def failing(error: Exception) -> Any:
    return RefusingView.as_view(error=error)


urlpatterns = [
    path("test/keep", KeepView.as_view()),
    path("test/shape", ShapeView.as_view()),
    path("test/fine", RefusingView.as_view()),
    path("test/sold", failing(Sold(name="Eso"))),
    path("test/away", failing(Away())),
    path("test/database-away", failing(OperationalError("a secret host"))),
    path("test/in-flight", failing(IdempotencyInFlight(retry_after=1))),
    path("test/bug", failing(ZeroDivisionError("a secret in a trace"))),
    path("test/forgotten", ForgottenView.as_view()),
    path("test/throttled", ThrottledView.as_view()),
    path("test/free", FreeView.as_view()),
    path("test/admins", AdminsOnlyView.as_view()),
    path("test/denied", DeniedView.as_view()),
    path("test/django-bug", broken),
    path("test/django-odd", odd),
    path("test/django-private", private),
    path("", include(house)),
]
