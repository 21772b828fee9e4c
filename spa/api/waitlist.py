"""The waitlist: waiting for a time, and answering when one is offered."""

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
from core.api.permissions import IsPerson
from spa import errors
from spa.api.appointment_shapes import AppointmentOutput
from spa.api.appointments import visible_to
from spa.api.presenters import present_booked
from spa.api.waitlist_presenters import present_entry
from spa.api.waitlist_shapes import (
    AcceptInput,
    EntryOutput,
    JoinInput,
    StaffJoinInput,
    WaitlistFilters,
)
from spa.models import WaitlistEntry
from spa.selectors.pricing import Wishes
from spa.selectors.waitlist import get_entry, list_entries
from spa.services.waitlist import decline_offer, join_waitlist, leave_waitlist
from spa.services.waitlist_acceptance import accept_offer
from spa.steps.waitlist_joining import Search
from users import errors as people
from users.types import AuthenticatedRequest

TAGS = ["lista de espera"]


class WaitlistView(generics.ListAPIView[WaitlistEntry]):
    """What I wait for."""

    request: AuthenticatedRequest
    permission_classes = [IsPerson]
    throttle_scope = "user"
    throttle_scopes = {"POST": "booking"}
    refusals = {
        "POST": (
            errors.WaitlistOff,
            errors.WaitlistDaysInvalid,
            errors.WaitlistTimeFree,
            errors.WaitlistLimitReached,
            errors.ServiceNotOffered,
            errors.ServicesDoNotCombine,
            errors.StaffNotAble,
            errors.LocationNotFound,
            errors.LocationMissing,
            people.PersonUnknown,
            people.Banned,
        )
    }
    serializer_class = EntryOutput
    queryset = WaitlistEntry.objects.none()

    def get_queryset(self) -> QuerySet[WaitlistEntry]:
        query = self.request.query_params
        asked = WaitlistFilters.parse({n: query[n] for n in ("status",) if n in query})
        return list_entries(client_id=visible_to(self.request), status=asked["status"])

    @extend_schema(summary="Mi lista de espera", tags=TAGS, parameters=[WaitlistFilters])
    def get(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """With what was offered; latest first. Staff see everybody's."""
        now = timezone.now()
        page = self.paginate_queryset(self.get_queryset()) or []
        return self.get_paginated_response([present_entry(entry, now=now) for entry in page])

    @extend_schema(
        summary="Entrar a la lista de espera",
        tags=TAGS,
        request=JoinInput,
        responses={201: EntryOutput},
    )
    def post(self, request: AuthenticatedRequest) -> Response:
        """For times that are taken now: 409 `SPA-WAITLIST-TIME-FREE` brings the free ones.

        Staff may name a `client`, and a `priority` from 0 to 9.
        """
        is_desk = visible_to(request) is None
        asked = (StaffJoinInput if is_desk else JoinInput).parse(request.data)
        now = timezone.now()
        entry = join_waitlist(
            search=_search(asked),
            client_id=asked.get("client") or request.user.pk,
            actor_id=request.user.pk,
            priority=asked.get("priority", 0),
            now=now,
        )
        return Response(present_entry(get_entry(entry_id=entry.pk), now=now), status=201)


class WaitlistEntryView(APIView):
    """One thing I wait for."""

    permission_classes = [IsPerson]
    throttle_scope = "user"
    refusals = {"DELETE": (errors.WaitlistEntryNotFound, errors.WaitlistEntryClosed)}

    @extend_schema(summary="Salir de la lista de espera", tags=TAGS, responses={204: None})
    def delete(self, request: AuthenticatedRequest, entry_id: UUID) -> Response:
        """A time that was on offer goes to the next person at once."""
        leave_waitlist(entry_id=entry_id, client_id=visible_to(request), now=timezone.now())
        return Response(status=204)


class AcceptView(APIView):
    """Taking a time that is offered."""

    permission_classes = [IsPerson]
    throttle_scope = "booking"
    idempotent_methods = ("POST",)
    refusals = {
        "POST": (
            errors.OfferNotFound,
            errors.OfferExpired,
            errors.OfferClosed,
            errors.OfferOutdated,
            errors.DebtOpen,
            errors.ActiveLimitReached,
            errors.OpenHoldsLimitReached,
            errors.HourlyLimitReached,
            errors.PriceChanged,
            errors.PackageNotFound,
            errors.PackageNotForThis,
            errors.PackageUsedUp,
            errors.PackageExpiresBefore,
            people.Banned,
        )
    }

    @extend_schema(
        summary="Aceptar una oferta",
        tags=TAGS,
        request=AcceptInput,
        responses={201: AppointmentOutput},
    )
    def post(self, request: AuthenticatedRequest, offer_id: UUID) -> HttpResponse:
        """Books it: the visit waits for its deposit like any other. Too late: 409
        `SPA-OFFER-EXPIRED`.
        """
        return answer_once(
            request,
            accept_offer,
            present=present_booked,
            offer_id=offer_id,
            client_id=visible_to(request),
            actor_id=request.user.pk,
            wishes=Wishes(**AcceptInput.parse(request.data)),
            now=timezone.now(),
        )


class DeclineView(APIView):
    """Letting an offered time go."""

    permission_classes = [IsPerson]
    throttle_scope = "booking"
    refusals = {"POST": (errors.OfferNotFound, errors.OfferExpired, errors.OfferClosed)}

    @extend_schema(
        summary="Rechazar una oferta", tags=TAGS, request=None, responses={200: EntryOutput}
    )
    def post(self, request: AuthenticatedRequest, offer_id: UUID) -> Response:
        """The next person gets it at once; one goes on waiting for another time."""
        now = timezone.now()
        entry_id = decline_offer(offer_id=offer_id, client_id=visible_to(request), now=now)
        return Response(present_entry(get_entry(entry_id=entry_id), now=now))


def _search(asked: dict[str, Any]) -> Search:
    return Search(
        service_ids=asked["services"],
        location_id=asked["location"],
        staff_id=asked["staff"],
        party_size=asked["party_size"],
        date_from=asked["date_from"],
        date_to=asked["date_to"],
        time_from=asked["time_from"],
        time_to=asked["time_to"],
        notes=asked["notes"],
    )
